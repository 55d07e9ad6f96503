"""Steps of Keras: `keras_worker.py CONFIG DATA BATCH PRECISION jit|nojit`."""

import sys

from common import images_and_labels, serve
from keras_model import compiled

import tensorflow as tf

config, data, batch, precision, mode = sys.argv[1:]
batch = int(batch)
model = compiled(config, precision, jit=mode == "jit")

images, labels = images_and_labels(data)
# One small `fit` builds the variables and the compiled step function.
model.fit(images[:batch].astype("float32") / 255, labels[:batch], batch_size=batch, verbose=0)

# As `fit` feeds it: float images shuffled and prefetched by tf.data, the step function called batch by batch.
dataset = tf.data.Dataset.from_tensor_slices((images.astype("float32") / 255, labels))
dataset = dataset.shuffle(len(labels)).repeat().batch(batch).prefetch(tf.data.AUTOTUNE)
iterator = iter(dataset)
serve(lambda: model.train_function(iterator))
