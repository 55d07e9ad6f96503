"""What the peers share: the images, the endless shuffled batches, and the conversation with bench/run.js."""

import json
import sys
import time

import numpy as np


def images_and_labels(folder, part="train"):
    """Images as uint8 [N, 28, 28, 1] and their labels, of `train` or `t10k`, from a folder of decompressed IDX files."""
    images = np.fromfile(f"{folder}/{part}-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 28, 28, 1)
    labels = np.fromfile(f"{folder}/{part}-labels-idx1-ubyte", np.uint8)[8:].astype(np.int64)
    return images, labels


def batches(count, size):
    """Indices of batches without end, shuffled anew each epoch."""
    random = np.random.default_rng(0)
    while True:
        order = random.permutation(count)
        for start in range(0, count - size + 1, size):
            yield order[start : start + size]


def serve(step, finish=None):
    """Answers each line `N` on standard input with the seconds that N calls of `step` took, and `finish` after them."""
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            step()
        if finish:
            finish()
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
