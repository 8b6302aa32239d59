#include <bijou/bijectors/affine.hpp>
#include <cmath>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

static_assert(bijou::Bijector<bijou::Affine<float, 2>>);
static_assert(bijou::Bijector<bijou::Affine<double, Eigen::Dynamic>>);

using bijou::Affine;

// A scale must not be zero, so the parameters stay as they are.
TEST_CASE("Affine: laws", "[affine]") {
  laws::check_bijector(registry::maker<registry::bijectors::Affine>, {.factors = {1}});
  laws::check_bijector(registry::maker<registry::bijectors::Affine, registry::dynamic>, {.factors = {1}});
  laws::check_forms(registry::maker<registry::bijectors::Affine>, 3);
}

TEST_CASE("Affine: laws, tiny and huge scales", "[affine]") {
  for (const double scale : {1e-3, -1e3}) {
    INFO(scale);
    laws::check_bijector(
        [=]<class T>(T, auto&) {
          using V = Eigen::Vector<T, Eigen::Dynamic>;
          return Affine<T, Eigen::Dynamic>{V::LinSpaced(2, T(0.25), T(-0.5)), V::LinSpaced(2, T(-0.5), T(scale))};
        },
        {.factors = {1}});
  }
}

TEMPLATE_TEST_CASE("Affine: x = scale z + shift", "[affine]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const Affine<T, 2> f{{T(0.5), T(0.25)}, {T(-2), T(0.5)}};
  const Eigen::Matrix<T, 2, 1> z(T(3), T(-1));
  const Eigen::Matrix<T, 2, 1> x(T(-5.5), T(-0.25));
  CHECK(f.forward(z) == x);
  CHECK(f.inverse(x) == z);
  CHECK(f.forward_log_det(z) == T(0));  // ln 2 + ln 1/2
  const Affine<T, 2> g{{T(0), T(0)}, {T(-8), T(0.5)}};
  CHECK(g.forward_log_det(z) == Approx(std::log(4.0)));
  CHECK(g.inverse_log_det(z) == Approx(-std::log(4.0)));
  CHECK(g.event_size() == 2);
}

TEST_CASE("Affine: pullbacks in closed form", "[affine]") {
  const Affine<double, 1> f{Eigen::Matrix<double, 1, 1>(1.0), Eigen::Matrix<double, 1, 1>(4.0)};
  const Eigen::RowVector2d z(2.0, -3.0);
  const Eigen::RowVector2d g(10.0, 100.0);
  const Eigen::Vector2d l(1.0, 2.0);
  const auto there = bijou::forward_pullback(f, z, g, l);
  CHECK(there.input == Eigen::RowVector2d(40.0, 400.0));
  CHECK(there.parameters == Eigen::Vector2d(110.0, 20.0 - 300.0 + 0.75));
  const Eigen::RowVector2d x(9.0, -11.0);  // of the same z
  const auto back = bijou::inverse_pullback(f, x, g, l);
  CHECK(back.input == Eigen::RowVector2d(2.5, 25.0));
  CHECK(back.parameters == Eigen::Vector2d(-27.5, -(20.0 - 300.0 + 3.0) / 4.0));
}

TEST_CASE("Affine: names", "[affine]") {
  const Affine<double, 2> f{{0.5, 0.25}, {1.0, 0.5}};
  std::vector<std::string> names;
  bijou::for_each_named_parameter(f, [&](const std::string& name, const auto&) { names.push_back(name); });
  CHECK(names == std::vector<std::string>{"shift", "scale"});
}

TEST_CASE("Affine: refuses a zero scale, what is not finite and vectors of different sizes", "[affine]") {
  using Dynamic = Affine<double, Eigen::Dynamic>;
  using V = Eigen::VectorXd;
  const double infinity = std::numeric_limits<double>::infinity();
  const std::string scale = "Affine: scale must be finite and not zero, with a finite reciprocal, got ";
  const std::string shift = "Affine: shift must be finite, got ";
  const auto refusal = [](const Eigen::Vector2d& b, const Eigen::Vector2d& s) {
    return message_of([&] { Affine<double, 2>(b, s); });
  };
  CHECK(refusal({0.0, 0.0}, {1.0, 0.0}) == scale + "0 in coordinate 1");
  CHECK(refusal({0.0, 0.0}, {-0.0, 1.0}) == scale + "-0 in coordinate 0");
  CHECK(refusal({0.0, 0.0}, {1.0, -infinity}) == scale + "-inf in coordinate 1");
  CHECK(refusal({0.0, 0.0}, {1.0, std::nan("")}) == scale + "nan in coordinate 1");
  CHECK(refusal({0.0, infinity}, {1.0, 1.0}) == shift + "inf in coordinate 1");
  CHECK(message_of([] { Dynamic(V(0), V(0)); }) == "Affine: events need at least one row, got 0");
  CHECK(message_of([] { Dynamic(V::Ones(2), V::Ones(3)); }) == "Affine: expected a scale of size 2, got 3");
}

// A scale whose reciprocal overflows maps data to infinity.
TEST_CASE("Affine: refuses a scale without a finite reciprocal", "[affine]") {
  const auto make = [](float scale) { return Affine<float, 2>({0.0f, 0.0f}, {1.0f, scale}); };
  const std::string expected = "Affine: scale must be finite and not zero, with a finite reciprocal, got ";
  CHECK(message_of([&] { make(1e-39f); }) == expected + "1e-39 in coordinate 1");
  CHECK(message_of([&] { make(-1e-40f); }) == expected + "-9.99995e-41 in coordinate 1");
  CHECK(make(1e-38f).scale()(1) == 1e-38f);
  CHECK(Affine<double, 2>({0.0, 0.0}, {1.0, 1e-39}).inverse(Eigen::Vector2d(0.0, 1e-39))(1) == 1);
}

// Summed in float, the log-det would be off by about 3e-5 of itself.
TEST_CASE("Affine: the log-det of many coordinates in float", "[affine]") {
  using V = Eigen::VectorXf;
  const Affine<float, Eigen::Dynamic> f{V::Zero(12288), V::Constant(12288, 1.1f)};
  const double expected = 12288 * std::log(static_cast<double>(1.1f));
  CHECK(f.forward_log_det(V(V::Ones(12288))) == Approx(expected).epsilon(1e-6));
  CHECK(f.inverse_log_det(V(V::Ones(12288))) == Approx(-expected).epsilon(1e-6));
}
