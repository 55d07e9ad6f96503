"""PyTorch: `torch_worker.py CONFIG DATA BATCH PRECISION eager|compile|graph [channels_last] [--device=cuda]`.

`graph` replays the whole step as one CUDA graph.
"""

import json
import sys

import torch
from common import batches, images_and_labels, serve
from torch import nn

config, data, batch, precision, mode, *options = sys.argv[1:]
memory_format = torch.channels_last if "channels_last" in options else torch.contiguous_format
device = "cuda" if "--device=cuda" in options else "cpu"
torch.manual_seed(0)
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
torch.backends.cudnn.benchmark = True


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


model = nn.Sequential(*modules(json.load(open(config))["layers"], (1, 28, 28)))
model = model.to(device, memory_format=memory_format)
optimizer = torch.optim.Adam(model.parameters(), fused=True, capturable=mode == "graph")
images, labels = images_and_labels(data)
images = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous().to(device)
labels = torch.from_numpy(labels).to(device)


def forward_backward(x, y):
    with torch.autocast(device, torch.bfloat16, enabled=precision == "bfloat16"):
        loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    return loss


if mode == "compile":
    forward_backward = torch.compile(forward_backward)
order = batches(len(labels), int(batch))


def train(indices):
    x = (images[indices].float() / 255).contiguous(memory_format=memory_format)
    optimizer.zero_grad(set_to_none=True)
    forward_backward(x, labels[indices])
    optimizer.step()


def captured():
    """The step on indices that are copied in, as one CUDA graph; a graph is recorded after a few steps on a stream aside."""
    indices = torch.from_numpy(next(order)).to(device)
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            train(indices)
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        train(indices)

    def replay(chosen):
        indices.copy_(chosen, non_blocking=True)
        graph.replay()

    return replay


run = captured() if mode == "graph" else train
serve(
    lambda: run(torch.from_numpy(next(order)).to(device, non_blocking=True)),
    torch.cuda.synchronize if device == "cuda" else None,
)
