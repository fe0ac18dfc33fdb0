"""Python functions as data. Loading one is running a stranger's code: no config leads here unless
the caller of the very load has said so."""
import base64
import hashlib
import importlib.util
import marshal
from types import CellType, FunctionType


def func_dump(func):
    """A Python function as data.

    Arguments
        func: function.

    Returns
        (code as text, defaults, values of the closure); only this version of Python can load it.
    """
    code = marshal.dumps(func.__code__)
    closure = func.__closure__ and tuple(cell.cell_contents for cell in func.__closure__)
    return base64.b64encode(code + _seal(code)).decode("ascii"), func.__defaults__, closure


def _seal(code):
    """What follows code, where marshal does not look: the version of Python, and a hash."""
    return b"\0sealed" + importlib.util.MAGIC_NUMBER + hashlib.sha256(code).digest()


SEAL_BYTES = len(_seal(b""))


def func_load(code, defaults=None, closure=None, globs=None):
    """The function that `func_dump` wrote. It can do whatever its author wanted: load none that
    you do not trust.

    Arguments
        code: text, or the whole triple of `func_dump`.
        defaults: tuple of default values.
        closure: tuple of the values it closed over.
        globs: dict of its global names; None for those of this module.

    Raises
        ValueError: for code of another version of Python, or damaged code.
    """
    if isinstance(code, (tuple, list)):
        code, defaults, closure = code
    try:
        sealed = base64.b64decode(code, validate=True)
    except ValueError:
        sealed = b""
    body = sealed[:-SEAL_BYTES]
    if not body or sealed[-SEAL_BYTES:] != _seal(body):
        raise ValueError("func_load: this code was written by another Python, or it is damaged; "
                         "running it could crash the interpreter. Define the function in your "
                         "program and pass it as custom_objects.")
    cells = closure and tuple(CellType(value) for value in closure)
    defaults = defaults if defaults is None else tuple(defaults)
    return FunctionType(marshal.loads(body), globals() if globs is None else globs,
                        closure=cells or None, argdefs=defaults)
