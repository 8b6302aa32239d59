"""nflows: autoregressive transforms without residual blocks, and coupling transforms with an MLP, each followed by
ReversePermutation."""

import torch
from nflows.distributions.normal import StandardNormal
from nflows.flows.base import Flow
from nflows.nn.nets import MLP
from nflows.transforms.autoregressive import (
    MaskedAffineAutoregressiveTransform,
    MaskedPiecewiseRationalQuadraticAutoregressiveTransform,
)
from nflows.transforms.base import CompositeTransform
from nflows.transforms.coupling import AffineCouplingTransform, PiecewiseRationalQuadraticCouplingTransform
from nflows.transforms.permutations import ReversePermutation

from torch_flow import TorchFlow, half_mask
from torch_flow import versions as torch_versions

LACKS: dict[str, str] = {}
SPLINE = {"num_bins": 8, "tails": "linear", "tail_bound": 5}


def versions() -> dict[str, str]:
    return torch_versions("nflows")


class Conditioner(MLP):
    """nflows' MLP takes no context, which its couplings pass."""

    def forward(self, inputs: torch.Tensor, context: torch.Tensor | None = None) -> torch.Tensor:
        return super().forward(inputs)


def make(kind: str, d: int, hidden: int, layers: int, compiled: bool = False) -> TorchFlow:
    torch.manual_seed(0)
    splines = kind.startswith("nsf")
    options = SPLINE if splines else {}
    if splines:
        masked, coupling = (
            MaskedPiecewiseRationalQuadraticAutoregressiveTransform,
            PiecewiseRationalQuadraticCouplingTransform,
        )
    else:
        masked, coupling = MaskedAffineAutoregressiveTransform, AffineCouplingTransform
    members: list[torch.nn.Module] = []
    for _ in range(layers):
        if kind in ("maf", "nsf"):
            members.append(
                masked(features=d, hidden_features=hidden, num_blocks=1, use_residual_blocks=False, **options)
            )
        else:
            members.append(
                coupling(
                    mask=~half_mask(d, 0),
                    transform_net_create_fn=lambda i, o: Conditioner([i], [o], [hidden, hidden]),
                    **options,
                )
            )
        members.append(ReversePermutation(d))
    flow = Flow(CompositeTransform(members), StandardNormal([d]))
    return TorchFlow(
        flow,
        log_prob=flow.log_prob,
        sample=flow.sample,
        compiled=compiled,
        networks=[m.autoregressive_net for m in members[::2]] if kind in ("maf", "nsf") else [],
    )
