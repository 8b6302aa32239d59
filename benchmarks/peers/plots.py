"""Plots of what run.py measured: python plots.py RESULTS."""

import csv
import json
import math
import sys
from collections import defaultdict
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

folder = Path(sys.argv[1])
COLORS = {
    "bijou": "black",
    "zuko": "tab:red",
    "zuko compiled": "tab:pink",
    "nflows": "tab:orange",
    "nflows compiled": "gold",
    "flowjax": "tab:blue",
    "distrax": "tab:cyan",
    "tfp": "tab:green",
}


def read(name: str) -> list[dict[str, str]]:
    path = folder / name
    if not path.exists():
        return []
    with open(path, newline="") as file:
        return [row for row in csv.DictReader(file) if row["seconds"]]


def caption() -> str:
    about = json.loads((folder / "about.json").read_text())
    versions = about["versions"]
    names = ("torch", "zuko", "nflows", "jax", "flowjax", "distrax", "tfp-nightly")
    bijou = about["bijou"]
    return f"{about['cpu']}; bijou {bijou['bijou']}, {bijou['compiler']}, {bijou['flags']}\n" + ", ".join(
        f"{name} {versions[name]}" for name in names if name in versions
    )


def save(figure: plt.Figure, name: str) -> None:
    figure.text(0.01, 0.005, caption(), fontsize=6, color="gray", va="bottom")
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    figure.savefig(folder / name, dpi=150)
    plt.close(figure)
    print(folder / name)


def name_of(row: dict[str, str]) -> str:
    threads = "" if row["threads"] == "1" else f", {row['threads']} threads"
    return (
        f"{row['operation']}, {row['kind']}, D = {row['d']},\n{row['layers']} x ({row['hidden']}, {row['hidden']}), "
        f"batch {row['batch']}{threads}"
    )


def ratios(rows: list[dict[str, str]]) -> None:
    """The first cases of the file, which are the headline ones."""
    cases: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row["library"] != "bijou" and row["ratio"]:
            cases[name_of(row)][row["library"]] = float(row["ratio"])
    chosen = list(cases)[:6][::-1]
    libraries = [name for name in COLORS if any(name in cases[case] for case in chosen)]
    figure, axes = plt.subplots(figsize=(9, 1 + 1.1 * len(chosen)))
    height = 0.8 / max(len(libraries), 1)
    for i, library in enumerate(libraries):
        points = [(y, cases[case][library]) for y, case in enumerate(chosen) if library in cases[case]]
        bars = axes.barh(
            [y + 0.4 - (i + 0.5) * height for y, _ in points],
            [r for _, r in points],
            height,
            color=COLORS[library],
            label=library,
        )
        axes.bar_label(bars, [f"{r:.3g}" for _, r in points], fontsize=6, padding=2)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(chosen)), chosen, fontsize=7)
    axes.set_xlabel("time over bijou's (above 1: bijou is faster)")
    axes.legend(fontsize=7)
    save(figure, "ratios.png")


def against_batch(rows: list[dict[str, str]]) -> None:
    """One figure for each flow and number of threads that has at least three batches: a panel for each operation."""
    groups: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[k] for k in ("kind", "d", "hidden", "layers", "threads"))].append(row)
    for (kind, d, hidden, layers, threads), members in groups.items():
        if len({row["batch"] for row in members}) < 3:
            continue
        figure, panels = plt.subplots(1, 3, figsize=(11, 3.8), sharey=True)
        for panel, operation in zip(panels, ("log_prob", "sample", "step")):
            for library, color in COLORS.items():
                points = sorted(
                    (int(row["batch"]), 1e3 * float(row["seconds"]))
                    for row in members
                    if row["operation"] == operation and row["library"] == library
                )
                if points:
                    panel.plot(*zip(*points), marker="o", markersize=3, color=color, label=library)
            panel.set_xscale("log", base=2)
            panel.set_yscale("log")
            panel.set_title(operation)
            panel.set_xlabel("batch")
        panels[0].set_ylabel("milliseconds")
        panels[2].legend(fontsize=6)
        plural = "" if threads == "1" else "s"
        figure.suptitle(f"{kind}, D = {d}, {layers} x ({hidden}, {hidden}), {threads} thread{plural}", fontsize=10)
        save(figure, f"batch_{kind}_D{d}_{layers}x{hidden}_threads{threads}.png")


def scaling(rows: list[dict[str, str]]) -> None:
    """Log-log, with the exponent between the last points."""
    figure, panels = plt.subplots(1, 3, figsize=(11, 4), sharey=True)
    for panel, against in zip(panels, ("batch", "layers", "parameters")):
        chosen = [row for row in rows if row["against"] == against]
        for operation, color in (("step", "tab:red"), ("log_prob", "tab:blue"), ("sample", "tab:green")):
            points = sorted((int(r[against]), 1e3 * float(r["seconds"])) for r in chosen if r["operation"] == operation)
            if len(points) < 2:
                continue
            (x0, y0), (x1, y1) = points[len(points) // 2 - 1], points[-1]
            slope = math.log(y1 / y0) / math.log(x1 / x0)
            panel.loglog(
                *zip(*points), marker="o", markersize=3, color=color, label=f"{operation}, exponent {slope:.2f}"
            )
        if chosen:
            row = chosen[0]
            texts = {
                "batch": f"batch {row['batch']}",
                "layers": f"{row['layers']} layers",
                "parameters": f"hidden {row['hidden']}",
            }
            fixed = [text for key, text in texts.items() if key != against]
            panel.set_title(f"maf, D = {row['d']}, {', '.join(fixed)}, {row['threads']} thread(s)", fontsize=8)
            panel.legend(fontsize=7)
        panel.set_xlabel(against)
    panels[0].set_ylabel("milliseconds")
    figure.suptitle("bijou; exponents over the upper half of each range (1: linear)", fontsize=9)
    save(figure, "scaling.png")


if rows := read("results.csv"):
    ratios(rows)
    against_batch(rows)
if rows := read("scaling.csv"):
    scaling(rows)
