"""An ONNX graph that is being written: its nodes, constants and names."""
import json
from collections import ChainMap
from itertools import count

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from ...config import floatx
from ...graph.dtypes import is_float
from ...graph.tensor import Constant, Tensor

OPSET = 18  # of the file: ONNX Runtime from 1.14 on reads it
BYTES = 2_000_000_000  # of the arrays in one file: protobuf ends at 2 GiB
SMALL = 1024  # bytes of an array that stays in it all the same
TYPES = {**{name: getattr(TensorProto, name.upper()) for name in (
    "float16 bfloat16 bool uint8 int8 uint16 int16 uint32 int32 uint64 int64").split()},
    "float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE}
# What nodes give that is not of the dtype of their first input.
DTYPE_OF = {**dict.fromkeys(
    "Equal Greater GreaterOrEqual Less LessOrEqual And Or Not".split(), "bool"),
    "Shape": "int64", "ArgMax": "int64", "ArgMin": "int64"}
SINGULAR = {"Scan", "If", "RandomNormalLike", "RandomUniformLike"}  # never merged nor computed


class Value:
    """A value of the graph: its name; the array that it is, if it is known; what is known of its
    shape and dtype."""

    def __init__(self, name, dtype, shape=None, array=None):
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.array = array

    @property
    def ndim(self):
        return len(self.shape)

    def number(self, value):
        """`value` as an array of this dtype."""
        return np.array(value, self.dtype)


class Graph:
    """`g.Add(x, y)` writes a node and gives its Value; inputs may be arrays and ints, too. What
    depends on constants alone is computed here; equal nodes are written once.

    Arguments
        lower: dict, name of an op -> its lowering.
        unsupported: dict, name of an op -> why it has none.
    """

    def __init__(self, lower, unsupported):
        self.lower = lower
        self.unsupported = unsupported
        self.nodes = []
        self.constants = {}  # name -> array, those in use
        self.written = ChainMap()
        self.taken = set()
        self.scope = ""

    def inner(self):
        """A graph for the body of a loop in this one, whose values it may read."""
        found = Graph(self.lower, self.unsupported)
        found.constants, found.taken, found.scope = self.constants, self.taken, self.scope
        found.written = self.written.new_child()
        return found

    def __getattr__(self, kind):
        if not kind[0].isupper():
            raise AttributeError(kind)
        return lambda *inputs, **attributes: self.emit(kind, inputs, attributes)

    def name(self, stem):
        """`stem`, or with a number where that name is taken."""
        names = (stem if i == 0 else f"{stem}_{i}" for i in count())
        name = next(name for name in names if name not in self.taken)
        self.taken.add(name)
        return name

    def constant(self, value, name=None):
        """The Value of an array, or of ints; small ones that are equal are one, unless named."""
        array = np.asarray(value)
        small = array.size < 64 and name is None
        key = (array.dtype.str, array.shape, array.tobytes()) if small else id(array)
        if key not in self.written:
            name = self.name(name or ("" if small else self.scope) + "constant")
            self.written[key] = Value(name, array.dtype.name, array.shape, array)
        return self.written[key]

    def emit(self, kind, inputs, attributes, outputs=1):
        """The Value of a new node, or a list of them for several outputs."""
        inputs = [x if isinstance(x, Value) else self.constant(x) for x in inputs]
        names = [self.name(self.scope + kind) for _ in range(outputs)]
        node = helper.make_node(kind, [x.name for x in inputs], names, names[0], **attributes)
        key = kind, *node.input, *(a.SerializeToString() for a in node.attribute)
        if kind in SINGULAR or outputs > 1:
            key = names[0]
        if key not in self.written:
            if kind not in SINGULAR and inputs and all(x.array is not None for x in inputs):
                feed = {x.name: x.array for x in inputs}
                found, = ReferenceEvaluator(node, opsets={"": OPSET}).run(None, feed)
                name = self.name(f"{inputs[0].name}/{kind}")
                self.written[key] = Value(name, found.dtype.name, found.shape, found)
                return self.written[key]
            self.constants.update((x.name, x.array) for x in inputs if x.array is not None)
            self.nodes.append(node)
            dtype = DTYPE_OF.get(kind, inputs[kind == "Where"].dtype if inputs else None)
            found = [Value(name, dtype) for name in names]
            self.written[key] = found if outputs > 1 else found[0]
        return self.written[key]

    def give(self, x, name):
        """Have the graph hand back x by a name."""
        if x.array is not None:
            self.constants[x.name] = x.array
        self.nodes.append(helper.make_node("Identity", [x.name], [name], name))

    # What many lowerings need

    def cast(self, x, dtype):
        """x as another dtype."""
        if x.dtype == dtype:
            return x
        y = self.Cast(x, to=TYPES[dtype])
        return Value(y.name, dtype, x.shape, y.array)

    def floats(self, x):
        """x as floats."""
        return x if is_float(x.dtype) else self.cast(x, floatx())

    def sizes(self, shape):
        """A shape of ints and scalars as one vector of int64."""
        if all(isinstance(size, int) for size in shape):
            return self.constant(np.array(shape, "int64"))
        return self.Concat(*(self.Unsqueeze(self.cast(size, "int64"), [0]) if isinstance(
            size, Value) else np.array([size], "int64") for size in shape), axis=0)

    def sized(self, shape, value):
        """An array of one value: an array of one element, whose dtype it has."""
        y = self.ConstantOfShape(self.sizes(shape) if isinstance(shape, tuple) else shape,
                                 value=numpy_helper.from_array(value.reshape(1)))
        return Value(y.name, value.dtype.name, None, y.array)

    def run(self, plan, values):
        """Write the nodes of a plan.

        Arguments
            plan: Plan.
            values: dict of tensors and their Values, those of the inputs; it is filled.

        Returns
            list of Values, the outputs of the plan.
        """
        def value(arg):
            if type(arg) is tuple:
                return tuple([value(part) for part in arg])
            if isinstance(arg, Constant):
                return self.constant(arg.value, arg.given_name)
            return values[arg] if isinstance(arg, Tensor) else arg

        used = {x for node in plan.order for x in node.inputs}.union(plan.outputs)
        for node in plan.order:
            self.scope = node.scope
            args = [value(arg) for arg in node.args]
            if node.op.name == "loop":
                args.append([x in used for x in node.outputs])
            found = self.lowering(node)(self, *args)
            for x, y in zip(node.outputs, found if isinstance(found, tuple) else (found,)):
                if y is not None:
                    y = self.cast(y, x.dtype)
                    values[x] = Value(y.name, x.dtype, x.shape, y.array)
        return [value(x) for x in plan.outputs]

    def lowering(self, node):
        """What writes a node; NotImplementedError where nothing does."""
        name = node.op.name
        if name in self.lower:
            return self.lower[name]
        where = node.scope.strip("/") or "this model"
        reason = self.unsupported.get(name, "ONNX has no such operation")
        raise NotImplementedError(f"export_onnx: {where} uses {name}: {reason}.")

    def proto(self, name, inputs, outputs):
        """The graph in ONNX's own form, without nodes that nobody reads and without constants.

        Arguments
            name: string.
            inputs, outputs: lists of ValueInfoProto.
        """
        read, kept = {x.name for x in outputs}, []
        for node in reversed(self.nodes):
            if not read.isdisjoint(node.output):
                kept.insert(0, node)
                read.update(reads([node]))
        return helper.make_graph(kept, name, inputs, outputs)


def reads(nodes):
    """The names that some NodeProtos read, in the bodies of loops, too."""
    for node in nodes:
        yield from node.input
        for attribute in node.attribute:
            yield from reads(attribute.g.node)


def info(name, dtype, shape=None):
    """The declaration of an input or output; unknown sizes are named after it."""
    if shape is not None:
        shape = [size if size is not None else "batch" if i == 0 else f"{name}_{i}"
                 for i, size in enumerate(shape)]
    return helper.make_tensor_value_info(name, TYPES[dtype], shape)


def model(graph, constants, metadata, data):
    """A ModelProto, and the arrays that stand outside, one after the other, in a second file.

    Arguments
        graph: GraphProto.
        constants: dict, name -> array; those that it reads become part of the model.
        metadata: dict of what JSON can hold.
        data: name of the second file, which takes all but the smallest arrays where they are too
            many for one.
    """
    opsets = [helper.make_opsetid("", OPSET)]
    found = helper.make_model(graph, producer_name="keras-classic", opset_imports=opsets,
                              ir_version=helper.find_min_ir_version_for(opsets))
    helper.set_model_props(found, {key: json.dumps(value) for key, value in metadata.items()})
    read = {*reads(graph.node)}
    arrays = {name: array for name, array in constants.items() if name in read}
    many = sum(array.nbytes for array in arrays.values()) > BYTES
    outside = {name for name, array in arrays.items() if many and array.nbytes >= SMALL}
    place = 0
    for name, array in arrays.items():
        if name in outside:
            found.graph.initializer.append(elsewhere(name, array, data, place))
            place += array.nbytes
        else:
            found.graph.initializer.append(numpy_helper.from_array(array, name))
    return found, [arrays[name] for name in arrays if name in outside]


def elsewhere(name, array, data, place):
    """The TensorProto of an array whose bytes begin at `place` in the file `data`."""
    found = TensorProto(name=name, data_type=TYPES[array.dtype.name], dims=array.shape,
                        data_location=TensorProto.EXTERNAL)
    for key, value in {"location": data, "offset": place, "length": array.nbytes}.items():
        found.external_data.add(key=key, value=str(value))
    return found
