"""Measures cases: bijou by bijou_runner, the others by worker.py, each in a process of its own. Every answer becomes a
line of JSON in the folder of the results: results.jsonl, threads.jsonl, scaling.jsonl, memory.jsonl. Lines are only
added, so that an interrupted run goes on; a case is written once it is complete."""

import argparse
import hashlib
import json
import os
import platform
import re
import select
import statistics
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cases
from cases import HEADLINE, PEERS, QUICK, THREADS, Case, Peer

here = Path(__file__).resolve().parent
cpus = sorted(os.sched_getaffinity(0))
Row = dict[str, Any]


def log(text: str) -> None:
    print(text, flush=True)


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
        if run.returncode != 0:
            return {"error": run.stderr.strip() or f"exit {run.returncode}"}
        return json.loads(run.stdout)


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


class Lines:
    """A file of JSON lines, to which rows are added."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[Row] = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def add(self, rows: list[Row]) -> None:
        self.rows += rows
        with open(self.path, "a") as file:
            file.write("".join(json.dumps(row) + "\n" for row in rows))

    def has(self, **key: Any) -> bool:
        return any(all(row.get(name) == value for name, value in key.items()) for row in self.rows)


class Compare:
    def __init__(self, options: argparse.Namespace, bijou: Bijou, workers: Workers, about: dict[str, Any]) -> None:
        self.options, self.bijou, self.workers, self.about = options, bijou, workers, about
        self.start = time.monotonic()
        self.deadline = self.start + 60 * options.time_budget if options.time_budget else float("inf")
        self.peers = [peer for peer in PEERS if peer.library in options.peers]
        self.results = Lines(options.results / "results.jsonl")
        self.threads = Lines(options.results / "threads.jsonl")

    def late(self) -> bool:
        return time.monotonic() > self.deadline

    def wanted(self, case: Case) -> list[Peer]:
        with_compiled = self.options.compiled == "all" or (
            self.options.compiled == "headline" and case in [*HEADLINE, *QUICK[:2]]
        )
        return [peer for peer in self.peers if case.kind in peer.kinds and (with_compiled or not peer.compiled)]

    def chosen(self) -> list[Case]:
        threads = self.options.threads
        every = QUICK if self.options.quick else [*HEADLINE, *cases.sweep(threads)]
        pattern = re.compile(self.options.cases)
        return [case for case in dict.fromkeys(every) if case.threads in threads and pattern.search(case.name)]

    def run(self) -> str:
        """Says how far it came."""
        chosen = self.chosen()
        head = [case for case in chosen if case in HEADLINE or self.options.quick]
        left = 0
        for number, case in enumerate(chosen):
            if number == len(head):
                self.measure_threads()
            names = ["bijou", *(peer.name for peer in self.wanted(case))]
            if all(self.results.has(**asdict(case), library=name) for name in names):
                continue
            if self.late():
                left += 1
                continue
            log(f"[{number + 1}/{len(chosen)}] {case.name}  ({(time.monotonic() - self.start) / 60:.1f} min)")
            self.results.add(self.measure(case))
        if len(head) == len(chosen):
            self.measure_threads()
        if left:
            return f"{left} of {len(chosen)} cases are left: the time was up; run it again to go on"
        return "all cases are done"

    def measure(self, case: Case) -> list[Row]:
        """A row for each library and round, or one with a note if a library has no times."""
        notes: dict[str, str] = {}
        parameters: dict[str, int] = {}
        ready = self.prepare(case, notes, parameters)
        rounds: dict[str, list[Row]] = {}
        for r in range(self.options.rounds):
            if r > 0 and self.late():
                log("    time is up: fewer rounds")
                break
            for library in [self.bijou, *ready]:
                name = library.name
                if name in notes or (r > 1 and min(rounds[name][0]["seconds"]) > 2):
                    continue
                if isinstance(library, Peer):
                    answer = self.workers.get(library, case.threads).ask(
                        do="measure", seconds=self.options.seconds, repetitions=self.options.repetitions
                    )
                else:
                    answer = library.measure(case, self.options.seconds, self.options.repetitions)
                if "error" in answer:
                    notes[name] = answer["error"]
                    continue
                count = parameters.setdefault(name, answer.get("parameters"))
                times = {"seconds": answer["seconds"], "calls": answer["calls"]}
                rounds.setdefault(name, []).append({"round": r, **times, "parameters": count})

        rows: list[Row] = []
        bijou = rounds["bijou"] if "bijou" in rounds and "bijou" not in notes else []
        for name in ("bijou", *(peer.name for peer in self.wanted(case))):
            if name in notes:
                log(f"    {name:16} {notes[name]}")
                rows.append(asdict(case) | {"library": name, "note": notes[name]})
                continue
            rows += [asdict(case) | {"library": name} | row for row in rounds[name]]
            ratio = f"  x {median(rounds[name]) / median(bijou):.3g}" if bijou else ""
            log(f"    {name:16} {1e3 * median(rounds[name]):10.3f} ms{ratio}")
            if bijou and abs(parameters[name] / parameters["bijou"] - 1) > 0.03:
                log(f"    {name}: {parameters[name]} parameters, bijou has {parameters['bijou']}")
        return rows

    def prepare(self, case: Case, notes: dict[str, str], parameters: dict[str, int]) -> list[Peer]:
        """The peers that have made and warmed up the flow, all at the same time; the others get a note."""
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
        return [peer for peer in asked if peer.name not in notes]

    def measure_threads(self) -> None:
        """bijou alone on one thread and on two, in turns."""
        if self.options.quick or 2 not in self.options.threads or len(cpus) < 2:
            return
        for pair in zip(THREADS[::2], THREADS[1::2]):
            if not re.search(self.options.cases, pair[0].name):
                continue
            if all(self.threads.has(**asdict(case)) for case in pair) or self.late():
                continue
            rows: list[Row] = []
            for r in range(self.options.rounds):
                for case in pair:
                    answer = self.bijou.measure(case, self.options.seconds, self.options.repetitions)
                    if "error" in answer:
                        log(f"{case.name}: {answer['error']}")
                    else:
                        rows.append(asdict(case) | {"round": r, "seconds": answer["seconds"]})
            one, two = ([row for row in rows if row["threads"] == n] for n in (1, 2))
            if one and two:
                self.threads.add(rows)
                log(f"{pair[0].name}: bijou on 2 threads is faster by {median(one) / median(two):.2f}")

    def check(self) -> None:
        """That each peer's flow is a flow: the density of an untrained one over the plane, and training lowers nll."""
        for peer in self.peers:
            for kind in peer.kinds:
                if kind in self.about["lacks"][peer.name] or peer.compiled:
                    continue
                answer = self.workers.get(peer, 1).ask(do="check", kind=kind, timeout=self.options.timeout)
                if "error" in answer:
                    log(f"{peer.name:16} {kind:9} {answer['error']}")
                    continue
                good = abs(answer["integral"] - 1) < 1e-2 and answer["nll"][1] < answer["nll"][0]
                log(
                    f"{peer.name:16} {kind:9} integral of the density {answer['integral']:.5f}, "
                    f"nll {answer['nll'][0]:.3f} -> {answer['nll'][1]:.3f}: {'a flow' if good else 'WRONG'}"
                )


def median(rounds: list[Row]) -> float:
    """Over rounds, of the medians of their repetitions."""
    return statistics.median(statistics.median(row["seconds"]) for row in rounds)


def scaling(options: argparse.Namespace, bijou: Bijou) -> None:
    """bijou's time against one quantity at a time."""
    lines = Lines(options.results / "scaling.jsonl")
    for against, case in cases.scaling(options.quick, options.threads[0]):
        key = asdict(case) | {"against": against}
        if lines.has(**key):
            continue
        answer = bijou.measure(case, options.seconds, options.repetitions)
        if "error" in answer:
            log(f"{case.name}: {answer['error']}")
            continue
        row = key | {"parameters": answer["parameters"], "seconds": answer["seconds"]}
        lines.add([row])
        log(f"{against:10} {case.name}: {1e3 * median([row]):.4g} ms")


def memory(options: argparse.Namespace, bijou: Bijou, workers: Workers, about: dict[str, Any]) -> None:
    """Peak of the resident memory of one step of training in a fresh process."""
    case = cases.memory(options.quick, options.threads[0])
    lines = Lines(options.results / "memory.jsonl")
    for library in [bijou, *(peer for peer in PEERS if not peer.compiled and peer.library in options.peers)]:
        if lines.has(**asdict(case), library=library.name):
            continue
        if isinstance(library, Bijou):
            answer = bijou.measure(case, 0, 1, timeout=options.memory_timeout)
        elif about["lacks"][library.name].get(case.kind):
            continue
        else:
            worker = Worker(library, case.threads, workers.python, options.work)
            worker.send(do="memory", case=case.without_threads())
            answer = worker.receive(options.memory_timeout, options.memory_limit * 2**20)
            worker.close()
        found = {key: answer.get(key) for key in ("peak_kib", "import_kib", "once")}
        lines.add([asdict(case) | {"library": library.name, "note": answer.get("error")} | found])
        log(f"{library.name:16} {answer.get('error') or format(answer['peak_kib'] / 1024, '.0f') + ' MiB'}")


def describe(options: argparse.Namespace, bijou: Bijou, workers: Workers) -> dict[str, Any]:
    """Versions and machine. Results are only added to those of the same."""
    versions: dict[str, str] = {}
    lacks: dict[str, dict[str, str]] = {}
    for peer in PEERS:
        if peer.compiled or peer.library not in options.peers:
            continue
        answer = workers.get(peer, 1).ask(do="about")
        if "error" in answer:
            log(f"{peer.name}: {answer['error']} (see {workers.work / 'logs'})")
            reason = f"does not start: {answer['error']}"
            answer = {"versions": {}, "lacks": {kind: reason for kind in ("maf", "coupling")}}
        versions |= answer["versions"]
        lacks |= {p.name: answer["lacks"] for p in PEERS if p.module == peer.module}
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    command = [workers.python, "-c", "import platform; print(platform.python_version())"]
    about: dict[str, Any] = {
        "bijou": bijou.about(),
        "runner": hashlib.sha256(bijou.runner.read_bytes()).hexdigest(),
        "versions": versions,
        "lacks": lacks,
        "cpu": cpu[1] if cpu else platform.machine(),
        "cpus": len(cpus),
        "memory_gib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        "system": f"{platform.system()} {platform.release()}",
        "python": subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip(),
    }
    path = options.results / "about.json"
    if path.exists():
        old = json.loads(path.read_text())
        about["bijou"]["fma_peak"] = max(about["bijou"]["fma_peak"], old["bijou"]["fma_peak"])
        about["versions"] = old["versions"] | versions
        about["lacks"] = old["lacks"] | lacks
        if changed := [key for key in about if key != "bijou" and about[key] != old.get(key)]:
            sys.exit(
                f"{options.results} is of another {', '.join(changed)}: "
                "name another folder with --results, or start again with --fresh"
            )
    path.write_text(json.dumps(about, indent=2) + "\n")
    return about
