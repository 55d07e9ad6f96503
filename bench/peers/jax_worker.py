"""JAX: `jax_worker.py CONFIG DATA BATCH PRECISION jit [--device=cuda]`: the whole step compiled, its state donated."""

import json
import os
import sys

config, data, batch, precision, _, *options = sys.argv[1:]
if "--device=cuda" not in options:
    os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from common import batches, images_and_labels, serve  # noqa: E402

jax.config.update("jax_default_matmul_precision", {"float32": "highest"}.get(precision, "default"))
COMPUTE = jnp.bfloat16 if precision == "bfloat16" else jnp.float32
layers = json.load(open(config))["layers"]
images, labels = images_and_labels(data)
images, labels = jnp.asarray(images), jnp.asarray(labels)


def glorot(key, shape):
    fan_in, fan_out = np.prod(shape[:-1]), np.prod(shape[:-2]) * shape[-1]
    limit = np.sqrt(6 / (fan_in + fan_out))
    return jax.random.uniform(key, shape, minval=-limit, maxval=limit)


def first_weights():
    """Kernel and bias of each layer that has them, with the shape carried along."""
    shape, weights = (28, 28, 1), []
    for key, spec in zip(jax.random.split(jax.random.key(0), len(layers)), layers):
        kind = spec["type"]
        if kind == "conv2d":
            size, filters = spec["kernelSize"], spec["filters"]
            weights.append((glorot(key, (size, size, shape[2], filters)), jnp.zeros(filters)))
            shrink = 0 if spec.get("padding") == "same" else size - 1
            shape = (shape[0] - shrink, shape[1] - shrink, filters)
        elif kind == "maxPooling2d":
            size = spec.get("poolSize", 2)
            shape = (shape[0] // size, shape[1] // size, shape[2])
        elif kind == "flatten":
            shape = (int(np.prod(shape)),)
        elif kind == "dense":
            units = spec.get("units", 10)
            weights.append((glorot(key, (shape[0], units)), jnp.zeros(units)))
            shape = (units,)
    return weights


def logits(weights, x, key):
    weights = iter(weights)
    for i, spec in enumerate(layers):
        kind = spec["type"]
        if kind == "conv2d":
            kernel, bias = (w.astype(COMPUTE) for w in next(weights))
            padding = spec.get("padding", "valid").upper()
            x = jax.lax.conv_general_dilated(x, kernel, (1, 1), padding, dimension_numbers=("NHWC", "HWIO", "NHWC")) + bias
        elif kind == "maxPooling2d":
            window = (1, spec.get("poolSize", 2), spec.get("poolSize", 2), 1)
            x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, window, window, "VALID")
        elif kind == "dropout":
            keep = 1 - spec["rate"]
            x = jnp.where(jax.random.bernoulli(jax.random.fold_in(key, i), keep, x.shape), x / keep, 0)
        elif kind == "flatten":
            x = x.reshape(x.shape[0], -1)
        elif kind == "dense":
            kernel, bias = (w.astype(COMPUTE) for w in next(weights))
            x = x @ kernel + bias
        else:
            raise SystemExit(f"no peer for layer {kind}")
        if spec.get("activation") == "relu":
            x = jax.nn.relu(x)
    return x.astype(jnp.float32)


def loss(weights, x, y, key):
    logs = jax.nn.log_softmax(logits(weights, x, key))
    return -jnp.take_along_axis(logs, y[:, None], 1).mean()


def step(state, images, labels, indices):
    weights, m, v, t = state
    t = t + 1
    x = images[indices].astype(COMPUTE) / 255
    gradients = jax.grad(loss)(weights, x, labels[indices], jax.random.key(t))
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradients)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradients)
    rate = 1e-3 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    weights = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-7), weights, m, v)
    return weights, m, v, t


step = jax.jit(step, donate_argnums=0)
weights = first_weights()
state = weights, jax.tree.map(jnp.zeros_like, weights), jax.tree.map(jnp.zeros_like, weights), jnp.zeros((), jnp.int32)
order = batches(len(labels), int(batch))


def train():
    global state
    state = step(state, images, labels, next(order))


serve(train, lambda: jax.block_until_ready(state))
