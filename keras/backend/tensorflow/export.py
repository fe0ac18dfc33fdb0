"""A function of the graph as a SavedModel, which TensorFlow's own loader and TensorFlow Serving
read."""
import tensorflow as tf


def saved_model(function, path, inputs, outputs):
    """Write a function in test phase, with one signature, `serving_default`.

    Arguments
        function: keras.backend.Function.
        path: folder to write.
        inputs, outputs: lists of the names of its inputs and outputs in the signature.
    """
    program = function.plan(False)
    given = [tf.TensorSpec(x.shape, x.dtype, name) for x, name in zip(program.plan.inputs, inputs)]
    draws = tf.zeros((len(program.streams), 2), "int64")

    def serve(*arrays):
        return dict(zip(outputs, program.write(*arrays, draws)))

    module = tf.Module()
    module.kept = [x.value for x in program.plan.variables]  # what is saved
    signature = tf.function(serve, autograph=False).get_concrete_function(*given)
    tf.saved_model.save(module, str(path), {"serving_default": signature})
