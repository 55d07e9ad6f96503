"""A config's layers as a PyTorch model of images [N, 1, 28, 28] that gives logits."""

import json

from torch import nn

ACTIVATIONS = {"relu": lambda: nn.ReLU(inplace=True), "gelu": nn.GELU, "silu": lambda: nn.SiLU(inplace=True)}


class Residual(nn.Module):
    """The input added to what the layers give; their shapes must be equal."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers

    def forward(self, x):
        return self.layers(x) + x


def modules(layers, shape):
    """The layers as modules, with the shape [C, H, W] carried along; the final softmax belongs to the loss."""
    for spec in layers:
        kind = spec["type"]
        if kind == "conv2d":
            size, same = spec["kernelSize"], spec.get("padding") == "same"
            yield nn.Conv2d(shape[0], spec["filters"], size, padding="same" if same else 0, bias=spec.get("useBias", True))
            shrink = 0 if same else size - 1
            shape = (spec["filters"], shape[1] - shrink, shape[2] - shrink)
        elif kind == "maxPooling2d":
            size = spec.get("poolSize", 2)
            yield nn.MaxPool2d(size, spec.get("strides"))
            shape = (shape[0], shape[1] // size, shape[2] // size)
        elif kind == "globalMaxPooling2d":
            yield from (nn.AdaptiveMaxPool2d(1), nn.Flatten())
            shape = (shape[0],)
        elif kind == "batchNormalization":
            yield nn.BatchNorm2d(shape[0], eps=1e-3, momentum=1 - spec.get("momentum", 0.99))
        elif kind == "residual":
            yield Residual(nn.Sequential(*modules(spec["layers"], shape)))
        elif kind == "dropout":
            yield nn.Dropout(spec["rate"])
        elif kind == "flatten":
            yield nn.Flatten()
            shape = (shape[0] * shape[1] * shape[2],)
        elif kind == "dense":
            units = spec.get("units", 10)
            yield nn.Linear(shape[0], units)
            shape = (units,)
        elif kind != "activation":
            raise SystemExit(f"no peer for layer {kind}")
        if spec.get("activation") in ACTIVATIONS:
            yield ACTIVATIONS[spec["activation"]]()


def network(config):
    with open(config) as file:
        return nn.Sequential(*modules(json.load(file)["layers"], (1, 28, 28)))
