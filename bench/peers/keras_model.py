"""A config's layers as a compiled Keras model on TensorFlow."""

import json
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras  # noqa: E402


def layer(spec):
    kind = spec["type"]
    if kind == "conv2d":
        return keras.layers.Conv2D(spec["filters"], spec["kernelSize"], padding=spec.get("padding", "valid"), activation=spec.get("activation"))
    if kind == "maxPooling2d":
        return keras.layers.MaxPooling2D(spec.get("poolSize", 2), spec.get("strides"))
    if kind == "dropout":
        return keras.layers.Dropout(spec["rate"])
    if kind == "flatten":
        return keras.layers.Flatten()
    if kind == "dense":
        # The loss wants float32 probabilities whatever the policy computes in.
        dtype = "float32" if spec.get("activation") == "softmax" else None
        return keras.layers.Dense(spec.get("units", 10), activation=spec.get("activation"), dtype=dtype)
    raise SystemExit(f"no peer for layer {kind}")


def compiled(config, precision, jit):
    if precision == "bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    with open(config) as file:
        layers = json.load(file)["layers"]
    model = keras.Sequential([keras.Input((28, 28, 1)), *map(layer, layers)])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=jit)
    return model
