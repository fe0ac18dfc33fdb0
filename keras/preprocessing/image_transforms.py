"""Rotations, shifts, shears, zooms, flips and colours of images (manual, 6.3)."""
from math import cos, floor, radians, sin

import numpy as np

from .image_files import array_to_img, img_to_array, pillow


def transform_matrix_offset_center(matrix, x, y):
    """A transform about the middle of an image in place of its corner.

    Arguments
        matrix: array (3, 3).
        x: int, number of rows.
        y: int, number of columns.
    """
    middle_x, middle_y = x / 2 + 0.5, y / 2 + 0.5  # Keras' middle, half a pixel below the true
    there = np.array([[1, 0, middle_x], [0, 1, middle_y], [0, 0, 1.]])
    back = np.array([[1, 0, -middle_x], [0, 1, -middle_y], [0, 0, 1.]])
    return there @ matrix @ back


def apply_transform(x, transform_matrix, channel_axis=0, fill_mode="nearest", cval=0., order=1):
    """An image under an affine transform of its coordinates.

    Arguments
        x: array with three axes.
        transform_matrix: array (3, 3): from places in the result to places in `x`.
        channel_axis: int.
        fill_mode: what is beyond the border: 'nearest', 'constant', 'reflect' or 'wrap'.
        cval: float, with 'constant'.
        order: of the interpolation, 0 ... 5.
    """
    if x.dtype == "float16":  # which SciPy does not know
        return apply_transform(x.astype("float32"), transform_matrix, channel_axis, fill_mode,
                               cval, order).astype("float16")
    planes = np.moveaxis(x, channel_axis, 0)
    result = np.empty_like(x)
    places = np.moveaxis(result, channel_axis, 0)
    if order == 1 and x.dtype == "float32" and fill_mode in BEYOND and planes[0].size > SMALL:
        shown = [_shown(*row, *planes.shape[1:]) for row in transform_matrix[:2].tolist()]
        if np.prod([high - low for low, high in shown]) < LARGE:
            _by_pillow(planes, places, transform_matrix, shown, BEYOND[fill_mode])
            return result
    from scipy import ndimage
    mode = {"wrap": "grid-wrap"}.get(fill_mode, fill_mode)  # "wrap" has the first point on the last
    for plane, place in zip(planes, places):
        ndimage.affine_transform(plane, transform_matrix[:2, :2], transform_matrix[:2, 2],
                                 output=place, order=order, mode=mode, cval=cval)
    return result


BEYOND = {  # the row or column of an image with n of them that stands at place i of the plane
    "nearest": lambda i, n: np.clip(i, 0, n - 1),
    "reflect": lambda i, n: np.minimum(i % (2 * n), (-1 - i) % (2 * n)),
    "wrap": lambda i, n: i % n,
}


SMALL = 2_000  # points of an image that SciPy is done with before Pillow
LARGE = 10_000_000  # points of the plane that are not laid out for Pillow


def _shown(down, across, start, rows, columns):
    """Where a coordinate begins and ends in a result with so many rows and columns if it goes from
    `start` by `down` a row and by `across` a column: two ints, with a point to spare."""
    steps = down * (rows - 1), across * (columns - 1)
    return (floor(start + sum(min(step, 0) for step in steps)) - 1,
            floor(start + sum(max(step, 0) for step in steps)) + 3)


def _by_pillow(planes, places, matrix, shown, beyond):
    """Fill `places` with the transformed planes by Pillow, which takes less than half of SciPy's
    time and knows no fill_mode: it is given all of the plane that is shown."""
    Image = pillow()
    size = planes.shape[1:]
    rows, columns = (beyond(np.arange(*span), n) for span, n in zip(shown, size))
    (yy, yx, y), (xy, xx, x) = matrix[:2].tolist()
    y, x = y - shown[0][0], x - shown[1][0]
    # Pillow's coordinates are x, y, and whole at the points' corners.
    there = xx, xy, x + (1 - xx - xy) / 2, yx, yy, y + (1 - yx - yy) / 2
    for plane, place in zip(planes, places):
        laid_out = Image.fromarray(plane.take(rows, 0).take(columns, 1))
        place[...] = laid_out.transform(size[::-1], Image.Transform.AFFINE, there,
                                        Image.Resampling.BILINEAR)


def apply_affine_transform(x, theta=0, tx=0, ty=0, shear=0, zx=1, zy=1, row_axis=0, col_axis=1,
                           channel_axis=2, fill_mode="nearest", cval=0., order=1):
    """An image rotated, shifted, sheared and zoomed, in this order of matrices.

    Arguments
        x: array with three axes.
        theta: angle of rotation, in degrees.
        tx: shift down the rows, in pixels.
        ty: shift along the columns, in pixels.
        shear: angle, in degrees.
        zx: zoom of the rows.
        zy: zoom of the columns.
        row_axis: int.
        col_axis: int.
        channel_axis: int.
        fill_mode: as of `apply_transform`.
        cval: as of `apply_transform`.
        order: as of `apply_transform`.
    """
    if not (theta or tx or ty or shear or zx != 1 or zy != 1):
        return x
    angle, slant = radians(theta), radians(shear)
    turn = np.array([[cos(angle), -sin(angle), 0], [sin(angle), cos(angle), 0], [0, 0, 1]])
    shift = np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]])
    sheared_and_zoomed = np.array([[zx, -sin(slant) * zy, 0], [0, cos(slant) * zy, 0], [0, 0, 1]])
    matrix = turn @ shift @ sheared_and_zoomed
    matrix = transform_matrix_offset_center(matrix, x.shape[row_axis], x.shape[col_axis])
    return apply_transform(x, matrix, channel_axis, fill_mode, cval, order)


def flip_axis(x, axis):
    """An array with the order along an axis reversed.

    Arguments
        x: array.
        axis: int.
    """
    return np.asarray(x).swapaxes(axis, 0)[::-1].swapaxes(0, axis)  # half the time of np.flip


def apply_channel_shift(x, intensity, channel_axis=0):
    """An image with `intensity` added, no channel beyond the range of the image.

    Arguments
        x: array with three axes.
        intensity: float.
        channel_axis: int; the result does not depend on it.
    """
    return np.clip(x + np.asarray(intensity, x.dtype), np.min(x), np.max(x))


def apply_brightness_shift(x, brightness):
    """An image made darker (below 1) or brighter (above 1).

    Arguments
        x: array with three axes, channels last.
        brightness: float.
    """
    from PIL import ImageEnhance
    image = array_to_img(x, "channels_last")
    return img_to_array(ImageEnhance.Brightness(image).enhance(brightness), "channels_last",
                        x.dtype)


def random_rotation(x, rg, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.):
    """An image rotated by up to `rg` degrees either way.

    Arguments
        x, row_axis, col_axis, channel_axis, fill_mode, cval: as of `apply_affine_transform`.
        rg: float.
    """
    return apply_affine_transform(x, theta=np.random.uniform(-rg, rg), row_axis=row_axis,
                                  col_axis=col_axis, channel_axis=channel_axis,
                                  fill_mode=fill_mode, cval=cval)


def random_shift(x, wrg, hrg, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest",
                 cval=0.):
    """An image shifted by up to these fractions of its size.

    Arguments
        x, row_axis, col_axis, channel_axis, fill_mode, cval: as of `apply_affine_transform`.
        wrg: float, fraction of the width.
        hrg: float, fraction of the height.
    """
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    return apply_affine_transform(x, tx=tx, ty=ty, row_axis=row_axis, col_axis=col_axis,
                                  channel_axis=channel_axis, fill_mode=fill_mode, cval=cval)


def random_shear(x, intensity, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest",
                 cval=0.):
    """An image sheared by up to `intensity` degrees either way.

    Arguments
        x, row_axis, col_axis, channel_axis, fill_mode, cval: as of `apply_affine_transform`.
        intensity: float.
    """
    return apply_affine_transform(x, shear=np.random.uniform(-intensity, intensity),
                                  row_axis=row_axis, col_axis=col_axis,
                                  channel_axis=channel_axis, fill_mode=fill_mode, cval=cval)


def random_zoom(x, zoom_range, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest",
                cval=0.):
    """An image zoomed by factors of a range, one for each direction.

    Arguments
        x, row_axis, col_axis, channel_axis, fill_mode, cval: as of `apply_affine_transform`.
        zoom_range: (lower, upper).
    """
    if len(zoom_range) != 2:
        raise ValueError(f"`zoom_range` should be a tuple or list of two floats. Received: "
                         f"{zoom_range}")
    zx, zy = np.random.uniform(*zoom_range, 2)
    return apply_affine_transform(x, zx=zx, zy=zy, row_axis=row_axis, col_axis=col_axis,
                                  channel_axis=channel_axis, fill_mode=fill_mode, cval=cval)


def random_channel_shift(x, intensity_range, channel_axis=0):
    """`apply_channel_shift` by up to `intensity_range` either way.

    Arguments
        x: array with three axes.
        intensity_range: float.
        channel_axis: int.
    """
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range),
                               channel_axis)


def random_brightness(x, brightness_range):
    """`apply_brightness_shift` by a factor of a range.

    Arguments
        x: array with three axes, channels last.
        brightness_range: (lower, upper).
    """
    if len(brightness_range) != 2:
        raise ValueError(f"`brightness_range` should be tuple or list of two floats. Received: "
                         f"{brightness_range}")
    return apply_brightness_shift(x, np.random.uniform(*brightness_range))
