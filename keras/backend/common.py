"""Import path of Keras 2's `keras.backend.common`: settings of the whole process."""
from ..config import (
    cast_to_floatx,
    epsilon,
    floatx,
    image_data_format,
    normalize_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from .sessions import image_dim_ordering, set_image_dim_ordering
