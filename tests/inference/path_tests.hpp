#pragma once

#include <bijou/bijectors/permute.hpp>
#include <bijou/datasets/double_well.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/inference/log_weights.hpp>
#include <bijou/inference/stochastic_flow.hpp>
#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "support/catch.hpp"
#include "support/compared_entries.hpp"
#include "support/fewer_types.hpp"
#include "support/made_flows.hpp"

/// What holds for each stochastic layer.
namespace path_tests {

using namespace bijou;

// ln of the integral of the double well, by quadrature, relative to that of exp(-|x|^2 / 2).
inline constexpr double relative_log_normalizer = 8.4556026407;
inline constexpr double log_two_pi = 1.8378770664093455;
inline constexpr double share_of_left = 0.1556929038;

/// Ten layers at lambda = 0.1, 0.2, ..., 1 from noise to data. make(lambda): a layer.
template <class Make>
auto ladder(Make make) {
  return StochasticChain{make(1.0), make(0.9), make(0.8), make(0.7), make(0.6),
                         make(0.5), make(0.4), make(0.3), make(0.2), make(0.1)};
}

/// Weighted draws: the evidence and the share of the left well within 3 standard errors (each a false alarm in 0.3 % of
/// seeds; the seed is fixed), the effective sample size within 15 % of `share` of the draws.
template <class Flow>
void check_weights(const Flow& flow, Index draws_count, double share, std::uint64_t seed = 20261127) {
  draws_count = laws::fewer(draws_count);
  std::mt19937_64 rng{seed};
  const auto draws = flow.sample(draws_count, rng);
  const Estimate log_z = log_evidence(draws.log_weights);
  CAPTURE(log_z.value, log_z.standard_error);
  CHECK(std::abs(log_z.value - log_two_pi - relative_log_normalizer) < 3 * log_z.standard_error);
  const double size = effective_sample_size(draws.log_weights) / static_cast<double>(draws_count);
  CAPTURE(size);
  if (share > 0) CHECK(std::abs(size / share - 1) < 0.15);
  const Eigen::VectorXd is_left = (draws.events.row(0).transpose().array() < 0).template cast<double>();
  const Estimate left = weighted_mean(is_left, draws.log_weights);
  CHECK(std::abs(left.value - share_of_left) < 3 * left.standard_error);
}

/// E[1/w] over paths backwards from exact draws is the inverse of the evidence, within 3 standard errors.
template <class Flow>
void check_backward(const Flow& flow, const typename Flow::Events& exact) {
  std::mt19937_64 rng{20261127};
  const auto noise = flow.backward(exact, rng);
  const Estimate log_z = log_evidence(-noise.log_weights);
  CAPTURE(log_z.value, log_z.standard_error);
  CHECK(std::abs(log_z.value + log_two_pi + relative_log_normalizer) < 3 * log_z.standard_error);
}

/// Both gradients against central differences with the same noise. Where a decision changes between the two, which
/// shows as a difference of another size, nothing can be said; that may be so for `most_jumps` of the parameters.
template <class Flow>
void check_gradients(Flow flow, double tolerance, int most_jumps = 0) {
  std::mt19937_64 rng{5};
  Eigen::VectorXd parameters = flow.parameters();
  for (double& each : parameters) each += 0.1 * normal(rng);
  flow.set_parameters(parameters);
  const typename Flow::Events x = flow.sample(40, rng).events;
  for (const bool is_backward : {false, true}) {
    CAPTURE(is_backward);
    const auto loss = [&](Eigen::VectorXd& gradient) {
      std::mt19937_64 same{7};
      return is_backward ? flow.nll_gradient(x, gradient, same) : flow.kl_gradient(40, gradient, same);
    };
    Eigen::VectorXd gradient(parameters.size()), unused(parameters.size());
    flow.set_parameters(parameters);
    loss(gradient);
    int jumps = 0;
    double worst = 0;
    for (const Index i : compared_entries(parameters.size())) {
      const double h = 1e-5;
      const auto at = [&](double step) {
        Eigen::VectorXd moved = parameters;
        moved(i) += step;
        flow.set_parameters(moved);
        return loss(unused);
      };
      const double numeric = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
      const double error = std::abs(numeric - gradient(i)) / (std::max)(1.0, std::abs(gradient(i)));
      if (error > 1e-2)
        ++jumps;
      else
        worst = (std::max)(worst, error);
    }
    CHECK(worst < tolerance);
    CHECK(jumps <= most_jumps);
    CHECK(gradient.norm() > 1e-3);
  }
}

/// Two layers with couplings between them and before them.
template <class Layer>
auto between_couplings(Layer late, Layer early) {
  std::mt19937_64 rng{1};
  return StochasticChain{std::move(late), made_flows::coupling(6, rng), Permute<2>{1, 0}, std::move(early),
                         made_flows::coupling(6, rng)};
}

/// The double well without second derivatives of its own.
struct PlainWell {
  using Scalar = double;
  static constexpr int static_event_size = 2;
  static constexpr Index event_size() { return 2; }
  void log_prob(DensityEvaluation<double> e) const { datasets::DoubleWell<double>{}.log_prob(e); }
  void log_prob_pullback(DensityPullback<double> p) const { datasets::DoubleWell<double>{}.log_prob_pullback(p); }
};

/// -2 |x|^2: a normal of precision 4.
struct Harmonic {
  using Scalar = double;
  static constexpr int static_event_size = 2;
  static constexpr Index event_size() { return 2; }
  void log_prob(DensityEvaluation<double> e) const { e.log_prob -= e.input.square().colwise().sum() * 2; }
  void log_prob_pullback(DensityPullback<double> p) const {
    for (Index i = 0; i < 2; ++i) p.input_gradient.row(i) = -4 * p.log_prob_gradient * p.input.row(i);
  }
};

/// From N(0, I) to a normal of precision 4: ln Z = -ln 4 + ln 2 pi at any step size.
template <class Layer>
void check_harmonic(const Layer& layer, std::uint64_t seed = 20261127) {
  std::mt19937_64 rng{seed};
  const StochasticFlow flow{StandardNormal<double, 2>{}, Harmonic{}, StochasticChain{layer}};
  const Estimate log_z = log_evidence(flow.sample(laws::fewer(100'000), rng).log_weights);
  CAPTURE(log_z.value, log_z.standard_error);
  CHECK(std::abs(log_z.value - log_two_pi + std::log(4.0)) < 3 * log_z.standard_error);
}

}  // namespace path_tests
