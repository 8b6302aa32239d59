#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/distributions/dynamic_product.hpp>
#include <bijou/distributions/mixture_of_gaussians.hpp>
#include <bijou/distributions/product.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/flows/any_flow.hpp>
#include <bijou/flows/embed.hpp>
#include <bijou/flows/mdn.hpp>
#include <bijou/signals/temperature.hpp>
#include <cmath>
#include <vector>

#include "support/catch.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("sample_at_temperature scales the noise", "[temperature]") {
  const TransformedDistribution flow{StandardNormal<double, 2>{}, Affine<double, 2>{{1, 2}, {10, 0.5}}};
  const auto draw = [&](const auto& p, double temperature) {
    std::mt19937_64 rng{1};
    return sample_at_temperature(p, 200, temperature, rng);
  };
  std::mt19937_64 rng{1};
  const Eigen::MatrixXd x = flow.sample(200, rng);
  CHECK(draw(flow, 1) == x);
  const Eigen::Vector2d center(1, 2);
  CHECK(draw(flow, 0) == center.replicate(1, 200));
  CHECK((draw(flow, 0.5).colwise() - center).isApprox(0.5 * (x.colwise() - center), 1e-14));
  CHECK(draw(AnyFlow<double>{flow}, 0.5) == draw(flow, 0.5));
  CHECK(message_of([&] { draw(flow, -1); }) ==
        "sample_at_temperature: expected a finite temperature of at least 0, got -1");
}

TEST_CASE("A temperature does not choose other components of a mixture", "[temperature]") {
  // Draws without deviations are means, each as often as its weight says, within 4 standard deviations.
  const auto check = [](const auto& p, const Eigen::MatrixXd& means, const Eigen::Vector3d& weights) {
    constexpr Index n = 600;
    const auto draw = [&](double temperature) {
      std::mt19937_64 rng{1};
      return Eigen::MatrixXd(sample_at_temperature(p, n, temperature, rng));
    };
    std::mt19937_64 rng{1};
    const Eigen::MatrixXd at_0 = draw(0), at_1 = draw(1);
    CHECK(at_1 == p.sample(n, rng));
    CHECK((draw(0.7) - at_0).isApprox(0.7 * (at_1 - at_0), 1e-12));
    double sum = 0;
    for (int k = 0; k < 3; ++k) {
      double count = 0;
      for (const auto& x : at_0.colwise()) count += (x - means.col(k)).norm() < 1e-12 ? 1 : 0;
      CHECK(std::abs(count - n * weights(k)) < 4 * std::sqrt(n * weights(k) * (1 - weights(k))));
      sum += count;
    }
    CHECK(sum == n);
  };
  const Eigen::Vector3d weights(0.2, 0.3, 0.5);
  const MixtureOfGaussians<double, 2> mixture{weights, Eigen::Matrix<double, 2, 3>{{-30, 0, 50}, {5, -10, 20}},
                                              Eigen::Matrix<double, 2, 3>::Constant(0.5)};
  check(mixture, mixture.locs(), weights);
  const Affine<double, 2> affine{{1, 2}, {10, 0.5}};
  const TransformedDistribution flow{mixture, affine};
  check(flow, affine.forward(mixture.locs()), weights);
  check(AnyFlow<double>{flow}, affine.forward(mixture.locs()), weights);

  // Beside other parts, whose noise lies before and behind that of the mixture.
  Eigen::MatrixXd between = Eigen::MatrixXd::Zero(4, 3);
  between.middleRows(1, 2) = mixture.locs();
  const StandardNormal<double, 1> normal;
  check(Product{normal, mixture, normal}, between, weights);
  check(DynamicProduct{std::vector<AnyFlow<double>>{normal, mixture, normal}}, between, weights);

  // Under a context, with a network that gives zeros.
  std::mt19937_64 rng{2};
  flows::MDN<double, 2> mdn{{.context_size = 1, .components = 3, .hidden = {4}}, rng};
  mdn.set_parameters(Eigen::VectorXd::Zero(mdn.parameter_count()));
  const auto given = mdn.given(Eigen::VectorXd::Constant(1, 0.5));
  check(given, mdn.base.part().start().locs(), Eigen::Vector3d::Constant(1.0 / 3));
}

TEST_CASE("sample_at_temperature under a context", "[temperature]") {
  std::mt19937_64 rng{1};
  const TransformedDistribution flow{StandardNormal<float, 2>{}, MAF<float, 2>{NetworkOptions{{8}, 1}, rng}};
  const Eigen::RowVectorXf context = Eigen::RowVectorXf::Random(150);
  std::mt19937_64 first{2}, second{2};
  CHECK(sample_at_temperature(flow.given(context), 150, 1, first) == flow.given(context).sample(second));
  CHECK(message_of([&] { sample_at_temperature(flow, 3, 1, rng); }) ==
        "TransformedDistribution: expected a context of 1 rows, got none: call given(context)");
  CHECK(message_of([&] {
          sample_at_temperature(flow.given(context), 3, 1, rng);
        }).find("expected a context of 1 column") != std::string::npos);
}
