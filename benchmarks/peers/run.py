#!/usr/bin/env python3
"""bijou beside zuko, nflows, FlowJAX, distrax and TFP on the same flows: one command, nothing needed before.

    python3 benchmarks/peers/run.py                 # the comparison, 15 minutes; run it again and it goes on
    python3 benchmarks/peers/run.py --quick         # a few small cases, to see that everything works
    python3 benchmarks/peers/run.py scaling         # bijou's time against batch, depth and parameters
    python3 benchmarks/peers/run.py memory          # peak memory of a training step with 100,000 events

Makes a virtual environment with the versions of requirements.txt and builds bijou_runner, both in build/peers unless
told otherwise, and writes tables (CSV, Markdown) and plots (PNG) to build/peers/results/. Needs Linux, Python 3.11 or
newer, a C++20 compiler, CMake, Eigen, Google Benchmark, and about 7 GB of disk.
"""

import argparse
import csv
import datetime
import hashlib
import json
import os
import platform
import re
import select
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

here = Path(__file__).resolve().parent
root = here.parent.parent
cpus = sorted(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Peer:
    name: str
    module: str
    compiled: bool = False


PEERS = [
    Peer("zuko", "zuko_flows"),
    Peer("zuko compiled", "zuko_flows", compiled=True),
    Peer("nflows", "nflows_flows"),
    Peer("nflows compiled", "nflows_flows", compiled=True),
    Peer("flowjax", "flowjax_flows"),
    Peer("distrax", "distrax_flows"),
    Peer("tfp", "tfp_flows"),
]


@dataclass(frozen=True)
class Case:
    operation: str
    kind: str
    d: int
    hidden: int
    layers: int
    batch: int
    threads: int = 1

    @property
    def name(self) -> str:
        shape = f"D{self.d} {self.layers}x{self.hidden} batch{self.batch} threads{self.threads}"
        return f"{self.operation} {self.kind} {shape}"

    def without_threads(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if key != "threads"}


HEADLINE = [
    Case("step", "maf", 2, 128, 3, 32),
    Case("step", "maf", 63, 512, 5, 512),
    Case("step", "maf", 21, 512, 5, 1024),
    Case("sample", "maf", 63, 512, 5, 512),
    Case("log_prob", "coupling", 63, 512, 5, 1024),
    Case("sample", "coupling", 63, 512, 5, 1024),
]
QUICK = [
    Case("step", "maf", 2, 128, 3, 32),
    Case("log_prob", "coupling", 6, 128, 3, 256),
    Case("sample", "maf", 6, 128, 3, 32),
    Case("sample", "coupling", 6, 128, 3, 32, threads=2),
]
# bijou on one thread and on two.
THREADS = [
    Case(operation, kind, d, 512, 5, 1024)
    for kind in ("maf", "coupling")
    for d in (63, 21)
    for operation in ("step", "log_prob", "sample")
]


def sweep(threads: list[int]) -> Iterator[Case]:
    """All cases, the telling ones first: a run that ends early has seen each kind of flow, operation and batch."""
    for n in threads:
        for d in (63, 6, 21, 2, 43):
            for hidden, layers in ((512, 5), (128, 3)):
                for kind in ("maf", "coupling"):
                    for batch in (1, 1024, 32, 256, 512):
                        if batch == 512 and (d, hidden) != (63, 512):
                            continue
                        for operation in ("log_prob", "step", "sample"):
                            yield Case(operation, kind, d, hidden, layers, batch, n)


def log(text: str) -> None:
    print(text, flush=True)


def checked(command: list[Any], **options: Any) -> None:
    log("+ " + shlex.join(map(str, command)))
    subprocess.run([str(part) for part in command], check=True, **options)


def make_environment(python: str, venv: Path) -> Path:
    """The interpreter of the environment. requirements.txt names every package, so nothing else is to come: distrax
    asks for the released tensorflow-probability, which this JAX has left behind, and nflows for tensorboard."""
    interpreter, done = venv / "bin" / "python", venv / "requirements.txt"
    wanted = (here / "requirements.txt").read_text()
    if not (done.exists() and done.read_text() == wanted):
        checked([python, "-m", "venv", venv])
        checked([interpreter, "-m", "pip", "install", "--quiet", "--no-deps", "-r", here / "requirements.txt"])
        done.write_text(wanted)
    return interpreter


def build_runner(build: Path, march: str) -> Path:
    checked(
        ["cmake", "-S", here, "-B", build, "-DCMAKE_BUILD_TYPE=Release", f"-DBIJOU_MARCH={march}"],
        stdout=subprocess.DEVNULL,
    )
    checked(["cmake", "--build", build, "--config", "Release"])
    return build / "bijou_runner"


def pin(threads: int) -> Any:
    return lambda: os.sched_setaffinity(0, cpus[-threads:])


class Bijou:
    name = "bijou"

    def __init__(self, runner: Path) -> None:
        self.runner = runner

    def about(self) -> dict[str, Any]:
        output = subprocess.run([self.runner, "about"], capture_output=True, text=True, check=True, preexec_fn=pin(1))
        return json.loads(output.stdout)

    def measure(self, case: Case, seconds: float, repetitions: int, timeout: float = 300) -> dict[str, Any]:
        arguments = [case.kind, case.d, case.hidden, case.layers, case.batch, case.operation, case.threads]
        command = [str(part) for part in (self.runner, *arguments, seconds, repetitions)]
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=timeout, preexec_fn=pin(case.threads))
        except subprocess.TimeoutExpired:
            return {"error": f"no answer in {timeout:.0f} s"}
        return (
            json.loads(run.stdout) if run.returncode == 0 else {"error": run.stderr.strip() or f"exit {run.returncode}"}
        )


class Worker:
    """A library in a process of its own: see worker.py."""

    def __init__(self, peer: Peer, threads: int, python: Path, work: Path) -> None:
        environment = os.environ | {
            "OMP_NUM_THREADS": str(threads),
            "MKL_NUM_THREADS": str(threads),
            "JAX_PLATFORMS": "cpu",
            "CUDA_VISIBLE_DEVICES": "",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TORCHINDUCTOR_CACHE_DIR": str(work / "inductor"),
            "TORCHINDUCTOR_COMPILE_THREADS": "1",
        }
        (work / "logs").mkdir(parents=True, exist_ok=True)
        errors = open(work / "logs" / f"{peer.name.replace(' ', '-')}-{threads}.log", "ab")
        command = [str(python), str(here / "worker.py"), peer.module, str(threads), *(["--compiled"] * peer.compiled)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment, cwd=here
        )
        errors.close()
        assert self.process.stdin and self.process.stdout
        self.requests, self.answers = self.process.stdin, self.process.stdout

    def send(self, **request: Any) -> None:
        try:
            self.requests.write(json.dumps(request).encode() + b"\n")
            self.requests.flush()
        except BrokenPipeError:
            pass  # receive tells

    def receive(self, timeout: float, memory_limit_kib: float = float("inf")) -> dict[str, Any]:
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if select.select([self.answers], [], [], min(0.2, timeout))[0]:
                line = self.answers.readline()
                if line:
                    return json.loads(line)
                return {"error": f"the process ended with {self.process.wait()}"}
            if (used := self.resident_kib()) > memory_limit_kib:
                self.close()
                return {"error": f"stopped at {used / 2**20:.1f} GiB", "peak_kib": used}
        self.close()
        return {"error": f"no answer in {timeout:.0f} s"}

    def ask(self, timeout: float = 300, **request: Any) -> dict[str, Any]:
        self.send(**request)
        return self.receive(timeout)

    def resident_kib(self) -> int:
        try:
            found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        except FileNotFoundError:
            return 0
        return int(found[1]) if found else 0

    def alive(self) -> bool:
        return self.process.poll() is None

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


class Workers:
    """One worker for each peer, all with one number of threads; started when they are first needed."""

    def __init__(self, python: Path, work: Path) -> None:
        self.python, self.work, self.threads = python, work, 0
        self.running: dict[str, Worker] = {}

    def get(self, peer: Peer, threads: int) -> Worker:
        if threads != self.threads:
            self.close()
            self.threads = threads
        if peer.name not in self.running or not self.running[peer.name].alive():
            self.running[peer.name] = Worker(peer, threads, self.python, self.work)
        return self.running[peer.name]

    def close(self) -> None:
        for worker in self.running.values():
            worker.close()
        self.running.clear()


class Table:
    """Rows of a CSV file that is rewritten whenever one has been added, so that an interrupted run goes on."""

    def __init__(self, path: Path, key: list[str], columns: list[str]) -> None:
        self.path, self.key, self.columns = path, key, columns
        self.rows: dict[tuple[str, ...], dict[str, str]] = {}
        if path.exists():
            with open(path, newline="") as file:
                for row in csv.DictReader(file):
                    self.rows[tuple(row[k] for k in key)] = row

    def add(self, row: dict[str, Any]) -> None:
        text = {c: "" if row.get(c) is None else str(row[c]) for c in self.columns}
        self.rows[tuple(text[k] for k in self.key)] = text
        scratch = self.path.with_suffix(".tmp")
        with open(scratch, "w", newline="") as file:
            writer = csv.DictWriter(file, self.columns)
            writer.writeheader()
            writer.writerows(self.rows.values())
        os.replace(scratch, self.path)


CASE_COLUMNS = ["operation", "kind", "d", "hidden", "layers", "batch", "threads"]
RESULT_COLUMNS = [
    *CASE_COLUMNS,
    *(
        "library",
        "seconds",
        "fastest",
        "slowest",
        "rounds",
        "repetitions",
        "calls",
        "ratio",
        "parameters",
        "dense_flops",
        "note",
    ),
]
PASSES = {"step": 6, "log_prob": 2, "sample": 2}  # operations for each weight and event, were no weight masked


class Compare:
    def __init__(self, options: argparse.Namespace, bijou: Bijou, workers: Workers, about: dict[str, Any]) -> None:
        self.options, self.bijou, self.workers, self.about = options, bijou, workers, about
        self.start = time.monotonic()
        self.deadline = self.start + 60 * options.time_budget if options.time_budget else float("inf")
        self.peers = [peer for peer in PEERS if peer.module.removesuffix("_flows") in options.peers]
        self.results = Table(options.results / "results.csv", [*CASE_COLUMNS, "library"], RESULT_COLUMNS)
        self.threads = Table(options.results / "threads.csv", [*CASE_COLUMNS], [*CASE_COLUMNS, "seconds", "rounds"])

    def late(self) -> bool:
        return time.monotonic() > self.deadline

    def wanted(self, case: Case) -> list[Peer]:
        with_compiled = self.options.compiled == "all" or (
            self.options.compiled == "headline" and case in [*HEADLINE, *QUICK[:2]]
        )
        return [peer for peer in self.peers if with_compiled or not peer.compiled]

    def has(self, case: Case, library: str) -> bool:
        return (*(str(value) for value in asdict(case).values()), library) in self.results.rows

    def cases(self) -> list[Case]:
        threads = self.options.threads
        cases = QUICK if self.options.quick else [*HEADLINE, *sweep(threads)]
        pattern = re.compile(self.options.cases)
        return [case for case in dict.fromkeys(cases) if case.threads in threads and pattern.search(case.name)]

    def run(self) -> str:
        """Says how far it came."""
        cases = self.cases()
        head = [case for case in cases if case in HEADLINE or self.options.quick]
        left = 0
        for number, case in enumerate(cases):
            if number == len(head):
                self.measure_threads()
            if all(self.has(case, name) for name in ("bijou", *(peer.name for peer in self.wanted(case)))):
                continue
            if self.late():
                left += 1
                continue
            self.measure(case, f"[{number + 1}/{len(cases)}]")
        if len(head) == len(cases):
            self.measure_threads()
        return (
            f"{left} of {len(cases)} cases are left: the time was up; run it again to go on"
            if left
            else "all cases are done"
        )

    def measure(self, case: Case, number: str) -> None:
        log(f"{number} {case.name}  ({(time.monotonic() - self.start) / 60:.1f} min)")
        notes: dict[str, str] = {}
        parameters: dict[str, int] = {}
        ready: list[Peer] = []
        asked: list[Peer] = []
        for peer in self.wanted(case):
            if reason := self.about["lacks"][peer.name].get(case.kind):
                notes[peer.name] = reason
                continue
            self.workers.get(peer, case.threads).send(do="prepare", case=case.without_threads())
            asked.append(peer)
        for peer in asked:
            answer = self.workers.get(peer, case.threads).receive(self.options.timeout)
            if "error" in answer:
                notes[peer.name] = answer["error"]
            else:
                parameters[peer.name] = answer["parameters"]
                ready.append(peer)

        libraries: list[Bijou | Peer] = [self.bijou, *ready]
        times: dict[str, list[list[float]]] = {}
        calls: dict[str, int] = {}
        for r in range(self.options.rounds):
            if r > 0 and self.late():
                log("    time is up: fewer rounds")
                break
            for library in libraries:
                name = library.name
                if name in notes or (r > 1 and min(times[name][0]) > 2):
                    continue
                if isinstance(library, Bijou):
                    answer = self.bijou.measure(case, self.options.seconds, self.options.repetitions)
                    parameters.setdefault(name, answer.get("parameters", 0))
                else:
                    answer = self.workers.get(library, case.threads).ask(
                        do="measure", seconds=self.options.seconds, repetitions=self.options.repetitions
                    )
                if "error" in answer:
                    notes[name] = answer["error"]
                else:
                    times.setdefault(name, []).append(answer["seconds"])
                    calls[name] = answer["calls"]

        medians = {name: statistics.median(statistics.median(t) for t in rounds) for name, rounds in times.items()}
        for name in ("bijou", *(peer.name for peer in self.wanted(case))):
            row: dict[str, Any] = asdict(case) | {"library": name, "note": notes.get(name)}
            if name in medians and name not in notes:
                every = [t for round_times in times[name] for t in round_times]
                row |= {
                    "seconds": f"{medians[name]:.4g}",
                    "fastest": f"{min(every):.4g}",
                    "slowest": f"{max(every):.4g}",
                    "rounds": len(times[name]),
                    "repetitions": len(every),
                    "calls": calls[name],
                    "ratio": f"{medians[name] / medians['bijou']:.3g}" if "bijou" in medians else None,
                    "parameters": parameters[name],
                    "dense_flops": f"{PASSES[case.operation] * parameters[name] * case.batch / medians[name]:.4g}",
                }
                if abs(parameters[name] / parameters["bijou"] - 1) > 0.03:
                    log(f"    {name}: {parameters[name]} parameters, bijou has {parameters['bijou']}")
            self.results.add(row)
            log(
                f"    {name:16} "
                + (f"{1e3 * medians[name]:10.3f} ms  x {row['ratio']}" if "ratio" in row else f"{row['note']}")
            )

    def measure_threads(self) -> None:
        if self.options.quick or 2 not in self.options.threads or len(cpus) < 2:
            return
        for case in THREADS:
            pair = [case, Case(**(asdict(case) | {"threads": 2}))]
            if not re.search(self.options.cases, case.name):
                continue
            if all(tuple(str(v) for v in asdict(c).values()) in self.threads.rows for c in pair) or self.late():
                continue
            times: list[list[float]] = [[], []]
            for _ in range(self.options.rounds):
                for c, into in zip(pair, times):
                    answer = self.bijou.measure(c, self.options.seconds, self.options.repetitions)
                    into.append(statistics.median(answer["seconds"]) if "seconds" in answer else float("nan"))
            for c, found in zip(pair, times):
                self.threads.add(asdict(c) | {"seconds": f"{statistics.median(found):.4g}", "rounds": len(found)})
            log(
                f"{case.name}: bijou on 2 threads is faster by "
                f"{statistics.median(times[0]) / statistics.median(times[1]):.2f}"
            )


def milliseconds(seconds: str) -> str:
    return f"{1e3 * float(seconds):.3g}" if float(seconds) < 1 else f"{1e3 * float(seconds):.0f}"


def markdown(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(header), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def result_rows(compare: Compare, chosen: list[tuple[str, ...]]) -> Iterator[list[str]]:
    peak = compare.about["bijou"]["fma_peak"]
    for case in chosen:
        bijou = compare.results.rows.get((*case, "bijou"), {})
        operation, kind, d, hidden, layers, batch, threads = case
        line = [operation, kind, d, f"{layers} x ({hidden}, {hidden})", batch, threads]
        if bijou.get("seconds"):
            line += [
                milliseconds(bijou["seconds"]),
                f"{100 * float(bijou['dense_flops']) / (peak * int(threads)):.0f} %",
            ]
        else:
            line += ["", ""]
        ratios = []
        for peer in compare.peers:
            row = compare.results.rows.get((*case, peer.name), {})
            line.append(f"{milliseconds(row['seconds'])} ({row['ratio']})" if row.get("seconds") else "")
            ratios += [float(row["ratio"])] if row.get("ratio") else []
        yield line + [f"{min(ratios):.2f}" if ratios else ""]


def caption(about: dict[str, Any], options: argparse.Namespace) -> str:
    versions = ", ".join(f"{name} {value}" for name, value in sorted(about["versions"].items()))
    bijou = about["bijou"]
    return (
        f"bijou {bijou['bijou']}, Eigen {bijou['eigen']}, {bijou['compiler']}, `{bijou['flags']}`, packets of "
        f"{bijou['packet']} floats, OpenMP {'on' if bijou['openmp'] else 'off'}. {versions}, Python {about['python']}. "
        f"{about['cpu']}, {about['cpus']} CPUs, {about['memory_gib']:.0f} GiB, {about['system']}; FMA peak of one "
        f"core with these flags: {bijou['fma_peak'] / 1e9:.0f} GFlop/s. float32, "
        f"{datetime.datetime.now():%Y-%m-%d %H:%M}. `{shlex.join(['python3', *sys.argv])}`\n"
    )


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


def difference(results: Table) -> str:
    """The largest one between a peer's number of parameters and bijou's."""
    largest = 0.0
    for (*case, _), row in results.rows.items():
        bijou = results.rows.get((*case, "bijou"), {})
        if row["parameters"] and bijou.get("parameters"):
            largest = max(largest, abs(int(row["parameters"]) / int(bijou["parameters"]) - 1))
    return f"{100 * largest:.2g} % at most" if largest else "nothing"


def write_tables(compare: Compare, end: str) -> None:
    options, about = compare.options, compare.about
    seen = list(dict.fromkeys(key[:-1] for key in compare.results.rows))
    head_keys = [tuple(str(v) for v in asdict(case).values()) for case in HEADLINE]
    header = [
        "operation",
        "flow",
        "D",
        "layers",
        "batch",
        "threads",
        "bijou, ms",
        "of FMA peak",
        *(p.name for p in compare.peers),
        "fastest / bijou",
    ]
    empty = sorted({(key[-1], row["note"]) for key, row in compare.results.rows.items() if row["note"]})
    with open(options.results / "table.md", "w") as file:
        file.write("# bijou and other libraries\n\n" + caption(about, options) + "\n")
        file.write(METHOD.format(seconds=options.seconds, difference=difference(compare.results)) + "\n")
        if empty:
            file.write("Empty cells: " + "; ".join(f"{name}: {note}" for name, note in empty) + ". ")
        if options.compiled == "headline":
            file.write("torch.compile is measured for the first table only. ")
        file.write(f"State: {end}.\n")
        for title, chosen in (
            ("Headline", [key for key in seen if key in head_keys]),
            (
                "All others",
                sorted((key for key in seen if key not in head_keys), key=lambda k: (*k[:2], *map(int, k[2:]))),
            ),
        ):
            if chosen:
                file.write(f"\n## {title}\n\n" + markdown(header, result_rows(compare, chosen)))
        rows = compare.threads.rows
        pairs = [(one, (*one[:-1], "2")) for one in rows if one[-1] == "1" and (*one[:-1], "2") in rows]
        if pairs:
            file.write("\n## bijou on two threads\n\n")
            file.write(
                markdown(
                    ["operation", "flow", "D", "layers", "batch", "1 thread, ms", "2 threads, ms", "faster by"],
                    (
                        [
                            *one[:3],
                            f"{one[4]} x ({one[3]}, {one[3]})",
                            one[5],
                            milliseconds(rows[one]["seconds"]),
                            milliseconds(rows[two]["seconds"]),
                            f"{float(rows[one]['seconds']) / float(rows[two]['seconds']):.2f}",
                        ]
                        for one, two in pairs
                    ),
                )
            )
    log(f"\n{options.results / 'table.md'}: {end}")


def describe(options: argparse.Namespace, bijou: Bijou, workers: Workers) -> dict[str, Any]:
    """Versions and machine. Results are only added to those of the same."""
    versions: dict[str, str] = {}
    lacks: dict[str, dict[str, str]] = {}
    for peer in PEERS:
        if peer.compiled or peer.module.removesuffix("_flows") not in options.peers:
            continue
        answer = workers.get(peer, 1).ask(do="about")
        if "error" in answer:
            log(f"{peer.name}: {answer['error']} (see {workers.work / 'logs'})")
            answer = {
                "versions": {},
                "lacks": {kind: f"does not start: {answer['error']}" for kind in ("maf", "coupling")},
            }
        versions |= answer["versions"]
        lacks |= {p.name: answer["lacks"] for p in PEERS if p.module == peer.module}
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    about: dict[str, Any] = {
        "bijou": bijou.about(),
        "runner": hashlib.sha256(bijou.runner.read_bytes()).hexdigest(),
        "versions": versions,
        "lacks": lacks,
        "cpu": cpu[1] if cpu else platform.machine(),
        "cpus": len(cpus),
        "memory_gib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        "system": f"{platform.system()} {platform.release()}",
        "python": subprocess.run(
            [workers.python, "-c", "import platform; print(platform.python_version())"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip(),
    }
    path = options.results / "about.json"
    if path.exists() and not options.fresh:
        old = json.loads(path.read_text())
        about["bijou"]["fma_peak"] = max(about["bijou"]["fma_peak"], old["bijou"]["fma_peak"])
        about["versions"] = old["versions"] | versions
        about["lacks"] = old["lacks"] | lacks
        if {**old, "bijou": about["bijou"]} != {**about}:
            changed = [key for key in about if about[key] != old.get(key)]
            sys.exit(
                f"{options.results} is of another {', '.join(changed)}: "
                "name another folder with --results, or start again with --fresh"
            )
    path.write_text(json.dumps(about, indent=2) + "\n")
    return about


def check(compare: Compare) -> None:
    """That each peer's flow is a flow: the density of an untrained one over the plane, and training lowers nll."""
    for peer in compare.peers:
        for kind in ("maf", "coupling"):
            if kind in compare.about["lacks"][peer.name] or peer.compiled:
                continue
            answer = compare.workers.get(peer, 1).ask(do="check", kind=kind, timeout=compare.options.timeout)
            if "error" in answer:
                log(f"{peer.name:16} {kind:9} {answer['error']}")
                continue
            good = abs(answer["integral"] - 1) < 1e-2 and answer["nll"][1] < answer["nll"][0]
            log(
                f"{peer.name:16} {kind:9} integral of the density {answer['integral']:.5f}, "
                f"nll {answer['nll'][0]:.3f} -> {answer['nll'][1]:.3f}: {'a flow' if good else 'WRONG'}"
            )


def scaling(options: argparse.Namespace, bijou: Bijou) -> None:
    """bijou's time against one quantity at a time."""
    quick = options.quick
    series = {
        "batch": [("maf", 21, 512, 5, 2**k) for k in range(0, 7 if quick else 17, 2 if quick else 1)],
        "layers": [("maf", 21, 128, 2**k, 256) for k in range(3 if quick else 7)],
        "parameters": [("maf", 63, 2**k, 5, 256) for k in range(5, 8 if quick else 12)],
    }
    columns = ["against", *CASE_COLUMNS, "parameters", "seconds"]
    table = Table(options.results / "scaling.csv", columns[:-2], columns)
    for against, shapes in series.items():
        for kind, d, hidden, layers, batch in shapes:
            for operation in ("step", "log_prob", "sample"):
                case = Case(operation, kind, d, hidden, layers, batch, options.threads[0])
                if (against, *(str(v) for v in asdict(case).values())) in table.rows and not options.fresh:
                    continue
                answer = bijou.measure(case, options.seconds, options.repetitions)
                if "error" in answer:
                    log(f"{case.name}: {answer['error']}")
                    continue
                seconds = statistics.median(answer["seconds"])
                table.add(
                    asdict(case) | {"against": against, "parameters": answer["parameters"], "seconds": f"{seconds:.4g}"}
                )
                log(f"{against:10} {case.name}: {1e3 * seconds:.4g} ms")


def memory(options: argparse.Namespace, bijou: Bijou, python: Path, about: dict[str, Any]) -> None:
    """Peak of the resident memory of one step of training in a fresh process."""
    case = Case(
        "step", "maf", 63, 128 if options.quick else 512, 5, 1_000 if options.quick else 100_000, options.threads[0]
    )
    limit = options.memory_limit * 2**20
    rows = []
    answer = bijou.measure(case, 0, 1, timeout=options.memory_timeout)
    rows.append(["bijou", answer.get("peak_kib"), None, answer.get("once"), answer.get("error", "")])
    for peer in PEERS:
        if (
            peer.compiled
            or peer.module.removesuffix("_flows") not in options.peers
            or about["lacks"][peer.name].get("maf")
        ):
            continue
        worker = Worker(peer, case.threads, python, options.work)
        worker.send(do="memory", case=case.without_threads())
        answer = worker.receive(options.memory_timeout, limit)
        worker.close()
        rows.append(
            [peer.name, answer.get("peak_kib"), answer.get("import_kib"), answer.get("once"), answer.get("error", "")]
        )
    columns = ["library", "peak_mib", "after_import_mib", "first_step_seconds", "note"]
    rows = [
        [
            name,
            f"{peak / 1024:.0f}" if peak else "",
            f"{start / 1024:.0f}" if start else "",
            f"{once:.3g}" if once else "",
            note,
        ]
        for name, peak, start, once, note in rows
    ]
    with open(options.results / "memory.csv", "w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    text = (
        f"# Peak memory of training: {case.name}\n\n{caption(about, options)}\n"
        "One step of training in a process of its own: the largest resident memory, what the process took before a "
        "flow was made (interpreter and library), and the time of the first step, compilation included. Stopped at "
        f"{options.memory_limit:.3g} GiB or {options.memory_timeout:g} s.\n\n"
        + markdown(["library", "peak, MiB", "before, MiB", "first step, s", "note"], rows)
    )
    (options.results / "memory.md").write_text(text)
    log(text)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    names = list(dict.fromkeys(peer.module.removesuffix("_flows") for peer in PEERS))
    add("mode", nargs="?", choices=["compare", "scaling", "memory"], default="compare")
    add("--quick", action="store_true", help="a few small cases, one round, results in a folder of their own")
    add("--cases", default="", help="regular expression for cases, e.g. 'step maf D63 .* threads1$'")
    add("--peers", type=lambda text: text.split(","), default=names, help="comma-separated, of " + ",".join(names))
    add(
        "--threads",
        type=lambda text: [int(n) for n in text.split(",")],
        default=[1, 2],
        help="1,2 unless given; scaling and memory take the first",
    )
    add("--rounds", type=int, default=3)
    add("--seconds", type=float, default=0.02, help="how long a repetition lasts at least")
    add("--repetitions", type=int, default=5, help="of a round; fewer if they take more than a second")
    add("--time-budget", type=float, default=15, metavar="MINUTES", help="of the measurements, 0 for no limit")
    add("--timeout", type=float, default=240, metavar="SECONDS", help="for compiling and warming up a case")
    add("--compiled", choices=["headline", "all", "none"], default="headline", help="which cases use torch.compile too")
    add("--fresh", action="store_true", help="start again instead of going on")
    add("--work", type=Path, default=root / "build" / "peers", help="folder of all that is made")
    add("--venv", type=Path, help="WORK/venv unless given; made if it does not have the versions of requirements.txt")
    add("--use-venv", action="store_true", help="take the environment as it is")
    add("--python", default=sys.executable, help="interpreter for the environment")
    add("--build", type=Path, help="build folder of bijou_runner, WORK/bijou unless given")
    add("--runner", type=Path, help="bijou_runner, already built")
    add("--march", default="x86-64-v3", help="for bijou_runner; native for this machine's processor")
    add("--results", type=Path, help="WORK/results/MODE unless given")
    add(
        "--memory-limit",
        type=float,
        default=0.7 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        metavar="GIB",
    )
    add("--memory-timeout", type=float, default=600, metavar="SECONDS")
    options = parser.parse_args()
    options.work = options.work.resolve()
    options.venv = (options.venv or options.work / "venv").resolve()
    options.build = (options.build or options.work / "bijou").resolve()
    options.results = (
        options.results or options.work / ("quick" if options.quick else "results") / options.mode
    ).resolve()
    if options.quick:
        options.rounds, options.repetitions = min(options.rounds, 1), min(options.repetitions, 2)
    if unknown := set(options.peers) - set(names):
        parser.error(f"unknown peers: {', '.join(unknown)}")
    return options


def main() -> None:
    options = parse()
    if options.fresh and options.results.exists():
        for name in ("results.csv", "threads.csv", "scaling.csv", "about.json"):
            (options.results / name).unlink(missing_ok=True)
    options.results.mkdir(parents=True, exist_ok=True)
    python = options.venv / "bin" / "python" if options.use_venv else make_environment(options.python, options.venv)
    bijou = Bijou(options.runner.resolve() if options.runner else build_runner(options.build, options.march))
    workers = Workers(python, options.work)
    try:
        about = describe(options, bijou, workers)
        if options.mode == "compare":
            compare = Compare(options, bijou, workers, about)
            if options.quick:
                check(compare)
            try:
                end = compare.run()
            except KeyboardInterrupt:
                end = "interrupted; run it again to go on"
            write_tables(compare, end)
        elif options.mode == "scaling":
            workers.close()
            scaling(options, bijou)
        else:
            workers.close()
            memory(options, bijou, python, about)
    finally:
        workers.close()
    checked([python, here / "plots.py", options.results])


if __name__ == "__main__":
    main()
