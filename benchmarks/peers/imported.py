"""A spline flow of zuko, after a short training, beside itself opened by bijou from its state_dict: log_prob and sample
on one thread, the time to the first draw, and how far ln p differs. Prints the table of docs/performance.md.

    cmake -S benchmarks/peers -B build/peers/bijou && cmake --build build/peers/bijou --target bijou_imported
    python benchmarks/peers/imported.py build/peers/bijou/bijou_imported
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy
import torch
import zuko

torch.set_num_threads(1)


def trained(d: int) -> zuko.flows.Flow:
    torch.manual_seed(0)
    flow = zuko.flows.NSF(d, transforms=3, hidden_features=(64, 64))
    optimizer = torch.optim.Adam(flow.parameters(), 1e-3)
    for _ in range(20):
        z = torch.randn(256, d)
        loss = -flow().log_prob(z + 0.3 * z.flip(1) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return flow.eval()


def seconds_of(call, seconds: float, repetitions: int) -> float:
    call()
    calls = 1

    def run() -> float:
        start = time.perf_counter()
        for _ in range(calls):
            call()
        return time.perf_counter() - start

    while run() < seconds:
        calls *= 2
    return statistics.median(run() / calls for _ in range(repetitions))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runner", type=Path)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    print("| D | events | | zuko, us | bijou, us | times | ln p differs | first draw, ms |")
    print("|---|---|---|---|---|---|---|---|")
    for d in (6, 63):
        flow = trained(d)
        with tempfile.TemporaryDirectory() as name, torch.no_grad():
            folder = Path(name)
            torch.save(flow.state_dict(), folder / "flow.pt")
            for events in (1, 64, 4096):
                x = torch.randn(events, d)
                numpy.save(folder / "x.npy", x.numpy())
                command = [options.runner, folder / "flow.pt", folder / "x.npy", options.seconds, options.repetitions]
                answer = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
                own = json.loads(answer.stdout)
                values = flow().log_prob(x)
                apart = (values - torch.tensor(own["values"])).abs() / values.abs().clamp(min=1)
                peers = {
                    "log_prob": seconds_of(lambda: flow().log_prob(x), options.seconds, options.repetitions),
                    "sample": seconds_of(lambda: flow().sample((events,)), options.seconds, options.repetitions),
                }
                for operation, seconds in peers.items():
                    print(
                        f"| {d} | {events} | {operation} | {1e6 * seconds:.3g} | {1e6 * own[operation]:.3g} "
                        f"| {seconds / own[operation]:.3g} | {apart.max():.1e} | {1e3 * own['first_draw']:.2f} |",
                        flush=True,
                    )


main()
