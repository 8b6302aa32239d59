"""What is measured: libraries, flows, operations."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any


KINDS = ("maf", "coupling", "nsf", "nsf_coupling")


@dataclass(frozen=True)
class Peer:
    name: str
    module: str
    compiled: bool = False
    kinds: tuple[str, ...] = KINDS

    @property
    def library(self) -> str:
        return self.module.removesuffix("_flows")


PEERS = [
    Peer("zuko", "zuko_flows"),
    Peer("zuko compiled", "zuko_flows", compiled=True),
    Peer("nflows", "nflows_flows"),
    Peer("nflows compiled", "nflows_flows", compiled=True),
    Peer("flowjax", "flowjax_flows"),
    Peer("distrax", "distrax_flows"),
    Peer("tfp", "tfp_flows"),
    Peer("madnis", "madnis_flows", kinds=("unit_box",)),
    Peer("madspace", "madspace_flows", kinds=("unit_box",)),
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
    Case(operation, kind, d, 512, 5, 1024, threads)
    for kind in ("maf", "coupling")
    for d in (63, 21)
    for operation in ("step", "log_prob", "sample")
    for threads in (1, 2)
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
        for d, hidden in ((6, 64), (63, 128), (21, 128), (2, 64)):
            for kind in ("nsf", "nsf_coupling"):
                for batch in (256, 1, 1024, 32):
                    for operation in ("log_prob", "step", "sample"):
                        yield Case(operation, kind, d, hidden, 5, batch, n)
        for d, layers in ((4, 4), (8, 6)):  # two for each bit of the indices, as madnis has them
            for batch in (1_000, 10_000):
                for operation in ("log_prob", "step", "sample"):
                    yield Case(operation, "unit_box", d, 32, layers, batch, n)


def scaling(quick: bool, threads: int) -> Iterator[tuple[str, Case]]:
    """What the time is plotted against, and a case: one quantity at a time."""
    series = {
        "batch": [Case("", "maf", 21, 512, 5, 2**k) for k in range(0, 7 if quick else 17, 2 if quick else 1)],
        "layers": [Case("", "maf", 21, 128, 2**k, 256) for k in range(3 if quick else 7)],
        "parameters": [Case("", "maf", 63, 2**k, 5, 256) for k in range(5, 8 if quick else 12)],
    }
    for against, cases in series.items():
        for case in cases:
            for operation in ("step", "log_prob", "sample"):
                yield against, replace(case, operation=operation, threads=threads)


def memory(quick: bool, threads: int) -> Case:
    return Case("step", "maf", 63, 128 if quick else 512, 5, 1_000 if quick else 100_000, threads)
