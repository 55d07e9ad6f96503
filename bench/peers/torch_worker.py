"""PyTorch: `torch_worker.py CONFIG DATA BATCH PRECISION eager|compile [channels_last]`."""

import json
import sys

import torch
from common import batches, images_and_labels, serve
from torch import nn

config, data, batch, precision, mode, *layout = sys.argv[1:]
memory_format = torch.channels_last if layout else torch.contiguous_format
torch.manual_seed(0)


def modules(layers):
    """The layers as modules, with the shape [C, H, W] carried along; the final softmax belongs to the loss."""
    shape = (1, 28, 28)
    for spec in layers:
        kind = spec["type"]
        if kind == "conv2d":
            size, same = spec["kernelSize"], spec.get("padding") == "same"
            yield nn.Conv2d(shape[0], spec["filters"], size, padding="same" if same else 0)
            shrink = 0 if same else size - 1
            shape = (spec["filters"], shape[1] - shrink, shape[2] - shrink)
        elif kind == "maxPooling2d":
            size = spec.get("poolSize", 2)
            yield nn.MaxPool2d(size, spec.get("strides"))
            shape = (shape[0], shape[1] // size, shape[2] // size)
        elif kind == "dropout":
            yield nn.Dropout(spec["rate"])
        elif kind == "flatten":
            yield nn.Flatten()
            shape = (shape[0] * shape[1] * shape[2],)
        elif kind == "dense":
            units = spec.get("units", 10)
            yield nn.Linear(shape[0], units)
            shape = (units,)
        else:
            raise SystemExit(f"no peer for layer {kind}")
        if spec.get("activation") == "relu":
            yield nn.ReLU(inplace=True)


model = nn.Sequential(*modules(json.load(open(config))["layers"])).to(memory_format=memory_format)
optimizer = torch.optim.Adam(model.parameters(), fused=True)
images, labels = images_and_labels(data)
images, labels = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(labels)


def forward_backward(x, y):
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
        loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    return loss


if mode == "compile":
    forward_backward = torch.compile(forward_backward)
order = batches(len(labels), int(batch))


def step():
    indices = torch.from_numpy(next(order))
    x = (images[indices].float() / 255).contiguous(memory_format=memory_format)
    optimizer.zero_grad(set_to_none=True)
    forward_backward(x, labels[indices])
    optimizer.step()


serve(step)
