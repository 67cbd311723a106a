"""What the PyTorch sides of the benchmarks share: their inputs, and a process that times what it is told to.

Reads lines of JSON from standard input, {"case": NAME, "repeats": N}, and answers each with a line
{"ms": MILLISECONDS_PER_REPEAT, "checksums": [NUMBER, ...]}. The environment decides the threads:
EQUILIBRIA_TORCH_THREADS, and OPENBLAS_NUM_THREADS, which OpenBLAS reads when it is loaded.
"""

import json
import math
import os
import sys
import time

import numpy as np
import torch

torch.set_num_threads(int(os.environ.get("EQUILIBRIA_TORCH_THREADS", "1")))
torch.set_grad_enabled(False)


def numbers(*shape, scale=1.0, offset=0.0):
    """The same numbers as the other side: sines of multiples, in float32."""
    count = math.prod(shape)
    values = np.sin(12.9898 * (np.arange(count) + 1) + offset) * scale
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def noise(*shape, scale=1.0, offset=0.0):
    """The same numbers as the other side, uniform between -scale and scale, in float32."""
    count = math.prod(shape)
    large = np.sin(12.9898 * (np.arange(count) + 1) + offset) * 43758.5453
    values = (2 * (large - np.floor(large)) - 1) * scale
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def integers(count, below):
    """The same pseudo-random integers as the other side."""
    state = 12345
    result = np.empty(count, dtype=np.int64)
    for i in range(count):
        state = (state * 1103515245 + 12345) & 0xFFFFFFFF
        result[i] = (state >> 8) % below
    return torch.from_numpy(result)


def large_product():
    a, b = numbers(1024, 1024), numbers(1024, 1024, offset=1.0)
    return lambda: a @ b


class Case:
    """One unit of work; `reset` comes before a stretch of it, `compared` makes of a result what both sides compare."""

    def __init__(self, run, reset=lambda: None, compared=lambda result: [result]):
        self.run, self.reset, self.compared = run, reset, compared


def serve(cases, versions):
    """Answers until the input ends. `cases` make, by name, a `Case` or a function that is one."""
    prepared = {}
    print(json.dumps({**versions, "torch": torch.__version__, "cases": list(cases)}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        name = request["case"]
        if name not in prepared:
            made = cases[name]()
            prepared[name] = made if isinstance(made, Case) else Case(made)
            prepared[name].run()
        case = prepared[name]
        case.reset()
        start = time.perf_counter()
        for _ in range(request["repeats"]):
            result = case.run()
        elapsed = (time.perf_counter() - start) * 1000 / request["repeats"]
        sums = [float(array.double().abs().sum()) for array in case.compared(result)]
        print(json.dumps({"ms": elapsed, "checksums": sums}), flush=True)
