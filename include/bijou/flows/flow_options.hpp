#pragma once

#include <bijou/bijectors/coordinate_order.hpp>
#include <bijou/conditioners/network_options.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/numerics/finite.hpp>
#include <algorithm>
#include <string_view>
#include <vector>

namespace bijou::flows {

/// What the coordinates go through after each layer of a flow.
enum class Alternation {
  reversal,            // 0, 1, 2, 3, 4 becomes 4, 3, 2, 1, 0
  halves,              // the second half comes first
  random_permutation,  // another one after each layer
  none,                // they stay in order, so that leading_marginal is exact
};

/// The options of a flow by name: a standard normal base, `layers` layers with a permutation after each, and the data's
/// own mean and deviation outermost. What is left out has the usual defaults. For data with heavy tails the flow is the
/// base of another, with SinhArcsinh outside; the guide to flows by name has the lines.
struct FlowOptions {
  /// Coordinates of an event. For a flow whose type says it, it may be left out.
  Index event_size = 0;
  /// Rows of the context; 0: the flow has none.
  Index context_size = 0;
  /// Layers, each a bijector with a network of its own; at least 1.
  int layers = 5;
  /// Sizes of the hidden layers of each network.
  std::vector<int> hidden = {64, 64};
  /// What stands after each layer, so that each coordinate sees the others.
  Alternation alternation = Alternation::reversal;
  /// Of splines: how many bins, in the interval [-bound, bound].
  int bins = 8;
  /// Splines are the identity beyond [-bound, bound], in deviations of the data.
  double bound = 5;
  /// Whether data are standardized by the outermost map, which learns from them when fit or initialize is called.
  bool standardize = true;
  /// Whether the context is standardized too.
  bool standardize_context = true;
};

}  // namespace bijou::flows

namespace bijou::detail {

/// The number of coordinates of a flow of static size D that is made of these options.
template <int D>
Index require_flow_options(std::string_view caller, const flows::FlowOptions& options) {
  if (options.layers < 1) throw_invalid_argument(caller, "expected at least 1 layer, got ", options.layers);
  if (options.context_size < 0) {
    throw_invalid_argument(caller, "expected a context_size of at least 0, got ", options.context_size);
  }
  require_network_options(caller, NetworkOptions(options.hidden, options.context_size));
  if constexpr (D == Eigen::Dynamic) {
    if (options.event_size < 1) {
      throw_invalid_argument(caller, "expected an event_size of at least 1, got ", options.event_size);
    }
    return options.event_size;
  } else {
    if (options.event_size != 0 && options.event_size != D) {
      throw_invalid_argument(caller, "expected an event_size of ", D, " or none, got ", options.event_size);
    }
    return D;
  }
}

/// The bound of splines of T, from an option of this name.
template <class T>
T require_spline_bound(std::string_view caller, double bound, std::string_view option = "bound") {
  const T value = static_cast<T>(bound);
  if (!(value > T(0)) || !finite(value))
    throw_invalid_argument(caller, "expected a ", option, " that is finite and greater than 0, got ", bound);
  return value;
}

/// A spline S of as many bins, on (-bound, bound). Options: FlowOptions, or others with these members.
template <class S, class Options>
S spline_of(std::string_view caller, const Options& options) {
  if (options.bins < 2) throw_invalid_argument(caller, "expected at least 2 bins, got ", options.bins);
  const auto bound = require_spline_bound<typename S::Scalar>(caller, options.bound);
  return S(options.bins, -bound, bound);
}

/// A permutation of this kind.
template <class Rng>
std::vector<int> permutation(Index size, flows::Alternation alternation, Rng& rng) {
  if (alternation == flows::Alternation::random_permutation) return random_order(size, rng);
  std::vector<int> order = first_then_others(size, {});
  if (alternation == flows::Alternation::reversal) std::reverse(order.begin(), order.end());
  if (alternation == flows::Alternation::halves) std::rotate(order.begin(), order.begin() + size / 2, order.end());
  return order;
}

}  // namespace bijou::detail
