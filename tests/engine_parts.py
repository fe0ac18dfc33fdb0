"""What runs on which engine.

torch and jax have every test of the matrix in every run. The engines in PARTIAL have one in so
many of a module's tests, and none in LONG, to keep a run short; KERAS_SLOW_TESTS=1 runs all.
KERAS_TEST_ENGINES=tensorflow (or several, with commas between) runs the matrix on those engines
alone, and whole.

EXCLUDED lists what an engine cannot do at all. Such a test must fail: one that passes is an error,
so that its entry is taken out.
"""

import os
import re

import pytest

from keras.backend.engines import READY, installed

PARTIAL = {"tensorflow", "theano"}
ONE_IN = {  # module -> one in so many of its tests runs on the engines above; others run whole
    "test_across_engines": 2,
    "test_bidirectional": 5,
    "test_callbacks": 10,
    "test_debug": 2,
    "test_errors": 6,
    "test_examples": 8,
    "test_faq": 2,
    "test_gathering": 4,
    "test_generators": 8,
    "test_graph": 4,
    "test_initializers": 20,
    "test_internals": 2,
    "test_layer_errors": 6,
    "test_layers": 20,
    "test_loops": 3,
    "test_losses_metrics": 16,
    "test_memory": 3,
    "test_mixed_precision": 3,
    "test_model": 6,
    "test_model_configs": 6,
    "test_ops": 16,
    "test_old_libraries": 2,
    "test_optimizers": 12,
    "test_portability": 4,
    "test_random": 3,
    "test_recurrent": 10,
    "test_regularizers_constraints_activations": 5,
    "test_resume": 4,
    "test_sessions": 3,
    "test_symbolic_shapes": 3,
    "test_time_distributed": 6,
    "test_training": 5,
    "test_training_data": 5,
    "test_user_layers": 6,
    "test_uses": 2,
}
# engine -> words in the names of tests that take it ten seconds or more: none of its part
LONG = {
    "theano": {
        "addition_seq2seq",
        "bidirectional",
        "cifar10_cnn",
        "conv_lstm_video",
        "filter_visualisation",
        "image_captioning",
        "lstm_seq2seq_restore",
        "mnist_acgan",
        "mnist_hierarchical_rnn",
        "multi_gpu_device_parallel",
        "stateful_lstms",
    },
}
# engine -> words that all stand in a test's name -> (the engine's own reason, link to where its
# documentation says so)
EXCLUDED = {
    "tensorflow": {},
    "theano": {
        "theano mixed_bfloat16": (
            "PyTensor's tensors have the dtypes of NumPy, and bfloat16 is none of them",
            "https://pytensor.readthedocs.io/en/latest/library/tensor/basic.html",
        ),
        "theano test_compile_takes_the_policy_down": (
            "PyTensor's tensors have the dtypes of NumPy, and bfloat16 is none of them",
            "https://pytensor.readthedocs.io/en/latest/library/tensor/basic.html",
        ),
    },
}


def wanted():
    """The engines that KERAS_TEST_ENGINES names; None if it names none."""
    names = os.environ.get("KERAS_TEST_ENGINES", "").replace(",", " ").split()
    for name in names:
        if name not in READY:
            raise pytest.UsageError(f"KERAS_TEST_ENGINES={name}: it takes {', '.join(READY)}.")
    return set(names) or None


def engines_of(item):
    """The engines that a test runs on, as its parameters say."""
    values = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return {value for value in values if isinstance(value, str) and value in READY}


def words_of(item):
    """The words of a test's name, its parameters among them."""
    return set(re.split(r"[\[\]-]|::", item.nodeid))


def exclusion(item):
    """(key in EXCLUDED, reason and link) for a test that one of its engines cannot pass."""
    words = words_of(item)
    for engine in sorted(engines_of(item)):
        for key, why in EXCLUDED.get(engine, {}).items():
            if words.issuperset(key.split()):
                return key, why
    return None


def runs(item, counts):
    """Whether a test is part of this run; an engine that is not installed has none.

    Arguments
        item: the test.
        counts: dict, how many of each module were seen on each partial engine.
    """
    engines = engines_of(item)
    if engines & PARTIAL and not engines & PARTIAL <= set(installed()):
        return False
    chosen = wanted()
    if not engines or chosen is not None:
        return chosen is None or engines <= chosen
    partial = engines & PARTIAL
    if not partial or os.environ.get("KERAS_SLOW_TESTS") == "1":
        return True
    if any(words_of(item) & LONG.get(engine, set()) for engine in partial):
        return False
    key = item.path.stem, *sorted(engines)
    counts[key] = counts.get(key, -1) + 1
    return counts[key] % ONE_IN.get(item.path.stem, 1) == 0
