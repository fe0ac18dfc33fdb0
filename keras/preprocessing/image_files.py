"""Images from files to arrays and back (manual, 6.3). Pillow, imported when first used, reads and
writes them."""
import io
import os
import re
from functools import cache

import numpy as np

from .. import backend as K
from ..config import normalize_data_format

MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
ENDINGS = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")
# What a file may hold, whatever its name says; the commonest first. Pillow knows more, among them
# EPS, which it has another program run.
FORMATS = ("JPEG", "PNG", "BMP", "PPM", "TIFF", "GIF", "WEBP", "AVIF", "JPEG2000", "TGA", "ICO")
HELD = 2 ** 20  # bytes; a larger file is not read at once


class ImageError(OSError, ValueError):
    """A file that cannot be read as an image; the text tells which, and why."""


def pillow():
    """Pillow's module `Image`."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("Images need Pillow: pip install pillow.") from error
    return Image


@cache
def _formats():
    """Those of FORMATS that Pillow was built with."""
    Image = pillow()
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def load_img(path, grayscale=False, color_mode="rgb", target_size=None, interpolation="nearest"):
    """An image from a file.

    Arguments
        path: string, path, or a file open for reading bytes.
        grayscale: older way to say color_mode='grayscale'.
        color_mode: 'rgb', 'rgba' or 'grayscale', which keeps the values of 16 bit images.
        target_size: (height, width) to which it is resized; None leaves it as it is.
        interpolation: how: 'nearest', 'bilinear', 'bicubic', 'hamming', 'box' or 'lanczos'.

    Returns
        Pillow's Image.

    Raises
        ImageError: for a file that is no image, is damaged, or would unpack to an image too large
            for Pillow (about 180 million points).
    """
    color_mode = "grayscale" if grayscale else color_mode
    if color_mode not in MODES:
        raise ValueError(f"color_mode is 'grayscale', 'rgb' or 'rgba'; given {color_mode!r}.")
    if interpolation not in INTERPOLATIONS:
        raise ValueError(f"Invalid interpolation method {interpolation!r}. Supported are "
                         f"{', '.join(INTERPOLATIONS)}.")
    Image = pillow()
    image = _read(path, color_mode)
    if target_size is not None:
        size = (target_size[1], target_size[0])
        if image.size != size:
            image = image.resize(size, getattr(Image.Resampling, interpolation.upper()))
    return image


def _read(path, color_mode):
    Image = pillow()
    try:
        with Image.open(_held(path), formats=_formats()) as file:
            file.load()
            kept = ("L", "I", "I;16") if color_mode == "grayscale" else (MODES[color_mode],)
            return file if file.mode in kept else file.convert(MODES[color_mode])
    except (FileNotFoundError, IsADirectoryError, PermissionError):
        raise
    except Image.UnidentifiedImageError as error:
        raise ImageError(f"{path} holds no image: neither {', '.join(_formats())} begins as it "
                         f"does, whatever its name says.") from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"{path} is refused: {error} Only if you trust the file, raise "
                         f"PIL.Image.MAX_IMAGE_PIXELS.") from error
    except Exception as error:  # decoders of damaged files raise whatever they stumble over
        raise ImageError(f"{path} is damaged ({type(error).__name__}: {error}). Replace the file; "
                         f"flow_from_directory and flow_from_dataframe go on without it if "
                         f"skip_broken=True.") from error


def _held(path):
    """A file's bytes in memory, of which Pillow asks for a few at a time; the path of a large file,
    and an open file as it is."""
    if not isinstance(path, (str, os.PathLike)):
        return path
    with open(path, "rb") as file:
        held = file.read(HELD)
    return io.BytesIO(held) if len(held) < HELD else path


def img_to_array(img, data_format=None, dtype=None):
    """An image as an array with three axes.

    Arguments
        img: Pillow's Image, or an array.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        dtype: of the array; None for floatx.
    """
    x = np.array(img, dtype=dtype or K.floatx())
    return with_channels(x, normalize_data_format(data_format))


def with_channels(x, data_format):
    """The array of an image, channels last or none, with three axes as `data_format` wants them.

    Arguments
        x: array.
        data_format: 'channels_last' or 'channels_first'.
    """
    if x.ndim == 2:
        return x[None] if data_format == "channels_first" else x[..., None]
    if x.ndim != 3:
        raise ValueError(f"img_to_array: an image has 2 or 3 axes; given shape {x.shape}.")
    return x.transpose(2, 0, 1) if data_format == "channels_first" else x


def array_to_img(x, data_format=None, scale=True, dtype=None):
    """An array as an image.

    Arguments
        x: array with three axes.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        scale: whether values are stretched so that the largest becomes 255.
        dtype: in which this is computed; None for floatx.

    Returns
        Pillow's Image.
    """
    Image = pillow()
    x = np.array(x, dtype=dtype or K.floatx())
    if x.ndim != 3:
        raise ValueError(f"array_to_img: an image has 3 axes; given shape {x.shape}.")
    if normalize_data_format(data_format) == "channels_first":
        x = x.transpose(1, 2, 0)
    if scale:
        x = x + max(-np.min(x), 0)
        most = np.max(x)
        x = x * (255 / most) if most else x
    if x.shape[2] not in (1, 3, 4):
        raise ValueError(f"array_to_img: 1, 3 or 4 channels; given {x.shape[2]}.")
    if x.shape[2] == 1 and np.max(x, initial=0) > 255:
        return Image.fromarray(x[:, :, 0].astype("int32"))
    x = x.astype("uint8")
    return Image.fromarray(x[:, :, 0] if x.shape[2] == 1 else x)


def save_img(path, x, data_format=None, file_format=None, scale=True):
    """Write an array to a file as an image.

    Arguments
        path: string.
        x: array with three axes.
        data_format: 'channels_last', 'channels_first', or None for K.image_data_format().
        file_format: as Pillow calls it; None to tell from the path.
        scale: as of `array_to_img`.
    """
    image = array_to_img(x, data_format, scale)
    if image.mode == "RGBA" and (file_format or os.fspath(path)).lower().endswith(("jpg", "jpeg")):
        image = image.convert("RGB")  # JPEG knows no transparency
    image.save(path, format={"jpg": "jpeg"}.get(file_format, file_format))


def list_pictures(directory, ext="jpg|jpeg|bmp|png|ppm|tif|tiff"):
    """Paths of the images in a folder and those below.

    Arguments
        directory: string.
        ext: endings, with | between.
    """
    return [os.path.join(root, name) for root, _, names in os.walk(directory) for name in names
            if re.search(rf"\.(?:{ext})$", name.lower())]
