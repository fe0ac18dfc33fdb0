"""The symbolic graph, in plain Python and NumPy: tensors, nodes, how an op is declared."""
from .declare import Axes, Axis, Dtype, DtypeLike, Shape, Tensors, as_tensor, composite, primitive
from .errors import DtypeError, ForeignError, NotAValueError, ShapeError
from .names import device, get_uid, name_scope, reset_uids, scratch_graph
from .tensor import OPS, Constant, Node, Placeholder, Tensor, Variable, is_tensor
