#include <bijou/bijectors/act_norm.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/signals/each_pixel.hpp>

#include "registry.hpp"
#include "support/conditional_laws.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("EachPixel: laws", "[each_pixel]") {
  laws::check_bijector(registry::maker<registry::signals::EachPixel>, {.factors = {1, 0}, .kinks = true});
}

TEST_CASE("EachPixel is the bijector at each pixel", "[each_pixel]") {
  std::mt19937_64 rng{1};
  const Affine<double, 2> inside{{1, 2}, {10, 0.5}};
  const EachPixel f{3, inside};
  const Eigen::VectorXd z = laws::normals<double>(6, 1, rng);
  const Eigen::VectorXd x = f.forward(z);
  for (Index p = 0; p < 3; ++p) {
    CHECK(Eigen::Vector2d(x(p), x(3 + p)) == inside.forward(Eigen::Vector2d(z(p), z(3 + p))));
  }
  CHECK(forward_log_det(f, z) == Approx(3 * std::log(5.0)));
  CHECK(f.event_size() == 6);
}

TEMPLATE_TEST_CASE("ActNorm of channels is started by all pixels", "[each_pixel]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 rng{1};
  constexpr Index channels = 3, pixels = 4;
  laws::Matrix<T> x = laws::normals<T>(channels * pixels, 300, rng);
  x.middleRows(0, pixels) = x.middleRows(0, pixels).array() * T(50) - T(100);
  x.middleRows(8, pixels) *= T(1e-3);
  using PerChannel = ActNorm<T, Eigen::Dynamic>;
  TransformedDistribution flow{StandardNormal<T, Eigen::Dynamic>{channels * pixels},
                               EachPixel{pixels, PerChannel{channels}}};
  CHECK_FALSE(is_initialized(flow));
  initialize(flow, x);
  CHECK(is_initialized(flow));
  const laws::Matrix<double> z = flow.bijector.inverse(x).template cast<double>();
  for (Index c = 0; c < channels; ++c) {
    const auto channel = z.middleRows(c * pixels, pixels).array();
    const double mean = channel.mean();
    CHECK(std::abs(mean) < (std::is_same_v<T, float> ? 1e-6 : 1e-12));
    CHECK(std::abs((channel - mean).square().mean() - 1) < 1e-5);
  }
}

TEST_CASE("ActNorm of a constant channel stays finite", "[each_pixel]") {
  std::mt19937_64 rng{1};
  laws::Matrix<float> x = laws::normals<float>(4, 50, rng);
  x.topRows(2).setConstant(0.25f);
  using PerChannel = ActNorm<float, Eigen::Dynamic>;
  TransformedDistribution flow{StandardNormal<float, Eigen::Dynamic>{4}, EachPixel{2, PerChannel{2}}};
  initialize(flow, x);
  CHECK(flow.log_prob(x).allFinite());
}

TEST_CASE("EachPixel under a context", "[each_pixel]") {
  std::mt19937_64 rng{1};
  using Inside = Autoregressive<2, AffineTransformer<double>, Made<double, activations::Tanh>>;
  laws::check_conditional(EachPixel{3, Inside{NetworkOptions{{6}, 2}, rng}}, 2);
}

TEST_CASE("EachPixel refuses what has no pixel or no channel", "[each_pixel]") {
  using Inside = Affine<double, 2>;
  const Inside inside{{1, 2}, {10, 0.5}};
  CHECK(message_of([&] { EachPixel<Inside>{0, inside}; }) == "EachPixel: expected at least 1 pixel, got 0");
  using Any = Reverse<Eigen::Dynamic>;
  CHECK(message_of([&] { EachPixel<Any>{2, Any{}}; }) ==
        "EachPixel: expected a bijector with a number of coordinates of its own");
}
