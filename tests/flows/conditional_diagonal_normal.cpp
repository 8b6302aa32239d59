#include <bijou/flows/conditional_diagonal_normal.hpp>

#include "registry.hpp"
#include "support/density_laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("ConditionalDiagonalNormal satisfies the laws of a distribution", "[conditional_diagonal_normal]") {
  laws::check_flow(registry::maker<registry::flows::ConditionalDiagonalNormal>);
  laws::check_flow(registry::maker<registry::flows::ConditionalDiagonalNormal, Eigen::Dynamic>);
}

TEST_CASE("ConditionalDiagonalNormal is the normal whose numbers its network gives", "[conditional_diagonal_normal]") {
  std::mt19937_64 rng{1};
  using Exp = ConditionalDiagonalNormal<double, 2, Mlp<double>, scale_maps::Exp>;
  Exp p{{{3}, 1}, rng};
  // The last layer's biases alone: mu = (1, -2), ln s = (ln 0.5, ln 3).
  Eigen::VectorXd parameters = Eigen::VectorXd::Zero(p.parameter_count());
  parameters.tail(4) << 1, std::log(0.5), -2, std::log(3);
  p.set_parameters(parameters);
  const Eigen::Matrix<double, 1, 1> context(0.7);
  // scipy 1.17.1: scipy.stats.norm([1, -2], [0.5, 3]).logpdf([0.2, 5]).sum()
  CHECK(p.given(context).log_prob(Eigen::Vector2d(0.2, 5)) == Approx(-6.245564396739739).epsilon(1e-14));
}

TEST_CASE("ConditionalDiagonalNormal refuses what does not fit", "[conditional_diagonal_normal]") {
  std::mt19937_64 rng{1};
  using Normal2 = ConditionalDiagonalNormal<float, 2>;
  using NormalX = ConditionalDiagonalNormal<float, Eigen::Dynamic>;
  CHECK(message_of([&] { Normal2{{4}, rng}; }) == "ConditionalDiagonalNormal: needs a context of at least 1 row");
  CHECK(message_of([&] { Normal2{Mlp<float>{1, 4, {{4}, 1}, rng}}; }) ==
        "ConditionalDiagonalNormal: expected a conditioner with input of size 0, got 1");
  CHECK(message_of([&] { Normal2{Mlp<float>{0, 5, {{4}, 1}, rng}}; }) ==
        "ConditionalDiagonalNormal: expected a conditioner with output of size 4, got 5");
  CHECK(message_of([&] { NormalX{Mlp<float>{0, 5, {{4}, 1}, rng}}; }) ==
        "ConditionalDiagonalNormal: expected a conditioner with output of size 4, got 5");
  CHECK(message_of([&] { NormalX(0, {{4}, 1}, rng); }) ==
        "ConditionalDiagonalNormal: events need at least one row, got 0");
  CHECK(NormalX(5, {{4}, 1}, rng).event_size() == 5);
}
