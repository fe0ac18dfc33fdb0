"""Rotations, shifts, shears, zooms, flips and colours of images (manual, 6.3)."""
from math import cos, radians, sin

import numpy as np

from .image_files import array_to_img, img_to_array


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
    from scipy import ndimage
    if fill_mode == "wrap":
        fill_mode = "grid-wrap"  # SciPy's "wrap" has the first point on the last
    result = np.empty_like(x)
    for channel, made in zip(np.moveaxis(x, channel_axis, 0), np.moveaxis(result, channel_axis, 0)):
        ndimage.affine_transform(channel, transform_matrix[:2, :2], transform_matrix[:2, 2],
                                 output=made, order=order, mode=fill_mode, cval=cval)
    return result


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
