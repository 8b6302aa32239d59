"""TensorFlow Probability on JAX: MaskedAutoregressiveFlow and RealNVP, with networks written here
(AutoregressiveNetwork and real_nvp_default_template need Keras)."""

import itertools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from tensorflow_probability.substrates import jax as tfp

from jax_flow import JaxFlow, dense_layers, mlp
from jax_flow import versions as jax_versions

LACKS = {kind: "jit cannot compile its RationalQuadraticSpline" for kind in ("nsf", "nsf_coupling")}
tfb, tfd = tfp.bijectors, tfp.distributions


def versions() -> dict[str, str]:
    return jax_versions("tfp-nightly")


def made_masks(d: int, hidden: int) -> list[np.ndarray]:
    """Of weights in x out; the outputs are D shifts, then D log scales (Germain et al. 2015)."""
    hidden_degrees = np.arange(hidden) % max(d - 1, 1) + min(d - 1, 1)
    degrees = [np.arange(1, d + 1), hidden_degrees, hidden_degrees, np.tile(np.arange(d), 2)]
    return [(a[:, None] <= b[None, :]).astype(np.float32) for a, b in itertools.pairwise(degrees)]


def once(network: Callable[[jax.Array], Any]) -> Callable[[jax.Array], Any]:
    """Remembers the last call. TFP asks for shift and log scale twice, for the inverse and for its log-determinant, and
    XLA does not join the gradients of the two. (RealNVP slices its input anew each time, so there it does not help.)"""
    last: list[Any] = [None, None]

    def call(x: jax.Array) -> Any:
        if last[0] is not x:
            last[:] = [x, network(x)]
        return last[1]

    return call


def make(kind: str, d: int, hidden: int, layers: int, compiled: bool = False) -> JaxFlow:
    maf = kind == "maf"
    passed = d // 2
    sizes = [d if maf else passed, hidden, hidden, 2 * (d if maf else d - passed)]
    parameters = [dense_layers(sizes, seed) for seed in range(layers)]
    masks = made_masks(d, hidden)

    def masked(p: list) -> list:
        return [[(w * mask, b) for (w, b), mask in zip(network, masks)] for network in p]

    def layer(network: list) -> tfb.Bijector:
        def shift_and_log_scale(x: jax.Array) -> list[jax.Array]:
            return jnp.split(mlp(network, x), 2, axis=-1)

        if maf:
            return tfb.MaskedAutoregressiveFlow(once(shift_and_log_scale))
        return tfb.RealNVP(num_masked=passed, shift_and_log_scale_fn=lambda x, _: shift_and_log_scale(x))

    def flow(p: list) -> tfd.Distribution:
        reverse = tfb.Permute(np.arange(d)[::-1])
        chain = tfb.Chain([bijector for network in p for bijector in (layer(network), reverse)])
        return tfd.TransformedDistribution(tfd.MultivariateNormalDiag(jnp.zeros(d), jnp.ones(d)), chain)

    return JaxFlow(
        parameters,
        density=lambda p, x: flow(p).log_prob(x),
        draw=lambda p, key, n: flow(p).sample(n, seed=key),
        inference=masked if maf else lambda p: p,
        train_density=(lambda p, x: flow(masked(p)).log_prob(x)) if maf else None,
    )
