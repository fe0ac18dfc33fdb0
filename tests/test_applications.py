"""The architectures: names, order and shapes of layers against Keras 2.2.4, and their arguments."""

import gzip
import json
import os
import warnings
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import keras
from keras import applications
from keras import backend as K
from keras.applications import imagenet_utils
from keras.layers import Conv2D, Input
from keras.models import Model

FACTS = json.loads(
    gzip.decompress((Path(__file__).parent / "fixtures" / "applications.json.gz").read_bytes())
)
ORIGIN = FACTS.pop("_origin")
NAMES = sorted(FACTS)
SLOW = pytest.mark.skipif(
    os.environ.get("KERAS_SLOW_TESTS") != "1", reason="more architectures: KERAS_SLOW_TESTS=1"
)
QUICK = {"MobileNet", "MobileNetV2", "ResNet50", "VGG16", "Xception"}
# Every one in its usual form; where a test varies that form, a few by default.
SOME = [name if name in QUICK else pytest.param(name, marks=[SLOW, pytest.mark.slow])
        for name in NAMES]
LEAST = {  # the manual's smallest images; where it tells none, those of 2.2.4
    "DenseNet121": 32, "DenseNet169": 32, "DenseNet201": 32, "InceptionResNetV2": 139,
    "InceptionV3": 139, "MobileNet": 32, "MobileNetV2": 32, "NASNetLarge": 32,
    "NASNetMobile": 32, "ResNet50": 197, "VGG16": 48, "VGG19": 48, "Xception": 71,
}
MODULES = {
    "caffe": ["vgg16", "vgg19", "resnet50"],
    "tf": ["xception", "inception_v3", "inception_resnet_v2", "mobilenet", "mobilenet_v2",
           "nasnet"],
    "torch": ["densenet"],
}


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


@pytest.fixture(params=["channels_last", "channels_first"])
def data_format(request):
    before = K.image_data_format()
    K.set_image_data_format(request.param)
    yield request.param
    K.set_image_data_format(before)


@pytest.fixture
def requests(monkeypatch):
    """What is asked of get_file, which downloads nothing."""
    seen = []

    def get_file(fname, origin, **options):
        seen.append((fname, origin, options))
        raise OSError("no network")

    monkeypatch.setattr(keras.utils, "get_file", get_file, raising=False)
    return seen


def shaped(size, data_format="channels_last", channels=3):
    last = (size, size, channels)
    return last if data_format == "channels_last" else (channels, size, size)


def layers(model):
    return [
        [layer.name, type(layer).__name__, [list(K.int_shape(w)) for w in layer.weights]]
        for layer in model.layers
    ]


# ------------------------------------------------------------------------------ against Keras 2.2.4


@pytest.mark.parametrize("name", NAMES)
def test_layers_are_those_of_keras(name):
    check_layers(name, "channels_last")


@pytest.mark.parametrize("name", SOME)
def test_layers_in_both_formats(name, data_format):
    check_layers(name, data_format)


def check_layers(name, data_format):
    facts = FACTS[name]
    model = getattr(applications, name)(weights=None)
    assert layers(model) == facts["layers"]
    assert model.name == facts["model_name"]
    assert model.count_params() == facts["params_total"]
    trainable = sum(K.count_params(w) for w in model.trainable_weights)
    assert trainable == facts["params_trainable"]
    assert model.input_shape == (None, *shaped(facts["default_size"], data_format))
    assert model.output_shape == (None, 1000)


@pytest.mark.parametrize("name", SOME)
def test_without_top(name, data_format):
    facts = FACTS[name]["notop"]
    model = getattr(applications, name)(include_top=False, weights=None)
    *image, channels = facts["output_shape"][1:]
    last = (*image, channels)
    assert model.output_shape == (None, *(last if data_format == "channels_last"
                                          else (channels, *image)))
    assert model.count_params() == facts["params_total"]
    assert len(model.layers) == facts["layer_count"]
    removed = len(facts["top_layers_removed"])
    assert layers(model) == FACTS[name]["layers"][:-removed]


@pytest.mark.parametrize("name", ["MobileNet", "MobileNetV2"])
def test_widths(name):
    facts = FACTS[name]
    for alpha, variant in facts["variants"].items():
        model = getattr(applications, name)(alpha=float(alpha), weights=None)
        assert model.count_params() == variant["params_total"]
        assert model.name == variant["model_name_224"]


# ------------------------------------------------------------------------------ arguments


@pytest.mark.parametrize("name", NAMES)
def test_small_images_are_refused(name, data_format):
    size = LEAST[name] - 1
    with pytest.raises(ValueError, match=f"at least {LEAST[name]}x{LEAST[name]}"):
        getattr(applications, name)(
            include_top=False, weights=None, input_shape=shaped(size, data_format))


@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_pooling(name, pooling):
    size = max(LEAST[name], 64)  # NASNet's last cells see nothing of smaller ones
    model = getattr(applications, name)(
        include_top=False, weights=None, input_shape=shaped(size), pooling=pooling)
    assert model.output_shape == (None, FACTS[name]["notop"]["output_shape"][-1])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [
    {"weights": "nonsense"},
    {"weights": "imagenet", "classes": 3},
    {"weights": "imagenet", "input_shape": (64, 64, 3)},
    {"weights": "imagenet", "include_top": False, "input_shape": (224, 224, 1)},
    {"weights": None, "input_shape": (None, None, 3)},
    {"weights": None, "input_shape": (224, 224)},
    {"weights": None, "include_top": False, "pooling": "mean"},
])
def test_bad_arguments(name, bad, requests):
    with pytest.raises(ValueError):
        getattr(applications, name)(**bad)
    assert not requests


def test_classes_and_other_channels():
    model = applications.MobileNet(weights=None, input_shape=(32, 32, 1), alpha=0.25, classes=7)
    assert model.output_shape == (None, 7) and model.name == "mobilenet_0.25_32"
    with pytest.warns(UserWarning, match="5 input channels"):
        applications.MobileNet(weights=None, input_shape=(32, 32, 5), alpha=0.25)


def test_depth_multiplier():
    model = applications.MobileNet(
        weights=None, input_shape=(32, 32, 3), alpha=0.25, depth_multiplier=2, dropout=0.5)
    kernel = model.get_layer("conv_dw_1").weights[0]
    assert K.int_shape(kernel) == (3, 3, 8, 2)
    assert model.get_layer("dropout").rate == 0.5


def test_input_tensor():
    x = Input((64, 64, 3))
    assert applications.VGG16(weights=None, include_top=False, input_tensor=x).inputs == [x]
    base = Conv2D(3, 3, name="before")(x)
    model = applications.MobileNet(
        weights=None, include_top=False, input_tensor=base, alpha=0.25, pooling="avg")
    assert model.inputs == [x] and model.layers[1].name == "before"
    constant = K.zeros((1, 32, 32, 3))
    model = applications.MobileNet(
        weights=None, include_top=False, input_tensor=constant, alpha=0.25)
    assert model.output_shape == (1, 1, 1, 256)


def test_weights_by_path(tmp_path):
    options = dict(input_shape=(32, 32, 3), alpha=0.25, classes=5)
    first = applications.MobileNet(weights=None, **options)
    path = str(tmp_path / "weights.h5")
    first.save_weights(path)
    second = applications.MobileNet(weights=path, **options)
    for a, b in zip(first.get_weights(), second.get_weights()):
        assert np.array_equal(a, b)


# ------------------------------------------------------------------------------ files of weights


@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("include_top", [True, False])
def test_weights_of_imagenet(name, include_top, requests):
    with pytest.raises(OSError, match="no network"):
        getattr(applications, name)(include_top=include_top)
    file, url, checksum = FACTS[name]["files"][str(include_top)]
    assert requests == [(file, url, {"cache_subdir": "models", "file_hash": checksum})]


@pytest.mark.parametrize("name", ["MobileNet", "MobileNetV2"])
def test_weights_of_imagenet_by_width_and_size(name, requests):
    facts = FACTS[name]
    for i, (alpha, variant) in enumerate(facts["variants"].items()):
        for size, files in list(variant["files_top_notop"].items())[i % 2::2]:
            for include_top, file in zip([True, False], files):
                with pytest.raises(OSError, match="no network"):
                    getattr(applications, name)(
                        alpha=float(alpha), input_shape=shaped(int(size)),
                        include_top=include_top)
                assert requests.pop()[:2] == (file, facts["url_base"] + file)


@pytest.mark.parametrize("name", ["MobileNet", "MobileNetV2"])
@pytest.mark.parametrize("bad", [
    {"alpha": 0.6}, {"depth_multiplier": 2}, {"input_shape": (100, 100, 3), "include_top": False},
    {"input_shape": (128, 160, 3), "include_top": False},
])
def test_no_weights_of_imagenet(name, bad, requests):
    with pytest.raises(ValueError):
        getattr(applications, name)(**bad)
    assert not requests


def test_undefined_size_takes_the_weights_for_224(requests):
    with pytest.warns(UserWarning, match="224"), pytest.raises(OSError):
        applications.MobileNet(include_top=False, input_shape=(None, None, 3))
    assert requests[0][0] == "mobilenet_1_0_224_tf_no_top.h5"


# ------------------------------------------------------------------------------ running


@pytest.mark.parametrize("make", [
    lambda shape: applications.MobileNet(weights=None, input_shape=shape, alpha=0.25, classes=4),
    lambda shape: applications.MobileNetV2(weights=None, input_shape=shape, alpha=0.35,
                                           classes=4),
    lambda shape: applications.nasnet.NASNet(shape, 96, 1, 8, classes=4),
    lambda shape: applications.densenet.DenseNet([1, 1, 1, 1], weights=None, input_shape=shape,
                                                 classes=4),
], ids=["MobileNet", "MobileNetV2", "NASNet", "DenseNet"])
def test_both_formats_compute_the_same(make):
    x = np.random.RandomState(1).rand(2, 48, 48, 3).astype("float32")
    before = K.image_data_format()
    try:
        K.set_image_data_format("channels_last")
        last = make(shaped(48))
        K.set_image_data_format("channels_first")
        first = make(shaped(48, "channels_first"))
        first.set_weights(last.get_weights())
        want = last.predict(x)
        got = first.predict(x.transpose(0, 3, 1, 2))
    finally:
        K.set_image_data_format(before)
    assert want.shape == (2, 4) and np.allclose(want.sum(-1), 1, atol=1e-5)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-6)


def test_block_of_inception_resnet():
    x, y = np.float32([1, 2]), np.float32([10, 20])
    total = applications.inception_resnet_v2.scaled_sum([K.constant(x), K.constant(y)], scale=0.5)
    assert np.array_equal(K.eval(total), [6, 12])


def test_relu6():
    got = K.eval(applications.mobilenet.relu6(K.constant([-1., 3., 9.])))
    assert np.array_equal(got, [0, 3, 6])
    assert applications.mobilenet.DepthwiseConv2D is keras.layers.DepthwiseConv2D


# ------------------------------------------------------------------------------ images and classes


def scaled(x, mode):
    """What `preprocess_input` is to compute for images with channels last, from its definition."""
    if mode == "caffe":
        return x[..., ::-1] - [103.939, 116.779, 123.68]
    if mode == "tf":
        return x / 127.5 - 1
    return (x / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]


@pytest.mark.parametrize("mode", MODULES)
@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8"])
@pytest.mark.parametrize("batch", [(), (2,)])
def test_preprocess_input(mode, dtype, batch):
    x = np.random.RandomState(1).randint(0, 256, (*batch, 4, 5, 3)).astype(dtype)
    kept = x.copy()
    want = scaled(x.astype("float64"), mode)
    for module in MODULES[mode]:
        function = getattr(applications, module).preprocess_input
        got = function(x)
        assert got.dtype == ("float32" if dtype == "uint8" else dtype)
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-4)
        first = function(np.moveaxis(x, -1, -3), data_format="channels_first")
        np.testing.assert_allclose(np.moveaxis(first, -3, -1), want, rtol=1e-5, atol=1e-4)
        assert np.array_equal(x, kept)
    tensor = imagenet_utils.preprocess_input(K.constant(x.astype("float32")), mode=mode)
    np.testing.assert_allclose(K.eval(tensor), want, rtol=1e-5, atol=1e-4)


def test_preprocess_input_refuses():
    with pytest.raises(ValueError, match="mode"):
        imagenet_utils.preprocess_input(np.zeros((2, 2, 3)), mode="pytorch")
    with pytest.raises(ValueError, match="data_format"):
        imagenet_utils.preprocess_input(np.zeros((2, 2, 3)), data_format="last")


def test_preprocess_input_in_a_model():
    x = Input((8, 8, 3))
    from keras.layers import Lambda
    model = Model(x, Lambda(applications.vgg16.preprocess_input)(x))
    images = np.random.RandomState(1).rand(2, 8, 8, 3) * 255
    np.testing.assert_allclose(model.predict(images), scaled(images, "caffe"), atol=1e-3)


def test_decode_predictions(monkeypatch, tmp_path):
    index = tmp_path / "index.json"
    index.write_text(json.dumps({str(i): [f"n{i:08}", f"thing {i}"] for i in range(1000)}))
    asked = []

    def get_file(fname, origin, **options):
        asked.append((fname, options))
        return str(index)

    monkeypatch.setattr(keras.utils, "get_file", get_file, raising=False)
    monkeypatch.setattr(imagenet_utils, "_class_index", None)
    preds = np.zeros((2, 1000), "float32")
    preds[0, [7, 9, 3]] = [0.5, 0.2, 0.3]
    preds[1, 999] = 1
    got = applications.resnet50.decode_predictions(preds, top=3)
    assert got[0] == [("n00000007", "thing 7", np.float32(0.5)),
                      ("n00000003", "thing 3", np.float32(0.3)),
                      ("n00000009", "thing 9", np.float32(0.2))]
    assert got[1][0][0] == "n00000999"
    assert len(applications.vgg16.decode_predictions(preds)[0]) == 5
    assert asked == [("imagenet_class_index.json", {
        "cache_subdir": "models", "file_hash": "c2c37ea517e94d9795004a39431a14cb"})]
    with pytest.raises(ValueError, match="shape"):
        imagenet_utils.decode_predictions(np.zeros((2, 10)))


@pytest.mark.parametrize("given, options, want", [
    (None, {}, (224, 224, 3)),
    (None, {"require_flatten": False}, (None, None, 3)),
    (None, {"data_format": "channels_first"}, (3, 224, 224)),
    ((50, None, 3), {"require_flatten": False}, (50, None, 3)),
    ([50, 60, 1], {"include_top": True}, (50, 60, 1)),
    ((224, 224, 3), {"weights": "imagenet"}, (224, 224, 3)),
    ((3, 224, 224), {"weights": "imagenet", "data_format": "channels_first"}, (3, 224, 224)),
])
def test_obtain_input_shape(given, options, want):
    options = {"data_format": "channels_last", **options}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = imagenet_utils._obtain_input_shape(
            given, default_size=224, min_size=48, **options)
    assert got == want
