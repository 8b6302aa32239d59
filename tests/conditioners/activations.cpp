#include <bijou/conditioners/activations.hpp>
#include <cmath>

#include "support/differences.hpp"
#include "support/packs.hpp"
#include "support/sweep.hpp"

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

Real sigmoid_reference(Real a) { return a < 0 ? std::exp(a) / (1 + std::exp(a)) : 1 / (1 + std::exp(-a)); }

// Value and derivative in long double, for any finite a.
std::pair<Real, Real> reference(activations::Relu, Real a) { return {a > 0 ? a : 0, a > 0 ? 1 : 0}; }
std::pair<Real, Real> reference(activations::LeakyRelu, Real a) { return {a > 0 ? a : 0.01L * a, a > 0 ? 1 : 0.01L}; }
std::pair<Real, Real> reference(activations::Tanh, Real a) {
  return {std::tanh(a), 4 * sigmoid_reference(2 * a) * sigmoid_reference(-2 * a)};
}
std::pair<Real, Real> reference(activations::Sigmoid, Real a) {
  return {sigmoid_reference(a), sigmoid_reference(a) * sigmoid_reference(-a)};
}
std::pair<Real, Real> reference(activations::Elu, Real a) {
  return a > 0 ? std::pair{a, Real{1}} : std::pair{std::expm1(a), std::exp(a)};
}
std::pair<Real, Real> reference(activations::Softplus, Real a) {
  return {std::max(a, Real{0}) + std::log1p(std::exp(-std::abs(a))), sigmoid_reference(a)};
}
std::pair<Real, Real> reference(activations::Silu, Real a) {
  const Real s = sigmoid_reference(a);
  return {a * s, s + a * s * sigmoid_reference(-a)};
}
std::pair<Real, Real> reference(activations::Gelu, Real a) {
  const Real root = std::sqrt(2 / std::acos(Real{-1}));
  const Real bounded = std::clamp(a, Real{-100}, Real{100});  // a^3 stays finite
  const Real twice_u = 2 * root * (bounded + 0.044715L * bounded * bounded * bounded);
  const Real s = sigmoid_reference(twice_u);
  const Real slope = 2 * root * (1 + 3 * 0.044715L * bounded * bounded);
  return {a * s, s + bounded * s * sigmoid_reference(-twice_u) * slope};
}

template <class A, class T>
std::vector<T> values_of(const std::vector<T>& inputs) {
  return laws::by_packet(inputs, [](auto a) { return A::value(a); });
}

// As a network calls it: for each input, with NaN in place of an input that is not needed.
template <class A, class T>
std::vector<T> derivatives_of(const std::vector<T>& inputs) {
  using V = bijou::Simd<T>;
  return laws::by_packet(inputs, [](V a) {
    const V given = A::derivative_needs_input ? a : V(std::numeric_limits<T>::quiet_NaN());
    return A::derivative(given, A::value(a));
  });
}

template <class T, class Expected>
void check_results(const std::vector<T>& inputs, const std::vector<T>& results, Expected expected, Real units) {
  Real worst = 0;
  std::size_t worst_at = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Real exact = expected(static_cast<Real>(inputs[i]));
    const Real allowed =
        units * static_cast<Real>(std::numeric_limits<T>::epsilon()) * std::max(std::abs(exact), Real{1});
    const Real error = std::abs(static_cast<Real>(results[i]) - exact) / allowed;
    if (error <= worst) continue;
    worst = error;
    worst_at = i;
    if (!(error < std::numeric_limits<Real>::infinity())) break;
  }
  INFO("worst at " << inputs[worst_at] << ": " << results[worst_at] << " for "
                   << static_cast<double>(expected(static_cast<Real>(inputs[worst_at]))));
  CHECK(worst <= 1);
}

// A sweep that a reference of 128 bits in software can follow.
template <class T>
std::vector<T> finite_inputs() {
  std::vector<T> inputs;
  std::size_t i = 0;
  for (const T a : laws::sweep<T>()) {
    if (std::isfinite(a) && i++ % 31 == 0) inputs.push_back(a);
  }
  return inputs;
}

}  // namespace

// The list of all activations for the tests of each.
#define ALL_ACTIVATIONS                                                                                 \
  activations::Relu, activations::LeakyRelu, activations::Tanh, activations::Sigmoid, activations::Elu, \
      activations::Softplus, activations::Silu, activations::Gelu

TEMPLATE_TEST_CASE("activations: value and derivative against long double over the whole range", "[activations]",
                   ALL_ACTIVATIONS) {
  const auto check = [](auto scalar) {
    using T = decltype(scalar);
    INFO((std::is_same_v<T, double> ? "double" : "float"));
    const std::vector<T> inputs = finite_inputs<T>();
    check_results(inputs, values_of<TestType>(inputs), [](Real a) { return reference(TestType{}, a).first; }, 8);
    check_results(inputs, derivatives_of<TestType>(inputs), [](Real a) { return reference(TestType{}, a).second; }, 16);
  };
  check(float{});
  check(double{});
}

TEMPLATE_TEST_CASE("activations: saturated, neither value nor derivative is a subnormal number", "[activations]",
                   ALL_ACTIVATIONS) {
  const auto check = [](auto scalar) {
    using T = decltype(scalar);
    const auto inputs = laws::sweep<T>([](T a) { return std::abs(a) >= T(1e-3); });
    CHECK(std::ranges::none_of(values_of<TestType>(inputs), laws::subnormal<T>));
    CHECK(std::ranges::none_of(derivatives_of<TestType>(inputs), laws::subnormal<T>));
  };
  check(float{});
  check(double{});
}

TEMPLATE_TEST_CASE("activations: no exception for ordinary inputs", "[activations]", ALL_ACTIVATIONS) {
  const auto check = [](auto scalar) {
    using T = decltype(scalar);
    const auto inputs = laws::sweep<T>([](T a) { return std::abs(a) < T(1e4); });
    CHECK(laws::exceptions_raised(inputs, [](auto a) { return TestType::value(a); }) == 0);
    CHECK(laws::exceptions_raised(inputs, [](auto a) { return TestType::derivative(a, TestType::value(a)); }) == 0);
  };
  check(float{});
  check(double{});
}

TEMPLATE_TEST_CASE("activations: infinite inputs give the limits, NaN stays", "[activations]", ALL_ACTIVATIONS) {
  const auto check = [](auto scalar) {
    using T = decltype(scalar);
    using Limits = std::numeric_limits<T>;
    for (const T a : {Limits::infinity(), -Limits::infinity()}) {
      const auto [h, slope] = reference(TestType{}, static_cast<Real>(std::copysign((Limits::max)(), a)));
      const T far = values_of<TestType>(std::vector<T>{a})[0];
      CHECK((std::abs(h) > 1e30L ? far == std::copysign(Limits::infinity(), static_cast<T>(h / std::abs(h)))
                                 : far == static_cast<T>(h)));
      CHECK(derivatives_of<TestType>(std::vector<T>{a})[0] == static_cast<T>(slope));
    }
    CHECK(std::isnan(values_of<TestType>(std::vector<T>{Limits::quiet_NaN()})[0]));
  };
  check(float{});
  check(double{});
}

TEMPLATE_TEST_CASE("activations: the derivative is that of the value", "[activations]", ALL_ACTIVATIONS) {
  const laws::Vector<double> a = laws::Vector<double>::LinSpaced(160, -7.95, 7.95);  // 0 is not among them
  const auto values = [&](double h) -> Eigen::ArrayXd {
    return a.unaryExpr([h](double x) { return value<TestType>(x + h); }).array();
  };
  const laws::Difference d = laws::differentiate(values, 0);
  const laws::Vector<double> slopes = a.unaryExpr([](double x) { return derivative<TestType>(x); });
  laws::check_gradient(slopes, d.value, d.error, laws::Vector<double>::Ones(a.size()), 1e-8, 0);
}

TEMPLATE_TEST_CASE("activations: at the kink the derivative is that of the left", "[activations]", BIJOU_TEST_SCALARS) {
  CHECK(derivative<activations::Relu>(TestType(0)) == TestType(0));
  CHECK(derivative<activations::LeakyRelu>(TestType(0)) == TestType(0.01));
  CHECK(derivative<activations::Elu>(TestType(0)) == TestType(1));
}
