"""What `python -m keras doctor` tells: the engines, devices and settings here."""
import os
import platform
from importlib import metadata

from .. import config
from . import clash, engines


def report():
    """Lines, strings, about the engines, devices and settings of this environment."""
    return [_versions(), *_engines(), _gpus(), *_settings(), *clash.sentences()]


def _version(*names):
    """The version of the first of these distributions that is installed, or None."""
    for name in names:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def _versions():
    parts = [f"keras-classic {_version('keras-classic') or 'from a folder'}",
             f"Python {platform.python_version()}", f"NumPy {_version('numpy')}",
             f"h5py {_version('h5py')}", f"{platform.system()} {platform.machine()}",
             f"{os.cpu_count()} CPU cores"]
    return ", ".join(parts)


def _engines():
    have = engines.installed()
    for name in engines.READY:
        library = engines.LIBRARIES[name]
        if name in have:
            version = _version(library, f"{library}-cpu") or "of unknown version"
            yield f"engine {name}: {library} {version}{', in use' * (name == engines.backend())}"
        else:
            yield f"engine {name}: not installed ({engines.INSTALL[name]})"


def _gpus():
    count = engines.engine().gpus()
    if count:
        return f"GPUs: {', '.join(f'/gpu:{i}' for i in range(count))}"
    return f"GPUs: none. {engines.unused_gpus() or 'The CPU computes.'}"


def _settings():
    path = config.home() / "keras.json"
    yield f"settings: {path}{'' if path.exists() else ' (not there, the defaults hold)'}"
    yield (f"    floatx {config.floatx()}, epsilon {config.epsilon()}, image_data_format "
           f"{config.image_data_format()}")
    for name, value in sorted(os.environ.items()):
        if name.startswith("KERAS_") or name in ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS"):
            yield f"    {name}={value}"
