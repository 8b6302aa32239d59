"""zuko: MAF and NSF as they come (the order of the coordinates is reversed in every second transform), and
GeneralCouplingTransform with the first or the last half passing."""

import torch
from zuko.distributions import DiagNormal
from zuko.flows import MAF, NSF, Flow, UnconditionalDistribution
from zuko.flows.coupling import GeneralCouplingTransform
from zuko.transforms import MonotonicRQSTransform

from torch_flow import TorchFlow, half_mask
from torch_flow import versions as torch_versions

LACKS: dict[str, str] = {}
SPLINE = {"univariate": MonotonicRQSTransform, "shapes": [(8,), (8,), (7,)]}  # 8 bins on (-5, 5)


def versions() -> dict[str, str]:
    return torch_versions("zuko")


def make(kind: str, d: int, hidden: int, layers: int, compiled: bool = False) -> TorchFlow:
    torch.manual_seed(0)
    if kind == "maf":
        flow = MAF(features=d, transforms=layers, hidden_features=(hidden, hidden))
    elif kind == "nsf":
        flow = NSF(features=d, bins=8, transforms=layers, hidden_features=(hidden, hidden))
    else:
        spline = SPLINE if kind == "nsf_coupling" else {}
        transforms = [
            GeneralCouplingTransform(features=d, mask=half_mask(d, i), hidden_features=(hidden, hidden), **spline)
            for i in range(layers)
        ]
        base = UnconditionalDistribution(DiagNormal, torch.zeros(d), torch.ones(d), buffer=True)
        flow = Flow(transforms, base)
    return TorchFlow(
        flow,
        log_prob=lambda x: flow().log_prob(x),
        sample=lambda n: flow().sample((n,)),
        compiled=compiled,
        networks=[transform.hyper for transform in flow.transform.transforms] if kind in ("maf", "nsf") else [],
    )
