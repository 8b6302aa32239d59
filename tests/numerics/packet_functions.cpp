#include <bijou/numerics/packet_functions.hpp>

#include "support/sweep.hpp"

namespace {

template <class T>
using Limits = std::numeric_limits<T>;

// Generic lambdas, since a function template cannot be handed on.
constexpr auto exp_of = [](auto a) { return exp(a); };
constexpr auto expm1_of = [](auto a) { return expm1(a); };
constexpr auto log_of = [](auto a) { return log(a); };
constexpr auto log1p_of = [](auto a) { return log1p(a); };
constexpr auto tanh_of = [](auto a) { return tanh(a); };
constexpr auto sqrt_of = [](auto a) { return sqrt(a); };

template <class T, class F>
T at(F f, T a) {
  return laws::by_packet<T>({a}, f)[0];
}

}  // namespace

// The errors in units in the last place that the header promises.

TEMPLATE_TEST_CASE("exp over the whole range", "[packet_functions]", float, double) {
  using T = TestType;
  laws::check_over(laws::sweep<T>(), exp_of, [](auto x) { return std::exp(x); }, 2, true);
}

TEMPLATE_TEST_CASE("expm1 over the whole range", "[packet_functions]", float, double) {
  using T = TestType;
  laws::check_over(laws::sweep<T>(), expm1_of, [](auto x) { return std::expm1(x); }, sizeof(T) == 4 ? 2 : 5);
}

TEMPLATE_TEST_CASE("log over the whole range", "[packet_functions]", float, double) {
  using T = TestType;
  // Not the sign of the NaN of a negative number, which std::log leaves open too.
  laws::check_over(laws::sweep<T>(), log_of, [](auto x) { return std::log(x); }, 2);
}

TEMPLATE_TEST_CASE("log1p over the whole range", "[packet_functions]", float, double) {
  using T = TestType;
  laws::check_over(laws::sweep<T>(), log1p_of, [](auto x) { return std::log1p(x); }, 2);
}

TEMPLATE_TEST_CASE("tanh over the whole range", "[packet_functions]", float, double) {
  using T = TestType;
  const std::vector<T> values = laws::sweep<T>();
  laws::check_over(values, tanh_of, [](auto x) { return std::tanh(x); }, sizeof(T) == 4 ? 7 : 5);
  const std::vector<T> results = laws::by_packet(values, tanh_of);
  CHECK(std::ranges::none_of(results, [](T h) { return std::abs(h) > 1; }));
  const T end = sizeof(T) == 4 ? T(8) : T(20);
  for (const T a : {end, T(100), T(1e30), Limits<T>::infinity()}) {
    CHECK(at(tanh_of, a) == T(1));
    CHECK(at(tanh_of, -a) == T(-1));
  }
}

TEMPLATE_TEST_CASE("sqrt over the whole range", "[packet_functions]", float, double) {
  using T = TestType;
  laws::check_over(laws::sweep<T>(), sqrt_of, [](auto x) { return std::sqrt(x); }, 0.50001);
}

TEMPLATE_TEST_CASE("functions at the ends of their ranges", "[packet_functions]", float, double) {
  using T = TestType;
  const T infinity = Limits<T>::infinity();
  const T tiny = Limits<T>::denorm_min();
  CHECK(at(exp_of, T(0)) == T(1));
  CHECK(at(exp_of, T(-0.0)) == T(1));
  CHECK(at(exp_of, -infinity) == T(0));
  CHECK(at(exp_of, infinity) == infinity);
  CHECK(at(exp_of, Limits<T>::lowest()) == T(0));
  CHECK(at(expm1_of, -infinity) == T(-1));
  CHECK(at(expm1_of, tiny) == tiny);
  CHECK(at(log_of, T(1)) == T(0));
  CHECK(at(log_of, T(0)) == -infinity);
  CHECK(std::isnan(at(log_of, T(-1))));
  CHECK(at(log1p_of, T(-1)) == -infinity);
  CHECK(at(log1p_of, tiny) == tiny);
  CHECK(at(sqrt_of, infinity) == infinity);
  CHECK(at(sqrt_of, T(0)) == T(0));
  const T nan = Limits<T>::quiet_NaN();
  CHECK(std::isnan(at(exp_of, nan)));
  CHECK(std::isnan(at(expm1_of, nan)));
  CHECK(std::isnan(at(log_of, nan)));
  CHECK(std::isnan(at(log1p_of, nan)));
  CHECK(std::isnan(at(tanh_of, nan)));
  CHECK(std::isnan(at(sqrt_of, nan)));
}

TEMPLATE_TEST_CASE("functions raise no exception for ordinary arguments", "[packet_functions]", float, double) {
  using T = TestType;
  const T exp_end = sizeof(T) == 4 ? T(88) : T(709);
  const auto ordinary = laws::sweep<T>([](T x) { return std::abs(x) < T(1e4); });
  const auto without_overflow = laws::sweep<T>([&](T x) { return std::isfinite(x) && x < exp_end; });
  const auto positive = laws::sweep<T>([](T x) { return std::isfinite(x) && x > 0; });
  const auto above = laws::sweep<T>([](T x) { return std::isfinite(x) && x > -1; });
  CHECK(laws::exceptions_raised(without_overflow, exp_of) == 0);
  CHECK(laws::exceptions_raised(without_overflow, expm1_of) == 0);
  CHECK(laws::exceptions_raised(positive, log_of) == 0);
  CHECK(laws::exceptions_raised(above, log1p_of) == 0);
  CHECK(laws::exceptions_raised(ordinary, tanh_of) == 0);
  CHECK(laws::exceptions_raised(positive, sqrt_of) == 0);
}
