"""Where PyTensor computes: on the CPU, whatever `K.device` says. Its linker for jax computes where
jax does."""


def gpus():
    """The number of GPUs that PyTensor can use itself: none."""
    return 0
