"""Opens exports in the runtimes they are for: python runtimes.py RUNTIME MANIFEST.

The manifest lists {path, images, shape, input, probabilities}: the export, a file of bytes [N, H, W, C], and where to
write float32 [N, classes]. What a runtime tells besides goes to stdout, one JSON document.
"""

import json
import os
import subprocess
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np


def keras(path, images, case):
    import keras

    model = keras.saving.load_model(path)
    # Called, not predict(): that would compile each of the many models.
    probabilities = np.concatenate([model(batch, training=False) for batch in np.split(images, range(200, len(images), 200))])
    told = {"layers": [layer.name for layer in model.layers]}
    if case.get("train"):
        told["steps"] = int(model.optimizer.iterations)
        labels = np.frombuffer(open(case["labels"], "rb").read(), np.uint8)[:64]
        targets = labels
        if "categorical" in str(model.loss).lower() and not isinstance(model.loss, str):
            targets = keras.utils.to_categorical(labels, 10)
        # One step on one batch, dropout off so that only the weights decide the loss.
        for layer in model.layers:
            if isinstance(layer, keras.layers.Dropout):
                layer.rate = 0
        before = model.train_on_batch(images[:64], targets)[0]
        model.reset_metrics()
        told["losses"] = [float(before), float(model.train_on_batch(images[:64], targets)[0])]
    return probabilities, told


def tensorflow(path, images, case):
    import tensorflow as tf

    model = tf.saved_model.load(path)
    signature = model.signatures["serving_default"]
    outputs = signature(images=tf.constant(images))
    told = {"variables": len(model.variables)}
    if case["first"]:
        told["cli"] = saved_model_cli(path, images)
    return outputs["probabilities"].numpy(), told


def saved_model_cli(path, images):
    """The probabilities of the first image as TensorFlow's command line tool writes them."""
    np.save(path + ".npy", images[:1])
    command = [os.path.join(os.path.dirname(sys.executable), "saved_model_cli"), "run", "--dir", path]
    command += ["--tag_set", "serve", "--signature_def", "serving_default"]
    command += ["--inputs", f"images={path}.npy", "--outdir", path + ".cli"]
    subprocess.run(command, check=True, capture_output=True)
    return np.load(path + ".cli/probabilities.npy")[0].tolist()


def onnx(path, images, case):
    import onnx as checker
    import onnxruntime

    checker.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(["probabilities"], {"images": images})
    return probabilities, {"metadata": session.get_modelmeta().custom_metadata_map}


def torch(path, images, case):
    import importlib.util

    import torch
    from safetensors.torch import load_file

    spec = importlib.util.spec_from_file_location("model", os.path.join(path, "model.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.Model()
    model.load_state_dict(load_file(os.path.join(path, "weights.safetensors")))
    model.eval()
    with torch.no_grad():
        logits = model(torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))))
    return logits.softmax(-1).numpy(), {"classes": module.CLASSES}


def safetensors(path, images, case):
    from safetensors import safe_open

    with safe_open(path, "np") as file:
        shapes = {name: list(file.get_tensor(name).shape) for name in file.keys()}
        return np.zeros((0, 10), np.float32), {"shapes": shapes, "metadata": file.metadata()}


def main():
    runtime, manifest = globals()[sys.argv[1]], json.load(open(sys.argv[2]))
    told = []
    for case in manifest:
        images = np.frombuffer(open(case["images"], "rb").read(), np.uint8).reshape(case["shape"])
        if case["input"] == "unit":
            images = images.astype(np.float32) / 255
        probabilities, words = runtime(case["path"], images, case)
        np.asarray(probabilities, np.float32).tofile(case["probabilities"])
        told.append(words)
    json.dump(told, open(sys.argv[2] + ".told", "w"))


main()
