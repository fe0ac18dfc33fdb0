"""What bad input is answered with: word for word, and what it leaves behind.

Each case is what the user does, the documented type of the exception, and its text: what was
given, what was expected, where, and how to mend it. The model then still works, and its weights
are those from before.
"""

import numpy as np
import pytest
from engines import each_engine  # noqa: F401
from numpy.testing import assert_array_equal

import keras
from keras import backend as K
from keras.layers import (
    Add,
    Concatenate,
    Conv2D,
    Dense,
    Embedding,
    Flatten,
    Input,
    Lambda,
    Masking,
    Reshape,
)
from keras.models import Model, Sequential

RNG = np.random.default_rng(0)
X = RNG.normal(size=(8, 4))
Y = RNG.normal(size=(8, 1))
CLASSES = np.arange(8) % 3
NAN = np.where(np.arange(8)[:, None] == 5, np.nan, Y)


def regressor(**options):
    model = Sequential([Dense(3, activation="tanh", input_dim=4), Dense(1)])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **options})
    return model


def classifier(loss="categorical_crossentropy"):
    model = Sequential([Dense(3, activation="softmax", input_dim=4)])
    model.compile("sgd", loss)
    return model


def pair():
    """A model of two inputs and two outputs."""
    a, b = Input((4,), name="a"), Input((4,), name="b")
    both = Add(name="sum")([a, b])
    model = Model([a, b], [Dense(1, name="p")(both), Dense(1, name="q")(both)])
    model.compile("sgd", "mse")
    return model


def reader():
    model = Sequential([Embedding(10, 2, input_length=3), Flatten(), Dense(1)])
    model.compile("adam", "mse")
    return model


def custom(y_true, y_pred):
    return K.mean(K.square(y_true - y_pred), axis=-1)


FIT = (
    "x, y, batch_size, epochs, verbose, callbacks, validation_split, validation_data, shuffle, "
    "class_weight, sample_weight, initial_epoch, steps_per_epoch, validation_steps"
)
COMPILE = (
    "optimizer, loss, metrics, loss_weights, sample_weight_mode, weighted_metrics, target_tensors"
)
DENSE = (
    "units, activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, "
    "bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint"
)
LAYER = (
    "name, trainable, dtype, input_shape, batch_input_shape, batch_size, input_dtype, input_dim, "
    "input_length, weights"
)
NUMBERS = (
    "numbers are expected. Encode words and categories as numbers first "
    "(keras.utils.to_categorical, keras.preprocessing.text); make sequences equally long "
    "(keras.preprocessing.sequence.pad_sequences)."
)
UNKNOWN = (
    "If it is your own, say what it is: custom_objects={{'{0}': {0}}} where a model is loaded, or "
    "`with CustomObjectScope({{'{0}': {0}}}):` around the code."
)

# model, what is done with it, type, text
DATA = {
    "inputs of another size": (
        regressor,
        lambda model: model.fit(X[:, :3], Y),
        ValueError,
        "Error when checking input: expected dense_1_input to have shape (4,) but got array with "
        "shape (3,).",
    ),
    "inputs of another rank": (
        regressor,
        lambda model: model.predict(X[None]),
        ValueError,
        "Error when checking input: expected dense_1_input to have 2 dimensions, but got array "
        "with shape (1, 8, 4); expected (None, 4).",
    ),
    "inputs without an axis": (
        lambda: Sequential([Conv2D(2, 3, input_shape=(5, 5, 1))]),
        lambda model: model.predict(np.ones((2, 5, 5))),
        ValueError,
        "Error when checking input: expected conv2d_1_input to have 4 dimensions, but got array "
        "with shape (2, 5, 5); expected (None, 5, 5, 1). Is an axis missing, that of samples "
        "(x[None]) or the last one, of channels or classes (x[..., None])?",
    ),
    "class numbers where rows are expected": (
        classifier,
        lambda model: model.fit(X, CLASSES),
        ValueError,
        "Error when checking target: expected dense_1 to have shape (3,) but got array with shape "
        "(1,). Class numbers want the loss 'sparse_categorical_crossentropy', or "
        "keras.utils.to_categorical.",
    ),
    "rows where class numbers are expected": (
        lambda: classifier("sparse_categorical_crossentropy"),
        lambda model: model.fit(X, np.eye(3)[CLASSES]),
        ValueError,
        "Error when checking target: expected dense_1 to have shape (1,) but got array with shape "
        "(3,). One-hot targets go with 'categorical_crossentropy' and an output of that many "
        "units.",
    ),
    "classes that there are not": (
        lambda: classifier("sparse_categorical_crossentropy"),
        lambda model: model.train_on_batch(X, CLASSES + 1),
        ValueError,
        "The targets of 'dense_1' hold class numbers from 1 to 3; its 3 units stand for 0 to 2.",
    ),
    "categorical crossentropy of one unit": (
        lambda: regressor(loss="categorical_crossentropy"),
        lambda model: model.fit(X, Y),
        ValueError,
        "You are passing a target array of shape (8, 1) while using as loss "
        "`categorical_crossentropy`. `categorical_crossentropy` expects targets to be binary "
        "matrices (1s and 0s) of shape (samples, classes). Use keras.utils.to_categorical(y), or "
        "the loss `sparse_categorical_crossentropy` for class numbers.",
    ),
    "targets that a loss of the user cannot take": (
        lambda: regressor(loss=custom),
        lambda model: model.evaluate(X, np.ones((8, 3, 3)), verbose=0),
        ValueError,
        "Error when checking target: expected dense_2 to have 2 dimensions, but got array with "
        "shape (8, 3, 3); expected (None, None).",
    ),
    "words": (
        regressor,
        lambda model: model.predict(np.full((8, 4), "word")),
        TypeError,
        f"the array given for dense_1_input has dtype <U4; {NUMBERS}",
    ),
    "objects": (
        regressor,
        lambda model: model.fit(X, np.array([[1], [1, 2]] * 4, dtype=object)),
        TypeError,
        f"the array given for dense_2 has dtype object; {NUMBERS}",
    ),
    "rows of different lengths": (
        regressor,
        lambda model: model.fit([[1, 2], [3]], Y[:2]),
        ValueError,
        "the list given for dense_1_input makes no array: its parts differ in length. Make them "
        "equally long (keras.preprocessing.sequence.pad_sequences).",
    ),
    "targets that are not numbers": (
        regressor,
        lambda model: model.fit(X, NAN),
        ValueError,
        "The targets of 'dense_2' hold NaN (first in row 5): the loss would be NaN and destroy the "
        "weights. Remove or fill those rows.",
    ),
    "no samples": (
        regressor,
        lambda model: model.fit(X[:0], Y[:0]),
        ValueError,
        "The arrays are empty: they have 0 samples. Check how they were loaded.",
    ),
    "no samples to predict": (
        regressor,
        lambda model: model.predict(X[:0]),
        ValueError,
        "The arrays are empty: they have 0 samples. Check how they were loaded.",
    ),
    "fewer targets than inputs": (
        regressor,
        lambda model: model.fit(X, Y[:5]),
        ValueError,
        "Arrays should have the same number of samples; found 8 input samples, 5 target samples.",
    ),
    "inputs of different lengths": (
        pair,
        lambda model: model.predict([X, X[:5]]),
        ValueError,
        "All input arrays (x) should have the same number of samples. Got array shapes: [(8, 4), "
        "(5, 4)]",
    ),
    "one array for two inputs": (
        pair,
        lambda model: model.fit(X, [Y, Y]),
        ValueError,
        "The model expects 2 input arrays, for ['a', 'b'], but only received one array of shape "
        "(8, 4). Pass a list or a dict.",
    ),
    "three arrays for two inputs": (
        pair,
        lambda model: model.fit([X, X, X], [Y, Y]),
        ValueError,
        "Error when checking model input: the list of arrays that you are passing to your model "
        "is not the size the model expected. Expected to see 2 array(s), for ['a', 'b'], but "
        "instead got a list of 3 arrays.",
    ),
    "a name that no input has": (
        pair,
        lambda model: model.fit({"a": X, "bb": X}, [Y, Y]),
        ValueError,
        "No data provided for 'b'. Need data for each of the inputs ['a', 'b']; the dict has the "
        "keys ['a', 'bb']. Did you mean 'bb'?",
    ),
    "a symbolic tensor as data": (
        regressor,
        lambda model: model.predict(K.constant(X)),
        ValueError,
        "a symbolic tensor, <Constant constant:0 shape=(8, 4) dtype=float32>, was given for "
        "dense_1_input, where an array is fed. Begin the model with Input(tensor=...), take "
        "targets as compile(target_tensors=...), and pass steps in place of arrays.",
    ),
    "no inputs": (
        regressor,
        lambda model: model.fit(None, Y),
        ValueError,
        "Error when checking input: no data for 'dense_1_input'; it expects arrays of shape "
        "(None, 4).",
    ),
    "no targets": (
        regressor,
        lambda model: model.fit(X),
        ValueError,
        "y is missing: the model needs targets for ['dense_2'].",
    ),
    "an index that no row has": (
        reader,
        lambda model: model.predict([[1, 2, 10]]),
        ValueError,
        "embedding_1: an index is outside 0..9, the rows that there are. Raise input_dim, or "
        "check the data.",
    ),
    "an index that no row has, in training": (
        reader,
        lambda model: model.fit([[1, 2, 3], [1, 2, -4]], [0, 1], batch_size=2, verbose=0),
        ValueError,
        "embedding_1: an index is outside 0..9, the rows that there are. Raise input_dim, or "
        "check the data.",
    ),
}

OPTIONS = {
    "a model that is not compiled": (
        lambda: Sequential([Dense(1, input_dim=4)]),
        lambda model: model.fit(X, Y),
        RuntimeError,
        "You must compile your model before using it: model.compile(optimizer='adam', "
        "loss='mse'), for example.",
    ),
    "an argument that fit does not take": (
        regressor,
        lambda model: model.fit(X, Y, epoch=3),
        TypeError,
        f"fit: unknown argument 'epoch'; it takes {FIT}. Did you mean 'epochs'?",
    ),
    "an argument that evaluate does not take": (
        regressor,
        lambda model: model.evaluate(X, Y, batchsize=3),
        TypeError,
        "evaluate: unknown argument 'batchsize'; it takes x, y, batch_size, verbose, "
        "sample_weight, steps. Did you mean 'batch_size'?",
    ),
    "an argument that predict does not take": (
        regressor,
        lambda model: model.predict(X, size=3),
        TypeError,
        "predict: unknown argument 'size'; it takes x, batch_size, verbose, steps.",
    ),
    "an argument that compile does not take": (
        regressor,
        lambda model: model.compile("sgd", "mse", metric=["mae"]),
        ValueError,
        f"compile: unknown argument 'metric'; it takes {COMPILE}. Did you mean 'metrics'?",
    ),
    "a loss that there is not": (
        regressor,
        lambda model: model.compile("sgd", "mean_squared"),
        ValueError,
        "Unknown loss function: 'mean_squared'. Nearest known: mean_squared_error. "
        + UNKNOWN.format("mean_squared"),
    ),
    "an optimizer that there is not": (
        regressor,
        lambda model: model.compile("rmsprob", "mse"),
        ValueError,
        "Unknown optimizer: 'rmsprob'. Nearest known: rmsprop. " + UNKNOWN.format("rmsprob"),
    ),
    "a metric that there is not": (
        regressor,
        lambda model: model.compile("sgd", "mse", metrics=["acuracy"]),
        ValueError,
        "Unknown metric function: 'acuracy'. Nearest known: binary_accuracy. "
        + UNKNOWN.format("acuracy")
        + " Did you mean 'accuracy'?",
    ),
    "metrics that are no list": (
        regressor,
        lambda model: model.compile("sgd", "mse", metrics="accuracy"),
        TypeError,
        "compile: `metrics` is a list or a dict of lists; given 'accuracy'. Write ['accuracy'].",
    ),
    "no loss": (
        regressor,
        lambda model: model.compile("sgd"),
        ValueError,
        "The model cannot be compiled because it has no loss to optimize. Name one, e.g. "
        "loss='mse', or add one with add_loss.",
    ),
    "two losses for one output": (
        regressor,
        lambda model: model.compile("sgd", ["mse", "mae"]),
        ValueError,
        "When passing a list as `loss`, it should have one entry per model output. The model has "
        "1 outputs, but you passed `loss`=['mse', 'mae']",
    ),
    "a weight for an output that there is not": (
        pair,
        lambda model: model.compile("sgd", "mse", loss_weights={"p": 1, "qq": 2}),
        ValueError,
        "Unknown entry in `loss_weights` dictionary: 'qq'. Only expected the following keys: "
        "['p', 'q']. Did you mean 'q'?",
    ),
    "a loss that returns nothing": (
        regressor,
        lambda model: model.compile("sgd", lambda y_true, y_pred: None),
        TypeError,
        "<lambda>, given targets of shape (None, None) and predictions of shape (None, 1) of the "
        "output 'dense_2', returned None; a loss or metric returns a tensor: a number for each "
        "sample, or one for all.",
    ),
    "a metric of NumPy": (
        regressor,
        lambda model: model.compile("sgd", "mse", metrics=[lambda y, p: np.mean(p)]),
        TypeError,
        "<lambda>, given targets of shape (None, None) and predictions of shape (None, 1) of the "
        "output 'dense_2': <Tensor dense_2/add_1:0 shape=(None, 1) dtype=float32> is symbolic, "
        "NumPy cannot compute with it, nor can TensorFlow. Use the functions of keras.backend, or "
        "K.eval(x) for the value of a variable or constant.",
    ),
    "weights by step for an output without steps": (
        regressor,
        lambda model: model.compile("sgd", "mse", sample_weight_mode="temporal"),
        ValueError,
        "sample_weight_mode='temporal' for output 'dense_2': it wants an output of 3 axes or more "
        "(samples, steps, ...); its shape is (None, 1).",
    ),
    "a mode that there is not": (
        regressor,
        lambda model: model.compile("sgd", "mse", sample_weight_mode="time"),
        ValueError,
        "sample_weight_mode is None, for a weight per sample, or 'temporal', for one per step; "
        "given 'time' for output 'dense_2'.",
    ),
    "an array as target tensor": (
        regressor,
        lambda model: model.compile("sgd", "mse", target_tensors=Y),
        TypeError,
        "target_tensors: a symbolic tensor (K.variable, K.constant, ...) expected for output "
        "'dense_2'; given ndarray. Arrays go to fit.",
    ),
    "a target tensor of another shape": (
        regressor,
        lambda model: model.compile("sgd", "mse", target_tensors=K.constant(X)),
        ValueError,
        "target_tensors: a tensor of shape (None, 1) expected for output 'dense_2'; given (8, 4).",
    ),
    "batches of nothing": (
        regressor,
        lambda model: model.fit(X, Y, batch_size=0),
        ValueError,
        "batch_size is an int >= 1; given 0.",
    ),
    "epochs that are no number": (
        regressor,
        lambda model: model.fit(X, Y, epochs="three"),
        TypeError,
        "fit: epochs is an int; given 'three'.",
    ),
    "batch size and steps": (
        regressor,
        lambda model: model.fit(X, Y, batch_size=4, steps_per_epoch=2),
        ValueError,
        "If steps_per_epoch is set, the `batch_size` must be None: each step takes the whole of "
        "the data. Given batch_size=4, steps_per_epoch=2.",
    ),
    "validation steps alone": (
        regressor,
        lambda model: model.fit(X, Y, validation_steps=2),
        ValueError,
        "Can only use `validation_steps` when doing step-wise training, i.e. `steps_per_epoch` "
        "must be set.",
    ),
    "validation data of one part": (
        regressor,
        lambda model: model.fit(X, Y, validation_data=X),
        ValueError,
        "When passing validation_data, it must contain 2 (x_val, y_val) or 3 (x_val, y_val, "
        "val_sample_weights) items; it is a ndarray of 8 items.",
    ),
    "a split that leaves nothing": (
        regressor,
        lambda model: model.fit(X, Y, validation_split=0.95),
        ValueError,
        "validation_split=0.95 of 8 samples leaves nothing to train on.",
    ),
    "a split that is no fraction": (
        regressor,
        lambda model: model.fit(X, Y, validation_split=20),
        ValueError,
        "validation_split is a fraction, 0 < split < 1; given 20.",
    ),
    "weights of another length": (
        regressor,
        lambda model: model.fit(X, Y, sample_weight=np.ones(5)),
        ValueError,
        "Found a sample_weight array with shape (5,) for an input with shape (8, 1). It must have "
        "shape (8,).",
    ),
    "weights by step": (
        regressor,
        lambda model: model.fit(X, Y, sample_weight=np.ones((8, 1))),
        ValueError,
        "Found a sample_weight array with shape (8, 1) for the output 'dense_2'; it needs 1 axes, "
        "shape (8,). For weights of 2 axes compile with sample_weight_mode='temporal'.",
    ),
    "class weights without a class": (
        classifier,
        lambda model: model.fit(X, np.eye(3)[CLASSES], class_weight={0: 1, 1: 2}),
        ValueError,
        "`class_weight` must contain all classes in the data. The classes {2} exist in the data "
        "but not in `class_weight`.",
    ),
    "class weights as a list": (
        classifier,
        lambda model: model.fit(X, np.eye(3)[CLASSES], class_weight=[1, 2, 3]),
        ValueError,
        "`class_weight` for the output 'dense_1' is a dict from class to weight; given [1, 2, 3]. "
        "For weights in the order of the classes write dict(enumerate(weights)).",
    ),
    "class weights of sequences": (
        lambda: masked(),
        lambda model: model.fit(np.ones((2, 3, 1)), np.ones((2, 3, 2)), class_weight={0: 1}),
        ValueError,
        "`class_weight` not supported for 3+ dimensional targets; output 'dense_1' has targets of "
        "shape (2, 3, 2). Use sample_weight with sample_weight_mode='temporal'.",
    ),
    "a callback that is none": (
        regressor,
        lambda model: model.fit(X, Y, callbacks=[keras.callbacks.History]),
        TypeError,
        "callbacks is a list of objects of keras.callbacks.Callback; given <class "
        "'keras.callbacks.base.History'>, a class: call it.",
    ),
    "weights that do not fit": (
        regressor,
        lambda model: model.set_weights(model.get_weights()[::-1]),
        ValueError,
        "sequential_1: weight dense_1/kernel:0 has shape (4, 3); the array given for it has (1,).",
    ),
}


def masked():
    model = Sequential([Masking(input_shape=(3, 1)), Dense(2)])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("case", [*DATA, *OPTIONS])
def test_a_model_answers_bad_input_and_goes_on(case):
    made, attempt, kind, text = {**DATA, **OPTIONS}[case]
    model = made()
    before = model.get_weights()
    with pytest.raises(kind) as caught:
        attempt(model)
    assert str(caught.value) == text
    for got, want in zip(model.get_weights(), before, strict=True):
        assert_array_equal(got, want)
    shapes = [(8, *K.int_shape(x)[1:]) for x in model.inputs]
    x = [np.ones(shape) for shape in shapes]
    assert len(model.predict(x)) in (8, 2)
    if model.optimizer is not None:
        targets = [np.zeros((8, *output.target_shape[1:-1], output.target_shape[-1] or 1))
                   for output in model._outputs]  # fmt: skip
        if "categorical_crossentropy" not in str(model.loss) or made is classifier:
            assert np.all(np.isfinite(model.train_on_batch(x, targets)))


LAYERS = {
    "an argument that a layer does not take": (
        lambda: Dense(3, activaton="relu"),
        TypeError,
        f"Dense: unknown keyword argument 'activaton'; it takes {DENSE}, {LAYER}. "
        "Did you mean 'activation'?",
    ),
    "an argument that a layer needs": (
        lambda: Dense(unit=3),
        TypeError,
        f"Dense needs the argument units; it takes ({DENSE}). Is 'unit' meant for it?",
    ),
    "units that are no number": (
        lambda: Dense("3"),
        TypeError,
        "Dense: units is an int; given '3'.",
    ),
    "an activation that there is not": (
        lambda: Dense(3, activation="rleu"),
        ValueError,
        "Unknown activation function: 'rleu'. Nearest known: relu. " + UNKNOWN.format("rleu"),
    ),
    "an input of another rank": (
        lambda: Sequential([Conv2D(3, 3, input_shape=(8, 8))]),
        ValueError,
        "conv2d_1 (Conv2D), given (None, 8, 8): Input 0 is incompatible with layer conv2d_1: "
        "expected ndim=4, found ndim=3. Full shape received: (None, 8, 8).",
    ),
    "an input of unknown size": (
        lambda: Dense(3)(Input((None,))),
        ValueError,
        "dense_1 (Dense), given (None, None): the input's last axis must have a known size; given "
        "shape (None, None). Give it in the Input, or as input_shape of the first layer.",
    ),
    "an input of another size": (
        lambda: (lambda layer: (layer(Input((3,))), layer(Input((4,)))))(Dense(2)),
        ValueError,
        "dense_1 (Dense), given (None, 4): Input 0 is incompatible with layer dense_1: expected "
        "axis -1 of input shape to have value 3. Full shape received: (None, 4).",
    ),
    "a word as input": (
        lambda: Dense(3)("x"),
        ValueError,
        "Layer dense_1 was called with an input that is not a symbolic tensor: str. Give it "
        "the output of keras.layers.Input or of another layer.",
    ),
    "shapes that do not add up": (
        lambda: Concatenate()([Input((3, 4)), Input((2, 5))]),
        ValueError,
        "concatenate_1 (Concatenate), given (None, 3, 4), (None, 2, 5): A `Concatenate` layer "
        "requires inputs with matching shapes except for the concat axis (-1). Got inputs shapes: "
        "(None, 3, 4), (None, 2, 5)",
    ),
    "a shape of another size": (
        lambda: Sequential([Reshape((7,), input_shape=(2, 3))]),
        ValueError,
        "reshape_1 (Reshape), given (None, 2, 3): total size of new array must be unchanged: a "
        "sample of shape (2, 3) has 6 elements, target_shape is (7,).",
    ),
    "a formula that does not broadcast": (
        lambda: Sequential([Lambda(lambda x: x + K.ones((5,)), input_shape=(4,))]),
        ValueError,
        "lambda_1 (Lambda), given (None, 4): add: shapes (None, 4) and (5,) do not broadcast: "
        "sizes [4, 5] meet on one axis. Sizes must be equal, or 1.",
    ),
    "a mask where none is taken": (
        lambda: Sequential([Masking(input_shape=(3, 1)), Flatten()]),
        TypeError,
        "Layer flatten_1 does not support masking, but was passed an input with a mask. Set "
        "supports_masking = True in the layer if it may pass the mask on, or put the masking "
        "behind it.",
    ),
}


@pytest.mark.parametrize("case", LAYERS)
def test_layers_answer_bad_input(case):
    attempt, kind, text = LAYERS[case]
    with pytest.raises(kind) as caught:
        attempt()
    assert str(caught.value) == text


def test_what_only_the_run_shows_is_told_in_our_words():
    model = Sequential([Dense(2, input_dim=4, name="d")])
    model.compile("sgd", custom)
    before = model.get_weights()
    for attempt in (model.fit, model.evaluate):
        with pytest.raises(ValueError) as caught:
            attempt(X, np.ones((8, 3)), verbose=0)
        text = str(caught.value)
        assert text.startswith("subtract in d_loss cannot compute with these inputs: ")
        assert "fed arrays of shapes [(8, 4), (8, 3)]" in text
    with pytest.raises(ValueError, match="subtract in d_loss"):
        model.train_on_batch(X, np.ones((8, 3)))
    for got, want in zip(model.get_weights(), before, strict=True):
        assert_array_equal(got, want)
    model.fit(X, np.ones((8, 2)), verbose=0)
    small = Sequential([Conv2D(2, 3, input_shape=(None, None, 1))])
    with pytest.raises(ValueError, match=r"convolution in conv2d_1.*shapes \[\(1, 2, 2, 1\)\]"):
        small.predict(np.ones((1, 2, 2, 1)))
    assert small.predict(np.ones((1, 3, 3, 1))).shape == (1, 1, 1, 2)


def test_a_failed_compile_leaves_the_former_one():
    model = regressor()
    want = model.evaluate(X, Y, verbose=0)
    for wrong in (("sgd", "msee"), ("sgd", "mse", ["what"]), ("nothing", "mse")):
        with pytest.raises(ValueError):
            model.compile(*wrong)
        assert model.evaluate(X, Y, verbose=0) == want and model.metrics_names == ["loss"]
