"""The names of Keras 1 and those of Keras 2: data, and the function that applies them.

Source: the compatibility layer of Keras 2.0-2.2 (`keras/legacy/interfaces.py`).
"""
RENAMED_LAYERS = {
    "AtrousConvolution1D": "Conv1D", "AtrousConvolution2D": "Conv2D", "AtrousConv1D": "Conv1D",
    "AtrousConv2D": "Conv2D", "Convolution1D": "Conv1D", "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D", "Deconvolution2D": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
}

# New name of an argument, by its old one; the same for all layers that have the new one.
ARGUMENTS = {
    "output_dim": "units", "nb_filter": "filters", "filter_length": "kernel_size",
    "subsample": "strides", "subsample_length": "strides", "border_mode": "padding",
    "init": "kernel_initializer", "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation", "bias": "use_bias", "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout", "p": "rate", "sigma": "stddev",
    "atrous_rate": "dilation_rate", "pool_length": "pool_size", "stride": "strides",
    "length": "size", "beta_init": "beta_initializer", "gamma_init": "gamma_initializer",
    "depthwise_init": "depthwise_initializer", "pointwise_init": "pointwise_initializer",
    "W_regularizer": "kernel_regularizer", "U_regularizer": "recurrent_regularizer",
    "b_regularizer": "bias_regularizer", "W_constraint": "kernel_constraint",
    "U_constraint": "recurrent_constraint", "b_constraint": "bias_constraint",
    "input_dtype": "dtype", "dim_ordering": "data_format",
}
# Where a layer differs from the table above.
ARGUMENTS_OF = {
    "Embedding": {"output_dim": "output_dim", "init": "embeddings_initializer",
                  "W_regularizer": "embeddings_regularizer",
                  "W_constraint": "embeddings_constraint"},
    "PReLU": {"init": "alpha_initializer"},
}
# Several old arguments that make one new one.
JOINED = {("nb_row", "nb_col"): "kernel_size",
          ("kernel_dim1", "kernel_dim2", "kernel_dim3"): "kernel_size"}
VALUES = {"data_format": {"th": "channels_first", "tf": "channels_last", "default": None}}
# Layers whose window was given size by size, `Conv2D(64, 3, 3)`: the words for its sizes.
KERNEL_PARTS = {
    **dict.fromkeys(("Conv2D", "SeparableConv2D", "Conv2DTranspose", "LocallyConnected2D",
                     "ConvLSTM2D"), ("nb_row", "nb_col")),
    **dict.fromkeys(("Conv3D", "Conv3DTranspose"), ("kernel_dim1", "kernel_dim2", "kernel_dim3")),
}
# Arguments that Keras 2 has no place for, and why, by layer.
LEFT_OUT = {
    "Embedding": {"dropout": "put a SpatialDropout1D layer behind the Embedding"},
    "BatchNormalization": {"mode": "Keras 2 has no modes 1 and 2"},
    "Conv2DTranspose": {"output_shape": "it follows from strides and padding"},
    "Highway": {"transform_bias": "the bias of the gate begins with ones"},
    "SimpleRNN": {"consume_less": "there is one implementation",
                  "implementation": "there is one"},
    "ConvLSTM2D": {"consume_less": "there is one implementation"},
}
# Methods of models: new name of an argument, by its old one.
_QUEUE = {"max_q_size": "max_queue_size", "nb_worker": "workers",
          "pickle_safe": "use_multiprocessing"}
METHODS = {
    "Model": {"input": "inputs", "output": "outputs"},
    "fit": {"nb_epoch": "epochs"},
    "fit_generator": {"samples_per_epoch": "steps_per_epoch", "nb_epoch": "epochs",
                      "val_samples": "validation_steps", "nb_val_samples": "validation_steps",
                      **_QUEUE},
    "evaluate_generator": {"val_samples": "steps", **_QUEUE},
    "predict_generator": {"val_samples": "steps", **_QUEUE},
}
MERGE_LAYERS = {"sum": "Add", "mul": "Multiply", "concat": "Concatenate", "ave": "Average",
                "max": "Maximum", "dot": "Dot", "cos": "Dot"}


def modern(class_name, config, accepted):
    """The arguments of a layer in the words of Keras 2. A word is translated only where the layer
    does not take it and takes the other one.

    Arguments
        class_name: of the layer, in Keras 2.
        config: dict in the words of Keras 1 or 2; it stays as it is.
        accepted: the names of the layer's arguments.

    Returns
        dict.
    """
    names = {**ARGUMENTS, **ARGUMENTS_OF.get(class_name, {})}
    result = {}
    for name, value in config.items():
        new = names.get(name, name)
        if name in accepted or new not in accepted or new in config:
            new = name
        if isinstance(value, str):
            value = VALUES.get(new, {}).get(value, value)
        result[new] = value
    for olds, new in JOINED.items():
        if new in accepted and olds[0] in result:
            result[new] = tuple(result.pop(old) for old in olds if old in result)
    if "unit_forget_bias" in accepted and "forget_bias_init" in result:
        result["unit_forget_bias"] = result.pop("forget_bias_init") in ("one", "ones")
    speed = result.pop("consume_less", None)
    if speed and "implementation" in accepted:
        result["implementation"] = 2 if speed == "gpu" else 1
    return result


def merge_layer(config):
    """The Keras 2 layer, a name and its arguments, of a `Merge` of Keras 1. ValueError for one
    that has none."""
    mode = config.get("mode")
    if mode not in MERGE_LAYERS or config.get("mode_type", "raw") != "raw":
        raise ValueError(f"Merge: the mode {str(mode)[:60]!r} of Keras 1 has no layer in Keras 2; "
                         f"those that have are {', '.join(MERGE_LAYERS)}.")
    arguments = {"name": config.get("name")}
    if mode == "concat":
        arguments["axis"] = config.get("concat_axis", -1)
    elif mode in ("dot", "cos"):
        arguments.update(axes=config.get("dot_axes", -1), normalize=mode == "cos")
    return MERGE_LAYERS[mode], arguments
