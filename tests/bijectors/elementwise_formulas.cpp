#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/elementwise_formulas.hpp>
#include <bijou/bijectors/frozen.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <cmath>
#include <limits>

#include "registry.hpp"
#include "support/laws.hpp"

using namespace bijou;

namespace {

template <class T>
constexpr T infinity = std::numeric_limits<T>::infinity();

/// x_i = scale z_i + shift, not trained.
template <class T>
auto stretch(double shift, double scale) {
  using Event = Eigen::Vector<T, 3>;
  return Frozen{Affine<T, 3>{Event::Constant(static_cast<T>(shift)), Event::Constant(static_cast<T>(scale))}};
}

/// Parameters of one kind, one for each coordinate. Apart, as g++ 12 falsely takes them for uninitialized.
template <class T, int D>
[[gnu::noinline]] Eigen::Matrix<T, Eigen::Dynamic, D> row_of(const Eigen::Matrix<double, 1, D>& values) {
  Eigen::Matrix<T, Eigen::Dynamic, D> row(1, D);
  for (Index i = 0; i < D; ++i) row(0, i) = static_cast<T>(values(i));
  return row;
}

/// The laws of x = f(z) where f fills an interval, stretched such that the events of the laws lie in it.
template <template <class, int> class Map>
void check_stretched(double low, double width) {
  laws::check_bijector([=]<class T>(T, auto&) { return Chain{stretch<T>(low, width), Map<T, 3>{}}; },
                       {.factors = {1}, .largest = 4});
}

}  // namespace

TEST_CASE("maps of all numbers to all numbers: laws", "[elementwise_formulas]") {
  laws::check_bijector(registry::maker<registry::bijectors::ElementwiseFormulas>, {.factors = {1, 0, 1e-8}});
  laws::check_bijector(registry::maker<registry::bijectors::ElementwiseFormulas, registry::dynamic>,
                       {.factors = {1, 0, 1e-8}});
  laws::check_bijector(
      []<class T>(T, auto&) {
        // No event of the laws is on the kink, in either direction.
        return Chain{stretch<T>(0.37, 1), LeakyRelu<T, 3>{{}, row_of<T, 3>({-1.5, 0.5, 0})}, stretch<T>(0.21, 1)};
      },
      {.factors = {1, 0, 1e-8}, .kinks = true});
}

TEST_CASE("maps to an interval: laws", "[elementwise_formulas]") {
  check_stretched<Sigmoid>(-8, 16);
  check_stretched<Tanh>(0, 8);
  check_stretched<NormalCdf>(-8, 16);
  check_stretched<Softplus>(-8, 1);
  check_stretched<Exp>(-8, 1);
}

TEST_CASE("maps from an interval: laws", "[elementwise_formulas]") {
  laws::check_bijector([]<class T>(T, auto&) { return Chain{Logit<T, 3>{}, stretch<T>(0.5, 0.05)}; },
                       {.factors = {1}, .largest = 4});
  laws::check_bijector([]<class T>(T, auto&) { return Chain{NormalQuantile<T, 3>{}, stretch<T>(0.5, 0.05)}; },
                       {.factors = {1}, .largest = 4});
  laws::check_bijector([]<class T>(T, auto&) { return Chain{Log<T, 3>{}, stretch<T>(8, 1)}; },
                       {.factors = {1}, .largest = 4});
  laws::check_bijector(
      []<class T>(T, auto&) {
        const Power<T, 3> power{{}, row_of<T, 3>({0.5, -0.5, 0})};
        return Chain{Log<T, 3>{}, power, Exp<T, 3>{}};
      },
      {.factors = {1, 0, 1e-8}, .largest = 4});
  laws::check_bijector([]<class T>(T, auto&) { return Chain{stretch<T>(0, 8), Cosine<T, 3>{}, stretch<T>(1.5, 0.1)}; },
                       {.factors = {1}, .largest = 4});
}

TEMPLATE_TEST_CASE("values and log-dets by std", "[elementwise_formulas]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const double tolerance = 20 * static_cast<double>(std::numeric_limits<T>::epsilon());
  const auto check = [&](auto map, double z, double x, double log_slope) {
    INFO(z);
    const Eigen::Matrix<T, 1, 1> at(static_cast<T>(z));
    CHECK(static_cast<double>(map.forward(at)(0)) == Approx(x).epsilon(tolerance));
    CHECK(static_cast<double>(map.forward_log_det(at)) == Approx(log_slope).epsilon(tolerance).margin(tolerance));
    const Eigen::Matrix<T, 1, 1> image(static_cast<T>(x));
    CHECK(static_cast<double>(map.inverse(image)(0)) == Approx(z).epsilon(10 * tolerance).margin(tolerance));
    CHECK(static_cast<double>(map.inverse_log_det(image)) ==
          Approx(-log_slope).epsilon(10 * tolerance).margin(tolerance));
  };
  const double root = std::sqrt(2 * std::acos(-1.0));
  for (const double z : {-1.25, 0.5, 1.75}) {
    const double s = 1 / (1 + std::exp(-z));
    check(Sigmoid<T, 1>{}, z, s, std::log(s * (1 - s)));
    check(Tanh<T, 1>{}, z, std::tanh(z), -2 * std::log(std::cosh(z)));
    check(Softplus<T, 1>{}, z, std::log1p(std::exp(z)), std::log(s));
    check(Exp<T, 1>{}, z, std::exp(z), z);
    check(NormalCdf<T, 1>{}, z, std::erfc(-z / std::sqrt(2.0)) / 2, std::log(std::exp(-z * z / 2) / root));
    check(SinhArcsinh<T, 1>{{}, Eigen::Vector2<T>(T(0.5), T(0.25))}, z,
          std::sinh(std::exp(0.25) * (std::asinh(z) + 0.5)),
          std::log(std::cosh(std::exp(0.25) * (std::asinh(z) + 0.5)) * std::exp(0.25) / std::sqrt(1 + z * z)));
  }
  for (const double z : {0.125, 0.5, 0.75}) {
    check(Logit<T, 1>{}, z, std::log(z / (1 - z)), -std::log(z * (1 - z)));
    check(Log<T, 1>{}, z, std::log(z), -std::log(z));
    check(Cosine<T, 1>{}, z, std::cos(z), std::log(std::sin(z)));
    check(Cosine<T, 1>{}, 3 - z, std::cos(3 - z), std::log(std::sin(3 - z)));
    check(Power<T, 1>{{}, Eigen::Matrix<T, 1, 1>(T(0.75))}, z, std::pow(z, std::exp(0.75)),
          0.75 + (std::exp(0.75) - 1) * std::log(z));
  }
  const LeakyRelu<T, 1> leaky{{}, Eigen::Matrix<T, 1, 1>(T(std::log(0.25)))};
  check(leaky, -2, -0.5, std::log(0.25));
  check(leaky, 2, 2, 0);
  check(NormalQuantile<T, 1>{}, 0.975, 1.9599639845400542355,
        1.9599639845400542355 * 1.9599639845400542355 / 2 + std::log(root));
}

TEMPLATE_TEST_CASE("between bounds draws keep a finite density, and outside it is 0", "[elementwise_formulas]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  using Event = Eigen::Vector<T, 2>;
  const auto check = [](auto map, T low, T high) {
    const TransformedDistribution p{StandardNormal<T, 2>{}, map};
    for (const double z : {-1e15, -1e4, -200.0, -20.0, -9.0, 9.0, 20.0, 200.0, 1e4, 1e15}) {
      const Event x = map.forward(Event(static_cast<T>(z), T(0.5)));
      INFO(z << " -> " << x(0));
      CHECK((low < x(0) && x(0) < high && std::isfinite(x(0))));
      CHECK(std::isfinite(p.log_prob(x)));
    }
    const T inside = low > -infinity<T> ? low + T(0.5) : high - T(0.5);
    for (const T x : {std::nextafter(low, infinity<T>), std::nextafter(high, -infinity<T>)}) {
      INFO("last number inside: " << x);
      if (std::abs(x) < T(2)) CHECK(std::isfinite(p.log_prob(Event(x, inside))));
    }
    for (const T x : {low, high, low - T(1), high + T(1), -infinity<T>, infinity<T>}) {
      if (low < x && x < high) continue;
      INFO("outside: " << x);
      CHECK(p.log_prob(Event(x, inside)) == -infinity<T>);
      CHECK(map.inverse(Event(x, inside))(0) == 0);
      CHECK(map.inverse_log_det(Event(inside, x)) == -infinity<T>);
      CHECK((p.score(Event(x, inside)).array()(0) == 0));
    }
    CHECK(std::isnan(p.log_prob(Event(std::numeric_limits<T>::quiet_NaN(), inside))));
  };
  check(Sigmoid<T, 2>{}, T(0), T(1));
  check(Tanh<T, 2>{}, T(-1), T(1));
  check(NormalCdf<T, 2>{}, T(0), T(1));
  check(Softplus<T, 2>{}, T(0), infinity<T>);
  check(Exp<T, 2>{}, T(0), infinity<T>);
}

TEST_CASE("outside of its domain a map has no density, and a trained one no gradient", "[elementwise_formulas]") {
  const Eigen::Vector2d event(-1, 0.5);
  CHECK(Logit<double, 2>{}.forward(event)(0) == 0);
  CHECK(Logit<double, 2>{}.forward_log_det(event) == -infinity<double>);
  CHECK(Cosine<double, 2>{}.forward_log_det(event) == -infinity<double>);
  const Power<double, 2> power;
  const auto gradients = bijou::forward_pullback(power, event, Eigen::Vector2d(1, 1), Eigen::Matrix<double, 1, 1>(1));
  CHECK(gradients.parameters(0) == 0);
  CHECK(gradients.parameters(1) != 0);
  CHECK(gradients.input(0) == 0);
}
