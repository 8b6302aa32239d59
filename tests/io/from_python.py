"""The files in data/: flows of Python as state_dicts (.pt) and as bijou_export writes them (.safetensors), and the
numbers that the libraries get with them.

    python from_python.py          all
    python from_python.py zuko_maf zuko_nsf   some

Made with zuko 1.6.0, nflows 0.14, sbi 0.27.0, normflows 1.7.3, FrEIA 0.2, FlowJAX 19.1.2 and torch 2.15.0. The weights are of float32, random ones and those after a short training; the
numbers are of the same weights in float64: ln p of points with tails, the draws that given noise becomes, and ln p of
these. Points, noise and contexts are the same for all flows and lie in points.pt; a flow of D coordinates takes the
first D. The library's own error in float32 is there, too (0 for FlowJAX, where it is not measured).
"""

import functools
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "examples" / "from_python"))
os.environ["JAX_PLATFORMS"] = "cpu"

import equinox
import flowjax.distributions
import flowjax.flows
import flowjax.train
import FrEIA.framework
import FrEIA.modules
import jax
import jax.numpy as jnp
import nflows.nn.nets
import nflows.transforms as nt
import normflows
import numpy
import torch
import zuko
from bijou_export import export
from nflows.distributions import StandardNormal
from nflows.flows import Flow, MaskedAutoregressiveFlow, SimpleRealNVP
from sbi.neural_nets import posterior_nn
from sbi.neural_nets.embedding_nets import FCEmbedding
from torch import nn

# nflows calls what torch no longer has.
torch.triangular_solve = lambda b, a, upper=True, unitriangular=False: (
    torch.linalg.solve_triangular(a, b, upper=upper, unitriangular=unitriangular), None)

torch.set_num_threads(1)
jax.config.update("jax_enable_x64", True)
# torch's softplus is the identity above 20, which is off by 2e-9.
softplus = nn.functional.softplus
nn.functional.softplus = lambda x, beta=1.0, threshold=20.0: softplus(x, beta, 50.0)

DATA = pathlib.Path(__file__).parent / "data"
N, D, C = 1000, 5, 2


def make_points():
    """Float32 numbers: 700 events of the size of the data, 200 thrice as wide, 100 up to 10 in each direction."""
    g = torch.Generator().manual_seed(1)
    x = torch.randn(N, D, generator=g)
    x[700:900] *= 3
    x[900:] = 20 * torch.rand(100, D, generator=g) - 10
    noise = torch.randn(N, D, generator=g)
    noise[700:900] *= 2
    return {"x": x, "noise": noise, "context": torch.randn(N, C, generator=g)}


def training_data(features, context, count=2000):
    g = torch.Generator().manual_seed(2)
    c = torch.randn(count, max(context, 1), generator=g)
    x = torch.randn(count, features, generator=g)
    for i in range(1, features):
        x[:, i] = 0.6 * x[:, i] + torch.cos(1.5 * x[:, i - 1])
    if context:
        x[:, 0] = x[:, 0] * torch.exp(0.3 * c[:, 0]) + c[:, -1]
    return x, (c if context else None)


class Zuko:
    """make: the flow. What it is called with is the same for all libraries."""

    has_state_dict = True  # that C++ reads
    is_exported = True
    steps = 150  # of training

    def __init__(self, make, features, context=0):
        self.make, self.features, self.context = make, features, context

    def log_prob(self, flow, x, c):
        return flow(c).log_prob(x)

    def draws(self, flow, z, c):
        return flow(c).transform.inv(z)


class Nflows(Zuko):
    def log_prob(self, flow, x, c):
        return flow.log_prob(x, c)

    def draws(self, flow, z, c):
        return flow._transform.inverse(z, context=flow._embedding_net(c))[0]


class Sbi(Zuko):
    """kind: what posterior_nn takes, which looks at data to standardize them."""

    def __init__(self, kind, features, context, **options):
        super().__init__(self.build, features, context)
        self.kind, self.options = kind, options

    def build(self):
        x, c = training_data(self.features, self.context)
        options = {name: value() if callable(value) else value for name, value in self.options.items()}
        return posterior_nn(self.kind, hidden_features=12, num_transforms=2, **options)(3 * x + 1, 0.5 * c - 2)

    def log_prob(self, flow, x, c):
        if not self.kind.startswith("zuko"):
            return flow.net.log_prob(x, c)
        return flow.net(flow._embedding_net(c)).log_prob(x)

    def draws(self, flow, z, c):
        if not self.kind.startswith("zuko"):
            return flow.net._transform.inverse(z, context=flow.net._embedding_net(c))[0]
        return flow.net(flow._embedding_net(c)).transform.inv(z)


class Normflows(Zuko):
    """Its noise is that of the base, which has a mean and a deviation."""

    has_state_dict = False
    steps = 40  # its scales have no bound: longer, and ln p at the tails overflows

    def log_prob(self, flow, x, c):
        return flow.log_prob(x) if c is None else flow.log_prob(x, context=c)

    def draws(self, flow, z, c):
        for layer in flow.flows:
            z = (layer(z) if c is None else layer(z, context=c))[0]
        return z


class Freia(Zuko):
    has_state_dict = False

    def log_prob(self, flow, x, c):
        z, log_det = flow(x, c=None if c is None else [c])
        return torch.distributions.Normal(0, 1).log_prob(z).sum(dim=1) + log_det

    def draws(self, flow, z, c):
        return flow(z, c=None if c is None else [c], rev=True)[0]


class Flowjax(Zuko):
    """The flow in float64, with numbers that float32 has."""

    has_state_dict = False

    def build(self):
        key = jax.random.key(0)
        base = flowjax.distributions.StandardNormal((self.features,))
        return Flowjax.rounded(self.make_flow(key, base_dist=base, cond_dim=self.context or None))

    def __init__(self, make_flow, features, context=0):
        super().__init__(self.build, features, context)
        self.make_flow = make_flow

    @staticmethod
    def to(flow, dtype):
        return jax.tree.map(lambda a: a.astype(dtype) if equinox.is_inexact_array(a) else a, flow)

    @staticmethod
    def rounded(flow):
        return Flowjax.to(Flowjax.to(flow, jnp.float32), jnp.float64)

    def train(self, flow):
        x, c = training_data(self.features, self.context)
        data = x.numpy() if c is None else (x.numpy(), c.numpy())
        flow, losses = flowjax.train.fit_to_data(
            jax.random.key(1), flow, data, max_epochs=10, learning_rate=5e-3, batch_size=256, show_progress=False)
        return Flowjax.rounded(flow), float(losses["train"][-1])

    def log_prob(self, flow, x, c):
        arguments = [a.numpy() for a in (x, c) if a is not None]
        return torch.from_numpy(numpy.array(flow.log_prob(*arguments)))

    def draws(self, flow, z, c):
        arguments = [a.numpy() for a in (z, c) if a is not None]
        return torch.from_numpy(numpy.array(jax.vmap(flow.bijection.transform)(*arguments)))


def randomize(flow):
    """Moves parameters that the libraries start at nearly 0, and what layers have learned from data."""
    for name, value in flow.state_dict().items():
        if name.endswith("running_var"):
            value.copy_(0.5 + torch.rand_like(value))
        elif name.endswith("running_mean"):
            value.copy_(0.3 * torch.randn_like(value))
        elif name.endswith(("initialized", "init_done")):
            value.fill_(1)
    with torch.no_grad():
        for value in flow.parameters():
            value += 0.03 * torch.randn_like(value) * value.requires_grad


def train(form, flow):
    x, c = training_data(form.features, form.context)
    optimizer = torch.optim.Adam(flow.parameters(), lr=5e-3)
    flow.train()
    for _ in range(form.steps):
        i = torch.randint(len(x), (256,))
        loss = -form.log_prob(flow, x[i], None if c is None else c[i]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return flow, loss.item()


def numbers(form, flow, points):
    x, z = points["x"][:, : form.features], points["noise"][:, : form.features]
    c = points["context"][:, : form.context] if form.context else None
    with torch.no_grad():
        draws = form.draws(flow, z, c)
        return {"log_prob": form.log_prob(flow, x, c), "draws": draws, "draws_log_prob": form.log_prob(flow, draws, c)}


def relative(a, b):
    return ((a - b).abs() / b.abs().clamp(min=1)).max().item()


def save(form, flow, name, points):
    if isinstance(form, Flowjax):
        export(Flowjax.to(flow, jnp.float32), DATA / f"{name}.safetensors")
        double = numbers(form, flow, {k: v.double() for k, v in points.items()})
        torch.save(double | {f"{k}_error": torch.tensor(0.0) for k in double}, DATA / f"{name}_numbers.pt")
        return print(name)
    flow.eval()
    if form.has_state_dict:
        torch.save(flow.state_dict(), DATA / f"{name}.pt")
    if form.is_exported and (not form.has_state_dict or name.endswith("_trained")):
        export(flow, DATA / f"{name}.safetensors")
    single = numbers(form, flow, points)
    flow.double()
    for module in flow.modules():
        if hasattr(module, "_log_z"):  # of nflows' StandardNormal, which float() has rounded
            module._log_z = 0.5 * torch.log(torch.tensor(2 * torch.pi, dtype=torch.float64)) * module._shape[0]
    double = numbers(form, flow, {k: v.double() for k, v in points.items()})
    assert all(v.dtype == torch.float64 and v.isfinite().all() for v in double.values())
    flow.float()
    worst = {k: relative(single[k].double(), double[k]) for k in double}
    torch.save(double | {f"{k}_error": torch.tensor(v) for k, v in worst.items()}, DATA / f"{name}_numbers.pt")
    print(f"{name}: in float32 off by", ", ".join(f"{v:.1e} in {k}" for k, v in worst.items()))


def zuko_flow(transforms, features):
    base = zuko.lazy.UnconditionalDistribution(
        zuko.distributions.DiagNormal, torch.zeros(features), torch.ones(features), buffer=True)
    return zuko.lazy.Flow(transforms, base)


def zuko_one():
    """Smaller numbers than zuko's own, with which ln p has errors of 2e-5 in float32 by itself."""
    flow = zuko.flows.NSF(1, transforms=2)
    with torch.no_grad():
        for value in flow.parameters():
            value *= 0.3
    return flow


def zuko_adjacency():
    adjacency = torch.tensor([[1, 0, 0, 0, 1, 0], [1, 1, 0, 0, 1, 1], [0, 0, 1, 1, 0, 1], [1, 0, 0, 1, 1, 1]])
    return [zuko.flows.MaskedAutoregressiveTransform(4, 2, adjacency=adjacency.bool(), **HIDDEN) for _ in range(2)]


def zuko_couplings(univariate, shapes, **options):
    masks = [torch.tensor(m).bool() for m in ([1, 0, 0, 1, 0], [0, 1, 1, 0, 0])]
    return [zuko.flows.GeneralCouplingTransform(5, 2, m, univariate, shapes, **options) for m in masks]


def nflows_flow(transforms, features, embedding=None):
    return Flow(nt.CompositeTransform(transforms), StandardNormal([features]), embedding)


def resnet(context=None, **options):
    return lambda inputs, outputs: nflows.nn.nets.ResidualNet(inputs, outputs, 12, context, **options)


class DenseNet(nflows.nn.nets.MLP):
    def __init__(self, inputs, outputs):
        super().__init__([inputs], [outputs], [14, 12])

    def forward(self, inputs, context=None):
        return super().forward(inputs)


TAILS = dict(num_bins=6, tails="linear", tail_bound=3.0)
SPLINE = nt.PiecewiseRationalQuadraticCouplingTransform
MASKED_SPLINE = nt.MaskedPiecewiseRationalQuadraticAutoregressiveTransform
MASKED_AFFINE = nt.MaskedAffineAutoregressiveTransform


def nflows_layers():
    """Each kind of layer once, lists and an inverse inside of each other."""
    return nflows_flow(
        [
            nt.PointwiseAffineTransform(torch.tensor([0.1, -0.2, 0.3, 0.0]), torch.tensor([0.8, 1.2, 1.0, 0.9])),
            nt.ActNorm(4),
            nt.CompositeTransform([nt.RandomPermutation(4), nt.LULinear(4, identity_init=False)]),
            SPLINE([1, -1, 1, -1], resnet(2), **TAILS),
            nt.InverseTransform(nt.LULinear(4, identity_init=False)),
            nt.BatchNorm(4),
            MASKED_SPLINE(features=4, hidden_features=12, context_features=2, **TAILS),
            nt.ReversePermutation(4),
            nt.AffineCouplingTransform([-1, 1, 1, -1], DenseNet),
        ],
        4,
    )


def save_tensors():
    """For the tests of the reader of files: what torch.save writes besides plain state_dicts."""
    numbers = torch.arange(24, dtype=torch.float32)
    whole = numbers.reshape(4, 6)
    network = nn.Linear(2, 1)
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[1.5, -2.0]]))
        network.bias.copy_(torch.tensor([0.25]))
    tensors = {
        "epoch": 7, "loss": 0.5, "name": "test", "done": True, "nothing": None, "rates": [0.1, (1, 2 ** 40, -3)],
        "model": network.state_dict(), "with_gradients": network.state_dict(keep_vars=True),
        "views": {"whole": whole, "transposed": whole.t(), "part": whole[1:3, 2:4], "every_other": numbers[1::2],
                  "repeated": torch.tensor([2.5]).expand(3), "number": torch.tensor(4.0), "none": torch.zeros(0, 3)},
        "types": [numbers[:3].to(t) for t in (
            torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8,
            torch.bool)],
    }
    torch.save(tensors, DATA / "tensors.pt")
    torch.save(network, DATA / "module.pt")
    torch.save(network.state_dict(), DATA / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save({"z": torch.zeros(1, dtype=torch.complex64)}, DATA / "complex.pt")


def normflows_flow(layers, features, context=0):
    base = normflows.distributions.DiagGaussian(features)
    kind = normflows.ConditionalNormalizingFlow if context else normflows.NormalizingFlow
    return kind(base, layers)


def normflows_real_nvp():
    nets = [normflows.nets.MLP([4, 12, 10, 4]) for _ in range(2)]
    return normflows_flow(
        [
            normflows.flows.Permute(4, mode="shuffle"),
            normflows.flows.MaskedAffineFlow(torch.tensor([0.0, 1, 1, 0]), *nets),
            normflows.flows.ActNorm(4),
            normflows.flows.Permute(4, mode="swap"),
            normflows.flows.AffineCouplingBlock(normflows.nets.MLP([2, 12, 10, 4])),
        ],
        4,
    )


def normflows_spline(layer, features, context, **options):
    return normflows_flow(
        [t for _ in range(2) for t in (
            layer(features, 1, 12, context, num_bins=5, **options), normflows.flows.LULinearPermute(features, False))],
        features, context)


def freia_flow(features, context=0):
    flow = FrEIA.framework.SequenceINN(features)
    net = lambda inputs, outputs: nn.Sequential(nn.Linear(inputs, 14), nn.ReLU(), nn.Linear(14, outputs))
    condition = dict(cond=0, cond_shape=(context,)) if context else {}
    for i in range(3):
        flow.append(FrEIA.modules.AllInOneBlock, subnet_constructor=net, reverse_permutation=i == 1, **condition)
    return flow


HIDDEN = dict(hidden_features=(16, 12))
SPLINE_SHAPES = [(6,), (6,), (5,)]
FORMS = {
    "zuko_maf": Zuko(lambda: zuko.flows.MAF(3, transforms=3, **HIDDEN), 3),
    "zuko_maf_context": Zuko(lambda: zuko.flows.MAF(4, 2, transforms=3, randperm=True, **HIDDEN), 4, 2),
    "zuko_nsf": Zuko(lambda: zuko.flows.NSF(3, transforms=2, **HIDDEN), 3),
    "zuko_nsf_context": Zuko(lambda: zuko.flows.NSF(3, 2, transforms=2, bins=6, randperm=True, **HIDDEN), 3, 2),
    "zuko_nice": Zuko(lambda: zuko.flows.NICE(5, transforms=3, randmask=True, **HIDDEN), 5),
    "zuko_nice_context": Zuko(lambda: zuko.flows.NICE(3, 2, transforms=3, **HIDDEN), 3, 2),
    "zuko_additive": Zuko(lambda: zuko_flow(zuko_couplings(zuko.transforms.AdditiveTransform, [()], **HIDDEN), 5), 5, 2),
    "zuko_coupling_spline": Zuko(
        lambda: zuko_flow(
            zuko_couplings(functools.partial(zuko.transforms.MonotonicRQSTransform, bound=4.0), SPLINE_SHAPES, **HIDDEN), 5),
        5, 2),
    "zuko_passes": Zuko(lambda: zuko.flows.NSF(5, 2, transforms=2, bins=6, passes=2, **HIDDEN), 5, 2),
    "zuko_adjacency": Zuko(lambda: zuko_flow(zuko_adjacency(), 4), 4, 2),
    "zuko_narrow": Zuko(lambda: zuko.flows.MAF(5, transforms=2, hidden_features=(3, 2)), 5),
    "zuko_elu": Zuko(
        lambda: zuko.flows.MAF(
            3, transforms=2, activation=nn.ELU,
            univariate=functools.partial(zuko.transforms.MonotonicAffineTransform, slope=1e-4), **HIDDEN), 3),
    "zuko_one": Zuko(zuko_one, 1),
    "zuko_one_context": Zuko(lambda: zuko.flows.NSF(1, 2, transforms=2, **HIDDEN), 1, 2),
    "nflows_maf": Nflows(lambda: MaskedAutoregressiveFlow(3, 12, 3, 2), 3),
    "nflows_maf_random": Nflows(
        lambda: MaskedAutoregressiveFlow(
            4, 14, 2, 2, use_residual_blocks=False, use_random_masks=True, use_random_permutations=True,
            batch_norm_between_layers=True), 4),
    "nflows_maf_context": Nflows(
        lambda: nflows_flow(
            [t for _ in range(2) for t in (
                nt.RandomPermutation(3), MASKED_AFFINE(3, 12, context_features=2, activation=torch.tanh))], 3), 3, 2),
    "nflows_real_nvp": Nflows(lambda: SimpleRealNVP(5, 12, 3, 1, batch_norm_between_layers=True), 5),
    "nflows_additive": Nflows(lambda: SimpleRealNVP(4, 12, 3, 2, use_volume_preserving=True), 4),
    "nflows_layers": Nflows(nflows_layers, 4, 2),
    "sbi_maf": Sbi("maf", 3, 2),
    "sbi_maf_embedding": Sbi("maf", 3, 2, embedding_net=lambda: FCEmbedding(2, output_dim=4, num_hiddens=8)),
    "sbi_maf_one": Sbi("maf", 1, 2),
    "sbi_maf_rqs": Sbi("maf_rqs", 3, 2, tail_bound=3.0),
    "sbi_nsf": Sbi("nsf", 3, 2, z_score_theta="structured"),
    "sbi_nsf_one": Sbi("nsf", 1, 2),
    "sbi_zuko_nsf": Sbi(
        "zuko_nsf", 3, 2, embedding_net=lambda: nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 3))),
    "normflows_real_nvp": Normflows(normflows_real_nvp, 4),
    "normflows_maf": Normflows(
        lambda: normflows_flow(
            [t for _ in range(2) for t in (
                normflows.flows.MaskedAffineAutoregressive(3, 12, 2), normflows.flows.LULinearPermute(3))], 3, 2), 3, 2),
    "normflows_ar_nsf": Normflows(
        lambda: normflows_spline(
            normflows.flows.AutoregressiveRationalQuadraticSpline, 3, 2, permute_mask=True), 3, 2),
    "normflows_coupled_nsf": Normflows(
        lambda: normflows_spline(normflows.flows.CoupledRationalQuadraticSpline, 5, 2), 5, 2),
    "freia": Freia(lambda: freia_flow(5), 5),
    "freia_context": Freia(lambda: freia_flow(3, 2), 3, 2),
    "flowjax_maf": Flowjax(
        functools.partial(flowjax.flows.masked_autoregressive_flow, flow_layers=3, nn_width=14, nn_depth=2), 3, 2),
    "flowjax_coupling": Flowjax(functools.partial(flowjax.flows.coupling_flow, flow_layers=3, nn_width=14), 5),
    "flowjax_two": Flowjax(
        functools.partial(flowjax.flows.masked_autoregressive_flow, flow_layers=3, nn_width=14, invert=False), 2),
}
FORMS["zuko_elu"].is_exported = False  # its slope is none that model files have

if __name__ == "__main__":
    DATA.mkdir(exist_ok=True)
    points = make_points()
    torch.save(points, DATA / "points.pt")
    save_tensors()
    for name in sys.argv[1:] or FORMS:
        form = FORMS[name]
        torch.manual_seed(0)
        numpy.random.seed(0)  # FrEIA draws permutations with it
        flow = form.make()
        if not isinstance(form, Flowjax) and type(form) is not Zuko:
            randomize(flow)
        save(form, flow, name + "_random", points)
        flow, loss = form.train(flow) if isinstance(form, Flowjax) else train(form, flow)
        print(f"  after training: {loss:.3f} nats")
        save(form, flow, name + "_trained", points)
