"""Copies of the headers in which Doxygen finds the comments that go without saying.

Doxygen is asked first what is undocumented. Such a declaration then takes, in this order, the ordinary comment on its line or
above it, or what CONTRACT says of its name: the members that a concept asks of each of its types are described once, here and
in the comment of the concept. What neither documents stays undocumented, which is an error. Lines keep their numbers.
"""

import re
import shutil
from pathlib import Path

CONSTRUCTOR = "See the type."

# Pattern of the file, pattern of the declaration as Doxygen prints it, what it means; the first that fits counts.
CONTRACT = [
    # Of any type
    ("", r"\w+(\(.*\))? -> ", "So that the template arguments can be left out."),
    ("", r"Scalar$", "float or double: of the numbers that go in and come out."),
    ("", r"static_event_size$", "D, the rows of an event; Eigen::Dynamic if it is known at run time only."),
    ("", r"event_size\(\) ?(const)?$", "D, the rows of an event."),
    ("", r"context_size\(\)", "C, the rows of a context; 0 if none is read."),
    ("", r"name$", "What error messages and tables call it."),
    ("", r"type_name$", "What files call it."),
    ("", r"formula$", "The map or density in one line, for printed tables."),
    ("", r"members\(\)", "The list of what belongs to its value: parameters, state, parts."),
    ("", r"policies\(\)", "Its template arguments that are policies, by name, as files have them."),
    ("", r"shape\(\) const", "Its sizes in a printed table."),
    ("", r"state_error\(\)", "What is wrong with the values of its state, in words; empty if nothing is."),
    ("", r"parameter_count\(\)", "How many numbers training changes."),
    ("", r"operator=\(", "Takes the value of the other."),
    ("", r"operator==\(", "Whether both have the same value."),
    ("", r"Cache$", "What a pass keeps for its pullback."),
    ("", r"Vector$", "A column of its numbers."),
    ("", r"Events$", "A batch: one event per column."),
    ("", r"initialize\(const detail::LearningBatch", "Starts from data, as `initialize(flow, data)` and `fit` ask; see core/initialize.hpp."),
    ("", r"is_initialized\(\)", "Whether it has learned from data."),
    ("", r"learns_each_epoch\(\)", "Whether it learns from the data anew at the start of each epoch of fit."),
    ("", r"may_learn$", "Whether something in it may learn from data."),
    # Bijectors, see Bijector
    ("", r"forward\(const Eigen::DenseBase< Z >", r"@f$ x = f(z) @f$ for each column of z."),
    ("", r"inverse\(const Eigen::DenseBase< X >", r"@f$ z = f^{-1}(x) @f$ for each column of x."),
    ("", r"forward_log_det\(const Eigen::DenseBase< Z >", r"@f$ \ln\left|\det\frac{\partial f}{\partial z}\right| @f$ for each column of z: a vector of N, or a scalar for a single event."),
    ("", r"inverse_log_det\(const Eigen::DenseBase< X >", r"@f$ \ln\left|\det\frac{\partial f^{-1}}{\partial x}\right| @f$ for each column of x: a vector of N, or a scalar for a single event."),
    ("", r"forward\(const B &b", r"@f$ x = f(z) @f$ for each column of z, for any Bijector."),
    ("", r"inverse\(const B &b", r"@f$ z = f^{-1}(x) @f$ for each column of x, for any Bijector."),
    ("", r"forward_log_det\(const B &b", r"@f$ \ln\left|\det\frac{\partial f}{\partial z}\right| @f$ for each column of z, for any Bijector."),
    ("", r"inverse_log_det\(const B &b", r"@f$ \ln\left|\det\frac{\partial f^{-1}}{\partial x}\right| @f$ for each column of x, for any Bijector."),
    ("", r"forward\((Transformer)?Evaluation", "From noise to data for one tile of events; adds to log_det."),
    ("", r"inverse\((Transformer)?Evaluation", "From data to noise for one tile of events; adds to log_det."),
    ("", r"forward_pullback\((Transformer)?Pullback", "The gradients that go back through forward, for one tile."),
    ("", r"inverse_pullback\((Transformer)?Pullback", "The gradients that go back through inverse, for one tile."),
    ("", r"maps_in_order\(\)", "Whether coordinate i of the output depends on the first i + 1 of the input only."),
    # Transformers, see Transformer
    ("", r"parameters_per_coordinate\(\)", "K, the numbers that a conditioner gives it for each coordinate."),
    ("", r"most_parameters$", "The most parameters that a coordinate may have."),
    # Conditioners, see Conditioner
    ("", r"input_size\(\)", "Rows of the input: the coordinates that it sees."),
    ("", r"output_size\(\)", "Rows of the output: the parameters of all transformers."),
    ("", r"is_autoregressive$", "Whether output i sees inputs before i only."),
    ("", r"has_context_layers$", "Whether the context enters through layers of its own."),
    ("", r"steps\(\) const", "The number of steps."),
    ("conditioners|flows|signals", r"evaluate\(", "The outputs for one tile."),
    ("conditioners|flows|signals", r"evaluate_steps\(", "The outputs of these steps for one tile."),
    ("conditioners|flows|signals", r"start\(", "Takes the memory of a pass in steps."),
    ("conditioners|flows|signals", r"start_pullback\(", "Takes the memory of a pullback in steps."),
    ("conditioners|flows|signals", r"pullback\(", "The gradients that go back through evaluate, for one tile."),
    # Distributions and energies, see Distribution and Energy
    ("", r"log_prob\(DensityEvaluation", "Adds ln p of each event of a tile, in nats."),
    ("", r"log_prob_pullback\(DensityPullback", "The gradients that go back through log_prob, for one tile."),
    ("", r"hessian_product\(HessianProduct", "The second derivatives of ln p times a vector, for each event of a tile."),
    ("", r"draw\(", "Fills each column with a draw, or with the noise that map_noise makes a draw of."),
    ("", r"map_noise\(NoiseEvaluation", "Makes draws of noise and adds their ln p, for one tile."),
    ("", r"noise_size\(\)", "Rows of noise that a draw takes."),
    ("", r"scale_noise\(", "Takes noise to a temperature: multiplied by it, but for what chooses a component."),
    ("", r"coordinates_are_independent\(\)", "Whether ln p is a sum over coordinates, so that the first ones can be asked alone."),
    ("inference", r"transition\(", "The steps of one tile; adds the logarithm of the ratio of the kernels to log_det."),
    ("inference", r"transition_pullback\(", "The gradients that go back through transition, noise and decisions fixed."),
    ("inference", r"uses_score$", "Whether a step needs the gradient of the energy."),
    # Policies, see Activation, ScaleMap, BinMap, SplineEdges
    ("activations", r"value\(", "h of a packet of a."),
    ("activations", r"derivative\(", "dh/da of a packet, from a and h."),
    ("activations", r"derivative_needs_input$", "Whether derivative reads a; if not, networks do not keep it."),
    ("scale_maps|spline_maps", r"scale\(", "s(a) > 0 of a packet."),
    ("scale_maps|spline_maps", r"log_scale\(", "ln s(a) of a packet."),
    ("scale_maps|spline_maps", r"log_scale_slope\(", "d ln s/da of a packet."),
    ("scale_maps|spline_maps", r"bound$", "c, the bound of the soft clip."),
    ("spline_maps", r"logit\(", "The logit of a packet of raw numbers, and its derivative."),
    ("spline_maps", r"bounded$", "Whether all logits lie between -60 and 60."),
    ("spline_maps", r"halves_ends$", "Whether the first and the last bin are the halves of the first share."),
    ("spline_maps", r"floor\(", "The least share of a bin, of n."),
    ("spline_maps", r"Slope$", "The map of the slopes at the knots."),
    ("spline_maps", r"unit_slope$", "The raw number that makes a slope of 1."),
    ("spline_edges", r"end_slopes$", "The slopes at both ends."),
    ("spline_edges", r"outside$", "What the spline does outside of its interval."),
    ("spline_edges", r"low$", "The lower end of the interval unless another is given."),
    ("spline_edges", r"high$", "The upper end of the interval unless another is given."),
    ("formula", r"value\(", "x of a packet of z."),
    ("formula", r"inverse\(", "z of a packet of x."),
    ("formula", r"log_slope\(", "ln|dx/dz| of a packet of z."),
    ("formula", r"log_slope_derivative\(", "d ln|dx/dz|/dz of a packet of z."),
    ("formula", r"value_gradient\(", "dx/dtheta of a packet of z, for each parameter."),
    ("formula", r"log_slope_gradient\(", "d ln|dx/dz|/dtheta of a packet of z, for each parameter."),
    ("formula", r"parameters$", "How many parameters the formula has."),
    ("formula", r"(domain|range)$", "The open interval of all z, or of all x."),
    ("formula", r"decreasing$", "That x falls as z grows."),
    ("numerics/packet", r"operator", "Of each number of the packet."),
    ("core/members", r"expected$", "The values that it takes, in words."),
    ("core/members", r"holds\(", "Whether the value is one of these."),
    # Parts that can be read back
    ("", r"cache$", "What the pass keeps for its pullback."),
    ("", r"pass$", "What travels with the tile: memory, context, threads."),
    ("", r"shift\(\)", "What is added, D."),
    ("affine.hpp", r"scale\(\)", "The factors, D."),
    ("", r"transformer\(\)", "The map of each coordinate."),
    ("", r"conditioner\(\)", "The network that gives the transformer its parameters."),
    ("", r"bijector\(\)", "The map inside."),
    ("", r"bijectors\(\)", "The maps, from data to noise as they stand in the list."),
    ("", r"layers\(\)", "The layers, from data to noise as they stand in the list."),
    ("", r"mean\(\)", "The means that it has learned."),
    ("", r"deviation\(\)", "The deviations that it has learned."),
    ("", r"low\(\)", "The lower bounds, D."),
    ("", r"high\(\)", "The upper bounds, D."),
    ("", r"flow\(\)", "The flow inside."),
    ("", r"distribution\(\)", "The flow inside."),
    ("inference", r"prior\(\)", "The prior of theta."),
    ("", r"components\(\)", "K, the number of components."),
    ("", r"path\(\)", "Where the file is."),
    ("triangular_affine|lu_linear", r"Entries$", "The entries beside the diagonal, row by row."),
    # What the calls on batches ask of a view
    ("", r"visit\(", "Calls f with member i and its cache."),
    ("", r"for_each_part_and_cache\(", "Calls f with each part and its cache."),
    ("", r"require_parts\(\)", "Refuses parts that do not fit each other, before a call on a batch."),
    ("", r"require_events_of_context\(", "Refuses a batch of another number of events than the context has."),
    ("", r"require_apart_from_context\(", "Refuses a place for results that lies in the context."),
    ("", r"has_one_context\(\)", "Whether one context holds for all events."),
    ("", r"context_of\(", "The columns of the context that go with a tile."),
    ("distributions", r"standard\(", "The density of coordinate i with loc 0 and scale 1."),
    ("distributions", r"draw_standard\(", "A draw of coordinate i with loc 0 and scale 1."),
    # How the layers of a network are connected, see any_connections.hpp
    ("conditioners", r"context_role\(std", "What the context does in layer l."),
    ("conditioners", r"joins_context$", "Whether the context is one more input of the first layer."),
    ("conditioners", r"adds_skip\(", "Whether the input of the block is added behind layer l."),
    ("conditioners", r"activates\(", "Whether the activation follows layer l at once."),
    ("conditioners", r"keeps_preactivations$", "Whether a pass keeps what goes into the activations, too."),
    ("conditioners", r"require_layers\(", "Refuses hidden layers that blocks cannot be made of."),
    ("", r"policy_name<", "What files call it."),
    # Views
    ("core/tile", r"operator Const", "The same numbers, to be read only."),
    ("core/tile", r"load\(", "The packet from event n on."),
    ("core/tile", r"store\(", "Writes the packet from event n on."),
    ("core/tile", r"row\(", "The values of coordinate i."),
    ("core/tile", r"operator\(\)\(", "The value of coordinate i of event n."),
    ("core/tile", r"operator[+-]=", "For each event."),
    # Simulators, kernels, schedules
    ("datasets", r"prior\(\)", "The prior of theta that the benchmark takes."),
    ("datasets", r"operator\(\)\(", "A draw of x given theta."),
    ("datasets", r"log_likelihood\(", "ln p(x | theta) in nats, exactly."),
    ("kernels", r"step\(const E", "One step of each chain of a tile."),
    ("kernels", r"step_size$", "Where the adaptation of the step size starts, above 0."),
    ("kernels", r"target_acceptance$", "The share of accepted steps that the step size is adapted to."),
    ("schedule", r"operator\(\)\(", "The factor on the learning rate at a step, counted from 0."),
    # Files
    ("known_types", r"make_\w+\(", "The object of the type that the file names, with the file's numbers."),
    ("known_types", r"add_\w+\(", "Makes a name known: `make` builds the object from its part of the file."),
    ("model_part", r"(distribution|transformer|conditioner)\(", "The part of this name."),
    ("model_part", r"(bijectors|distributions|transformers)\(", "The list of parts of this name."),
]


def constructor_of(declaration, parent):
    name = re.match(r"(?:explicit )?(\w+)", declaration)
    return name is not None and name[1] == re.sub(r"<.*", "", parent).split("::")[-1].strip()


def copy_headers(include, headers):
    """What is protected is for the library's own types, so not public. Sphinx cannot parse 10'000 and (min)()."""
    shutil.rmtree(headers, ignore_errors=True)
    for path in sorted(include.rglob("*.hpp")):
        target = headers / path.relative_to(include)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = re.sub(r"^( *)protected:", r"\1private:", path.read_text(), flags=re.M)
        text = re.sub(r"(?<=\d)'(?=\d)", "", text)
        target.write_text(re.sub(r"\((min|max)\)\(\)", r" \1()", text))


UNDOCUMENTED = re.compile(
    r"(?P<path>.*?):(?P<line>\d+): warning: (?:Member|Compound) (?P<declaration>.*?)"
    r"(?: \((?P<kind>\w+)\))?(?: of \w+ (?P<parent>.*?))? is not documented\."
)


def meaning_of(path, declaration, kind, parent):
    if parent and kind == "function" and constructor_of(declaration, parent):
        return CONSTRUCTOR
    for of_path, of_declaration, meaning in CONTRACT:
        if re.search(of_path, path) and re.match(of_declaration, declaration):
            return meaning
    return None


def first_line(lines, at):
    """Where the declaration begins whose name stands on line `at`: at its template or requires clause."""
    while at > 0:
        before = re.sub(r"//.*", "", lines[at - 1]).strip()
        if not before or before.startswith("#") or re.search(r"[;{}:]$", before) or before.endswith("*/"):
            break
        at -= 1
    return at


def annotate(headers, warnings):
    """Adds the comments; returns how many declarations took them."""
    wanted = {}
    for line in warnings.splitlines():
        if found := UNDOCUMENTED.match(line):
            wanted.setdefault(found["path"], {}).setdefault(int(found["line"]) - 1, found)
    count = 0
    for path, places in wanted.items():
        file = Path(path)
        lines = file.read_text().split("\n")
        name = str(file.relative_to(headers))
        for at, found in sorted(places.items()):
            begin = first_line(lines, at)
            trailing = re.search(r"(?<!/)// (\w.*|[-|(].*)$", lines[at])
            if trailing:
                lines[at] = lines[at][: trailing.start()] + "///< " + trailing[1]
                following = at + 1
                while re.match(r" {20,}// ", lines[following]):
                    lines[following] = lines[following].replace("// ", "///< ", 1)
                    following += 1
            elif begin > 0 and re.match(r" *// ", lines[begin - 1]):
                above = begin - 1
                while above >= 0 and re.match(r" *// ", lines[above]):
                    lines[above] = lines[above].replace("// ", "/// ", 1)
                    above -= 1
            elif meaning := meaning_of(name, found["declaration"], found["kind"], found["parent"]):
                indent = len(lines[begin]) - len(lines[begin].lstrip())
                lines[begin] = f"{lines[begin][:indent]}/** {meaning} */ {lines[begin][indent:]}"
            else:
                continue
            count += 1
        file.write_text("\n".join(lines))
    return count
