"""Mixed precision: products and convolutions in half precision, all else in float32.

    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    model.compile(...)

The weights stay float32, and so do the files. It is faster where the hardware has units for it:
bfloat16 on CPUs with AMX or AVX-512-BF16, both kinds on GPUs.

Source: Keras 2.4 and later have these names; `keras/backend/mixed.py` says what is computed how.
"""
HALVES = {"float32": None, "mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}
_policy = "float32"


def set_global_policy(policy):
    """Choose how models that are compiled from now on compute.

    Arguments
        policy: 'float32'; 'mixed_bfloat16'; or 'mixed_float16', with which an optimizer that has no
            `loss_scale` gets 'dynamic'.
    """
    if policy not in HALVES:
        raise ValueError(f"set_global_policy: a name of {', '.join(HALVES)}; given {policy!r}.")
    global _policy
    _policy = policy


def global_policy():
    """The name of the policy that holds, a string."""
    return _policy


def half():
    """'float16' or 'bfloat16', the dtype of products; None for that of all else."""
    return HALVES[_policy]
