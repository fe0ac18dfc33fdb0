"""Refused settings: functions without tensors, called with a value they do not know."""

from .case import refused

CASES = {}
ERRORS = {
    "set_learning_phase": [refused(2, given=[2])],
    "set_floatx": [refused("float8", given=["float8"])],
    "set_image_data_format": [refused("nonsense", given=["nonsense"])],
}
