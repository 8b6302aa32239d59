#include <bijou/bijectors/radial.hpp>
#include <cmath>
#include <limits>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("Radial: laws", "[radial]") {
  laws::check_bijector(registry::maker<registry::bijectors::Radial>, {.factors = {1, 1e-8, 4}});
  laws::check_bijector(registry::maker<registry::bijectors::Radial, registry::dynamic>, {.factors = {1}});
}

TEST_CASE("Radial: laws with one coordinate, and towards the center", "[radial]") {
  laws::check_bijector([]<class T>(T, auto&) { return Radial<T, 1>{Eigen::Matrix<T, 1, 1>(T(0.25)), {T(1), T(-1)}}; },
                       {.factors = {1}});
  laws::check_bijector([]<class T>(T, auto&) { return Radial<T, 2>{{T(0.25), T(1)}, {T(3), T(-3)}}; },
                       {.factors = {1}});
}

TEST_CASE("Radial is the formula of Rezende and Mohamed", "[radial]") {
  const Eigen::Vector3d center(0.5, -1, 2), z(1, 1, -0.5);
  const Radial<double, 3> f{center, {0.3, 1.2}};
  const double alpha = std::log1p(std::exp(0.3)) + 1e-3;
  const double beta = std::log1p(std::exp(1.2)) + 1e-3 - alpha;
  const double r = (z - center).norm();
  const double h = 1 / (alpha + r);
  CHECK(f.forward(z).isApprox(z + beta * h * (z - center), 1e-15));
  CHECK(f.forward_log_det(z) == Approx(2 * std::log(1 + beta * h) + std::log(1 + beta * h - beta * r * h * h)));
}

TEMPLATE_TEST_CASE("Radial at the center, far away, and with the largest parameters", "[radial]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  using Event = Eigen::Vector2<T>;
  const Event center(T(0.5), T(-1));
  for (const double gamma : {-1e3, 0.0, 1e6}) {
    for (const double alpha : {-1e3, 0.0, 1e6}) {
      const Radial<T, 2> f{center, {static_cast<T>(alpha), static_cast<T>(gamma)}};
      INFO("alpha " << f.alpha() << ", gamma " << f.gamma());
      CHECK(f.forward(center) == center);
      CHECK(f.inverse(center) == center);
      CHECK(f.forward_log_det(center) == Approx(2 * std::log(f.gamma() / f.alpha())).margin(1e-5));
      for (const double at : {1e-6, 1.0, 1e6}) {
        const Event z = center + Event(static_cast<T>(at), T(0));
        const auto [x, log_det] = forward_and_log_det(f, z);
        CHECK((x.allFinite() && std::isfinite(log_det)));
        const T scale = std::max(std::abs(z(0)), T(1));
        // The image, rounded, in units of what the inverse makes of it.
        const T amplified = std::max(T(1), (f.alpha() + T(at)) / (f.gamma() + T(at))) * std::max(std::abs(x(0)), scale);
        CHECK((f.inverse(x) - z).norm() <= 16 * std::numeric_limits<T>::epsilon() * amplified);
        const auto gradients = bijou::inverse_pullback(f, x, Event(T(1), T(2)), Eigen::Matrix<T, 1, 1>(T(1)));
        CHECK((gradients.input.allFinite() && gradients.parameters.allFinite()));
      }
    }
  }
}

TEMPLATE_TEST_CASE("Radial where squares overflow", "[radial]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  using Event = Eigen::Vector3<T>;
  constexpr T most = (std::numeric_limits<T>::max)();
  for (const T a : {T(2), static_cast<T>(1e6)}) {
    const Radial<T, 3> f{Event(T(1), T(2), T(3)), {a, T(-1)}};
    for (const T size : {std::sqrt(most), most / 8, most / 2}) {
      const Event z(size, -size, size / 3);
      const auto [x, log_det] = forward_and_log_det(f, z);
      CHECK((x.array() * z.array().sign() <= z.array().abs()).all());  // towards the center
      CHECK(std::abs(log_det) < T(1));
      const auto [back, inverse_log_det] = inverse_and_log_det(f, x);
      CHECK(((back - z) / size).cwiseAbs().maxCoeff() < 16 * std::numeric_limits<T>::epsilon());
      CHECK(inverse_log_det == Approx(-log_det).margin(1e-6));
    }
  }
  // Of no size at all.
  const Radial<T, 3> f{Event(T(1), T(2), T(3)), {T(2), T(-1)}};
  const T infinity = std::numeric_limits<T>::infinity();
  CHECK(f.forward(Event(infinity, T(1), T(2)))(0) == infinity);
  CHECK(std::isnan(f.forward(Event(std::numeric_limits<T>::quiet_NaN(), T(1), T(2)))(0)));
}

TEST_CASE("Radial starts at the identity", "[radial]") {
  std::mt19937_64 rng{1};
  const Radial<float, 3> f{rng};
  const Eigen::Vector3f z(1, 2, -3);
  CHECK(f.forward(z).isApprox(z, 1e-6f));
  CHECK(f.forward_log_det(z) == 0);
  using Map = Radial<double, Eigen::Dynamic>;
  CHECK(message_of([&] { Map(0, rng); }) == "Radial: events need at least one row, got 0");
  CHECK(message_of([] { Map(Eigen::VectorXd::Ones(2), Eigen::Vector2d(1, std::nan(""))); }) ==
        "Radial: unconstrained must be finite, got nan in coordinate 1");
}
