#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/datasets/double_well.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/inference/metropolis_layer.hpp>
#include <bijou/inference/stochastic_chain.hpp>
#include <bijou/inference/stochastic_flow.hpp>
#include <random>

#include "support/catch.hpp"

using namespace bijou;

TEST_CASE("StochasticChain: bijectors alone are those of a Chain, both ways", "[stochastic_chain]") {
  const Affine<double, 2> f{{1.0, 2.0}, {2.0, 0.5}}, g{{-1.0, 0.0}, {3.0, 1.0}};
  const StandardNormal<double, 2> base;
  const datasets::DoubleWell<double> well;
  const StochasticFlow flow{base, well, StochasticChain{f, g}};
  const Chain chain{f, g};
  std::mt19937_64 rng{1};
  const auto draws = flow.sample(300, rng);
  const Eigen::Matrix2Xd z = chain.inverse(draws.events);
  const Eigen::VectorXd log_w = log_prob(well, draws.events) - base.log_prob(z) + chain.forward_log_det(z);
  CHECK((draws.log_weights - log_w).norm() < 1e-11);
  const auto noise = flow.backward(draws.events, rng);
  CHECK((noise.events - z).norm() < 1e-12);
  CHECK((noise.log_weights - log_w).norm() < 1e-11);
}

TEST_CASE("StochasticChain: layers are counted and named in order", "[stochastic_chain]") {
  StochasticChain chain{MetropolisLayer<float, true>{}, Affine<float, 2>{{0.0f, 0.0f}, {1.0f, 1.0f}},
                        MetropolisLayer<float, true>{}};
  CHECK(chain.length() == 3);
  CHECK(parameter_count(chain) == 1 + 4 + 1);
  static_assert(std::is_same_v<decltype(chain)::Scalar, float>);
}
