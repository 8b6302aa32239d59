#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/distributions/calls_of.hpp>
#include <bijou/inference/chain_diagnostics.hpp>
#include <bijou/inference/chains.hpp>
#include <bijou/inference/energy.hpp>
#include <bijou/inference/latent_energy.hpp>
#include <bijou/inference/log_weights.hpp>
#include <bijou/inference/slice_sampler.hpp>
#include <bijou/inference/support_of.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/training/checks.hpp>
#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <type_traits>
#include <vector>

namespace bijou {

/// How chains draw from a posterior. Set members by name, in this order.
struct PosteriorChainOptions {
  /// Chains side by side; each gives draws / chains of them.
  Index chains = 100;
  /// Sweeps before the first draw that is kept.
  Index warm_up = 50;
  /// Sweeps from one draw of a chain to its next.
  Index thin = 1;
  /// Draws of the prior among which the chains start, picked in proportion to posterior over prior; up to ten times as
  /// many if their weights are not worth five equal ones for each chain. Modes that none of them meets are missed.
  Index candidates = 10'000;

  /// How many times `candidates` are drawn at most.
  static constexpr int most_rounds = 10;
};

/// Draws of Markov chains from a posterior. Draw n is of chain n % chain_count, at its step n / chain_count.
///
/// T: float or double. C: number of parameters or Eigen::Dynamic.
template <class T, int C>
struct PosteriorDraws {
  Eigen::Matrix<T, C, Eigen::Dynamic> events;  // C x n
  Eigen::VectorXd log_prob;                    // of each, in nats, up to the posterior's constant
  /// Number of chains.
  Index chain_count = 0;
  Index evaluations = 0;            // of the posterior, at one theta
  Eigen::VectorXd split_r_hat;      // of each parameter, near 1 if the chains have mixed; NaN for fewer than 4 steps
  Eigen::VectorXd effective_draws;  // of each parameter; not of the share of each mode, which the starts settle
};

namespace detail {

/// Numbers by which events are sorted: their projections on the direction in which the weighted events spread most, so
/// that modes far from each other do not mix. weights: of sum 1.
/// A template, so that programs without it do not compile its products.
template <class Matrix, class Vector>
Vector along_widest(const Matrix& events, const Vector& weights) {
  const Matrix centred = events.colwise() - events * weights;
  const Matrix covariance = centred * weights.asDiagonal() * centred.transpose();
  Vector direction = Vector::Ones(events.rows());
  for (int i = 0; i < 30; ++i) {  // the power method; any direction is right, a wide one is better
    const Vector next = covariance * direction;
    if (!(next.norm() > 0)) break;
    direction = next.normalized();
  }
  return centred.transpose() * direction;
}

/// `count` of weighted events by systematic resampling (Kitagawa 1996) in an order that keeps modes together, so that
/// each mode has its share of them but for one or two; in random order.
template <class Rng>
std::vector<Index> stratified(const Eigen::MatrixXd& events, const Eigen::VectorXd& log_weights, Index count,
                              Rng& rng) {
  const Eigen::VectorXd weights = ScaledWeights(log_weights).shares();
  const Eigen::VectorXd place = along_widest(events, weights);
  std::vector<Index> order(static_cast<std::size_t>(events.cols()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return place(a) < place(b); });
  std::vector<Index> chosen;
  const double offset = uniform(rng);
  double sum = 0;
  Index last = 0;
  for (const Index each : order) {
    sum += weights(each) * static_cast<double>(count);
    if (weights(each) > 0) last = each;
    while (static_cast<Index>(chosen.size()) < count && static_cast<double>(chosen.size()) + offset < sum) {
      chosen.push_back(each);
    }
  }
  chosen.resize(static_cast<std::size_t>(count), last);  // rounding at the upper end
  shuffle(chosen, rng);
  return chosen;
}

/// Where chains start in coordinates without bounds: draws of the prior, resampled by the weights that they have when
/// they are back from there. evaluations counts them.
template <class E, class P, class Rng>
auto posterior_starts(const E& unbounded, const P& prior, const PosteriorChainOptions& options, Rng& rng,
                      Workspace& workspace, Index& evaluations) {
  using Events = Eigen::Matrix<typename E::Scalar, E::static_event_size, Eigen::Dynamic>;
  Events kept(unbounded.event_size(), 0);  // those with a weight
  Eigen::VectorXd log_weights;
  for (int round = 0; round < PosteriorChainOptions::most_rounds; ++round) {
    const auto candidates = CallsOf<P>(prior).sample_with_log_prob(options.candidates, rng, workspace);
    const Events z = bijou::inverse(unbounded.bijector, candidates.events);
    Eigen::VectorXd log_w = energies_of(unbounded, z, workspace);
    log_w -= (bijou::forward_log_det(unbounded.bijector, z) + candidates.log_prob).template cast<double>();
    evaluations += options.candidates;
    Index count = kept.cols();
    kept.conservativeResize(Eigen::NoChange, count + z.cols());
    log_weights.conservativeResize(count + z.cols());
    for (Index n = 0; n < z.cols(); ++n) {
      if (!finite(log_w(n))) continue;
      kept.col(count) = z.col(n);
      log_weights(count++) = log_w(n);
    }
    kept.conservativeResize(Eigen::NoChange, count);
    log_weights.conservativeResize(count);
    if (count > 0 && effective_sample_size(log_weights) >= 5 * static_cast<double>(options.chains)) break;
  }
  if (kept.cols() == 0) {
    throw_invalid_argument("sample_posterior", "none of ", evaluations, " draws of the prior has a finite posterior");
  }
  const auto chosen = stratified(kept.template cast<double>(), log_weights, options.chains, rng);
  Events start(kept.rows(), options.chains);
  for (Index c = 0; c < options.chains; ++c) start.col(c) = kept.col(chosen[static_cast<std::size_t>(c)]);
  return start;
}

inline void require_posterior_options(Index n, const PosteriorChainOptions& options) {
  constexpr const char* caller = "sample_posterior";
  if (n < 1) throw_invalid_argument(caller, "expected at least 1 draw, got ", n);
  require_at_least(caller, "chains", 1, options.chains);
  require_at_least(caller, "warm_up", 0, options.warm_up);
  require_at_least(caller, "thin", 1, options.thin);
  require_at_least(caller, "candidates", 1, options.candidates);
}

}  // namespace detail

/// n draws from a posterior by slice sampling (Neal 2003) in coordinates z without bounds, those of support_of(prior).
/// Chains start at draws of the prior, resampled with weights posterior / prior, so that each mode has its share of
/// chains; a single chain seldom leaves its mode.
///
/// @f[ \ln p(z) = \ln p(\theta(z) \mid x_o) + \ln\left|\det\frac{\partial\theta}{\partial z}\right| @f]
///
/// energy: an EnergyOfValues over theta, up to a constant. prior: a Distribution whose support holds the posterior's.
/// The draws have the same bits at any number of threads of the workspace. Throws std::invalid_argument for options out
/// of range, and if none of the candidates has a finite posterior.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Uniform<double, 2> prior{{-1.0, -1.0}, {1.0, 1.0}};
/// const auto posterior = bijou::energy_of<double, 2>([](const Eigen::Vector2d& theta) {
///   return -50 * theta.squaredNorm();
/// });
/// const auto draws = bijou::sample_posterior(posterior, prior, 1'000, rng, {.chains = 20});
/// const double worst = draws.split_r_hat.maxCoeff();
/// @endcode
template <class E, Distribution P, class Rng>
PosteriorDraws<typename E::Scalar, E::static_event_size> sample_posterior(const E& energy, const P& prior, Index n,
                                                                          Rng&& rng,
                                                                          const PosteriorChainOptions& options = {},
                                                                          WorkspaceArgument workspace = {}) {
  using T = typename E::Scalar;
  detail::require_energy_of_values<E>();
  static_assert(std::is_same_v<typename P::Scalar, T>,
                "sample_posterior: posterior and prior have different scalar types, float and double");
  detail::require_generator<Rng>();
  detail::require_posterior_options(n, options);
  detail::require_size("sample_posterior", "events of the prior", energy.event_size(), prior.event_size());
  const LatentEnergy unbounded{energy, support_of(prior)};
  PosteriorDraws<T, E::static_event_size> draws;
  const auto start = detail::posterior_starts(unbounded, prior, options, rng, *workspace, draws.evaluations);
  const Index steps = (n + options.chains - 1) / options.chains;
  auto chains = sample_chains(unbounded, SliceSampler{}, start,
                              {.steps = steps, .warm_up = options.warm_up, .thin = options.thin}, rng, *workspace);
  const auto mapped = bijou::forward_and_log_det(unbounded.bijector, chains.events);
  chains.events = mapped.value;

  draws.chain_count = options.chains;
  draws.evaluations += chains.evaluations;
  const Index rows = chains.events.rows();
  draws.split_r_hat.setConstant(rows, std::numeric_limits<double>::quiet_NaN());
  draws.effective_draws = draws.split_r_hat;
  for (Index i = 0; i < rows && steps >= 4; ++i) {
    const auto coordinate = chains.coordinate(i);
    draws.split_r_hat(i) = split_r_hat(coordinate);
    draws.effective_draws(i) = effective_draws(coordinate);
  }
  draws.events = chains.events.leftCols(n);
  draws.log_prob = chains.log_prob.head(n) - mapped.log_det.head(n).template cast<double>();
  return draws;
}

}  // namespace bijou
