#pragma once

#include <cstdint>

#include "support/catch.hpp"
#include "support/density.hpp"
#include "support/law_types.hpp"

/// What every distribution must satisfy. A type joins with one line in its test file:
///
///     laws::check_distribution([]<class T>(T, auto&) { return bijou::StandardNormal<T, 2>{}; });
///     laws::check_flow([]<class T>(T, auto&) { return flows::maf<T>(1); }, {.step = 1e-6});
///
/// The function makes an instance for either scalar, with the same draws of its generator. A type that has the calls of
/// DistributionCalls is held to the laws of these too; a flow must have them. The laws themselves are compiled once, in
/// density_laws_of_*.cpp.
namespace laws {

struct DensityOptions {
  double step = 1e-5;         // of central differences; smaller for what has kinks
  bool bounded = false;       // whether ln p is -infinity somewhere, where an event may end that is moved
  double float_error = 1e-5;  // float against double, relative to the largest number
  std::uint64_t seed = 20240521;
};

/// n draws of a generator with this seed.
inline RealMatrix draws_of(const Density& p, Index n, std::uint64_t start) {
  std::mt19937_64 rng{start};
  return p.sample(n, rng);
}

void check_density(const Density& p, const DensityOptions& options);
void check_density_pullback(const Density& p, const DensityOptions& options);
void check_mass_and_moments(const Density& p, const DensityOptions& options);
void check_float_density(const Density& in_float, Density& in_double, const DensityOptions& options);
void check_calls(const DensityWithCalls& p, const DensityOptions& options, bool differences);
void check_float_calls(const DensityWithCalls& in_float, const DensityWithCalls& in_double,
                       const DensityOptions& options);

template <class Make>
void check_distribution(const Make& make, [[maybe_unused]] const DensityOptions& options = {}) {
  if constexpr (joins<decltype(make(double{}, std::declval<std::mt19937_64&>()))>) {
    const auto in_double = make_density<double>(make, options.seed);
    constexpr bool has_calls = std::is_same_v<decltype(in_double), const std::unique_ptr<DensityWithCalls>>;
    {
      INFO(in_double->name() << " in double");
      check_density(*in_double, options);
      check_density_pullback(*in_double, options);
      check_mass_and_moments(*in_double, options);
      if constexpr (has_calls) check_calls(*in_double, options, true);
    }
    // A type of one scalar is checked in that.
    if constexpr (requires(std::mt19937_64& rng) { make(float{}, rng); }) {
      const auto in_float = make_density<float>(make, options.seed);
      INFO(in_float->name() << " in float");
      check_density(*in_float, options);
      check_float_density(*in_float, *in_double, options);
      if constexpr (has_calls) {
        check_calls(*in_float, options, false);
        check_float_calls(*in_float, *in_double, options);
      }
    }
  }
}

/// The same for a type that must have the calls.
template <class Make>
void check_flow(const Make& make, const DensityOptions& options = {}) {
  static_assert(HasCalls<decltype(make(double{}, std::declval<std::mt19937_64&>()))>);
  check_distribution(make, options);
}

}  // namespace laws
