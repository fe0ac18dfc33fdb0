"""Models for other programs: TensorFlow's SavedModel."""
from .. import backend as K


def export_saved_model(model, path):
    """Write what a model predicts as a SavedModel, for TensorFlow Serving and for
    `tf.saved_model.load`. It needs the engine tensorflow (KERAS_BACKEND=tensorflow).

    The signature `serving_default` takes the inputs by the names of their layers and returns the
    outputs by those of theirs. The folder cannot be loaded as a model here: `model.save` does that.

    Arguments
        model: Model that is built.
        path: folder to write.

    Raises
        NotImplementedError: on another engine.
        ValueError: for a model without inputs.
    """
    if not model.inputs:
        raise ValueError(f"export_saved_model: {model.name} has no inputs yet; call it, fit it or "
                         f"give it an input_shape first.")
    function = K.function(model.inputs, model.outputs, name="export")
    K.saved_model(function, path, model.input_names, model.output_names)
