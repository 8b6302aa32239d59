#include <bijou/numerics/sums.hpp>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"

using bijou::Index;

TEMPLATE_TEST_CASE("a packet is added lane by lane, in double", "[sums]", float, double) {
  using T = TestType;
  const auto size = static_cast<std::size_t>(bijou::detail::packet_size<T>);
  std::vector<T> terms(size);
  std::vector<double> sums(size + 2, 1e9);
  for (std::size_t i = 0; i < size; ++i) terms[i] = static_cast<T>(0.1) * static_cast<T>(i + 1);
  for (int k = 0; k < 3; ++k) {
    bijou::detail::add_to_sums(sums.data() + 1, bijou::Simd<T>(bijou::detail::load(terms.data())));
  }
  CHECK(sums.front() == 1e9);
  CHECK(sums.back() == 1e9);
  for (std::size_t i = 0; i < size; ++i) {
    const double term = static_cast<double>(terms[i]);
    CHECK(sums[i + 1] == 1e9 + term + term + term);
  }
}

TEMPLATE_TEST_CASE("arrays of any length are added, and nothing past their end is touched", "[sums]", float, double) {
  using T = TestType;
  for (std::size_t count = 0; count < 70; ++count) {
    std::vector<T> terms(count);  // of exact size, for the address sanitizer
    std::vector<double> sums(count + 1, 1e9);
    for (std::size_t i = 0; i < count; ++i) terms[i] = static_cast<T>(1) / static_cast<T>(i + 3);
    bijou::detail::add_to_sums(sums.data(), terms.data(), static_cast<Index>(count));
    bool right = sums.back() == 1e9;
    for (std::size_t i = 0; i < count; ++i) right = right && sums[i] == 1e9 + static_cast<double>(terms[i]);
    INFO(count);
    CHECK(right);
  }
}

TEST_CASE("small terms are not lost beside a large sum of float", "[sums]") {
  std::vector<float> terms(37, 0.25f);
  std::vector<double> sums(37, 16777216.0);
  for (int k = 0; k < 1000; ++k) bijou::detail::add_to_sums(sums.data(), terms.data(), 37);
  CHECK(sums == std::vector<double>(37, 16777466.0));
}
