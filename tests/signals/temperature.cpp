#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/flows/any_flow.hpp>
#include <bijou/signals/temperature.hpp>

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
