"""The numbers in nflows.cpp. Made with: python from_nflows.py (nflows 0.14, torch 2.15.0, float64).

The k-th parameter of a flow is 0.4 sin(1.3 k + 0.7), in the order of bijou's flow.parameters(): for each network from the
data to the noise, for each layer, the weight (out x in, row by row) and the bias. bijou sorts hidden units by degree and
gives [shift, scale] of one coordinate after the other; nflows has units in cyclic order, [scale, shift] of one coordinate
after the other in its masked flow and all shifts before all scales in its coupling flow.
"""

import torch
from nflows.distributions import StandardNormal
from nflows.flows import Flow
from nflows.nn.nets import MLP, ResidualNet
from nflows.transforms import (
    AffineCouplingTransform, CompositeTransform, MaskedAffineAutoregressiveTransform,
    MaskedPiecewiseRationalQuadraticAutoregressiveTransform, PiecewiseRationalQuadraticCouplingTransform,
    ReversePermutation)

torch.set_default_dtype(torch.float64)


def formula(a, b, c, count):
    return a * torch.sin(b * torch.arange(count) + c)


class Net(MLP):
    def forward(self, inputs, context=None):
        return super().forward(inputs)


def set_parameters(networks):
    """networks: of each, its layers and for the inputs and the outputs of each layer, nflows' place of bijou's rows."""
    places = []  # of each parameter of bijou: tensor and index there
    for layers, orders in networks:
        for layer, before, after in zip(layers, orders, orders[1:]):
            places += [(layer.weight, (r, c)) for r in after for c in before]
            places += [(layer.bias, (r,)) for r in after]
    with torch.no_grad():
        for value, (tensor, index) in zip(formula(0.4, 1.3, 0.7, len(places)), places):
            tensor[index] = value
    return places


def masked_network(transform, order=(1, 0)):
    """order: nflows' places of bijou's outputs for one coordinate."""
    net = transform.autoregressive_net
    layers = [net.initial_layer] + [block.linear for block in net.blocks] + [net.final_layer]
    features = layers[0].in_features
    degrees = torch.arange(1, features + 1)
    orders = [range(features)]
    for layer in layers[:-1]:
        assert (layer.mask.bool() == (layer.degrees[:, None] >= degrees)).all()
        degrees = layer.degrees
        # The first units of bijou have degree 1, and the lower degrees the larger share: as in nflows' cycle.
        orders.append(degrees.argsort(stable=True).tolist())
    assert (layers[-1].mask.bool() == (torch.arange(1, features + 1).repeat_interleave(len(order))[:, None] > degrees)).all()
    return layers, orders + [[len(order) * i + k for i in range(features) for k in order]]


def masked_network_with_context(transform):
    layers, orders = masked_network(transform)
    context_layer = transform.autoregressive_net.context_layer
    return (layers, orders), [([context_layer], [range(context_layer.in_features), orders[1]])]


def residual_layers(net):
    """The layers of a residual network in bijou's order: those of the input first, then those of the context."""
    layers = [net.initial_layer] + [layer for block in net.blocks for layer in block.linear_layers] + [net.final_layer]
    context_layers = [net.context_layer] if hasattr(net, "context_layer") else []
    return layers, context_layers + [block.context_layer for block in net.blocks]


def residual_masked_network(transform):
    layers, context_layers = residual_layers(transform.autoregressive_net)
    features = transform.features
    units = layers[0].degrees.argsort(stable=True).tolist()
    orders = [range(features)] + [units] * (len(layers) - 1) + [[2 * i + k for i in range(features) for k in (1, 0)]]
    context = range(context_layers[0].in_features)
    return (layers, orders), [([layer], [context, units]) for layer in context_layers]


def residual_coupling_network(transform):
    layers, context_layers = residual_layers(transform.transform_net)
    changed, units = transform.num_transform_features, range(layers[0].out_features)
    inputs, context = transform.num_identity_features, range(context_layers[0].in_features)
    # bijou has the context above the input.
    orders = [[*(inputs + c for c in context), *range(inputs)]] + [units] * (len(layers) - 1)
    orders += [[i + k for i in range(changed) for k in (0, changed)]]
    return (layers, orders), [([layer], [context, units]) for layer in context_layers]


def coupling_network(transform, is_affine=True):
    net = transform.transform_net
    layers = [net._input_layer, *net._hidden_layers, net._output_layer]
    changed = transform.num_transform_features
    orders = [range(layers[0].in_features)] + [range(layer.out_features) for layer in layers[:-1]]
    outputs = [i + k for i in range(changed) for k in (0, changed)] if is_affine else range(layers[-1].out_features)
    return layers, orders + [outputs]


def show(name, values):
    print(f"{name}: {{{', '.join(repr(v) for v in values.flatten().tolist())}}}")


def numbers(transforms, networks, features, context=None):
    flow = Flow(CompositeTransform(transforms), StandardNormal([features]))
    places = set_parameters(networks)
    x = formula(2, 0.9, 0.3, 8 * features).reshape(8, features).requires_grad_()
    of_all = lambda events: None if context is None else torch.tensor([context]).expand(events, -1)
    log_prob = flow.log_prob(x, of_all(8))
    show("log_prob", log_prob)
    log_prob.sum().backward(retain_graph=True)
    show("score of the first event", x.grad[0])
    flow.zero_grad()
    (-log_prob.mean()).backward()
    gradient = torch.stack([tensor.grad[index] for tensor, index in places])
    show("gradient of the nll: norm, and product with cos k", torch.stack(
        [gradient.norm(), gradient @ torch.cos(1.0 * torch.arange(len(places)))]))
    z = formula(1, 0.7, 0.1, 2 * features).reshape(2, features)
    show("two draws", flow._transform.inverse(z, of_all(2))[0])
    print(len(places), "parameters")


print("masked affine autoregressive")
masked = [MaskedAffineAutoregressiveTransform(4, 10, num_blocks=1, use_residual_blocks=False) for _ in range(2)]
numbers([masked[0], ReversePermutation(4), masked[1]], [masked_network(t) for t in masked], 4)

print("affine coupling")
coupling = [AffineCouplingTransform(mask, lambda inputs, outputs: Net([inputs], [outputs], [7, 6]))
            for mask in ([0, 0, 1, 1, 1], [0, 0, 0, 1, 1])]
numbers([coupling[0], ReversePermutation(5), coupling[1]], [coupling_network(t) for t in coupling], 5)


def each(networks):
    """All networks of a list of (network, networks of the context), one after the other."""
    return [part for network, context_networks in networks for part in [network, *context_networks]]


print("masked affine autoregressive of tanh, with a context")
masked = [
    MaskedAffineAutoregressiveTransform(
        4, 10, context_features=3, num_blocks=2, use_residual_blocks=False, activation=torch.tanh)
    for _ in range(2)]
numbers(
    [masked[0], ReversePermutation(4), masked[1]], each(masked_network_with_context(t) for t in masked), 4, [0.5, -1.0, 2.0])

print("residual masked affine autoregressive, with a context")
masked = [MaskedAffineAutoregressiveTransform(4, 10, context_features=3, num_blocks=2) for _ in range(2)]
numbers([masked[0], ReversePermutation(4), masked[1]], each(residual_masked_network(t) for t in masked), 4, [0.5, -1.0, 2.0])

print("affine coupling of residual networks, with a context")
coupling = [AffineCouplingTransform(mask, lambda inputs, outputs: ResidualNet(inputs, outputs, 8, context_features=3))
            for mask in ([0, 0, 1, 1, 1], [0, 0, 0, 1, 1])]
numbers([coupling[0], ReversePermutation(5), coupling[1]], each(residual_coupling_network(t) for t in coupling), 5, [0.5, -1.0, 2.0])

spline = dict(num_bins=5, tails="linear", tail_bound=3.0)
print("masked rational-quadratic autoregressive")
masked = [
    MaskedPiecewiseRationalQuadraticAutoregressiveTransform(
        features=4, hidden_features=10, num_blocks=1, use_residual_blocks=False, **spline)
    for _ in range(2)]
numbers([masked[0], ReversePermutation(4), masked[1]], [masked_network(t, range(14)) for t in masked], 4)

print("rational-quadratic coupling")
coupling = [
    PiecewiseRationalQuadraticCouplingTransform(mask, lambda inputs, outputs: Net([inputs], [outputs], [7, 6]), **spline)
    for mask in ([0, 0, 1, 1, 1], [0, 0, 0, 1, 1])]
numbers([coupling[0], ReversePermutation(5), coupling[1]], [coupling_network(t, False) for t in coupling], 5)
