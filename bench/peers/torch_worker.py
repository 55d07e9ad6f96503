"""PyTorch: `torch_worker.py CONFIG DATA BATCH PRECISION eager|compile|graph [channels_last] [--device=cuda]`.

`graph` replays the whole step as one CUDA graph.
"""

import json
import sys

import torch
from common import batches, images_and_labels, serve
from torch.nn.functional import cross_entropy
from torch_model import network

config, data, batch, precision, mode, *options = sys.argv[1:]
memory_format = torch.channels_last if "channels_last" in options else torch.contiguous_format
device = "cuda" if "--device=cuda" in options else "cpu"
torch.manual_seed(0)
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
torch.backends.cudnn.benchmark = True

model = network(config).to(device, memory_format=memory_format)
optimizer = torch.optim.Adam(model.parameters(), fused=True, capturable=mode == "graph")
images, labels = images_and_labels(data)
images = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous().to(device)
labels = torch.from_numpy(labels).to(device)


def forward_backward(x, y):
    with torch.autocast(device, torch.bfloat16, enabled=precision == "bfloat16"):
        loss = cross_entropy(model(x), y)
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
