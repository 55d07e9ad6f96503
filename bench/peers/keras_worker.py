"""Keras on TensorFlow: `keras_worker.py CONFIG DATA BATCH PRECISION jit|nojit`."""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from common import batches, images_and_labels, serve  # noqa: E402

config, data, batch, precision, mode = sys.argv[1:]
batch = int(batch)
if precision == "bfloat16":
    keras.config.set_dtype_policy("mixed_bfloat16")


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
        return keras.layers.Dense(spec["units"], activation=spec.get("activation"), dtype=dtype)
    raise SystemExit(f"no peer for layer {kind}")


layers = json.load(open(config))["layers"]
model = keras.Sequential([keras.Input((28, 28, 1)), *map(layer, layers)])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=mode == "jit")

images, labels = images_and_labels(data)
# One small `fit` builds the variables and the compiled step function.
model.fit(images[:batch].astype("float32") / 255, labels[:batch], batch_size=batch, verbose=0)

# As `fit` feeds it: float images shuffled and prefetched by tf.data, the step function called batch by batch.
dataset = tf.data.Dataset.from_tensor_slices((images.astype("float32") / 255, labels))
dataset = dataset.shuffle(len(labels)).repeat().batch(batch).prefetch(tf.data.AUTOTUNE)
iterator = iter(dataset)
serve(lambda: model.train_function(iterator))
