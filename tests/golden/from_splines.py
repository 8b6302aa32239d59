"""The numbers in splines.cpp. Made with: python from_splines.py (nflows 0.14, zuko 1.6.0, madnis 1.0.0, torch 2.15.0,
jax 0.10.2, float64; once with FlowJAX 17.2.1 and once with 19.1.2, whose splines have other parameters).

Splines of 5 bins at 8 events. The raw parameters are 1.2 sin(1.3 k + 0.7), k = 0, 1, ..., event by event, in the order that
each library has for one coordinate; the inputs are the middle of the interval and r sin(0.9 n + 0.3). Each spline is taken from
the data to the noise and back, with the loss sum_n cos(n) output_n + sin(2 n) log_det_n.
"""

import copy

import flowjax
import flowjax.bijections.bijection
import jax
import jax.numpy as jnp
import numpy as np
import torch
import zuko
from flowjax.bijections import RationalQuadraticSpline
from madnis.nn.splines import unconstrained_rational_quadratic_spline as madnis_spline
from nflows.transforms import splines as nflows
from nflows.utils import torchutils
from paramax import unwrap

torch.set_default_dtype(torch.float64)
jax.config.update("jax_enable_x64", True)
flowjax.bijections.bijection.arraylike_to_array = lambda x, *_, **__: jnp.asarray(x)  # takes no tracers of jax 0.10
# nflows' own moves the last knot by 1e-6 in place, and its linear spline then takes a slope from that.
search = torchutils.searchsorted
torchutils.searchsorted = lambda bin_locations, inputs: search(bin_locations.clone(), inputs)
FLOWJAX_17 = flowjax.__version__.startswith("17.")
EVENTS = 8
BINS = 5


def formula(a, b, c, count):
    return a * np.sin(b * np.arange(count) + c)


def show(name, values):
    print(f"    {name} << {', '.join(repr(float(v)) for v in values)};")


def report(case, rows, middle, radius, values_and_gradients):
    """values_and_gradients(inputs, raw, g, l, inverse): output, log-det, gradients for the inputs and for raw, as arrays."""
    print(case)
    raw = formula(1.2, 1.3, 0.7, EVENTS * rows).reshape(EVENTS, rows)
    inputs = middle + formula(radius, 0.9, 0.3, EVENTS)
    events = np.arange(EVENTS)
    for inverse in (False, True):
        output, log_det, d_inputs, d_raw = values_and_gradients(inputs, raw, np.cos(events), np.sin(2.0 * events), inverse)
        name = "back" if inverse else "there"
        show(f"{name}.output", output)
        show(f"{name}.log_det", log_det)
        show(f"{name}.input_gradient", d_inputs)
        flat = d_raw.flatten()
        print(f"    {name}.gradient_norm = {float(np.linalg.norm(flat))!r};")
        print(f"    {name}.gradient_product = {float(flat @ np.cos(np.arange(flat.size)))!r};")


def in_torch(spline):
    def values_and_gradients(inputs, raw, g, l, inverse):
        x = torch.tensor(inputs, requires_grad=True)
        p = torch.tensor(raw, requires_grad=True)
        output, log_det = spline(x, p, inverse)
        (torch.tensor(g) @ output + torch.tensor(l) @ log_det).backward()
        return output.detach().numpy(), log_det.detach().numpy(), x.grad.numpy(), p.grad.numpy()

    return values_and_gradients


def three(p):
    return p[:, :BINS], p[:, BINS:2 * BINS], p[:, 2 * BINS:]


def nflows_tails(x, p, inverse):
    return nflows.unconstrained_rational_quadratic_spline(x, *three(p), inverse=inverse, tails="linear", tail_bound=3.0)


def nflows_interval(x, p, inverse):
    return nflows.rational_quadratic_spline(x, *three(p), inverse=inverse)


def nflows_circular(x, p, inverse):  # as in normflows: the last slope is the first
    w, h, d = three(p)
    ends = dict(left=-np.pi, right=np.pi, bottom=-np.pi, top=np.pi)
    return nflows.rational_quadratic_spline(x, w, h, torch.cat([d, d[:, :1]], dim=1), inverse=inverse, **ends)


def nflows_linear(x, p, inverse):
    return nflows.unconstrained_linear_spline(x, p, inverse=inverse, tail_bound=2.0)


def zuko_tails(x, p, inverse):
    transform = zuko.transforms.MonotonicRQSTransform(*three(p), bound=5)
    if not inverse:
        return transform.call_and_ladj(x)
    return transform.inv.call_and_ladj(x)


def madnis_interval(x, p, inverse):
    output, log_det = madnis_spline(x[:, None], *(v[:, None, :] for v in three(p)), inverse=inverse)
    return output[:, 0], log_det[:, 0]


def flowjax_interval(inputs, raw, g, l, inverse):
    knots = BINS - 1
    positions = knots if FLOWJAX_17 else BINS

    def one(x, p):
        spline = RationalQuadraticSpline(knots=knots, interval=3)
        parts = (p[:positions], p[positions:2 * positions], p[2 * positions:])
        for name, part in zip(("x_pos", "y_pos", "derivatives"), parts):
            replaced = copy.copy(getattr(spline, name))
            is_array = hasattr(replaced, "arr")
            object.__setattr__(replaced, "arr" if is_array else "args", part if is_array else (part,))
            object.__setattr__(spline, name, replaced)
        spline = unwrap(spline)
        return spline.inverse_and_log_det(x) if inverse else spline.transform_and_log_det(x)

    def loss(x, p):
        output, log_det = jax.vmap(one)(x, p)
        return g @ output + l @ log_det

    output, log_det = jax.vmap(one)(jnp.array(inputs), jnp.array(raw))
    gradients = jax.grad(loss, argnums=(0, 1))(jnp.array(inputs), jnp.array(raw))
    return tuple(np.asarray(v) for v in (output, log_det, *gradients))


report("nflows, tails='linear', tail_bound=3", 3 * BINS - 1, 0.0, 3.6, in_torch(nflows_tails))
report("nflows, no tails", 3 * BINS + 1, 0.5, 0.49, in_torch(nflows_interval))
report("nflows' formula, circular", 3 * BINS, 0.0, 3.1, in_torch(nflows_circular))
report("nflows, linear, tail_bound=2", BINS, 0.0, 2.4, in_torch(nflows_linear))
report("zuko, bound=5", 3 * BINS - 1, 0.0, 6.0, in_torch(zuko_tails))
report("madnis", 3 * BINS + 1, 0.5, 0.6, in_torch(madnis_interval))
report(f"FlowJAX {flowjax.__version__}, interval=3", 3 * BINS + (-1 if FLOWJAX_17 else 1), 0.0, 3.6, flowjax_interval)
