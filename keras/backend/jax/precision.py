"""Numbers of 64 bits in our own programs; the user's jax code keeps the setting it has."""
import functools

import jax

if hasattr(jax, "enable_x64"):
    wide = functools.partial(jax.enable_x64, True)
else:  # before jax 0.8
    from jax.experimental import enable_x64 as wide  # noqa: F401
