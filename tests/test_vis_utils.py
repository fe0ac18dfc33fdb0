"""Pictures of models: what is in them, that nothing overlaps, and both ways of drawing."""

import re
import sys
import types
import xml.dom.minidom

import pytest

pytest.importorskip("torch")

from keras import backend as K
from keras.layers import (
    Bidirectional,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    MaxPooling2D,
    TimeDistributed,
    UpSampling2D,
    add,
    concatenate,
)
from keras.models import Model, Sequential
from keras.utils import diagram, layout, vis_utils
from keras.utils.vis_utils import model_to_dot, plot_model


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


@pytest.fixture(autouse=True)
def no_graphviz(monkeypatch):
    monkeypatch.setattr(vis_utils.shutil, "which", lambda name: None)


def line():
    return Sequential([Dense(2, input_dim=3), Dropout(0.5), Dense(1)])


def shared():
    a, b = Input((7,), name="a"), Input((7,), name="b")
    layer = Dense(4, name="both")
    joined = concatenate([layer(a), layer(b)])
    return Model([a, b], [Dense(1)(joined), Dense(2)(layer(a))])


def nested():
    encoder = Sequential([Flatten(input_shape=(8, 8, 3)), Dense(5)], name="encoder")
    video, question = Input((4, 8, 8, 3)), Input((5,))
    frames = Flatten()(TimeDistributed(encoder, name="frames")(video))
    return Model([video, question], Dense(3)(concatenate([frames, question])))


def skips():
    x = image = Input((16, 16, 3))
    kept = []
    for filters in (2, 4):
        x = Conv2D(filters, 3, padding="same")(x)
        kept.append(x)
        x = MaxPooling2D()(x)
    for filters, other in zip((4, 2), kept[::-1]):
        x = Concatenate()([UpSampling2D()(x), other])
        x = Conv2D(filters, 3, padding="same")(x)
    return Model(image, x)


def wide():
    x = Input((4,))
    return Model(x, add([Dense(3)(Dense(5)(x)) if i % 2 else Dense(3)(x) for i in range(8)]))


def deep():
    x = y = Input((4,))
    for i in range(60):
        y = add([y, Dense(4)(y)]) if i % 3 == 0 else Dense(4)(y)
    return Model(x, y)


def again():
    x, layer = Input((4,)), Dense(4, name="again")
    return Model(x, Dense(1)(layer(layer(x))))


def circle():
    x, one, two = Input((4,)), Dense(4, name="one"), Dense(4, name="two")
    return Model(x, one(two(one(x))))


MODELS = [line, shared, nested, skips, wide, deep, again, circle]


def texts(svg):
    document = xml.dom.minidom.parseString(svg)
    return [node.firstChild.data for node in document.getElementsByTagName("text")]


# ------------------------------------------------------------------------------ content


def test_names_classes_and_shapes():
    model = line()
    assert texts(model_to_dot(model).create(prog="dot", format="svg")) == [
        "dense_1_input: InputLayer", "dense_1: Dense", "dropout_1: Dropout", "dense_2: Dense"]
    assert texts(model_to_dot(model, show_layer_names=False).svg()) == [
        "InputLayer", "Dense", "Dropout", "Dense"]
    shown = texts(model_to_dot(model, show_shapes=True).svg())
    assert shown[5:10] == ["dense_1: Dense", "input:", "(None, 3)", "output:", "(None, 2)"]


def test_edges():
    layers, edges = vis_utils._layers_and_edges(shared())
    names = [(layers[a].name, layers[b].name) for a, b in edges]
    assert sorted(names) == [
        ("a", "both"), ("b", "both"), ("both", "concatenate_1"), ("both", "dense_2"),
        ("concatenate_1", "dense_1")]


def test_wrappers_and_nested_models():
    shown = texts(model_to_dot(nested(), show_shapes=True).svg())
    assert "frames(encoder): TimeDistributed(Sequential)" in shown
    assert "[(None, 20), (None, 5)]" in shown
    inner = Sequential([Dense(2, input_dim=3)], name="inner")
    x = Input((3,))
    assert "inner: Sequential" in texts(model_to_dot(Model(x, inner(x))).svg())


def test_shapes_that_differ_between_calls():
    a, b = Input((3, 4)), Input((5, 4))
    layer = Dense(2, name="both")
    model = Model([a, b], concatenate([layer(a), layer(b)], axis=1))
    assert texts(model_to_dot(model, show_shapes=True).svg()).count("multiple") == 2


def test_unbuilt_line_and_subclass():
    shown = texts(model_to_dot(Sequential([Dense(2), Dense(1)]), show_shapes=True).svg())
    assert shown[:3] == ["dense_1: Dense", "input:", "?"]

    class Own(Model):
        def __init__(self):
            super().__init__()
            self.dense = Dense(1)

        def call(self, x):
            return self.dense(x)

    with pytest.raises(ValueError, match="subclass"):
        model_to_dot(Own())


def test_letters_of_xml_are_escaped():
    model = Sequential([Dense(2, input_dim=3, name="a<b&c")])
    assert "a<b&c: Dense" in texts(model_to_dot(model).svg())


# ------------------------------------------------------------------------------ layout


def overlap(one, other):
    (x, y, w, h), (u, v, p, q) = one, other
    return abs(x - u) * 2 < w + p - 1e-6 and abs(y - v) * 2 < h + q - 1e-6


@pytest.mark.parametrize("rankdir", ["TB", "BT", "LR", "RL"])
@pytest.mark.parametrize("make", MODELS)
def test_nothing_overlaps(make, rankdir):
    picture = model_to_dot(make(), show_shapes=True, rankdir=rankdir)
    boxes = [(*center, *box.size) for box, center in zip(picture.boxes, picture.centers)]
    for i, box in enumerate(boxes):
        assert not any(overlap(box, other) for other in boxes[:i])
        x, y, w, h = box
        assert 0 <= x - w / 2 and x + w / 2 <= picture.width
        assert 0 <= y - h / 2 and y + h / 2 <= picture.height


@pytest.mark.parametrize("make", MODELS)
def test_lines_join_their_boxes_and_pass_by_others(make):
    model = make()
    picture = model_to_dot(model)
    _, edges = vis_utils._layers_and_edges(model)
    boxes = [(*center, *box.size) for box, center in zip(picture.boxes, picture.centers)]
    assert len(picture.routes) == len(edges)
    for (a, b), route in zip(edges, picture.routes):
        for (x, y), i in ((route[0], a), (route[-1], b)):
            cx, cy, w, h = boxes[i]
            assert abs(x - cx) <= w / 2 + 1e-6 and abs(y - cy) <= h / 2 + 1e-6
        for i, box in enumerate(boxes):
            if i not in (a, b):
                assert not any(overlap((x, y, 0, 0), box) for x, y in route)


def test_lines_run_down():
    picture = model_to_dot(skips())
    assert all(route[0][1] < route[-1][1] for route in picture.routes)
    picture = model_to_dot(skips(), rankdir="LR")
    assert all(route[0][0] < route[-1][0] for route in picture.routes)


def test_no_needless_crossing():
    """Two lines of boxes side by side, given crosswise."""
    found = layout.Layout([(20, 10)] * 6, [(0, 3), (1, 2), (3, 5), (2, 4)])
    assert found._crossings() == 0


def test_deepest_model_needs_no_recursion():
    count = 3000
    found = layout.Layout([(20, 10)] * count, [(i, i + 1) for i in range(count - 1)])
    assert len({x for x, _ in found.centers}) == 1 and found.rank == list(range(count))


def test_rankdir_is_checked():
    with pytest.raises(ValueError, match="rankdir"):
        model_to_dot(line(), rankdir="UP")


# ------------------------------------------------------------------------------ files


@pytest.mark.parametrize("name, begins", [
    ("model.png", b"\x89PNG"), ("model", b"\x89PNG"), ("model.svg", b"<svg"),
    ("model.pdf", b"%PDF"), ("model.PNG", b"\x89PNG")])
def test_files(name, begins, tmp_path):
    if begins != b"<svg":
        pytest.importorskip("matplotlib")
    plot_model(shared(), to_file=tmp_path / name, show_shapes=True)
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_shorthands_of_pydot(tmp_path):
    pytest.importorskip("matplotlib")
    picture = model_to_dot(line())
    assert picture.create_png().startswith(b"\x89PNG")
    assert picture.create_svg() == picture.svg().encode() == picture._repr_svg_().encode()
    assert picture.write_svg(str(tmp_path / "a.svg")) and picture.write_png(str(tmp_path / "a.png"))
    assert (tmp_path / "a.svg").read_bytes() == picture.create_svg()


def test_without_matplotlib_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    with pytest.raises(ImportError, match=r"keras-classic\[pictures\]"):
        model_to_dot(line()).create(format="png")
    assert model_to_dot(line()).create(format="svg")


# ------------------------------------------------------------------------------ pydot


class FakeDot:
    """Takes down what pydot would draw."""

    def __init__(self):
        self.settings, self.nodes, self.edges, self.written = {}, {}, [], None

    def set(self, name, value):
        self.settings[name] = value

    def set_node_defaults(self, **options):
        self.settings.update(options)

    def add_node(self, node):
        self.nodes[node[0]] = node[1]

    def add_edge(self, edge):
        self.edges.append(edge)

    def write(self, path, format):
        self.written = path, format


@pytest.fixture
def pydot(monkeypatch):
    module = types.ModuleType("pydot")
    module.made = []

    def dot():
        module.made.append(FakeDot())
        return module.made[-1]

    module.Dot = dot
    module.Node = lambda name, label: (name, label)
    module.Edge = lambda a, b: (a, b)
    monkeypatch.setitem(sys.modules, "pydot", module)
    monkeypatch.setattr(vis_utils.shutil, "which", lambda name: "/usr/bin/dot")
    return module


def test_pydot_draws_if_graphviz_is_there(pydot):
    plot_model(line(), to_file="somewhere/m.svg", show_shapes=True, rankdir="LR")
    graph, = pydot.made
    assert graph.settings == {"rankdir": "LR", "concentrate": True, "shape": "record"}
    assert graph.nodes["1"] == \
        "dense_1: Dense\n|{input:|output:}|{{(None, 3)}|{(None, 2)}}"
    assert graph.edges == [("0", "1"), ("1", "2"), ("2", "3")]
    assert graph.written == ("somewhere/m.svg", "svg")


def test_graphviz_without_pydot(pydot, monkeypatch):
    monkeypatch.setitem(sys.modules, "pydot", None)
    assert isinstance(model_to_dot(line()), diagram.Diagram)


def test_letters_of_records_are_escaped():
    assert vis_utils._escaped("a|b{c}<d>\\") == r"a\|b\{c\}\<d\>\\"


def test_bidirectional_is_named_after_its_layer():
    from keras.layers import LSTM
    model = Sequential([Bidirectional(LSTM(2), input_shape=(3, 4))])
    title = texts(model_to_dot(model).svg())[-1]
    assert re.fullmatch(r"bidirectional_1\(.*lstm_1\): Bidirectional\(LSTM\)", title)
