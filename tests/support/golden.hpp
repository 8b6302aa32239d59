#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/distributions/distribution.hpp>
#include <cmath>

#include "support/catch.hpp"

// The values of a flow whose parameters follow a formula, against another library's.
namespace golden {

// a sin(b k + c) for k = 0, 1, ..., count - 1.
inline Eigen::VectorXd formula(double a, double b, double c, Eigen::Index count) {
  return Eigen::VectorXd::NullaryExpr(count,
                                      [=](Eigen::Index k) { return a * std::sin(b * static_cast<double>(k) + c); });
}

template <int D>
struct Numbers {
  Eigen::Vector<double, 8> log_prob;
  Eigen::Vector<double, D> first_score;
  double gradient_norm;               // of the gradient of the nll
  double gradient_product;            // of that gradient with cos k
  Eigen::Matrix<double, D, 2> draws;  // column by column
};

/// The events that a flow makes of noise.
template <class Flow, int D>
Eigen::Matrix<double, D, 2> events_of(const Flow& flow, const Eigen::Matrix<double, D, 2>& noise) {
  Eigen::Matrix<double, D, 2> events;
  bijou::Arena arena;
  bijou::detail::for_each_tile(2, arena, [&](const bijou::detail::TileOfBatch& at) {
    using Cache = bijou::detail::cache_t<Flow, double>;
    Cache cache{};
    bijou::Pass<double> pass{.arena = arena};
    const bijou::Tile<double> out = arena.tile<double>(D, 2);
    const bijou::ConstTile<double> in = bijou::detail::load_events<double>(noise, at);
    flow.map_noise(bijou::NoiseEvaluation<double, Cache>{in, out, arena.sums(2), cache, pass});
    bijou::detail::store_events<double>(out, events, at);
  });
  return events;
}

template <class Flow, int D>
void check(Flow flow, const Numbers<D>& numbers) {
  const double tolerance = 1e-12;
  flow.set_parameters(formula(0.4, 1.3, 0.7, flow.parameter_count()));
  const Eigen::Matrix<double, D, 8> x = formula(2, 0.9, 0.3, 8 * D).template reshaped<Eigen::ColMajor>(D, 8);
  const Eigen::VectorXd log_prob = flow.log_prob(x);
  CHECK((log_prob - numbers.log_prob).cwiseQuotient(numbers.log_prob).cwiseAbs().maxCoeff() < tolerance);
  CHECK(flow.score(x).col(0).isApprox(numbers.first_score, tolerance));

  Eigen::VectorXd gradient(flow.parameter_count());
  CHECK(flow.nll_gradient(x, gradient) == Approx(-numbers.log_prob.mean()).epsilon(tolerance));
  CHECK(gradient.norm() == Approx(numbers.gradient_norm).epsilon(tolerance));
  const Eigen::VectorXd cosine = formula(1, 1, std::acos(0.0), gradient.size());
  CHECK(gradient.dot(cosine) == Approx(numbers.gradient_product).epsilon(tolerance * numbers.gradient_norm));

  const Eigen::Matrix<double, D, 2> z = formula(1, 0.7, 0.1, 2 * D).template reshaped<Eigen::ColMajor>(D, 2);
  CHECK(events_of(flow, z).isApprox(numbers.draws, tolerance));
}

}  // namespace golden
