"""madnis and bijou training the same flow to integrate functions over the unit box: the relative variance of one
evaluation after the same number of them, and the time of training. Prints the table of docs/performance.md.

    cmake -S benchmarks/peers -B build/peers/bijou -DBIJOU_MARCH=native
    cmake --build build/peers/bijou --target bijou_integrals
    python benchmarks/peers/integrals.py build/peers/bijou/bijou_integrals

Both sides have madnis' defaults: couplings of splines with 10 bins and networks of 2 x 32 relu units, two for each bit
of the coordinates' indices; 1024 draws for each step of Adam at 1e-3; float. The losses are kl_divergence, madnis'
default for a single channel, and stratified_variance. The first integrand is that of madnis' tutorial, the Gaussians
are of Lepage 1978 with other widths; madnis' tests have no integrands.
"""

import argparse
import json
import math
import statistics
import subprocess
import time
from pathlib import Path

import torch
from madnis.integrator import Integrator, kl_divergence, stratified_variance

LOSSES = {"kl": kl_divergence, "variance": stratified_variance}
DRAWS_OF_RESULT = 250_000


def gaussian(x: torch.Tensor, center: float, width: float) -> torch.Tensor:
    scale = (width * math.sqrt(math.pi)) ** -x.shape[1]
    return scale * (-((x - center) / width).square().sum(dim=1)).exp()


def camel(x: torch.Tensor, width: float) -> torch.Tensor:
    return (gaussian(x, 1 / 3, width) + gaussian(x, 2 / 3, width)) / 2


def shell(x: torch.Tensor) -> torch.Tensor:
    return (-(((x - 0.5).norm(dim=1) - 0.35) / 0.05).square()).exp()


INTEGRANDS = {
    "product": (4, lambda x: (2 * x).prod(dim=1)),
    "gaussian_4": (4, lambda x: gaussian(x, 0.5, 0.1)),
    "gaussian_8": (8, lambda x: gaussian(x, 0.5, 0.2)),
    "camel_4": (4, lambda x: camel(x, 0.1)),
    "camel_8": (8, lambda x: camel(x, 0.2)),
    "shell": (4, shell),
    "wave": (6, lambda x: 1 + (2 * math.pi * x.sum(dim=1)).cos()),
}


def of_madnis(name: str, loss: str, steps: int, seed: int) -> dict[str, float]:
    torch.manual_seed(seed)
    dimensions, f = INTEGRANDS[name]
    integrator = Integrator(f, dims=dimensions, loss=LOSSES[loss])
    start, cpu_start = time.perf_counter(), time.process_time()
    integrator.train(steps)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    metrics = integrator.integration_metrics(DRAWS_OF_RESULT)
    parameters = sum(p.numel() for p in integrator.flow.parameters())
    return {
        "parameters": parameters,
        "value": metrics.integral,
        "relative_variance": metrics.rel_stddev**2,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
    }


def of_bijou(runner: Path, name: str, loss: str, steps: int, seed: int, threads: int) -> dict[str, float]:
    command = [str(part) for part in (runner, name, loss, steps, seed, threads)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("runner", type=Path)
    add("--steps", type=int, default=1000)
    add("--seeds", type=int, default=5)
    add("--threads", type=int, default=2)
    add("--losses", nargs="+", choices=LOSSES, default=list(LOSSES))
    add("--integrands", nargs="+", choices=INTEGRANDS, default=list(INTEGRANDS))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(
        f"{options.steps} steps, {options.steps * 1024:,} evaluations, {options.seeds} seeds, medians; "
        f"{options.threads} threads\n\n"
        "| integrand | D | loss | relative variance: madnis | bijou | seconds of processor: madnis | bijou | times "
        "| seconds: madnis | bijou | times |\n|---|---|---|---|---|---|---|---|---|---|---|"
    )
    for loss in options.losses:
        for name in options.integrands:
            madnis, bijou = [], []
            for seed in range(options.seeds):
                madnis.append(of_madnis(name, loss, options.steps, seed))
                bijou.append(of_bijou(options.runner, name, loss, options.steps, seed, options.threads))
            assert madnis[0]["parameters"] == bijou[0]["parameters"]

            def median(runs: list[dict[str, float]], quantity: str) -> float:
                return statistics.median(run[quantity] for run in runs)

            variances = [median(runs, "relative_variance") for runs in (madnis, bijou)]
            cells = [f"{variance:.3g}" for variance in variances]
            for quantity in ("cpu_seconds", "seconds"):
                theirs, ours = median(madnis, quantity), median(bijou, quantity)
                cells += [f"{theirs:.3g}", f"{ours:.3g}", f"{theirs / ours:.3g}"]
            print(f"| {name} | {INTEGRANDS[name][0]} | {loss} | {' | '.join(cells)} |", flush=True)


main()
