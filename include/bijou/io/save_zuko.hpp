#pragma once

#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/on_slice.hpp>
#include <bijou/conditioners/activations.hpp>
#include <bijou/conditioners/made.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/flows/any_bijector.hpp>
#include <bijou/flows/any_conditioner.hpp>
#include <bijou/flows/any_flow.hpp>
#include <bijou/flows/any_transformer.hpp>
#include <bijou/io/safetensors.hpp>
#include <bijou/io/torch_networks.hpp>
#include <bijou/transformers/additive.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/rational_quadratic_spline.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace bijou {

namespace detail {

template <class T, Activation A, ScaleMap S>
class ZukoWriter {
 public:
  static constexpr const char* name = "save_zuko";

  void add(const AnyFlow<T>& flow) {
    if (const auto* const loaded = flow.template get_if<Flow<AnyBijector<T>>>())
      add_all(loaded->bijector.template get_if<DynamicChain<AnyBijector<T>>>());
    else if (const auto* const affine = flow.template get_if<Flow<Recipe<AffineTransformer<T, S>>>>())
      add_all(&affine->bijector);
    else if (const auto* const spline = flow.template get_if<Flow<Recipe<Spline>>>())
      add_all(&spline->bijector);
    else
      refuse("a flow");
    add("base.loc", {flow.event_size()}, std::vector<T>(static_cast<std::size_t>(flow.event_size()), T(0)));
    add("base.scale", {flow.event_size()}, std::vector<T>(static_cast<std::size_t>(flow.event_size()), T(1)));
  }

  void write(const std::filesystem::path& path) { file_.write(path); }

 private:
  static constexpr int D = Eigen::Dynamic;
  using Spline = RationalQuadraticSpline<T, D, spline_edges::IdentityTails, spline_maps::SoftClipped<S>>;
  template <class B>
  using Flow = TransformedDistribution<StandardNormal<T, D>, B>;
  template <class Transformer>
  using Recipe = DynamicChain<OnSlice<D, Autoregressive<D, Transformer, Made<T, A>>>>;
  template <class U>
  using Numbers = std::vector<U>;

  [[noreturn]] static void refuse(const char* what) {
    throw_invalid_argument(
        name, "got ", what,
        " that zuko has not in this form: expected zuko_maf, zuko_nsf or a flow that zuko_flow read, of "
        "autoregressive and coupling layers with this activation and slope");
  }

  template <class Chain>
  void add_all(const Chain* chain) {
    if (chain == nullptr) refuse("a flow");
    for (std::size_t i = 0; i < chain->bijectors().size(); ++i) {
      layer_ = "transform.transforms." + std::to_string(i);
      if (!add_layer(chain->bijectors()[i])) refuse("a layer");
    }
  }

  bool add_layer(const AnyBijector<T>& layer) {
    if (const auto* const slice = layer.template get_if<OnSlice<D, AnyBijector<T>>>())
      return takes_all(*slice) && add_ordered(slice->coordinates(), slice->bijector());
    return add_ordered(counted(layer.event_size()), layer);
  }
  template <class Transformer>
  bool add_layer(const OnSlice<D, Autoregressive<D, Transformer, Made<T, A>>>& layer) {
    if (!takes_all(layer)) return false;
    const auto& masked = layer.bijector();
    add_masked(layer.coordinates(), masked.conditioner(), masked.transformer().parameters_per_coordinate());
    return true;
  }
  template <class Slice>
  static bool takes_all(const Slice& slice) {
    return static_cast<Index>(slice.coordinates().size()) == slice.event_size();
  }

  /// order[k]: the coordinate that stands k-th in the layer.
  bool add_ordered(const std::vector<int>& order, const AnyBijector<T>& layer) {
    using Transformer = AnyTransformer<T>;
    if (const auto* const masked = layer.template get_if<Autoregressive<D, Transformer, AnyConditioner<T>>>()) {
      const auto* const network = masked->conditioner().template get_if<Made<T, A>>();
      if (network == nullptr || !is_of_zuko(masked->transformer())) return false;
      add_masked(order, *network, masked->transformer().parameters_per_coordinate());
      return true;
    }
    if (const auto* const coupled = layer.template get_if<Coupling<D, Transformer, AnyConditioner<T>>>()) {
      const auto* const network = coupled->conditioner().template get_if<Mlp<T, A>>();
      if (network == nullptr || !is_of_zuko(coupled->transformer())) return false;
      add_coupled(order, coupled->num_passed(), *network, coupled->transformer().parameters_per_coordinate());
      return true;
    }
    return false;
  }
  static bool is_of_zuko(const AnyTransformer<T>& transformer) {
    return transformer.template get_if<AdditiveTransformer<T>>() ||
           transformer.template get_if<AffineTransformer<T, S>>() || transformer.template get_if<Spline>();
  }

  void add_masked(const std::vector<int>& order, const Made<T, A>& network, Index count) {
    Numbers<std::int64_t> places(order.size());
    for (std::size_t k = 0; k < order.size(); ++k)
      places[static_cast<std::size_t>(order[k])] = static_cast<std::int64_t>(k);
    add(layer_ + ".order", {static_cast<Index>(order.size())}, std::move(places));
    add_network(network, order, order, count, true);
  }
  void add_coupled(const std::vector<int>& order, Index passed, const Mlp<T, A>& network, Index count) {
    const auto middle = order.begin() + passed;
    Numbers<std::uint8_t> mask(order.size(), 0);
    for (auto i = order.begin(); i != middle; ++i) mask[static_cast<std::size_t>(*i)] = 1;
    add(layer_ + ".mask", {static_cast<Index>(order.size())}, std::move(mask));
    add_network(network, ranks({order.begin(), middle}), ranks({middle, order.end()}), count, false);
  }

  /// How many of the others are smaller, for each.
  static std::vector<int> ranks(const std::vector<int>& values) {
    std::vector<int> ranks(values.size());
    std::transform(values.begin(), values.end(), ranks.begin(), [&](int value) {
      return static_cast<int>(std::count_if(values.begin(), values.end(), [&](int other) { return other < value; }));
    });
    return ranks;
  }

  /// inputs, outputs: zuko's places of the coordinates. zuko has the context behind the inputs.
  void add_network(const Network<T, A>& network, const std::vector<int>& inputs, const std::vector<int>& outputs,
                   Index count, bool has_masks) {
    std::vector<int> columns = counted(network.context_size(), static_cast<Index>(inputs.size()));
    columns.insert(columns.end(), inputs.begin(), inputs.end());
    for (std::size_t l = 0; l < network.layers().size(); ++l) {
      const MaskedLinear<T>& layer = network.layers()[l];
      std::vector<int> rows = counted(layer.rows());
      if (l + 1 == network.layers().size()) {
        for (std::size_t r = 0; r < rows.size(); ++r)
          rows[r] =
              static_cast<int>(outputs[r / static_cast<std::size_t>(count)] * count + static_cast<Index>(r) % count);
      }
      add_linear(layer_ + ".hyper." + std::to_string(2 * l), layer, rows, columns, has_masks);
      columns = std::move(rows);
    }
  }

  /// Row r goes to rows[r], column c to columns[c].
  void add_linear(const std::string& path, const MaskedLinear<T>& layer, const std::vector<int>& rows,
                  const std::vector<int>& columns, bool has_mask) {
    Numbers<T> weight(rows.size() * columns.size(), T(0));
    Numbers<T> bias(rows.size());
    Numbers<std::uint8_t> mask(weight.size(), 0);
    for (Index r = 0; r < layer.rows(); ++r) {
      const auto row = static_cast<std::size_t>(rows[static_cast<std::size_t>(r)]);
      bias[row] = layer.bias()(r);
      for (Index c = 0; c < layer.visible(r); ++c) {
        const std::size_t at = row * columns.size() + static_cast<std::size_t>(columns[static_cast<std::size_t>(c)]);
        weight[at] = layer.weight()(r, c);
        mask[at] = 1;
      }
    }
    add(path + ".weight", {layer.rows(), layer.columns()}, std::move(weight));
    add(path + ".bias", {layer.rows()}, std::move(bias));
    if (has_mask) add(path + ".mask", {layer.rows(), layer.columns()}, std::move(mask));
  }

  /// Keeps the numbers until they are written.
  void add(const std::string& path, const std::vector<Index>& shape, Numbers<T> numbers) {
    constexpr TensorType type = sizeof(T) == 8 ? TensorType::f64 : TensorType::f32;
    file_.add(path, type, shape, numbers_.emplace_back(std::move(numbers)).data());
  }
  void add(const std::string& path, const std::vector<Index>& shape, Numbers<std::int64_t> numbers) {
    file_.add(path, TensorType::i64, shape, orders_.emplace_back(std::move(numbers)).data());
  }
  void add(const std::string& path, const std::vector<Index>& shape, Numbers<std::uint8_t> numbers) {
    file_.add(path, TensorType::boolean, shape, masks_.emplace_back(std::move(numbers)).data());
  }

  SafetensorsWriter file_;
  std::string layer_;
  std::deque<Numbers<T>> numbers_;
  std::deque<Numbers<std::int64_t>> orders_;
  std::deque<Numbers<std::uint8_t>> masks_;
};

}  // namespace detail

/// Writes a flow as a state_dict of zuko, in a safetensors file: flows::zuko_maf, flows::zuko_nsf, and what zuko_flow
/// (io/zuko.hpp) has read and fit has trained since. In Python a flow of the same sizes takes it:
///
///     flow = zuko.flows.MAF(features=2, transforms=3, hidden_features=(64, 64))
///     flow.load_state_dict(safetensors.torch.load_file("flow.safetensors"))
///
/// T: float or double, as the file then has it. A, S: the activation and the scale map of the slope, as for zuko_flow.
/// Throws std::invalid_argument for another flow, and FileError if the file cannot be written.
///
/// @code{.cpp}
/// #include <bijou/flows/recipes.hpp>
/// #include <bijou/io/save_zuko.hpp>
/// #include <random>
/// int main() {
///   std::mt19937_64 rng{0};
///   bijou::save_zuko(bijou::flows::zuko_maf<float>({.event_size = 2}, rng), "flow.safetensors");
/// }
/// @endcode
template <Activation A = activations::Relu, ScaleMap S = scale_maps::SoftClippedExp, std::floating_point T>
void save_zuko(const AnyFlow<T>& flow, const std::filesystem::path& path) {
  detail::ZukoWriter<T, A, S> writer;
  writer.add(flow);
  writer.write(path);
}
/// The same, written to a file; throws FileError if that fails.
template <Activation A = activations::Relu, ScaleMap S = scale_maps::SoftClippedExp, Distribution P>
void save_zuko(const P& flow, const std::filesystem::path& path) {
  save_zuko<A, S>(AnyFlow<typename P::Scalar>(flow), path);
}

}  // namespace bijou
