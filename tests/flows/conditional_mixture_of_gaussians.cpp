#include <bijou/datasets/two_moons.hpp>
#include <bijou/flows/conditional_mixture_of_gaussians.hpp>

#include "registry.hpp"
#include "support/density_laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("ConditionalMixtureOfGaussians satisfies the laws", "[conditional_mixture_of_gaussians]") {
  laws::check_flow(registry::maker<registry::flows::ConditionalMixtureOfGaussians>);
  laws::check_flow(registry::maker<registry::flows::ConditionalMixtureOfGaussians, Eigen::Dynamic>);
}

TEST_CASE("where the network gives nothing the mixture is its start", "[conditional_mixture_of_gaussians]") {
  std::mt19937_64 rng{1};
  const Eigen::Matrix2Xd data = datasets::two_moons<double>(1000, 0.05, rng);
  ConditionalMixtureOfGaussians<double, 2> p{6, {{8}, 1}, rng};
  const Eigen::RowVectorXd context = Eigen::RowVectorXd::Random(1000);
  CHECK_FALSE(is_initialized(p));
  initialize(p, data, context);
  CHECK(is_initialized(p));
  p.set_parameters(Eigen::VectorXd::Zero(p.parameter_count()));
  CHECK(p.given(context).log_prob(data).isApprox(p.start().log_prob(data), 1e-13));
  std::mt19937_64 one{2}, same{2};
  CHECK(p.given(context).sample(one).isApprox(p.start().sample(1000, same), 1e-13));
}

TEST_CASE("ConditionalMixtureOfGaussians is the mixture whose numbers its network gives",
          "[conditional_mixture_of_gaussians]") {
  std::mt19937_64 rng{1};
  using Exp = ConditionalMixtureOfGaussians<double, 1, Mlp<double>, scale_maps::Exp>;
  const MixtureOfGaussians<double, 1> start{Eigen::Vector2d(1, 1), Eigen::RowVector2d(0, 10), Eigen::RowVector2d(1, 2)};
  Exp p{start, Mlp<double>{0, 6, {{3}, 1}, rng}};
  Eigen::VectorXd parameters = Eigen::VectorXd::Zero(p.parameter_count());
  parameters.tail(6) << std::log(3), 0, 0.5, std::log(0.5), -1, std::log(2);  // l, then m and a of each
  p.set_parameters(parameters);
  const MixtureOfGaussians<double, 1> expected{Eigen::Vector2d(3, 1), Eigen::RowVector2d(0.5, 8),
                                               Eigen::RowVector2d(0.5, 4)};
  const Eigen::RowVectorXd x = Eigen::RowVectorXd::LinSpaced(50, -20, 20);
  const Eigen::Matrix<double, 1, 1> context(0.7);
  CHECK(p.given(context).log_prob(x).isApprox(expected.log_prob(x), 1e-14));
}

TEMPLATE_TEST_CASE("extreme outputs of the network leave gradients finite", "[conditional_mixture_of_gaussians]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 rng{2};
  ConditionalMixtureOfGaussians<T, 2> p{3, {{4}, 1}, rng};
  Eigen::Vector<T, Eigen::Dynamic> parameters = p.parameters();
  for (const T logit : {T(1e3), T(-1e30)}) {
    parameters(parameters.size() - 15) = logit;  // the bias of the first logit
    p.set_parameters(parameters);
    Eigen::Matrix<T, 2, 3> x;
    x << 0, 1, T(1e4), 0, -1, T(1e4);
    const Eigen::Matrix<T, 1, 3> context(T(0.5), T(-1), T(2));
    CHECK(p.given(context).log_prob(x).allFinite());
    Eigen::Vector<T, Eigen::Dynamic> gradient(p.parameter_count());
    Eigen::Matrix<T, 1, 3> context_gradient;
    p.given(context).nll_gradient(x, gradient, context_gradient);
    CHECK(gradient.allFinite());
    CHECK(context_gradient.allFinite());
    CHECK(p.given(context).sample(rng).allFinite());
  }
}

TEST_CASE("ConditionalMixtureOfGaussians refuses what does not fit", "[conditional_mixture_of_gaussians]") {
  std::mt19937_64 rng{1};
  using Mixture2 = ConditionalMixtureOfGaussians<float, 2>;
  using MixtureX = ConditionalMixtureOfGaussians<float, Eigen::Dynamic>;
  const std::string name = "ConditionalMixtureOfGaussians: ";
  CHECK(message_of([&] { Mixture2(3, {4}, rng); }) == name + "needs a context of at least 1 row");
  CHECK(message_of([&] { Mixture2({3, rng}, Mlp<float>{1, 15, {{4}, 1}, rng}); }) ==
        name + "expected a conditioner with input of size 0, got 1");
  CHECK(message_of([&] { Mixture2({3, rng}, Mlp<float>{0, 14, {{4}, 1}, rng}); }) ==
        name + "expected a conditioner with output of size 15, got 14");
  CHECK(message_of([&] { MixtureX(0, 3, {{4}, 1}, rng); }).find("events need at least one row, got 0") !=
        std::string::npos);
  CHECK(MixtureX(5, 3, {{4}, 1}, rng).event_size() == 5);
}
