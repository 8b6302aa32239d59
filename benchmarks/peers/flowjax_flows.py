"""FlowJAX: masked_autoregressive_flow and coupling_flow, with their default affine transformer or splines. Above D = 2 FlowJAX
permutes the coordinates at random between the layers, where the others reverse them."""

import equinox as eqx
import jax
import paramax
from flowjax.bijections import RationalQuadraticSpline
from flowjax.distributions import StandardNormal
from flowjax.flows import coupling_flow, masked_autoregressive_flow

from jax_flow import JaxFlow
from jax_flow import versions as jax_versions

LACKS: dict[str, str] = {}


def versions() -> dict[str, str]:
    return jax_versions("flowjax", "equinox")


def make(kind: str, d: int, hidden: int, layers: int, compiled: bool = False) -> JaxFlow:
    build = coupling_flow if kind.endswith("coupling") else masked_autoregressive_flow
    splines = {"transformer": RationalQuadraticSpline(knots=7, interval=5)} if kind.startswith("nsf") else {}
    base = StandardNormal((d,))
    flow = build(jax.random.key(0), base_dist=base, flow_layers=layers, nn_width=hidden, nn_depth=2, **splines)
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
