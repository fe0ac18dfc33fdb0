"""Every op of the backend, declared once, a family per file."""
from . import (
    control,
    convolution,
    ctc,
    descent,
    elementwise,
    indexing,
    linear,
    local,
    loops,
    nn,
    pooling,
    random,
    recurrent,
    reduction,
    resizing,
    shaping,
)
