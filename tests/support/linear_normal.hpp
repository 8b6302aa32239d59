#pragma once

#include <bijou/distributions/distribution_calls.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/numerics/sums.hpp>
#include <cmath>
#include <numbers>

/// x ~ N(context, deviation^2 I): a conditional density with closed forms. It is NaN under a context with a coordinate
/// of more than `refused`, and counts the events that it is asked about.
template <class T>
class LinearNormal : public bijou::DistributionCalls<LinearNormal<T>, T, 2> {
  using Calls = bijou::DistributionCalls<LinearNormal<T>, T, 2>;

 public:
  using Scalar = T;
  static constexpr int static_event_size = 2;
  static constexpr const char* name = "LinearNormal";

  explicit LinearNormal(double deviation, double refused = 1e30) : deviation_(deviation), refused_(refused) {}
  static constexpr bijou::Index event_size() { return 2; }
  static constexpr bijou::Index context_size() { return 2; }
  static constexpr auto members() { return bijou::Members<>{}; }

  inline static bijou::Index evaluated = 0;

  using Calls::log_prob;
  void log_prob(bijou::DensityEvaluation<T> e) const {
    evaluated += e.input.cols();
    for (bijou::Index n = 0; n < e.input.cols(); ++n) {
      double log_p = -std::log(2 * std::numbers::pi * deviation_ * deviation_);
      for (bijou::Index i = 0; i < 2; ++i) {
        const auto mean = static_cast<double>(e.pass.context(i, n));
        const double z = (static_cast<double>(e.input(i, n)) - mean) / deviation_;
        log_p -= std::abs(mean) > refused_ ? std::nan("") : z * z / 2;
      }
      e.log_prob(n) += log_p;
    }
  }

  void log_prob_pullback(bijou::DensityPullback<T> p) const {
    const T precision = static_cast<T>(1 / (deviation_ * deviation_));
    for (bijou::Index i = 0; i < 2; ++i) {
      p.input_gradient.row(i) = (p.pass.context.row(i) - p.input.row(i)) * precision * p.log_prob_gradient;
    }
    if (p.pass.context_gradient.rows() > 0) p.pass.context_gradient -= p.input_gradient;
  }

  template <class Rng>
  void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> events, Rng& rng) const {
    for (T& each : events.reshaped()) each = static_cast<T>(bijou::normal(rng));
  }
  void map_noise(bijou::NoiseEvaluation<T> n) const {
    n.output = n.pass.context + n.noise * static_cast<T>(deviation_);
    bijou::NoCache none;
    log_prob({n.output, n.log_prob, none, n.pass});
  }

 private:
  double deviation_;
  double refused_;
};
