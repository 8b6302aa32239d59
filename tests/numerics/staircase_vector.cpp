#include <bijou/numerics/staircase_vector.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "support/catch.hpp"

namespace {

template <class T>
T small_number(std::mt19937_64& rng) {
  return static_cast<T>(static_cast<double>(rng() >> 11) * 0x1p-53 - 0.5);
}

}  // namespace

TEMPLATE_TEST_CASE("multiply_vector: only the staircase, against a plain loop", "[staircase_vector]", float, double) {
  using T = TestType;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  std::mt19937_64 rng{7};
  for (const int rows : {1, 2, 7, 8, 9, 31}) {
    for (const int cols : {1, 3, 8, 17, 40}) {
      for (const int groups : {1, 2, 5}) {
        INFO(rows << " x " << cols << ", " << groups << " groups");
        bijou::detail::Staircase shape;
        auto& columns = shape.rows;
        for (int r = 0; r < rows; ++r) columns.push_back({0, r * groups / rows * cols / groups});
        for (int r = 0; r < rows; ++r) {
          const auto differs = [&](const bijou::detail::DepthRange& other) {
            return other.end != columns[static_cast<std::size_t>(r)].end;
          };
          shape.alike.push_back(
              static_cast<int>(std::find_if(columns.begin() + r, columns.end(), differs) - columns.begin()) - r);
        }
        std::vector<T> w(static_cast<std::size_t>(rows * cols), nan);
        std::vector<T> x(static_cast<std::size_t>(cols)), bias(static_cast<std::size_t>(rows));
        for (T& value : x) value = small_number<T>(rng);
        for (T& value : bias) value = small_number<T>(rng);
        for (int r = 0; r < rows; ++r) {
          for (int k = 0; k < columns[static_cast<std::size_t>(r)].end; ++k) {
            w[static_cast<std::size_t>(r * cols + k)] = small_number<T>(rng);
          }
        }
        const int first = rows / 3;
        const int stride = rows % 2 == 0 ? 1 : 3;
        std::vector<T> y(static_cast<std::size_t>(rows * stride) + 1, T(77));
        bijou::detail::multiply_vector<T>(first, rows, w.data(), cols, shape.rows.data(), shape.alike.data(),
                                          bias.data(), x.data(), y.data(), stride);
        for (int i = 0; i <= rows * stride; ++i) {
          if (i % stride != 0 || i / stride < first || i == rows * stride) {
            CHECK(y[static_cast<std::size_t>(i)] == T(77));
          }
        }
        for (int r = first; r < rows; ++r) {
          double expected = static_cast<double>(bias[static_cast<std::size_t>(r)]);
          for (int k = 0; k < columns[static_cast<std::size_t>(r)].end; ++k) {
            expected += static_cast<double>(w[static_cast<std::size_t>(r * cols + k)]) *
                        static_cast<double>(x[static_cast<std::size_t>(k)]);
          }
          CHECK(std::abs(static_cast<double>(y[static_cast<std::size_t>(r * stride)]) - expected) <
                10 * static_cast<double>(std::numeric_limits<T>::epsilon()));
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("add_scaled: every entry once, nothing behind the end", "[staircase_vector]", float, double) {
  using T = TestType;
  for (int size = 0; size < 40; ++size) {
    const std::vector<T> x(static_cast<std::size_t>(size), T(3));
    std::vector<T> y(static_cast<std::size_t>(size) + 16, T(1));
    bijou::detail::add_scaled(T(2), x.data(), size, y.data());
    for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == (static_cast<int>(i) < size ? T(7) : T(1)));
  }
}
