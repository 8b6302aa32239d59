"""distrax: SplitCoupling of ScalarAffine or RationalQuadraticSpline, with an MLP written here (distrax has no networks of its own)."""

import distrax
import jax
import jax.numpy as jnp

from jax_flow import JaxFlow, dense_layers, mlp
from jax_flow import versions as jax_versions

BINS = 8
LACKS = {kind: "no autoregressive bijector" for kind in ("maf", "nsf")}


def versions() -> dict[str, str]:
    return jax_versions("distrax")


def make(kind: str, d: int, hidden: int, layers: int, compiled: bool = False) -> JaxFlow:
    if kind in LACKS:
        raise NotImplementedError(f"distrax: {LACKS[kind]}")
    passed = d // 2
    splines = kind == "nsf_coupling"
    outputs = (3 * BINS + 1 if splines else 2) * (d - passed)
    parameters = [dense_layers([passed, hidden, hidden, outputs], seed) for seed in range(layers)]

    def affine(outputs: jax.Array) -> distrax.Bijector:
        shift, log_scale = jnp.split(outputs, 2, axis=-1)
        return distrax.Block(distrax.ScalarAffine(shift=shift, log_scale=log_scale), 1)

    def spline(outputs: jax.Array) -> distrax.Bijector:
        parameters = outputs.reshape(*outputs.shape[:-1], d - passed, 3 * BINS + 1)
        map = distrax.RationalQuadraticSpline(parameters, -5.0, 5.0, boundary_slopes="identity")
        return distrax.Block(map, 1)

    def flow(p: list) -> distrax.Transformed:
        couplings = [
            distrax.SplitCoupling(
                split_index=d - passed if i % 2 else passed,
                event_ndims=1,
                conditioner=lambda x, network=network: mlp(network, x),
                bijector=spline if splines else affine,
                swap=i % 2 == 1,
            )
            for i, network in enumerate(p)
        ]
        base = distrax.MultivariateNormalDiag(jnp.zeros(d), jnp.ones(d))
        return distrax.Transformed(base, distrax.Chain(couplings))

    return JaxFlow(
        parameters,
        density=lambda p, x: flow(p).log_prob(x),
        draw=lambda p, key, n: flow(p).sample(seed=key, sample_shape=(n,)),
    )
