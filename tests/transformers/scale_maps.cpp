#include <bijou/transformers/scale_maps.hpp>
#include <cmath>

#include "support/differences.hpp"
#include "support/packs.hpp"

namespace maps = bijou::scale_maps;

static_assert(bijou::ScaleMap<maps::Exp>);
static_assert(bijou::ScaleMap<maps::SoftClippedExp>);
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
                   maps::SoftClippedExp, maps::SoftplusFloor, maps::SigmoidFloor) {
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

TEMPLATE_TEST_CASE("scale maps: far out", "[scale_maps]", float, double) {
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
