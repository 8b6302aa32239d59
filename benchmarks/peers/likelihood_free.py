"""Likelihood-free inference by sbi and by bijou with the same simulations and networks of the same sizes, on one core,
against the reference posteriors of sbibm. Prints rows of the tables of docs/inference.md.

    pip install sbi scikit-learn && pip install --no-deps sbibm
    cmake -S benchmarks/peers -B build/peers/bijou -DBIJOU_MARCH=native
    cmake --build build/peers/bijou --target bijou_likelihood_free
    OMP_NUM_THREADS=1 python benchmarks/peers/likelihood_free.py build/peers/bijou/bijou_likelihood_free

Seconds are those of training and drawing alone: neither imports nor the start of a program count.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import KFold, cross_val_score
from sklearn.neural_network import MLPClassifier

# One layer of 20 units, and in each round 40 epochs with a rate that falls along a cosine.
SMALL = {"layers": 1, "hidden": 20, "epochs": 40, "patience": 40, "cosine": 1, "batch": 500, "rate": 0.01}
# Method, task, simulations in all, network of sbi or None where only bijou runs, network of bijou, its other options.
CASES = {
    "moons_1k": ("nle", "two_moons", 1_000, "maf", "maf"),
    "moons_10k": ("nle", "two_moons", 10_000, "maf", "maf"),
    "moons_1k_nsf": ("nle", "two_moons", 1_000, "nsf", "nsf"),
    "moons_10k_nsf": ("nle", "two_moons", 10_000, "nsf", "nsf"),
    "linear_10k": ("nle", "gaussian_linear", 10_000, "maf", "maf"),
    "slcp_10k": ("nle", "slcp", 10_000, "maf", "maf"),
    "moons_npe": ("npe", "two_moons", 10_000, "nsf", "nsf"),
    "moons_snl_1k": ("snl", "two_moons", 1_000, None, "maf"),
    "moons_snl_10k": ("snl", "two_moons", 10_000, None, "maf"),
    "moons_snl_10k_nsf": ("snl", "two_moons", 10_000, None, "nsf"),
    "moons_snl_1k_nsf": ("snl", "two_moons", 1_000, None, "nsf"),
    "linear_snl_10k": ("snl", "gaussian_linear", 10_000, None, "maf"),
    "linear_snl_10k_small": ("snl", "gaussian_linear", 10_000, None, "maf", SMALL),
    "slcp_snl_10k": ("snl", "slcp", 10_000, None, "maf"),
}
ROUNDS = 10  # of snl
HEADER = (
    "| method | task | simulations | library, network | parameters | epochs | training, s CPU (wall) "
    "| draws, s CPU (wall) | test nll | C2ST |\n|---|---|---|---|---|---|---|---|---|---|"
)


def references(task: str, count: int) -> tuple[numpy.ndarray, list[numpy.ndarray]]:
    """Observations of sbibm, one in each row, and draws from the posterior of each."""
    package = Path(importlib.util.find_spec("sbibm").origin).parent
    folders = [package / "tasks" / task / "files" / f"num_observation_{k + 1}" for k in range(count)]
    x = [numpy.loadtxt(folder / "observation.csv", delimiter=",", skiprows=1) for folder in folders]
    draws = [numpy.loadtxt(f / "reference_posterior_samples.csv.bz2", delimiter=",", skiprows=1) for f in folders]
    return numpy.array(x, dtype=numpy.float32), draws


def c2st(reference: numpy.ndarray, draws: numpy.ndarray, events: int) -> float:
    """Accuracy of sbibm's classifier, on so many draws of each."""
    rng = numpy.random.default_rng(0)
    sets = [rng.permutation(each)[:events].astype(float) for each in (reference, draws)]
    mean, deviation = sets[0].mean(axis=0), sets[0].std(axis=0)
    data = numpy.concatenate([(each - mean) / deviation for each in sets])
    labels = numpy.repeat([0, 1], [len(each) for each in sets])
    units = 10 * data.shape[1]
    classifier = MLPClassifier(hidden_layer_sizes=(units, units), solver="adam", max_iter=1000, random_state=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return cross_val_score(classifier, data, labels, cv=KFold(5, shuffle=True, random_state=1)).mean()


def bijou(runner: Path, what: str, **arguments) -> dict:
    command = [str(runner), what] + [f"{name}={value}" for name, value in arguments.items()]
    answer = subprocess.run(command, capture_output=True, text=True)
    if answer.returncode != 0:
        sys.exit(f"{' '.join(command)}: {answer.stderr}")
    return json.loads(answer.stdout)


def sbi(method: str, task: str, network: str, seed: int, draws: int, observations: int, folder: Path) -> dict:
    """As bijou's program does: reads the files of the folder, writes draws_<k>.npy."""
    import torch
    from sbi.inference import NLE, NPE
    from sbi.utils import BoxUniform

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    names = ("theta", "x", "test_theta", "test_x", "observations")
    theta, x, test_theta, test_x, x_o = (torch.from_numpy(numpy.load(folder / f"{name}.npy")) for name in names)
    ones = torch.ones(theta.shape[1])
    if task == "gaussian_linear":
        prior = torch.distributions.MultivariateNormal(0 * ones, 0.1 * torch.eye(len(ones)))
    else:
        bound = 1 if task == "two_moons" else 3
        prior = BoxUniform(-bound * ones, bound * ones)

    cpu, wall = time.process_time(), time.perf_counter()
    trainer = (NLE if method == "nle" else NPE)(prior, density_estimator=network, show_progress_bars=False)
    flow = trainer.append_simulations(theta, x).train()
    answer = {"train_cpu": time.process_time() - cpu, "train_wall": time.perf_counter() - wall}
    answer["parameters"] = sum(p.numel() for p in flow.parameters())
    answer["epochs"] = trainer.summary["epochs_trained"][-1]
    with torch.no_grad():
        loss = flow.loss(test_x, condition=test_theta) if method == "nle" else flow.loss(test_theta, condition=test_x)
    answer["nll"] = loss.double().mean().item()
    cpu, wall = time.process_time(), time.perf_counter()
    posterior = trainer.build_posterior()
    for k in range(observations):
        sample = posterior.sample((draws,), x=x_o[k : k + 1], show_progress_bars=False)
        numpy.save(folder / f"draws_{k + 1}.npy", sample.numpy())
    answer |= {"draw_cpu": time.process_time() - cpu, "draw_wall": time.perf_counter() - wall}
    return answer


def accuracies(reference: list[numpy.ndarray], observations: int, events: int, folder: Path) -> str:
    if events == 0:
        return ""
    values = [c2st(reference[k], numpy.load(folder / f"draws_{k + 1}.npy"), events) for k in range(observations)]
    return f"{statistics.mean(values):.3f} [{min(values):.3f}, {max(values):.3f}], {len(values)}"


def print_moments(what: str, x_o: numpy.ndarray, observations: int, folder: Path) -> None:
    """Of the draws for the Gaussian linear task, beside those of the exact posterior, N(x / 2, 0.05)."""
    draws = [numpy.load(folder / f"draws_{k + 1}.npy").astype(float) for k in range(observations)]
    means = numpy.array([each.mean(axis=0) - x_o[k] / 2 for k, each in enumerate(draws)])
    variances = numpy.array([each.var(axis=0) / 0.05 - 1 for each in draws])
    print(
        f"{what}: means off by up to {abs(means).max():.3f}, root mean square {(means**2).mean() ** 0.5:.3f}; "
        f"variances by {variances.min():+.1%} to {variances.max():+.1%}, {(variances**2).mean() ** 0.5:.1%}",
        file=sys.stderr,
    )


def row(case: tuple, library: str, network: str, runs: list[dict], observations: int, accuracy: str) -> None:
    def median(name: str, form: str, scale: float = 1) -> str:
        return form.format(scale * statistics.median(run[name] for run in runs)) if name in runs[0] else ""

    method, task, count = case[:3]
    each = 1 / max(observations, 1)
    training = f"{median('train_cpu', '{:.1f}')} ({median('train_wall', '{:.1f}')})"
    drawing = f"{median('draw_cpu', '{:.2f}', each)} ({median('draw_wall', '{:.2f}', each)})"
    if "run_cpu" in runs[0]:  # training and draws for one observation
        training, drawing = f"{median('run_cpu', '{:.1f}', each)} ({median('run_wall', '{:.1f}', each)})", ""
    cells = [method, task.replace("_", " "), f"{count:,}", f"{library}, {network}", median("parameters", "{:.0f}")]
    cells += [median("epochs", "{:.0f}"), training, drawing, median("nll", "{:.3f}"), accuracy]
    print("| " + " | ".join(cells) + " |", flush=True)


def simulate(method: str, task: str, count: int, seed: int, runner: Path, folder: Path) -> None:
    """Writes what both libraries read. The rounds of snl simulate by themselves."""
    if method == "snl":
        return
    bijou(runner, "simulate", task=task, folder=folder, count=20_000, seed=1000 + seed)
    for part in ("theta", "x"):
        (folder / f"{part}.npy").rename(folder / f"test_{part}.npy")
    bijou(runner, "simulate", task=task, folder=folder, count=count, seed=seed)


def measure(name: str, options: argparse.Namespace, folder: Path) -> None:
    case = CASES[name]
    method, task, count, peer_network, own_network = case[:5]
    changes = case[5] if len(case) > 5 else {}
    x_o, reference = references(task, options.observations)
    numpy.save(folder / "observations.npy", x_o)

    def run_bijou(seed: int) -> dict:
        rounds = {"rounds": ROUNDS, "simulations": count // ROUNDS} if method == "snl" else {}
        common = {"task": task, "folder": folder, "flow": own_network, "seed": seed, "draws": options.draws}
        return bijou(options.runner, method, **common, **rounds, **changes)

    def run_sbi(seed: int) -> dict:
        return sbi(method, task, peer_network, seed, options.peer_draws, options.peer_observations, folder)

    sides = [("bijou", own_network, run_bijou, options.observations)]
    if peer_network and not options.only_bijou:
        sides.append(("sbi", peer_network, run_sbi, options.peer_observations))
    for library, network, run, observations in sides:
        runs = []
        for seed in range(1, options.seeds + 1):
            simulate(method, task, count, seed, options.runner, folder)
            runs.append(run(seed))
            if task == "gaussian_linear":
                print_moments(f"{library}, {name}, seed {seed}", x_o, observations, folder)
            if seed == 1:
                accuracy = accuracies(reference, observations, options.events, folder)
        row(case, library, network, runs, observations, accuracy)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runner", type=Path)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--seeds", type=int, default=1, help="medians of so many; C2ST is that of the first")
    parser.add_argument("--observations", type=int, default=10)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=2_000, help="of each set for C2ST, which is slow; 0: none")
    parser.add_argument("--peer-observations", type=int, default=1)
    parser.add_argument("--peer-draws", type=int, default=10_000)
    parser.add_argument("--only-bijou", action="store_true")
    parser.add_argument("--core", type=int, default=0)
    options = parser.parse_args()
    options.peer_observations = min(options.peer_observations, options.observations)
    options.runner = options.runner.resolve()
    os.sched_setaffinity(0, {options.core})
    print(HEADER, flush=True)
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)  # sbi leaves its logs where it runs
        for case in options.cases:
            measure(case, options, Path(name))


main()
