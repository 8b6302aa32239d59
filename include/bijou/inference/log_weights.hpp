#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/numerics/finite.hpp>
#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <string_view>

namespace bijou {

/// A value and the standard error of it, as the spread of the draws gives it.
struct Estimate {
  /// The estimate.
  double value;
  /// Its standard error; that of one run is too small where the weights have heavy tails.
  double standard_error;
};

namespace detail {

/// The mean of independent numbers in double, with its standard error; of a single one NaN.
template <class V>
Estimate mean_of(const Eigen::DenseBase<V>& numbers) {
  const V& values = numbers.derived();
  const auto count = static_cast<double>(values.size());
  const double mean = values.sum() / count;
  const double squares = (values.array() - mean).square().sum();
  return {mean, count > 1 ? std::sqrt(squares / (count - 1) / count) : std::numeric_limits<double>::quiet_NaN()};
}

/// The logarithms in double. Throws std::invalid_argument if there are none, and for NaN and +infinity; -infinity is a
/// weight of 0.
template <class W>
Eigen::VectorXd require_log_weights(std::string_view caller, const Eigen::DenseBase<W>& log_weights) {
  static_assert(bool(W::IsVectorAtCompileTime), "logarithms of weights are a vector");
  if (log_weights.size() == 0) throw_invalid_argument(caller, "needs at least one weight");
  Eigen::VectorXd all(log_weights.size());
  for (Index n = 0; n < all.size(); ++n) {
    all(n) = static_cast<double>(log_weights.derived()(n));
    if (finite(all(n)) || all(n) < 0) continue;
    throw_invalid_argument(caller, "the logarithm of a weight must be finite or -infinity, got ", all(n), " in place ",
                           n);
  }
  return all;
}

/// Weights up to a common factor: the greatest is 1, or all are 0.
///
/// Vector: Eigen::VectorXd. A template so that its Eigen code is compiled only where there are weights.
template <class Vector>
struct ScaledWeights {
  Vector values;
  double log_scale;  // ln of the factor that was taken out; -infinity if all weights are 0

  explicit ScaledWeights(const Vector& log_weights)
      : values(Vector::Zero(log_weights.size())), log_scale(log_weights.maxCoeff()) {
    if (!finite(log_scale)) return;
    // One by one: Eigen's exp of -infinity in packets is not 0.
    for (Index n = 0; n < values.size(); ++n) values(n) = std::exp(log_weights(n) - log_scale);
  }
  bool are_all_zero() const { return !finite(log_scale); }
  /// The weights divided by their sum.
  Vector shares() const { return values / values.sum(); }
};

}  // namespace detail

/// Kish's effective sample size of weights whose logarithms are given, whatever their common factor: as many draws
/// without weights would have the same error. 0 if all weights are 0. Throws std::invalid_argument for no weights, NaN
/// and +infinity.
///
/// @f[ \text{ESS} = \frac{(\sum_n w_n)^2}{\sum_n w_n^2} @f]
///
/// @code{.cpp}
/// #include <bijou/inference/log_weights.hpp>
///
/// int main() {
///   const Eigen::Vector3d log_w(1000.0, 1000.0, -1e9);
///   return bijou::effective_sample_size(log_w) == 2.0 ? 0 : 1;
/// }
/// @endcode
template <class W>
double effective_sample_size(const Eigen::DenseBase<W>& log_weights) {
  const detail::ScaledWeights w(detail::require_log_weights("effective_sample_size", log_weights));
  return w.are_all_zero() ? 0 : w.values.sum() * w.values.sum() / w.values.squaredNorm();
}

/// The evidence in nats, ln of the mean of the weights, with its standard error: for w = p(x) / q(x) with x drawn from
/// q, the logarithm of the integral of p.
///
/// @f[
///   \ln Z = \ln\bar w, \qquad \bar w = \frac{1}{N} \sum_n w_n, \qquad \text{error} = \frac{1}{\bar w}
///   \sqrt{\frac{\sum_n (w_n - \bar w)^2}{N (N - 1)}}
/// @f]
///
/// The error is that of the mean divided by the mean (the delta method); it is too small where few weights carry the
/// sum, see pareto_k. -infinity with an error of NaN if all weights are 0; NaN for the error of a single weight. Throws
/// as effective_sample_size does.
template <class W>
Estimate log_evidence(const Eigen::DenseBase<W>& log_weights) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const detail::ScaledWeights w(detail::require_log_weights("log_evidence", log_weights));
  if (w.are_all_zero()) return {w.log_scale, nan};
  const Estimate mean = detail::mean_of(w.values);
  return {w.log_scale + std::log(mean.value), mean.standard_error / mean.value};
}

/// The mean of values under weights, with its standard error (Owen 2013, Eq. (9.9)). A value whose weight is 0 is not
/// looked at. NaN if all weights are 0. Throws std::invalid_argument for another number of values, and as
/// effective_sample_size does.
///
/// @f[
///   \bar f = \frac{\sum_n w_n f_n}{\sum_n w_n}, \qquad \text{error} = \frac{\sqrt{\sum_n w_n^2 (f_n - \bar
///   f)^2}}{\sum_n w_n}
/// @f]
template <class F, class W>
Estimate weighted_mean(const Eigen::DenseBase<F>& values, const Eigen::DenseBase<W>& log_weights) {
  static_assert(bool(F::IsVectorAtCompileTime), "weighted_mean: the values are a vector");
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const detail::ScaledWeights w(detail::require_log_weights("weighted_mean", log_weights));
  detail::require_size("weighted_mean", "values", w.values.size(), values.size());
  if (w.are_all_zero()) return {nan, nan};
  const double total = w.values.sum();
  const auto sum_of = [&](auto term) {
    double sum = 0;
    for (Index n = 0; n < w.values.size(); ++n) {
      if (w.values(n) > 0) sum += term(w.values(n) / total, static_cast<double>(values.derived()(n)));
    }
    return sum;
  };
  const double mean = sum_of([](double share, double f) { return share * f; });
  const double squares = sum_of([&](double share, double f) { return share * share * (f - mean) * (f - mean); });
  return {mean, std::sqrt(squares)};
}

}  // namespace bijou
