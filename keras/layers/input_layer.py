"""Input: where a model's graph begins (manual 5.2.5)."""
from .. import backend as K
from ..graph.tensor import Placeholder, Tensor
from .base import Layer
from .node import Node, unpacked


class InputLayer(Layer):
    """The layer behind `Input`: it holds a placeholder.

    Arguments
        input_shape: tuple, without the axis of samples.
        batch_size: int or None.
        batch_input_shape: tuple, with the axis of samples.
        dtype: name; None means floatx.
        input_tensor: a tensor to begin with in place of a placeholder; one of the engine's own
            library, too.
        sparse: whether SciPy sparse matrices are fed.
        name: string.
    """

    def __init__(self, input_shape=None, batch_size=None, batch_input_shape=None, dtype=None,
                 input_tensor=None, sparse=False, name=None):
        if name is None:
            name = f"input_{K.get_uid('input')}"
        super().__init__(name=name, dtype=dtype)
        if batch_input_shape is None and input_tensor is not None:
            batch_input_shape = K.int_shape(input_tensor)
        if batch_input_shape is None:
            if input_shape is None:
                raise ValueError("An Input layer should be passed either a `batch_input_shape` "
                                 "or an `input_shape`.")
            batch_input_shape = (batch_size, *input_shape)
        self.batch_input_shape = tuple(batch_input_shape)
        self.sparse = sparse
        self.built = True
        self.trainable = False
        self.is_placeholder = input_tensor is None or isinstance(input_tensor, Placeholder)
        if input_tensor is None:
            if dtype is None:
                self.dtype = K.floatx()
            input_tensor = K.placeholder(self.batch_input_shape, dtype=self.dtype, sparse=sparse,
                                         name=self.name)
        else:
            if K.is_native(input_tensor):
                input_tensor = K.identity(input_tensor)
            if not isinstance(input_tensor, Tensor):
                raise TypeError(f"Input(tensor=...) takes a symbolic tensor of this backend "
                                f"(K.variable, K.constant, ...); given "
                                f"{type(input_tensor).__name__}.")
            self.dtype = input_tensor.dtype
        input_tensor.keras_history = (self, 0, 0)
        Node(self, [], [], [], [input_tensor], [input_tensor], [None], [None])

    def get_config(self):
        return {"batch_input_shape": self.batch_input_shape, "dtype": self.dtype,
                "sparse": self.sparse, "name": self.name}


def Input(shape=None, batch_shape=None, name=None, dtype=None, sparse=False, tensor=None):
    """A tensor from which a model's graph begins.

    Arguments
        shape: tuple without the axis of samples: `(32,)` for samples of 32 numbers.
        batch_shape: tuple with the axis of samples: `(10, 32)`.
        name: string, unique in the model.
        dtype: name; None means floatx.
        sparse: whether SciPy sparse matrices are fed.
        tensor: a tensor to begin with in place of a placeholder; one of the engine's own
            library, too.

    Returns
        tensor.  Source: Keras 2.1.6 manual, 5.2.5.
    """
    if shape is None and batch_shape is None and tensor is None:
        raise ValueError("Input: give `shape`, a tuple without the axis of samples, or "
                         "`batch_shape`, with it.")
    if shape is not None and batch_shape is None:
        shape = (shape,) if isinstance(shape, int) else shape
        batch_shape = (None, *shape)
    layer = InputLayer(batch_input_shape=batch_shape, name=name, dtype=dtype, sparse=sparse,
                       input_tensor=tensor)
    return unpacked(layer._inbound_nodes[0].output_tensors)
