"""A whole run as a Keras script does it, 30,000 augmented copies appended to the training images.

`keras_fit.py CONFIG DATA BATCH EPOCHS PRECISION jit|nojit`; prints the test accuracy as JSON.
"""

import json
import sys
import tempfile

import numpy as np
from common import images_and_labels
from keras_model import compiled

import tensorflow as tf

COPIES = 30000

config, data, batch, epochs, precision, mode = sys.argv[1:]
images, labels = images_and_labels(data)
images = images.astype("float32") / 255
test_images, test_labels = images_and_labels(data, "t10k")

# The last quarter is held out before any copies are made, as `fmnist train` does.
split = len(images) * 3 // 4
generator = tf.keras.preprocessing.image.ImageDataGenerator(
    rotation_range=10, zoom_range=0.1, shear_range=0.5, width_shift_range=0.1, height_shift_range=0.1, horizontal_flip=True
)
chosen = np.random.randint(split, size=COPIES)
copies, _ = next(generator.flow(images[chosen], labels[chosen], batch_size=COPIES, shuffle=False))

model = compiled(config, precision, jit=mode == "jit")
model.fit(
    np.concatenate([images[:split], copies]),
    np.concatenate([labels[:split], labels[chosen]]),
    batch_size=int(batch),
    epochs=int(epochs),
    validation_data=(images[split:], labels[split:]),
    verbose=0,
)
_, accuracy = model.evaluate(test_images.astype("float32") / 255, test_labels, verbose=0)
with tempfile.TemporaryDirectory() as folder:
    model.save(f"{folder}/model.keras")
print(json.dumps({"testAccuracy": accuracy}))
