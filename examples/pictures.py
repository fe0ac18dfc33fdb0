"""Pictures that several examples draw."""

import numpy as np
from matplotlib.image import imsave


def save_sheet(path, rows, low=0, high=1, scale=6):
    """A PNG of grey images, those of a row side by side on a dark blue ground.

    Arguments
        path: of the file.
        rows: list of arrays of images (count, height, width, 1), one for each row.
        low: value that is drawn black.
        high: value that is drawn white.
        scale: pixels of the file, along each side, for one of an image.
    """
    lines = []
    for images in rows:
        grey = (np.clip(images[..., 0], low, high) - low) / (high - low)
        coloured = np.repeat(grey[..., None], 3, axis=-1)
        framed = [np.pad(x, [(1, 1), (1, 1), (0, 0)], constant_values=np.nan) for x in coloured]
        lines.append(np.concatenate(framed, axis=1))
    sheet = np.kron(np.concatenate(lines), np.ones((scale, scale, 1)))
    imsave(path, np.where(np.isnan(sheet), [0.1, 0.1, 0.4], sheet))
