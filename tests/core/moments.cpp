#include <bijou/core/moments.hpp>
#include <random>

#include "support/laws.hpp"

using namespace bijou;

namespace {

template <class T>
std::pair<Eigen::Vector<T, Eigen::Dynamic>, Eigen::Vector<T, Eigen::Dynamic>> moments_of(
    const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>& x) {
  Eigen::Vector<T, Eigen::Dynamic> mean(x.rows()), deviation(x.rows());
  detail::find_moments("test", detail::columns_of(x), mean, deviation);
  return {mean, deviation};
}

}  // namespace

// In float a sum of squares of numbers near 1e5 has no digit left for a deviation of 1.
TEST_CASE("moments of large offsets, and of scales far apart", "[moments]") {
  std::mt19937_64 rng{1};
  Eigen::MatrixXd exact(3, 5000);
  for (Index n = 0; n < exact.cols(); ++n) exact.col(n) << 1e5 + normal(rng), 1e5 * normal(rng), 1e-4 * normal(rng);
  const Eigen::MatrixXf x = exact.cast<float>();
  const Eigen::MatrixXd rounded = x.cast<double>();
  const Eigen::Vector3d mean = rounded.rowwise().mean();
  const Eigen::Vector3d deviation = (rounded.colwise() - mean).array().square().rowwise().mean().sqrt();
  const auto [found_mean, found_deviation] = moments_of<float>(x);
  CHECK(found_mean.cast<double>().isApprox(mean, 1e-6));
  for (int i = 0; i < 3; ++i) CHECK(static_cast<double>(found_deviation(i)) == Approx(deviation(i)).epsilon(1e-6));
}

TEST_CASE("moments of numbers whose squares do not exist", "[moments]") {
  for (const double unit : {1e-300, 1e-170, 1e160, 1e300}) {
    const Eigen::MatrixXd x = unit * Eigen::RowVectorXd::LinSpaced(101, -1, 2);
    const auto [mean, deviation] = moments_of<double>(x);
    CHECK(mean(0) / unit == Approx(0.5));
    CHECK(deviation(0) / unit == Approx(0.8746427842267951));  // sqrt(9 (101^2 - 1) / 12) / 100
  }
}

TEST_CASE("a constant row, and one whose deviation has no reciprocal, have deviation 1", "[moments]") {
  Eigen::MatrixXf x(3, 100);
  x.row(0).setLinSpaced(-1, 1);
  x.row(1).setConstant(0.1f);
  x.row(2).setConstant(1e-42f);
  x(2, 0) = 2e-42f;
  const auto [mean, deviation] = moments_of<float>(x);
  CHECK(deviation(0) != 1);
  CHECK(deviation(1) == 1);
  CHECK(mean(1) == 0.1f);
  CHECK(deviation(2) == 1);
}
