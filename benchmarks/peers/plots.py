"""Figures of the tables that report.py makes."""

import math
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

COLORS = {
    "bijou": "black",
    "zuko": "tab:red",
    "zuko compiled": "tab:pink",
    "nflows": "tab:orange",
    "nflows compiled": "gold",
    "flowjax": "tab:blue",
    "distrax": "tab:cyan",
    "tfp": "tab:green",
    "madnis": "tab:purple",
    "madspace": "tab:brown",
}


def save(figure: plt.Figure, path: Path, about: dict[str, Any]) -> None:
    versions, bijou = about["versions"], about["bijou"]
    names = ("torch", "zuko", "nflows", "jax", "flowjax", "distrax", "tfp-nightly", "madnis", "madspace")
    caption = f"{about['cpu']}; bijou {bijou['bijou']}, {bijou['compiler']}, {bijou['flags']}\n"
    caption += ", ".join(f"{name} {versions[name]}" for name in names if name in versions)
    figure.text(0.01, 0.005, caption, fontsize=6, color="gray", va="bottom")
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    figure.savefig(path, dpi=150)
    plt.close(figure)
    print(path)


def ratios(folder: Path, about: dict[str, Any], results: pd.DataFrame) -> None:
    """Of the first six cases, which are the headline ones."""
    peers = results[(results.library != "bijou") & results.ratio.notna()]
    shape = ["operation", "kind", "d", "hidden", "layers", "batch", "threads"]
    chosen = peers.pivot_table("ratio", shape, "library", sort=False).head(6).iloc[::-1]
    if chosen.empty:
        return
    libraries = [name for name in COLORS if name in chosen.columns]
    figure, axes = plt.subplots(figsize=(9, 1 + 1.1 * len(chosen)))
    height = 0.8 / len(libraries)
    for i, library in enumerate(libraries):
        values = chosen[library].reset_index(drop=True).dropna()
        bars = axes.barh(
            values.index + 0.4 - (i + 0.5) * height, values, height, color=COLORS[library], label=library
        )
        axes.bar_label(bars, [f"{r:.3g}" for r in values], fontsize=6, padding=2)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    names = [
        f"{operation}, {kind}, D = {d},\n{layers} x ({hidden}, {hidden}), batch {batch}"
        + ("" if threads == 1 else f", {threads} threads")
        for operation, kind, d, hidden, layers, batch, threads in chosen.index
    ]
    axes.set_yticks(range(len(chosen)), names, fontsize=7)
    axes.set_xlabel("time over bijou's (above 1: bijou is faster)")
    axes.legend(fontsize=7)
    save(figure, folder / "ratios.png", about)


def against_batch(folder: Path, about: dict[str, Any], results: pd.DataFrame) -> None:
    """One figure for each flow and number of threads that has at least three batches: a panel for each operation."""
    results = results.dropna(subset="seconds").sort_values("batch")
    for (kind, d, hidden, layers, threads), members in results.groupby(["kind", "d", "hidden", "layers", "threads"]):
        if members.batch.nunique() < 3:
            continue
        figure, panels = plt.subplots(1, 3, figsize=(11, 3.8), sharey=True)
        for panel, operation in zip(panels, ("log_prob", "sample", "step")):
            for library, color in COLORS.items():
                points = members[(members.operation == operation) & (members.library == library)]
                if len(points):
                    panel.plot(points.batch, 1e3 * points.seconds, marker="o", markersize=3, color=color, label=library)
            panel.set_xscale("log", base=2)
            panel.set_yscale("log")
            panel.set_title(operation)
            panel.set_xlabel("batch")
        panels[0].set_ylabel("milliseconds")
        panels[2].legend(fontsize=6)
        plural = "" if threads == 1 else "s"
        figure.suptitle(f"{kind}, D = {d}, {layers} x ({hidden}, {hidden}), {threads} thread{plural}", fontsize=10)
        save(figure, folder / f"batch_{kind}_D{d}_{layers}x{hidden}_threads{threads}.png", about)


def scaling(folder: Path, about: dict[str, Any], results: pd.DataFrame) -> None:
    """Log-log, with the exponent between the last points."""
    figure, panels = plt.subplots(1, 3, figsize=(11, 4), sharey=True)
    for panel, against in zip(panels, ("batch", "layers", "parameters")):
        chosen = results[results.against == against].sort_values(against)
        for operation, color in (("step", "tab:red"), ("log_prob", "tab:blue"), ("sample", "tab:green")):
            points = chosen[chosen.operation == operation]
            if len(points) < 2:
                continue
            x, y = points[against].to_numpy(), 1e3 * points.seconds.to_numpy()
            middle = len(x) // 2 - 1
            slope = math.log(y[-1] / y[middle]) / math.log(x[-1] / x[middle])
            panel.loglog(x, y, marker="o", markersize=3, color=color, label=f"{operation}, exponent {slope:.2f}")
        if len(chosen):
            first = chosen.iloc[0]
            texts = {
                "batch": f"batch {first.batch}",
                "layers": f"{first.layers} layers",
                "parameters": f"hidden {first.hidden}",
            }
            fixed = [text for key, text in texts.items() if key != against]
            panel.set_title(f"maf, D = {first.d}, {', '.join(fixed)}, {first.threads} thread(s)", fontsize=8)
            panel.legend(fontsize=7)
        panel.set_xlabel(against)
    panels[0].set_ylabel("milliseconds")
    figure.suptitle("bijou; exponents over the upper half of each range (1: linear)", fontsize=9)
    save(figure, folder / "scaling.png", about)
