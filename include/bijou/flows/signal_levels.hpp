#pragma once

#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/on_slice.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/flows/any_bijector.hpp>
#include <bijou/signals/convolutional_network.hpp>
#include <bijou/signals/pixel_orders.hpp>
#include <bijou/signals/signal_shape.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/invert.hpp>
#include <utility>
#include <vector>

/// What the multi-scale flows of images and sounds have in common.
namespace bijou {

/// What leaves a level, the last channels x_b, under what stays, the first ones x_a, with mu and g from a network. With
/// z normal the last channels have the density N(mu, e^g), as in Glow. e^g is clipped softly to (1e-3, 1e3).
///
/// @f[ x_b = \mu(x_a) + e^{g(x_a)} \odot z_b @f]
template <class T, class Network = ConvolutionalNetwork<T>>
using ExitCoupling =
    Coupling<Eigen::Dynamic, InvertTransformer<AffineTransformer<T, scale_maps::SoftClippedExp>>, Network>;

namespace detail {

inline void require_at_least_one(const char* caller, const char* what, Index given) {
  if (given < 1) throw_invalid_argument(caller, "expected at least 1 ", what, ", got ", given);
}

/// The levels from signals of this shape on as one map, from data to noise: a squeeze, the steps of this level, the
/// exit if something leaves, and the further levels; what is of fewer coordinates is for the leading rows.
template <class T, class... Others>
DynamicChain<AnyBijector<T>> signal_level(const SignalShape& shape, AnyBijector<T> steps, Others... others) {
  std::vector<AnyBijector<T>> members;
  members.emplace_back(unsqueeze(shape));
  members.push_back(std::move(steps));
  [[maybe_unused]] const auto add = [&](AnyBijector<T> other) {
    if (other.event_size() < shape.size())
      members.emplace_back(OnSlice<Eigen::Dynamic, AnyBijector<T>>(shape.size(), 0, std::move(other)));
    else
      members.push_back(std::move(other));
  };
  (add(std::move(others)), ...);
  return DynamicChain<AnyBijector<T>>(std::move(members));
}

}  // namespace detail
}  // namespace bijou
