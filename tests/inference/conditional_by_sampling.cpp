#include <bijou/bijou.hpp>
#include <random>

#include "support/catch.hpp"
#include "support/in_order.hpp"
#include "support/message_of.hpp"

using namespace bijou;

// 100 seeds: the mean square of (estimate - truth) / error has deviation 0.14; 0.6 is passed in 1 of 1e4 at most.
TEST_CASE("by sampling: of a normal, any coordinates, with the errors that they say", "[conditional_by_sampling]") {
  std::mt19937_64 rng{1};
  const in_order::Normal p(rng);
  const Eigen::Vector2d values(0.3, p.mean(2) + 0.5);
  const std::vector<int> fixed{0, 2};
  const Eigen::Matrix2d c = p.covariance(fixed, fixed);
  const Eigen::Vector2d m = p.mean(fixed);
  const double log_marginal = in_order::log_normal(values, m, c);
  const Eigen::Matrix2d inverse =
      Eigen::Matrix2d{{c(1, 1), -c(0, 1)}, {-c(1, 0), c(0, 0)}} / (c(0, 0) * c(1, 1) - c(0, 1) * c(1, 0));
  const double mean = p.mean(1) + p.covariance(1, fixed).dot(inverse * (values - m));
  double of_marginal = 0, of_mean = 0, least = 1;
  for (unsigned seed = 0; seed < 100; ++seed) {
    const auto draws = conditional_by_sampling(p.flow, fixed, values, 500, std::mt19937_64{seed});
    const Estimate x = weighted_mean(draws.events.row(1), draws.log_weights);
    of_marginal += std::pow((draws.log_marginal.value - log_marginal) / draws.log_marginal.standard_error, 2) / 100;
    of_mean += std::pow((x.value - mean) / x.standard_error, 2) / 100;
    least = (std::min)(least, draws.effective_sample_size / 500);
    CHECK((draws.events.row(0).array() == values(0)).all());
    CHECK((draws.events.row(2).array() == values(1)).all());
    if (seed == 0) {
      CHECK(draws.pareto_k < 0.5);
      CHECK(marginal_by_sampling(p.flow, fixed, values, 500, std::mt19937_64{seed}).value == draws.log_marginal.value);
    }
  }
  INFO("seeds 0 to 99, mean squares " << of_marginal << " and " << of_mean << ", least efficiency " << least);
  CHECK(of_marginal == Approx(1).margin(0.6));
  CHECK(of_mean == Approx(1).margin(0.6));
  CHECK(least > 0.7);
}

TEST_CASE("by sampling: beside the exact ones of a flow", "[conditional_by_sampling]") {
  std::mt19937_64 rng{2};
  const auto flow = in_order::maf(rng);
  const Eigen::Vector<double, 1> first(0.4);
  const auto draws = conditional_by_sampling(flow, {0}, first, 4000, rng);
  const double exact = leading_marginal(flow, 1).log_prob(first);
  INFO("effective " << draws.effective_sample_size << ", k " << draws.pareto_k << ", error "
                    << draws.log_marginal.standard_error << ", off by " << draws.log_marginal.value - exact);
  CHECK(draws.effective_sample_size > 400);
  CHECK(std::abs(draws.log_marginal.value - exact) < 5 * draws.log_marginal.standard_error);
  const Estimate mean = weighted_mean(draws.events.row(2), draws.log_weights);
  const Moments moments = bijou::moments(leading_conditional(flow, first), 20'000, rng);
  CHECK(std::abs(mean.value - moments.mean(1)) < 5 * std::hypot(mean.standard_error, moments.mean_error(1)));
}

TEST_CASE("by sampling: curved densities, float, a context, threads", "[conditional_by_sampling]") {
  std::mt19937_64 rng{3};
  const TransformedDistribution flow{StandardNormal<float, 4>{}, RealNVP<float, 4>{2, NetworkOptions{{8}, 1}, rng}};
  const Eigen::Vector<float, 1> context(0.3f);
  const auto draws = conditional_by_sampling(flow.given(context), {3, 1}, Eigen::Vector2f(0.5f, -0.5f), 300, rng);
  CHECK(draws.events.rows() == 4);
  CHECK(draws.events(3, 7) == 0.5f);
  CHECK(draws.events(1, 7) == -0.5f);
  CHECK(draws.effective_sample_size > 100);
  const auto again = [&](int threads) {
    return conditional_by_sampling(flow.given(context), {3, 1}, Eigen::Vector2f(0.5f, -0.5f), 300, std::mt19937_64{1},
                                   Workspace{threads});
  };
  CHECK(again(1).log_weights == again(3).log_weights);
  // Outside of the support there is nothing.
  const Uniform<double, 2> box{Eigen::Vector2d(0, 0), Eigen::Vector2d(1, 1)};
  const auto none = conditional_by_sampling(box, {0}, Eigen::Vector<double, 1>(2.0), 100, rng);
  CHECK(none.effective_sample_size == 0);
  CHECK(none.log_marginal.value == -std::numeric_limits<double>::infinity());
}

TEST_CASE("by sampling: refusals", "[conditional_by_sampling]") {
  std::mt19937_64 rng{4};
  const auto flow = in_order::maf(rng);
  const Eigen::Vector2d values(0.1, 0.2);
  CHECK(message_of([&] { conditional_by_sampling(flow, {0, 0}, values, 10, rng); }) ==
        "conditional_by_sampling: expected different coordinates, got 0 twice");
  CHECK(message_of([&] { conditional_by_sampling(flow, {0, 3}, values, 10, rng); }) ==
        "conditional_by_sampling: expected coordinates from 0 to 2, got 3");
  CHECK(message_of([&] { conditional_by_sampling(flow, {0}, values, 10, rng); }) ==
        "conditional_by_sampling: expected values of the fixed coordinates of size 1, got 2");
  CHECK(message_of([&] { marginal_by_sampling(flow, {0, 1, 2}, Eigen::Vector3d(0, 0, 0), 10, rng); }) ==
        "marginal_by_sampling: expected between 1 and 2 fixed coordinates, got 3");
  CHECK(message_of([&] { marginal_by_sampling(flow, {0, 1}, Eigen::Vector2d(0, std::nan("")), 10, rng); }) ==
        "marginal_by_sampling: a fixed value must be finite, got nan in coordinate 1");
  CHECK(message_of([&] { marginal_by_sampling(flow, {0, 1}, values, 1, rng); }) ==
        "marginal_by_sampling: an error needs at least 2 draws, got 1");
}
