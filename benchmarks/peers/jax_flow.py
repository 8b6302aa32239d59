"""What the flows written with JAX share."""

import functools
import itertools
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

LEARNING_RATE = 1e-5  # as in bijou_runner.cpp


def versions(*packages: str) -> dict[str, str]:
    return {name: version(name) for name in ("jax", "jaxlib", "optax", *packages)}


class JaxFlow:
    """density(p, x) -> N and draw(p, key, n) -> N x D are pure functions of trainable parameters p.

    inference maps trainable parameters to what density and draw take when nothing is trained (masks applied once).
    """

    def __init__(
        self,
        parameters: Any,
        density: Callable[[Any, jax.Array], jax.Array],
        draw: Callable[[Any, jax.Array, int], jax.Array],
        inference: Callable[[Any], Any] = lambda p: p,
        train_density: Callable[[Any, jax.Array], jax.Array] | None = None,
    ) -> None:
        # A list of arrays: jit then takes no time to look into the modules of the library at each call.
        leaves, tree = jax.tree.flatten(parameters)
        self.parameter_count = sum(leaf.size for leaf in leaves)
        self.leaves = [jnp.array(leaf) for leaf in leaves]  # copies: step gives its arguments away
        # What is no inexact array (functions, masks) stays out of the arguments and becomes a constant.
        fixed, fixed_tree = jax.tree.flatten(inference(parameters))
        arrays = [isinstance(leaf, jax.Array) for leaf in fixed]
        self.fixed = [leaf for leaf in fixed if isinstance(leaf, jax.Array)]

        def rebuild(values: list[jax.Array]) -> Any:
            given = iter(values)
            return jax.tree.unflatten(
                fixed_tree, [next(given) if is_array else leaf for is_array, leaf in zip(arrays, fixed)]
            )

        optimizer = optax.adam(LEARNING_RATE)
        self.state = optimizer.init(self.leaves)
        self.key = jax.random.key(1)
        trained = train_density or density

        @jax.jit
        def log_prob(values: list[jax.Array], x: jax.Array) -> jax.Array:
            return density(rebuild(values), x)

        @functools.partial(jax.jit, static_argnums=2)
        def sample(values: list[jax.Array], key: jax.Array, n: int) -> tuple[jax.Array, jax.Array]:
            key, now = jax.random.split(key)
            return draw(rebuild(values), now, n), key

        @functools.partial(jax.jit, donate_argnums=(0, 1))
        def step(leaves: list[jax.Array], state: Any, x: jax.Array) -> tuple[list[jax.Array], Any, jax.Array]:
            nll, gradient = jax.value_and_grad(lambda p: -trained(jax.tree.unflatten(tree, p), x).mean())(leaves)
            updates, state = optimizer.update(gradient, state)
            return optax.apply_updates(leaves, updates), state, nll

        self._log_prob, self._sample, self._step = log_prob, sample, step

    def array(self, x: np.ndarray) -> jax.Array:
        return jax.device_put(x)

    def log_prob(self, x: jax.Array) -> jax.Array:
        return self._log_prob(self.fixed, x).block_until_ready()

    def sample(self, n: int) -> jax.Array:
        x, self.key = self._sample(self.fixed, self.key, n)
        return x.block_until_ready()

    def step(self, x: jax.Array) -> jax.Array:
        """The nll before the step. Not waited for: a training loop goes on to the next batch."""
        self.leaves, self.state, nll = self._step(self.leaves, self.state, x)
        return nll

    def wait(self) -> None:
        jax.block_until_ready(self.leaves)


def dense_layers(sizes: list[int], seed: int) -> list[tuple[jax.Array, jax.Array]]:
    """Weights (in x out) and biases, uniform in +-1/sqrt(fan-in)."""
    rng = np.random.default_rng(seed)
    layers = []
    for rows, columns in itertools.pairwise(sizes):
        bound = rows**-0.5
        weight, bias = rng.uniform(-bound, bound, (rows, columns)), rng.uniform(-bound, bound, columns)
        layers.append((jnp.asarray(weight, jnp.float32), jnp.asarray(bias, jnp.float32)))
    return layers


def mlp(layers: list[tuple[jax.Array, jax.Array]], h: jax.Array) -> jax.Array:
    for weight, bias in layers[:-1]:
        h = jax.nn.relu(h @ weight + bias)
    weight, bias = layers[-1]
    return h @ weight + bias
