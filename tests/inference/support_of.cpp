#include <bijou/bijectors/box.hpp>
#include <bijou/bijectors/elementwise_formulas.hpp>
#include <bijou/distributions/calls_of.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/inference/support_of.hpp>
#include <limits>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

using namespace bijou;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Two positive numbers, by its own word.
struct Positive : StandardNormal<double, 2> {
  Box<double, 2> support() const { return {{0.0, 0.0}, {infinity, infinity}}; }
};

Uniform<double, 1> interval(double low, double high) {
  return {Eigen::Vector<double, 1>(low), Eigen::Vector<double, 1>(high)};
}

}  // namespace

TEST_CASE("The support of a box, of the line, and of products of these is a Box", "[support_of]") {
  const auto box = support_of(Uniform<float, 2>{{-1.0f, 0.0f}, {1.0f, 5.0f}});
  static_assert(std::is_same_v<decltype(box), const Box<float, 2>>);
  CHECK(box.low() == Eigen::Vector2f(-1, 0));
  CHECK(box.high() == Eigen::Vector2f(1, 5));

  const auto line = support_of(StandardNormal<double, 2>{});
  CHECK(forward(line, Eigen::Vector2d(-3.5, 1e5)) == Eigen::Vector2d(-3.5, 1e5));
  CHECK(forward_log_det(line, Eigen::Vector2d(-3.5, 1e5)) == 0);

  const auto product = support_of(Product{interval(2, 3), Product{StandardNormal<double, 2>{}, interval(-1, 0)}});
  static_assert(std::is_same_v<decltype(product), const Box<double, 4>>);
  CHECK(product.low() == Eigen::Vector4d(2, -infinity, -infinity, -1));
  CHECK(product.high() == Eigen::Vector4d(3, infinity, infinity, 0));

  const auto run_time = support_of(DynamicProduct{std::vector{interval(2, 3), interval(4, 5)}});
  CHECK(run_time.low() == Eigen::Vector2d(2, 4));
}

TEST_CASE("A distribution of one's own says its support, also in a product", "[support_of]") {
  const auto own = support_of(Positive{});
  CHECK(own.low() == Eigen::Vector2d(0, 0));
  const auto product = support_of(Product{interval(0, 2), Positive{}});
  const Eigen::Vector3d z(0, 0, 1);
  CHECK((forward(product, z) - Eigen::Vector3d(1, 1, std::exp(1.0))).norm() < 1e-14);
  CHECK(forward_log_det(product, z) == Approx(std::log(0.5) + 1));
}

TEST_CASE("The support of a transformed distribution is its bijector behind that of its base", "[support_of]") {
  // ln theta ~ U(0, 1)
  const auto support = support_of(TransformedDistribution{interval(0, 1), Exp<double, 1>{}});
  const Eigen::Vector<double, 1> z(0.0);
  CHECK(forward(support, z)(0) == Approx(std::exp(0.5)));
  CHECK(forward_log_det(support, z) == Approx(0.5 - std::log(4.0)));
}
