"""Libraries that were written for Keras 2, as they were published, run on this package.

They are installed without what they depend on into a folder of their own. What is left out needs
the names of TensorFlow 1 or of an old Python.
"""

import os
import subprocess
import sys
import tempfile
import traceback

ROUNDS = 1
# What the programs below import, and what that imports.
PACKAGES = """
    keras-applications==1.0.8 keras-preprocessing==1.1.2 keras-rl==0.4.2 keras-tcn==2.8.3
    keras-self-attention==0.46.0 keras-multi-head==0.27.0 keras-layer-normalization==0.14.0
    keras-pos-embd==0.11.0 keras-embed-sim==0.8.0 keras-position-wise-feed-forward==0.6.0
    keras-trans-mask==0.3.0 keras-transformer==0.33.0 keras-resnet==0.2.0 image-classifiers==1.0.0
    keras-radam==0.12.0 keras-adabound==0.5.0 keras-metrics==1.1.0 keract==2.6.1
    keras-drop-block==0.4.0 keras-octave-conv==0.8.0 six==1.17.0
""".split()


def run(rounds, seed, files=None):
    """Install the libraries and run each. KERAS_BACKEND chooses the engine.

    Arguments
        rounds, seed, files: not used.
    """
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
               "--no-deps", "--target", folder, *PACKAGES]
        done = subprocess.run(pip, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-1500:]
        path = os.pathsep.join([os.environ.get("PYTHONPATH", ""), folder])
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "soaks.libraries"], cwd=folder,
            env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1500:]
    return done.stdout.splitlines()[-1:]


class Walk:
    """An environment of keras-rl: a random walk of ten steps."""

    reward_range = (-1, 1)

    def reset(self):
        self.steps = 0
        return np.zeros(4)

    def step(self, action):
        self.steps += 1
        return np.random.rand(4), float(np.sum(action) > 0), self.steps >= 10, {}

    def render(self, **options):
        pass

    def close(self):
        pass


def head(units=2, **options):
    return Sequential([Flatten(input_shape=(1, 4)), Dense(8, activation="relu"),
                       Dense(units, **options)])


def trained(model, x, y, optimizer="adam", loss="mse"):
    model.compile(optimizer, loss)
    assert np.isfinite(model.fit(x, y, epochs=2, verbose=0).history["loss"]).all()


def same_again(model, x, objects):
    """Saved and loaded, the model predicts the same."""
    model.save("model.h5")
    again = keras.models.load_model("model.h5", custom_objects=objects)
    np.testing.assert_allclose(again.predict(x), model.predict(x), rtol=1e-5, atol=1e-6)


def applications():
    from keras_applications import densenet, mobilenet_v2, resnet_v2, resnext
    parts = {"backend": K, "layers": keras.layers, "models": keras.models, "utils": keras.utils}
    x = np.random.rand(1, 96, 96, 3)
    for make in (densenet.DenseNet121, resnet_v2.ResNet50V2, resnext.ResNeXt50):
        model = make(weights=None, input_shape=(96, 96, 3), classes=7, **parts)
        assert model.predict(x).shape == (1, 7)
    options = {"weights": None, "input_shape": (96, 96, 3), "classes": 7}
    theirs = mobilenet_v2.MobileNetV2(**options, **parts)
    ours = keras.applications.mobilenet_v2.MobileNetV2(**options)
    ours.set_weights(theirs.get_weights())
    np.testing.assert_allclose(ours.predict(x), theirs.predict(x), rtol=1e-4, atol=1e-6)


def preprocessing():
    from keras_preprocessing.image import ImageDataGenerator
    flow = ImageDataGenerator(rotation_range=20).flow(np.random.rand(16, 8, 8, 3), np.arange(16), 4)
    model = Sequential([Flatten(input_shape=(8, 8, 3)), Dense(1)])
    model.compile("sgd", "mse")
    model.fit_generator(flow, verbose=0)


def agents():
    from rl.agents import CEMAgent, DDPGAgent, DQNAgent, SARSAAgent
    from rl.memory import EpisodeParameterMemory, SequentialMemory
    from rl.policy import BoltzmannQPolicy

    def memory():
        return SequentialMemory(limit=500, window_length=1)

    policy = BoltzmannQPolicy()
    for duel, rate in ((False, 50), (True, 1e-2)):
        agent = DQNAgent(model=head(), nb_actions=2, memory=memory(), nb_steps_warmup=10,
                         policy=policy, enable_dueling_network=duel, target_model_update=rate)
        agent.compile(Adam(), metrics=["mae"])
        agent.fit(Walk(), nb_steps=60, verbose=0)
    action, seen = Input((1,)), Input((1, 4))
    critic = Model([action, seen], Dense(1)(concatenate([action, Flatten()(seen)])))
    agent = DDPGAgent(nb_actions=1, actor=head(1, activation="tanh"), critic=critic,
                      critic_action_input=action, memory=memory(), nb_steps_warmup_critic=20,
                      nb_steps_warmup_actor=20, target_model_update=1e-3)
    agent.compile(Adam(clipnorm=1.0), metrics=["mae"])
    agent.fit(Walk(), nb_steps=60, verbose=0)
    agent = SARSAAgent(model=head(), nb_actions=2, nb_steps_warmup=10, policy=policy)
    agent.compile(Adam())
    agent.fit(Walk(), nb_steps=40, verbose=0)
    agent = CEMAgent(model=head(activation="softmax"), nb_actions=2, nb_steps_warmup=20,
                     memory=EpisodeParameterMemory(100, window_length=1), batch_size=5)
    agent.compile()
    agent.fit(Walk(), nb_steps=80, verbose=0)


def sequences():
    from keras_multi_head import MultiHead, MultiHeadAttention
    from keras_pos_embd import TrigPosEmbedding
    from keras_self_attention import SeqSelfAttention
    from keras_transformer import decode, get_model
    from tcn import TCN

    x = np.random.rand(8, 20, 1)
    inputs = Input((20, 1))
    trained(Model(inputs, Dense(1)(TCN(nb_filters=4)(inputs))), x, np.random.rand(8, 1))
    words = np.random.randint(0, 30, (16, 6))
    model = Sequential([
        Embedding(30, 8, mask_zero=True), Bidirectional(LSTM(4, return_sequences=True)),
        SeqSelfAttention(attention_regularizer_weight=1e-4), Dense(2, activation="softmax")])
    trained(model, words, words[..., None] % 2, loss="sparse_categorical_crossentropy")
    same_again(model, words, SeqSelfAttention.get_custom_objects())
    trained(Sequential([Embedding(30, 6, input_length=6), MultiHead(LSTM(3), layer_num=3),
                        Flatten(), Dense(1)]), words, np.random.rand(16))
    inputs = Input((5, 8))
    heads = MultiHeadAttention(head_num=2)(TrigPosEmbedding(mode="add")(inputs))
    trained(Model(inputs, heads), *np.random.rand(2, 4, 5, 8))
    model = get_model(12, 8, encoder_num=1, decoder_num=1, head_num=2, hidden_dim=16,
                      embed_weights=np.random.random((12, 8)))
    words = np.random.randint(3, 12, (16, 5))
    trained(model, [words, words], words[..., None], loss="sparse_categorical_crossentropy")
    decode(model, words[:1].tolist(), start_token=1, end_token=2, pad_token=0, max_len=6)


def pictures():
    import keras_resnet.models
    from classification_models.keras import Classifiers
    from keras_drop_block import DropBlock2D
    from keras_octave_conv import OctaveConv2D
    x = np.random.rand(2, 64, 64, 3)
    model = keras_resnet.models.ResNet18(Input((64, 64, 3)), classes=4)
    trained(model, x, np.eye(4)[:2], loss="categorical_crossentropy")
    for name in ("resnet18", "seresnext50"):
        make, _ = Classifiers.get(name)
        assert make((64, 64, 3), weights=None, classes=4).predict(x).shape == (2, 4)
    inputs = Input((16, 16, 3))
    high, low = OctaveConv2D(4, 3)(DropBlock2D(block_size=3, keep_prob=0.8)(inputs))
    whole = OctaveConv2D(4, 3, ratio_out=0.0)([high, low])
    trained(Model(inputs, Dense(1)(Flatten()(whole))), x[:, :16, :16], np.random.rand(2))


def optimizers_and_metrics():
    import keract
    import keras_metrics
    from keras_adabound import AdaBound
    from keras_radam import RAdam
    x, y = np.random.rand(32, 3), np.random.randint(0, 2, 32)
    for optimizer in (RAdam(), RAdam(total_steps=100, warmup_proportion=0.1),
                      AdaBound(final_lr=0.1, weight_decay=1e-4, amsgrad=True)):
        model = Sequential([Dense(3, input_dim=3), Dense(1, activation="sigmoid")])
        trained(model, x, y, optimizer)
        same_again(model, x, {"RAdam": RAdam, "AdaBound": AdaBound})
    model.compile("sgd", "binary_crossentropy",
                  [keras_metrics.precision(), keras_metrics.recall(), keras_metrics.f1_score()])
    assert "val_f1_score" in model.fit(x, y, validation_split=0.2, verbose=0).history
    found = keract.get_activations(model, x)
    assert [value.shape for value in found.values()] == [(32, 3), (32, 1)]


def main():
    """Run all; the names of those that fail, with what they said."""
    failed = 0
    programs = (applications, preprocessing, agents, sequences, pictures, optimizers_and_metrics)
    for program in programs:
        try:
            program()
        except Exception:
            failed += 1
            print(f"{program.__name__} on {K.backend()}:\n{traceback.format_exc(limit=-6)}")
        K.clear_session()
    print(f"{len(PACKAGES)} packages on {K.backend()}: {len(programs) - failed} of "
          f"{len(programs)} programs run")
    return 1 if failed else 0


if __name__ == "__main__":
    import numpy as np

    import keras
    from keras import backend as K
    from keras.layers import (
        LSTM,
        Bidirectional,
        Dense,
        Embedding,
        Flatten,
        Input,
        concatenate,
    )
    from keras.models import Model, Sequential
    from keras.optimizers import Adam

    sys.exit(main())
