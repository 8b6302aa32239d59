#include <bijou/transformers/spline_maps.hpp>
#include <cmath>

#include "support/packs.hpp"
#include "support/tolerance.hpp"

namespace maps = bijou::spline_maps;

static_assert(bijou::BinMap<maps::Softmax>);
static_assert(!bijou::SplineMap<maps::Softmax>);
static_assert(bijou::SplineMap<maps::SoftClipped<>>);
static_assert(bijou::SplineMap<maps::SoftplusFloor>);
static_assert(bijou::SplineMap<maps::SoftplusFloorPerUnits<64>>);
static_assert(bijou::SplineMap<maps::NormalizedSoftplusFloor>);
static_assert(bijou::SplineMap<maps::HalvedEnds>);
static_assert(bijou::SplineMap<maps::LeastWidth<6>>);
static_assert(!bijou::BinMap<int>);

namespace {

template <class Map, class T>
T logit(T a) {
  return laws::lane<T>([](auto v) { return Map::logit(v).value; }, a);
}
template <class Map, class T>
T logit_slope(T a) {
  return laws::lane<T>([](auto v) { return Map::logit(v).slope; }, a);
}
template <class Map, class T>
T slope(T a) {
  return laws::lane<T>([](auto v) { return Map::Slope::scale(v); }, a);
}

}  // namespace

TEMPLATE_TEST_CASE("spline maps: the raw number of slope 1", "[spline]", maps::SoftClipped<>, maps::SoftplusFloor,
                   maps::SoftplusFloorPerUnits<64>, maps::NormalizedSoftplusFloor, maps::HalvedEnds) {
  CHECK(slope<TestType>(static_cast<double>(TestType::unit_slope)) == Approx(1).epsilon(1e-15 * 4));
  CHECK(slope<TestType>(static_cast<float>(TestType::unit_slope)) == Approx(1).epsilon(2e-7));
}

TEMPLATE_TEST_CASE("spline maps: the derivatives", "[spline]", maps::Softmax, maps::SoftClipped<>,
                   maps::SoftplusFloorPerUnits<64>) {
  for (double a = -20; a < 20; a += 0.37) {
    const double h = 1e-5;
    CHECK(logit_slope<TestType>(a) ==
          Approx((logit<TestType>(a + h) - logit<TestType>(a - h)) / (2 * h)).epsilon(1e-8));
  }
  using Slope = maps::NormalizedSoftplusFloor::Slope;
  for (double a = -20; a < 20; a += 0.37) {
    const double h = 1e-5;
    const auto log_scale = [](double at) { return laws::lane<double>([](auto v) { return Slope::log_scale(v); }, at); };
    CHECK(laws::lane<double>([](auto v) { return Slope::log_scale_slope(v); }, a) ==
          Approx((log_scale(a + h) - log_scale(a - h)) / (2 * h)).margin(1e-9));
  }
}

TEST_CASE("spline maps: formulas", "[spline]") {
  const double c = std::log(1000.0);
  for (const double a : {-300.0, -2.0, 0.0, 0.5, 40.0}) {
    CHECK(logit<maps::SoftClipped<>>(a) == Approx(a / (1 + std::abs(2 * a / c))));
    CHECK(slope<maps::SoftClipped<>>(a) == Approx(std::exp(a / (1 + std::abs(a / c)))));
    CHECK(slope<maps::SoftplusFloor>(a) == Approx(std::max(a, 0.0) + std::log1p(std::exp(-std::abs(a))) + 1e-3));
    CHECK(slope<maps::NormalizedSoftplusFloor>(a) == Approx(slope<maps::SoftplusFloor>(a) / (std::log(2.0) + 1e-3)));
    CHECK(logit<maps::SoftplusFloorPerUnits<64>>(a) == a / 8);
  }
  CHECK(std::abs(logit<maps::SoftClipped<>>((std::numeric_limits<float>::max)())) <= static_cast<float>(c / 2));
  CHECK(maps::HalvedEnds::floor(4) == Approx(0.01 / 4 / 1.01));
  CHECK(maps::LeastWidth<10>::floor(4) == Approx(1e-4));
}
