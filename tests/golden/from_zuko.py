"""The numbers in zuko.cpp. Made with: python from_zuko.py (zuko 1.6.0, torch 2.15.0, float64).

The k-th parameter of a flow is 0.4 sin(1.3 k + 0.7), in the order of bijou's flow.parameters(): for each network from the
data to the noise, for each layer, the weight (out x in, row by row) and the bias. bijou sorts hidden units by degree and
zuko does not: unit r here is the r-th of zuko's units sorted by what they see, so that both are the same function.
"""

import torch
import zuko

torch.set_default_dtype(torch.float64)


def formula(a, b, c, count):
    return a * torch.sin(b * torch.arange(count) + c)


def linear_layers(transform):
    return [layer for layer in transform.hyper if hasattr(layer, "weight")]


def set_parameters(flow, orders_of):
    """orders_of(transform): for the inputs and for the outputs of each layer, zuko's place of each of bijou's rows."""
    places = []  # of each parameter of bijou: tensor and index there
    for transform in flow.transform.transforms:
        orders = orders_of(transform)
        for layer, before, after in zip(linear_layers(transform), orders, orders[1:]):
            places += [(layer.weight, (r, c)) for r in after for c in before]
            places += [(layer.bias, (r,)) for r in after]
    with torch.no_grad():
        for value, (tensor, index) in zip(formula(0.4, 1.3, 0.7, len(places)), places):
            tensor[index] = value
    return places


def maf_orders(transform):
    features = transform.order.argsort().tolist()
    orders = [features]
    degrees = transform.order + 1
    for layer in linear_layers(transform)[:-1]:
        seen = (layer.mask * degrees).amax(dim=1)  # a unit's degree is the largest that it sees
        assert (layer.mask == (seen[:, None] >= degrees)).all()
        assert seen.bincount().tolist() == [0, len(seen) // 2, len(seen) // 2]  # as many of each as in bijou
        degrees = seen
        orders.append(seen.argsort(stable=True).tolist())
    last = linear_layers(transform)[-1]
    count = last.out_features // len(features)  # of one coordinate
    assert (last.mask == ((transform.order + 1).repeat_interleave(count)[:, None] > degrees)).all()
    return orders + [[count * i + k for i in features for k in range(count)]]


def coupling_orders(transform):
    layers = linear_layers(transform)
    return [range(layers[0].in_features)] + [range(layer.out_features) for layer in layers]


def show(name, values):
    print(f"{name}: {{{', '.join(repr(v) for v in values.flatten().tolist())}}}")


def numbers(flow, orders_of, features):
    places = set_parameters(flow, orders_of)
    x = formula(2, 0.9, 0.3, 8 * features).reshape(8, features).requires_grad_()
    log_prob = flow().log_prob(x)
    show("log_prob", log_prob)
    log_prob.sum().backward(retain_graph=True)
    show("score of the first event", x.grad[0])
    flow.zero_grad()
    (-log_prob.mean()).backward()
    gradient = torch.stack([tensor.grad[index] for tensor, index in places])
    show("gradient of the nll: norm, and product with cos k", torch.stack(
        [gradient.norm(), gradient @ torch.cos(1.0 * torch.arange(len(places)))]))
    z = formula(1, 0.7, 0.1, 2 * features).reshape(2, features)
    show("two draws", flow().transform.inv(z))
    print(len(places), "parameters")


print("MAF")
numbers(zuko.flows.MAF(3, transforms=3, hidden_features=(16, 12)), maf_orders, 3)
print("NSF")
numbers(zuko.flows.NSF(3, transforms=2, bins=8, hidden_features=(16, 12)), maf_orders, 3)
print("RealNVP")
numbers(zuko.flows.RealNVP(5, transforms=3, hidden_features=(7, 6)), coupling_orders, 5)
