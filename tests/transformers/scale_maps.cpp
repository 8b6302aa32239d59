#include <bijou/transformers/scale_maps.hpp>
#include <cmath>

#include "support/differences.hpp"
#include "support/packs.hpp"
#include "support/sweep.hpp"

namespace maps = bijou::scale_maps;

static_assert(bijou::ScaleMap<maps::Exp>);
static_assert(bijou::ScaleMap<maps::SoftClippedExp>);
static_assert(bijou::ScaleMap<maps::TanhClippedExp>);
static_assert(bijou::ScaleMap<maps::SoftplusFloor>);
static_assert(bijou::ScaleMap<maps::SigmoidFloor>);
static_assert(!bijou::ScaleMap<int>);

namespace {

template <class Map, class T>
T scale(T a) {
  return laws::lane<T>([](auto v) { return Map::scale(v); }, a);
}
template <class Map, class T>
T log_scale(T a) {
  return laws::lane<T>([](auto v) { return Map::log_scale(v); }, a);
}
template <class Map, class T>
T slope(T a) {
  return laws::lane<T>([](auto v) { return Map::log_scale_slope(v); }, a);
}

template <class T>
constexpr double relative = std::is_same_v<T, double> ? 1e-14 : 1e-6;

// ln s in long double for each map.
long double reference(maps::Exp, long double a) { return a; }
long double reference(maps::SoftClippedExp, long double a) { return a / (1 + std::abs(a) / std::log(1000.0L)); }
long double reference(maps::TanhClippedExp, long double a) { return 2 * std::tanh(a); }
long double reference(maps::SoftplusFloor, long double a) {
  return std::log(std::max(a, 0.0L) + std::log1p(std::exp(-std::abs(a))) + 1e-3L);
}
long double reference(maps::SigmoidFloor, long double a) { return std::log(1 / (1 + std::exp(-a - 2)) + 1e-3L); }

template <class Map, class T>
void check_map() {
  for (double a = -40; a <= 40; a += 0.37) {
    INFO(a);
    const T at = static_cast<T>(a);
    const long double expected = reference(Map{}, static_cast<long double>(at));
    const double size = std::max(1.0, static_cast<double>(std::abs(expected)));
    CHECK(static_cast<double>(log_scale<Map>(at)) ==
          Approx(static_cast<double>(expected)).margin(relative<T> * size).epsilon(0));
    CHECK(static_cast<double>(scale<Map>(at)) ==
          Approx(static_cast<double>(std::exp(expected))).epsilon(relative<T> * size));
    const long double h = 1e-4L;
    const auto f = [&](long double x) { return reference(Map{}, static_cast<long double>(at) + x); };
    const long double expected_slope = (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
    // The clipped exponential has a kink in its third derivative at 0.
    CHECK(static_cast<double>(slope<Map>(at)) ==
          Approx(static_cast<double>(expected_slope)).margin(4 * std::max(1e-14, relative<T>)).epsilon(0));
  }
}

}  // namespace

TEMPLATE_TEST_CASE("scale maps: s, ln s and its slope against long double", "[scale_maps]", maps::Exp,
                   maps::SoftClippedExp, maps::TanhClippedExp, maps::SoftplusFloor, maps::SigmoidFloor) {
  {
    INFO("double");
    check_map<TestType, double>();
  }
  INFO("float");
  check_map<TestType, float>();
}

TEST_CASE("scale maps: the numbers of nflows and zuko at 0.7", "[scale_maps]") {
  CHECK(scale<maps::SoftplusFloor>(0.7) == Approx(1.10418604889).epsilon(1e-11));  // nflows, masked autoregressive
  CHECK(scale<maps::SigmoidFloor>(0.7) == Approx(0.938026643943).epsilon(1e-11));  // nflows, coupling
  CHECK(log_scale<maps::SoftClippedExp>(0.7) == Approx(0.635592039697).epsilon(1e-11));  // zuko
  CHECK(scale<maps::SoftplusFloor>(0.7f) == Approx(1.10418604889).epsilon(1e-6));
  CHECK(scale<maps::SigmoidFloor>(0.7f) == Approx(0.938026643943).epsilon(1e-6));
  CHECK(log_scale<maps::SoftClippedExp>(0.7f) == Approx(0.635592039697).epsilon(1e-6));
}

TEMPLATE_TEST_CASE("scale maps: far out", "[scale_maps]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  for (const T a : {T(1e3), T(1e10)}) {
    INFO(a);
    CHECK(static_cast<double>(scale<maps::SoftClippedExp>(a)) == Approx(1000).epsilon(0.05));
    CHECK(static_cast<double>(scale<maps::SoftClippedExp>(-a)) == Approx(1e-3).epsilon(0.05));
    CHECK(scale<maps::SoftClippedExp>(a) <= T(1000) * (1 + T(relative<T>)));
    CHECK(scale<maps::SoftClippedExp>(-a) >= T(0.001) * (1 - T(relative<T>)));
    CHECK(slope<maps::SoftClippedExp>(a) >= T(0));
    CHECK(scale<maps::SoftplusFloor>(a) == Approx(a));
    CHECK(scale<maps::SoftplusFloor>(-a) == Approx(1e-3));
    CHECK(slope<maps::SoftplusFloor>(-a) == Approx(0).margin(1e-30));
    CHECK(scale<maps::SigmoidFloor>(a) == Approx(1.001));
    CHECK(scale<maps::SigmoidFloor>(-a) == Approx(1e-3));
    CHECK(slope<maps::SigmoidFloor>(a) == Approx(0).margin(1e-30));
    CHECK(slope<maps::SigmoidFloor>(-a) == Approx(0).margin(1e-30));
  }
  CHECK(scale<maps::Exp>(T(0)) == T(1));
  CHECK(scale<maps::SoftClippedExp>(T(0)) == T(1));
  CHECK(slope<maps::SoftClippedExp>(T(0)) == T(1));
}

namespace {

// d ln s/da in long double.
long double slope_reference(maps::Exp, long double) { return 1; }
long double slope_reference(maps::SoftClippedExp, long double a) {
  const long double u = 1 + std::abs(a) / std::log(1000.0L);
  return 1 / (u * u);
}
long double slope_reference(maps::TanhClippedExp, long double a) { return 2 / (std::cosh(a) * std::cosh(a)); }
long double slope_reference(maps::SoftplusFloor, long double a) {
  return 1 / (1 + std::exp(-a)) / std::exp(reference(maps::SoftplusFloor{}, a));
}
long double slope_reference(maps::SigmoidFloor, long double a) {
  const long double u = a + 2;
  return 1 / (1 + std::exp(-u)) / (1 + std::exp(u)) / (1 / (1 + std::exp(-u)) + 1e-3L);
}

}  // namespace

TEMPLATE_TEST_CASE("scale maps: the slope over the whole range", "[scale_maps]", maps::Exp, maps::SoftClippedExp,
                   maps::TanhClippedExp, maps::SoftplusFloor, maps::SigmoidFloor) {
  const auto check = [](auto scalar) {
    using T = decltype(scalar);
    const auto inputs = laws::sweep<T>([i = 0](T a) mutable { return std::isfinite(a) && i++ % 31 == 0; });
    const auto slopes = laws::by_packet(inputs, [](auto a) { return TestType::log_scale_slope(a); });
    long double worst = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const long double exact = slope_reference(TestType{}, static_cast<long double>(inputs[i]));
      worst = std::max(worst, std::abs(static_cast<long double>(slopes[i]) - exact));
      if (std::isnan(slopes[i])) worst = std::numeric_limits<long double>::infinity();
    }
    CHECK(worst <= 8 * static_cast<long double>(std::numeric_limits<T>::epsilon()));
  };
  check(float{});
  check(double{});
}

TEMPLATE_TEST_CASE("scale maps: saturated, nothing is a subnormal number", "[scale_maps]", maps::Exp,
                   maps::SoftClippedExp, maps::TanhClippedExp, maps::SoftplusFloor, maps::SigmoidFloor) {
  const auto check = [](auto scalar) {
    using T = decltype(scalar);
    const auto inputs = laws::sweep<T>([](T a) { return std::abs(a) >= T(1e-3); });
    CHECK(std::ranges::none_of(laws::by_packet(inputs, [](auto a) { return TestType::scale(a); }), laws::subnormal<T>));
    CHECK(std::ranges::none_of(laws::by_packet(inputs, [](auto a) { return TestType::log_scale(a); }),
                               laws::subnormal<T>));
    CHECK(std::ranges::none_of(laws::by_packet(inputs, [](auto a) { return TestType::log_scale_slope(a); }),
                               laws::subnormal<T>));
  };
  check(float{});
  check(double{});
}

TEMPLATE_TEST_CASE("scale maps: no exception for ordinary parameters", "[scale_maps]", maps::Exp, maps::SoftClippedExp,
                   maps::TanhClippedExp, maps::SoftplusFloor, maps::SigmoidFloor) {
  const auto check = [](auto scalar) {
    using T = decltype(scalar);
    const T end = std::is_same_v<TestType, maps::Exp> ? T(88) : T(1e4);
    const auto inputs = laws::sweep<T>([&](T a) { return a > T(-1e4) && a < end; });
    CHECK(laws::exceptions_raised(inputs, [](auto a) { return TestType::scale(a); }) == 0);
    CHECK(laws::exceptions_raised(inputs, [](auto a) { return TestType::log_scale(a); }) == 0);
    CHECK(laws::exceptions_raised(inputs, [](auto a) { return TestType::log_scale_slope(a); }) == 0);
  };
  check(float{});
  check(double{});
}

TEMPLATE_TEST_CASE("scale maps: infinite parameters give the limits", "[scale_maps]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const T infinity = std::numeric_limits<T>::infinity();
  CHECK(scale<maps::Exp>(-infinity) == T(0));
  CHECK(scale<maps::Exp>(infinity) == infinity);
  CHECK(log_scale<maps::SoftClippedExp>(infinity) == Approx(std::log(1000.0)));
  CHECK(log_scale<maps::SoftClippedExp>(-infinity) == Approx(-std::log(1000.0)));
  CHECK(slope<maps::SoftClippedExp>(infinity) == Approx(0).margin(1e-30));
  CHECK(scale<maps::SoftplusFloor>(-infinity) == T(1e-3));
  CHECK(scale<maps::SoftplusFloor>(infinity) == infinity);
  CHECK(slope<maps::SoftplusFloor>(infinity) == T(0));
  CHECK(scale<maps::SigmoidFloor>(-infinity) == T(1e-3));
  CHECK(scale<maps::SigmoidFloor>(infinity) == Approx(1.001));
  CHECK(slope<maps::SigmoidFloor>(infinity) == T(0));
}
