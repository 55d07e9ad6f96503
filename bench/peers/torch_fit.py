"""A whole run as a PyTorch script does it: one cycle of AdamW on images changed anew each epoch, averaged weights, a test over mirror images.

`torch_fit.py CONFIG DATA PRECISION eager|compile`; takes every setting from the config, which must be such a one, and prints
the test accuracy of the last weights and of the averaged ones over mirror images as JSON.
"""

import json
import math
import sys

import torch
from common import images_and_labels
from torch.nn.functional import cross_entropy, pad
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch_model import network

PIXELS = 28

config, data, precision, mode = sys.argv[1:]
with open(config) as file:
    settings = json.load(file)
training, augmentation = settings["training"], settings["onlineAugmentation"]
epochs, batch = training["epochs"], training["batchSize"]
erase = augmentation.get("erase", {"probability": 0})


def tensors(part):
    """Images as bytes [N, 1, 28, 28] and labels."""
    images, labels = images_and_labels(data, part)
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(labels)


def initialised(layer):
    """As Keras begins."""
    if isinstance(layer, (torch.nn.Conv2d, torch.nn.Linear)):
        torch.nn.init.xavier_uniform_(layer.weight)
        if layer.bias is not None:
            torch.nn.init.zeros_(layer.bias)


def cropped(images):
    """Each image shifted by up to `cropPadding` pixels."""
    by = augmentation.get("cropPadding", 0)
    starts = torch.randint(2 * by + 1, (2, len(images), 1))
    rows, columns = starts + torch.arange(PIXELS)
    which = torch.arange(len(images))[:, None, None]
    return pad(images, (by, by, by, by))[which, 0, rows[:, :, None], columns[:, None, :]].unsqueeze(1)


def erased(images):
    """A rectangle of each chosen image set to 0 (Zhong et al. 2020)."""
    count = len(images)
    area = torch.empty(count).uniform_(erase.get("minArea", 0.02), erase.get("maxArea", 0.2)) * PIXELS**2
    ratio = torch.empty(count).uniform_(math.log(0.3), math.log(1 / 0.3)).exp()
    sides = torch.stack([(area * ratio).sqrt(), (area / ratio).sqrt()]).round().clamp(max=PIXELS)
    starts = (torch.rand(2, count) * (PIXELS - sides + 1)).floor()
    at = torch.arange(PIXELS)
    rows, columns = (at >= starts[:, :, None]) & (at < (starts + sides)[:, :, None])
    chosen = torch.rand(count) < erase["probability"]
    hole = chosen[:, None, None] & rows[:, :, None] & columns[:, None, :]
    return images.masked_fill(hole.unsqueeze(1), 0)


def prepared(images):
    return (images.float() / 255).contiguous(memory_format=torch.channels_last)


def accuracy(model, images, labels, mirrored):
    model.eval()
    right = 0
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
        for x, y in zip(images.split(1000), labels.split(1000), strict=True):
            views = [x, x.flip(3)] if mirrored else [x]
            shares = sum(model(prepared(view)).float().softmax(1) for view in views)
            right += (shares.argmax(1) == y).sum().item()
    return right / len(labels)


torch.manual_seed(0)
images, labels = tensors("train")
model = network(config).apply(initialised).to(memory_format=torch.channels_last)
average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(training["emaDecay"]))
kernels = [weight for weight in model.parameters() if weight.ndim > 1]
others = [weight for weight in model.parameters() if weight.ndim == 1]
groups = [{"params": kernels, "weight_decay": settings["optimizer"]["weightDecay"]}, {"params": others, "weight_decay": 0}]
optimizer = torch.optim.AdamW(groups, eps=1e-7, fused=True)
schedule = torch.optim.lr_scheduler.OneCycleLR(
    optimizer,
    settings["schedule"]["maxLearningRate"],
    total_steps=epochs * math.ceil(len(labels) / batch),
    pct_start=settings["schedule"]["warmupFraction"],
    cycle_momentum=False,
)


def forward_backward(x, y):
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
        loss = cross_entropy(model(x), y, label_smoothing=training["labelSmoothing"])
    loss.backward()


if mode == "compile":
    forward_backward = torch.compile(forward_backward)

mirrored = torch.rand(len(labels)) < 0.5
for _ in range(epochs):
    model.train()
    for indices in torch.randperm(len(labels)).split(batch):
        x = images[indices]
        x = torch.where(mirrored[indices][:, None, None, None], x.flip(3), x)
        optimizer.zero_grad(set_to_none=True)
        forward_backward(prepared(erased(cropped(x))), labels[indices])
        optimizer.step()
        schedule.step()
        average.update_parameters(model)
    mirrored = ~mirrored

test_images, test_labels = tensors("t10k")
plain = accuracy(model, test_images, test_labels, mirrored=False)
tta = accuracy(average, test_images, test_labels, mirrored=True)
print(json.dumps({"testAccuracy": plain, "ttaTest": {"emaAccuracy": tta}}))
