"""Where jax computes. A program runs on one device, jax's default one, whatever `K.device` says:
XLA places nothing by the node."""
import jax


def gpus():
    """The number of GPUs that jax can use."""
    try:
        return len(jax.devices("gpu"))
    except RuntimeError:
        return 0
