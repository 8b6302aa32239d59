#include <random>

#include "support/catch.hpp"
#include "support/fewer_types.hpp"
#include "support/flows.hpp"

using namespace bijou;

namespace {

constexpr int dynamic = Eigen::Dynamic;

/// In float, densities are within `nats` of those of the same object in double.
template <class Float, class Double>
void check_close_to_double(const Float& in_float, const Double& in_double, Index events, double nats) {
  std::mt19937_64 rng{1};
  const Eigen::MatrixXf x = in_float.sample(events, rng);
  const Eigen::VectorXd exact = in_double.log_prob(x.cast<double>());
  CHECK((in_float.log_prob(x).template cast<double>() - exact).cwiseAbs().maxCoeff() < nats);
  rng.seed(1);
  const auto drawn = in_float.sample_with_log_prob(events, rng);
  CHECK((drawn.log_prob.template cast<double>() - exact).cwiseAbs().maxCoeff() < nats);
  CHECK(static_cast<double>(in_float.nll(x)) == Approx(-exact.mean()).margin(nats));
}

Eigen::VectorXf uniform_numbers(Index size, double low, double high, std::mt19937_64& rng) {
  return Eigen::VectorXf::NullaryExpr(size, [&] { return static_cast<float>(low + (high - low) * uniform(rng)); });
}

/// sample_with_log_prob and log_prob are two ways to one density: for 100,000 draws they agree.
template <class Flow>
void check_two_densities(const Flow& flow, double nats) {
  std::mt19937_64 rng{2};
  Workspace workspace;
  const auto drawn = flow.sample_with_log_prob(laws::fewer(100'000), rng, workspace);
  REQUIRE(drawn.events.allFinite());
  REQUIRE(drawn.log_prob.allFinite());
  const Eigen::VectorXd difference = (drawn.log_prob - flow.log_prob(drawn.events, workspace)).template cast<double>();
  CHECK(difference.cwiseAbs().maxCoeff() < nats);
}

}  // namespace

// A density of 12,288 coordinates is about -17,000 nats, where neighbours in float lie 0.002 apart.
TEST_CASE("densities of many coordinates are summed in double", "[flow_precision]") {
  const Index d = 12'288;
  std::mt19937_64 rng{3};
  const Eigen::VectorXf loc = uniform_numbers(d, -2, 2, rng);
  const Eigen::VectorXf scale = uniform_numbers(d, 0.5, 1.5, rng);
  const DiagonalNormal<float, dynamic> normal{loc, scale};
  DiagonalNormal<double, dynamic> exact{loc.cast<double>(), scale.cast<double>()};
  exact.set_parameters(normal.parameters().cast<double>());
  check_close_to_double(normal, exact, 20, 2e-3);
  check_close_to_double(StandardNormal<float, dynamic>{d}, StandardNormal<double, dynamic>{d}, 20, 2e-3);

  const TransformedDistribution flow{normal, Affine<float, dynamic>{loc, scale}};
  const TransformedDistribution exact_flow{exact, Affine<double, dynamic>{loc.cast<double>(), scale.cast<double>()}};
  check_close_to_double(flow, exact_flow, 20, 4e-3);  // maps round too
}

// Noise is stretched by the last 100 members, to a log-det of 13,000 nats, and shrunk again by the others: no digits of
// the events are lost, so that what is left are errors of the sums.
TEST_CASE("log-dets of many members are summed in double", "[flow_precision]") {
  const Index d = 3072;
  std::mt19937_64 rng{4};
  std::vector<Affine<float, dynamic>> members;
  std::vector<Affine<double, dynamic>> exact_members;
  for (int i = 0; i < 200; ++i) {
    const Eigen::VectorXf shift = uniform_numbers(d, -0.1, 0.1, rng);
    const Eigen::VectorXf scale = i < 100 ? uniform_numbers(d, 0.75, 1.15, rng) : uniform_numbers(d, 0.85, 1.25, rng);
    members.emplace_back(shift, scale);
    exact_members.emplace_back(shift.cast<double>(), scale.cast<double>());
  }
  const TransformedDistribution flow{StandardNormal<float, dynamic>{d}, DynamicChain{members}};
  const TransformedDistribution exact{StandardNormal<double, dynamic>{d}, DynamicChain{exact_members}};
  check_close_to_double(flow, exact, 4, 2e-3);
}

TEST_CASE("draws of a deep coupling flow in float have the densities that come with them", "[flow_precision]") {
  std::mt19937_64 rng{5};
  using Layer = Chain<RealNVP<float, 19>, Reverse<19>>;
  std::vector<Layer> layers;
  for (int i = 0; i < 32; ++i) layers.emplace_back(RealNVP<float, 19>{9, {24, 24}, rng}, Reverse<19>{});
  TransformedDistribution flow{StandardNormal<float, 19>{}, DynamicChain{layers}};
  check_two_densities(flow, 1e-4);
  flow.set_parameters(2 * flow.parameters());
  check_two_densities(flow, 1e-4);
}

TEST_CASE("draws of a deep autoregressive flow in float have the densities that come with them", "[flow_precision]") {
  std::mt19937_64 rng{6};
  using Layer = Chain<MAF<float, 7>, Reverse<7>>;
  std::vector<Layer> layers;
  for (int i = 0; i < 16; ++i) layers.emplace_back(MAF<float, 7>{{24, 24}, rng}, Reverse<7>{});
  TransformedDistribution flow{StandardNormal<float, 7>{}, DynamicChain{layers}};
  check_two_densities(flow, 1e-4);
  flow.set_parameters(2 * flow.parameters());
  check_two_densities(flow, 1e-4);
}
