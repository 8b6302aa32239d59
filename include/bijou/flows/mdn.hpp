#pragma once

#include <bijou/bijectors/standardize.hpp>
#include <bijou/conditioners/standardize_context.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/flows/conditional_mixture_of_gaussians.hpp>
#include <bijou/flows/embed.hpp>
#include <bijou/flows/forward.hpp>
#include <bijou/flows/stack.hpp>
#include <vector>

namespace bijou::flows {

/// The options of a mixture density network. What is left out has the usual defaults.
struct MDNOptions {
  /// Coordinates of an event. For a type that says it, it may be left out.
  Index event_size = 0;
  /// Rows of the context, at least 1.
  Index context_size = 0;
  /// K, the number of components, at least 1.
  int components = 8;
  /// Sizes of the hidden layers of the network.
  std::vector<int> hidden = {64, 64};
  /// Whether data are standardized by the outermost map, which learns from them when fit or initialize is called.
  bool standardize = true;
  /// Whether the context is standardized too.
  bool standardize_context = true;
};

}  // namespace bijou::flows

namespace bijou::detail {

template <class T, int D>
using MixtureUnderContext = Embed<StandardizeContext<T>, ConditionalMixtureOfGaussians<T, D>>;

}  // namespace bijou::detail

namespace bijou::flows {

/// A mixture density network (Bishop 1994): a mixture of normals whose numbers a network of the context x gives,
/// started on the clusters of the data. Densities, draws and gradients cost one pass of the network.
///
/// @f[ p(y \mid x) = \sum_k w_k(x) \prod_i N\bigl(y_i; \mu_{ik}(x), \sigma_{ik}(x)^2\bigr) @f]
///
/// T: float or double. D: coordinates, or at run time in the options, which MDNOptions describes. All calls are those
/// of TransformedDistribution. Throws std::invalid_argument for options out of range.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// bijou::flows::MDN<float> p{{.event_size = 2, .context_size = 3, .components = 5, .hidden = {64, 64}}, rng};
/// const Eigen::Vector3f context(0.5f, -1.0f, 2.0f);
/// const Eigen::MatrixXf y = p.given(context).sample(100, rng);
/// @endcode
template <class T, int D>
class MDN : public TransformedDistribution<bijou::detail::MixtureUnderContext<T, D>, Standardize<T, D>, MDN<T, D>> {
  using Base = bijou::detail::MixtureUnderContext<T, D>;
  using Scale = Standardize<T, D>;
  using Vector = Eigen::Matrix<T, D, 1>;
  using Context = Eigen::Vector<T, Eigen::Dynamic>;

 public:
  static constexpr const char* name = "flows::MDN";

  template <UniformRandomBitGenerator Rng>
  MDN(const MDNOptions& options, Rng& rng) : MDN(require_options(options), options, rng) {}

 private:
  template <class Rng>
  MDN(Index size, const MDNOptions& options, Rng& rng)
      : TransformedDistribution<Base, Scale, MDN>(
            Base(options.standardize_context
                     ? StandardizeContext<T>(options.context_size)
                     : StandardizeContext<T>(Context::Zero(options.context_size), Context::Ones(options.context_size)),
                 bijou::detail::of_size<ConditionalMixtureOfGaussians<T, D>>(
                     size, options.components, NetworkOptions(options.hidden, options.context_size), rng)),
            options.standardize ? bijou::detail::of_size<Scale>(size) : Scale(Vector::Zero(size), Vector::Ones(size))) {
  }

  /// The number of coordinates.
  static Index require_options(const MDNOptions& options) {
    if (options.components < 1) {
      bijou::detail::throw_invalid_argument(name, "expected at least 1 component, got ", options.components);
    }
    if (options.context_size < 1) {
      bijou::detail::throw_invalid_argument(name, "expected a context_size of at least 1, got ", options.context_size);
    }
    return bijou::detail::require_flow_options<D>(name, {.event_size = options.event_size});
  }
};

}  // namespace bijou::flows
