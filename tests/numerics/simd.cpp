#include <bijou/numerics/simd.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "support/sweep.hpp"

using namespace bijou;

namespace {

template <class T>
using Limits = std::numeric_limits<T>;

constexpr auto sigmoid_of = [](auto a) { return sigmoid(a); };
constexpr auto value_of_pair = [](auto a) { return sigmoid_pair(a).value; };
constexpr auto complement_of_pair = [](auto a) { return sigmoid_pair(a).complement; };
constexpr auto softplus_of = [](auto a) { return softplus(a); };

template <class Real>
Real exact_sigmoid(Real x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}

template <class Real>
Real exact_softplus(Real x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

constexpr auto log_cosh_of = [](auto a) { return log_cosh(a); };
constexpr auto sinh_of = [](auto a) { return sinh(a); };
constexpr auto asinh_of = [](auto a) { return asinh(a); };

template <class Real>
Real exact_log_cosh(Real x) {
  const Real size = std::abs(x);
  const Real half = std::sinh(size / 2);
  return size < 1 ? std::log1p(2 * half * half) : size + std::log1p(std::exp(-2 * size)) - std::log(Real(2));
}

}  // namespace

TEMPLATE_TEST_CASE("log_cosh, sinh and asinh are exact over the whole range", "[simd]", float, double) {
  using T = TestType;
  const std::vector<T> values = laws::sweep<T>();
  laws::check_over(values, log_cosh_of, [](auto x) { return exact_log_cosh(x); }, 10);
  laws::check_over(values, sinh_of, [](auto x) { return std::sinh(x); }, 6);
  laws::check_over(values, asinh_of, [](auto x) { return std::asinh(x); }, 4);
  const auto finite = laws::sweep<T>([](T x) { return std::isfinite(x) && std::abs(x) < T(80); });
  CHECK(laws::exceptions_raised(finite, log_cosh_of) == 0);
  CHECK(laws::exceptions_raised(finite, sinh_of) == 0);
  CHECK(laws::exceptions_raised(finite, asinh_of) == 0);
}

TEMPLATE_TEST_CASE("sigmoid is exact on both sides", "[simd]", float, double) {
  using T = TestType;
  // e^-inf / (1 + e^-inf) is 0; NaN stays.
  const std::vector<T> values = laws::sweep<T>();
  laws::check_over(values, sigmoid_of, [](auto x) { return exact_sigmoid(x); }, 3, true);
  laws::check_over(values, value_of_pair, [](auto x) { return exact_sigmoid(x); }, 4, true);
  laws::check_over(values, complement_of_pair, [](auto x) { return exact_sigmoid(-x); }, 4, true);
}

TEMPLATE_TEST_CASE("softplus is exact on both sides", "[simd]", float, double) {
  using T = TestType;
  laws::check_over(laws::sweep<T>(), softplus_of, [](auto x) { return exact_softplus(x); }, 4, true);
}

TEMPLATE_TEST_CASE("sigmoid and softplus raise no exception and give no subnormal number", "[simd]", float, double) {
  using T = TestType;
  const auto finite = laws::sweep<T>([](T x) { return std::isfinite(x); });
  for (const auto& results : {laws::by_packet(finite, sigmoid_of), laws::by_packet(finite, value_of_pair),
                              laws::by_packet(finite, complement_of_pair), laws::by_packet(finite, softplus_of)}) {
    CHECK(std::ranges::none_of(results, laws::subnormal<T>));
  }
  CHECK(laws::exceptions_raised(finite, sigmoid_of) == 0);
  CHECK(laws::exceptions_raised(finite, complement_of_pair) == 0);
  CHECK(laws::exceptions_raised(finite, softplus_of) == 0);
}

TEMPLATE_TEST_CASE("normal_or_zero takes subnormal numbers for 0 and nothing else", "[simd]", float, double) {
  using T = TestType;
  const std::vector<T> values = laws::sweep<T>();
  const std::vector<T> results = laws::by_packet(values, [](auto a) { return normal_or_zero(a); });
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T x = values[i];
    wrong += laws::subnormal(x) ? results[i] != 0 : !laws::same_number(results[i], x) && x != 0;
  }
  CHECK(wrong == 0);
  CHECK(laws::by_packet<T>({Limits<T>::denorm_min(), (Limits<T>::min)()}, [](auto a) { return normal_or_zero(a); }) ==
        std::vector<T>{T(0), (Limits<T>::min)()});
}

TEMPLATE_TEST_CASE("transpose writes in(i, n) to out(n, i) and stays inside the rows", "[simd]", float, double) {
  using T = TestType;
  const Index packet = detail::packet_size<T>;
  const auto round_up = [&](Index n) { return (n + packet - 1) / packet * packet; };
  for (Index rows = 0; rows <= 2 * packet + 3; ++rows) {
    for (Index cols = 0; cols <= 2 * packet + 3; ++cols) {
      const Index in_stride = round_up(cols) + packet;
      const Index out_stride = round_up(rows) + packet;
      std::vector<T> in(static_cast<std::size_t>(rows * in_stride + 1), Limits<T>::quiet_NaN());
      std::vector<T> out(static_cast<std::size_t>(cols * out_stride + packet), T(-1));
      for (Index i = 0; i < rows; ++i) {
        for (Index n = 0; n < cols; ++n) in[static_cast<std::size_t>(i * in_stride + n)] = static_cast<T>(100 * i + n);
      }
      detail::transpose(in.data(), rows, cols, in_stride, out.data(), out_stride);
      INFO(rows << " x " << cols);
      bool right = true;
      for (Index n = 0; n < cols; ++n) {
        for (Index i = 0; i < out_stride; ++i) {
          const T value = out[static_cast<std::size_t>(n * out_stride + i)];
          right = right && (i < rows ? value == static_cast<T>(100 * i + n) : value == T(-1));
        }
      }
      for (Index i = cols * out_stride; i < cols * out_stride + packet; ++i) {
        right = right && out[static_cast<std::size_t>(i)] == T(-1);
      }
      CHECK(right);
    }
  }
}
