#pragma once

#include <bijou/distributions/distribution_calls.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/numerics/sums.hpp>
#include <algorithm>
#include <limits>
#include <string>

namespace bijou {

/// ln p(x) = -sum_i ln(high_i - low_i) in the box low <= x <= high, -infinity outside.
///
/// @f[ \ln p(x) = -\sum_i \ln(\text{high}_i - \text{low}_i) @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. Nothing to train. Throws std::invalid_argument
/// unless low < high in each coordinate, with finite bounds and widths.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Uniform<double, 2> p{{0.0, 0.0}, {1.0, 4.0}};
/// const Eigen::Matrix2Xd x = p.sample(1000, rng);
/// const double log_p = p.log_prob(Eigen::Vector2d(0.5, 0.5));  // -ln 4
/// @endcode
template <class T, int D>
class Uniform : public DistributionCalls<Uniform<T, D>, T, D> {
 public:
  using Scalar = T;
  using Vector = Eigen::Matrix<T, D, 1>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "Uniform";
  static constexpr const char* formula = "x_i ~ U(low_i, high_i)";
  static_assert(D == Eigen::Dynamic || D > 0, "Uniform: events need at least one row");

  Uniform(const Vector& low, const Vector& high) : low_(low), high_(high) {
    detail::require_size(name, "an upper bound", low.size(), high.size());
    detail::require_coordinates(name, low.size());
    detail::require_no_error(name, state_error());
  }

  Index event_size() const { return low_.size(); }
  static constexpr bool coordinates_are_independent() { return true; }
  const Vector& low() const { return low_; }
  const Vector& high() const { return high_; }

  static constexpr auto members() { return Members{state("low", &Uniform::low_), state("high", &Uniform::high_)}; }

  std::string state_error() const {
    for (const Vector* const bound : {&low_, &high_}) {
      for (Index i = 0; i < bound->size(); ++i) {
        if (!detail::finite((*bound)(i)))
          return detail::joined({"a bound must be finite, got ", (*bound)(i), " in coordinate ", i});
      }
    }
    for (Index i = 0; i < low_.size(); ++i) {
      const T width = high_(i) - low_(i);
      if (!detail::finite(width) || !(width > T(0)))
        return detail::joined({"high - low must be finite and positive, got ", width, " in coordinate ", i});
    }
    return {};
  }

  using DistributionCalls<Uniform, T, D>::log_prob;

  void log_prob(DensityEvaluation<T> e) const {
    const double inside =
        -detail::sum_in_order((high_ - low_).head(e.input.rows()).template cast<double>().array().log());
    for (Index n = 0; n < e.input.cols(); ++n) {
      bool outside = false;
      bool is_nan = false;
      for (Index i = 0; i < e.input.rows(); ++i) {
        const T x = e.input(i, n);
        outside = outside || x < low_(i) || x > high_(i);
        is_nan = is_nan || detail::is_nan(x);
      }
      constexpr double infinity = std::numeric_limits<double>::infinity();
      e.log_prob(n) += is_nan ? std::numeric_limits<double>::quiet_NaN() : outside ? -infinity : inside;
    }
  }

  // d ln p / dx = 0 inside. On the boundary and outside, where ln p jumps or is -infinity, the gradient is defined as
  // 0.
  void log_prob_pullback(DensityPullback<T> p) const { p.input_gradient.setZero(); }

  template <class Rng>
  void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> events, Rng& rng) const {
    for (Index n = 0; n < events.cols(); ++n) {
      for (Index i = 0; i < events.rows(); ++i) {
        const double width = static_cast<double>(high_(i)) - static_cast<double>(low_(i));
        const double x = static_cast<double>(low_(i)) + width * uniform(rng);
        events(i, n) = (std::min)(static_cast<T>(x), high_(i));
      }
    }
  }

 private:
  Vector low_;
  Vector high_;
};

}  // namespace bijou
