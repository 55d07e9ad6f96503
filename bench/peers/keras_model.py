"""A config's layers as a compiled Keras model on TensorFlow."""

import json
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras  # noqa: E402


def residual(spec):
    """The layers around which the input is added; their shapes must be equal."""
    inner = [layer(child) for child in spec["layers"]]

    def apply(x):
        y = x
        for child in inner:
            y = child(y)
        return keras.layers.add([y, x])

    return apply


LAYERS = {
    "conv2d": lambda s: keras.layers.Conv2D(
        s["filters"], s["kernelSize"], padding=s.get("padding", "valid"), use_bias=s.get("useBias", True), activation=s.get("activation")
    ),
    "maxPooling2d": lambda s: keras.layers.MaxPooling2D(s.get("poolSize", 2), s.get("strides")),
    "globalMaxPooling2d": lambda s: keras.layers.GlobalMaxPooling2D(),
    "batchNormalization": lambda s: keras.layers.BatchNormalization(momentum=s.get("momentum", 0.99)),
    "activation": lambda s: keras.layers.Activation(s["activation"]),
    "residual": residual,
    "dropout": lambda s: keras.layers.Dropout(s["rate"]),
    "flatten": lambda s: keras.layers.Flatten(),
    # The loss wants float32 probabilities whatever the policy computes in.
    "dense": lambda s: keras.layers.Dense(
        s.get("units", 10), activation=s.get("activation"), dtype="float32" if s.get("activation") == "softmax" else None
    ),
}


def layer(spec):
    if spec["type"] not in LAYERS:
        raise SystemExit(f"no peer for layer {spec['type']}")
    return LAYERS[spec["type"]](spec)


def compiled(config, precision, jit):
    if precision == "bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    with open(config) as file:
        layers = json.load(file)["layers"]
    x = images = keras.Input((28, 28, 1))
    for spec in layers:
        x = layer(spec)(x)
    model = keras.Model(images, x)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=jit)
    return model
