#include <bijou/conditioners/activations.hpp>
#include <cmath>

#include "support/differences.hpp"
#include "support/packs.hpp"

namespace activations = bijou::activations;

static_assert(bijou::Activation<activations::Relu>);
static_assert(bijou::Activation<activations::LeakyRelu>);
static_assert(bijou::Activation<activations::Tanh>);
static_assert(bijou::Activation<activations::Sigmoid>);
static_assert(bijou::Activation<activations::Elu>);
static_assert(bijou::Activation<activations::Softplus>);
static_assert(bijou::Activation<activations::Silu>);
static_assert(bijou::Activation<activations::Gelu>);
static_assert(!bijou::Activation<int>);

namespace {

template <class A, class T>
T value(T a) {
  return laws::lane<T>([](auto v) { return A::value(v); }, a);
}

// Without the input if the activation says that it does not need it.
template <class A, class T>
T derivative(T a) {
  const T h = value<A>(a);
  const T given = A::derivative_needs_input ? a : std::numeric_limits<T>::quiet_NaN();
  return laws::lane<T>([&](auto v) { return A::derivative(decltype(v)(given), v); }, h);
}

using Real = long double;

// Value and derivative in long double.
std::pair<Real, Real> reference(activations::Relu, Real a) { return {a > 0 ? a : 0, a > 0 ? 1 : 0}; }
std::pair<Real, Real> reference(activations::LeakyRelu, Real a) { return {a > 0 ? a : 0.01L * a, a > 0 ? 1 : 0.01L}; }
std::pair<Real, Real> reference(activations::Tanh, Real a) { return {std::tanh(a), 1 / (std::cosh(a) * std::cosh(a))}; }
std::pair<Real, Real> reference(activations::Sigmoid, Real a) {
  const Real s = 1 / (1 + std::exp(-a));
  return {s, s / (1 + std::exp(a))};
}
std::pair<Real, Real> reference(activations::Elu, Real a) {
  return a > 0 ? std::pair{a, Real{1}} : std::pair{std::expm1(a), std::exp(a)};
}
std::pair<Real, Real> reference(activations::Softplus, Real a) {
  return {std::max(a, Real{0}) + std::log1p(std::exp(-std::abs(a))), 1 / (1 + std::exp(-a))};
}
std::pair<Real, Real> reference(activations::Silu, Real a) {
  const Real s = 1 / (1 + std::exp(-a));
  return {a * s, s + a * s / (1 + std::exp(a))};
}
std::pair<Real, Real> reference(activations::Gelu, Real a) {
  const Real root = std::sqrt(2 / std::acos(Real{-1}));
  const Real t = std::tanh(root * (a + 0.044715L * a * a * a));
  return {a / 2 * (1 + t), (1 + t) / 2 + a / 2 * (1 - t * t) * root * (1 + 3 * 0.044715L * a * a)};
}

template <class A, class T>
void check_activation() {
  INFO((std::is_same_v<T, double> ? "double" : "float"));
  const double tolerance = std::is_same_v<T, double> ? 1e-14 : 1e-6;
  std::vector<double> arguments{0, 1e-9, -1e-9, 1e-3, -1e-3, 30, -30, 100, -100, 1e4, -1e4};
  for (double a = -12; a <= 12; a += 0.173) arguments.push_back(a);
  for (const double argument : arguments) {
    const T a = static_cast<T>(argument);
    INFO(a);
    const auto [h, slope] = reference(A{}, static_cast<Real>(a));
    const auto margin = [&](Real expected) {
      return tolerance * std::max(1.0, std::abs(static_cast<double>(expected)));
    };
    CHECK(static_cast<double>(value<A>(a)) == Approx(static_cast<double>(h)).margin(margin(h)).epsilon(0));
    // Products of the size of a cancel in some of the derivatives.
    CHECK(static_cast<double>(derivative<A>(a)) ==
          Approx(static_cast<double>(slope)).margin(4 * margin(slope)).epsilon(0));
  }
}

}  // namespace

TEMPLATE_TEST_CASE("activations: value and derivative against long double", "[activations]", activations::Relu,
                   activations::LeakyRelu, activations::Tanh, activations::Sigmoid, activations::Elu,
                   activations::Softplus, activations::Silu, activations::Gelu) {
  check_activation<TestType, double>();
  check_activation<TestType, float>();
}

TEMPLATE_TEST_CASE("activations: the derivative is that of the value", "[activations]", activations::Relu,
                   activations::LeakyRelu, activations::Tanh, activations::Sigmoid, activations::Elu,
                   activations::Softplus, activations::Silu, activations::Gelu) {
  const laws::Vector<double> a = laws::Vector<double>::LinSpaced(160, -7.95, 7.95);  // 0 is not among them
  const auto values = [&](double h) -> Eigen::ArrayXd {
    return a.unaryExpr([h](double x) { return value<TestType>(x + h); }).array();
  };
  const laws::Difference d = laws::differentiate(values, 0);
  const laws::Vector<double> slopes = a.unaryExpr([](double x) { return derivative<TestType>(x); });
  laws::check_gradient(slopes, d.value, d.error, laws::Vector<double>::Ones(a.size()), 1e-8, 0);
}

TEMPLATE_TEST_CASE("activations: at the kink the derivative is that of the left", "[activations]", float, double) {
  CHECK(derivative<activations::Relu>(TestType(0)) == TestType(0));
  CHECK(derivative<activations::LeakyRelu>(TestType(0)) == TestType(0.01));
  CHECK(derivative<activations::Elu>(TestType(0)) == TestType(1));
}
