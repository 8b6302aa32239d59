#include <bijou/numerics/half_turn.hpp>
#include <cmath>
#include <limits>

#include "support/sweep.hpp"

using namespace bijou;

namespace {

constexpr auto cosine_of = [](auto a) { return cosine_of_half_turn(a); };
constexpr auto sine_of = [](auto a) { return sine_of_half_turn(a); };
constexpr auto acos_of = [](auto x) { return acos(x); };

/// Angles between 0 and pi, among them those next to both ends and to the places where the formula changes.
template <class T>
std::vector<T> angles() {
  const T pi = detail::pi_high<T>;
  auto values = laws::sweep<T>([=](T x) { return x >= 0 && x <= pi && !std::signbit(x); });
  for (const T at : {pi / 4, pi / 2, 3 * (pi / 4), pi}) {
    T near = at;
    for (int i = 0; i < 20; ++i, near = std::nextafter(near, T(0))) values.push_back(near);
  }
  for (int i = 0; i < 20000; ++i) values.push_back(pi * static_cast<T>(i) / T(20000));
  if (static_cast<long double>(pi) > std::acos(-1.0L)) std::erase(values, pi);
  return values;
}

}  // namespace

TEMPLATE_TEST_CASE("sine and cosine are exact from 0 to pi", "[half_turn]", float, double) {
  using T = TestType;
  laws::check_over(angles<T>(), cosine_of, [](auto x) { return std::cos(x); }, 3);
  laws::check_over(angles<T>(), sine_of, [](auto x) { return std::sin(x); }, 3);
  CHECK(laws::exceptions_raised(angles<T>(), cosine_of) == 0);
  CHECK(laws::exceptions_raised(angles<T>(), sine_of) == 0);
}

TEMPLATE_TEST_CASE("acos is exact from -1 to 1", "[half_turn]", float, double) {
  using T = TestType;
  laws::check_over(laws::sweep<T>(), acos_of, [](auto x) { return std::acos(x); }, 4);
  const auto inside = laws::sweep<T>([](T x) { return std::abs(x) <= 1; });
  CHECK(laws::exceptions_raised(inside, acos_of) == 0);
}
