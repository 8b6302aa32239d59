#pragma once

#include <bijou/core/language.hpp>
#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>

namespace bijou {

/// Ranks that train together, one process on a machine or several: what `fit` and `nll_gradient` need to know of the
/// others. `Mpi` (distributed/mpi.hpp) is one.
///
/// | expression | meaning |
/// |---|---|
/// | `c.rank()`, `c.size()` | the number of this rank, from 0, and how many there are; int |
/// | `c.sum(values)` | `values`, a std::span of float or of double, becomes the sum of those of all ranks, which have
/// as many: the same bits on all ranks, and each time |
/// | `c.broadcast(bytes, root)` | `bytes`, a std::span<std::byte>, becomes that of rank `root` on all ranks |
/// | `c.abort(why)` | ends all ranks, with a sentence; does not return, but it may throw |
///
/// All ranks make the same calls in the same order. None may wait for ever: where another rank does not come, is gone
/// or has aborted, a call ends by abort or by an exception.
///
/// @code{.cpp}
/// #include <bijou/distributed/communicator.hpp>
/// #include <cstdio>
/// #include <cstdlib>
///
/// struct OneProcess {
///   int rank() const { return 0; }
///   int size() const { return 1; }
///   void sum(std::span<float>) {}
///   void sum(std::span<double>) {}
///   void broadcast(std::span<std::byte>, int) {}
///   void abort(std::string_view why) {
///     std::fprintf(stderr, "%.*s\n", static_cast<int>(why.size()), why.data());
///     std::abort();
///   }
/// };
/// static_assert(bijou::Communicator<OneProcess>);
/// int main() {}
/// @endcode
template <class C>
concept Communicator = requires(C& c, std::span<float> floats, std::span<double> doubles, std::span<std::byte> bytes,
                                int root, std::string_view why) {
  { c.rank() } -> std::same_as<int>;
  { c.size() } -> std::same_as<int>;
  c.sum(floats);
  c.sum(doubles);
  c.broadcast(bytes, root);
  c.abort(why);
};

/// One process, which is what functions without a communicator are for: a program that takes any communicator runs
/// with this one as if it took none, at no cost.
///
/// @code{.cpp}
/// #include <bijou/bijou.hpp>
/// #include <bijou/distributed/fit.hpp>
/// #include <random>
///
/// template <bijou::Communicator C>
/// void train(C& ranks) {
///   std::mt19937_64 rng{0};
///   const auto data = bijou::datasets::two_moons<float>(1'000, 0.05f, rng);
///   bijou::flows::MAF<float, 2> flow{{.layers = 2, .hidden = {8}}, rng};
///   bijou::fit(bijou::Replicated{ranks}, flow, data, {.epochs = 2}, rng);
/// }
///
/// int main() {
///   bijou::Alone alone;
///   train(alone);
/// }
/// @endcode
class Alone {
 public:
  /// The only one.
  static constexpr int rank() { return 0; }
  /// One.
  static constexpr int size() { return 1; }
  /// The sum over one rank: nothing is done.
  void sum(std::span<float>) const {}
  /// The same in double.
  void sum(std::span<double>) const {}
  /// There is nobody to send to: nothing is done.
  void broadcast(std::span<std::byte>, int) const {}
  /// Where nobody else is, the exception that leaves says all.
  void abort(std::string_view) const {}
};

}  // namespace bijou
