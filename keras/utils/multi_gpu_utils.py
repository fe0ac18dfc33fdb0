"""multi_gpu_model: each batch divided among devices (manual 20.9)."""
from .. import backend as K
from ..backend.tensorflow_backend import _get_available_gpus
from ..layers.base import Layer
from ..layers.merge import concatenate
from ..layers.node import as_list, unpacked
from ..registry import layers as layer_registry
from ..training.model import Model


class BatchPart(Layer):
    """One of `count` equal parts of the samples; the last takes what is left over.

    Arguments
        index: int, which part, from 0.
        count: int.
    """

    index: int
    count: int

    def call(self, inputs):
        step = K.shape(inputs)[0] // self.count
        start = self.index * step
        return inputs[start:] if self.index == self.count - 1 else inputs[start:start + step]


layer_registry.update({"BatchPart": BatchPart})


def multi_gpu_model(model, gpus=None, cpu_merge=True, cpu_relocation=False):
    """A model that computes each batch in parts, one on each device, and shares its weights with
    `model`: train it, then save `model`. (Saved itself, it comes back as a model that makes the
    same parts on one device.)

    Arguments
        model: Model.
        gpus: int >= 2, the number of GPUs; or a list of their numbers, or of names of devices
            such as '/gpu:1'. None for all GPUs. '/cpu:0', listed several times, stands in for
            GPUs where a program is tried out.
        cpu_merge: whether the outputs are put together on the CPU, not on the first device.
        cpu_relocation: not needed: weights move to the devices by themselves.

    Returns
        Model.

    Raises
        ValueError: if there are fewer devices, or fewer than two are asked for.
    """
    devices = _devices(gpus)
    columns = []
    for i, device in enumerate(devices):
        with K.device(device), K.name_scope(f"replica_{i}"):
            parts = [BatchPart(i, len(devices))(x) for x in model.inputs]
            columns.append(as_list(model(unpacked(parts))))
    with K.device("/cpu:0" if cpu_merge else devices[0]):
        merged = [concatenate(list(outputs), axis=0, name=name)
                  for name, outputs in zip(model.output_names, zip(*columns))]
    return Model(model.inputs, merged)


def _devices(gpus):
    """The names of the devices asked for."""
    there = [f"/gpu:{i}" for i in range(len(_get_available_gpus()))]
    wanted = there if gpus is None else gpus
    if not isinstance(wanted, (list, tuple)):
        wanted = range(int(wanted))
    wanted = [one if isinstance(one, str) else f"/gpu:{one}" for one in wanted]
    if len(wanted) < 2:
        raise ValueError(f"For multi-gpu usage to be effective, call `multi_gpu_model` with "
                         f"`gpus >= 2`. Received: `gpus={gpus!r}`; the GPUs here are "
                         f"{', '.join(there) or 'none'}.")
    missing = [name for name in wanted if name.lower().startswith("/gpu") and name not in there]
    if missing:
        raise ValueError(f"To call `multi_gpu_model` with `gpus={gpus!r}`, we expect the following "
                         f"devices to be available: {wanted}. However this machine only has: "
                         f"{['/cpu:0', *there]}. Try reducing `gpus`.")
    return wanted
