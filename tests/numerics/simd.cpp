#include <bijou/numerics/simd.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

using namespace bijou;

namespace {

template <class T>
using Limits = std::numeric_limits<T>;

// f on each value, in every lane of a packet.
template <class T, class F>
std::vector<T> by_packet(std::vector<T> values, F f) {
  const std::size_t size = detail::packet_size<T>;
  const std::size_t count = values.size();
  values.resize((count + size - 1) / size * size, T(1));
  std::vector<T> result(values.size());
  detail::for_each_packet<T>(static_cast<Index>(values.size()), [&](Index i) {
    detail::store(result.data() + i, f(Simd<T>(detail::load(values.data() + i))).value);
  });
  result.resize(count);
  return result;
}

template <class T, class F, class Expected>
void check_function(const std::string& name, const std::vector<T>& values, F f, Expected expected, T relative,
                    T absolute = 0) {
  const std::vector<T> results = by_packet<T>(values, f);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto exact = static_cast<long double>(expected(static_cast<long double>(values[i])));
    INFO(name << "(" << values[i] << ") = " << results[i] << ", expected " << static_cast<double>(exact));
    CHECK(std::abs(static_cast<long double>(results[i]) - exact) <= relative * std::abs(exact) + absolute);
  }
}

template <class T>
std::vector<T> between(T low, T high) {
  std::vector<T> values;
  for (int i = 0; i <= 1000; ++i) values.push_back(low + (high - low) * static_cast<T>(i) / T(1000));
  return values;
}

template <class T>
std::vector<T> lanes(Simd<T> pack) {
  std::vector<T> values(static_cast<std::size_t>(detail::packet_size<T>));
  detail::store(values.data(), pack.value);
  return values;
}

// 1, 2, 3, ... in the lanes.
template <class T>
Simd<T> counted() {
  std::vector<T> values(static_cast<std::size_t>(detail::packet_size<T>));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(i + 1);
  return Simd<T>(detail::load(values.data()));
}

}  // namespace

TEMPLATE_TEST_CASE("operators work lane by lane", "[simd]", float, double) {
  using T = TestType;
  const Simd<T> a = counted<T>();
  const Simd<T> b = Simd<T>::of(2.5);
  for (std::size_t i = 0; i < lanes(a).size(); ++i) {
    const T x = static_cast<T>(i + 1);
    const T y = T(2.5);
    CHECK(lanes(a + b)[i] == x + y);
    CHECK(lanes(a - b)[i] == x - y);
    CHECK(lanes(a * b)[i] == x * y);
    CHECK(lanes(a / b)[i] == x / y);
    CHECK(lanes(-a)[i] == -x);
    CHECK(lanes(maximum(a, b))[i] == std::max(x, y));
    CHECK(lanes(minimum(a, b))[i] == std::min(x, y));
    CHECK(lanes(abs(b - a))[i] == std::abs(y - x));
    CHECK(lanes(a + T(1))[i] == x + T(1));  // a scalar is a packet of equal values
  }
  CHECK(lanes(Simd<T>::of(0.1))[0] == static_cast<T>(0.1));
}

TEMPLATE_TEST_CASE("comparisons choose between two packets", "[simd]", float, double) {
  using T = TestType;
  const Simd<T> a = counted<T>();
  const Simd<T> yes = Simd<T>::of(10);
  const Simd<T> no = Simd<T>::of(-10);
  for (std::size_t i = 0; i < lanes(a).size(); ++i) {
    const T x = static_cast<T>(i + 1);
    CHECK(lanes(select(a < Simd<T>::of(2), yes, no))[i] == (x < T(2) ? T(10) : T(-10)));
    CHECK(lanes(select(a > Simd<T>::of(2), yes, no))[i] == (x > T(2) ? T(10) : T(-10)));
  }
  const Simd<T> nan = Simd<T>(Limits<T>::quiet_NaN());
  CHECK(lanes(select(nan < yes, yes, no))[0] == T(-10));
  CHECK(lanes(select(nan > yes, yes, no))[0] == T(-10));
  CHECK(lanes(select(yes < no, nan, yes))[0] == T(10));  // what is not chosen does not matter
}

TEMPLATE_TEST_CASE("elementary functions agree with std's", "[simd]", float, double) {
  using T = TestType;
  const T close = 8 * Limits<T>::epsilon();
  check_function<T>(
      "exp", between<T>(-80, 80), [](auto a) { return exp(a); }, [](auto x) { return std::exp(x); }, close);
  check_function<T>(
      "log", between<T>(T(1e-6), 10), [](auto a) { return log(a); }, [](auto x) { return std::log(x); }, close,
      Limits<T>::epsilon());
  check_function<T>(
      "log", {T(1e-30), T(1e30)}, [](auto a) { return log(a); }, [](auto x) { return std::log(x); }, close);
  check_function<T>(
      "log1p", between<T>(0, 1), [](auto a) { return log1p(a); }, [](auto x) { return std::log1p(x); }, close);
  check_function<T>(
      "log1p", {T(1e-20), T(1e-9), T(1e-4)}, [](auto a) { return log1p(a); }, [](auto x) { return std::log1p(x); },
      close);
  check_function<T>(
      "tanh", between<T>(-12, 12), [](auto a) { return tanh(a); }, [](auto x) { return std::tanh(x); }, close);
  check_function<T>(
      "tanh", {T(-1e4), T(-1e-5), T(1e-5), T(1e4)}, [](auto a) { return tanh(a); }, [](auto x) { return std::tanh(x); },
      close);
}

TEMPLATE_TEST_CASE("sigmoid and softplus are exact on both sides", "[simd]", float, double) {
  using T = TestType;
  const T close = 8 * Limits<T>::epsilon();
  const auto sigmoid_of = [](auto a) { return sigmoid(a); };
  const auto softplus_of = [](auto a) { return softplus(a); };
  check_function<T>("sigmoid", between<T>(-60, 60), sigmoid_of, [](auto x) { return 1 / (1 + std::exp(-x)); }, close);
  check_function<T>(
      "softplus", between<T>(-60, 60), softplus_of,
      [](auto x) { return std::max(x, 0.0L) + std::log1p(std::exp(-std::abs(x))); }, close);

  const T huge = T(1e30);
  const T infinity = Limits<T>::infinity();
  const T nan = Limits<T>::quiet_NaN();
  const T tiny = T(1e-30);
  for (const T x : {huge, infinity}) {
    CHECK(by_packet<T>({x}, sigmoid_of)[0] == T(1));
    CHECK(by_packet<T>({-x}, sigmoid_of)[0] <= tiny);
    CHECK(by_packet<T>({-x}, sigmoid_of)[0] >= T(0));
    CHECK(by_packet<T>({x}, softplus_of)[0] == x);
    CHECK(by_packet<T>({-x}, softplus_of)[0] <= tiny);
    CHECK(by_packet<T>({-x}, softplus_of)[0] >= T(0));
  }
  CHECK(std::isnan(by_packet<T>({nan}, sigmoid_of)[0]));
  CHECK(std::isnan(by_packet<T>({nan}, softplus_of)[0]));
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
