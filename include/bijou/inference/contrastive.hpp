#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/core/batch_gradient.hpp>
#include <bijou/inference/energy.hpp>
#include <bijou/inference/weighted_gradient.hpp>
#include <bijou/numerics/counter_generator.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/training/fit.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <vector>

/// The contrastive loss of posterior estimation in rounds: q(theta | x) from simulations whose parameters were not
/// drawn from the prior.
namespace bijou {

namespace detail {

/// Pairs of parameters and data, and which atoms they are told apart from.
template <class T>
struct ContrastivePairs {
  ColumnsView<T> theta;     // D x B
  ColumnsView<T> context;   // C x B
  const double* log_prior;  // B
  Index atoms;              // at most B
  std::uint64_t seed;
  std::uint64_t step;
};

/// atoms[0] = own, then others of 0, ..., events - 1, without replacement, all equally likely (Floyd's algorithm,
/// Bentley & Floyd 1987).
template <class Rng>
void choose_atoms(Index own, Index events, Index count, Rng& rng, Index* atoms) {
  atoms[0] = own;
  for (Index k = 1; k < count; ++k) {
    const Index last = events - 1 - count + k;  // of the others, counted without own
    const auto drawn = static_cast<Index>(uniform_index(rng, static_cast<std::uint64_t>(last) + 1));
    const auto place = [&](Index other) { return other < own ? other : other + 1; };
    const bool is_taken = std::find(atoms + 1, atoms + k, place(drawn)) != atoms + k;
    atoms[k] = place(is_taken ? last : drawn);
  }
}

/// The loss of one pair, and its derivatives for ln q of the atoms, written. log_ratios: ln q - ln p of the atoms, the
/// own one first; -infinity for what does not count.
inline double contrast(const double* log_ratios, Index count, double* derivatives) {
  const double greatest = *std::max_element(log_ratios, log_ratios + count);
  double sum = 0;
  for (Index j = 0; j < count; ++j) sum += derivatives[j] = std::exp(log_ratios[j] - greatest);
  for (Index j = 0; j < count; ++j) derivatives[j] /= sum;
  derivatives[0] -= 1;
  if (!finite(log_ratios[0])) return std::numeric_limits<double>::infinity();
  return greatest - log_ratios[0] + std::log(sum);
}

template <class T>
using WeighAtoms = FunctionRef<double(const Sums&, Row<T>)>;
template <class T>
using VisitAtoms = FunctionRef<double(ConstTile<T>, Pass<T>&, const Sums&, WeighAtoms<T>)>;

/// The sum of the losses of some pairs over B. visit(input, pass, log_prob, weigh), for tiles of atoms of whole pairs,
/// fills log_prob and calls weigh(log_prob, weights) then.
template <class T>
double visit_atoms(const ContrastivePairs<T>& pairs, const TileOfBatch& at, VisitAtoms<T> visit) {
  const Index atoms = pairs.atoms, rows = pairs.theta.rows();
  const Index at_once = (std::max)(Index{1}, tile_events / atoms);
  double sum = 0;
  for (Index first = at.first; first < at.first + at.count; first += at_once) {
    const Arena::Frame frame(at.arena);
    const Index count = (std::min)(at_once, at.first + at.count - first);
    Index* const chosen = at.arena.template objects<Index>(count * atoms);
    const Tile<T> input = at.arena.template tile<T>(rows, count * atoms);
    const Tile<T> context = at.arena.template tile<T>(pairs.context.rows(), count * atoms);
    for (Index i = 0; i < count; ++i) {
      CounterGenerator rng{pairs.seed, {.event = static_cast<std::uint64_t>(first + i), .step = pairs.step}};
      choose_atoms(first + i, pairs.theta.cols(), atoms, rng, chosen + i * atoms);
      for (Index j = i * atoms; j < (i + 1) * atoms; ++j) {
        for (Index k = 0; k < rows; ++k) input(k, j) = pairs.theta(k, chosen[j]);
        for (Index k = 0; k < context.rows(); ++k) context(k, j) = pairs.context(k, first + i);
      }
    }
    Pass<T> pass{.arena = at.arena, .keep_for_pullback = true, .context = context, .threads = at.threads};
    double* const log_ratios = at.arena.template zeros<double>(atoms).data();
    double* const derivatives = at.arena.template zeros<double>(atoms).data();
    const auto events = static_cast<double>(pairs.theta.cols());
    sum += visit(input, pass, at.arena.sums(count * atoms), [&](const Sums& log_prob, Row<T> weights) {
      double of_pairs = 0;
      for (Index i = 0; i < count; ++i) {
        const Index own = i * atoms;
        for (Index j = 0; j < atoms; ++j) {
          const bool is_own_again = j > 0 && (input.col(own + j) == input.col(own)).all();
          log_ratios[j] = is_own_again ? -std::numeric_limits<double>::infinity()
                                       : log_prob(own + j) - pairs.log_prior[chosen[own + j]];
        }
        of_pairs += contrast(log_ratios, atoms, derivatives) / events;
        for (Index j = 0; j < atoms; ++j) weights(own + j) = static_cast<T>(derivatives[j] / events);
      }
      return of_pairs;
    });
  }
  return sum;
}

template <class Flow, class T>
double write_contrastive_gradient(const Flow& flow, const ContrastivePairs<T>& pairs, ParameterGradient<T> total,
                                  Workspace& workspace) {
  return sum_gradient<T>(
      pairs.theta.cols(), total, workspace, [&](const TileOfBatch& at, ParameterGradient<T> gradient) {
        return visit_atoms<T>(pairs, at,
                              [&](ConstTile<T> input, Pass<T>& pass, const Sums& log_prob, WeighAtoms<T> weigh) {
                                return pull_back_weighted<Flow, T>(flow, input, pass, log_prob, gradient, weigh);
                              });
      });
}

template <class Flow, class T>
double contrastive_loss(const Flow& flow, const ContrastivePairs<T>& pairs, Workspace& workspace) {
  GroupSums sums;
  for_each_tile_of_groups(pairs.theta.cols(), workspace, [&](const TileOfBatch& at) {
    sums[at.group] +=
        visit_atoms<T>(pairs, at, [&](ConstTile<T> input, Pass<T>& pass, const Sums& log_prob, WeighAtoms<T> weigh) {
          using Cache = cache_t<Flow, T>;
          Cache cache{};
          pass.keep_for_pullback = false;
          flow.log_prob(DensityEvaluation<T, Cache>{input, log_prob, cache, pass});
          return weigh(log_prob, at.arena.template row<T>(input.cols()));
        });
  });
  return sums.total();
}

inline void require_atoms(std::string_view caller, Index atoms) {
  if (atoms < 2 || atoms > tile_events)
    throw_invalid_argument(caller, "expected atoms from 2 to ", tile_events, ", got ", atoms);
}

/// Refuses pairs that do not fit, parameters that are all the same, and a number of atoms out of range.
template <class Flow, class Theta, class Context>
void require_pairs(std::string_view caller, const Flow& flow, const Eigen::DenseBase<Theta>& theta,
                   const Eigen::DenseBase<Context>& context, Index atoms) {
  using T = typename Flow::Scalar;
  static_assert(std::is_same_v<typename Theta::Scalar, T> && std::is_same_v<typename Context::Scalar, T>,
                "the contrastive loss: parameters and data must have the flow's scalar");
  if constexpr (requires { flow.require_parts(); }) flow.require_parts();
  const Index size = bijou::context_size(flow);
  if (size == 0) throw_invalid_argument(caller, "the flow takes no context: it cannot depend on the data");
  require_size(caller, "rows of theta", flow.event_size(), theta.rows());
  if (context.rows() != size || context.cols() != theta.cols()) {
    throw_invalid_argument(caller, "expected a context of ", size, " x ", theta.cols(),
                           ", a column for each of theta, ", "got ", context.rows(), " x ", context.cols());
  }
  require_atoms(caller, atoms);
  for (Index n = 1; n < theta.cols(); ++n) {
    for (Index i = 0; i < theta.rows(); ++i) {
      if (theta.derived().coeff(i, n) != theta.derived().coeff(i, 0)) return;
    }
  }
  throw_invalid_argument(caller, "expected parameters of at least 2 values to tell apart, got one");
}

/// ln p of each column of theta. Refuses parameters that the prior does not have.
template <class Prior, class Theta>
void find_log_prior(std::string_view caller, const Prior& prior, const Theta& theta, double* log_prior,
                    Workspace& workspace) {
  require_energy_of_values<Prior>();
  using T = typename Prior::Scalar;
  static_assert(std::is_same_v<T, typename Theta::Scalar>, "the contrastive loss: the prior has another scalar type");
  if (prior.event_size() != theta.rows()) {
    throw_invalid_argument(caller, "expected a prior of events of ", theta.rows(), " rows, got ", prior.event_size());
  }
  for_each_tile_of_groups(theta.cols(), workspace, [&](const TileOfBatch& at) {
    const Sums log_prob = at.arena.sums(at.count);
    evaluate_energy<Prior, T>(prior, at, load_events<T>(theta, at), log_prob);
    std::copy_n(log_prob.data(), at.count, log_prior + at.first);
  });
  for (Index n = 0; n < theta.cols(); ++n) {
    if (finite(log_prior[n])) continue;
    throw_invalid_argument(caller, "ln of the prior of the parameters in column ", n, " is ", log_prior[n],
                           ": parameters that it cannot give have no ratio of posterior and prior");
  }
}

}  // namespace detail

/// The contrastive or atomic loss of a batch of B pairs of parameters theta_i and data x_i (Greenberg, Nonnenmacher &
/// Macke 2019, "Automatic Posterior Transformation", APT or SNPE-C), in nats, and its gradient, written to a vector of
/// parameter_count():
///
/// @f[
///   L = -\frac{1}{B} \sum_i \ln\frac{q(\theta_i \mid x_i) / p(\theta_i)}{\sum_{j \in A_i} q(\theta_j \mid x_i) /
///   p(\theta_j)}
/// @f]
///
/// The atoms A_i are i and others of the batch, without replacement. The loss is least where q(theta | x) is the
/// posterior under the prior p, whatever proposal theta was drawn from, as only ratios at one x count: no correction
/// for the proposal, where nll would learn the posterior under it. Outside of the proposal's support nothing is
/// learned, and mass of q that leaks outside of the prior's costs nothing: watch the share of draws inside.
///
/// flow: one with a context, as all that has the calls of DistributionCalls. prior: an energy of the flow's scalar and
/// size, its normaliser does not matter. theta: D x B. context: C x B, the data. rng: 64 bits are taken, from which all
/// atoms follow. atoms: from 2 to 128, at most B are used; each costs a density of the flow. Atoms equal to theta_i do
/// not count, as they would be told apart from themselves. Throws std::invalid_argument for sizes that do not fit, for
/// parameters that all are the same, and for some where the prior is 0.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::StandardNormal<float, 2> prior;
/// const bijou::flows::MAF<float, 2> flow{{.context_size = 3, .layers = 2, .hidden = {16}}, rng};
/// const Eigen::Matrix2Xf theta = 0.5f * prior.sample(100, rng);
/// Eigen::Matrix3Xf x = Eigen::Matrix3Xf::Random(3, 100);
/// x.topRows(2) += theta;
/// Eigen::VectorXf gradient(flow.parameter_count());
/// const float loss = bijou::contrastive_gradient(flow, prior, theta, x, rng, gradient);
/// @endcode
template <class Flow, class Prior, class Theta, class Context, class Rng, class Gradient>
typename Flow::Scalar contrastive_gradient(const Flow& flow, const Prior& prior, const Eigen::DenseBase<Theta>& theta,
                                           const Eigen::DenseBase<Context>& context, Rng&& rng, Gradient&& gradient,
                                           Index atoms = 10, WorkspaceArgument workspace = {}) {
  using T = typename Flow::Scalar;
  constexpr std::string_view caller = "contrastive_gradient";
  detail::require_generator<Rng>();
  detail::require_pairs(caller, flow, theta, context, atoms);
  const detail::Columns<T> parameters(detail::for_ref(theta)), data(detail::for_ref(context));
  Arena& arena = detail::WorkspaceAccess::arena(*workspace, 0);
  const Arena::Frame frame(arena);
  double* const log_prior = arena.template zeros<double>(theta.cols()).data();
  detail::find_log_prior(caller, prior, parameters, log_prior, *workspace);
  const detail::ContrastivePairs<T> pairs{detail::columns_of(parameters),  detail::columns_of(data),     log_prior,
                                          (std::min)(atoms, theta.cols()), detail::random_bits(rng, 64), 0};
  return static_cast<T>(
      detail::write_contrastive_gradient(flow, pairs, detail::gradient_of(caller, flow, gradient), *workspace));
}

namespace detail {

/// The loss of fit_contrastive: other atoms for each batch, the same ones each time that it validates. The numbers
/// beside the events are ln p.
template <class Rng>
class ContrastiveLoss {
 public:
  ContrastiveLoss(Rng& rng, Index atoms) : rng_(rng), atoms_(atoms) {}

  void start(const std::vector<Index>&, Index) { seed_ = random_bits(rng_, 64); }
  template <class Flow, class Batch, class Vector>
  auto gradient(const Flow& flow, const Batch& batch, Vector& gradient, Workspace& workspace) {
    using T = typename Flow::Scalar;
    return with_pairs<T>(batch, ++step_, [&](const ContrastivePairs<T>& pairs) {
      return static_cast<T>(
          write_contrastive_gradient(flow, pairs, ParameterGradient<T>(gradient.data(), gradient.size()), workspace));
    });
  }
  template <class Flow, class Batch>
  auto validate(const Flow& flow, const Batch& batch, Workspace& workspace) const {
    using T = typename Flow::Scalar;
    return with_pairs<T>(batch, 0, [&](const ContrastivePairs<T>& pairs) {
      return static_cast<T>(contrastive_loss(flow, pairs, workspace));
    });
  }

 private:
  template <class T, class Batch, class F>
  T with_pairs(const Batch& batch, std::uint64_t step, F f) const {
    const auto theta = batch.events();
    const auto context = batch.context();
    const auto log_prior = batch.numbers();
    return f(ContrastivePairs<T>{columns_of(theta), columns_of(context), log_prior.data(),
                                 (std::min)(atoms_, theta.cols()), seed_, step});
  }

  Rng& rng_;
  Index atoms_;
  std::uint64_t seed_ = 0;
  std::uint64_t step_ = 0;
};

}  // namespace detail

/// Fits q(theta | x) with the contrastive loss as `fit` does with nll, with validation and patience: the flow learns
/// the posterior under the prior from pairs of any proposal, of several rounds, say. The atoms of a pair are others of
/// its batch, drawn anew in each epoch; the last batch of an epoch may have fewer. The loss to validate with is that of
/// those pairs among themselves, with the same atoms after each epoch. Losses of batches with other numbers of atoms do
/// not compare: a flow that knows nothing has ln(atoms).
///
/// @f[
///   L = -\frac{1}{N} \sum_i \ln\frac{q(\theta_i \mid x_i) / p(\theta_i)}{\sum_{j \in A_i} q(\theta_j \mid x_i) /
///   p(\theta_j)}
/// @f]
///
/// theta: D x N. context: C x N. Everything else as contrastive_gradient and fit say. Throws std::invalid_argument for
/// what they refuse, and for fewer than 2 pairs to a batch or to validate with.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::StandardNormal<float, 2> prior;
/// bijou::flows::MAF<float, 2> flow{{.context_size = 2, .layers = 2, .hidden = {16}}, rng};
/// const Eigen::Matrix2Xf theta = 0.5f * prior.sample(500, rng);
/// const Eigen::Matrix2Xf x = theta + 0.3f * prior.sample(500, rng);
/// const auto history = bijou::fit_contrastive(flow, prior, theta, x, {.epochs = 2, .validation_fraction = 0.1}, rng);
/// @endcode
template <class Flow, class Prior, class Theta, class Context, class Rng, class O = Adam<typename Flow::Scalar>>
History fit_contrastive(Flow& flow, const Prior& prior, const Eigen::DenseBase<Theta>& theta,
                        const Eigen::DenseBase<Context>& context, const FitOptions& options, Rng&& rng,
                        O&& optimizer = O{}, Index atoms = 10) {
  constexpr std::string_view caller = "fit_contrastive";
  if constexpr (detail::can_fit<Flow, Theta, Rng, O>()) {
    using T = typename Flow::Scalar;
    detail::require_pairs(caller, flow, theta, context, atoms);
    detail::require_fit_options(options);
    detail::require_at_least(caller, "batch_size", 2, options.batch_size);
    if (detail::validation_count(options, theta.cols()) == 1)
      detail::throw_invalid_argument(caller, "expected a validation_fraction of at least 2 pairs, got 1");
    const detail::Columns<T, Theta::RowsAtCompileTime> events(detail::for_ref(theta));
    const detail::Columns<T> contexts(detail::for_ref(context));
    detail::require_finite_columns(caller, "parameters", detail::columns_of(events));
    Workspace workspace{options.threads};
    detail::EventNumbers log_prior(1, theta.cols());
    detail::find_log_prior(caller, prior, events, log_prior.data(), workspace);
    using Loss = detail::ContrastiveLoss<std::remove_reference_t<Rng>>;
    return detail::train(detail::OneRank{}, Loss(rng, atoms), flow, options, rng, optimizer, detail::NoCheckpoints{},
                         log_prior, events, contexts);
  } else {
    return {};
  }
}

}  // namespace bijou
