"""Runs one library in a process of its own: a request in JSON on each line of standard input, an answer on each line of
standard output.

    python worker.py MODULE THREADS [--compiled]

{"do": "about"}                     versions
{"do": "prepare", "case": {...}}    makes the flow, compiles, warms up
{"do": "measure", "seconds": 0.02, "repetitions": 5}    seconds of one call of the case prepared, for each repetition
{"do": "check", "kind": "maf"}      integral of the density of a small flow over the plane, and that training lowers nll
{"do": "memory", "case": {...}}     one call, without a warm-up, and the peak of the memory of this process
"""

import functools
import importlib
import json
import math
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

module_name, threads, compiled = sys.argv[1], int(sys.argv[2]), "--compiled" in sys.argv[3:]
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)  # what libraries print goes to the log

# The thread pools take their size from the processors that they see at the start.
all_cpus = sorted(os.sched_getaffinity(0))
os.sched_setaffinity(0, all_cpus[-threads:])
flows = importlib.import_module(module_name)
if "torch" in sys.modules:
    import torch

    torch.set_num_threads(threads)
elif "jax" in sys.modules:
    import jax

    jax.devices()
import numpy as np  # noqa: E402


def pin(cpus: list[int]) -> None:
    for thread in os.listdir("/proc/self/task"):
        try:
            os.sched_setaffinity(int(thread), cpus)
        except ProcessLookupError:
            pass


@functools.lru_cache(maxsize=4)
def make(kind: str, d: int, hidden: int, layers: int) -> Any:
    return flows.make(kind, d, hidden, layers, compiled=compiled)


def events(kind: str, d: int, n: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    return (rng.random((n, d)) if kind == "unit_box" else rng.standard_normal((n, d))).astype(np.float32)


class Case:
    def __init__(self, kind: str, d: int, hidden: int, layers: int, batch: int, operation: str) -> None:
        self.flow = make(kind, d, hidden, layers)
        if operation == "sample":
            self.call: Callable[[], Any] = lambda: self.flow.sample(batch)
        else:
            x = self.flow.array(events(kind, d, batch))
            run = getattr(self.flow, operation)
            self.call = lambda: run(x)

    def seconds(self, calls: int) -> float:
        start = time.perf_counter()
        for _ in range(calls):
            self.call()
        self.flow.wait()
        return time.perf_counter() - start

    def warm_up(self) -> None:
        first = self.seconds(1)
        compiles = compiled or "jax" in sys.modules
        self.once = self.seconds(1) if compiles or first < 1 else first
        if self.once < 0.3:
            self.once = min(self.seconds(3) / 3, self.once)

    def measure(self, at_least: float, repetitions: int) -> dict[str, Any]:
        if self.once < 0.3:  # the warm-up ran beside those of other processes
            self.once = min(self.once, self.seconds(1))
        calls = max(1, math.ceil(at_least / self.once))
        repetitions = min(repetitions, max(1, int(1 / (calls * self.once))))
        seconds = [self.seconds(calls) / calls for _ in range(repetitions)]
        self.once = min(seconds)
        return {"seconds": seconds, "calls": calls}


def check(kind: str) -> dict[str, Any]:
    flow = make(kind, 2, 128, 2 if kind == "unit_box" else 3)
    axis = np.linspace(0.00125, 0.99875, 400, dtype=np.float32) if kind == "unit_box" else np.linspace(-20, 20, 801, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    density = np.exp(np.asarray(flow.log_prob(flow.array(grid)), dtype=np.float64))
    x = events(kind, 2, 256)
    x = flow.array(x**2 if kind == "unit_box" else 2 * x + 1)
    nll = [float(flow.step(x)) for _ in range(200)]
    return {"integral": density.sum() * (axis[1] - axis[0]).item() ** 2, "nll": [nll[0], nll[-1]]}


def memory(case: dict[str, Any]) -> dict[str, Any]:
    def peak() -> int:
        status = open("/proc/self/status").read()
        return int(status.split("VmHWM:")[1].split()[0])

    before = peak()
    made = Case(**case)
    once = made.seconds(1)
    return {"import_kib": before, "peak_kib": peak(), "once": once, "parameters": made.flow.parameter_count}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    match request["do"]:
        case "about":
            return {"versions": flows.versions(), "lacks": flows.LACKS}
        case "prepare":
            pin(all_cpus)
            current.clear()
            current.append(Case(**request["case"]))
            current[0].warm_up()
            return {"parameters": current[0].flow.parameter_count}
        case "measure":
            pin(all_cpus[-threads:])
            return current[0].measure(request["seconds"], request["repetitions"])
        case "check":
            return check(request["kind"])
        case "memory":
            return memory(request["case"])
    raise ValueError(request)


current: list[Case] = []
for line in sys.stdin:
    try:
        result = answer(json.loads(line))
    except Exception as error:  # the answer of this process, whatever happened in the library
        print(line.strip(), file=sys.stderr)
        traceback.print_exc()
        result = {"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:200]}
    print(json.dumps(result), file=answers)
