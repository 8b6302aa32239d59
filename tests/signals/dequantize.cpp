#include <bijou/signals/dequantize.hpp>
#include <limits>

#include "support/catch.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEMPLATE_TEST_CASE("dequantize spreads each level over its interval, quantize takes it back", "[dequantize]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 rng{1};
  Eigen::MatrixXi q(2, 5000);
  for (Index n = 0; n < q.cols(); ++n) q.col(n) << static_cast<int>(n % 17), 16;
  const laws::Matrix<T> y = dequantize<T>(q, 17, rng);
  CHECK(y.minCoeff() >= T(-0.5));
  CHECK(y.maxCoeff() < T(0.5));
  // In float the last number below a level may round to it.
  CHECK((quantize(y, 17) - q).cwiseAbs().sum() <= (std::is_same_v<T, float> ? 1 : 0));
  // u is uniform, of its own for each number.
  const laws::Matrix<double> u = (y.row(1).template cast<double>().array() + 0.5) * 17 - 16;
  CHECK(std::abs(u.mean() - 0.5) < 4 * std::sqrt(1.0 / 12 / 5000));
  CHECK(u(0) != u(1));
  std::mt19937_64 same{1};
  CHECK(dequantize<T>(q.template cast<double>(), 17, same) == y);
}

TEST_CASE("quantize clamps what is outside", "[dequantize]") {
  const Eigen::Vector4d y(-0.7, 0.5, 9, std::numeric_limits<double>::quiet_NaN());
  CHECK(quantize(y, 4) == Eigen::MatrixXi(Eigen::Vector4i(0, 3, 3, 0)));
}

TEST_CASE("bits_per_dimension of a uniform density is that of the levels", "[dequantize]") {
  CHECK(bits_per_dimension(Eigen::VectorXf(Eigen::VectorXf::Zero(3)), 64, 17) == Approx(std::log2(17.0)));
  // A density of 2 in each of 3 dimensions saves a bit in each.
  CHECK(bits_per_dimension(Eigen::Vector2d(Eigen::Vector2d::Constant(3 * std::log(2.0))), 3, 256) == Approx(7));
}

TEST_CASE("logit_scaling is the formula, and its density that of y", "[dequantize]") {
  const double alpha = 0.02;
  const auto scaling = logit_scaling<double>(3, alpha);
  const Eigen::Vector3d y(-0.5, 0.125, 0.49999);
  const Eigen::Vector3d v = 0.5 * alpha + (1 - alpha) * (y.array() + 0.5);
  const Eigen::Vector3d z = (v.array() / (1 - v.array())).log();
  CHECK(scaling.inverse(y).isApprox(z, 1e-13));
  CHECK(scaling.forward(z).isApprox(y, 1e-13));
  // ln dz/dy = ln(1 - alpha) - ln v - ln(1 - v)
  const double expected = (std::log(1 - alpha) - v.array().log() - (1 - v.array()).log()).sum();
  CHECK(scaling.inverse_log_det(y) == Approx(expected).epsilon(1e-13));
}

TEST_CASE("dequantize refuses what is no level", "[dequantize]") {
  std::mt19937_64 rng{1};
  CHECK(message_of([&] { dequantize<float>(Eigen::Vector2i(3, 4), 4, rng); }) ==
        "dequantize: expected whole numbers from 0 to 3, got 4 in column 0, row 1 (counting from 0)");
  CHECK(message_of([&] { dequantize<float>(Eigen::Vector2d(0.5, 1), 4, rng); }) ==
        "dequantize: expected whole numbers from 0 to 3, got 0.5 in column 0, row 0 (counting from 0)");
  CHECK(message_of([&] { dequantize<float>(Eigen::Vector2i(0, 0), 0, rng); }) ==
        "dequantize: expected at least 1 level, got 0");
  CHECK(message_of([] { logit_scaling<float>(4, 0); }) == "logit_scaling: expected alpha in (0, 1), got 0");
  CHECK(message_of([] { bits_per_dimension(Eigen::VectorXf(), 4, 2); }) ==
        "bits_per_dimension: expected at least 1 event, got 0");
}
