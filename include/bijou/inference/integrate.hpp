#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/core/workspace.hpp>
#include <bijou/inference/weighted_gradient.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/random.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <type_traits>

/// Integrals by importance sampling with a flow.
namespace bijou {

/// An integral from n evaluations.
struct Integral {
  /// The estimate of the integral.
  double value;
  /// Its standard error.
  double standard_error;
  /// @f$ \text{Var}(f / q) / I^2 @f$, of one evaluation, I the value: n independent draws have the relative error
  /// sqrt(this / n). 0 for a flow that equals f up to a factor. NaN from a single evaluation, and infinite for a value
  /// of 0.
  double relative_variance;
};

namespace detail {

template <class R>
concept VectorOfNumbers = returns_numbers<R> && (bool(std::remove_cvref_t<R>::IsVectorAtCompileTime));

/// The values of an integrand at the columns of x, in double. Refuses another number of them, and those not finite.
template <class F, class X, class Values>
void evaluate_integrand(std::string_view caller, F& f, const X& x, Values& values) {
  constexpr bool takes_events = std::is_invocable_v<F&, const X&>;
  static_assert(takes_events, "the integrand takes a matrix of D x N, one event per column");
  if constexpr (takes_events) {
    constexpr bool returns_vector = VectorOfNumbers<std::invoke_result_t<F&, const X&>>;
    static_assert(returns_vector,
                  "the integrand returns no vector of N values: let it return an Eigen vector or array, by "
                  "`-> Eigen::ArrayXf`, say, or by .eval(); an expression may refer to its own variables");
    if constexpr (returns_vector) {
      const auto& result = f(x);
      require_size(caller, "values of the integrand", x.cols(), result.size());
      for (Index n = 0; n < x.cols(); ++n) {
        values(n) = static_cast<double>(result(n));
        if (finite(values(n))) continue;
        throw_invalid_argument(caller, "expected a finite integrand, got ", values(n), " for the event of column ", n,
                               " of a batch");
      }
    }
  }
}

/// f / q from f and ln q, also where q leaves the range of a double.
inline double over_density(double f, double log_q) {
  return f == 0 ? 0 : std::copysign(std::exp(std::log(std::abs(f)) - log_q), f);
}

/// Mean and sum of squares about it of what is added batch by batch (Chan, Golub & LeVeque 1983, Eq. (1.5)).
class BatchMoments {
 public:
  template <class Values>
  void add(const Values& values) {
    const auto count = static_cast<double>(values.size());
    const double mean = values.sum() / count;
    const double difference = mean - mean_;
    squares_ += (values - mean).square().sum() + difference * difference * count_ * count / (count_ + count);
    mean_ += difference * count / (count_ + count);
    count_ += count;
  }
  double mean() const { return mean_; }
  double count() const { return count_; }
  double variance() const { return count_ > 1 ? squares_ / (count_ - 1) : std::numeric_limits<double>::quiet_NaN(); }

 private:
  double count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

/// How many draws integrate holds at a time.
inline constexpr Index draws_of_integral = 16'384;

}  // namespace detail

/// The integral of f as the mean of f(x) / q(x) over n draws of the flow, with its standard error.
///
/// @f[
///   I = \frac{1}{n} \sum_i w_i, \qquad \text{error} = \sqrt{\frac{\sum_i (w_i - I)^2}{n (n - 1)}}, \qquad w_i =
///   \frac{f(x_i)}{q(x_i)}
/// @f]
///
/// flow: anything with the calls of DistributionCalls, flow.given(context) with one context too; q must not be 0 where
/// f is not. integrand: called with draws, an Eigen matrix of D x N with at most 16,384 columns, returns the N values
/// as a vector of any scalar, of either sign, finite; each draw is evaluated once. What the flow cannot reach is
/// missing in value and error, see pareto_k. Throws std::invalid_argument for n < 1 and for values that are not finite.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::StandardNormal<double, 2> p;
/// const auto f = [](const Eigen::Matrix2Xd& x) { return (-x.colwise().squaredNorm()).array().exp().eval(); };
/// const bijou::Integral pi = bijou::integrate(p, f, 10'000, rng);  // 3.12 +- 0.02
/// @endcode
template <class Flow, class F, class Rng>
Integral integrate(const Flow& flow, F&& integrand, Index n, Rng&& rng, WorkspaceArgument workspace = {}) {
  constexpr std::string_view caller = "integrate";
  detail::require_generator<Rng>();
  if (n < 1) detail::throw_invalid_argument(caller, "expected at least 1 draw, got ", n);
  using T = typename Flow::Scalar;
  const Index most = (std::min)(n, detail::draws_of_integral);
  Eigen::Matrix<T, Flow::static_event_size, Eigen::Dynamic> x(flow.event_size(), most);
  Eigen::Vector<T, Eigen::Dynamic> log_q(most);
  Eigen::ArrayXd values(most);
  detail::BatchMoments moments;
  for (Index first = 0; first < n; first += most) {
    if (const Index count = (std::min)(most, n - first); count < x.cols()) {
      x.resize(Eigen::NoChange, count);
      log_q.resize(count);
      values.resize(count);
    }
    detail::require_flow_of(caller, flow, x.cols());
    flow.sample_with_log_prob(x, log_q, rng, *workspace);
    detail::evaluate_integrand(caller, integrand, x, values);
    for (Index i = 0; i < x.cols(); ++i) values(i) = detail::over_density(values(i), static_cast<double>(log_q(i)));
    moments.add(values);
  }
  const double relative = moments.mean() == 0 && detail::finite(moments.variance())
                              ? std::numeric_limits<double>::infinity()
                              : moments.variance() / (moments.mean() * moments.mean());
  return {moments.mean(), std::sqrt(moments.variance() / moments.count()), relative};
}

}  // namespace bijou
