#!/usr/bin/env python3
"""Log-likelihood of rows that were kept back, fold by fold: the example density_estimation beside zuko's MAF and NSF of the
same layers and networks, trained the same way on the same rows.

    python3 benchmarks/peers/folds.py table.csv --tool build/release/examples/density_estimation

Needs zuko and numpy. A table is a CSV file with a header. Both sides standardize by the rows to train with, keep 15 % of these
to stop by, and take AdamW (1e-3, decay 1e-2), batches of 128, gradients clipped at norm 5, and the parameters of the lowest
loss after 30 epochs without a lower one. Prints a table in Markdown: mean over all rows, its standard error, the smallest,
and how many folds are better than zuko's.
"""

import argparse
import copy
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch
import zuko

# Of the tool: name in the table and options. The first two are zuko's architectures, the last one is its default.
TOOLS = {
    "bijou maf": ["--flow", "maf", "--tails", "0"],
    "bijou nsf": ["--flow", "nsf", "--tails", "0", "--bound", "5"],
    "bijou, the default": [],
}
ZUKOS = {"zuko MAF": zuko.flows.MAF, "zuko NSF": zuko.flows.NSF}


def by_tool(tool: Path, options: list[str], header: str, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, rows in (("train.csv", train), ("test.csv", test)):
            np.savetxt(folder / file, rows, delimiter=",", header=header, comments="", fmt="%.17g")
        command = [tool.resolve(), "train.csv", "--score", "test.csv", "--scores", "scores.csv", "--test", "0.01"]
        command += ["--validation", "0.15", "--quiet", "--no-pictures", *options]
        subprocess.run([str(part) for part in command], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        return np.loadtxt(folder / "scores.csv", skiprows=1)


def by_zuko(make: type, train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
    torch.manual_seed(seed)
    mean, deviation = train.mean(0), train.std(0)
    rows = torch.tensor((train - mean) / deviation)[torch.randperm(len(train))]
    kept = round(0.15 * len(rows))
    validation, rows = rows[:kept], rows[kept:]
    flow = make(train.shape[1], transforms=5, hidden_features=(64, 64))
    optimizer = torch.optim.AdamW(flow.parameters(), lr=1e-3, weight_decay=1e-2)
    best, best_loss, since = None, float("inf"), 0
    for _ in range(500):
        for batch in rows[torch.randperm(len(rows))].split(128):
            optimizer.zero_grad()
            (-flow().log_prob(batch).mean()).backward()
            torch.nn.utils.clip_grad_norm_(flow.parameters(), 5)
            optimizer.step()
        with torch.no_grad():
            loss = -flow().log_prob(validation).mean().item()
        if loss < best_loss:
            best, best_loss, since = copy.deepcopy(flow.state_dict()), loss, 0
        else:
            since += 1
            if since == 30:
                break
    flow.load_state_dict(best)
    with torch.no_grad():
        return flow().log_prob(torch.tensor((test - mean) / deviation)).numpy() - np.log(deviation).sum()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--tool", type=Path, required=True)
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    header = options.table.read_text().splitlines()[0]
    table = np.loadtxt(options.table, delimiter=",", skiprows=1)
    table = table[np.random.default_rng(options.seed).permutation(len(table))]
    folds = np.array_split(np.arange(len(table)), options.folds)

    found: dict[str, list[np.ndarray]] = {}
    for i, fold in enumerate(folds):
        test, train = table[fold], np.delete(table, fold, axis=0)
        for name, arguments in TOOLS.items():
            found.setdefault(name, []).append(by_tool(options.tool, [*arguments, "--seed", str(i)], header, train, test))
        for name, make in ZUKOS.items():
            found.setdefault(name, []).append(by_zuko(make, train, test, i))
        print(f"fold {i + 1} of {len(folds)}: " + ", ".join(f"{n} {r[-1].mean():.3f}" for n, r in found.items()), flush=True)

    print(f"\n{options.table.name}: {len(table)} rows, {table.shape[1]} columns, {len(folds)} folds\n")
    print("| | mean ln p, nats | smallest | folds better than zuko MAF, NSF |\n|---|---|---|---|")
    for name, results in found.items():
        rows = np.concatenate(results)
        wins = [sum(r.mean() > z.mean() for r, z in zip(results, found[zuko_name])) for zuko_name in ZUKOS]
        error = rows.std(ddof=1) / len(rows) ** 0.5
        print(f"| {name} | {rows.mean():.3f} +- {error:.3f} | {rows.min():.1f} | {wins[0]}, {wins[1]} |")


if __name__ == "__main__":
    main()
