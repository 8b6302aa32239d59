#include <bijou/bijectors/box.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <cmath>
#include <limits>

#include "registry.hpp"
#include "support/density_laws.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

template <class T>
constexpr T infinity = std::numeric_limits<T>::infinity();

template <class T>
Box<T, 4> every_kind() {
  using Event = Eigen::Vector<T, 4>;
  return {Event(T(-1), T(2), -infinity<T>, -infinity<T>), Event(T(1), infinity<T>, T(5), infinity<T>)};
}

}  // namespace

TEST_CASE("Box: laws", "[box]") {
  // The inverse is defined within the bounds only, so these are wide.
  laws::check_bijector(registry::maker<registry::bijectors::Box>, {.factors = {1}, .largest = 50});
  laws::check_bijector(registry::maker<registry::bijectors::Box, registry::dynamic>, {.factors = {1}, .largest = 50});
}

TEST_CASE("Box: a density within bounds satisfies the laws of a distribution", "[box]") {
  laws::check_flow(
      []<class T>(T, auto&) {
        using Event = Eigen::Vector<T, 2>;
        return TransformedDistribution{StandardNormal<T, 2>{}, Box<T, 2>{Event(T(-1), T(2)), Event(T(1), T(4))}};
      },
      {.bounded = true});
}

TEMPLATE_TEST_CASE("Box: closed forms of every kind", "[box]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const Box<T, 4> f = every_kind<T>();
  const Eigen::Vector<T, 4> z(T(0.3), T(-1), T(2), T(0.7));
  const Eigen::Vector<T, 4> x = f.forward(z);
  CHECK(x(0) == Approx(std::tanh(0.15)).epsilon(1e-6));
  CHECK(x(1) == Approx(2 + std::exp(-1.0)).epsilon(1e-6));
  CHECK(x(2) == Approx(5 - std::exp(-2.0)).epsilon(1e-6));
  CHECK(x(3) == z(3));
  const double s = 1 / (1 + std::exp(-0.3));
  CHECK(f.forward_log_det(z) == Approx(std::log(2 * s * (1 - s)) - 1 - 2).epsilon(1e-6));
  CHECK((f.inverse(x) - z).norm() < 20 * std::numeric_limits<T>::epsilon());
}

TEMPLATE_TEST_CASE("Box: nothing is drawn outside or on a bound, whatever comes in", "[box]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const Box<T, 4> f = every_kind<T>();
  for (const double size : {1.0, 20.0, 100.0, 1e4, 1e30}) {
    for (const double sign : {-1.0, 1.0}) {
      const Eigen::Vector<T, 4> z = Eigen::Vector<T, 4>::Constant(static_cast<T>(sign * size));
      const Eigen::Vector<T, 4> x = f.forward(z);
      INFO(sign * size << ": " << x.transpose());
      CHECK((-1 < x(0) && x(0) < 1));
      CHECK((2 < x(1) && std::isfinite(x(1))));
      CHECK((x(2) < 5 && std::isfinite(x(2))));
      const TransformedDistribution p{StandardNormal<T, 4>{}, f};
      CHECK(!std::isnan(p.log_prob(x)));
    }
  }
}

TEMPLATE_TEST_CASE("Box: the density outside and on the bounds is 0, and its score", "[box]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const TransformedDistribution p{StandardNormal<T, 4>{}, every_kind<T>()};
  Eigen::Matrix<T, 4, 9> x = Eigen::Vector<T, 4>(T(0), T(3), T(1), T(0)).template replicate<1, 9>();
  x(0, 0) = -1;
  x(0, 1) = 1;
  x(0, 2) = T(-1.5);
  x(1, 3) = 2;
  x(1, 4) = -infinity<T>;
  x(2, 5) = 5;
  x(2, 6) = infinity<T>;
  x(1, 7) = std::numeric_limits<T>::quiet_NaN();
  const Eigen::Vector<T, Eigen::Dynamic> log_p = p.log_prob(x);
  const Eigen::Matrix<T, 4, Eigen::Dynamic> score = p.score(x);
  for (int n = 0; n < 7; ++n) {
    CHECK(log_p(n) == -infinity<T>);
    CHECK((score.col(n).array() == 0).all());
  }
  CHECK(std::isnan(log_p(7)));
  CHECK(std::isfinite(log_p(8)));
  CHECK(score.col(8).allFinite());
}

TEST_CASE("Box refuses bounds without numbers between them", "[box]") {
  using Box1 = Box<double, 1>;
  using V = Eigen::Matrix<double, 1, 1>;
  const auto message = [](double low, double high) { return message_of([&] { Box1{V(low), V(high)}; }); };
  CHECK(message(1, 1) ==
        "Box: expected low < high with numbers between them and a finite distance, got 1 and 1 in coordinate 0");
  CHECK(message(2, 1) ==
        "Box: expected low < high with numbers between them and a finite distance, got 2 and 1 in coordinate 0");
  CHECK(message(std::nan(""), 1) ==
        "Box: expected low < high with numbers between them and a finite distance, got nan and 1 in coordinate 0");
  CHECK(message(-1e308, 1e308) ==
        "Box: expected low < high with numbers between them and a finite distance, got -1e+308 and 1e+308 in "
        "coordinate 0");
  CHECK_NOTHROW(Box1{V(-infinity<double>), V(infinity<double>)});
  CHECK(message_of([] { Box<double, Eigen::Dynamic>{Eigen::VectorXd(2), Eigen::VectorXd(3)}; }) ==
        "Box: expected an upper bound of size 2, got 3");
}
