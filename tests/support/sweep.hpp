#pragma once

#include <bijou/numerics/packet.hpp>
#include <algorithm>
#include <bit>
#include <cfenv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/fewer_types.hpp"

/// Functions of SIMD packets over the whole range of numbers.
namespace laws {

/// Wide enough to hold a reference value for T.
template <class T>
using Wider = std::conditional_t<std::is_same_v<T, float>, double, long double>;

/// Numbers of every exponent and both signs, with evenly spaced bits (a fifth of them where at_fewer_points); a fine
/// grid where exp and tanh live; zeros, infinities, NaN, and the neighbours of the places where a formula changes.
template <class T>
std::vector<T> sweep() {
  using Limits = std::numeric_limits<T>;
  using Word = bijou::detail::Word<T>;
  std::vector<T> values;
  constexpr bool single = std::is_same_v<T, float>;
  constexpr Word coarser = at_fewer_points ? 5 : 1;
  constexpr Word step = coarser * (single ? Word{2039} : static_cast<Word>(0x0003'1415'9265'3589));
  for (Word bits = 0, last = 0; bits >= last; last = bits, bits += step) values.push_back(std::bit_cast<T>(bits));
  constexpr Word exponents = (Word{2} << (8 * sizeof(T) - static_cast<unsigned>(Limits::digits))) - 1;
  for (Word exponent = 0; exponent <= exponents; ++exponent) {
    const Word power = exponent << (Limits::digits - 1);
    for (const Word fraction : {Word{0}, Word{1}, (Word{1} << (Limits::digits - 1)) - 1}) {
      values.push_back(std::bit_cast<T>(power | fraction));
    }
  }
  const int points = 40000;
  for (const T range : {single ? T(105) : T(760), T(10), T(1.5)}) {
    for (int i = -points; i <= points; ++i) values.push_back(range * static_cast<T>(i) / static_cast<T>(points));
  }
  for (const double at : {4e-4, 0.70710678118654752, 1.41421356237309505, 7.90531110763549805, 7.99881172180175781, 8.5,
                          18.0, 38.0, 87.3365447505531, 88.722839052068, 88.376, 89.0, 103.97, 708.396418532264,
                          709.782712893384, 745.13, 1073741824.0, 1.0, 0.34657359027997264}) {
    T near = static_cast<T>(at);
    for (int i = 0; i < 8; ++i) near = std::nextafter(near, T(0));
    for (int i = 0; i < 16; ++i, near = std::nextafter(near, Limits::infinity())) {
      values.push_back(near);
      values.push_back(-near);
    }
  }
  for (const T value : {T(0), Limits::infinity(), Limits::quiet_NaN(), (Limits::max)()}) {
    values.push_back(value);
    values.push_back(-value);
  }
  return values;
}

/// Those of the sweep that are wanted.
template <class T, class Wanted>
std::vector<T> sweep(Wanted wanted) {
  std::vector<T> values = sweep<T>();
  std::erase_if(values, [&](T x) { return !wanted(x); });
  return values;
}

/// f of each value; the first value stands in lane `lane`.
template <class T, class F>
[[gnu::noinline]] std::vector<T> by_packet(const std::vector<T>& values, F f, std::size_t lane = 0) {
  const std::size_t size = static_cast<std::size_t>(bijou::detail::packet_size<T>);
  std::vector<T> padded(lane, T(1));
  padded.insert(padded.end(), values.begin(), values.end());
  padded.resize((padded.size() + size - 1) / size * size, T(1));
  for (std::size_t i = 0; i < padded.size(); i += size) {
    T* const at = padded.data() + i;
    bijou::detail::store(at, f(bijou::Simd<T>(bijou::detail::load(at))).value);
  }
  return {padded.begin() + static_cast<std::ptrdiff_t>(lane),
          padded.begin() + static_cast<std::ptrdiff_t>(lane + values.size())};
}

template <class T>
bool same_number(T a, T b) {
  return std::isnan(a) ? std::isnan(b)
                       : std::bit_cast<bijou::detail::Word<T>>(a) == std::bit_cast<bijou::detail::Word<T>>(b);
}

template <class T>
bool subnormal(T x) {
  return x != 0 && std::abs(x) < (std::numeric_limits<T>::min)();
}

/// The distance of neighbouring numbers at x.
template <class T>
Wider<T> unit_in_last_place(Wider<T> x) {
  using Limits = std::numeric_limits<T>;
  const Wider<T> size = std::max(std::abs(x), static_cast<Wider<T>>((Limits::min)()));
  int exponent = 0;
  std::frexp(std::min(size, static_cast<Wider<T>>((Limits::max)())), &exponent);
  return std::ldexp(Wider<T>{1}, exponent - Limits::digits);
}

/// f against a reference in Wider<T>: NaN and infinities where the reference has them, everything else within `units`
/// in the last place plus `absolute`, with the sign of a zero. `to_zero`: a result below the smallest normal number is
/// 0. The same number gives the same result in every lane.
template <class T, class F, class Reference>
void check_over(const std::vector<T>& values, F f, Reference reference, double units, bool to_zero = false,
                double absolute = 0) {
  const std::vector<T> results = by_packet(values, f);
  double worst = 0;
  std::size_t worst_at = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Wider<T> exact = reference(static_cast<Wider<T>>(values[i]));
    const T rounded = static_cast<T>(exact);
    const T result = results[i];
    double error = 0;
    if (std::isnan(rounded) || std::isinf(rounded)) {
      error = same_number(result, rounded) ? 0 : std::numeric_limits<double>::infinity();
    } else if (to_zero && std::abs(exact) < static_cast<Wider<T>>((std::numeric_limits<T>::min)())) {
      error = result == 0 ? 0 : std::numeric_limits<double>::infinity();
    } else {
      const Wider<T> distance = std::abs(static_cast<Wider<T>>(result) - exact);
      error = static_cast<double>(
          distance / (static_cast<Wider<T>>(units) * unit_in_last_place<T>(exact) + static_cast<Wider<T>>(absolute)));
      if (exact == 0 && !same_number(result, rounded)) error = std::numeric_limits<double>::infinity();
      if (std::isnan(error)) error = std::numeric_limits<double>::infinity();
    }
    if (error > worst) {
      worst = error;
      worst_at = i;
    }
  }
  INFO("worst at " << values[worst_at] << ": " << results[worst_at] << " for "
                   << static_cast<double>(reference(static_cast<Wider<T>>(values[worst_at]))));
  CHECK(worst <= 1);
  const auto size = static_cast<std::size_t>(bijou::detail::packet_size<T>);
  for (std::size_t lane = 1; lane < size; ++lane) {
    if (lane != 1 && lane + 1 != size) continue;
    CHECK(std::ranges::equal(by_packet(values, f, lane), results, same_number<T>));
  }
}

/// Which of FE_INVALID, FE_DIVBYZERO and FE_OVERFLOW f raises.
template <class T, class F>
int exceptions_raised(const std::vector<T>& values, F f) {
  constexpr int serious = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW;
  std::feclearexcept(FE_ALL_EXCEPT);
  by_packet(values, f);
  const int raised = std::fetestexcept(serious);
  std::feclearexcept(FE_ALL_EXCEPT);
  return raised;
}

}  // namespace laws
