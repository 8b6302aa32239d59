#pragma once

#include <bijou/core/raise.hpp>
#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <numbers>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace bijou {

/// A source of random bits: the requirements of std::uniform_random_bit_generator, without the cost of the header
/// `random`. Every generator of the standard library models it, whatever its range.
template <class Rng>
concept UniformRandomBitGenerator = std::invocable<Rng&> && std::unsigned_integral<std::invoke_result_t<Rng&>> &&
                                    sizeof(std::invoke_result_t<Rng&>) <= sizeof(std::uint64_t) && requires {
                                      { (Rng::min)() } -> std::same_as<std::invoke_result_t<Rng&>>;
                                      { (Rng::max)() } -> std::same_as<std::invoke_result_t<Rng&>>;
                                      requires std::bool_constant<((Rng::min)() < (Rng::max)())>::value;
                                    };

namespace detail {

/// A generator for weights that are replaced before anyone sees them: those of a MaskedLinear stay 0.
struct NoNumbers {
  using result_type = std::uint64_t;
  static constexpr result_type(min)() { return 0; }
  static constexpr result_type(max)() { return (std::numeric_limits<result_type>::max)(); }
  result_type operator()() { return 0; }
};

/// Refuses what is no generator with one sentence, where a function takes any type. `auto`, so that it is a compiler's
/// first error.
template <class Rng>
constexpr auto require_generator() {
  static_assert(UniformRandomBitGenerator<std::remove_reference_t<Rng>>,
                "not a random generator: pass one that is not const, such as std::mt19937_64 rng{0};");
}

template <UniformRandomBitGenerator Rng>
inline constexpr std::uint64_t largest_draw = std::uint64_t{(Rng::max)()} - std::uint64_t{(Rng::min)()};

// How many bits to take from one draw: 2^k equal shares of a range of N values leave N mod 2^k of them over, to be
// rejected. The k with the most accepted bits per draw; for a range of 2^k values all k bits, and nothing is rejected.
template <UniformRandomBitGenerator Rng>
inline constexpr int bits_per_draw = [] {
  if (largest_draw<Rng> == (std::numeric_limits<std::uint64_t>::max)()) return 64;
  const std::uint64_t count = largest_draw<Rng> + 1;
  int best = 0;
  double most = 0;
  for (int k = 1; k < 64 && count >> k != 0; ++k) {
    const double accepted = k * static_cast<double>(count >> k << k);
    if (accepted >= most) {
      most = accepted;
      best = k;
    }
  }
  return best;
}();

// `count` unbiased random bits, 1 <= count <= 64. The high bits of a draw are the ones that are used.
template <UniformRandomBitGenerator Rng>
std::uint64_t random_bits(Rng& rng, int count) {
  if constexpr (requires { rng.bits(count); }) return rng.bits(count);
  constexpr int width = bits_per_draw<Rng>;
  const auto draw = [&rng] { return std::uint64_t{rng()} - std::uint64_t{(Rng::min)()}; };
  if constexpr (width == 64) {
    return draw() >> (64 - count);
  } else {
    constexpr std::uint64_t share = (largest_draw<Rng> + 1) >> width;
    std::uint64_t bits = 0;
    int available = 0;
    while (available < count) {
      std::uint64_t value = draw() / share;
      while (value >> width != 0) value = draw() / share;
      bits = bits << width | value;
      available += width;
    }
    return bits >> ((available < 64 ? available : 64) - count);
  }
}

/// Any generator behind one type, for functions that are no templates. It gives the bits of the generator behind it.
class AnyGenerator {
 public:
  using result_type = std::uint64_t;

  template <UniformRandomBitGenerator Rng>
  requires(!std::same_as<Rng, AnyGenerator>)
  explicit AnyGenerator(Rng& rng)
      : rng_(&rng), bits_([](void* p, int count) { return random_bits(*static_cast<Rng*>(p), count); }) {}

  static constexpr std::uint64_t(min)() { return 0; }
  static constexpr std::uint64_t(max)() { return ~std::uint64_t{0}; }
  std::uint64_t operator()() { return bits(64); }
  /// `count` unbiased random bits.
  std::uint64_t bits(int count) { return bits_(rng_, count); }

 private:
  void* rng_;
  std::uint64_t (*bits_)(void*, int);
};

// exp, log and sqrt for constant expressions, right to the last bits. They are meant for compile time only: constant
// evaluation rounds every operation as IEEE 754 says, whatever the flags, so the tables below are the same everywhere.
consteval double constant_exp(double x) {  // |x| < 700
  const int power = static_cast<int>(x / std::numbers::ln2 + (x < 0 ? -0.5 : 0.5));
  const double rest = x - power * std::numbers::ln2;
  double sum = 0;  // Taylor series in Horner form, |rest| <= ln(2) / 2
  for (int n = 20; n > 0; --n) sum = (1 + sum) * rest / n;
  double result = 1 + sum;
  for (int i = 0; i < power; ++i) result *= 2;
  for (int i = 0; i > power; --i) result /= 2;
  return result;
}

consteval double constant_log(double x) {  // x > 0
  int power = 0;
  for (; x > std::numbers::sqrt2; x /= 2) ++power;
  for (; x < std::numbers::sqrt2 / 2; x *= 2) --power;
  const double z = (x - 1) / (x + 1);  // log x = 2 artanh z = 2 (z + z^3 / 3 + z^5 / 5 + ...), |z| < 0.172
  double sum = 0;
  for (int n = 25; n > 1; n -= 2) sum = (sum + 1.0 / n) * z * z;
  return power * std::numbers::ln2 + 2 * z * (1 + sum);
}

consteval double constant_sqrt(double x) {  // x >= 0
  if (x == 0) return 0;
  double root = (1 + x) / 2;  // Newton's iteration falls to the root from above
  for (double next = (root + x / root) / 2; next < root; next = (root + x / root) / 2) root = next;
  return root;
}

// Densities that fall on both sides of 0, up to a constant factor: f, where its tail begins for a ziggurat of 256
// layers (Marsaglia & Tsang 2000, sections 3 and 4), the area beyond over f there, and the inverse of f.
struct NormalShape {  // f(x) = exp(-x^2 / 2)
  static constexpr double tail_begin = 3.6541528853610088;
  static double height(double x) { return std::exp(-x * x / 2); }
  static consteval double constant_height(double x) { return constant_exp(-x * x / 2); }
  static consteval double edge(double height) { return constant_sqrt(-2 * constant_log(height)); }
  static consteval double tail_area() {
    double fraction = tail_begin;  // Mills' ratio as a continued fraction: 1 / (r + 1 / (r + 2 / ...))
    for (int n = 100; n > 0; --n) fraction = tail_begin + n / fraction;
    return 1 / fraction;
  }
  template <class Rng>
  static double beyond(Rng& rng);
};

struct LaplaceShape {  // f(x) = exp(-|x|)
  static constexpr double tail_begin = 7.69711747013104972;
  static double height(double x) { return std::exp(-std::abs(x)); }
  static consteval double constant_height(double x) { return constant_exp(-x); }
  static consteval double edge(double height) { return -constant_log(height); }
  static consteval double tail_area() { return 1; }
  template <class Rng>
  static double beyond(Rng& rng);
};

// The right half of f cut into 256 layers of equal area. Layer i > 0 is the box [0, x_i] x [f(x_i), f(x_{i+1})], layer
// 0 the box [0, r] x [0, f(r)] with the tail beyond r = x_1, taken for a box of width x_0.
template <class Shape>
struct Ziggurat {
  struct Layer {
    std::int64_t inside;  // an integer below 2^53 x_{i+1} / x_i lies under f without a test
    double scale;         // 2^-53 x_i
  };

  std::array<Layer, 256> layers{};
  std::array<double, 257> edges{};    // x_i
  std::array<double, 257> heights{};  // f(x_i), but 0 below layer 0

  consteval Ziggurat() {
    const double height = Shape::constant_height(Shape::tail_begin);
    const double area = height * (Shape::tail_begin + Shape::tail_area());

    edges[0] = area / height;
    edges[1] = Shape::tail_begin;
    heights[1] = height;
    for (std::size_t i = 1; i < 255; ++i) {
      heights[i + 1] = heights[i] + area / edges[i];
      edges[i + 1] = Shape::edge(heights[i + 1]);
    }
    edges[256] = 0;
    heights[256] = 1;
    for (std::size_t i = 0; i < 256; ++i) {
      layers[i] = {static_cast<std::int64_t>(0x1p53 * (edges[i + 1] / edges[i])), 0x1p-53 * edges[i]};
    }
  }
};

template <class Shape>
inline constexpr Ziggurat<Shape> ziggurat;

}  // namespace detail

/// A uniform number in [0, 1): 53 random bits times 2^-53, the same for every compiler and flag.
template <UniformRandomBitGenerator Rng>
double uniform(Rng& rng) {
  return static_cast<double>(detail::random_bits(rng, 53)) * 0x1p-53;
}

/// A uniform integer in {0, ..., n - 1}, unbiased. Throws std::invalid_argument for n = 0.
template <UniformRandomBitGenerator Rng>
std::uint64_t uniform_index(Rng& rng, std::uint64_t n) {
  if (n == 0) detail::raise(std::invalid_argument("uniform_index: expected n of at least 1, got 0"));
  if (n == 1) return 0;
  const auto count = static_cast<int>(std::bit_width(n - 1));
  std::uint64_t index = detail::random_bits(rng, count);
  while (index >= n) index = detail::random_bits(rng, count);
  return index;
}

namespace detail {

// The rare part of ziggurat_draw: x fell outside the part of its layer that lies wholly under f.
template <class Shape, class Rng>
std::optional<double> ziggurat_edge(Rng& rng, std::size_t layer, double x) {
  if (layer == 0) return std::copysign(Shape::beyond(rng), x);
  const double low = ziggurat<Shape>.heights[layer];
  const double high = ziggurat<Shape>.heights[layer + 1];
  if (low + uniform(rng) * (high - low) < Shape::height(x)) return x;  // rounding can change the verdict, not x
  return std::nullopt;
}

// A number of density f, never 0, exactly symmetric: the ziggurat of Marsaglia & Tsang, "The Ziggurat Method for
// Generating Random Variables" (2000), with 256 layers. Layer and value come from different bits, as Doornik, "An
// Improved Ziggurat Method to Generate Normal Random Samples" (2005) asks. An accepted value is one product of an
// integer and a table entry, so that the same seed gives the same bits with every compiler and flag; std::exp takes
// part in one comparison only, in 1 of about 67 (normal) or 45 (Laplace) draws.
template <class Shape, class Rng>
double ziggurat_draw(Rng& rng) {
  for (;;) {
    const std::uint64_t bits = random_bits(rng, 64);
    const auto index = static_cast<std::size_t>(bits >> 56);
    const std::int64_t odd = static_cast<std::int64_t>(bits << 8) >> 10 | 1;  // odd, |odd| < 2^53
    const auto& layer = ziggurat<Shape>.layers[index];
    const double x = static_cast<double>(odd) * layer.scale;
    if (std::abs(odd) < layer.inside) [[likely]]
      return x;
    if (const std::optional<double> edge = ziggurat_edge<Shape>(rng, index, x)) return *edge;
  }
}

// Density exp(-|x|) / 2.
template <UniformRandomBitGenerator Rng>
double laplace(Rng& rng) {
  return ziggurat_draw<LaplaceShape>(rng);
}

// Exp(1).
template <UniformRandomBitGenerator Rng>
double exponential(Rng& rng) {
  return std::abs(laplace(rng));
}

// What is left of an exponential number beyond r is one again.
template <class Rng>
double LaplaceShape::beyond(Rng& rng) {
  return tail_begin + exponential(rng);
}

// The normal beyond r by Marsaglia (1964): r + E / r, accepted with probability exp(-(E / r)^2 / 2).
template <class Rng>
double NormalShape::beyond(Rng& rng) {
  constexpr double inverse = 1 / tail_begin;
  for (;;) {
    const double first = exponential(rng);
    const double second = exponential(rng);
    const double above = first * inverse;
    if (2 * second > above * above) return std::fma(first, inverse, tail_begin);  // one rounding, on every machine
  }
}

}  // namespace detail

/// A standard normal number, of the density @f$ e^{-x^2 / 2} / \sqrt{2\pi} @f$, never 0, exactly symmetric. The same
/// seed gives the same bits with every compiler and flag.
template <UniformRandomBitGenerator Rng>
double normal(Rng& rng) {
  return detail::ziggurat_draw<detail::NormalShape>(rng);
}

/// Puts the elements of anything with size() and operator[] in random order, each order equally likely: Fisher-Yates,
/// Knuth, The Art of Computer Programming 2, algorithm 3.4.2 P.
template <class Container, UniformRandomBitGenerator Rng>
void shuffle(Container& container, Rng& rng) {
  using Size = decltype(container.size());
  using std::swap;
  for (Size n = container.size(); n > 1; --n) {
    const auto chosen = static_cast<Size>(uniform_index(rng, static_cast<std::uint64_t>(n)));
    swap(container[n - 1], container[chosen]);
  }
}

}  // namespace bijou
