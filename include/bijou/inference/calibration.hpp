#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/initialize.hpp>
#include <bijou/distributions/calls_of.hpp>
#include <bijou/inference/energy.hpp>
#include <bijou/numerics/counter_generator.hpp>
#include <bijou/numerics/incomplete_gamma.hpp>
#include <bijou/numerics/parallel.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/training/checks.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace bijou {

/// How calibration checks. Set members by name, in this order.
struct CalibrationOptions {
  /// Draws from each posterior.
  Index draws = 99;
  /// Posteriors at a time, if the program is compiled with OpenMP; the same bits at any number.
  int threads = 1;
};

/// Ranks of true parameters theta* among K draws of their posteriors q. Of right posteriors each is uniform on 0, ...,
/// K.
///
/// @f[
///   r_{in} = \sum_{k=1}^K \bigl[\theta_i^{(k)} < \theta^*_{in}\bigr], \quad d_n = \sum_{k=1}^K \bigl[q(\theta^{(k)}
///   \mid x_n) > q(\theta^*_n \mid x_n)\bigr], \qquad \theta^{(k)} \sim q(\theta \mid x_n)
/// @f]
struct Calibration {
  Eigen::MatrixXi ranks;          // C x N: of each parameter, how many draws are below the true value
  Eigen::VectorXi density_ranks;  // N: how many draws have a higher density than the true theta
  /// Draws of the posterior in each run; ranks go from 0 to this.
  Index draws = 0;

  /// The probability that uniform ranks lie as unevenly as those of parameter i, by chi-square over `bins` bins of as
  /// equal a width as there is (Talts et al. 2018, section 4.1). At least 5 ranks in each bin, or it means little. With
  /// n_b ranks found in bin b and e_b expected there:
  ///
  /// @f[ P\Bigl(\chi^2_{\text{bins} - 1} > \sum_b \frac{(n_b - e_b)^2}{e_b}\Bigr) @f]
  double p_value(Index i, Index bins = 10) const {
    detail::require_index("Calibration", "parameter", ranks.rows(), i);
    return uniformity([&](Index n) { return ranks(i, n); }, ranks.cols(), bins);
  }
  /// The same for the ranks by density, which see correlations too.
  double coverage_p_value(Index bins = 10) const {
    return uniformity([&](Index n) { return density_ranks(n); }, density_ranks.size(), bins);
  }

  /// How often the region of highest density that holds `level` of a posterior's mass has the true theta (expected
  /// coverage; Hermans et al. 2022, section 2.1): `level` if the posteriors are right, less if they are overconfident.
  ///
  /// @f[ \frac{1}{N} \sum_n \bigl[d_n < \text{level} \cdot (K + 1)\bigr] @f]
  double coverage(double level) const {
    detail::require_option("Calibration", level >= 0 && level <= 1, "a level in [0, 1]", level);
    detail::require_at_least("Calibration", "ranks", 1, density_ranks.size());
    // Without the rounding of the product, which would count one rank more at 0.07 of 100.
    const double least = level * static_cast<double>(draws + 1) * (1 - 1e-12);
    Index inside = 0;
    for (Index n = 0; n < density_ranks.size(); ++n) inside += density_ranks(n) < least ? 1 : 0;
    return static_cast<double>(inside) / static_cast<double>(density_ranks.size());
  }

 private:
  /// of: rank n of `count`.
  template <class Ranks>
  double uniformity(const Ranks& of, Index count, Index bins) const {
    if (bins < 2 || bins > draws + 1)
      detail::throw_invalid_argument("Calibration", "expected bins in 2, ..., ", draws + 1, ", got ", bins);
    double chi_square = 0;
    const auto all = static_cast<double>(count);
    for (Index bin = 0; bin < bins; ++bin) {
      const Index first = bin * (draws + 1) / bins;
      const Index last = (bin + 1) * (draws + 1) / bins;
      const double expected = all * static_cast<double>(last - first) / static_cast<double>(draws + 1);
      double found = 0;
      for (Index n = 0; n < count; ++n) found += of(n) >= first && of(n) < last ? 1 : 0;
      chi_square += (found - expected) * (found - expected) / expected;
    }
    return detail::chi_square_survival(chi_square, static_cast<double>(bins - 1));
  }
};

/// Simulation-based calibration (Talts et al. 2018) and expected coverage (Hermans et al. 2022; Deistler et al. 2022):
/// whether posteriors are right on average over simulations from the prior, for which
///
/// @f[ p(\theta) = \iint p(\theta \mid x)\, p(x \mid \theta^*)\, p(\theta^*)\, d\theta^* dx @f]
///
/// theta: C x N, drawn from the prior. x: D x N, simulated at them. posterior_of: a callable that makes a posterior of
/// one column of x; a posterior is an EnergyOfValues, up to a constant, with sample(n, rng), which returns the draws as
/// a matrix or has them as `.events`: those of NeuralLikelihood and NeuralPosterior, and flow.given(x). It is called
/// from several threads at once. Draws of chains must be nearly independent, as one of each chain is (at
/// most `chains` draws), or ranks are not uniform.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::datasets::GaussianLinearSimulator<double, 3> simulator;
/// const auto [theta, x] = bijou::simulate(simulator.prior(), simulator, 200, rng);
/// const auto exact = [&](const Eigen::Vector3d& x_o) { return simulator.posterior(x_o); };
/// const auto calibration = bijou::calibrate(theta, x, exact, {}, rng);
/// const double p = calibration.p_value(0);
/// const double about_half = calibration.coverage(0.5);
/// @endcode
template <class Theta, class X, class F, class Rng>
Calibration calibrate(const Eigen::MatrixBase<Theta>& theta, const Eigen::MatrixBase<X>& x, F&& posterior_of,
                      const CalibrationOptions& options, Rng&& rng) {
  using T = typename Theta::Scalar;
  constexpr const char* caller = "calibrate";
  using Posterior = std::invoke_result_t<F&, const Eigen::Vector<T, X::RowsAtCompileTime>&>;
  static_assert(
      requires(const std::remove_cvref_t<Posterior>& posterior, CounterGenerator& noise) {
        posterior.sample(Index{}, noise);
      }, "calibrate: what posterior_of(x) returns is no posterior: it has no sample(n, rng)");
  detail::require_generator<Rng>();
  detail::require_at_least(caller, "draws", 1, options.draws);
  detail::require_at_least(caller, "threads", 1, options.threads);
  detail::require_size(caller, "columns of x, one for each theta,", theta.cols(), x.cols());
  if (theta.cols() == 0) detail::throw_invalid_argument(caller, "expected at least 1 simulation, got 0");
  detail::require_finite_columns(caller, "theta", detail::columns_of(theta.eval()));
  detail::require_finite_columns(caller, "x", detail::columns_of(x.eval()));
  Calibration result;
  result.draws = options.draws;
  result.ranks.resize(theta.rows(), theta.cols());
  result.density_ranks.resize(theta.cols());
  const std::uint64_t seed = detail::random_bits(rng, 64);
  detail::parallel_for(theta.cols(), options.threads, [&](Index n, int) {
    const Eigen::Vector<T, X::RowsAtCompileTime> x_o = x.col(n);
    const auto posterior = posterior_of(x_o);
    CounterGenerator noise{seed, {.event = static_cast<std::uint64_t>(n)}};
    Eigen::Matrix<T, Theta::RowsAtCompileTime, Eigen::Dynamic> events(theta.rows(), options.draws + 1);
    events.col(0) = theta.col(n);
    auto drawn = posterior.sample(options.draws, noise);
    if constexpr (requires { drawn.events; })
      events.rightCols(options.draws) = drawn.events;
    else
      events.rightCols(options.draws) = drawn;
    for (Index i = 0; i < theta.rows(); ++i) {
      result.ranks(i, n) = static_cast<int>((events.row(i).tail(options.draws).array() < events(i, 0)).count());
    }
    Workspace workspace;
    const Eigen::VectorXd log_prob = detail::energies_of(posterior, events, workspace);
    // It would count as less than any other.
    if (log_prob.array().isNaN().any())
      detail::throw_invalid_argument(caller, "the density of the posterior of column ", n, " of x is NaN");
    result.density_ranks(n) = 0;
    for (Index k = 1; k <= options.draws; ++k) result.density_ranks(n) += log_prob(k) > log_prob(0) ? 1 : 0;
  });
  return result;
}

}  // namespace bijou
