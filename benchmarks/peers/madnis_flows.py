"""madnis: Flow on the unit box, couplings of splines with 10 bins, two for each bit of the coordinates' indices."""

import torch
from madnis.nn import Flow

from torch_flow import TorchFlow
from torch_flow import versions as torch_versions

LACKS: dict[str, str] = {}


def versions() -> dict[str, str]:
    return torch_versions("madnis")


def make(kind: str, d: int, hidden: int, layers: int, compiled: bool = False) -> TorchFlow:
    torch.manual_seed(0)
    flow = Flow(d, units=hidden)
    return TorchFlow(flow, log_prob=flow.log_prob, sample=flow.sample, compiled=compiled, networks=[])
