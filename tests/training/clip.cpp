#include <bijou/training/clip.hpp>
#include <Eigen/Core>
#include <limits>

#include "support/catch.hpp"
#include "training/floating_point_flags.hpp"

using bijou::clip_by_norm;

TEMPLATE_TEST_CASE("clip_by_norm shortens what is too long and returns the length before", "[clip]",
                   BIJOU_TEST_SCALARS) {
  using Vector = Eigen::Vector<TestType, Eigen::Dynamic>;
  Vector gradient(2);
  gradient << 3, -4;
  CHECK(clip_by_norm(gradient, 5.0) == 5);
  CHECK(gradient == (Vector(2) << 3, -4).finished());  // not longer: not touched
  CHECK(clip_by_norm(gradient, 1.0) == 5);
  CHECK(gradient(0) == Approx(0.6).epsilon(1e-7));
  CHECK(gradient(1) == Approx(-0.8).epsilon(1e-7));

  Vector zero = Vector::Zero(3);
  CHECK(clip_by_norm(zero, 1.0) == 0);
  CHECK(zero == Vector::Zero(3));
  Vector empty(0);
  CHECK(clip_by_norm(empty, 1.0) == 0);
}

TEMPLATE_TEST_CASE("clip_by_norm works on vectors of many blocks, and on a part of one", "[clip]", BIJOU_TEST_SCALARS) {
  using Vector = Eigen::Vector<TestType, Eigen::Dynamic>;
  Vector gradient = Vector::Constant(900, TestType{-2});
  CHECK(clip_by_norm(gradient, 30.0) == Approx(60).epsilon(1e-14));
  CHECK(gradient.isApprox(Vector::Constant(900, TestType{-1})));

  CHECK(clip_by_norm(gradient.head(400), 10.0) == Approx(20).epsilon(1e-6));
  CHECK(gradient.head(400).isApprox(Vector::Constant(400, TestType(-0.5))));
  CHECK(gradient.tail(500).isApprox(Vector::Constant(500, TestType{-1})));
}

TEST_CASE("clip_by_norm neither overflows nor underflows", "[clip]") {
  SECTION("floats whose squares are no floats") {
    const float largest = std::numeric_limits<float>::max();
    Eigen::VectorXf gradient = Eigen::VectorXf::Constant(1024, largest);
    CHECK(clip_by_norm(gradient, 1.0) == Approx(32 * static_cast<double>(largest)).epsilon(1e-14));
    CHECK(gradient.isApprox(Eigen::VectorXf::Constant(1024, 1.0f / 32)));

    gradient.setConstant(1e-30f);
    CHECK(clip_by_norm(gradient, 1e-32) / (32 * static_cast<double>(1e-30f)) == Approx(1).epsilon(1e-14));
    CHECK(gradient.cast<double>().norm() / 1e-32 == Approx(1).epsilon(1e-6));
  }
  SECTION("doubles whose squares are no doubles") {
    Eigen::VectorXd gradient(2);
    gradient << 3e300, 4e300;
    CHECK(clip_by_norm(gradient, 10.0) == Approx(5e300).epsilon(1e-14));
    CHECK(gradient(0) == Approx(6).epsilon(1e-14));
    CHECK(gradient(1) == Approx(8).epsilon(1e-14));

    gradient << 3e-300, 4e-300;
    CHECK(clip_by_norm(gradient, 1.0) / 5e-300 == Approx(1).epsilon(1e-14));
    CHECK(gradient == Eigen::Vector2d(3e-300, 4e-300));
    CHECK(clip_by_norm(gradient, 1e-300) / 5e-300 == Approx(1).epsilon(1e-14));
    CHECK(gradient(0) / 6e-301 == Approx(1).epsilon(1e-14));

    gradient << 1e300, 1e-300;
    CHECK(clip_by_norm(gradient, 1.0) == Approx(1e300).epsilon(1e-14));
    CHECK(gradient(0) == Approx(1).epsilon(1e-14));
  }
  SECTION("a norm beyond the doubles is clipped all the same") {
    const double largest = std::numeric_limits<double>::max();
    Eigen::VectorXd gradient = Eigen::VectorXd::Constant(4, largest);
    CHECK(clip_by_norm(gradient, 1.0) == std::numeric_limits<double>::infinity());
    CHECK(gradient.isApprox(Eigen::VectorXd::Constant(4, 0.5), 1e-14));
  }
}

TEMPLATE_TEST_CASE("clip_by_norm leaves a gradient alone that is not finite", "[clip]", BIJOU_TEST_SCALARS) {
  using limits = std::numeric_limits<TestType>;
  for (const TestType bad : {limits::infinity(), -limits::infinity(), limits::quiet_NaN()}) {
    Eigen::Vector<TestType, Eigen::Dynamic> gradient(3);
    gradient << 10, bad, -10;
    CHECK_FALSE(bijou::detail::finite(clip_by_norm(gradient, 1.0)));
    CHECK(gradient(0) == 10);
    CHECK(gradient(2) == -10);
  }
}

TEST_CASE("clip_by_norm refuses a max_norm that is none", "[clip]") {
  Eigen::VectorXd gradient = Eigen::VectorXd::Constant(4, 1.0);
  CHECK_THROWS_WITH(clip_by_norm(gradient, 0.0), "clip_by_norm: expected a finite max_norm above 0, got 0");
  CHECK_THROWS_WITH(clip_by_norm(gradient, -1.0), "clip_by_norm: expected a finite max_norm above 0, got -1");
  CHECK_THROWS_WITH(clip_by_norm(gradient, std::numeric_limits<double>::quiet_NaN()),
                    "clip_by_norm: expected a finite max_norm above 0, got nan");
  CHECK(gradient == Eigen::VectorXd::Constant(4, 1.0));
}

TEMPLATE_TEST_CASE("clip_by_norm raises no floating-point exception on finite gradients", "[clip]",
                   BIJOU_TEST_SCALARS) {
  using Vector = Eigen::Vector<TestType, Eigen::Dynamic>;
  for (const double size : {0.0, 1e-38, 1e-3, 1.0, 1e37}) {
    Vector gradient = Vector::LinSpaced(35, TestType{-1}, TestType{1}) * static_cast<TestType>(size);
    CHECK(raised_by([&] { clip_by_norm(gradient, 0.5); }) == 0);
  }
}
