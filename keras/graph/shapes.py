"""Shape rules that families of ops share. Sizes are ints, or None where unknown."""
import math

from .errors import ShapeError


def broadcast(op, *shapes):
    """The shape to which NumPy's rule stretches `shapes`."""
    if len(set(shapes)) == 1:
        return shapes[0]
    result = []
    for axis in range(-max(map(len, shapes)), 0):
        size = 1
        for shape in shapes:
            other = shape[axis] if -axis <= len(shape) else 1
            if other == 1 or other == size or other is None and size != 1:
                continue
            if size is not None and size != 1:
                raise ShapeError(f"{op}: shapes {' and '.join(map(str, shapes))} do not broadcast: "
                                 f"sizes {sorted((size, other))} meet on one axis. Sizes must be "
                                 f"equal, or 1.")
            size = other
        result.append(size)
    return tuple(result)


def reduced(shape, axes, keepdims):
    """`shape` after a reduction over the sorted, non-negative `axes`."""
    if keepdims:
        return tuple(1 if i in axes else size for i, size in enumerate(shape))
    return tuple(size for i, size in enumerate(shape) if i not in axes)


def product(sizes):
    """The product of `sizes`; None if one is unknown (and none is 0)."""
    sizes = tuple(sizes)
    if 0 in sizes:
        return 0
    return None if None in sizes else math.prod(sizes)


def merged(op, *shapes):
    """The shape that agrees with all `shapes`, known sizes filling unknown ones."""
    if len({len(shape) for shape in shapes}) != 1:
        raise ShapeError(f"{op}: shapes of different rank: {', '.join(map(str, shapes))}.")
    result = []
    for sizes in zip(*shapes):
        known = {size for size in sizes if size is not None}
        if len(known) > 1:
            raise ShapeError(f"{op}: shapes {', '.join(map(str, shapes))} differ.")
        result.append(known.pop() if known else None)
    return tuple(result)


def window_length(size, window, padding, stride, dilation=1):
    """Positions of a window (convolution, pooling) along an axis of `size`.

    `padding`: 'valid', 'same' (as TensorFlow pads: `ceil(size / stride)`) or 'causal'.
    """
    if size is None:
        return None
    reach = (window - 1) * dilation + 1
    if padding in ("same", "causal"):
        return -(-size // stride)
    return (size - reach + stride) // stride


def same_padding(size, window, stride, dilation=1):
    """Cells added before and after an axis by TensorFlow's 'same' rule; the odd one after."""
    reach = (window - 1) * dilation + 1
    total = max((-(-size // stride) - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2
