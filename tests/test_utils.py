"""keras.utils: sizes and kernels of convolutions, counts and conversions, test tools, devices."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from keras import backend as K
from keras import layers, utils
from keras.engine import training_utils
from keras.layers import Conv2D, ConvLSTM2D, Dense, Flatten, Input, Layer, TimeDistributed
from keras.models import Model, Sequential, load_model
from keras.utils import conv_utils, layer_utils, test_utils
from keras.utils.io_utils import h5dict


@pytest.fixture(autouse=True)
def fresh():
    K.clear_session()
    np.random.seed(0)
    yield
    K.set_image_data_format("channels_last")
    K.clear_session()


# ------------------------------------------------------------------------------ conv_utils


def test_normalize():
    assert conv_utils.normalize_tuple(3, 2, "k") == (3, 3)
    assert conv_utils.normalize_tuple([1, 2], 2, "k") == (1, 2)
    for bad in ([1], "ab", None, 1.5, (1, "x")):
        with pytest.raises(ValueError, match="`k` argument must be a tuple of 2 integers"):
            conv_utils.normalize_tuple(bad, 2, "k")
    assert conv_utils.normalize_padding("SAME") == "same"
    with pytest.raises(ValueError, match="`padding` argument"):
        conv_utils.normalize_padding("full")
    assert conv_utils.normalize_data_format(None) == "channels_last"
    assert conv_utils.normalize_data_format("Channels_First") == "channels_first"


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride, dilation", [(1, 1), (2, 1), (3, 1), (1, 2)])
@pytest.mark.parametrize("window", [1, 2, 3])
def test_lengths_are_those_of_layers(padding, stride, dilation, window):
    for size in (5, 8, 9):
        x = Input((size, 1))
        y = layers.Conv1D(1, window, strides=stride, padding=padding, dilation_rate=dilation)(x)
        got = conv_utils.conv_output_length(size, window, padding, stride, dilation)
        assert got == K.int_shape(y)[1]
        if dilation > 1:
            continue
        x = Input((size, size, 1))
        y = layers.Conv2DTranspose(1, window, strides=stride, padding=padding)(x)
        assert conv_utils.deconv_length(size, stride, window, padding) == K.int_shape(y)[1]
        if padding == "valid":
            back = conv_utils.conv_input_length(got, window, padding, stride)
            assert conv_utils.conv_output_length(back, window, padding, stride) == got


def test_lengths():
    assert conv_utils.conv_output_length(10, 3, "full", 1) == 12
    assert conv_utils.conv_output_length(10, 3, "causal", 2) == 5
    assert conv_utils.conv_output_length(None, 3, "same", 2) is None
    assert conv_utils.conv_input_length(5, 3, "same", 2) == 9
    assert conv_utils.conv_input_length(12, 3, "full", 1) == 10
    assert conv_utils.conv_input_length(None, 3, "same", 2) is None
    assert conv_utils.deconv_length(5, 2, 3, "same", 1) == 10
    assert conv_utils.deconv_length(5, 2, 3, "full") == 7
    assert conv_utils.deconv_length(None, 2, 3, "same") is None
    for call in (conv_utils.conv_input_length, conv_utils.deconv_length):
        with pytest.raises(ValueError):
            call(5, 3, "wide", 2) if call is conv_utils.conv_input_length else call(5, 2, 3, "wide")


def test_convert_kernel():
    kernel = np.arange(12.).reshape(2, 3, 1, 2)
    assert_array_equal(conv_utils.convert_kernel(kernel), kernel[::-1, ::-1])
    with pytest.raises(ValueError, match="kernel shape"):
        conv_utils.convert_kernel(np.zeros((2, 2)))


# ------------------------------------------------------------------------------ layer_utils


def test_count_params():
    layer = Dense(3)
    layer(Input((2,)))
    assert layer_utils.count_params(layer.weights) == 9
    assert layer_utils.count_params([*layer.weights, *layer.weights]) == 9


def test_convert_all_kernels():
    inner = Sequential([Conv2D(2, 3, input_shape=(4, 4, 1))])
    model = Sequential([
        TimeDistributed(inner, input_shape=(5, 4, 4, 1)),
        TimeDistributed(Conv2D(2, 2)), ConvLSTM2D(1, 1), Flatten(), Dense(2)])
    before = model.get_weights()
    utils.convert_all_kernels_in_model(model)
    for old, new in zip(before, model.get_weights()):
        assert_array_equal(new, old[::-1, ::-1] if old.ndim == 4 else old)
    utils.convert_all_kernels_in_model(model)
    for old, new in zip(before, model.get_weights()):
        assert_array_equal(new, old)


@pytest.mark.parametrize("target", ["channels_first", "channels_last"])
def test_convert_dense_weights(target):
    """Flatten, then Dense, on pictures of the other format give the same."""
    first = np.random.rand(2, 3, 4, 5).astype("float32")  # (samples, channels, rows, columns)
    last = np.moveaxis(first, 1, -1)
    before, after = (last, first) if target == "channels_first" else (first, last)
    dense = Dense(6, bias_initializer="normal")
    model = Sequential([Flatten("channels_last", input_shape=before.shape[1:]), dense])
    want = model.predict(before)
    other = Dense(6)
    copy = Sequential([Flatten("channels_last", input_shape=after.shape[1:]), other])
    other.set_weights(dense.get_weights())
    layer_utils.convert_dense_weights_data_format(other, after.shape[1:], target)
    assert_allclose(copy.predict(after), want, rtol=1e-5)
    with pytest.raises(ValueError, match="feature map of shape"):
        layer_utils.convert_dense_weights_data_format(other, (7, 7, 7), target)


def test_source_inputs():
    a, b = Input((3,)), Input((3,))
    y = layers.add([Dense(3)(a), b])
    assert set(utils.get_source_inputs(y)) == {a, b}
    assert utils.get_source_inputs(a) == [a]
    free = K.zeros((2, 2))
    assert utils.get_source_inputs(free) == [free]


def test_print_summary():
    model = Sequential([Dense(2, input_dim=3, name="first")])
    lines, same = [], []
    utils.print_summary(model, print_fn=lines.append)
    model.summary(print_fn=same.append)
    assert lines == same and "first (Dense)" in "\n".join(lines)


# ------------------------------------------------------------------------------ training_utils


def test_batches():
    assert training_utils.make_batches(7, 3) == [(0, 3), (3, 6), (6, 7)]
    assert training_utils.make_batches(6, 3) == [(0, 3), (3, 6)]
    mixed = training_utils.batch_shuffle(np.arange(7), 3)
    assert sorted(mixed) == list(range(7)) and mixed[-1] == 6
    assert {tuple(mixed[:3]), tuple(mixed[3:6])} == {(0, 1, 2), (3, 4, 5)}


def test_checks_of_arrays():
    x = np.zeros((4, 3))
    training_utils.check_array_length_consistency([x], [x], [None])
    training_utils.check_array_length_consistency([x], None, None)
    with pytest.raises(ValueError, match="number of samples"):
        training_utils.check_array_length_consistency([x], [x[:2]])
    from keras import losses
    check = training_utils.check_loss_and_target_compatibility
    check([x, None], [losses.mean_squared_error, None], [(None, 3), (None, 1)])
    with pytest.raises(ValueError, match="same shape as the output"):
        check([x], [losses.mean_squared_error], [(None, 2)])
    with pytest.raises(ValueError, match="to_categorical"):
        check([x[:, :1]], [losses.categorical_crossentropy], [(None, 3)])
    got = training_utils.standardize_input_data({"a": np.zeros(4)}, ["a"], [(None, 1)])
    assert got[0].shape == (4, 1)
    with pytest.raises(ValueError, match="to have shape"):
        training_utils.standardize_input_data([x], ["a"], [(None, 2)], exception_prefix="target")


def test_weighted_masked_objective():
    weighted = training_utils.weighted_masked_objective(lambda t, p: K.mean(K.square(t - p), -1))
    t, p = np.zeros((4, 2)), np.array([[1., 1], [2, 2], [3, 3], [4, 4]])
    w, mask = np.array([1., 0, 2, 1]), np.array([True, True, True, False])
    score = np.array([1., 4, 9, 16])
    run = [K.constant(a) for a in (t, p, w)]
    assert_allclose(K.eval(weighted(*run)), np.mean(score * w / 0.75), rtol=1e-6)
    masked = score * mask / 0.75
    assert_allclose(K.eval(weighted(*run, K.constant(mask))), np.mean(masked * w / 0.75),
                    rtol=1e-6)
    assert training_utils.weighted_masked_objective(None) is None


# ------------------------------------------------------------------------------ test_utils


@test_utils.keras_test
def test_data():
    (x, y), (x_test, y_test) = test_utils.get_test_data(20, 5, (4, 3), num_classes=3)
    assert x.shape == (20, 4, 3) and x_test.shape == (5, 4, 3)
    assert y.shape == (20,) and set(y) | set(y_test) <= {0, 1, 2}
    (x, y), _ = test_utils.get_test_data(20, 5, (4,), (2, 2), classification=False)
    assert x.shape == (20, 4) and y.shape == (20, 2, 2)


def test_keras_test_clears():
    @test_utils.keras_test
    def make(name):
        """Documented."""
        raise RuntimeError(Dense(2, name=name).name + Dense(2).name)

    for _ in range(2):
        with pytest.raises(RuntimeError, match="adense_1"):
            make("a")
    assert make.__name__ == "make"


@pytest.mark.parametrize("cls, arguments, shape", [
    (Dense, dict(units=4), (3, 2)), (layers.Dropout, dict(rate=0.5), (3, 2)),
    (Conv2D, dict(filters=2, kernel_size=3, padding="same"), (2, 5, 5, 3)),
    (layers.LSTM, dict(units=3, return_sequences=True), (2, 4, 3)),
    (layers.BatchNormalization, {}, (4, 3, 2)), (Flatten, {}, (3, 2, 2)),
    (layers.Activation, dict(activation="relu"), (None, 3))])
def test_layer_test(cls, arguments, shape):
    output = test_utils.layer_test(cls, kwargs=arguments, input_shape=shape)
    assert isinstance(output, np.ndarray)


def test_layer_test_with_values():
    class Double(Layer):
        def call(self, x):
            return 2 * x

    x = np.array([[1., 2], [3, 4]], "float32")
    got = test_utils.layer_test(Double, input_data=x, expected_output=2 * x)
    assert_allclose(got, 2 * x)
    with pytest.raises(AssertionError):
        test_utils.layer_test(Double, input_data=x, expected_output=3 * x)
    embedded = test_utils.layer_test(
        layers.Embedding, dict(output_dim=4, input_dim=10), (3, 2), "int32",
        expected_output_dtype="float32")
    assert embedded.shape == (3, 2, 4)
    with pytest.raises(ValueError, match="input_shape or input_data"):
        test_utils.layer_test(Double)


def test_layer_test_finds_faults():
    class Lies(Layer):
        def call(self, x):
            return K.concatenate([x, x])

        def compute_output_shape(self, input_shape):
            return input_shape

    class Forgets(Layer):
        def __init__(self, factor=1., **kwargs):
            super().__init__(**kwargs)
            self.factor = factor

        def build(self, input_shape):
            self.w = self.add_weight("w", (1,), initializer="ones")
            self.built = True

        def call(self, x):
            return self.factor * x * self.w

    x = np.ones((2, 3), "float32")
    with pytest.warns(UserWarning, match="Mend one"), pytest.raises(AssertionError):
        test_utils.layer_test(Lies, input_data=x)
    with pytest.raises(AssertionError):
        test_utils.layer_test(Forgets, dict(factor=3.), input_data=x, expected_output=3 * x)


def test_summary_of_nested_models():
    inner = Sequential([Dense(3, input_dim=2, name="first"), Dense(4, name="second")], name="inner")
    x = Input((2,), name="x")
    model = Model(x, layers.add([inner(x), Dense(4, name="side")(x)], name="sum"))
    lines = []
    model.summary(print_fn=lines.append)
    assert not any("first" in line for line in lines)
    lines.clear()
    model.summary(print_fn=lines.append, expand_nested=True)
    rows = [line for line in lines if "(" in line and "type" not in line]
    assert [row.split("(")[0].rstrip() for row in rows] == [
        "x", "inner", "  first", "  second", "side", "sum"]
    assert rows[3].split() == ["second", "(Dense)", "(None,", "4)", "16", "first[0][0]"]
    assert lines[-5] == "=" * 98 and lines[-4] == "Total params: 37"
    inner.summary(print_fn=lines.append, expand_nested=True)  # a line of layers


# ------------------------------------------------------------------------------ h5dict


@pytest.mark.parametrize("kind", ["dict", "file"])
def test_h5dict(kind, tmp_path):
    place = {} if kind == "dict" else str(tmp_path / "a.h5")
    names = [f"layer_{i}" for i in range(20_000)]  # too many for one attribute of HDF5
    array = np.arange(6.0).reshape(2, 3)
    with h5dict(place) as d:
        d.update({"array": array, "number": 3, "text": "abc", "few": [b"x", "y"], "many": names})
        d["group"]["inner"]["zero"] = np.float32(0.5)  # groups come of themselves
    with h5dict(place, "r") as d:
        assert_array_equal(d["array"], array)
        assert d["number"] == 3 and d["text"] == "abc" and list(d["many"]) == names
        assert d["group"]["inner"]["zero"] == 0.5
        assert "few" in d and "fewer" not in d and d.get("fewer", 7) == 7
        assert {"array", "group"} <= set(d.keys()) == set(d) and len(d) == len(d.keys())
        with pytest.raises(ValueError, match="'new' in read-only mode"):
            d["new"] = 1
        with pytest.raises(ValueError, match="Cannot create group 'new' in read-only mode"):
            d["group"]["new"]


def test_h5dict_guards_files(tmp_path):
    import h5py
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = [1]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["out"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/x")
        d = h5dict(file.create_group("part"))
        d["x"] = array = np.arange(3)
        assert_array_equal(d["x"], array)
        with pytest.raises(KeyError, match="'x' is there already"):
            d["x"] = array
    with h5dict(str(tmp_path / "a.h5"), "r") as d, pytest.raises(ValueError, match="ExternalLink"):
        d["out"]
    with pytest.raises(TypeError, match="given int"):
        h5dict(3)


# ------------------------------------------------------------------------------ multi_gpu_model


@pytest.mark.parametrize("count", [2, 3])
def test_multi_gpu_model_on_stand_ins(count, tmp_path):
    a, b = Input((3,)), Input((2,))
    y = Dense(4, name="y")(layers.concatenate([a, b]))
    model = Model([a, b], [y, Dense(1, name="z")(y)])
    parallel = utils.multi_gpu_model(model, gpus=["/cpu:0"] * count)
    assert parallel.output_names == ["y", "z"]
    x = [np.random.rand(7, 3).astype("float32"), np.random.rand(7, 2).astype("float32")]
    for got, want in zip(parallel.predict(x), model.predict(x)):
        assert_allclose(got, want, rtol=1e-5)
    parallel.compile("sgd", "mse")
    before = model.get_weights()
    parallel.fit(x, [np.ones((7, 4)), np.ones((7, 1))], verbose=0)
    assert all((old != new).any() for old, new in zip(before, model.get_weights()))
    parallel.save(tmp_path / "parallel.h5")
    for got, want in zip(load_model(tmp_path / "parallel.h5").predict(x), model.predict(x)):
        assert_allclose(got, want, rtol=1e-5)


def test_multi_gpu_model_without_gpus(monkeypatch):
    monkeypatch.setattr(utils.multi_gpu_utils, "_get_available_gpus", lambda: ["/device:GPU:0"])
    model = Sequential([Dense(2, input_dim=3)])
    with pytest.raises(ValueError, match=r"only has: \['/cpu:0', '/gpu:0'\]"):
        utils.multi_gpu_model(model, 2)
    with pytest.raises(ValueError, match="gpus >= 2"):
        utils.multi_gpu_model(model)
    with pytest.raises(ValueError, match="gpus >= 2"):
        utils.multi_gpu_model(model, 1)
