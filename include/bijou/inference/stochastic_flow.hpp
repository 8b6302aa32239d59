#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/batch_gradient.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/parameters.hpp>
#include <bijou/core/workspace.hpp>
#include <bijou/distributions/distribution.hpp>
#include <bijou/inference/draw_base.hpp>
#include <bijou/inference/energy.hpp>
#include <bijou/inference/stochastic_chain.hpp>
#include <bijou/inference/weighted_gradient.hpp>
#include <bijou/numerics/random.hpp>
#include <cstdint>
#include <limits>
#include <utility>

namespace bijou {

/// Events with the logarithms of their weights.
template <class T, int D>
struct WeightedEvents {
  Eigen::Matrix<T, D, Eigen::Dynamic> events;  // D x N
  Eigen::VectorXd log_weights;                 // N, in nats
};

/// A stochastic normalizing flow (Wu, Koehler & Noe 2020): bijectors with random layers between them. The density of an
/// event is not known, but each path from noise to data has a weight (Eqs. (13) and (14)),
///
/// @f[ \ln w = \ln p_{\text{target}}(x) - \ln p_{\text{base}}(z) + \sum_t \Delta S_t @f]
///
/// with which draws are exact for the target whatever the parameters: E[w] is the integral of the target, and E[w f(x)]
/// / E[w] its mean of f. log_evidence, weighted_mean, effective_sample_size and pareto_k take these weights.
///
/// Base: a Distribution without parameters. Target: an energy. Chain: a StochasticChain. All of one scalar and event
/// size; anything else fails to compile, or throws std::invalid_argument. Draws, weights and gradients have the same
/// bits at any number of threads: noise follows from (seed, event, layer, step), and the seed is one number of rng.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::StochasticFlow annealed{
///     bijou::StandardNormal<double, 2>{}, bijou::datasets::DoubleWell<double>{},
///     bijou::StochasticChain{bijou::MetropolisLayer<double>{{.step_size = 0.25, .lambda = 1}},
///                            bijou::MetropolisLayer<double>{{.step_size = 0.25, .lambda = 0.5}}}};
/// const auto draws = annealed.sample(10'000, rng);
/// const bijou::Estimate log_z = bijou::log_evidence(draws.log_weights);
/// @endcode
template <class Base, class Target, class Chain>
class StochasticFlow {
  using T = typename Base::Scalar;
  using Path = detail::PathContext<Base, Target>;

 public:
  static_assert((detail::require_distribution<Base>(), true));
  static_assert((detail::require_energy_of_values<Target>(), true));
  using Scalar = T;
  static_assert(std::is_same_v<T, typename Target::Scalar>,
                "StochasticFlow: base and target have different scalar types, float and double");
  static_assert(std::is_same_v<T, typename Chain::Scalar>,
                "StochasticFlow: base and chain have different scalar types, float and double");
  static_assert(detail::static_sizes_agree<Base, Target>(),
                "StochasticFlow: base and target have different event sizes");
  static constexpr int static_event_size = detail::common_static_size<Base, Target>();
  static constexpr const char* name = "StochasticFlow";
  using Events = Eigen::Matrix<T, static_event_size, Eigen::Dynamic>;
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;

  /// The density of the noise.
  Base base;
  /// The energy of the data.
  Target target;
  /// The layers between.
  Chain chain;

  StochasticFlow(Base base_in, Target target_in, Chain chain_in)
      : base(std::move(base_in)), target(std::move(target_in)), chain(std::move(chain_in)) {
    detail::require_common_size(name, {bijou::event_size(base), bijou::event_size(target)});
    if (bijou::parameter_count(base) > 0) {
      detail::throw_invalid_argument(name,
                                     "the base has parameters, which are not trained through paths: give it none, "
                                     "and the chain an Affine");
    }
  }

  static constexpr auto members() {
    return Members{part("base", &StochasticFlow::base), part("chain", &StochasticFlow::chain)};
  }

  Index event_size() const { return base.event_size(); }
  Index parameter_count() const { return bijou::parameter_count(*this); }
  /// All parameters, those of the chain, in the order of the list.
  Vector parameters() const {
    Vector values(parameter_count());
    copy_parameters(*this, values);
    return values;
  }
  /// Throws std::invalid_argument, and changes nothing, for another number of values or one that a layer refuses.
  void set_parameters(const Eigen::Ref<const Vector>& values) {
    detail::require_size(name, "parameters", parameter_count(), values.size());
    detail::require_parameters(name, *this, values.data());
    assign_parameters(*this, values);
  }

  /// n draws with their path weights.
  template <class Rng>
  WeightedEvents<T, static_event_size> sample(Index n, Rng&& rng, WorkspaceArgument workspace = {}) const {
    if (n < 0) detail::throw_invalid_argument(name, "cannot draw ", n, " events");
    WeightedEvents<T, static_event_size> draws{Events(event_size(), n), Eigen::VectorXd(n)};
    const std::uint64_t seed = next_seed(rng);
    detail::for_each_tile_of_groups(n, *workspace, [&](const detail::TileOfBatch& at) {
      PathOfTile path(*this, at, seed, false, false);
      detail::store_events<T>(path.output, draws.events, at);
      write_weights(path.log_weights, draws.log_weights, at);
    });
    return draws;
  }

  /// Paths backwards, from events of the target to noise, with ln w of the same paths read forwards: for events drawn
  /// from the target the mean of 1/w is the inverse of its integral.
  template <class X, class Rng>
  WeightedEvents<T, static_event_size> backward(const Eigen::DenseBase<X>& x, Rng&& rng,
                                                WorkspaceArgument workspace = {}) const {
    detail::require_events(name, *this, x);
    WeightedEvents<T, static_event_size> noise{Events(event_size(), x.cols()), Eigen::VectorXd(x.cols())};
    const std::uint64_t seed = next_seed(rng);
    const auto& events = detail::in_memory(x);
    detail::for_each_tile_of_groups(x.cols(), *workspace, [&](const detail::TileOfBatch& at) {
      PathOfTile path(*this, at, seed, true, false, detail::load_events<T>(events, at));
      detail::store_events<T>(path.output, noise.events, at);
      write_weights(path.log_weights, noise.log_weights, at);
    });
    return noise;
  }

  /// The mean of -ln w over n new paths, in nats, at least -ln of the target's integral (Eq. (17), J_KL but for the
  /// entropy of the base), and its gradient for the parameters, with noise and decisions fixed.
  ///
  /// @f[ J = -\frac{1}{n} \sum_i \ln w_i @f]
  template <class Gradient, class Rng>
  double kl_gradient(Index n, Gradient&& gradient, Rng&& rng, WorkspaceArgument workspace = {}) const {
    detail::require_at_least(name, "paths", 1, n);
    const std::uint64_t seed = next_seed(rng);
    return mean_gradient(n, gradient, *workspace,
                         [&](const detail::TileOfBatch& at) { return PathOfTile(*this, at, seed, false, true); });
  }

  /// The loss of the columns of x by a path backwards from each (Eq. (18), J_ML), in nats: an upper bound of the
  /// negative log-likelihood, and it where the chain has no stochastic layer; and its gradient. Delta S is that of the
  /// path read forwards.
  ///
  /// @f[ J_{ML} = -\frac{1}{N} \sum_n \Bigl[\ln p_{\text{base}}(z_n) - \sum_t \Delta S_{tn}\Bigr] @f]
  template <class X, class Gradient, class Rng>
  double nll_gradient(const Eigen::DenseBase<X>& x, Gradient&& gradient, Rng&& rng,
                      WorkspaceArgument workspace = {}) const {
    detail::require_events(name, *this, x);
    detail::require_at_least(name, "events", 1, x.cols());
    const std::uint64_t seed = next_seed(rng);
    const auto& events = detail::in_memory(x);
    return mean_gradient(x.cols(), gradient, *workspace, [&](const detail::TileOfBatch& at) {
      return PathOfTile(*this, at, seed, true, true, detail::load_events<T>(events, at));
    });
  }

 private:
  /// The paths of one tile, drawn when it is made: forwards from noise, or backwards from `from`.
  struct PathOfTile {
    const StochasticFlow& flow;
    const detail::TileOfBatch& at;
    Path path;
    Pass<T> pass;
    typename Chain::Cache cache{};
    Tile<T> input;
    Tile<T> output;
    Sums ratio;        // Delta S as drawn, from input to output
    Sums at_base;      // ln p of the base
    Sums log_weights;  // ln w of the path read forwards

    PathOfTile(const StochasticFlow& of, const detail::TileOfBatch& tile, std::uint64_t seed, bool is_backward,
               bool keep, Tile<T> from = {})
        : flow(of),
          at(tile),
          path{of.base, of.target, at, seed, 0, is_backward},
          pass{.arena = at.arena, .keep_for_pullback = keep, .threads = at.threads},
          input(from),
          output(at.arena.template tile<T>(of.event_size(), at.count)),
          ratio(at.arena.sums(at.count)),
          at_base(at.arena.sums(at.count)),
          log_weights(at.arena.sums(at.count)) {
      if (!is_backward) {
        input.rebind(at.arena.template tile<T>(of.event_size(), at.count));
        detail::draw_base(of.base, seed, at, pass, input, at_base);
      }
      flow.chain.transition(Evaluation<T, typename Chain::Cache>{input, output, ratio, cache, pass}, path);
      if (is_backward) detail::evaluate_energy<Base, T>(flow.base, at, output, at_base);
      const Sums at_target = at.arena.sums(at.count);
      detail::evaluate_energy<Target, T>(flow.target, at, is_backward ? input : output, at_target);
      log_weights += at_target;
      log_weights -= at_base;
      if (is_backward)
        log_weights -= ratio;
      else
        log_weights += ratio;
    }

    /// Adds the gradient of weight * the sum of the losses; returns this sum.
    double pull_back(T weight, ParameterGradient<T> gradient) {
      Arena& arena = at.arena;
      Tile<T> output_gradient = arena.template tile<T>(output.rows(), at.count);
      const Tile<T> input_gradient = arena.template tile<T>(output.rows(), at.count);
      const Sums unused = arena.sums(at.count);
      // Forwards -ln p_target(x) - Delta S, backwards -ln p_base(z) - (-Delta S), which is what `ratio` holds there.
      if (path.is_backward)
        detail::evaluate_energy<Base, T>(flow.base, at, output, unused, output_gradient);
      else
        detail::evaluate_energy<Target, T>(flow.target, at, output, unused, output_gradient);
      output_gradient *= -weight;
      Row<T> ratio_gradient = arena.template row<T>(at.count);
      ratio_gradient.setConstant(-weight);
      flow.chain.transition_pullback(Pullback<T, typename Chain::Cache>{input, output, output_gradient, ratio_gradient,
                                                                        input_gradient, gradient, cache, pass},
                                     path);
      return path.is_backward ? -at_base.sum() - ratio.sum() : -log_weights.sum();
    }
  };

  template <class Rng>
  static std::uint64_t next_seed(Rng& rng) {
    detail::require_generator<Rng>();
    if constexpr (UniformRandomBitGenerator<Rng>)
      return detail::random_bits(rng, 64);
    else
      return 0;
  }

  /// A path whose weight cannot be said has none.
  static void write_weights(const Sums& from, Eigen::VectorXd& to, const detail::TileOfBatch& at) {
    for (Index n = 0; n < at.count; ++n) {
      to(at.first + n) = detail::is_nan(from(n)) ? -std::numeric_limits<double>::infinity() : from(n);
    }
  }

  template <class Gradient, class MakePath>
  double mean_gradient(Index n, Gradient& gradient, Workspace& workspace, MakePath make_path) const {
    const ParameterGradient<T> total = detail::gradient_of(name, *this, gradient);
    const T weight = T(1) / static_cast<T>(n);
    const double sum =
        detail::sum_gradient<T>(n, total, workspace, [&](const detail::TileOfBatch& at, ParameterGradient<T> of_tile) {
          auto path = make_path(at);
          return path.pull_back(weight, of_tile);
        });
    return sum / static_cast<double>(n);
  }
};

template <class Base, class Target, class Chain>
StochasticFlow(Base, Target, Chain) -> StochasticFlow<Base, Target, Chain>;

}  // namespace bijou
