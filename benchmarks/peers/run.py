#!/usr/bin/env python3
"""bijou beside zuko, nflows, FlowJAX, distrax and TFP on the same flows: one command, nothing needed before.

    python3 benchmarks/peers/run.py                 # the comparison, 15 minutes; run it again and it goes on
    python3 benchmarks/peers/run.py --quick         # a few small cases, to see that everything works
    python3 benchmarks/peers/run.py scaling         # bijou's time against batch, depth and parameters
    python3 benchmarks/peers/run.py memory          # peak memory of a training step with 100,000 events

Without one of these names `compare` is meant; its options: run.py compare --help. Makes a virtual environment with the
versions of requirements.txt and builds bijou_runner, both in build/peers unless told otherwise, and writes what it
measures (JSON lines), tables (CSV, Markdown) and plots (PNG) to build/peers/results/. Needs Linux, Python 3.11 or newer,
a C++20 compiler, CMake, Eigen, Google Benchmark, and about 7 GB of disk.
"""

import argparse
import datetime
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from cases import PEERS
from measure import Bijou, Compare, Workers, describe, log, memory, scaling

here = Path(__file__).resolve().parent
root = here.parent.parent


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


def numbers(text: str) -> list[int]:
    return [int(n) for n in text.split(",")]


def parse(arguments: list[str]) -> argparse.Namespace:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    modes = parser.add_subparsers(dest="mode", required=True)

    every = argparse.ArgumentParser(add_help=False)
    add = every.add_argument
    add("--quick", action="store_true", help="a few small cases, results in a folder of their own")
    add("--fresh", action="store_true", help="start again instead of going on")
    add("--work", type=Path, default=root / "build" / "peers", help="folder of all that is made")
    add("--venv", type=Path, help="WORK/venv unless given; made if it does not have the versions of requirements.txt")
    add("--use-venv", action="store_true", help="take the environment as it is")
    add("--python", default=sys.executable, help="interpreter for the environment")
    add("--build", type=Path, help="build folder of bijou_runner, WORK/bijou unless given")
    add("--runner", type=Path, help="bijou_runner, already built")
    add("--march", default="x86-64-v3", help="for bijou_runner; native for this machine's processor")
    add("--results", type=Path, help="WORK/results/MODE unless given")

    names = list(dict.fromkeys(peer.library for peer in PEERS))
    peers = argparse.ArgumentParser(add_help=False)
    peers.add_argument(
        "--peers",
        type=lambda text: [name for name in text.split(",") if name],
        default=names,
        help=f"comma-separated, of {','.join(names)}; '' for bijou alone",
    )
    times = argparse.ArgumentParser(add_help=False)
    times.add_argument("--seconds", type=float, default=0.02, help="how long a repetition lasts at least")
    times.add_argument("--repetitions", type=int, default=5, help="of a round; fewer if they take more than a second")

    add = modes.add_parser("compare", parents=[every, peers, times], help="bijou beside the others").add_argument
    add("--cases", default="", help="regular expression for cases, e.g. 'step maf D63 .* threads1$'")
    add("--threads", type=numbers, default=[1, 2], help="1,2 unless given")
    add("--rounds", type=int, default=3)
    add("--time-budget", type=float, default=15, metavar="MINUTES", help="of the measurements, 0 for no limit")
    add("--timeout", type=float, default=240, metavar="SECONDS", help="for compiling and warming up a case")
    add("--compiled", choices=["headline", "all", "none"], default="headline", help="which cases use torch.compile too")

    add = modes.add_parser("scaling", parents=[every, times], help="bijou's time against one quantity").add_argument
    add("--threads", type=numbers, default=[1], metavar="THREADS")

    add = modes.add_parser("memory", parents=[every, peers], help="peak memory of a training step").add_argument
    add("--threads", type=numbers, default=[1], metavar="THREADS")
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    add("--memory-limit", type=float, default=0.7 * memory_gib, metavar="GIB")
    add("--memory-timeout", type=float, default=600, metavar="SECONDS")

    if not arguments or (arguments[0] not in modes.choices and arguments[0] not in ("-h", "--help")):
        arguments = ["compare", *arguments]
    options = parser.parse_args(arguments)
    options.work = options.work.resolve()
    options.venv = (options.venv or options.work / "venv").resolve()
    options.build = (options.build or options.work / "bijou").resolve()
    results = options.work / ("quick" if options.quick else "results") / options.mode
    options.results = (options.results or results).resolve()
    options.peers = [] if options.mode == "scaling" else options.peers
    if options.quick and options.mode == "compare":
        options.rounds = min(options.rounds, 1)
    if options.quick and options.mode != "memory":
        options.repetitions = min(options.repetitions, 2)
    if unknown := set(options.peers) - set(names):
        parser.error(f"unknown peers: {', '.join(unknown)}")
    return options


def main() -> None:
    options = parse(sys.argv[1:])
    options.results.mkdir(parents=True, exist_ok=True)
    if options.fresh:
        for name in ("results.jsonl", "threads.jsonl", "scaling.jsonl", "memory.jsonl", "about.json"):
            (options.results / name).unlink(missing_ok=True)
    python = options.venv / "bin" / "python" if options.use_venv else make_environment(options.python, options.venv)
    bijou = Bijou(options.runner.resolve() if options.runner else build_runner(options.build, options.march))
    workers = Workers(python, options.work)
    end = "all is measured"
    try:
        about = describe(options, bijou, workers)
        if options.mode == "compare":
            compare = Compare(options, bijou, workers, about)
            if options.quick:
                compare.check()
            end = compare.run()
        elif options.mode == "scaling":
            scaling(options, bijou)
        else:
            workers.close()
            memory(options, bijou, workers, about)
    except KeyboardInterrupt:
        end = "interrupted; run it again to go on"
    finally:
        workers.close()

    run = vars(options) | {
        "command": shlex.join(["python3", *sys.argv]),
        "date": f"{datetime.datetime.now():%Y-%m-%d %H:%M}",
        "end": end,
    }
    (options.results / "run.json").write_text(json.dumps(run, indent=2, default=str) + "\n")
    checked([python, here / "report.py", options.results])


if __name__ == "__main__":
    main()
