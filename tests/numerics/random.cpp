#include <bijou/numerics/random.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <deque>
#include <map>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/statistics.hpp"

using namespace bijou;
using namespace statistics;

namespace {

// Eight bits at a time.
struct ByteGenerator {
  using result_type = std::uint8_t;
  std::mt19937 source;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return 255; }
  result_type operator()() { return static_cast<result_type>(source() >> 24); }
};

// A fair die: 6 values, from 1 on.
struct DieGenerator {
  using result_type = unsigned;
  std::mt19937 source;
  static constexpr result_type min() { return 1; }
  static constexpr result_type max() { return 6; }
  result_type operator()() {
    for (;;) {
      const auto three_bits = static_cast<result_type>(source() >> 29);
      if (three_bits < 6) return 1 + three_bits;
    }
  }
};

// Nearly all of 64 bits, but not a power of two: 3 * 2^62 values.
struct WideGenerator {
  using result_type = std::uint64_t;
  std::mt19937_64 source;
  static constexpr result_type min() { return 5; }
  static constexpr result_type max() { return 4 + 3 * (std::uint64_t{1} << 62); }
  result_type operator()() {
    for (;;) {
      const result_type value = source();
      if (value <= max() - min()) return min() + value;
    }
  }
};

// FNV-1a over the bits of n normal numbers.
template <class Rng>
std::uint64_t normal_hash(Rng rng, int n) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (int i = 0; i < n; ++i) hash = (hash ^ std::bit_cast<std::uint64_t>(normal(rng))) * 0x100000001b3;
  return hash;
}

template <class Rng>
void check_golden(Rng rng, const std::array<double, 4>& uniforms, const std::array<double, 4>& normals,
                  const std::array<std::uint64_t, 8>& indices, std::uint64_t hash) {
  Rng copy = rng;
  for (const double expected : uniforms) CHECK(uniform(copy) == expected);
  copy = rng;
  for (const double expected : normals) CHECK(normal(copy) == expected);
  copy = rng;
  for (const std::uint64_t expected : indices) CHECK(uniform_index(copy, 1000) == expected);
  CHECK(normal_hash(rng, 100'000) == hash);
}

}  // namespace

static_assert(UniformRandomBitGenerator<std::mt19937>);
static_assert(UniformRandomBitGenerator<std::ranlux48>);
static_assert(UniformRandomBitGenerator<std::knuth_b>);
static_assert(UniformRandomBitGenerator<std::random_device>);
static_assert(UniformRandomBitGenerator<ByteGenerator>);
static_assert(!UniformRandomBitGenerator<int>);
static_assert(!UniformRandomBitGenerator<std::normal_distribution<double>>);

static_assert(detail::bits_per_draw<std::mt19937_64> == 64);
static_assert(detail::bits_per_draw<std::mt19937> == 32);
static_assert(detail::bits_per_draw<std::ranlux48> == 48);
static_assert(detail::bits_per_draw<ByteGenerator> == 8);
static_assert(detail::bits_per_draw<std::minstd_rand> == 27);  // 15 / 16 of the draws accepted
static_assert(detail::bits_per_draw<DieGenerator> == 2);       // 4 of 6 draws accepted, 1 bit of each would be fewer
static_assert(detail::bits_per_draw<WideGenerator> == 62);

// The values of g++ 12 and clang++ 14 on x86-64, at -O0, -O2, -O3 -march=native and -O3 -march=native -ffast-math
// alike.
TEST_CASE("the same seed gives the same bits everywhere", "[random]") {
  SECTION("std::mt19937_64{0}") {
    check_golden(std::mt19937_64{0},
                 {0x1.4741be2e5a0ecp-3, 0x1.fbfa74f87c81fp-1, 0x1.442642fe065dp-5, 0x1.31ead2079dc7fp-1},
                 {-0x1.b2b3181dfdc93p-2, -0x1.dc6be07568005p-8, 0x1.804a0b9ca0096p-1, -0x1.d1ba685069943p-4},
                 {163, 40, 611, 555, 58, 646, 433, 862}, 0xae4c5b01feb36044);
  }
  SECTION("std::mt19937{0}") {
    check_golden(std::mt19937{0},
                 {0x1.18fe15592f895p-1, 0x1.6e2d4cebb0439p-1, 0x1.349d6687b744ap-1, 0x1.16faed87b1cafp-1},
                 {0x1.7195cc5b2a283p+0, 0x1.a5054dbe15019p-3, 0x1.ac6da0eed4e15p-1, 0x1.6eace65ee37ffp+0},
                 {561, 607, 732, 864, 617, 878, 557, 867}, 0x30cc527fdd5626b2);
  }
  SECTION("std::minstd_rand{1}") {
    check_golden(std::minstd_rand{1},
                 {0x1.9242e70658p-16, 0x1.486b303cde095p-1, 0x1.9e62358c9f6b4p-3, 0x1.b2bb3623e53c8p-2},
                 {-0x1.1db114458591p+1, -0x1.bd990d8cd5aedp+0, 0x1.84e3d81d1290fp-3, -0x1.b5469e364ac26p-1},
                 {0, 92, 656, 973, 207, 562, 434, 287}, 0x1eaaf2af24b4a95e);
  }
  SECTION("std::ranlux48{1}") {
    check_golden(std::ranlux48{1},
                 {0x1.7c32d9af313fep-2, 0x1.3eb2d1554b23fp-1, 0x1.943924b765fb5p-1, 0x1.a75958f58a28p-6},
                 {0x1.67cd9d7f286ecp-3, 0x1.dab6c98995f6ap-1, 0x1.d1f4828d1125bp-3, -0x1.300c3f63c9dcfp+1},
                 {84, 729, 649, 418, 871, 585, 496, 405}, 0x846e8c92b7dc5592);
  }
}

TEST_CASE("compile-time exp, log and sqrt are right to the last bits", "[random]") {
  const auto close = [](double given, double expected) {
    return std::abs(given - expected) <= 2 * std::abs(expected) * 0x1p-52;
  };
  CHECK(close(detail::constant_exp(0), 1));
  CHECK(close(detail::constant_exp(1), std::exp(1.0)));
  CHECK(close(detail::constant_exp(-0.3), std::exp(-0.3)));
  CHECK(close(detail::constant_exp(-6.676), std::exp(-6.676)));
  CHECK(close(detail::constant_log(0.999999), std::log(0.999999)));
  CHECK(close(detail::constant_log(0.7), std::log(0.7)));
  CHECK(close(detail::constant_log(0.00126), std::log(0.00126)));
  CHECK(close(detail::constant_log(12345.678), std::log(12345.678)));
  CHECK(detail::constant_sqrt(0) == 0);
  CHECK(close(detail::constant_sqrt(2), std::sqrt(2.0)));
  CHECK(close(detail::constant_sqrt(13.352), std::sqrt(13.352)));
  CHECK(close(detail::constant_sqrt(0.0463), std::sqrt(0.0463)));
}

TEMPLATE_TEST_CASE("the ziggurat's layers have equal area and reach the top", "[random]", detail::NormalShape,
                   detail::LaplaceShape) {
  const auto& z = detail::ziggurat<TestType>;
  const double r = TestType::tail_begin;
  const double pi = 3.14159265358979323846;
  const bool is_normal = std::is_same_v<TestType, detail::NormalShape>;
  const double tail = is_normal ? std::sqrt(pi / 2) * std::erfc(r / std::sqrt(2.0)) : std::exp(-r);
  const double area = r * TestType::height(r) + tail;
  CHECK(z.edges[0] * z.heights[1] == Approx(area).epsilon(1e-14));
  CHECK(z.edges[1] == r);
  for (std::size_t i = 1; i < 256; ++i) {  // layer 255 ends at f = 1: r is right to its last digits
    INFO("layer " << i);
    CHECK(z.edges[i] * (z.heights[i + 1] - z.heights[i]) == Approx(area).epsilon(1e-11));
    CHECK(z.heights[i] == Approx(TestType::height(z.edges[i])).epsilon(1e-14));
    CHECK(z.edges[i] < z.edges[i - 1]);
  }
}

TEST_CASE("normal has the moments of N(0, 1)", "[random]") {
  const int n = 2'000'000;
  const unsigned seed = GENERATE(1U, 2U, 3U);
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  std::array<double, 4> sum{};
  for (int i = 0; i < n; ++i) {
    const double x = normal(rng);
    sum[0] += x;
    sum[1] += x * x;
    sum[2] += x * x * x;
    sum[3] += x * x * x * x;
  }
  const std::array<double, 4> mean{0, 1, 0, 3};
  const std::array<double, 4> variance{1, 2, 15, 96};  // E x^2k - (E x^k)^2
  for (std::size_t k = 0; k < 4; ++k) {
    INFO("moment " << k + 1 << ": " << sum[k] / n);
    CHECK(std::abs(sum[k] / n - mean[k]) < 4 * std::sqrt(variance[k] / n));
  }
}

TEST_CASE("normal follows the normal cdf", "[random]") {
  const unsigned seed = GENERATE(11U, 12U, 13U);
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  std::vector<double> sample(1'000'000);
  std::generate(sample.begin(), sample.end(), [&] { return normal(rng); });
  CHECK(kolmogorov_smirnov(sample, statistics::normal_cdf) < 1.95);
  CHECK(std::count(sample.begin(), sample.end(), 0.0) == 0);

  // Bins of 1/50 on [-4, 4]: narrow enough to see a layer that is accepted too often.
  std::vector<std::uint64_t> counts(402);
  std::vector<double> probabilities(402);
  for (const double x : sample) ++counts[static_cast<std::size_t>(std::clamp(std::floor(x * 50) + 201, 0.0, 401.0))];
  for (std::size_t i = 1; i < 401; ++i) {
    const double left = (static_cast<double>(i) - 201) / 50;
    probabilities[i] = statistics::normal_cdf(left + 0.02) - statistics::normal_cdf(left);
  }
  probabilities.front() = probabilities.back() = statistics::normal_cdf(-4);
  CHECK(std::abs(chi_square_score(counts, probabilities)) < 4);
}

TEST_CASE("normal has the tail of N(0, 1)", "[random]") {
  const unsigned seed = 21;
  INFO("seed " << seed);
  const std::uint64_t n = 10'000'000;
  const double r = detail::NormalShape::tail_begin;
  std::mt19937_64 rng{seed};
  std::vector<double> tail;
  std::uint64_t left = 0;
  std::uint64_t far = 0;
  for (std::uint64_t i = 0; i < n; ++i) {
    const double x = normal(rng);
    if (std::abs(x) < r) continue;
    tail.push_back(std::abs(x));
    left += x < 0;
    far += std::abs(x) > 4.5;
  }
  CHECK(std::abs(frequency_score(tail.size(), n, 2 * statistics::normal_cdf(-r))) < 4);
  CHECK(std::abs(frequency_score(left, tail.size(), 0.5)) < 4);
  CHECK(std::abs(frequency_score(far, n, 2 * statistics::normal_cdf(-4.5))) < 4);
  CHECK(kolmogorov_smirnov(
            tail, [r](double x) { return 1 - statistics::normal_cdf(-x) / statistics::normal_cdf(-r); }) < 1.95);

  // Far more of the tail, straight from its own function.
  std::vector<double> beyond(200'000);
  std::generate(beyond.begin(), beyond.end(), [&] { return detail::NormalShape::beyond(rng); });
  CHECK(kolmogorov_smirnov(
            beyond, [r](double x) { return 1 - statistics::normal_cdf(-x) / statistics::normal_cdf(-r); }) < 1.95);
}

TEST_CASE("laplace follows its cdf, and exponential is what lies right of 0", "[random]") {
  const unsigned seed = GENERATE(31U, 32U, 33U);
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  const auto cdf = [](double x) { return x < 0 ? std::exp(x) / 2 : 1 - std::exp(-x) / 2; };
  std::vector<double> sample(1'000'000);
  std::generate(sample.begin(), sample.end(), [&] { return detail::laplace(rng); });
  CHECK(kolmogorov_smirnov(sample, cdf) < 1.95);
  CHECK(std::count(sample.begin(), sample.end(), 0.0) == 0);

  // Bins of 1/50 on [-8, 8], whose last ones lie in the tail.
  std::vector<std::uint64_t> counts(802);
  std::vector<double> probabilities(802);
  for (const double x : sample) ++counts[static_cast<std::size_t>(std::clamp(std::floor(x * 50) + 401, 0.0, 801.0))];
  for (std::size_t i = 1; i < 801; ++i) {
    const double left = (static_cast<double>(i) - 401) / 50;
    probabilities[i] = cdf(left + 0.02) - cdf(left);
  }
  probabilities.front() = probabilities.back() = cdf(-8);
  CHECK(std::abs(chi_square_score(counts, probabilities)) < 4);

  std::generate(sample.begin(), sample.end(), [&] { return detail::LaplaceShape::beyond(rng); });
  const double r = detail::LaplaceShape::tail_begin;
  CHECK(kolmogorov_smirnov(sample, [r](double x) { return -std::expm1(r - x); }) < 1.95);
  std::generate(sample.begin(), sample.end(), [&] { return detail::exponential(rng); });
  CHECK(kolmogorov_smirnov(sample, [](double x) { return -std::expm1(-x); }) < 1.95);
}

TEMPLATE_TEST_CASE("any generator gives fair bits and the right distributions", "[random]", std::mt19937,
                   std::mt19937_64, std::minstd_rand, std::minstd_rand0, std::ranlux24, std::ranlux48, std::knuth_b,
                   ByteGenerator, DieGenerator, WideGenerator) {
  const unsigned seed = 31;
  INFO("seed " << seed);
  TestType rng = [] {
    if constexpr (std::is_constructible_v<TestType, unsigned>)
      return TestType(seed);
    else
      return TestType{decltype(TestType::source)(seed)};
  }();
  const std::uint64_t n = 100'000;

  std::vector<double> sample(n);
  std::array<std::uint64_t, 53> ones{};
  for (double& u : sample) {
    u = uniform(rng);
    const auto bits = static_cast<std::uint64_t>(u * 0x1p53);
    for (std::size_t i = 0; i < ones.size(); ++i) ones[i] += bits >> i & 1;
  }
  CHECK(*std::min_element(sample.begin(), sample.end()) >= 0);
  CHECK(*std::max_element(sample.begin(), sample.end()) < 1);
  CHECK(kolmogorov_smirnov(sample, [](double u) { return u; }) < 1.95);
  for (std::size_t i = 0; i < ones.size(); ++i) {
    INFO("bit " << i);
    CHECK(std::abs(frequency_score(ones[i], n, 0.5)) < 4.5);
  }

  for (double& x : sample) x = normal(rng);
  CHECK(kolmogorov_smirnov(sample, statistics::normal_cdf) < 1.95);

  for (const std::uint64_t size : {2U, 3U, 7U, 100U, 256U}) {
    INFO("uniform_index of " << size);
    std::vector<std::uint64_t> counts(size);
    for (std::uint64_t i = 0; i < n; ++i) ++counts.at(uniform_index(rng, size));
    CHECK(std::abs(chi_square_score(counts)) < 4);
  }
  // A remainder of 64 bits would fall into the first third half of the time.
  const std::uint64_t third = std::uint64_t{1} << 62;
  std::vector<std::uint64_t> counts(3);
  for (std::uint64_t i = 0; i < n; ++i) ++counts.at(uniform_index(rng, 3 * third) / third);
  CHECK(std::abs(chi_square_score(counts)) < 4);
}

TEST_CASE("random_bits gives every count of bits", "[random]") {
  const unsigned seed = 41;
  INFO("seed " << seed);
  std::mt19937_64 wide{seed};
  ByteGenerator narrow{std::mt19937{seed}};
  for (int count = 1; count <= 64; ++count) {
    INFO(count << " bits");
    std::uint64_t of_wide = 0;
    std::uint64_t of_narrow = 0;
    for (int i = 0; i < 100; ++i) {
      of_wide |= detail::random_bits(wide, count);
      of_narrow |= detail::random_bits(narrow, count);
    }
    CHECK(of_wide == ~std::uint64_t{0} >> (64 - count));
    CHECK(of_narrow == ~std::uint64_t{0} >> (64 - count));
  }
}

TEST_CASE("uniform_index at the ends of its range", "[random]") {
  std::mt19937_64 rng{51};
  std::mt19937 narrow{51};
  for (int i = 0; i < 10; ++i) {
    CHECK(uniform_index(rng, 1) == 0);
    CHECK(uniform_index(narrow, 1) == 0);
  }
  std::uint64_t seen = 0;
  for (int i = 0; i < 100; ++i)
    seen |= uniform_index(rng, ~std::uint64_t{0}) | uniform_index(narrow, ~std::uint64_t{0});
  CHECK(seen == ~std::uint64_t{0});
  CHECK_THROWS_AS(uniform_index(rng, 0), std::invalid_argument);
  CHECK_THROWS_WITH(uniform_index(rng, 0), "uniform_index: expected n of at least 1, got 0");
}

TEST_CASE("shuffle permutes anything with size() and operator[]", "[random]") {
  std::mt19937_64 rng{61};
  const auto check = [&](auto container) {
    std::iota(container.begin(), container.end(), 0);
    auto shuffled = container;
    shuffle(shuffled, rng);
    CHECK_FALSE(std::equal(shuffled.begin(), shuffled.end(), container.begin()));
    std::sort(shuffled.begin(), shuffled.end());
    CHECK(std::equal(shuffled.begin(), shuffled.end(), container.begin()));
  };
  check(std::vector<int>(100));
  check(std::deque<long>(100));
  check(std::array<float, 100>{});

  Eigen::VectorXi indices = Eigen::VectorXi::LinSpaced(100, 0, 99);
  shuffle(indices, rng);
  CHECK(indices != Eigen::VectorXi::LinSpaced(100, 0, 99));
  std::sort(indices.data(), indices.data() + indices.size());
  CHECK(indices == Eigen::VectorXi::LinSpaced(100, 0, 99));

  std::string text = "abcdefghijklmnopqrstuvwxyz";
  shuffle(text, rng);
  CHECK(text != "abcdefghijklmnopqrstuvwxyz");
  std::sort(text.begin(), text.end());
  CHECK(text == "abcdefghijklmnopqrstuvwxyz");

  std::vector<bool> bits(100);
  for (std::size_t i = 0; i < 30; ++i) bits[i] = true;
  const std::vector<bool> before = bits;
  shuffle(bits, rng);
  CHECK(bits != before);
  CHECK(std::count(bits.begin(), bits.end(), true) == 30);

  std::vector<int> none;
  shuffle(none, rng);
  CHECK(none.empty());
  std::vector<int> one{7};
  shuffle(one, rng);
  CHECK(one == std::vector<int>{7});
}

TEST_CASE("shuffle gives each order equally often", "[random]") {
  const unsigned seed = 71;
  INFO("seed " << seed);
  std::mt19937 rng{seed};
  std::map<std::array<int, 4>, std::uint64_t> orders;
  for (int i = 0; i < 240'000; ++i) {
    std::array<int, 4> order{0, 1, 2, 3};
    shuffle(order, rng);
    ++orders[order];
  }
  std::vector<std::uint64_t> counts;
  for (const auto& [order, count] : orders) counts.push_back(count);
  REQUIRE(counts.size() == 24);
  CHECK(std::abs(chi_square_score(counts)) < 4);
}
