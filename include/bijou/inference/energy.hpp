#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/distributions/calls_of.hpp>
#include <bijou/distributions/context.hpp>
#include <bijou/distributions/distribution.hpp>
#include <bijou/numerics/finite.hpp>
#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>
#include <utility>

/// Energies: log densities that lack their normaliser. The concepts stand beside Distribution; here is one made of a
/// function, and how algorithms evaluate any of them on a tile.
namespace bijou {

/// An energy made of a function: f(x) returns ln p of an event in nats, up to a constant, and f(x, gradient) writes the
/// gradient, too; -infinity outside of the support. For what is written more easily event by event than for a tile.
///
/// @f[ \ln p(x) = f(x) - \ln Z @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. F: called with `const Eigen::Vector<T, D>&`, and for
/// gradients with a second argument `Eigen::Vector<T, D>&`; without that the energy has values only. Calls may come
/// from several threads at once.
///
/// @code{.cpp}
/// const auto ring = bijou::energy_of<double, 2>([](const Eigen::Vector2d& x, Eigen::Vector2d& gradient) {
///   const double r = x.norm();
///   gradient = -(r - 2) / 0.1 * x / r;
///   return -(r - 2) * (r - 2) / 0.2;
/// });
/// const double log_p = bijou::log_prob(ring, Eigen::Vector2d(2.0, 0.0));  // 0
/// @endcode
template <class T, int D, class F>
class FunctionEnergy {
  using Vector = Eigen::Vector<T, D>;
  static constexpr bool has_gradient = std::is_invocable_r_v<double, const F&, const Vector&, Vector&>;
  static constexpr bool has_value = std::is_invocable_r_v<double, const F&, const Vector&>;
  static_assert(has_gradient || has_value,
                "FunctionEnergy: the function takes an Eigen::Vector<T, D> const&, and for the gradient a second "
                "Eigen::Vector<T, D>&, and returns ln p");

 public:
  using Scalar = T;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "FunctionEnergy";

  explicit FunctionEnergy(F f)
  requires(D != Eigen::Dynamic)
      : FunctionEnergy(D, std::move(f)) {}
  FunctionEnergy(Index event_size, F f) : event_size_(event_size), f_(std::move(f)) {
    detail::require_coordinates(name, event_size);
    if (D != Eigen::Dynamic) detail::require_size(name, "events", D, event_size);
  }

  Index event_size() const { return event_size_; }

  /// The gradients, if a pullback follows: f is called once for each event.
  struct Cache {
    Tile<T> gradient;
  };

  void log_prob(DensityEvaluation<T, Cache> e) const {
    Vector x(event_size_), gradient(event_size_);
    const bool keep = has_gradient && e.pass.keep_for_pullback;
    if (keep) e.cache.gradient.rebind(e.pass.arena.template tile<T>(e.input.rows(), e.input.cols()));
    for (Index n = 0; n < e.input.cols(); ++n) {
      x = e.input.col(n);
      e.log_prob(n) += value(x, gradient, keep);
      if (keep) e.cache.gradient.col(n) = gradient;
    }
  }

  void log_prob_pullback(DensityPullback<T, Cache> p) const
  requires has_gradient
  {
    for (Index i = 0; i < p.input.rows(); ++i) {
      p.input_gradient.row(i) = p.cache.gradient.row(i) * p.log_prob_gradient;
    }
  }

 private:
  /// f, and its gradient where that is wanted or cannot be left out.
  double value(const Vector& x, [[maybe_unused]] Vector& gradient, [[maybe_unused]] bool wants_gradient) const {
    if constexpr (!has_gradient) {
      return static_cast<double>(f_(x));
    } else {
      if constexpr (has_value) {
        if (!wants_gradient) return static_cast<double>(f_(x));
      }
      const auto result = static_cast<double>(f_(x, gradient));
      detail::require_size(name, "a gradient", event_size_, gradient.size());
      return result;
    }
  }

  Index event_size_;
  F f_;
};

/// A FunctionEnergy of f, for events of D coordinates, or of event_size.
///
/// @f[ \ln p(x) = f(x) - \ln Z @f]
template <class T, int D, class F>
FunctionEnergy<T, D, F> energy_of(F f) {
  return FunctionEnergy<T, D, F>(std::move(f));
}
/// The same with a number of coordinates that is known at run time.
template <class T, class F>
FunctionEnergy<T, Eigen::Dynamic, F> energy_of(Index event_size, F f) {
  return FunctionEnergy<T, Eigen::Dynamic, F>(event_size, std::move(f));
}

namespace detail {

/// Whether an energy knows its matrix of second derivatives.
template <class E>
concept HasHessianProduct = requires(const E& e, HessianProduct<typename E::Scalar> h) { e.hessian_product(h); };

/// log_prob = ln p of each event.
template <EnergyOfValues E, class T>
void evaluate_energy(const E& energy, const TileOfBatch& at, ConstTile<T> x, Sums log_prob) {
  const Arena::Frame frame(at.arena);
  using Cache = cache_t<E, T>;
  Cache cache{};
  Pass<T> pass = pass_for(energy, at, false);
  log_prob.setZero();
  energy.log_prob(DensityEvaluation<T, Cache>{x, log_prob, cache, pass});
}

/// The same, and score = its gradient for the events; 0 where ln p is -infinity or NaN.
template <Energy E, class T>
void evaluate_energy(const E& energy, const TileOfBatch& at, ConstTile<T> x, Sums log_prob, Tile<T> score) {
  const Arena::Frame frame(at.arena);
  using Cache = cache_t<E, T>;
  Cache cache{};
  Pass<T> pass = pass_for(energy, at, true);
  Row<T> ones = at.arena.template row<T>(at.count);
  ones.setOnes();
  log_prob.setZero();
  energy.log_prob(DensityEvaluation<T, Cache>{x, log_prob, cache, pass});
  energy.log_prob_pullback(DensityPullback<T, Cache>{x, ones, score, ParameterGradient<T>(nullptr, 0), cache, pass});
  for (Index n = 0; n < at.count; ++n) {
    if (!finite(log_prob(n))) score.col(n).setZero();
  }
}

/// ln p of each column of a batch, in double; NaN or infinity as they come.
template <EnergyOfValues E, class X>
Eigen::VectorXd energies_of(const E& energy, const X& events, Workspace& workspace) {
  using T = typename E::Scalar;
  Eigen::VectorXd log_prob(events.cols());
  for_each_tile_of_groups(events.cols(), workspace, [&](const TileOfBatch& at) {
    const Sums sums = at.arena.sums(at.count);
    evaluate_energy<E, T>(energy, at, load_events<T>(events, at), sums);
    std::copy_n(sums.data(), at.count, log_prob.data() + at.first);
  });
  return log_prob;
}

/// product = H v. Without formulas of the energy's own from the difference of two scores, one step up and one down v,
/// of a length that balances rounding and curvature.
template <Energy E, class T>
void hessian_product(const E& energy, const TileOfBatch& at, ConstTile<T> x, ConstTile<T> v, Tile<T> product) {
  if constexpr (HasHessianProduct<E>) {
    Pass<T> pass = pass_for(energy, at, false);
    energy.hessian_product(HessianProduct<T>{x, v, product, pass});
  } else {
    const Arena::Frame frame(at.arena);
    const Tile<T> moved = at.arena.template tile<T>(x.rows(), x.cols());
    const Tile<T> other = at.arena.template tile<T>(x.rows(), x.cols());
    const Sums unused = at.arena.sums(x.cols());
    const Row<T> step = at.arena.template row<T>(x.cols());
    const T relative = std::cbrt(std::numeric_limits<T>::epsilon());
    for (Index n = 0; n < x.cols(); ++n) {
      const T length = v.col(n).matrix().norm();
      step.data()[n] = length > T(0) ? relative * (std::max)(T(1), x.col(n).matrix().norm()) / length : T(0);
    }
    for (Index i = 0; i < x.rows(); ++i) moved.row(i) = x.row(i) + step * v.row(i);
    evaluate_energy<E, T>(energy, at, moved, unused, product);
    for (Index i = 0; i < x.rows(); ++i) moved.row(i) = x.row(i) - step * v.row(i);
    evaluate_energy<E, T>(energy, at, moved, unused, other);
    for (Index i = 0; i < x.rows(); ++i) {
      for (Index n = 0; n < x.cols(); ++n) {
        product(i, n) = step(n) > T(0) ? (product(i, n) - other(i, n)) / (2 * step(n)) : T(0);
      }
    }
  }
}

}  // namespace detail
}  // namespace bijou
