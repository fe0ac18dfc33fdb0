"""Functions of the engine's own library: activations, Lambda, losses, metrics, plain calls."""

import copy
import importlib
import operator
import pickle

import numpy as np
import pytest
from engines import each_engine
from numpy.testing import assert_allclose

from keras import backend as K
from keras.layers import Activation, Dense, Input, Lambda, Layer
from keras.models import Model, Sequential, load_model, model_from_json

__all__ = ["each_engine"]
X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


LIBRARIES = {
    "torch": "torch",
    "jax": "jax.numpy",
    "tensorflow": "tensorflow",
    "theano": "pytensor.tensor",
}
SILU = {
    "torch": ("torch.nn.functional", "silu"),
    "jax": ("jax.nn", "silu"),
    "tensorflow": ("tensorflow", "nn.silu"),
}
# what each library calls the mean, the sum and a method of its arrays that K's tensors lack
MEAN = {"tensorflow": "reduce_mean"}
SUM = {"tensorflow": "reduce_sum"}
ARRAY = {
    "torch": "from_numpy",
    "jax": "asarray",
    "tensorflow": "Variable",
}


def swish(x):
    """x * sigmoid(x), in the library of the engine."""
    if K.backend() == "theano":
        return x * library().sigmoid(x)
    module, name = SILU[K.backend()]
    return operator.attrgetter(name)(importlib.import_module(module))(x)


def numpy_swish(x):
    return x / (1 + np.exp(-x))


def library():
    return importlib.import_module(LIBRARIES[K.backend()])


def foreign_tanh():
    """tanh of the library that is not in use; skips where that is not installed."""
    name = "jax.numpy" if K.backend() == "torch" else "torch"
    return pytest.importorskip(name).tanh


def squared(y_true, y_pred):
    difference = y_true - y_pred
    mean = getattr(library(), MEAN.get(K.backend(), "mean"))
    return mean(library().square(difference), -1)


def test_values_shapes_and_gradients():
    x = K.placeholder((None, 4))
    y = K.native(swish, x)
    assert K.int_shape(y) == (None, 4) and K.dtype(y) == "float32"
    (slope,) = K.gradients(K.sum(y * y), x)
    (second,) = K.gradients(K.sum(slope), x)
    got, slope, second = K.function([x], [y, slope, second])([X])
    assert_allclose(got, numpy_swish(X), rtol=1e-5, atol=1e-6)
    h = 1e-3
    ahead, behind = (numpy_swish(X.astype("float64") + d) ** 2 for d in (h, -h))
    assert_allclose(slope, (ahead - behind) / (2 * h), rtol=1e-3, atol=1e-4)
    middle = numpy_swish(X.astype("float64")) ** 2
    assert_allclose(second, (ahead - 2 * middle + behind) / h**2, rtol=1e-2, atol=1e-3)


def test_results_come_in_their_arrangement():
    x, y = K.placeholder((None, 4)), K.variable(np.ones(4))
    found = K.native(
        lambda pair, power: {"sum": pair[0] + pair[1], "n": [pair[0] ** power, 7]}, [x, y], power=2
    )
    assert list(found) == ["sum", "n"]
    assert len(found["n"]) == 2
    total, square = K.function([x], [found["sum"], found["n"][0]])([X])
    assert_allclose(total, X + 1)
    assert_allclose(square, X**2, rtol=1e-5)


def test_a_lambda_may_make_an_array_of_its_own():
    """Mask R-CNN's anchors: what does not depend on the input is a constant."""
    if K.backend() not in ARRAY:
        pytest.skip("PyTensor has expressions; its arrays are NumPy's")
    values = np.arange(6, dtype="float32").reshape(3, 2)
    x = Input((2,))
    anchors = Lambda(lambda _: getattr(library(), ARRAY[K.backend()])(values))(x)
    assert K.int_shape(anchors) == (3, 2)
    assert_allclose(Model(x, anchors).predict(np.zeros((3, 2))), values)


def test_a_model_of_native_parts_trains_and_copies():
    def make(activation, loss):
        np.random.seed(1)
        model = Sequential(
            [
                Dense(6, activation=activation, input_shape=(4,)),
                Lambda(lambda x: activation(x)),
                Activation(activation),
                Dense(2),
            ]
        )
        model.compile("sgd", loss, metrics=[loss])
        return model

    def plain(x):
        return x * K.sigmoid(x)

    y = np.ones((5, 2))
    native, ours = make(swish, squared), make(plain, "mse")
    ours.set_weights(native.get_weights())
    assert native.output_shape == (None, 2)
    history = native.fit(X, y, epochs=3, verbose=0).history
    assert_allclose(history["loss"], ours.fit(X, y, epochs=3, verbose=0).history["loss"], rtol=1e-4)
    assert_allclose(history["squared"], history["loss"], rtol=1e-5)
    assert_allclose(native.predict(X), ours.predict(X), rtol=1e-4, atol=1e-5)


def total(x):
    return getattr(library(), SUM.get(K.backend(), "sum"))(x)


class Native(Layer):
    """Dense without a bias, its product, penalty and constraint in the engine's library."""

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[-1], 3),
            initializer="ones",
            regularizer=lambda w: K.native(total, w * w) * 0.01,
            constraint=lambda w: K.native(library().abs, w),
        )
        super().build(input_shape)

    def call(self, inputs):
        return K.native(library().matmul, inputs, self.kernel)


def test_weights_of_a_layer_are_arguments():
    def losses(layer):
        model = Sequential([layer])
        model.compile("sgd", "mse")
        found = [model.train_on_batch(X, -np.ones((5, 3))) for _ in range(4)]
        return found, model.get_weights()[0]

    found, kernel = losses(Native(input_shape=(4,)))
    wanted, other = losses(
        Dense(
            3,
            use_bias=False,
            input_shape=(4,),
            kernel_initializer="ones",
            kernel_regularizer=lambda w: K.sum(w * w) * 0.01,
            kernel_constraint=K.abs,
        )
    )
    assert_allclose(found, wanted, rtol=1e-4)
    assert_allclose(kernel, other, rtol=1e-4, atol=1e-6)


def test_configs_name_it_as_any_function(tmp_path):
    model = Sequential([Dense(3, activation=swish, input_shape=(4,)), Lambda(swish)])
    model.compile("sgd", squared)
    assert model.layers[0].get_config()["activation"] == "swish"
    assert model.layers[0].activation == swish
    assert pickle.loads(pickle.dumps(model.layers[0].activation)) == swish
    assert copy.deepcopy(model.layers[0].activation) == swish
    with pytest.raises(ValueError, match="Unknown activation function: 'swish'"):
        model_from_json(model.to_json())
    again = model_from_json(model.to_json(), {"swish": swish})
    again.set_weights(model.get_weights())
    assert_allclose(again.predict(X), model.predict(X))
    path = str(tmp_path / "model.h5")
    model.save(path)
    loaded = load_model(path, {"swish": swish, "squared": squared})
    assert_allclose(loaded.predict(X), model.predict(X))
    assert np.isfinite(loaded.train_on_batch(X, np.ones((5, 3))))


def test_methods_of_the_library_s_arrays():
    """K's tensors have none of these; the whole function is called on the library's arrays."""
    if K.backend() == "tensorflow":
        pytest.skip("arrays of TensorFlow have no such methods")
    method = "unsqueeze" if K.backend() == "torch" else "ravel"
    shape = (None, 1, 4) if K.backend() == "torch" else (None,)
    layer = Lambda(lambda x: getattr(x, method)(*([1] if method == "unsqueeze" else [])))
    x = Input((4,))
    y = layer(x)
    assert K.int_shape(y) == shape
    assert Model(x, y).predict(X).size == X.size


def test_it_runs_in_a_loop_and_in_a_phase():
    x = K.placeholder((None, 4))
    y = K.map_fn(lambda row: K.native(swish, row), x)
    z = K.in_train_phase(lambda: K.native(swish, x), x)
    f = K.function([x, K.learning_phase()], [y, z])
    rows, trained = f([X, 1])
    assert_allclose(rows, numpy_swish(X), rtol=1e-5, atol=1e-6)
    assert_allclose(trained, numpy_swish(X), rtol=1e-5, atol=1e-6)
    assert_allclose(f([X, 0])[1], X)


def test_unknown_sizes_meet_those_of_other_arguments():
    x, y = K.placeholder((None, None)), K.placeholder((None, 3))
    assert K.int_shape(K.native(lambda a, b: a - b, x, y)) == (None, 3)


def test_refusals():
    x = K.placeholder((None, 4))
    with pytest.raises((TypeError, ValueError), match=r"matmul.*shapes \(None, 4\), \(5, 3\)"):
        K.native(library().matmul, x, K.placeholder((5, 3)))
    if K.backend() == "torch":  # jax makes arrays of all numbers
        with pytest.raises(TypeError, match="only in the run has to be a tensor"):
            K.native(lambda x: [x, x.shape[0]], x)
    with pytest.raises((TypeError, ValueError), match="symbolic"):
        K.native(lambda y: x, x)


def test_another_library_than_the_engine_s():
    tanh = foreign_tanh()
    other = "jax" if K.backend() == "torch" else "torch"
    with pytest.raises(
        RuntimeError, match=f"tanh calls {other}.*run by {K.backend()}.*KERAS_BACKEND={other}"
    ):
        Lambda(tanh)(Input((4,)))


def test_functions_of_torch_take_symbolic_tensors():
    if K.backend() != "torch":
        pytest.skip("torch asks for it; jax has no such protocol")
    torch = importlib.import_module("torch")
    x = K.placeholder((None, 4))
    best = torch.max(x, dim=1)
    both = torch.cat([x, K.square(x)], 1) + torch.ones(8)
    assert [K.int_shape(y) for y in best] == [(None,), (None,)]
    assert K.int_shape(both) == (None, 8)
    values, places, both = K.function([x], [best.values, best.indices, both])([X])
    assert_allclose(values, X.max(1))
    assert (places == X.argmax(1)).all()
    assert_allclose(both, np.concatenate([X, X**2], 1) + 1, rtol=1e-5)
    with pytest.raises(TypeError, match="writes into its arguments"):
        torch.relu_(x)
    assert x.eval({x: X}).tolist() == X.tolist()


def test_a_function_of_jax_says_how_to_use_it():
    if K.backend() != "jax":
        pytest.skip("for a function of jax")
    with pytest.raises(RuntimeError, match="symbolic.*K.native"):
        library().tanh(K.placeholder((None, 4)))
