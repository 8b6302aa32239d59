#pragma once

#include <bijou/bijectors/on_slice.hpp>
#include <bijou/bijectors/standardize.hpp>
#include <bijou/conditioners/activations.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/conditioners/standardize_context.hpp>
#include <bijou/flows/any_bijector.hpp>
#include <bijou/flows/any_conditioner.hpp>
#include <bijou/flows/embed.hpp>
#include <bijou/io/state_dict.hpp>
#include <bijou/io/torch_networks.hpp>
#include <bijou/numerics/finite.hpp>
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

/// Maps that the readers of zuko and nflows share.
namespace bijou::detail {

/// A layer of all coordinates that takes them in this order.
template <class T>
AnyBijector<T> in_order(const std::vector<int>& order, AnyBijector<T> layer) {
  if (std::is_sorted(order.begin(), order.end())) return layer;
  return OnSlice(static_cast<Index>(order.size()), order, std::move(layer));
}

/// The numbers of a tensor that has one for each coordinate or one for all.
template <class T>
StateDict::Vector<T> one_for_each(StateDict& file, Index size, const std::string& name) {
  const StateDict::Vector<T> values = file.numbers<T>(name);
  if (values.size() == 1) return StateDict::Vector<T>::Constant(size, values(0));
  if (values.size() != size) file.fail("the tensor \"", name, "\" has ", values.size(), " numbers, expected ", size);
  return values;
}

/// z = scale x + shift with buffers for shift and scale, as standardized data have them.
template <class T>
AnyBijector<T> standardize(StateDict& file, Index size, const std::string& shift, const std::string& scale) {
  const StateDict::Vector<T> deviation = one_for_each<T>(file, size, scale).cwiseInverse();
  if (!(deviation.array() > T(0)).all() || !all_finite(deviation.data(), size))
    file.fail("the tensor \"", scale, "\" has scales that are not positive");
  const StateDict::Vector<T> mean = -one_for_each<T>(file, size, shift).cwiseProduct(deviation);
  return Standardize<T, Eigen::Dynamic>(mean, deviation);
}

/// The bijector under an embedded context. `module` is nothing, sbi's Standardize, a network, or Standardize and a
/// network: nn.Sequential of linear layers with activations A between, or sbi's FCEmbedding, which ends in one.
template <class T, Activation A>
AnyBijector<T> with_embedding(StateDict& file, const std::string& module, AnyBijector<T> bijector) {
  if (!file.has_module(module)) return bijector;
  const bool is_standardized = file.has(module + ".0._mean");
  std::string network = is_standardized ? module + ".1" : module;
  if (file.has_module(network)) {
    const bool is_fc = file.has_module(network + ".net");  // Linear, Identity, activation, ..., Linear, activation
    if (is_fc) network += ".net";
    TorchNetwork<T> parts{.name = network};
    const std::size_t count = file.parts_of(network).size();
    for (std::size_t l = 0; l < count; ++l) {
      const std::string layer = network + "." + std::to_string(l * (is_fc ? 3 : 2));
      if (!file.has(layer + ".weight"))
        file.fail(network,
                  " is neither nn.Sequential of linear layers and activations nor sbi's FCEmbedding; other "
                  "embeddings are not supported");
      parts.layers.push_back(read_linear<T>(file, layer, false));
    }
    if (is_fc) {  // the identity behind the last activation
      const Index size = parts.layers.back().rows();
      parts.layers.push_back({StateDict::Matrix<T>::Identity(size, size), StateDict::Vector<T>::Zero(size), {}});
    }
    parts.outputs = {counted(parts.layers.back().rows())};
    if (parts.layers.back().rows() != bijector.context_size())
      file.fail(network, " gives ", parts.layers.back().rows(), " numbers for a context of ", bijector.context_size());
    bijector = Embed{AnyConditioner<T>(dense_network<Mlp<T, A>>(file, parts)), std::move(bijector)};
  }
  if (!is_standardized) return bijector;
  const Index size = bijector.context_size();
  StateDict::Vector<T> mean = one_for_each<T>(file, size, module + ".0._mean");
  StateDict::Vector<T> deviation = one_for_each<T>(file, size, module + ".0._std");
  if (!(deviation.array() > T(0)).all()) file.fail(module, ".0._std has deviations that are not positive");
  return Embed{AnyConditioner<T>(StandardizeContext<T>(std::move(mean), std::move(deviation))), std::move(bijector)};
}

}  // namespace bijou::detail
