"""Turns a trained flow of Python into a model file of bijou:

    from bijou_export import export
    export(flow, "flow.safetensors")

and in C++ `const auto flow = bijou::load<float>("flow.safetensors");` (bijou/io/load_any.hpp). The architecture is in the
file, so nothing else is passed. Understood are

- zuko: Flow of MaskedAutoregressiveTransform, GeneralCouplingTransform and ElementWiseTransform with shifts,
  MonotonicAffineTransform and MonotonicRQSTransform, as in MAF, NSF, NICE and RealNVP;
- nflows: Flow of autoregressive and coupling layers, affine, additive and rational-quadratic, permutations, LULinear,
  ActNorm, BatchNorm, PointwiseAffineTransform, over a StandardNormal;
- sbi: estimators and posteriors of these two, with standardized data, contexts and embedding networks;
- FlowJAX: masked_autoregressive_flow and coupling_flow with affine transformers;
- normflows: NormalizingFlow of its spline and affine layers, permutations, LULinearPermute, ActNorm;
- FrEIA: SequenceINN of AllInOneBlock with linear subnets.

Anything else raises ValueError, which names it. Needs numpy and safetensors besides the library that the flow is of.
"""

import functools
import json

import numpy as np
from safetensors.numpy import save_file


class Part:
    """A part of a model: its type in bijou, policies, numbers by member, and parts or lists of parts by member."""

    def __init__(self, kind, policies=None, numbers=None, **parts):
        self.kind, self.policies, self.numbers, self.parts = kind, policies or {}, numbers or {}, parts

    def architecture(self):
        tree = {"type": self.kind, **self.policies}
        for name, part in self.parts.items():
            tree[name] = [p.architecture() for p in part] if isinstance(part, list) else part.architecture()
        return tree

    def tensors(self, path=""):
        yield from ((path + name, value) for name, value in self.numbers.items())
        for name, part in self.parts.items():
            for i, each in enumerate(part if isinstance(part, list) else [part]):
                inner = f"{path}{name}.{i}." if isinstance(part, list) else f"{path}{name}."
                yield from each.tensors(inner)


def export(flow, path):
    """Writes a model file. Numbers keep their type, float32 or float64; what is computed of them is in float64."""
    model = part_of(flow)
    tensors = {name: np.array(value, order="C") for name, value in model.tensors()}
    for name, value in tensors.items():
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise ValueError(f"{name} has numbers that are not finite")
    types = {value.dtype for value in tensors.values()}
    metadata = {
        "library": "bijou", "version": "0.1.0", "scalar": "float" if np.dtype(np.float32) in types else "double",
        "type": model.kind, "architecture": json.dumps(model.architecture())}
    save_file(tensors, str(path), metadata)


def part_of(flow):
    library = type(flow).__module__.split(".")[0]
    if library == "sbi":
        return sbi_flow(flow)
    for base in type(flow).__mro__:
        library = base.__module__.split(".")[0]
        if library in LIBRARIES:
            return LIBRARIES[library](flow)
    raise refusal(flow, f"expected a flow of {', '.join(LIBRARIES)} or sbi")


def refusal(thing, why="it has no counterpart here"):
    return ValueError(f"{type(thing).__module__}.{type(thing).__qualname__}: {why}")


def require(holds, thing, why):
    if not holds:
        raise refusal(thing, why)


# Parts of bijou. Maps go from data to noise in the order of a chain.


def whole(values):
    return np.asarray(values, dtype=np.int32)


def size(value):
    return np.asarray(value, dtype=np.int64)


def numpy_of(tensor):
    return tensor.detach().cpu().numpy() if hasattr(tensor, "detach") else np.asarray(tensor)


def wide(tensor):
    return numpy_of(tensor).astype(np.float64)


def chain(parts):
    return parts[0] if len(parts) == 1 else Part("Chain", bijectors=parts)


def flow_of(base, bijector):
    return Part("TransformedDistribution", base=base, bijector=bijector)


def standard_normal(features):
    return Part("StandardNormal", numbers={"event_size": size(features)})


def diagonal_normal(loc, log_scale):
    return Part("DiagonalNormal", numbers={"loc": loc, "log_scale": log_scale})


def invert(part):
    return Part("Invert", bijector=part)


def affine(shift, scale):
    """x = scale z + shift."""
    return Part("Affine", numbers={"shift": shift, "scale": scale})


def standardize(shift, scale, features):
    """z = scale x + shift, not trained."""
    shift, scale = wide(shift), wide(scale)
    deviation = np.broadcast_to(1 / scale, features)
    return Part("Standardize", numbers={
        "map.bijector.shift": np.broadcast_to(-shift / scale, features), "map.bijector.scale": deviation,
        "is_initialized": np.asarray(True)})


def permute(places):
    """z_j = x[places_j]."""
    return Part("Permute", numbers={"indices": whole(np.argsort(places))})


def lu_linear(layer):
    require(layer.eps == 1e-3, layer, "an eps other than 1e-3")
    return Part("LULinear", numbers={
        "lower": numpy_of(layer.lower_entries), "upper": numpy_of(layer.upper_entries),
        "diagonal": numpy_of(layer.unconstrained_upper_diag), "shift": numpy_of(layer.bias)})


def on_coordinates(coordinates, features, part):
    if list(coordinates) == list(range(features)):
        return part
    return Part("OnSlice", numbers={"event_size": size(features), "coordinates": whole(coordinates)}, bijector=part)


ADDITIVE = Part("AdditiveTransformer")


def affine_transformer(scale):
    return Part("AffineTransformer", {"scale": scale})


def spline(bins, bound, kind, dtype, edges="IdentityTails"):
    return Part("RationalQuadraticSpline", {"edges": edges, "map": kind}, {
        "bins": size(bins), "low": np.asarray(-bound, dtype), "high": np.asarray(bound, dtype)})


def inverted(transformer):
    return Part("InvertTransformer", transformer=transformer)


class Linear:
    """y = W x + b. mask: which entries of W count, or None for all."""

    def __init__(self, weight, bias=None, mask=None):
        self.weight, self.mask = numpy_of(weight), None if mask is None else numpy_of(mask) != 0
        self.bias = np.zeros(len(self.weight), self.weight.dtype) if bias is None else numpy_of(bias)
        if self.mask is not None:
            self.weight = self.weight * self.mask

    @classmethod
    def of(cls, layer):
        return cls(layer.weight, layer.bias, getattr(layer, "mask", None))

    def scaled(self, rows, factor):
        weight, bias = wide(self.weight), wide(self.bias)
        weight[rows] *= factor
        bias[rows] *= factor
        return Linear(weight, bias, self.mask)


def network(kind, layers, context_layers, orders, degrees, context, activation, connections):
    """orders: of the inputs and of the rows of each layer. Numbers of the network in bijou's order."""
    numbers = {"context_size": size(context)}
    for l, (layer, before, after) in enumerate(zip(layers, orders, orders[1:])):
        numbers[f"layers.{l}.weight"] = layer.weight[np.ix_(after, before)]
        numbers[f"layers.{l}.bias"] = layer.bias[after]
    for l, layer in enumerate(context_layers):
        numbers[f"context_layers.{l}.weight"] = layer.weight[orders[1]]
        numbers[f"context_layers.{l}.bias"] = layer.bias[orders[1]]
    for l, each in enumerate(degrees):
        numbers[f"degrees.{l}"] = whole(each)
    return Part(kind, {"activation": activation, "connections": connections}, numbers)


def made(layers, order, outputs, activation, context=0, connections="FeedForward", context_layers=()):
    """A masked network. order: the coordinates, each after those that it depends on; outputs[i]: the rows of the last
    layer for coordinate i. Behind the coordinates the first layer has the context. Units are sorted by how many
    coordinates they see."""
    features = len(order)
    inputs = layers[0].weight.shape[1]
    joined = list(range(features, inputs))
    seen = np.zeros(inputs, int)
    seen[order] = np.arange(1, features + 1)
    orders, degrees = [joined + list(order)], [[0] * len(joined) + list(range(1, features + 1))]
    for layer in layers[:-1]:
        mask = np.ones_like(layer.weight, bool) if layer.mask is None else layer.mask
        seen = (mask * seen).max(axis=1)
        orders.append(np.argsort(seen, kind="stable"))
        degrees.append(np.sort(seen))
    last = layers[-1].mask
    for k, i in enumerate(order):
        if last is not None and (seen[last[outputs[i]].any(axis=0)] > k).any():
            raise ValueError("a coordinate depends on itself or a later one")
    orders.append([row for i in order for row in outputs[i]])
    degrees.append([k + 1 for k, i in enumerate(order) for _ in outputs[i]])
    return network("Made", layers, context_layers, orders, degrees, context, activation, connections)


def mlp(layers, outputs, activation, context=0, connections="FeedForward", context_layers=()):
    """A network in which all see all; the context is behind the inputs of the first layer."""
    inputs = layers[0].weight.shape[1] - context
    orders = [[*range(inputs, inputs + context), *range(inputs)]]
    orders += [range(len(layer.bias)) for layer in layers[:-1]] + [[row for rows in outputs for row in rows]]
    degrees = [[0] * len(each) for each in orders[:-1]] + [[1] * len(orders[-1])]
    return network("Mlp", layers, context_layers, orders, degrees, context, activation, connections)


def without_coordinates(layers, features):
    """Layers of the context alone as those of a masked network whose units see no coordinate."""
    first = layers[0]
    weight = np.concatenate([np.zeros((len(first.bias), features), first.weight.dtype), first.weight], axis=1)
    mask = np.arange(weight.shape[1])[None] >= features
    return [Linear(weight, first.bias, np.broadcast_to(mask, weight.shape)), *layers[1:]]


def seen_inputs(layers, features, count):
    """Which inputs each coordinate, of `count` outputs, depends on, along the masks."""
    sees = functools.reduce(lambda below, layer: layer.mask @ below.astype(int) > 0, layers[1:], layers[0].mask)
    return sees.reshape(features, count, -1).any(axis=1)


def rows_of(coordinates, count):
    return [list(range(i * count, (i + 1) * count)) for i in range(coordinates)]


def autoregressive(transformer, conditioner):
    return Part("Autoregressive", transformer=transformer, conditioner=conditioner)


def coupling(transformer, conditioner):
    return Part("Coupling", transformer=transformer, conditioner=conditioner)


def embed(net, part):
    return Part("Embed", network=net, part=part)


FUNCTIONS = {"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid", "elu": "Elu", "softplus": "Softplus", "silu": "Silu"}
MODULES = {
    "ReLU": ("Relu", {}), "Tanh": ("Tanh", {}), "Sigmoid": ("Sigmoid", {}), "SiLU": ("Silu", {}),
    "ELU": ("Elu", {"alpha": 1.0}), "LeakyReLU": ("LeakyRelu", {"negative_slope": 0.01}),
    "GELU": ("Gelu", {"approximate": "tanh"})}


def activation_of(function):
    name = getattr(function, "__name__", None)
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    if type(function).__name__ == "LeakyReLU" and function.negative_slope == 0:
        return "Relu"
    found, options = MODULES.get(type(function).__name__, (None, {}))
    if found is None or any(getattr(function, key) != value for key, value in options.items()):
        raise ValueError(f"the activation {function} has no counterpart here")
    return found


def one_of(activations, owner):
    names = {activation_of(a) for a in activations}
    require(len(names) == 1, owner, f"expected one activation for all layers, got {sorted(names)}")
    return names.pop()


def sequential(modules, owner):
    """Layers and activation of nn.Linear, activation, nn.Linear, ..., nn.Linear; Dropout and Identity do nothing."""
    modules = [m for m in modules if type(m).__name__ not in ("Dropout", "Identity")]
    linear = [hasattr(m, "weight") and hasattr(m, "bias") for m in modules]
    alternate = linear == [i % 2 == 0 for i in range(len(modules))] and len(modules) % 2 == 1 and len(modules) > 2
    require(alternate, owner, "expected linear layers with activations between, and at least one hidden layer")
    return [Linear.of(m) for m in modules[::2]], one_of(modules[1::2], owner)


# zuko


def zuko_flow(flow):
    base = {name: numpy_of(value) for name, value in flow.base.state_dict().items()}
    base = {{"_0": "loc", "_1": "scale"}.get(name, name): value for name, value in base.items()}  # given by position
    require(set(base) == {"loc", "scale"}, flow.base, "expected a DiagNormal")
    features = len(base["loc"])
    transforms = getattr(flow.transform, "transforms", [flow.transform])
    is_standard = (base["loc"] == 0).all() and (base["scale"] == 1).all()
    start = standard_normal(features) if is_standard else diagonal_normal(base["loc"], np.log(wide(base["scale"])))
    return flow_of(start, chain([zuko_transform(t, features) for t in transforms]))


def zuko_transform(t, features):
    name = type(t).__name__
    if name == "UnconditionalTransform":
        numbers = {key: numpy_of(value) for key, value in t.state_dict().items()}
        require(set(numbers) == {"loc", "scale"}, t, f"expected an AffineTransform, got {t}")
        return standardize(numbers["loc"], numbers["scale"], features)
    known = ("MaskedAutoregressiveTransform", "GeneralCouplingTransform", "ElementWiseTransform")
    require(name in known, t, f"expected one of {', '.join(known)}")
    if not hasattr(t, "hyper"):
        phi = np.concatenate([numpy_of(p).reshape(features, -1) for p in t.phi], axis=1)
        return Part("Elementwise", numbers={"parameters": phi.T}, transformer=zuko_univariate(t, phi.dtype))
    layers, activation = sequential(t.hyper, t)
    transformer = zuko_univariate(t, layers[0].weight.dtype)
    if name == "GeneralCouplingTransform":
        mask = numpy_of(t.mask) != 0
        order = [*np.flatnonzero(mask), *np.flatnonzero(~mask)]
        context = layers[0].weight.shape[1] - mask.sum()
        net = mlp(layers, rows_of(features - mask.sum(), t.total), activation, context)
        return on_coordinates(order, features, coupling(transformer, net))
    if name == "ElementWiseTransform":
        layers, order = without_coordinates(layers, features), range(features)
    else:
        order = np.argsort(zuko_depths(t, layers, features), kind="stable")
    net = made(layers, list(order), rows_of(features, t.total), activation, layers[0].weight.shape[1] - features)
    return on_coordinates(order, features, autoregressive(transformer, net))


def zuko_depths(t, layers, features):
    """The order, or for an adjacency matrix the longest path to each coordinate."""
    if t.order is not None:
        return numpy_of(t.order)
    sees = seen_inputs(layers, features, t.total)[:, :features]
    depths = np.zeros(features, int)
    for _ in range(features):
        depths = np.array([max((depths[j] + 1 for j in np.flatnonzero(row)), default=0) for row in sees])
    return depths


def zuko_univariate(t, dtype):
    function, options = t.univariate, {}
    if isinstance(function, functools.partial):
        require(not function.args, t, "a univariate with positional arguments")
        function, options = function.func, function.keywords
    require(options.get("slope", 1e-3) == 1e-3, t, "a slope other than 1e-3")
    name = getattr(function, "__name__", type(function).__name__)  # a class, or a module as in NAF
    if name == "AdditiveTransform":
        return ADDITIVE
    if name == "MonotonicAffineTransform":
        return affine_transformer("SoftClippedExp")
    require(name == "MonotonicRQSTransform", t, f"the univariate {name} has no counterpart here")
    return spline((t.total + 1) // 3, options.get("bound", 5.0), "SoftClipped", dtype)


# nflows, and normflows, whose layers are much the same


def nflows_flow(flow):
    require(type(flow._distribution).__name__ == "StandardNormal", flow._distribution, "expected a StandardNormal")
    features, = flow._distribution._shape
    return flow_of(standard_normal(features), embedded(flow._embedding_net, nflows_transform(flow._transform, features)))


def nflows_transform(t, features):
    name = type(t).__name__
    if name == "CompositeTransform":
        return chain([nflows_transform(each, features) for each in t._transforms])
    if name == "InverseTransform":
        return invert(nflows_transform(t._transform, features))
    if hasattr(t, "_permutation"):
        return permute(numpy_of(t._permutation))
    if name in ("PointwiseAffineTransform", "AffineTransform", "AffineScalarTransform"):
        return standardize(numpy_of(t._shift), numpy_of(t._scale), features)
    if name == "IdentityTransform":
        return permute(range(features))
    if name == "LULinear":
        return lu_linear(t)
    if name == "ActNorm":
        return Part("ActNorm", numbers={
            "map.parameters": np.stack([numpy_of(t.shift), numpy_of(t.log_scale)]), "is_initialized": np.asarray(True)})
    if name == "BatchNorm":
        return batch_norm(t)
    if hasattr(t, "autoregressive_net"):
        return nflows_autoregressive(t, features, "SoftplusFloor")
    if hasattr(t, "transform_net"):
        return nflows_coupling(t, features)
    raise refusal(t)


def batch_norm(t):
    """As it is in eval()."""
    weight = np.logaddexp(0, wide(t.unconstrained_weight)) + t.eps
    return Part("BatchNorm", numbers={
        "parts.bijectors.0.map.bijector.shift": numpy_of(t.running_mean),
        "parts.bijectors.0.map.bijector.scale": np.sqrt(wide(t.running_var) + t.eps),
        "parts.bijectors.0.is_initialized": np.asarray(True),
        "parts.bijectors.1.parameters": np.stack([wide(t.bias), np.log(weight)])})


def rational_quadratic(t, count, dtype):
    is_spline = "RationalQuadratic" in type(t).__name__
    require(is_spline and t.tails == "linear" and count == 3 * t.num_bins - 1, t, "expected a rational-quadratic spline "
            "with tails='linear'")
    floors = (t.min_bin_width, t.min_bin_height, t.min_derivative)
    require(floors == (1e-3, 1e-3, 1e-3), t, "least widths, heights and derivatives other than 1e-3")
    return spline(t.num_bins, t.tail_bound, "SoftplusFloor", dtype)


def blocks_of(net, of_block):
    for block in net.blocks:
        has_norm = getattr(block, "use_batch_norm", False) or getattr(block, "batch_norm", None) is not None
        require(not has_norm, net, "batch normalization inside of a network")
        yield from of_block(block)


def nflows_autoregressive(t, features, scale):
    net = t.autoregressive_net
    require(len(net.blocks) > 0, net, "no blocks")
    is_residual = hasattr(net.blocks[0], "linear_layers")
    context_layers = [Linear.of(net.context_layer)] if hasattr(net, "context_layer") else []
    context = context_layers[0].weight.shape[1] if context_layers else 0
    layers = [Linear.of(net.initial_layer)]
    layers += [Linear.of(l) for l in blocks_of(net, lambda b: b.linear_layers if is_residual else [b.linear])]
    layers += [Linear.of(net.final_layer)]
    if is_residual and context_layers:
        context_layers += [Linear.of(b.context_layer) for b in net.blocks]
    count = len(layers[-1].bias) // features
    outputs = rows_of(features, count)
    if type(t).__name__.startswith("MaskedAffine"):
        transformer = affine_transformer(scale)
        outputs = [[shift, a] for a, shift in outputs]
    else:
        transformer = rational_quadratic(t, count, layers[0].weight.dtype)
    order = np.argsort(seen_inputs(layers, features, count).sum(axis=1), kind="stable")
    connections = "ResidualWithContext" if is_residual else "FeedForwardWithContext"
    if type(net).__module__.startswith("normflows"):
        # The context is added without an activation, as if it were an input, and gates the blocks.
        require(is_residual, net, "without residual blocks")
        connections = "GatedResidual"
        if context:
            entry, *context_layers = context_layers
            layers[0] = Linear(np.concatenate([layers[0].weight, entry.weight], axis=1), wide(layers[0].bias) + entry.bias,
                               np.concatenate([layers[0].mask, np.ones_like(entry.weight, bool)], axis=1))
    conditioner = made(layers, list(order), outputs, activation_of(of_nets(net)), context, connections, context_layers)
    return on_coordinates(order, features, autoregressive(transformer, conditioner))


def of_nets(net):
    """The activation of a network, which its blocks have."""
    return net.blocks[0].activation if len(net.blocks) else net.activation


def nflows_coupling(t, features):
    order = [*numpy_of(t.identity_features), *numpy_of(t.transform_features)]
    passed, changed = len(t.identity_features), len(t.transform_features)
    net, connections, context_layers = t.transform_net, "FeedForward", []
    name = type(net).__name__
    if name == "ResidualNet":
        require(getattr(net, "preprocessing", None) is None, net, "with preprocessing")
        layers = [Linear.of(net.initial_layer)]
        layers += [Linear.of(l) for l in blocks_of(net, lambda b: b.linear_layers)] + [Linear.of(net.final_layer)]
        context_layers = [Linear.of(b.context_layer) for b in net.blocks if hasattr(b, "context_layer")]
        connections, activation = "GatedResidual", activation_of(of_nets(net))
    elif name == "ContextSplineMap":
        layers, activation = sequential(net.spline_predictor, net)
    elif hasattr(net, "_input_layer"):
        require(not net._activate_output, net, "with an activation of the output")
        layers = [Linear.of(l) for l in [net._input_layer, *net._hidden_layers, net._output_layer]]
        activation = activation_of(net._activation)
    else:
        raise refusal(net, "expected a ResidualNet or an MLP")
    count = len(layers[-1].bias) // changed
    outputs = rows_of(changed, count)
    if type(t).__name__.startswith("Additive"):
        transformer = ADDITIVE
    elif type(t).__name__.startswith("Affine"):
        transformer = affine_transformer("SigmoidFloor")
        outputs = [[i, changed + i] for i in range(changed)]
    else:
        transformer = rational_quadratic(t, count, layers[0].weight.dtype)
        if hasattr(net, "hidden_features"):
            bins = np.arange(count * changed) % count < 2 * t.num_bins
            layers[-1] = layers[-1].scaled(bins, 1 / np.sqrt(net.hidden_features))
    if passed == 0:
        layers = without_coordinates(layers, features)
        conditioner = made(layers, list(range(features)), outputs, activation, layers[0].weight.shape[1] - features)
        return autoregressive(transformer, conditioner)
    context = layers[0].weight.shape[1] - passed
    conditioner = mlp(layers, outputs, activation, context, connections, context_layers)
    layer = on_coordinates(order, features, coupling(transformer, conditioner))
    return layer if t.unconditional_transform is None else chain([layer, unconditional(t, order[:passed], features)])


def unconditional(t, coordinates, features):
    """The spline of the coordinates that pass, behind the coupling."""
    cdf = t.unconditional_transform
    parameters = np.concatenate(
        [numpy_of(p) for p in (cdf.unnormalized_widths, cdf.unnormalized_heights, cdf.unnormalized_derivatives)], axis=1)
    transformer = rational_quadratic(t, parameters.shape[1], parameters.dtype)
    return on_coordinates(
        coordinates, features, Part("Elementwise", numbers={"parameters": parameters.T}, transformer=transformer))


def embedded(net, part):
    """The bijector under a context that goes through an embedding network first."""
    name = type(net).__name__
    if name == "Identity":
        return part
    if name == "Standardize":
        mean = np.atleast_1d(numpy_of(net._mean))
        # A number for all rows needs their count, which the part says.
        rows = mean if mean.size > 1 else np.broadcast_to(mean, context_of(part))
        return embed(Part("StandardizeContext", numbers={
            "mean": rows, "deviation": np.broadcast_to(numpy_of(net._std), rows.shape), "is_initialized": np.asarray(True)}),
            part)
    if name == "FCEmbedding":
        modules = [m for m in net.net if type(m).__name__ != "Identity"]
        layers, activation = [Linear.of(m) for m in modules[::2]], one_of(modules[1::2], net)
        last = len(layers[-1].bias)
        layers += [Linear(np.eye(last, dtype=layers[0].weight.dtype))]  # behind the last activation
        return embed(mlp(layers, rows_of(last, 1), activation), part)
    require(name == "Sequential", net, "expected sbi's Standardize or FCEmbedding, or nn.Sequential of linear layers")
    if any(type(m).__name__ in ("Standardize", "FCEmbedding", "Sequential") for m in net):
        return functools.reduce(lambda inner, m: embedded(m, inner), reversed(list(net)), part)
    layers, activation = sequential(net, net)
    return embed(mlp(layers, rows_of(len(layers[-1].bias), 1), activation), part)


def context_of(part):
    """The rows of the context that a part reads."""
    own = [int(value) for name, value in part.numbers.items() if name == "context_size"]
    for each in part.parts.values():
        own += [context_of(p) for p in (each if isinstance(each, list) else [each])]
    return max(own, default=0)


# sbi


def sbi_flow(estimator):
    estimator = getattr(estimator, "posterior_estimator", estimator)
    name = type(estimator).__name__
    if name == "NFlowsFlow":
        return nflows_flow(estimator.net)
    require(name == "ZukoFlow", estimator, "expected an estimator of nflows or zuko")
    model = zuko_flow(estimator.net)
    model.parts["bijector"] = embedded(estimator._embedding_net, model.parts["bijector"])
    return model


# FlowJAX


def flowjax_flow(flow):
    import jax
    import paramax

    flow = paramax.unwrap(flow)
    base, layers = flow.base_dist, flow.bijection
    require(type(base).__name__ in ("StandardNormal", "Normal"), base, "expected a normal distribution")
    features, = flow.shape
    is_inverted = type(layers).__name__ == "Invert"
    layers = layers.bijection if is_inverted else layers
    require(type(layers).__name__ == "Scan", layers, "expected the layers of masked_autoregressive_flow or coupling_flow")
    arrays = [a for a in jax.tree.leaves(layers.bijection) if hasattr(a, "shape")]
    parts = []
    for i in range(len(arrays[0])):
        layer = jax.tree.map(lambda a: a[i] if hasattr(a, "shape") else a, layers.bijection)
        parts += [flowjax_layer(b, features) for b in getattr(layer, "bijections", [layer])]
    if not is_inverted:  # noise to data
        parts = [invert(p) for p in reversed(parts)]
    return flow_of(flowjax_base(base, features), chain(parts))


def flowjax_base(base, features):
    if type(base).__name__ == "StandardNormal":
        return standard_normal(features)
    return diagonal_normal(np.asarray(base.loc), np.log(wide(base.scale)))


def flowjax_layer(layer, features):
    name = type(layer).__name__
    if name == "Flip":
        return permute(range(features)[::-1])
    if name == "Permute":
        return permute(np.asarray(layer.permutation[0]).reshape(-1))
    context = 0 if layer.cond_shape is None else layer.cond_shape[0]
    require(name in ("MaskedAutoregressive", "Coupling"), layer, "expected the layers of masked_autoregressive_flow or "
            "coupling_flow")
    net = layer.masked_autoregressive_mlp if name == "MaskedAutoregressive" else layer.conditioner
    layers = [Linear(l.weight, l.bias) for l in net.layers]
    require(len(layers) > 1, layer, "a network without hidden layers")
    changed = features if name == "MaskedAutoregressive" else features - layer.untransformed_dim
    count = len(layers[-1].bias) // changed
    require(count == 2, layer, f"a transformer of {count} parameters; expected the affine one")
    outputs, activation = rows_of(changed, 2), activation_of(net.activation)
    transformer = affine_transformer("FlowJaxScale")
    if name == "Coupling":
        return coupling(transformer, mlp(layers, outputs, activation, context))
    width = len(layers[0].bias)
    hidden = np.arange(width) % (features - 1) if context == 0 else np.arange(width) % features - 1
    ranks = [np.concatenate([np.arange(features), np.full(context, -1)])] + [hidden] * (len(layers) - 1)
    masked = [Linear(l.weight, l.bias, after[:, None] >= before) for l, before, after in zip(layers, ranks, ranks[1:])]
    last = np.repeat(np.arange(features), 2)[:, None] > hidden
    masked.append(Linear(layers[-1].weight, layers[-1].bias, last))
    return autoregressive(transformer, made(masked, list(range(features)), outputs, activation, context))


# normflows


def normflows_flow(flow):
    require(type(flow.q0).__name__ == "DiagGaussian" and flow.q0.temperature is None, flow.q0, "expected a DiagGaussian")
    loc, log_scale = numpy_of(flow.q0.loc)[0], numpy_of(flow.q0.log_scale)[0]
    base = diagonal_normal(loc, log_scale)
    return flow_of(base, chain([part for t in reversed(flow.flows) for part in normflows_layer(t, len(loc))]))


def normflows_layer(t, features):
    name = type(t).__name__
    if name == "AutoregressiveRationalQuadraticSpline":
        return [nflows_autoregressive(t.mprqat, features, None)]
    if name == "CoupledRationalQuadraticSpline":
        return [nflows_coupling(t.prqct, features)]
    if name == "MaskedAffineAutoregressive":
        return [invert(nflows_autoregressive(t, features, "SigmoidFloor"))]
    if name == "Permute":
        half = features // 2
        swap = [*range(half, features), *range(half)]
        return [permute(numpy_of(t.inv_perm) if t.mode == "shuffle" else np.argsort(swap))]
    if name == "LULinearPermute":
        return [permute(numpy_of(t.permutation._permutation)), lu_linear(t.linear)]
    if name in ("AffineConstFlow", "ActNorm"):
        return [affine(numpy_of(t.t).reshape(features), np.exp(wide(t.s)).reshape(features))]
    if name == "MaskedAffineFlow":
        return [masked_affine_flow(t, features)]
    if name == "AffineCouplingBlock":
        split, layer, _ = t.flows
        require(split.mode == "channel" and (not layer.scale or layer.scale_map == "exp"), t, "expected "
                "split_mode='channel' and scale_map='exp'")
        layers, activation = sequential(layer.param_map.net, layer.param_map)
        changed = features - layers[0].weight.shape[1]
        transformer = inverted(affine_transformer("Exp") if layer.scale else ADDITIVE)
        return [coupling(transformer, mlp(layers, rows_of(changed, 2 if layer.scale else 1), activation))]
    raise refusal(t)


def masked_affine_flow(t, features):
    """x = z exp(s) + t for the coordinates of mask 0. The two networks become one, side by side."""
    mask = numpy_of(t.b).reshape(features) != 0
    nets = [getattr(t, name) for name in ("t", "s") if hasattr(getattr(t, name), "parameters")]
    require(len(nets) == 2, t, "expected networks for both s and t")
    (shift, a), (scale, b) = (sequential(net.net, net) for net in nets)
    require(a == b and len(shift) == len(scale), t, "the networks for s and t differ in depth or activation")
    layers = [Linear(np.concatenate([x.weight[:, mask] for x in (shift[0], scale[0])]),
                     np.concatenate([shift[0].bias, scale[0].bias]))]
    for x, y in zip(shift[1:], scale[1:]):
        weight = np.zeros(np.add(x.weight.shape, y.weight.shape), x.weight.dtype)
        weight[: len(x.bias), : x.weight.shape[1]] = x.weight
        weight[len(x.bias):, x.weight.shape[1]:] = y.weight
        layers.append(Linear(weight, np.concatenate([x.bias, y.bias])))
    outputs = [[i, features + i] for i in np.flatnonzero(~mask)]
    order = [*np.flatnonzero(mask), *np.flatnonzero(~mask)]
    return on_coordinates(order, features, coupling(inverted(affine_transformer("Exp")), mlp(layers, outputs, a)))


# FrEIA


def freia_flow(flow):
    require(type(flow).__name__ == "SequenceINN", flow, "expected a SequenceINN")
    features, = flow.shapes[0]
    return flow_of(standard_normal(features), chain([part for block in flow.module_list for part in freia_block(block)]))


def freia_block(block):
    require(type(block).__name__ == "AllInOneBlock", block, "expected an AllInOneBlock")
    require(block.clamp == 2.0 and not block.GIN and not block.householder, block, "expected affine_clamping=2, no GIN and "
            "no learned permutation")
    features, passed = block.in_channels, block.splits[0]
    layers, activation = sequential(block.subnet, block.subnet)
    layers[-1] = layers[-1].scaled(slice(None), 0.1)
    changed = features - passed
    outputs = [[changed + i, i] for i in range(changed)]
    context = block.condition_channels
    layer = coupling(affine_transformer("TanhClippedExp"), mlp(layers, outputs, activation, context))
    matrix = numpy_of(block.w_perm).reshape(features, features)
    require(((matrix == 0) | (matrix == 1)).all(), block, "a soft permutation")
    places = matrix.argmax(axis=1)
    scale = numpy_of(block.global_scale_activation(block.global_scale.double())).reshape(features)
    offset = wide(block.global_offset).reshape(features)
    parts = [layer, affine(-offset / scale, 1 / scale), permute(places)]
    if block.reverse_pre_permute:
        parts.insert(0, permute(np.argsort(places)))
    return parts


LIBRARIES = {
    "zuko": zuko_flow, "nflows": nflows_flow, "flowjax": flowjax_flow, "normflows": normflows_flow, "FrEIA": freia_flow}
