"""Tables and plots of what measure.py wrote: python report.py RESULTS. run.py calls it with the interpreter of the
environment. Makes results.csv, scaling.csv, table.md, memory.md and the figures of plots.py, of what there is."""

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

import plots
from cases import HEADLINE, PEERS

CASE = ["operation", "kind", "d", "hidden", "layers", "batch", "threads"]
PASSES = {"step": 6, "log_prob": 2, "sample": 2}  # operations for each weight and event, were no weight masked

METHOD = """\
Every library has the same number of layers, each with two hidden layers of relu units, an affine transformer and a
reversal of the coordinates (FlowJAX: a random permutation above D = 2); numbers of parameters differ by {difference}.
step: gradient of the mean negative log-likelihood and one step of Adam, on the same batch again and again with a
learning rate of 1e-5. Each number is the median over rounds in which the libraries take turns, each in a process of
its own that may use as many CPUs as it has threads; a round is the median of some repetitions of {seconds:g} s at
least. Compilation and warm-up are left out. torch: no_grad outside training, fused Adam, and torch.compile for what
is called compiled (when a MAF samples, of its networks). JAX: one jitted function for each operation, Adam inside
with donated buffers, masks applied beforehand outside training. A MAF samples with D passes of its networks in all
peers, with one in bijou. JAX and torch choose the instruction set of the machine at run time; bijou has that of its
flags.

In the tables: milliseconds of the other library, and in brackets its time over bijou's (above 1: bijou is faster). Of
FMA peak: the operations of the networks if masked weights counted too (6, outside training 2, x parameters x batch)
over time, threads and the peak of a core; masked weights cost bijou nothing, so it may pass 100 %.
"""


def read(path: Path) -> pd.DataFrame:
    return pd.DataFrame([json.loads(line) for line in path.read_text().splitlines()] if path.exists() else [])


def medians(lines: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Of the rounds, whose times are the medians of their repetitions."""
    lines = lines.dropna(subset="seconds")
    lines = lines.assign(
        median=lines.seconds.map(lambda times: pd.Series(times).median()),
        fastest=lines.seconds.map(min),
        slowest=lines.seconds.map(max),
        repetitions=lines.seconds.map(len),
    )
    return lines.groupby(key, sort=False).agg(
        seconds=("median", "median"),
        fastest=("fastest", "min"),
        slowest=("slowest", "max"),
        rounds=("seconds", "size"),
        repetitions=("repetitions", "sum"),
    )


def compared(lines: pd.DataFrame) -> pd.DataFrame:
    """A row for each case and library: times, ratio to bijou's, parameters, rate; a note where there are no times."""
    lines = lines.reindex(columns=[*CASE, "library", "round", "seconds", "calls", "parameters", "note"])
    results = medians(lines, [*CASE, "library"]).reset_index()
    known = lines.dropna(subset="seconds").drop_duplicates([*CASE, "library"], keep="last")
    results = results.merge(known[[*CASE, "library", "calls", "parameters"]], how="left")
    bijou = results[results.library == "bijou"][[*CASE, "seconds"]]
    results["ratio"] = results.seconds / results[CASE].merge(bijou, how="left").seconds
    passes = results.operation.map(PASSES)
    results["dense_flops"] = passes * results.parameters * results.batch / results.seconds
    notes = lines[lines.note.notna()][[*CASE, "library", "note"]]
    results = results.merge(notes, how="outer", on=[*CASE, "library"], sort=False)
    # The order in which the cases were measured, which an outer merge forgets.
    order = {key: i for i, key in enumerate(lines[[*CASE, "library"]].itertuples(index=False, name=None))}
    place = [order[key] for key in results[[*CASE, "library"]].itertuples(index=False, name=None)]
    return results.iloc[sorted(range(len(place)), key=place.__getitem__)].reset_index(drop=True)


def milliseconds(seconds: float) -> str:
    return f"{1e3 * seconds:.3g}" if seconds < 1 else f"{1e3 * seconds:.0f}"


def markdown(header: list[str], rows: list[list[Any]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def caption(about: dict[str, Any], run: dict[str, Any]) -> str:
    versions = "".join(f"{name} {value}, " for name, value in sorted(about["versions"].items()))
    bijou = about["bijou"]
    return (
        f"bijou {bijou['bijou']}, Eigen {bijou['eigen']}, {bijou['compiler']}, `{bijou['flags']}`, packets of "
        f"{bijou['packet']} floats, OpenMP {'on' if bijou['openmp'] else 'off'}. {versions}Python {about['python']}. "
        f"{about['cpu']}, {about['cpus']} CPUs, {about['memory_gib']:.0f} GiB, {about['system']}; FMA peak of one "
        f"core with these flags: {bijou['fma_peak'] / 1e9:.0f} GFlop/s. float32, {run['date']}. `{run['command']}`\n"
    )


def difference(results: pd.DataFrame) -> str:
    """The largest one between a peer's number of parameters and bijou's."""
    bijou = results[results.library == "bijou"][[*CASE, "parameters"]]
    largest = (results.parameters / results[CASE].merge(bijou, how="left").parameters - 1).abs().max()
    return f"{100 * largest:.2g} % at most" if largest > 0 else "nothing"


def result_rows(results: pd.DataFrame, peak: float, names: list[str]) -> list[list[str]]:
    rows = []
    for case, group in results.groupby(CASE, sort=False):
        operation, kind, d, hidden, layers, batch, threads = case
        row = [operation, kind, d, f"{layers} x ({hidden}, {hidden})", batch, threads]
        found = group.dropna(subset="seconds").set_index("library")
        if "bijou" in found.index:
            bijou = found.loc["bijou"]
            row += [milliseconds(bijou.seconds), f"{100 * bijou.dense_flops / (peak * threads):.0f} %"]
        else:
            row += ["", ""]
        for name in names:
            cell = ""
            if name in found.index:
                cell = milliseconds(found.seconds[name])
                if pd.notna(found.ratio[name]):
                    cell += f" ({found.ratio[name]:.3g})"
            row.append(cell)
        ratios = found.ratio.drop("bijou", errors="ignore").dropna()
        rows.append([*row, f"{ratios.min():.2f}" if len(ratios) else ""])
    return rows


def thread_rows(lines: pd.DataFrame) -> list[list[str]]:
    rows = []
    for (operation, kind, d, hidden, layers, batch), group in medians(lines, CASE).groupby(CASE[:-1], sort=False):
        seconds = group.seconds.droplevel(CASE[:-1])
        shape = [operation, kind, d, f"{layers} x ({hidden}, {hidden})", batch]
        rows.append([*shape, milliseconds(seconds[1]), milliseconds(seconds[2]), f"{seconds[1] / seconds[2]:.2f}"])
    return rows


def tables(folder: Path, about: dict[str, Any], run: dict[str, Any], results: pd.DataFrame) -> str:
    names = [peer.name for peer in PEERS if peer.library in run["peers"]]
    shape = ["operation", "flow", "D", "layers", "batch"]
    header = [*shape, "threads", "bijou, ms", "of FMA peak", *names, "fastest / bijou"]
    text = "# bijou and other libraries\n\n" + caption(about, run) + "\n"
    text += METHOD.format(seconds=run["seconds"], difference=difference(results)) + "\n"
    empty = results.dropna(subset="note")[["library", "note"]].drop_duplicates().sort_values(["library", "note"])
    if len(empty):
        text += "Empty cells: " + "; ".join(f"{row.library}: {row.note}" for row in empty.itertuples()) + ". "
    if run["compiled"] == "headline":
        text += "torch.compile is measured for the first table only. "
    text += f"State: {run['end']}.\n"
    head = pd.DataFrame(HEADLINE)[CASE].merge(results[CASE].drop_duplicates())
    is_head = results[CASE].merge(head, how="left", indicator=True)._merge.eq("both").to_numpy()
    others = results[~is_head].sort_values(CASE, kind="stable")
    for title, chosen in (("Headline", results[is_head]), ("All others", others)):
        if len(chosen):
            text += f"\n## {title}\n\n" + markdown(header, result_rows(chosen, about["bijou"]["fma_peak"], names))
    if len(lines := read(folder / "threads.jsonl")):
        header = [*shape, "1 thread, ms", "2 threads, ms", "faster by"]
        text += "\n## bijou on two threads\n\n" + markdown(header, thread_rows(lines))
    return text


def memory_table(about: dict[str, Any], run: dict[str, Any], lines: pd.DataFrame) -> str:
    def number(value: float, form: str) -> str:
        return format(value, form) if pd.notna(value) else ""

    rows = [
        [row.library, number(row.peak_kib / 1024, ".0f"), number(row.import_kib / 1024, ".0f"), number(row.once, ".3g")]
        + [row.note or ""]
        for row in lines.astype({"peak_kib": float, "import_kib": float, "once": float}).itertuples()
    ]
    first = lines.iloc[0]
    title = f"{first.operation} {first.kind} D{first.d} {first.layers}x{first.hidden} batch{first.batch}"
    return (
        f"# Peak memory of training: {title} threads{first.threads}\n\n{caption(about, run)}\n"
        "One step of training in a process of its own: the largest resident memory, what the process took before a "
        "flow was made (interpreter and library), and the time of the first step, compilation included. Stopped at "
        f"{run['memory_limit']:.3g} GiB or {run['memory_timeout']:g} s.\n\n"
        + markdown(["library", "peak, MiB", "before, MiB", "first step, s", "note"], rows)
    )


def main(folder: Path) -> None:
    about, run = (json.loads((folder / name).read_text()) for name in ("about.json", "run.json"))
    if len(lines := read(folder / "results.jsonl")):
        results = compared(lines)
        results.to_csv(folder / "results.csv", index=False, float_format="%.4g")
        (folder / "table.md").write_text(tables(folder, about, run, results))
        print(f"{folder / 'table.md'}: {run['end']}")
        plots.ratios(folder, about, results)
        plots.against_batch(folder, about, results)
    if len(lines := read(folder / "scaling.jsonl")):
        results = medians(lines, ["against", *CASE, "parameters"]).reset_index()
        results.to_csv(folder / "scaling.csv", index=False, float_format="%.4g")
        plots.scaling(folder, about, results)
    if len(lines := read(folder / "memory.jsonl")):
        (folder / "memory.md").write_text(memory_table(about, run, lines))
        print(f"\n{memory_table(about, run, lines)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
