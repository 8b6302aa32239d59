#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/distributions/calls_of.hpp>
#include <bijou/inference/simulations.hpp>
#include <bijou/numerics/counter_generator.hpp>
#include <bijou/numerics/parallel.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/training/checks.hpp>
#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace bijou {

namespace detail {

template <class T, int C, class F>
using simulated_t = std::remove_cvref_t<std::invoke_result_t<F&, const Eigen::Vector<T, C>&, CounterGenerator&>>;

/// Whether a simulator takes one theta at a time. What it returns decides, since Eigen converts columns to matrices.
template <class T, int C, class F>
constexpr bool simulates_one_by_one() {
  constexpr bool can_be_called = std::is_invocable_v<F&, const Eigen::Vector<T, C>&, CounterGenerator&>;
  static_assert(can_be_called,
                "simulate: the simulator takes theta, an Eigen vector of the prior's scalar, and a "
                "CounterGenerator&, and returns x; or a matrix of thetas, and returns a matrix");
  if constexpr (can_be_called) {
    constexpr bool returns_eigen = EigenExpression<simulated_t<T, C, F>>;
    static_assert(returns_eigen, "simulate: the simulator returns no Eigen vector or matrix");
    if constexpr (returns_eigen) {
      static_assert(returns_numbers<simulated_t<T, C, F>>,
                    "simulate: the simulator returns an Eigen expression, which may refer to its own variables: let it "
                    "return a vector, by `-> Eigen::VectorXf`, say, or by .eval()");
      return is_single_event<simulated_t<T, C, F>>;
    }
  }
  return true;
}

inline void require_rows_of_simulation(Index expected, Index given, Index column) {
  if (given == expected) return;
  throw_invalid_argument("simulate", "the simulator gave ", expected, " numbers for the first theta, and ", given,
                         " for that in column ", column);
}

}  // namespace detail

/// Runs a simulator at given parameters: {theta, x}, x one column for each column of theta.
///
/// theta: C x N. simulator: a callable of (theta, CounterGenerator& rng). One that returns a column, x =
/// f(Eigen::Vector<T, C>, rng), is called for each theta, on `threads` threads if the program is compiled with OpenMP,
/// with a generator of its own that depends on the seed and the column alone: the result has the same bits at any
/// number of threads. One that returns a matrix, X = f(Eigen::Matrix<T, C, Dynamic>, rng), is called once with all. The
/// seed is one number of rng. Exceptions of the simulator pass through; numbers that are not finite are kept, see
/// InvalidSimulations. Throws std::invalid_argument for results of different sizes.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Uniform<float, 2> prior{{-1.0f, -1.0f}, {1.0f, 1.0f}};
/// const auto simulator = [](const Eigen::Vector2f& theta, bijou::CounterGenerator& noise) -> Eigen::Vector2f {
///   return {theta(0) + 0.1f * float(bijou::normal(noise)), theta(0) * theta(1)};
/// };
/// const auto [theta, x] = bijou::simulate(prior, simulator, 1'000, rng);  // 2 x 1000, 2 x 1000
/// @endcode
template <class Theta, class F, class Rng>
auto simulate(const Eigen::MatrixBase<Theta>& theta, F&& simulator, Rng&& rng, int threads = 1) {
  using T = typename Theta::Scalar;
  constexpr int C = Theta::RowsAtCompileTime;
  detail::require_generator<Rng>();
  detail::require_at_least("simulate", "threads", 1, threads);
  constexpr bool one_by_one = detail::simulates_one_by_one<T, C, std::remove_reference_t<F>>();
  constexpr int D = detail::simulated_t<T, C, std::remove_reference_t<F>>::RowsAtCompileTime;
  Simulations<T, C, D> result;
  result.theta = theta;
  const Index count = result.theta.cols();
  if (count == 0) detail::throw_invalid_argument("simulate", "expected at least 1 theta, got 0");
  const std::uint64_t seed = detail::random_bits(rng, 64);
  if constexpr (one_by_one) {
    const auto column = [&](Index n) {
      CounterGenerator noise{seed, {.event = static_cast<std::uint64_t>(n)}};
      const Eigen::Vector<T, C> at = result.theta.col(n);
      const auto x = simulator(at, noise);
      if (n == 0) result.x.resize(x.rows(), count);
      detail::require_rows_of_simulation(result.x.rows(), x.rows(), n);
      result.x.col(n) = x.matrix().template cast<T>();
    };
    column(0);  // gives the size
    constexpr Index piece = 16;
    detail::parallel_for((count + piece - 1) / piece, threads, [&](Index i, int) {
      for (Index n = (std::max)(Index{1}, i * piece); n < (std::min)(count, (i + 1) * piece); ++n) column(n);
    });
  } else {
    CounterGenerator noise{seed, {}};
    result.x = simulator(std::as_const(result.theta), noise).matrix().template cast<T>();
    if (result.x.cols() != count) {
      detail::throw_invalid_argument("simulate", "the simulator gave ", result.x.cols(), " columns for ", count,
                                     " thetas");
    }
  }
  return result;
}

/// The same at n draws of a prior, any Distribution.
///
/// @f[ \theta_n \sim p(\theta), \qquad x_n \sim p(x \mid \theta_n) @f]
template <Distribution P, class F, class Rng>
auto simulate(const P& prior, F&& simulator, Index n, Rng&& rng, int threads = 1) {
  return simulate(sample(prior, n, rng), std::forward<F>(simulator), rng, threads);
}

}  // namespace bijou
