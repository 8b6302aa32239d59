"""bijx and bijou training coupling flows for the phi^4 theory on 8 x 8 sites (m^2 = -4, lambda = 8) by their own draws:
the effective sample size over the number of draws after so many steps, and the time of training. Prints the table of
docs/performance.md.

    cmake -S benchmarks/peers -B build/peers/bijou -DBIJOU_MARCH=native
    cmake --build build/peers/bijou --target bijou_lattice
    python -m venv build/peers/bijx && build/peers/bijx/bin/pip install bijx==1.3.2 optax
    build/peers/bijx/bin/python benchmarks/peers/lattice.py build/peers/bijou/bijou_lattice

The flow of Albergo et al. 2021 (arXiv:2101.08176): 16 affine couplings on the colours of a chessboard, whose networks
are convolutions of 3 x 3 with two hidden layers of 8 channels, leaky relu and a tanh at the end; 64 draws for each
step of Adam at 1e-3, 2500 steps. dense is bijou's Mlp in their place, 2 x 64 tanh units. path: gradients without the
term of mean 0.
"""

import argparse
import json
import os
import statistics
import subprocess
import time
from pathlib import Path

LENGTH, LAYERS, DRAWS, RATE, DRAWS_OF_RESULT = 8, 16, 64, 1e-3, 1 << 16


def of_bijx(steps: int, seed: int) -> dict[str, float]:
    import bijx
    import jax
    import jax.numpy as jnp
    import optax
    from flax import nnx

    shape = (LENGTH, LENGTH)

    class Coupling(bijx.Bijection):
        """x = e^a z + t where the mask is, from the other sites."""

        def __init__(self, parity: bool, rngs: nnx.Rngs):
            self.mask = bijx.checker_mask(shape, parity)
            self.net = bijx.nn.nets.ConvNet(1, 2, hidden_channels=[8, 8], rngs=rngs)

        def forward(self, x, log_density, **kwargs):
            mask = self.mask.boolean_mask
            a, t = jnp.moveaxis(self.net(jnp.where(mask, 0, x)[..., None]), -1, 0)
            x = jnp.where(mask, jnp.exp(a) * x + t, x)
            return x, log_density - jnp.sum(a, axis=(-2, -1), where=mask)

        def reverse(self, x, log_density, **kwargs):
            raise NotImplementedError

    rngs = nnx.Rngs(params=seed, sample=seed + 1)
    flow = bijx.Transformed(
        bijx.IndependentNormal(shape, rngs=rngs), bijx.Chain(*[Coupling(i % 2 == 0, rngs) for i in range(LAYERS)])
    )

    def log_p(x):
        return -jnp.sum(jax.vmap(lambda phi: bijx.lattice.scalar.phi4_term(phi, -4.0, 8.0))(x), axis=(-2, -1))

    graph, parameters, rest = nnx.split(flow, nnx.Param, ...)
    optimizer = optax.adam(RATE)

    def draw(parameters, key, count):
        return nnx.merge(graph, parameters, rest).sample((count,), rng=key)

    def loss(parameters, key):
        x, log_q = draw(parameters, key, DRAWS)
        return bijx.utils.reverse_dkl(log_p(x), log_q)

    @jax.jit
    def step(parameters, state, key):
        key, own = jax.random.split(key)
        updates, state = optimizer.update(jax.grad(loss)(parameters, own), state)
        return optax.apply_updates(parameters, updates), state, key

    key, state = jax.random.key(seed), optimizer.init(parameters)
    jax.block_until_ready(step(parameters, state, key))  # compiled
    start, cpu_start = time.perf_counter(), time.process_time()
    for _ in range(steps):
        parameters, state, key = step(parameters, state, key)
    jax.block_until_ready(parameters)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    draw_compiled = jax.jit(draw, static_argnums=2)
    parts = [draw_compiled(parameters, own, 4096) for own in jax.random.split(key, DRAWS_OF_RESULT // 4096)]
    x, log_q = (jnp.concatenate(arrays) for arrays in zip(*parts))
    log_weights = log_p(x) - log_q
    return {
        "parameters": sum(p.size for p in jax.tree.leaves(parameters)),
        "ess": float(bijx.utils.effective_sample_size(log_p(x), log_q)),
        "log_z": float(jax.nn.logsumexp(log_weights) - jnp.log(log_weights.size)),
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
    }


def of_bijou(runner: Path, network: str, gradient: str, steps: int, seed: int, threads: int) -> dict[str, float]:
    command = [str(part) for part in (runner, network, gradient, steps, seed, threads)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("runner", type=Path)
    add("--steps", type=int, default=2500)
    add("--seeds", type=int, default=3)
    add("--threads", type=int, default=2)
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])
    contenders = {
        ("bijx", "conv", "total"): lambda seed: of_bijx(options.steps, seed),
    } | {
        ("bijou", network, gradient): lambda seed, n=network, g=gradient: of_bijou(
            options.runner, n, g, options.steps, seed, options.threads
        )
        for network in ("conv", "dense")
        for gradient in ("total", "path")
    }
    print(
        f"{options.steps} steps, {options.seeds} seeds, medians (least to largest ESS/N); {options.threads} threads\n\n"
        "| library | network | gradient | parameters | ESS/N | ln Z | seconds of processor | seconds |\n"
        "|---|---|---|---|---|---|---|---|"
    )
    for names, measure in contenders.items():
        runs = [measure(seed) for seed in range(options.seeds)]
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        ess = [run["ess"] for run in runs]
        print(
            f"| {' | '.join(names)} | {middle['parameters']} | {middle['ess']:.3f} ({min(ess):.3f} to {max(ess):.3f}) "
            f"| {middle['log_z']:.2f} | {middle['cpu_seconds']:.3g} | {middle['seconds']:.3g} |",
            flush=True,
        )


main()
