#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/box.hpp>
#include <bijou/datasets/double_well.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/uniform.hpp>
#include <bijou/inference/latent_energy.hpp>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("LatentEnergy: the density of noise that becomes events", "[latent_energy]") {
  const datasets::DoubleWell<double> well;
  const Affine<double, 2> f{{0.5, -1.0}, {2.0, 0.25}};
  const LatentEnergy latent{well, f};
  static_assert(Energy<decltype(latent)>);
  const Eigen::Matrix2Xd z = Eigen::Matrix2Xd::Random(2, 150);
  CHECK((log_prob(latent, z) - log_prob(well, f.forward(z)) - Eigen::VectorXd::Constant(150, std::log(0.5))).norm() <
        1e-12);
  Eigen::Matrix2Xd slope = score(well, f.forward(z));
  slope.row(0) *= 2;
  slope.row(1) *= 0.25;
  CHECK((score(latent, z) - slope).norm() < 1e-12);

  // Uniform numbers through a logit are logistic.
  const LatentEnergy logistic{Uniform<double, 1>{Eigen::Vector<double, 1>(-3.0), Eigen::Vector<double, 1>(5.0)},
                              Box<double, 1>{Eigen::Vector<double, 1>(-3.0), Eigen::Vector<double, 1>(5.0)}};
  for (const double x : {-30.0, -1.0, 0.0, 2.0}) {
    const Eigen::Vector<double, 1> at(x);
    CHECK(log_prob(logistic, at) == Approx(-std::abs(x) - 2 * std::log1p(std::exp(-std::abs(x)))));
    CHECK(score(logistic, at)(0) == Approx(-std::tanh(x / 2)).margin(1e-14));
  }
}

TEST_CASE("LatentEnergy: different sizes are refused", "[latent_energy]") {
  CHECK(message_of([] {
          LatentEnergy(StandardNormal<double, Eigen::Dynamic>(3),
                       Affine<double, Eigen::Dynamic>{Eigen::Vector2d(0, 0), Eigen::Vector2d(1, 1)});
        }) == "LatentEnergy: the parts have different event sizes, 3 and 2");
}
