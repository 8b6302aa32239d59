#include <bijou/bijectors/planar.hpp>
#include <cmath>
#include <limits>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("Planar: laws", "[planar]") {
  // With w of 1e-8 and events of 1000 differences in w say nothing.
  laws::check_bijector(registry::maker<registry::bijectors::Planar>, {.factors = {1, 0, 30}});
  laws::check_bijector(registry::maker<registry::bijectors::Planar>, {.factors = {1e-8}, .largest = 10});
  laws::check_bijector(registry::maker<registry::bijectors::Planar, registry::dynamic>, {.factors = {1}});
}

TEST_CASE("Planar: laws with one coordinate, and where the constraint does nothing", "[planar]") {
  laws::check_bijector(
      []<class T>(T, auto&) {
        using Event = Eigen::Matrix<T, 1, 1>;
        return Planar<T, 1>{Event(T(1.5)), Event(T(-2)), T(-0.5)};
      },
      {.factors = {1}});
  laws::check_bijector([]<class T>(T, auto&) { return Planar<T, 2>{{T(0.5), T(1)}, {T(1), T(2)}, T(0.25)}; },
                       {.factors = {1, 0}});
}

TEST_CASE("Planar is z + u tanh(w.z + b) for w.u >= 0", "[planar]") {
  const Eigen::Vector3d w(0.5, 1, -0.25), u(1, 0.5, 0.5), z(0.3, -0.7, 1.1);
  const Planar<double, 3> f{w, u, 0.2};
  const double y = w.dot(z) + 0.2;
  CHECK(f.forward(z).isApprox(z + u * std::tanh(y), 1e-15));
  CHECK(f.forward_log_det(z) == Approx(std::log(1 + u.dot(w) * (1 - std::tanh(y) * std::tanh(y)))));
}

TEMPLATE_TEST_CASE("Planar is right without w, and for the largest u", "[planar]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  using Event = Eigen::Vector2<T>;
  const Event z(T(0.5), T(-0.25));
  // Without w all events move alike.
  const Planar<T, 2> shift{Event::Zero(), Event(T(-2), T(3)), T(0.5)};
  CHECK(shift.forward(z).isApprox(z + std::tanh(T(0.5)) * Event(T(-2), T(3)), 8 * std::numeric_limits<T>::epsilon()));
  CHECK(shift.forward_log_det(z) == 0);
  CHECK(shift.inverse(shift.forward(z)).isApprox(z, 16 * std::numeric_limits<T>::epsilon()));
  // Nearby w give nearby maps.
  const Planar<T, 2> near_shift{Event(T(1e-20), T(-1e-20)), Event(T(-2), T(3)), T(0.5)};
  CHECK(near_shift.forward(z).isApprox(shift.forward(z), 8 * std::numeric_limits<T>::epsilon()));
  const auto gradients = bijou::forward_pullback(shift, z, Event(T(1), T(2)), Eigen::Matrix<T, 1, 1>(T(1)));
  CHECK(gradients.parameters.allFinite());
  for (const double size : {-1e6, 1e6}) {
    const Planar<T, 2> f{Event(T(0.5), T(1)), Event(static_cast<T>(size), static_cast<T>(size / 3)), T(0.1)};
    for (const double at : {-3.0, -0.1, 0.0, 0.2, 4.0, 1000.0}) {
      INFO(size << ", " << at);
      const Event x(static_cast<T>(at), T(0.5));
      const auto [there, log_det] = forward_and_log_det(f, x);
      CHECK((there.allFinite() && std::isfinite(log_det)));
      // As far as x = z + c tanh y leaves digits of z; along w, against u, the inverse magnifies 1000 times and more.
      const T amplified = size > 0 ? T(2e6) : T(1e10);
      CHECK((f.inverse(there) - x).norm() <= 64 * std::numeric_limits<T>::epsilon() * amplified);
      const auto back = bijou::inverse_pullback(f, there, Event(T(1), T(2)), Eigen::Matrix<T, 1, 1>(T(1)));
      CHECK((back.input.allFinite() && back.parameters.allFinite()));
    }
  }
}

TEST_CASE("Planar is made near the identity, of finite numbers", "[planar]") {
  std::mt19937_64 rng{1};
  const Planar<float, 5> f{rng};
  const Eigen::Vector<float, 5> z = Eigen::Vector<float, 5>::LinSpaced(-1, 1);
  CHECK((f.forward(z) - z).norm() < 0.1f);
  using Map = Planar<double, Eigen::Dynamic>;
  CHECK(message_of([&] { Map(0, rng); }) == "Planar: events need at least one row, got 0");
  CHECK(message_of([] { Map(Eigen::VectorXd(2), Eigen::VectorXd(3), 0); }) == "Planar: expected u of size 2, got 3");
  CHECK(message_of([] { Map(Eigen::VectorXd::Ones(2), Eigen::VectorXd::Ones(2), std::nan("")); }) ==
        "Planar: b must be finite, got nan in coordinate 0");
}
