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
#include <bijou/flows/any_flow.hpp>
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
  using Masked = Autoregressive<D, Transformer, Made<T, A>>;
  template <class Transformer>
  using Coupled = Coupling<D, Transformer, Mlp<T, A>>;
  template <class Transformer>
  using Recipe = DynamicChain<OnSlice<D, Masked<Transformer>>>;
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
    return add_if_one_of<Masked<AdditiveTransformer<T>>, Masked<AffineTransformer<T, S>>, Masked<Spline>,
                         Coupled<AdditiveTransformer<T>>, Coupled<AffineTransformer<T, S>>, Coupled<Spline>>(layer);
  }
  template <class Layer>
  bool add_layer(const OnSlice<D, Layer>& layer) {
    if (static_cast<Index>(layer.coordinates().size()) != layer.event_size()) return false;
    add_ordered(layer.coordinates(), layer.bijector());
    return true;
  }
  template <class... Layers>
  bool add_if_one_of(const AnyBijector<T>& layer) {
    return (add_if<Layers>(layer) || ...);
  }
  template <class Layer>
  bool add_if(const AnyBijector<T>& layer) {
    if (const auto* const ordered = layer.template get_if<OnSlice<D, Layer>>()) return add_layer(*ordered);
    const auto* const plain = layer.template get_if<Layer>();
    if (plain != nullptr) add_ordered(counted(plain->event_size()), *plain);
    return plain != nullptr;
  }

  /// order[k]: the coordinate that stands k-th in the layer.
  template <class Transformer>
  void add_ordered(const std::vector<int>& order, const Masked<Transformer>& layer) {
    Numbers<std::int64_t> places(order.size());
    for (std::size_t k = 0; k < order.size(); ++k)
      places[static_cast<std::size_t>(order[k])] = static_cast<std::int64_t>(k);
    add(layer_ + ".order", {layer.event_size()}, std::move(places));
    add_network(layer.conditioner(), order, order, layer.transformer().parameters_per_coordinate(), true);
  }
  template <class Transformer>
  void add_ordered(const std::vector<int>& order, const Coupled<Transformer>& layer) {
    const auto middle = order.begin() + layer.num_passed();
    Numbers<std::uint8_t> mask(order.size(), 0);
    for (auto passed = order.begin(); passed != middle; ++passed) mask[static_cast<std::size_t>(*passed)] = 1;
    add(layer_ + ".mask", {layer.event_size()}, std::move(mask));
    add_network(layer.conditioner(), ranks({order.begin(), middle}), ranks({middle, order.end()}),
                layer.transformer().parameters_per_coordinate(), false);
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
  template <class Network>
  void add_network(const Network& network, const std::vector<int>& inputs, const std::vector<int>& outputs, Index count,
                   bool has_masks) {
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
template <Activation A = activations::Relu, ScaleMap S = scale_maps::SoftClippedExp, Distribution P>
void save_zuko(const P& flow, const std::filesystem::path& path) {
  save_zuko<A, S>(AnyFlow<typename P::Scalar>(flow), path);
}

}  // namespace bijou
