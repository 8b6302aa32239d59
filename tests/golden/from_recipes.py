"""The numbers of parameters in tests/flows/recipes.cpp. Made with: python from_recipes.py (nflows 0.14, zuko 1.6.0, FlowJAX
17.2.1, madnis 1.0.0). sbi 0.27 and nessai 0.15 build theirs of nflows' parts, as done here. FlowJAX's permutations are
left out: they have no parameters, and this version does not make them under newer JAX.
"""

from functools import partial

import equinox as eqx
import flowjax.flows
import jax
import paramax
import torch
import zuko
from flowjax.distributions import StandardNormal
from madnis.nn import Flow
from nflows.flows import MaskedAutoregressiveFlow, SimpleRealNVP
from nflows.nn.nets import ResidualNet
from nflows.transforms import (
    AffineCouplingTransform, BatchNorm, CompositeTransform, LULinear, MaskedAffineAutoregressiveTransform,
    PiecewiseRationalQuadraticCouplingTransform, RandomPermutation)
from nflows.utils.torchutils import create_alternating_binary_mask

flowjax.flows._add_default_permute = lambda bijection, dim, key: bijection


def count(module):
    return sum(p.numel() for p in module.parameters())


def sbi_maf(d, c):
    transforms = []
    for _ in range(5):
        transforms += [
            MaskedAffineAutoregressiveTransform(
                d, 50, context_features=c or None, num_blocks=2, use_residual_blocks=False, activation=torch.tanh),
            RandomPermutation(d)]
    return CompositeTransform(transforms)


def residual_net(hidden, c):
    return partial(ResidualNet, hidden_features=hidden, context_features=c or None, num_blocks=2)


def sbi_nsf(d, c):
    transforms = []
    for i in range(5):
        transforms += [
            PiecewiseRationalQuadraticCouplingTransform(
                create_alternating_binary_mask(d, even=i % 2 == 0), residual_net(50, c), num_bins=10, tails="linear",
                tail_bound=3.0),
            LULinear(d, identity_init=True)]
    return CompositeTransform(transforms)


def nessai_real_nvp(d, c):
    transforms = []
    for i in range(4):
        transforms += [
            RandomPermutation(d), LULinear(d, identity_init=True),
            AffineCouplingTransform(create_alternating_binary_mask(d, even=i % 2 == 1), residual_net(2 * d, c)), BatchNorm(d)]
    return CompositeTransform(transforms)


def of_flowjax(make, d, c):
    flow = make(jax.random.key(0), base_dist=StandardNormal((d,)), cond_dim=c or None)
    is_fixed = lambda leaf: isinstance(leaf, paramax.NonTrainable)
    trained, _ = eqx.partition(flow, eqx.is_inexact_array, is_leaf=is_fixed)
    return sum(leaf.size for leaf in jax.tree.leaves(trained))


for d in (2, 5):
    for c in (0, 3):
        nflows = [0, 0] if c else [count(MaskedAutoregressiveFlow(d, 64, 5, 2)), count(SimpleRealNVP(d, 64, 5, 2))]
        print(d, c, nflows + [
            count(sbi_maf(d, c)), count(sbi_nsf(d, c)), count(zuko.flows.MAF(d, c)), count(zuko.flows.NSF(d, c)),
            of_flowjax(flowjax.flows.masked_autoregressive_flow, d, c), of_flowjax(flowjax.flows.coupling_flow, d, c),
            count(nessai_real_nvp(d, c)), count(Flow(d, dims_c=c))])
