"""python program.py KERAS FOLDER SUFFIX: what another Keras makes of our files, and its own files.

KERAS is the module to import. Of each model `<name><SUFFIX>` in FOLDER it writes what it predicts
to `<name>.npz`, or the error to `<name>.txt`; its own models it saves as `own_<name><SUFFIX>`, with
their predictions in `own_<name>.npz`. SUFFIX is .h5 or .keras.
"""

import importlib
import sys
import traceback
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import models


def predicted(model, make):
    """What a model makes of its inputs."""
    xs = models.data_for(make, [tuple(x.shape[1:]) for x in model.inputs])
    ys = model(xs if len(xs) > 1 else xs[0], training=False)
    return [np.asarray(y) for y in (ys if isinstance(ys, (list, tuple)) else [ys])]


def main(name, folder, suffix):
    keras, folder = importlib.import_module(name), Path(folder)
    for make in models.MODELS:
        try:
            keras.backend.clear_session()
            path = folder / f"{make.__name__}{suffix}"
            model = keras.models.load_model(path, compile=False)
            np.savez(path.with_suffix(".npz"), *predicted(model, make))
            keras.backend.clear_session()
            own = models.filled(make(keras))
            path = folder / f"own_{make.__name__}{suffix}"
            own.save(path)
            np.savez(path.with_suffix(".npz"), *predicted(own, make))
        except Exception:
            path.with_suffix(".txt").write_text(traceback.format_exc())


if __name__ == "__main__":
    main(*sys.argv[1:])
