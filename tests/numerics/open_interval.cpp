#include <bijou/numerics/open_interval.hpp>

#include "support/catch.hpp"

using bijou::Simd;
using bijou::detail::OpenInterval;

TEMPLATE_TEST_CASE("an open interval ends at the last numbers inside", "[open_interval]", float, double) {
  using T = TestType;
  constexpr T infinity = std::numeric_limits<T>::infinity();
  const OpenInterval<T> unit(T(0), T(1));
  CHECK(unit.first.first() == std::numeric_limits<T>::denorm_min());
  CHECK(unit.last.first() == T(1) - std::numeric_limits<T>::epsilon() / 2);
  const auto is_outside = [](const OpenInterval<T>& interval, T x) {
    return select(interval.outside(Simd<T>(x)), Simd<T>::of(1), Simd<T>::of(0)).first() == 1;
  };
  CHECK((is_outside(unit, 0) && is_outside(unit, 1) && is_outside(unit, -infinity)));
  CHECK_FALSE((is_outside(unit, T(0.5)) || is_outside(unit, std::numeric_limits<T>::quiet_NaN())));
  CHECK(unit.clamp(Simd<T>(T(7))).first() == unit.last.first());
  CHECK(std::isnan(unit.clamp_image(Simd<T>(T(1)), Simd<T>(infinity)).first()));
  const OpenInterval<T> all(-infinity, infinity);
  CHECK(all.last.first() == (std::numeric_limits<T>::max)());
  CHECK(is_outside(all, infinity));
}
