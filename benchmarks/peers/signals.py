"""Flows of images and of sounds by bijou and by torch, of the same sizes, on one core: Glow beside normflows' on the
digits of scikit-learn, FloWaveNet beside a torch program of the same layers on clips that are made here. Prints a table.

    pip install torch normflows scikit-learn
    cmake -S benchmarks/peers -B build/peers/bijou -DBIJOU_MARCH=native
    cmake --build build/peers/bijou --target bijou_signals
    OMP_NUM_THREADS=1 python benchmarks/peers/signals.py build/peers/bijou/bijou_signals

--steps 20 to see that everything works. Both sides have steps of Adam with a cosine schedule, new noise in each batch,
float, and ActNorm started by data. Seconds are those of the steps alone. Bits are those for each pixel or sample of the
test set: of the digits each fifth, of the clips those after the training ones, in crops that are events of their own.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import normflows
import numpy
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import conv1d

# first: events that start ActNorm; clip: the largest norm of a gradient; draws: of the noise for the test.
SETTINGS = {
    "glow": {
        "steps": 1100, "batch": 128, "rate": 1e-3, "clip": 50, "first": 512, "draws": 10,
        "size": 8, "grey": 17, "levels": 2, "flows": 8, "width": 64,
    },
    "flo_wave_net": {
        "steps": 500, "batch": 16, "rate": 1e-3, "clip": 1, "first": 64, "draws": 3,
        "crop": 1024, "blocks": 4, "flows": 4, "layers": 2, "width": 32,
    },
}  # fmt: skip
NAMES = {"glow": "Glow", "flo_wave_net": "FloWaveNet"}
PEERS = {"glow": f"normflows {normflows.__version__}", "flo_wave_net": "torch"}
HEADER = (
    "| flow | library | parameters | steps | training, s CPU (wall) | ms CPU for a step | times | test bits |\n"
    "|---|---|---|---|---|---|---|---|"
)


def digits() -> tuple[numpy.ndarray, numpy.ndarray]:
    """Images to train and to test with, one in each row, grey levels from 0 to 16."""
    images = load_digits().data.astype(numpy.int32)
    is_test = numpy.arange(len(images)) % 5 == 0
    return images[~is_test], images[is_test]


def vowel(rng: numpy.random.Generator, length: int = 4096, rate: int = 8000) -> numpy.ndarray:
    """Pulses of a falling pitch through two resonances, with some noise, rounded to 12 bits."""
    t = numpy.arange(length)
    phase = numpy.cumsum((rng.uniform(80, 200) - 0.005 * t) / rate)
    value = 0.001 * rng.standard_normal(length) + 0.05 * (numpy.diff(numpy.floor(phase), prepend=0) > 0)
    for angle in (rng.uniform(0.2, 0.5), rng.uniform(0.8, 1.4)):
        first = second = 0.0
        for i in range(length):
            first, second = value[i] + 2 * 0.97 * math.cos(angle) * first - 0.97**2 * second, first
            value[i] = first
    return numpy.round(1024 * value / abs(value).max())


def clips() -> tuple[numpy.ndarray, numpy.ndarray]:
    rng = numpy.random.default_rng(7)
    every = numpy.array([vowel(rng) for _ in range(20)])
    return every[:16], every[16:]


class FloWaveNet(nn.Module):
    """Blocks of a squeeze by 2 and steps of ActNorm, coupling and a swap of the halves (Kim et al. 2019). No context,
    nothing leaves early."""

    def __init__(self, blocks: int, flows: int, layers: int, width: int) -> None:
        super().__init__()
        channels = [2**block for block in range(1, blocks + 1)]
        self.blocks = nn.ModuleList(nn.ModuleList(Step(c, layers, width) for _ in range(flows)) for c in channels)

    def start(self, x: Tensor) -> None:
        with torch.no_grad():
            self.walk(x, lambda step, h: step.norm.start(h))

    def log_prob(self, x: Tensor) -> Tensor:
        """x: events x samples."""
        z, log_det = self.walk(x, lambda step, h: None)
        return log_det - 0.5 * z.square().sum(dim=(1, 2)) - 0.5 * z[0].numel() * math.log(2 * math.pi)

    def walk(self, x: Tensor, before: Callable) -> tuple[Tensor, Tensor]:
        h, log_det = x.unsqueeze(1), torch.zeros(len(x))
        for steps in self.blocks:
            events, channels, samples = h.shape
            h = h.reshape(events, channels, samples // 2, 2).transpose(2, 3).reshape(events, 2 * channels, -1)
            for step in steps:
                before(step, h)
                h, change = step(h)
                log_det = log_det + change
        return h, log_det


class Step(nn.Module):
    def __init__(self, channels: int, layers: int, width: int) -> None:
        super().__init__()
        self.norm = ActNorm(channels)
        self.network = WaveNet(channels // 2, layers, width)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x, log_det = self.norm(x)
        passed, changed = x.chunk(2, dim=1)
        log_scale, shift = self.network(passed).chunk(2, dim=1)
        changed = (changed - shift) * torch.exp(-log_scale)
        return torch.cat([changed, passed], dim=1), log_det - log_scale.sum(dim=(1, 2))


class ActNorm(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(channels, 1))
        self.log_scale = nn.Parameter(torch.zeros(channels, 1))

    def start(self, x: Tensor) -> None:
        self.shift.copy_(-x.mean(dim=(0, 2)).unsqueeze(1))
        self.log_scale.copy_(-(x.std(dim=(0, 2)) + 1e-6).log().unsqueeze(1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return (x + self.shift) * self.log_scale.exp(), x.shape[2] * self.log_scale.sum()


class Convolution(nn.Module):
    """With weight norm: one length for each output."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.direction = nn.Parameter(nn.init.kaiming_normal_(torch.empty(outputs, inputs, kernel)))
        self.length = nn.Parameter(self.direction.detach().norm(dim=(1, 2), keepdim=True))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.dilation, self.padding = dilation, dilation * (kernel - 1) // 2

    def forward(self, x: Tensor) -> Tensor:
        weight = torch._weight_norm(self.direction, self.length, 0)
        return conv1d(x, weight, self.bias, padding=self.padding, dilation=self.dilation)


class WaveNet(nn.Module):
    def __init__(self, channels: int, layers: int, width: int) -> None:
        super().__init__()
        self.front = Convolution(channels, width, 3)
        self.gates = nn.ModuleList(Convolution(width, 2 * width, 3, 2**layer) for layer in range(layers))
        self.skips = nn.ModuleList(Convolution(width, width) for _ in range(layers))
        self.mixes = nn.ModuleList(Convolution(width, width) for _ in range(layers - 1))
        self.end = Convolution(width, width)
        self.last = nn.Conv1d(width, 2 * channels, 1)
        self.last_log_scale = nn.Parameter(torch.zeros(2 * channels, 1))
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, x: Tensor) -> Tensor:
        h = self.front(x).relu()
        sum_of_skips = 0
        for layer, gate in enumerate(self.gates):
            f, g = gate(h).chunk(2, dim=1)
            o = f.tanh() * g.sigmoid()
            sum_of_skips = sum_of_skips + self.skips[layer](o)
            if layer < len(self.mixes):
                h = math.sqrt(0.5) * (h + self.mixes[layer](o))
        return self.last(self.end(sum_of_skips.relu()).relu()) * torch.exp(3 * self.last_log_scale)


def glow_of_normflows(size: int, levels: int, flows: int, width: int) -> normflows.MultiscaleFlow:
    """Its lists begin at the noise."""
    bases, blocks, merges = [], [], []
    for level in range(levels, 0, -1):
        channels, side = 2 ** (level + 1), size // 2**level
        steps = [normflows.flows.GlowBlock(channels, width) for _ in range(flows)]
        blocks.append([*steps, normflows.flows.Squeeze()])
        if level < levels:
            merges.append(normflows.flows.Merge())
        bases.append(normflows.distributions.GlowBase((channels if level == levels else channels // 2, side, side)))
    return normflows.MultiscaleFlow(bases, blocks, merges, class_cond=False)


def train(flow: nn.Module, log_prob: Callable, sample: Callable, settings: dict, scale: float = 1) -> dict:
    """sample(count): so many events to train with. scale: of the loss."""
    optimizer = torch.optim.Adam(flow.parameters(), lr=settings["rate"])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings["steps"])
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(settings["steps"]):
        optimizer.zero_grad()
        loss = -scale * log_prob(sample(settings["batch"])).mean()
        loss.backward()
        nn.utils.clip_grad_norm_(flow.parameters(), settings["clip"])
        optimizer.step()
        schedule.step()
    return {
        "train_cpu": time.process_time() - cpu,
        "train_wall": time.perf_counter() - wall,
        "parameters": sum(p.numel() for p in flow.parameters()),
    }


def peer_glow(images: numpy.ndarray, test: numpy.ndarray, s: dict) -> dict:
    flow = glow_of_normflows(s["size"], s["levels"], s["flows"], s["width"])
    data, test = (torch.from_numpy(x).float().reshape(-1, 1, s["size"], s["size"]) for x in (images, test))
    order = torch.empty(0, dtype=torch.long)

    def log_prob(x: Tensor) -> Tensor:
        return flow.log_prob(x, None)

    def dequantized(q: Tensor) -> Tensor:
        return (q + torch.rand_like(q)) / s["grey"] - 0.5

    def sample(count: int) -> Tensor:
        nonlocal order
        if len(order) < count:
            order = torch.randperm(len(data))
        chosen, order = order[:count], order[count:]
        return dequantized(data[chosen])

    with torch.no_grad():
        log_prob(sample(s["first"]))
    answer = train(flow, log_prob, sample, s)
    with torch.no_grad():
        log_p = log_prob(dequantized(test.repeat(s["draws"], 1, 1, 1))).double().mean().item()
        drawn = torch.cat([flow.sample(1000)[0] for _ in range(10)])
    drawn = drawn[torch.isfinite(drawn).flatten(1).all(1)]  # as grey levels beside the training images
    levels = torch.floor((drawn + 0.5) * s["grey"]).clamp(0, s["grey"] - 1)
    distance = ((levels.mean(0) - data.mean(0)) / (s["grey"] - 1)).abs().max().item()
    print(
        f"normflows: the mean of a pixel in {len(drawn)} finite draws of 10,000 is off by {distance:.3f} of the range of grey "
        "at most",
        file=sys.stderr,
    )
    return answer | {"bits": -log_p / (data[0].numel() * math.log(2)) + math.log2(s["grey"])}


def peer_flo_wave_net(clips: numpy.ndarray, test: numpy.ndarray, s: dict) -> dict:
    flow = FloWaveNet(s["blocks"], s["flows"], s["layers"], s["width"])
    data, test, crop = torch.from_numpy(clips), torch.from_numpy(test), s["crop"]

    def dequantized(q: Tensor) -> Tensor:
        return ((q + torch.rand_like(q) - 0.5) / s["deviation"]).float()

    def sample(count: int) -> Tensor:
        rows = torch.randint(len(data), (count, 1))
        first = torch.randint(data.shape[1] - crop + 1, (count, 1))
        return dequantized(data[rows, first + torch.arange(crop)])

    flow.start(sample(s["first"]))
    answer = train(flow, flow.log_prob, sample, s, 1 / crop)
    with torch.no_grad():
        log_p = flow.log_prob(dequantized(test.reshape(-1, crop).repeat(s["draws"], 1))).double().mean().item()
    return answer | {"bits": -log_p / (crop * math.log(2)) + math.log2(s["deviation"])}


def bijou(runner: Path, what: str, **arguments: object) -> dict:
    command = [str(runner), what] + [f"{name}={value}" for name, value in arguments.items()]
    answer = subprocess.run(command, capture_output=True, text=True)
    if answer.returncode != 0:
        sys.exit(f"{' '.join(command)}: {answer.stderr}")
    return json.loads(answer.stdout)


def measure(what: str, options: argparse.Namespace, folder: Path) -> None:
    settings = dict(SETTINGS[what])
    if options.steps:
        settings["steps"] = options.steps
    data, test = digits() if what == "glow" else clips()
    if what == "flo_wave_net":
        settings["deviation"] = float(data.std())
    for name, events in (("train", data), ("test", test)):
        numpy.save(folder / f"{name}.npy", events)
    peer = peer_glow if what == "glow" else peer_flo_wave_net
    runs: dict[str, list[dict]] = {"bijou": [], PEERS[what]: []}
    for seed in range(options.seeds):
        torch.manual_seed(seed)
        runs["bijou"].append(bijou(options.runner, what, folder=folder, seed=seed, **settings))
        runs[PEERS[what]].append(peer(data, test, settings))

    def median(library: str, name: str) -> float:
        return statistics.median(run[name] for run in runs[library])

    for library in runs:
        cpu = median(library, "train_cpu")
        cells = [NAMES[what], library, f"{median(library, 'parameters'):,.0f}", str(settings["steps"])]
        cells += [f"{cpu:.1f} ({median(library, 'train_wall'):.1f})", f"{1000 * cpu / settings['steps']:.1f}"]
        cells += ["" if library == "bijou" else f"{cpu / median('bijou', 'train_cpu'):.2g}"]
        print("| " + " | ".join([*cells, f"{median(library, 'bits'):.3f}"]) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runner", type=Path)
    parser.add_argument("--flows", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--steps", type=int, help="of training; 1,100 for Glow and 500 for FloWaveNet unless given")
    parser.add_argument("--seeds", type=int, default=1, help="medians of so many")
    parser.add_argument("--core", type=int, default=0)
    options = parser.parse_args()
    options.runner = options.runner.resolve()
    os.sched_setaffinity(0, {options.core})
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, {options.seeds} seed(s), medians; times: processor time over bijou's\n\n{HEADER}")
    with tempfile.TemporaryDirectory() as folder:
        for what in options.flows:
            measure(what, options, Path(folder))


main()
