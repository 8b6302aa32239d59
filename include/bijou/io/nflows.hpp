#pragma once

#include <bijou/bijectors/act_norm.hpp>
#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/bijectors/batch_norm.hpp>
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/invert.hpp>
#include <bijou/bijectors/lu_linear.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/conditioners/activations.hpp>
#include <bijou/conditioners/feed_forward_with_context.hpp>
#include <bijou/conditioners/made.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/conditioners/residual.hpp>
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
#include <bijou/numerics/finite.hpp>
#include <bijou/training/checks.hpp>
#include <bijou/transformers/additive.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/rational_quadratic_spline.hpp>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace bijou {

/// What a state_dict of nflows does not say, with nflows' defaults.
struct NflowsOptions {
  double tail_bound = 1;         // splines: the identity outside of (-tail_bound, tail_bound); sbi has 3
  double batch_norm_eps = 1e-5;  // of BatchNorm between layers
  std::string prefix = {};       // the flow's name inside of what was saved, "model.flow" say
};

namespace detail {

template <std::floating_point T, Activation A, Activation Embedding>
class NflowsReader {
 public:
  NflowsReader(StateDict file, const NflowsOptions& options)
      : file_(std::move(file)),
        bound_(require_spline_bound<T>("nflows_flow", options.tail_bound, "tail_bound")),
        batch_norm_eps_(options.batch_norm_eps) {
    require_option("nflows_flow", batch_norm_eps_ >= 0 && finite(batch_norm_eps_),
                   "a finite batch_norm_eps of at least 0", batch_norm_eps_);
  }

  AnyFlow<T> flow() {
    const std::string root =
        file_.has_module("net._transform") ? "net." : "";  // sbi's NFlowsFlow has the flow in `net`
    file_.ignore(root + "_distribution._log_z");           // of StandardNormal before nflows 0.14
    size_ = size_of(root + "_transform");
    if (size_ == 0) file_.fail("has no transform of nflows that says how many coordinates there are");
    AnyBijector<T> all = with_embedding<T, Embedding>(file_, root + "_embedding_net", transform(root + "_transform"));
    file_.require_all_taken();
    return TransformedDistribution{StandardNormal<T, D>(size_), std::move(all)};
  }

 private:
  static constexpr int D = Eigen::Dynamic;
  using Vector = StateDict::Vector<T>;
  using Rows = std::vector<std::vector<int>>;

  /// How many coordinates the first transform that says so has, or 0.
  Index size_of(const std::string& name) const {
    const auto length = [&](const std::string& part, std::size_t axis) {
      return file_.has(name + part) && file_.shape(name + part).size() > axis ? file_.shape(name + part)[axis] : 0;
    };
    if (file_.has_module(name + "._transform")) return size_of(name + "._transform");
    for (const std::string& i : file_.parts_of(name + "._transforms")) {
      if (const Index size = size_of(std::string(name).append("._transforms.").append(i)); size > 0) return size;
    }
    const Index split = length(".identity_features", 0) + length(".transform_features", 0);
    return (std::max)({split, length("._permutation", 0), length(".autoregressive_net.initial_layer.weight", 1),
                       length(".unconstrained_upper_diag", 0), length(".log_scale", 0), length(".running_mean", 0)});
  }

  AnyBijector<T> transform(const std::string& name) {
    const auto has = [&](const char* part) { return file_.has(name + part); };
    if (file_.has_module(name + "._transforms")) return composite(name + "._transforms");
    if (file_.has_module(name + "._transform")) return Invert(DynamicChain{transform(name + "._transform")});
    if (has("._permutation")) return permutation(name);
    if (has("._shift") && has("._scale")) return standardize<T>(file_, size_, name + "._shift", name + "._scale");
    if (has(".autoregressive_net.initial_layer.weight")) return autoregressive(name);
    if (has(".transform_features")) return coupling(name);
    if (has(".lower_entries") && has(".unconstrained_upper_diag")) return lu_linear(name);
    if (has(".initialized") && has(".log_scale")) return act_norm(name);
    if (has(".running_mean") && has(".unconstrained_weight")) return batch_norm(name);
    const std::set<std::string> parts = file_.parts_of(name);
    file_.fail(name, " is a transform that is not supported; it has ", parts.empty() ? "nothing" : *parts.begin());
  }

  AnyBijector<T> composite(const std::string& name) {
    std::vector<AnyBijector<T>> transforms;
    const int count = file_.count_of(name);
    for (int i = 0; i < count; ++i) transforms.push_back(transform(name + "." + std::to_string(i)));
    return DynamicChain(std::move(transforms));
  }

  /// z_j = x[p_j] in nflows.
  AnyBijector<T> permutation(const std::string& name) {
    const std::vector<int> p = file_.indices(name + "._permutation");
    if (!is_permutation(p) || static_cast<Index>(p.size()) != size_)
      file_.fail(name, "._permutation is no permutation of ", size_, " coordinates");
    std::vector<int> inverse(p.size());
    for (std::size_t j = 0; j < p.size(); ++j) inverse[static_cast<std::size_t>(p[j])] = static_cast<int>(j);
    return Permute<D>(std::move(inverse));
  }

  AnyBijector<T> lu_linear(const std::string& name) {
    LULinear<T, D> layer(size_);
    std::vector<T> values;
    for (const char* part : {".lower_entries", ".upper_entries", ".unconstrained_upper_diag", ".bias"}) {
      const Vector entries = file_.vector<T>(name + part);
      values.insert(values.end(), entries.begin(), entries.end());
    }
    if (static_cast<Index>(values.size()) != parameter_count(layer))
      file_.fail(name, " is no LULinear of ", size_, " coordinates");
    assign_parameters(layer, Eigen::Map<const Vector>(values.data(), parameter_count(layer)));
    return layer;
  }

  AnyBijector<T> act_norm(const std::string& name) {
    file_.ignore(name + ".initialized");
    Eigen::Matrix<T, D, D> parameters(2, size_);
    parameters.row(0) = one_for_each<T>(file_, size_, name + ".shift");
    parameters.row(1) = one_for_each<T>(file_, size_, name + ".log_scale");
    return ActNorm<T, D>(parameters);
  }

  /// z = w (x - mean) / sqrt(var + eps) + bias, w = softplus(unconstrained weight) + eps: as it is evaluated.
  AnyBijector<T> batch_norm(const std::string& name) {
    const double eps = batch_norm_eps_;
    const auto part = [&](const char* of) {
      return one_for_each<T>(file_, size_, name + of).template cast<double>().array().eval();
    };
    const Eigen::ArrayXd mean = part(".running_mean");
    const Eigen::ArrayXd deviation = (part(".running_var") + eps).sqrt();
    const Eigen::ArrayXd a = part(".unconstrained_weight");
    Eigen::Matrix<T, D, D> parameters(2, size_);
    parameters.row(0) = part(".bias").template cast<T>();
    parameters.row(1) = ((a.max)(0.0) + (-a.abs()).exp().log1p() + eps).log().template cast<T>();
    return BatchNorm<T, D>(mean.cast<T>(), deviation.cast<T>(), parameters);
  }

  AnyBijector<T> autoregressive(const std::string& name) {
    TorchNetwork<T> parts{.name = name + ".autoregressive_net", .joins_context = false};
    if (file_.has_module(parts.name + ".context_layer")) {
      parts.context_layers.push_back(read_linear<T>(file_, parts.name + ".context_layer", false));
      parts.context_size = parts.context_layers.front().columns();
    }
    const auto read_masked = [&](const std::string& layer) {
      file_.ignore(layer + ".degrees");
      parts.layers.push_back(read_linear<T>(file_, layer, true));
    };
    read_masked(parts.name + ".initial_layer");
    const bool is_residual = file_.has_module(parts.name + ".blocks.0.linear_layers");
    const int blocks = file_.count_of(parts.name + ".blocks");
    if (blocks == 0) file_.fail(parts.name, " has no blocks, so that it does not say whether it has an activation");
    for (int i = 0; i < blocks; ++i) {
      const std::string block = parts.name + ".blocks." + std::to_string(i);
      require_no_batch_norm(block);
      if (is_residual) {
        if (parts.context_size > 0)
          parts.context_layers.push_back(read_linear<T>(file_, block + ".context_layer", false));
        read_masked(block + ".linear_layers.0");
        read_masked(block + ".linear_layers.1");
      } else {
        read_masked(block + ".linear");
      }
    }
    read_masked(parts.name + ".final_layer");
    const Index count = rows_for_each(file_, parts, size_);
    parts.outputs = rows_of_coordinates(size_, count);
    if (count == 2) {  // scale, shift
      for (std::vector<int>& rows : parts.outputs) std::swap(rows[0], rows[1]);
      return masked(AffineTransformer<T, scale_maps::SoftplusFloor>{}, parts, is_residual);
    }
    return masked(spline(parts, count), parts, is_residual);
  }

  AnyBijector<T> masked(AnyTransformer<T> transformer, const TorchNetwork<T>& parts, bool is_residual) {
    const std::vector<int> order = counted(size_);
    if (is_residual)
      return autoregressive(std::move(transformer),
                            masked_network<Made<T, A, ResidualWithContext>>(file_, parts, order));
    return autoregressive(std::move(transformer),
                          masked_network<Made<T, A, FeedForwardWithContext>>(file_, parts, order));
  }

  static AnyBijector<T> autoregressive(AnyTransformer<T> transformer, AnyConditioner<T> network) {
    return Autoregressive<D, AnyTransformer<T>, AnyConditioner<T>>(std::move(transformer), std::move(network));
  }

  AnyBijector<T> coupling(const std::string& name) {
    std::vector<int> order = file_.indices(name + ".identity_features");
    const std::vector<int> changed = file_.indices(name + ".transform_features");
    const auto passed = static_cast<Index>(order.size());
    order.insert(order.end(), changed.begin(), changed.end());
    std::vector<int> sorted = order;
    std::sort(sorted.begin(), sorted.end());
    if (sorted != counted(size_) || changed.empty())
      file_.fail(name, " does not name each of ", size_, " coordinates once");
    if (file_.has_module(name + ".unconditional_transform"))
      file_.fail(name, " has an unconditional_transform, which is not supported");
    const std::string net = name + ".transform_net";
    if (passed == 0) return of_context(net);
    if (file_.has_module(net + ".initial_layer")) return residual_coupling(net, order, passed);
    if (file_.has_module(net + "._input_layer")) return dense_coupling(net, order, passed);
    file_.fail(net, " is neither a ResidualNet nor an MLP of nflows");
  }

  AnyBijector<T> residual_coupling(const std::string& name, const std::vector<int>& order, Index passed) {
    TorchNetwork<T> parts{.name = name};
    parts.layers.push_back(read_linear<T>(file_, name + ".initial_layer", false));
    parts.context_size = parts.layers.front().columns() - passed;
    const int blocks = file_.count_of(name + ".blocks");
    for (int i = 0; i < blocks; ++i) {
      const std::string block = name + ".blocks." + std::to_string(i);
      require_no_batch_norm(block);
      if (parts.context_size > 0)
        parts.context_layers.push_back(read_linear<T>(file_, block + ".context_layer", false));
      parts.layers.push_back(read_linear<T>(file_, block + ".linear_layers.0", false));
      parts.layers.push_back(read_linear<T>(file_, block + ".linear_layers.1", false));
    }
    parts.layers.push_back(read_linear<T>(file_, name + ".final_layer", false));
    return coupling_of<Mlp<T, A, GatedResidual>>(parts, order, passed, parts.layers.front().rows());
  }

  AnyBijector<T> dense_coupling(const std::string& name, const std::vector<int>& order, Index passed) {
    TorchNetwork<T> parts{.name = name};
    parts.layers.push_back(read_linear<T>(file_, name + "._input_layer", false));
    const int hidden = file_.count_of(name + "._hidden_layers");
    for (int i = 0; i < hidden; ++i)
      parts.layers.push_back(read_linear<T>(file_, name + "._hidden_layers." + std::to_string(i), false));
    parts.layers.push_back(read_linear<T>(file_, name + "._output_layer", false));
    return coupling_of<Mlp<T, A>>(parts, order, passed, 1);
  }

  /// Raw sizes of bins are divided by the square root of `units`.
  template <class Network>
  AnyBijector<T> coupling_of(TorchNetwork<T>& parts, const std::vector<int>& order, Index passed, Index units) {
    if (parts.context_size < 0) file_.fail(parts.name, " has too few inputs for ", passed, " coordinates");
    const Index changed = size_ - passed;
    const Index count = rows_for_each(file_, parts, changed);
    const auto layer = [&](AnyTransformer<T> transformer) {
      return in_order<T>(order, Coupling<D, AnyTransformer<T>, AnyConditioner<T>>(
                                    std::move(transformer), dense_network<Network>(file_, parts)));
    };
    parts.outputs = rows_of_coordinates(changed, count);
    if (count == 1) return layer(AdditiveTransformer<T>{});
    if (count == 2) {  // all shifts, then all scales
      for (Index i = 0; i < changed; ++i)
        parts.outputs[static_cast<std::size_t>(i)] = {static_cast<int>(i), static_cast<int>(changed + i)};
      return layer(AffineTransformer<T, scale_maps::SigmoidFloor>{});
    }
    const Spline transformer = spline(parts, count);
    divide_bins(parts, count, units);
    return layer(transformer);
  }

  /// A spline of one coordinate whose parameters come from the context, as sbi's nsf has it.
  AnyBijector<T> of_context(const std::string& name) {
    TorchNetwork<T> parts{.name = name + ".spline_predictor"};
    const std::size_t count = file_.parts_of(parts.name).size();
    for (std::size_t l = 0; l < count; ++l)
      parts.layers.push_back(read_linear<T>(file_, parts.name + "." + std::to_string(2 * l), false));
    if (size_ != 1 || count == 0) file_.fail(name, " is a network without coordinates that is not supported");
    const Index outputs = parts.layers.back().rows();
    const Spline transformer = spline(parts, outputs);
    divide_bins(parts, outputs, parts.layers.front().rows());
    parts.outputs = rows_of_coordinates(1, outputs);
    add_unseen_inputs(parts, 1);
    return autoregressive(transformer, masked_network<Made<T, A>>(file_, parts, counted(1)));
  }

  using Spline = RationalQuadraticSpline<T, D, spline_edges::IdentityTails, spline_maps::SoftplusFloor>;

  Spline spline(const TorchNetwork<T>& parts, Index count) const {
    if (count % 3 != 2 || count < 5)
      file_.fail(parts.name, " has ", count,
                 " outputs for a coordinate: neither an affine map nor a rational-quadratic "
                 "spline with tails=\"linear\"");
    return Spline((count + 1) / 3, -bound_, bound_);
  }

  static void divide_bins(TorchNetwork<T>& parts, Index count, Index units) {
    TorchLinear<T>& last = parts.layers.back();
    const T factor = static_cast<T>(1 / std::sqrt(static_cast<double>(units)));
    const Index of_bins = 2 * ((count + 1) / 3);
    for (Index r = 0; r < last.rows(); ++r) {
      if (r % count >= of_bins) continue;
      last.weight.row(r) *= factor;
      last.bias(r) *= factor;
    }
  }

  void require_no_batch_norm(const std::string& block) const {
    if (file_.has_module(block + ".batch_norm") || file_.has_module(block + ".batch_norm_layers"))
      file_.fail(block, " has batch normalization inside of a network, which is not supported");
  }

  StateDict file_;
  T bound_;
  double batch_norm_eps_;
  Index size_ = 0;
};

}  // namespace detail

/// The flow of a state_dict of nflows 0.14 in a file that is open, or of sbi's NFlowsFlow with its standardized data
/// and embedding: MaskedAutoregressiveFlow, SimpleRealNVP and Flow of CompositeTransform, MaskedAffineAutoregressive-,
/// AffineCoupling-, AdditiveCoupling- and both kinds of PiecewiseRationalQuadraticTransform with linear tails,
/// permutations, LULinear, ActNorm, BatchNorm, PointwiseAffineTransform and InverseTransform over a StandardNormal.
/// What the file does not hold:
///
/// T: float or double; weights of the other type are converted. A: the activation, ReLU unless another was given (sbi's
/// maf: activations::Tanh); another one is not noticed. Embedding: that of an embedding network. Options: see there.
/// Splines are taken for rational-quadratic ones. BatchNorm is as in nflows' eval().
///
/// Throws FileError for what is something else, among it transforms without tensors inside of a list, whose kind the
/// file does not say; the message names it. Throws std::invalid_argument for options that make no sense.
///
/// @code{.cpp}
/// #include <bijou/io/nflows.hpp>
/// #include <bijou/io/torch_file.hpp>
/// #include <random>
/// #include <cstdio>
/// int main(int count, char** arguments) {
///   if (count < 2) return 1;
///   const bijou::AnyFlow<float> flow = bijou::nflows_flow<float>(bijou::TorchFile(arguments[1]));
///   std::mt19937_64 rng{0};
///   const Eigen::MatrixXf x = flow.sample(1'000, rng);
///   std::printf("%g nats\n", static_cast<double>(flow.log_prob(x).mean()));
/// }
/// @endcode
template <std::floating_point T, Activation A = activations::Relu, Activation Embedding = activations::Relu,
          TensorFile File>
AnyFlow<T> nflows_flow(const File& file, const NflowsOptions& options = {}) {
  detail::NflowsReader<T, A, Embedding> reader(detail::StateDict(file, options.prefix), options);
  return detail::or_file_error(file.path(), [&] { return reader.flow(); });
}

}  // namespace bijou
