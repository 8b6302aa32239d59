#include <bijou/distributions/evaluate.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <type_traits>

#include "support/densities.hpp"

using namespace bijou;
using namespace densities;

namespace {

constexpr int dynamic = Eigen::Dynamic;

// ln p(x) = -x_0 for x_0 >= 0, in two rows of which the second is always 1: only what a Distribution needs.
struct Exponential {
  using Scalar = double;
  static constexpr int static_event_size = 2;
  Index event_size() const { return 2; }
  void log_prob(ConstTile<double> x, Row<double> log_p) const { log_p -= x.row(0); }
  void log_prob_pullback(ConstTile<double>, ConstRow<double> log_p_gradient, Tile<double> x_gradient,
                         ParameterGradient<double>) const {
    x_gradient.row(0) = -log_p_gradient;
    x_gradient.row(1).setZero();
  }
  template <class Events, class Rng>
  void draw(Events& events, Rng& rng) const {
    for (Index n = 0; n < events.cols(); ++n) {
      events(0, n) = -std::log1p(-uniform(rng));
      events(1, n) = 1;
    }
  }
};

}  // namespace

TEST_CASE("a density takes batches of any width and storage", "[evaluate]") {
  const StandardNormal<double, 3> p;
  for (const Index n : {0, 1, 127, 128, 129, 500}) {
    const Eigen::Matrix3Xd x = Eigen::Matrix3Xd::Random(3, n);
    const auto log_p = p.log_prob(x);
    static_assert(std::is_same_v<decltype(log_p), const Eigen::VectorXd>);
    REQUIRE(log_p.size() == n);
    for (Index i = 0; i < n; ++i) REQUIRE(log_p(i) == Approx(p.log_prob(Eigen::Vector3d(x.col(i)))).epsilon(1e-14));
    const Eigen::Array<double, dynamic, dynamic, Eigen::RowMajor> row_major = x.array();
    CHECK(p.log_prob(row_major) == log_p);
    Eigen::MatrixXd larger = Eigen::MatrixXd::Zero(8, n + 2);
    larger.block(2, 1, 3, n) = x;
    CHECK(p.log_prob(larger.block(2, 1, 3, n)) == log_p);
  }
}

TEST_CASE("a compile-time vector is one event and its density a scalar", "[evaluate]") {
  const auto log_p = StandardNormal<float, 2>{}.log_prob(Eigen::Vector2f(1, 2));
  static_assert(std::is_same_v<decltype(log_p), const float>);
  CHECK(log_p == Approx(-2.5 - std::log(2 * std::numbers::pi)));
}

TEST_CASE("batches of the wrong number of rows and numbers of draws below zero are refused", "[evaluate]") {
  const StandardNormal<double, 3> p;
  CHECK(message_of([&] { p.log_prob(Eigen::MatrixXd(Eigen::MatrixXd::Zero(2, 5))); }) ==
        "StandardNormal: expected events of 3 rows, got 2");
  CHECK(message_of([&] { p.log_prob(Eigen::MatrixXd(Eigen::MatrixXd::Zero(0, 0))); }) ==
        "StandardNormal: expected events of 3 rows, got 0");
  std::mt19937_64 rng{1};
  CHECK(message_of([&] { p.sample(-1, rng); }) == "StandardNormal: cannot draw -1 events");
  CHECK(p.sample(0, rng).cols() == 0);
}

TEST_CASE("draws come in the size of the density", "[evaluate]") {
  std::mt19937_64 rng{1};
  const auto x = StandardNormal<float, 2>{}.sample(7, rng);
  static_assert(std::is_same_v<decltype(x), const Eigen::Matrix2Xf>);
  CHECK(x.cols() == 7);
  const auto y = StandardNormal<double, dynamic>{4}.sample(7, rng);
  static_assert(std::is_same_v<decltype(y), const Eigen::MatrixXd>);
  CHECK(y.rows() == 4);
}

TEST_CASE("a user's own density can be evaluated", "[evaluate]") {
  CHECK(detail::log_prob(Exponential{}, Eigen::Vector2d(3, 1)) == -3);
  std::mt19937_64 rng{1};
  Eigen::Matrix2Xd x(2, 20'000);
  Exponential{}.draw(x, rng);
  const Eigen::VectorXd log_p = detail::log_prob(Exponential{}, x);
  CHECK(-log_p.mean() == Approx(1).margin(4 / std::sqrt(20'000.0)));  // the entropy of Exp(1), whose variance is 1
}
