"""FlowJAX: masked_autoregressive_flow and coupling_flow with their default affine transformer. Above D = 2 FlowJAX
permutes the coordinates at random between the layers, where the others reverse them."""

import equinox as eqx
import jax
import paramax
from flowjax.distributions import StandardNormal
from flowjax.flows import coupling_flow, masked_autoregressive_flow

from jax_flow import JaxFlow
from jax_flow import versions as jax_versions

LACKS: dict[str, str] = {}


def versions() -> dict[str, str]:
    return jax_versions("flowjax", "equinox")


def make(kind: str, d: int, hidden: int, layers: int, compiled: bool = False) -> JaxFlow:
    build = {"maf": masked_autoregressive_flow, "coupling": coupling_flow}[kind]
    flow = build(jax.random.key(0), base_dist=StandardNormal((d,)), flow_layers=layers, nn_width=hidden, nn_depth=2)
    trainable, rest = eqx.partition(
        flow, eqx.is_inexact_array, is_leaf=lambda leaf: isinstance(leaf, paramax.NonTrainable)
    )
    return JaxFlow(
        trainable,
        density=lambda flow, x: flow.log_prob(x),
        draw=lambda flow, key, n: flow.sample(key, (n,)),
        inference=lambda p: paramax.unwrap(eqx.combine(p, rest)),
        train_density=lambda p, x: eqx.combine(p, rest).log_prob(x),
    )
