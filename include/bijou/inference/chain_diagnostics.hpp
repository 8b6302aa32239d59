#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/numerics/finite.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace bijou {

namespace detail {

/// One coordinate of Markov chains, steps x chains, each chain cut into halves as if they were two: a chain that drifts
/// then differs from itself. The middle step of an odd number is left out.
template <class C>
Eigen::ArrayXXd split_chains(std::string_view caller, const Eigen::DenseBase<C>& chains) {
  if (chains.rows() < 4 || chains.cols() < 1) {
    throw_invalid_argument(caller, "expected at least 4 steps and 1 chain, got ", chains.rows(), " and ",
                           chains.cols());
  }
  const Index half = chains.rows() / 2;
  Eigen::ArrayXXd halves(half, 2 * chains.cols());
  halves.leftCols(chains.cols()) = chains.derived().topRows(half).template cast<double>();
  halves.rightCols(chains.cols()) = chains.derived().bottomRows(half).template cast<double>();
  return halves;
}

/// Mean over chains of their own variance (divided by steps - 1), and the estimate of that of the target.
///
/// Array: Eigen::ArrayXXd. A template so that its Eigen code is compiled only where there are chains.
template <class Array>
struct ChainVariances {
  Array centred;  // each chain without its mean
  double within;
  double total;  // within (steps - 1) / steps + variance of the means

  explicit ChainVariances(const Array& chains) : centred(chains) {
    const auto steps = static_cast<double>(chains.rows());
    const Eigen::Array<typename Array::Scalar, Eigen::Dynamic, 1> means = chains.colwise().mean().transpose();
    centred.rowwise() -= means.transpose();
    within = centred.square().sum() / (steps - 1) / static_cast<double>(chains.cols());
    total =
        within * (steps - 1) / steps + (means - means.mean()).square().sum() / static_cast<double>(means.size() - 1);
  }

  /// The autocorrelation at a lag, over all chains.
  double autocorrelation(Index lag) const {
    const Index pairs = centred.rows() - lag;
    const double sum = (centred.topRows(pairs) * centred.bottomRows(pairs)).sum();
    return 1 - (within - sum / static_cast<double>(centred.size())) / total;
  }
};

}  // namespace detail

/// Split R-hat (Gelman et al. 2013, Bayesian Data Analysis, Section 11.4): the deviation of all chains together over
/// that inside of them, near 1 once they have mixed; above 1.01 they have not. For m halves of chains, each of n steps
/// with mean a_j and variance s_j^2:
///
/// @f[
///   \hat R = \sqrt{\frac{V}{W}}, \qquad W = \frac{1}{m} \sum_j s_j^2, \qquad V = \frac{n - 1}{n} W + \frac{1}{m - 1}
///   \sum_j (a_j - \bar a)^2
/// @f]
///
/// chains: steps x chains, one coordinate or any function of the events. NaN if a number is not finite or all are
/// equal. Throws std::invalid_argument for fewer than 4 steps.
///
/// @code{.cpp}
/// #include <bijou/inference/chain_diagnostics.hpp>
/// #include <bijou/numerics/random.hpp>
/// #include <random>
///
/// int main() {
///   std::mt19937_64 rng{0};
///   Eigen::ArrayXXd chains(1000, 4);
///   for (double& each : chains.reshaped()) each = bijou::normal(rng);
///   const double mixed = bijou::split_r_hat(chains);
///   chains.col(0) += 1;  // one that is elsewhere
///   return mixed < 1.01 && bijou::split_r_hat(chains) > 1.05 ? 0 : 1;
/// }
/// @endcode
template <class C>
double split_r_hat(const Eigen::DenseBase<C>& chains) {
  const detail::ChainVariances variances(detail::split_chains("split_r_hat", chains));
  return std::sqrt(variances.total / variances.within);
}

/// The effective number of draws of Markov chains for the mean of a coordinate: the sum of the autocorrelations, over
/// all halves of chains, is cut where two neighbours become negative (Geyer 1992, initial monotone sequence), as in
/// Stan and arviz (Vehtari et al. 2021, Eqs. (10) to (13)). With W and V of split_r_hat, the mean autocovariance g_t at
/// lag t and the pairs P_k, up to the last positive one and each no more than the one before:
///
/// @f[
///   N_{\text{eff}} = \frac{N}{\tau}, \quad \tau = -1 + 2 \sum_{k=0}^K P_k + \max(\rho_{2K+2}, 0), \quad P_k =
///   \rho_{2k} + \rho_{2k+1}, \quad \rho_t = 1 - \frac{W - g_t}{V}
/// @f]
///
/// At most N log10(N) for N draws in all, which alternating chains reach. chains: steps x chains. NaN if a number is
/// not finite, N if all are equal. Throws std::invalid_argument for fewer than 4 steps.
template <class C>
double effective_draws(const Eigen::DenseBase<C>& chains) {
  const Eigen::ArrayXXd halves = detail::split_chains("effective_draws", chains);
  const auto draws = static_cast<double>(halves.size());
  if (!detail::all_finite(halves.data(), halves.size())) return std::numeric_limits<double>::quiet_NaN();
  if (halves.maxCoeff() == halves.minCoeff()) return draws;
  const detail::ChainVariances variances(halves);
  double previous = 1 + variances.autocorrelation(1);  // the sums of two neighbours, each no more than the one before
  double sum = previous;
  double last = 0;
  for (Index lag = 2; lag + 1 < halves.rows(); lag += 2) {
    const double even = variances.autocorrelation(lag);
    const double pair = even + variances.autocorrelation(lag + 1);
    if (!(pair > 0)) {
      last = (std::max)(even, 0.0);
      break;
    }
    previous = (std::min)(previous, pair);
    sum += previous;
  }
  const double time = (std::max)(2 * sum - 1 + last, 1 / std::log10(draws));
  return draws / time;
}

/// Over how many steps a Markov chain forgets a coordinate, 1 for independent draws.
///
/// @f[ \tau = \frac{N}{N_{\text{eff}}} @f]
template <class C>
double autocorrelation_time(const Eigen::DenseBase<C>& chains) {
  const Index steps = chains.rows() / 2 * 2;
  return static_cast<double>(steps * chains.cols()) / effective_draws(chains);
}

}  // namespace bijou
