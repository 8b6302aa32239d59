#pragma once

#include <bijou/numerics/random.hpp>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace bijou {

namespace detail {

struct WideProduct {
  std::uint64_t high;
  std::uint64_t low;
};

/// All 128 bits of a product.
constexpr WideProduct wide_product(std::uint64_t a, std::uint64_t b) {
#ifdef __SIZEOF_INT128__
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return {static_cast<std::uint64_t>(product >> 64), static_cast<std::uint64_t>(product)};
#else
  constexpr std::uint64_t half = 0xffff'ffff;
  const std::uint64_t low = (a & half) * (b & half);
  const std::uint64_t first = (a >> 32) * (b & half) + (low >> 32);
  const std::uint64_t second = (a & half) * (b >> 32) + (first & half);
  return {(a >> 32) * (b >> 32) + (first >> 32) + (second >> 32), a * b};
#endif
}

/// One block of Philox4x64-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", section
/// 3.3): a bijection of the counter for each key.
constexpr std::array<std::uint64_t, 4> philox(std::array<std::uint64_t, 4> counter, std::array<std::uint64_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const WideProduct first = wide_product(0xd2e7'470e'e14c'6c93, counter[0]);
    const WideProduct second = wide_product(0xca5a'8263'9512'1157, counter[2]);
    counter = {second.high ^ counter[1] ^ key[0], second.low, first.high ^ counter[3] ^ key[1], first.low};
    key[0] += 0x9e37'79b9'7f4a'7c15;
    key[1] += 0xbb67'ae85'84ca'a73b;
  }
  return counter;
}

}  // namespace detail

/// Random bits that follow from a seed and a place: Philox4x64-10 with the key (seed, layer) and the counter (number,
/// event, step, 0). Generators of other places are independent, nothing has to be kept to draw the same numbers again,
/// and events may be computed in any order. A std::uniform_random_bit_generator of 64 bits.
///
/// @code{.cpp}
/// #include <bijou/numerics/counter_generator.hpp>
///
/// int main() {
///   bijou::CounterGenerator rng{2024, {.event = 7}};
///   const double x = bijou::normal(rng);
///   bijou::CounterGenerator again{2024, {.event = 7}};
///   return bijou::normal(again) == x ? 0 : 1;
/// }
/// @endcode
class CounterGenerator {
 public:
  /// As the standard asks of a generator.
  using result_type = std::uint64_t;

  /// What a stream of noise belongs to; other places have other streams.
  struct Place {
    /// The column of the batch.
    std::uint64_t event = 0;
    /// The layer of the flow.
    std::uint64_t layer = 0;
    /// The step of the layer.
    std::uint64_t step = 0;
  };

  CounterGenerator(std::uint64_t seed, Place place)
      : key_{seed, place.layer}, counter_{0, place.event, place.step, 0} {}

  /// The least number.
  static constexpr std::uint64_t(min)() { return 0; }
  /// The largest number.
  static constexpr std::uint64_t(max)() { return (std::numeric_limits<std::uint64_t>::max)(); }

  /// The next 64 random bits.
  std::uint64_t operator()() {
    if (used_ == block_.size()) {
      block_ = detail::philox(counter_, key_);
      ++counter_[0];
      used_ = 0;
    }
    return block_[used_++];
  }

 private:
  std::array<std::uint64_t, 2> key_;
  std::array<std::uint64_t, 4> counter_;
  std::array<std::uint64_t, 4> block_{};
  std::size_t used_ = 4;
};

}  // namespace bijou
