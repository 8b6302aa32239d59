#include <bijou/numerics/counter_generator.hpp>
#include <cstdint>
#include <set>
#include <vector>

#include "support/catch.hpp"
#include "support/statistics.hpp"

using namespace bijou;

// The known answers that come with Random123 1.14 (kat_vectors: philox4x64, 10 rounds).
TEST_CASE("Philox4x64-10 gives the known answers of its authors", "[counter_generator]") {
  using Block = std::array<std::uint64_t, 4>;
  CHECK(detail::philox({0, 0, 0, 0}, {0, 0}) ==
        Block{0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b});
  constexpr std::uint64_t ones = ~std::uint64_t{0};
  CHECK(detail::philox({ones, ones, ones, ones}, {ones, ones}) ==
        Block{0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0});
  CHECK(detail::philox({0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
                       {0x452821e638d01377, 0xbe5466cf34e90c6c}) ==
        Block{0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6});
}

TEST_CASE("CounterGenerator: the numbers of a place follow from it alone", "[counter_generator]") {
  std::set<std::uint64_t> firsts;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    for (std::uint64_t event = 0; event < 3; ++event) {
      for (std::uint64_t layer = 0; layer < 3; ++layer) {
        for (std::uint64_t step = 0; step < 3; ++step) {
          CounterGenerator rng{seed, {.event = event, .layer = layer, .step = step}};
          CounterGenerator same{seed, {.event = event, .layer = layer, .step = step}};
          firsts.insert(rng());
          same();
          for (int i = 0; i < 9; ++i) CHECK(rng() == same());
        }
      }
    }
  }
  CHECK(firsts.size() == 81);
  static_assert(UniformRandomBitGenerator<CounterGenerator>);
}

// False-alarm rate 0.001 for each of the two, with this one seed.
TEST_CASE("CounterGenerator: neighbouring places give normal numbers", "[counter_generator]") {
  std::vector<double> along_events, along_steps;
  for (std::uint64_t n = 0; n < 20'000; ++n) {
    CounterGenerator of_event{2026, {.event = n}};
    CounterGenerator of_step{2026, {.step = n}};
    along_events.push_back(normal(of_event));
    along_steps.push_back(normal(of_step));
  }
  CHECK(statistics::kolmogorov_smirnov(along_events, statistics::normal_cdf) < 1.95);
  CHECK(statistics::kolmogorov_smirnov(along_steps, statistics::normal_cdf) < 1.95);
}
