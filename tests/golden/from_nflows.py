"""The numbers in nflows.cpp. Made with: python from_nflows.py (nflows 0.14, torch 2.15.0, float64).

The k-th parameter of a flow is 0.4 sin(1.3 k + 0.7), in the order of bijou's flow.parameters(): for each network from the
data to the noise, for each layer, the weight (out x in, row by row) and the bias. bijou sorts hidden units by degree and
gives [shift, scale] of one coordinate after the other; nflows has units in cyclic order, [scale, shift] of one coordinate
after the other in its masked flow and all shifts before all scales in its coupling flow.
"""

import torch
from nflows.distributions import StandardNormal
from nflows.flows import Flow
from nflows.nn.nets import MLP
from nflows.transforms import (
    AffineCouplingTransform, CompositeTransform, MaskedAffineAutoregressiveTransform, ReversePermutation)

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


def masked_network(transform):
    net = transform.autoregressive_net
    layers = [net.initial_layer] + [block.linear for block in net.blocks] + [net.final_layer]
    features = transform.features
    degrees = torch.arange(1, features + 1)
    orders = [range(features)]
    for layer in layers[:-1]:
        assert (layer.mask.bool() == (layer.degrees[:, None] >= degrees)).all()
        degrees = layer.degrees
        # The first units of bijou have degree 1, and the lower degrees the larger share: as in nflows' cycle.
        orders.append(degrees.argsort(stable=True).tolist())
    assert (layers[-1].mask.bool() == (torch.arange(1, features + 1).repeat_interleave(2)[:, None] > degrees)).all()
    return layers, orders + [[2 * i + k for i in range(features) for k in (1, 0)]]


def coupling_network(transform):
    net = transform.transform_net
    layers = [net._input_layer, *net._hidden_layers, net._output_layer]
    changed = transform.num_transform_features
    orders = [range(layers[0].in_features)] + [range(layer.out_features) for layer in layers[:-1]]
    return layers, orders + [[i + k for i in range(changed) for k in (0, changed)]]


def show(name, values):
    print(f"{name}: {{{', '.join(repr(v) for v in values.flatten().tolist())}}}")


def numbers(transforms, networks, features):
    flow = Flow(CompositeTransform(transforms), StandardNormal([features]))
    places = set_parameters(networks)
    x = formula(2, 0.9, 0.3, 8 * features).reshape(8, features).requires_grad_()
    log_prob = flow.log_prob(x)
    show("log_prob", log_prob)
    log_prob.sum().backward(retain_graph=True)
    show("score of the first event", x.grad[0])
    flow.zero_grad()
    (-log_prob.mean()).backward()
    gradient = torch.stack([tensor.grad[index] for tensor, index in places])
    show("gradient of the nll: norm, and product with cos k", torch.stack(
        [gradient.norm(), gradient @ torch.cos(1.0 * torch.arange(len(places)))]))
    z = formula(1, 0.7, 0.1, 2 * features).reshape(2, features)
    show("two draws", flow._transform.inverse(z)[0])
    print(len(places), "parameters")


print("masked affine autoregressive")
masked = [MaskedAffineAutoregressiveTransform(4, 10, num_blocks=1, use_residual_blocks=False) for _ in range(2)]
numbers([masked[0], ReversePermutation(4), masked[1]], [masked_network(t) for t in masked], 4)

print("affine coupling")
coupling = [AffineCouplingTransform(mask, lambda inputs, outputs: Net([inputs], [outputs], [7, 6]))
            for mask in ([0, 0, 1, 1, 1], [0, 0, 0, 1, 1])]
numbers([coupling[0], ReversePermutation(5), coupling[1]], [coupling_network(t) for t in coupling], 5)
