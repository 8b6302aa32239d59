#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/sizes.hpp>
#include <bijou/distributions/context.hpp>
#include <bijou/inference/energy.hpp>
#include <type_traits>
#include <utility>

namespace bijou {

/// The geometric path between two energies, ln p(x) = (1 - lambda) ln p_0(x) + lambda ln p_1(x), up to a constant:
/// annealing, and the energies of the stochastic layers of a StochasticFlow. At lambda = 0 and 1 the other energy is
/// not evaluated.
///
/// @f[ \ln p(x) = (1 - \lambda) \ln p_0(x) + \lambda \ln p_1(x) @f]
///
/// E0, E1: energies of one scalar and event size, or const references to them. Throws std::invalid_argument for a
/// lambda outside [0, 1] and for different sizes.
///
/// @code{.cpp}
/// const bijou::Interpolated warm{bijou::StandardNormal<double, 2>{}, bijou::datasets::DoubleWell<double>{}, 0.5};
/// const double log_p = bijou::log_prob(warm, Eigen::Vector2d(1.75, 0.0));
/// @endcode
template <class E0, class E1>
class Interpolated {
  using First = std::remove_cvref_t<E0>;
  using Second = std::remove_cvref_t<E1>;

 public:
  static_assert((detail::require_energy_of_values<First>(), detail::require_energy_of_values<Second>(), true));
  using Scalar = typename First::Scalar;
  static_assert(std::is_same_v<Scalar, typename Second::Scalar>,
                "Interpolated: the energies have different scalar types, float and double");
  static_assert(detail::static_sizes_agree<First, Second>(), "Interpolated: the energies have different event sizes");
  static constexpr int static_event_size = detail::common_static_size<First, Second>();
  static constexpr const char* name = "Interpolated";

  Interpolated(E0 first, E1 second, double lambda)
      : first_(std::forward<E0>(first)), second_(std::forward<E1>(second)), lambda_(lambda) {
    if (!(lambda >= 0 && lambda <= 1))
      detail::throw_invalid_argument(name, "expected a lambda in [0, 1], got ", lambda);
    detail::require_common_size(name, {bijou::event_size(first_), bijou::event_size(second_)});
  }

  Index event_size() const { return first_.event_size(); }
  /// The place between the two, from 0 to 1.
  double lambda() const { return lambda_; }

  struct Cache {
    detail::cache_t<First, Scalar> first;
    detail::cache_t<Second, Scalar> second;
  };

  void log_prob(DensityEvaluation<Scalar, Cache> e) const {
    add(first_, 1 - lambda_, e.cache.first, e);
    add(second_, lambda_, e.cache.second, e);
  }

  void log_prob_pullback(DensityPullback<Scalar, Cache> p) const
  requires Energy<First> && Energy<Second>
  {
    if (lambda_ == 0) return pull_back(first_, p.cache.first, p.log_prob_gradient, p.input_gradient, p);
    if (lambda_ == 1) return pull_back(second_, p.cache.second, p.log_prob_gradient, p.input_gradient, p);
    Arena& arena = p.pass.arena;
    const Arena::Frame frame(arena);
    const Tile<Scalar> other = arena.template tile<Scalar>(p.input.rows(), p.input.cols());
    Row<Scalar> gradient = arena.template row<Scalar>(p.input.cols());
    gradient = p.log_prob_gradient * static_cast<Scalar>(1 - lambda_);
    pull_back(first_, p.cache.first, gradient, p.input_gradient, p);
    gradient = p.log_prob_gradient * static_cast<Scalar>(lambda_);
    pull_back(second_, p.cache.second, gradient, other, p);
    Tile<Scalar> sum = p.input_gradient;
    sum += other;
  }

  void hessian_product(HessianProduct<Scalar> h) const
  requires detail::HasHessianProduct<First> && detail::HasHessianProduct<Second>
  {
    const Arena::Frame frame(h.pass.arena);
    const Tile<Scalar> other = h.pass.arena.template tile<Scalar>(h.input.rows(), h.input.cols());
    first_.hessian_product(HessianProduct<Scalar>{h.input, h.vector, h.output, h.pass});
    second_.hessian_product(HessianProduct<Scalar>{h.input, h.vector, other, h.pass});
    h.output = h.output * static_cast<Scalar>(1 - lambda_) + other * static_cast<Scalar>(lambda_);
  }

 private:
  template <class E, class C>
  static void add(const E& energy, double factor, C& cache, DensityEvaluation<Scalar, Cache>& e) {
    if (factor == 0) return;
    if (factor == 1) return energy.log_prob(DensityEvaluation<Scalar, C>{e.input, e.log_prob, cache, e.pass});
    const Sums log_prob = e.pass.arena.sums(e.input.cols());
    energy.log_prob(DensityEvaluation<Scalar, C>{e.input, log_prob, cache, e.pass});
    for (Index n = 0; n < log_prob.size(); ++n) e.log_prob(n) += log_prob(n) * factor;
  }

  template <class E, class C>
  static void pull_back(const E& energy, C& cache, ConstRow<Scalar> gradient, Tile<Scalar> input_gradient,
                        DensityPullback<Scalar, Cache>& p) {
    energy.log_prob_pullback(DensityPullback<Scalar, C>{p.input, gradient, input_gradient,
                                                        ParameterGradient<Scalar>(nullptr, 0), cache, p.pass});
  }

  E0 first_;
  E1 second_;
  double lambda_;
};

template <class E0, class E1>
Interpolated(E0, E1, double) -> Interpolated<E0, E1>;

}  // namespace bijou
