#pragma once

#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/bijectors/coordinate_order.hpp>
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/elementwise.hpp>
#include <bijou/bijectors/standardize.hpp>
#include <bijou/conditioners/activations.hpp>
#include <bijou/conditioners/made.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/flows/any_bijector.hpp>
#include <bijou/flows/any_conditioner.hpp>
#include <bijou/flows/any_flow.hpp>
#include <bijou/flows/any_transformer.hpp>
#include <bijou/flows/flow_options.hpp>
#include <bijou/io/state_dict.hpp>
#include <bijou/io/torch_layers.hpp>
#include <bijou/io/torch_networks.hpp>
#include <bijou/transformers/additive.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/rational_quadratic_spline.hpp>
#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace bijou {

/// What a state_dict of zuko does not say, with zuko's defaults.
struct ZukoOptions {
  double bound = 5;         // splines: the identity outside of (-bound, bound)
  std::string prefix = {};  // the flow's name inside of what was saved, "model.flow" say
};

namespace detail {

template <std::floating_point T, Activation A, ScaleMap S, Activation Embedding>
class ZukoReader {
 public:
  ZukoReader(StateDict file, const ZukoOptions& options)
      : file_(std::move(file)), bound_(require_spline_bound<T>("zuko_flow", options.bound)) {}

  AnyFlow<T> flow() {
    root_ = file_.has_module("net.transform") ? "net." : "";  // sbi's ZukoFlow has the flow in `net`
    const auto [loc, scale] = base();
    size_ = loc.size();
    const std::string list = root_ + "transform.transforms";
    std::vector<AnyBijector<T>> transforms;
    if (file_.has_module(list)) {
      const int count = file_.count_of(list);
      for (int i = 0; i < count; ++i) transforms.push_back(transform(list + "." + std::to_string(i)));
    } else {
      transforms.push_back(transform(root_ + "transform"));
    }
    AnyBijector<T> all = with_embedding<T, Embedding>(file_, "_embedding_net", DynamicChain(std::move(transforms)));
    file_.require_all_taken();
    if ((loc.array() == T(0)).all() && (scale.array() == T(1)).all())
      return TransformedDistribution{StandardNormal<T, D>(size_), std::move(all)};
    return TransformedDistribution{DiagonalNormal<T, D>(loc, scale), std::move(all)};
  }

 private:
  using Vector = StateDict::Vector<T>;
  static constexpr int D = Eigen::Dynamic;

  std::pair<Vector, Vector> base() {
    const bool has_names = file_.has(root_ + "base.loc");  // else the arguments were given by position
    const std::string loc = root_ + (has_names ? "base.loc" : "base._0");
    const std::string scale = root_ + (has_names ? "base.scale" : "base._1");
    if (!file_.has(loc) || !file_.has(scale))
      file_.fail(
          "has no tensors ", loc, " and ", scale,
          ": the base is no DiagNormal, as MAF, NSF and NICE of zuko have it; or the flow stands inside of another "
          "module, whose name is the option prefix; or it is one of nflows, for nflows_flow");
    std::pair<Vector, Vector> moments{file_.vector<T>(loc), file_.vector<T>(scale)};
    const bool is_normal = moments.first.size() > 0 && moments.first.size() == moments.second.size() &&
                           (moments.second.array() > T(0)).all();
    if (!is_normal) file_.fail(loc, " and ", scale, " are not those of a normal distribution");
    return moments;
  }

  AnyBijector<T> transform(const std::string& name) {
    if (file_.has(name + ".phi.0")) return elementwise(name);
    if (file_.has(name + ".loc") && file_.has(name + ".scale"))  // UnconditionalTransform(AffineTransform)
      return standardize<T>(file_, size_, name + ".loc", name + ".scale");
    if (!file_.has_module(name + ".hyper"))
      file_.fail(name,
                 " is not a MaskedAutoregressiveTransform, GeneralCouplingTransform or ElementWiseTransform of zuko");
    if (file_.has(name + ".mask")) return coupling(name);
    return has_masks(name) ? autoregressive(name) : elementwise_of_context(name);
  }

  /// Whether the network is a MaskedMLP; read as one, it is refused if it lacks a mask.
  bool has_masks(const std::string& name) const {
    const std::set<std::string> layers = file_.parts_of(name + ".hyper");
    return file_.has(name + ".order") || std::any_of(layers.begin(), layers.end(), [&](const std::string& layer) {
             return file_.has(std::string(name).append(".hyper.").append(layer).append(".mask"));
           });
  }

  /// The layers of zuko's MLP or MaskedMLP: hyper.0, an activation, hyper.2, and so on.
  TorchNetwork<T> network(const std::string& name, bool has_masks) {
    TorchNetwork<T> network{.name = name + ".hyper"};
    const auto layer_of = [&](std::size_t i) { return network.name + "." + std::to_string(i); };
    const std::size_t count = file_.parts_of(network.name).size();
    for (std::size_t l = 0; l < count; ++l) {
      if (!file_.has(layer_of(2 * l) + ".weight"))
        file_.fail(network.name,
                   " is not linear layers with activations between: residual=True, normalize=True and "
                   "activations with parameters are not supported");
      network.layers.push_back(read_linear<T>(file_, layer_of(2 * l), has_masks));
    }
    return network;
  }

  /// The transformer with so many parameters for a coordinate.
  AnyTransformer<T> transformer(const std::string& name, Index parameters) const {
    if (parameters == 1) return AdditiveTransformer<T>{};
    if (parameters == 2) return AffineTransformer<T, S>{};
    if (parameters < 5 || parameters % 3 != 2)
      file_.fail(
          name, " has ", parameters,
          " parameters for a coordinate: neither a shift, a MonotonicAffineTransform nor a MonotonicRQSTransform");
    using Spline = RationalQuadraticSpline<T, D, spline_edges::IdentityTails, spline_maps::SoftClipped<S>>;
    return Spline((parameters + 1) / 3, -bound_, bound_);
  }

  AnyBijector<T> autoregressive(const std::string& name) {
    TorchNetwork<T> parts = network(name, true);
    parts.context_size = parts.layers.front().columns() - size_;
    const Index count = rows_for_each(file_, parts, size_);
    parts.outputs = rows_of_coordinates(size_, count);
    const std::vector<int> order = order_of(name, parts);
    return in_order<T>(order, masked(transformer(name, count), parts, order));
  }

  AnyBijector<T> masked(AnyTransformer<T> transformer, const TorchNetwork<T>& parts, const std::vector<int>& order) {
    return Autoregressive<D, AnyTransformer<T>, AnyConditioner<T>>(std::move(transformer),
                                                                   masked_network<Made<T, A>>(file_, parts, order));
  }

  /// The coordinates in the order in which they depend on each other; with `passes`, some come together.
  std::vector<int> order_of(const std::string& name, const TorchNetwork<T>& network) {
    const std::vector<int> places = file_.has(name + ".order") ? file_.indices(name + ".order") : depths(network);
    if (static_cast<Index>(places.size()) != size_)
      file_.fail(name, ".order has ", places.size(), " numbers for ", size_, " coordinates");
    std::vector<int> order = counted(size_);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      return places[static_cast<std::size_t>(a)] < places[static_cast<std::size_t>(b)];
    });
    return order;
  }

  /// With an adjacency matrix instead of an order: the longest path to each coordinate, along the masks.
  std::vector<int> depths(const TorchNetwork<T>& network) const {
    using Sees = StateDict::Matrix<T>;
    Sees sees = network.layers.front().mask;
    for (std::size_t l = 1; l < network.layers.size(); ++l) {
      const Sees& mask = network.layers[l].mask;
      if (mask.cols() != sees.rows()) file_.fail("the layers of ", network.name, " do not fit together");
      Sees next = Sees::Zero(mask.rows(), sees.cols());  // loops: a product would take long to compile
      for (Index j = 0; j < sees.cols(); ++j) {
        for (Index c = 0; c < mask.cols(); ++c) {
          for (Index r = 0; r < mask.rows(); ++r) {
            if (sees(c, j) != T(0) && mask(r, c) != T(0)) next(r, j) = T(1);
          }
        }
      }
      sees = std::move(next);
    }
    std::vector<int> depths(static_cast<std::size_t>(size_), 0);
    const Index count = sees.rows() / size_;
    for (Index round = 0; round <= size_; ++round) {
      bool is_done = true;
      for (Index i = 0; i < size_; ++i) {
        for (Index j = 0; j < size_; ++j) {
          int& depth = depths[static_cast<std::size_t>(i)];
          const int before = depths[static_cast<std::size_t>(j)];
          if (depth > before || !(sees.col(j).segment(i * count, count).array() != T(0)).any()) continue;
          depth = before + 1;
          is_done = false;
        }
      }
      if (is_done) return depths;
    }
    file_.fail("the masks of ", network.name, " let coordinates depend on themselves");
  }

  AnyBijector<T> coupling(const std::string& name) {
    const std::vector<int> mask = file_.indices(name + ".mask");
    std::vector<int> order, changed;
    for (std::size_t i = 0; i < mask.size(); ++i) (mask[i] != 0 ? order : changed).push_back(static_cast<int>(i));
    const auto passed = static_cast<Index>(order.size());
    if (static_cast<Index>(mask.size()) != size_ || order.empty() || changed.empty())
      file_.fail(name, ".mask is not one of ", size_, " coordinates, some of which pass");
    TorchNetwork<T> parts = network(name, false);
    parts.context_size = parts.layers.front().columns() - passed;
    if (parts.context_size < 0) file_.fail(parts.name, " has too few inputs for ", passed, " coordinates");
    const Index count = rows_for_each(file_, parts, size_ - passed);
    parts.outputs = rows_of_coordinates(size_ - passed, count);
    order.insert(order.end(), changed.begin(), changed.end());
    AnyTransformer<T> changes = transformer(name, count);
    return in_order<T>(order, Coupling<D, AnyTransformer<T>, AnyConditioner<T>>(
                                  std::move(changes), dense_network<Mlp<T, A>>(file_, parts)));
  }

  /// ElementWiseTransform without a context: phi.0, phi.1, ... of size_ x k numbers.
  AnyBijector<T> elementwise(const std::string& name) {
    std::vector<Vector> phi;
    Index count = 0;
    for (int i = 0; i < file_.count_of(name + ".phi"); ++i) {
      phi.push_back(file_.numbers<T>(name + ".phi." + std::to_string(i)));
      if (phi.back().size() % size_ != 0) file_.fail(name, ".phi.", i, " does not fit ", size_, " coordinates");
      count += phi.back().size() / size_;
    }
    Eigen::Matrix<T, D, D> parameters(count, size_);
    Index row = 0;
    for (const Vector& part : phi) {
      const Index rows = part.size() / size_;
      parameters.middleRows(row, rows) = part.reshaped(rows, size_);
      row += rows;
    }
    return Elementwise<D, AnyTransformer<T>>(transformer(name, count), parameters);
  }

  /// ElementWiseTransform with a context, from which the network makes all parameters: autoregressive without
  /// connections to coordinates.
  AnyBijector<T> elementwise_of_context(const std::string& name) {
    TorchNetwork<T> parts = network(name, false);
    add_unseen_inputs(parts, size_);
    const Index count = rows_for_each(file_, parts, size_);
    parts.outputs = rows_of_coordinates(size_, count);
    return masked(transformer(name, count), parts, counted(size_));
  }

  StateDict file_;
  T bound_;
  Index size_ = 0;
  std::string root_ = {};
};

}  // namespace detail

/// The flow of a state_dict of zuko 1.6 in a file that is open: MAF, NSF, NICE, RealNVP and Flow of
/// MaskedAutoregressiveTransform, GeneralCouplingTransform and ElementWiseTransform with shifts,
/// MonotonicAffineTransform or MonotonicRQSTransform, with a context or without, any order, `passes` or adjacency.
/// Sizes, orders, masks and the number of bins come from the file. What it does not hold:
///
/// T: float or double; weights of the other type are converted. A: the activation; zuko's default is ReLU, and another
/// one is not noticed. S: the scale map of the slope, SoftClippedExp for zuko's default of 1e-3. Options: see there.
///
/// Throws FileError for what is something else (residual=True, normalize=True, other transforms and bases); the message
/// names it. Throws std::invalid_argument for a bound of 0 or less.
///
/// @code{.cpp}
/// #include <bijou/io/torch_file.hpp>
/// #include <bijou/io/zuko.hpp>
/// #include <random>
/// #include <cstdio>
/// int main(int count, char** arguments) {
///   if (count < 2) return 1;
///   const bijou::AnyFlow<float> flow = bijou::zuko_flow<float>(bijou::TorchFile(arguments[1]));
///   std::mt19937_64 rng{0};
///   const Eigen::MatrixXf x = flow.sample(1'000, rng);
///   std::printf("%g nats\n", static_cast<double>(flow.log_prob(x).mean()));
/// }
/// @endcode
template <std::floating_point T, Activation A = activations::Relu, ScaleMap S = scale_maps::SoftClippedExp,
          Activation Embedding = activations::Relu, TensorFile File>
AnyFlow<T> zuko_flow(const File& file, const ZukoOptions& options = {}) {
  detail::ZukoReader<T, A, S, Embedding> reader(detail::StateDict(file, options.prefix), options);
  return detail::or_file_error(file.path(), [&] { return reader.flow(); });
}

}  // namespace bijou
