#pragma once

#include <bijou/bijectors/bijector.hpp>
#include <bijou/core/arena.hpp>
#include <bijou/core/batch_gradient.hpp>
#include <bijou/inference/draw_base.hpp>
#include <bijou/inference/energy.hpp>
#include <bijou/inference/log_weights.hpp>
#include <bijou/inference/weighted_gradient.hpp>
#include <bijou/training/minimize.hpp>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

/// Training against a density that can be evaluated, up to its normaliser, without events of it: the divergence
/// KL(q || p), by draws of the flow that are followed back to their noise.
namespace bijou {

/// How reverse_kl_gradient estimates.
struct ReverseKlOptions {
  /// Leaves out the term of the gradient whose mean is 0, d ln q / d parameters at a fixed event. What is left of a
  /// draw, (d ln q/dx - d ln p/dx) dx / d parameters, is 0 where q equals p (Roeder, Wu & Duvenaud 2017, "Sticking the
  /// landing"; of flows Vaitl et al. 2022, "Gradients should stay on path"): training ends without noise. Far from
  /// there it may have more. Costs one more evaluation of q, with its score.
  bool path_gradient = false;
};

namespace detail {

template <class Flow, class Target>
constexpr void require_target_types() {
  static_assert(std::is_same_v<typename Flow::Scalar, typename Target::Scalar>,
                "reverse KL: flow and target have different scalar types, float and double");
  static_assert(Flow::static_event_size == Eigen::Dynamic || Target::static_event_size == Eigen::Dynamic ||
                    Flow::static_event_size == Target::static_event_size,
                "reverse KL: flow and target have different event sizes");
}

template <class Flow, class Target>
void require_target(std::string_view caller, const Flow& flow, const Target& target, Index draws) {
  if (flow.event_size() != target.event_size()) {
    throw_invalid_argument(caller, "expected a target of events of ", flow.event_size(), " rows, got ",
                           target.event_size());
  }
  if constexpr (HoldsContext<Target>) target.require_events_of_context(draws);
}

/// The TransformedDistribution itself, also of a flow under a context.
template <class Flow>
const auto& transformed(const Flow& flow) {
  if constexpr (HoldsContext<Flow>)
    return flow.distribution();
  else
    return flow;
}

template <class Flow>
using transformed_t = std::remove_cvref_t<decltype(transformed(std::declval<const Flow&>()))>;

/// ln q - ln p of the draws of a tile goes to `losses`, the gradient of their sum over `draws` is added to `gradient`.
template <class Flow, class Target, class T>
void pull_back_reverse_kl(const Flow& flow, const Target& target, Index draws, std::uint64_t seed, bool is_on_path,
                          const TileOfBatch& at, double* losses, ParameterGradient<T> gradient) {
  const auto& inside = transformed(flow);
  using B = std::remove_cvref_t<decltype(inside.bijector)>;
  Arena& arena = at.arena;
  const Index rows = flow.event_size();
  const T share = T(1) / static_cast<T>(draws);
  const Tile<T> z = arena.template tile<T>(rows, at.count), x = arena.template tile<T>(rows, at.count);
  Tile<T> x_gradient = arena.template tile<T>(rows, at.count);
  const Tile<T> z_gradient = arena.template tile<T>(rows, at.count);
  Row<T> log_det_gradient = arena.template row<T>(at.count);
  Sums log_q = arena.sums(at.count);
  const Sums log_det = arena.sums(at.count), log_p = arena.sums(at.count);

  Pass<T> pass = pass_for(flow, at, true);
  draw_base(inside.base, seed, at, pass, z, log_q);
  cache_t<B, T> cache{};
  inside.bijector.forward(Evaluation<T, cache_t<B, T>>{z, x, log_det, cache, pass});
  log_q -= log_det;
  evaluate_energy<Target, T>(target, at, x, log_p, x_gradient);
  for (Index n = 0; n < at.count; ++n) losses[at.first + n] = log_q(n) - log_p(n);

  if (is_on_path) {
    const Arena::Frame frame(arena);
    const Tile<T> score = arena.template tile<T>(rows, at.count);
    const Sums again = arena.sums(at.count);
    evaluate_energy<Flow, T>(flow, at, x, again, score);
    x_gradient = share * (score - x_gradient);
    log_det_gradient.setZero();
  } else {
    x_gradient = -share * x_gradient;
    log_det_gradient.setConstant(-share);
  }
  inside.bijector.forward_pullback(
      Pullback<T, cache_t<B, T>>{z, x, x_gradient, log_det_gradient, z_gradient, gradient, cache, pass});
}

template <class Flow, class Target, class T>
Estimate write_reverse_kl_gradient(const Flow& flow, const Target& target, Index draws, std::uint64_t seed,
                                   ParameterGradient<T> gradient, const ReverseKlOptions& options,
                                   Workspace& workspace) {
  Arena& arena = WorkspaceAccess::arena(workspace, 0);
  const Arena::Frame frame(arena);
  ParameterGradient<double> losses = arena.template zeros<double>(draws);
  sum_gradient<T>(draws, gradient, workspace, [&](const TileOfBatch& at, ParameterGradient<T> part) {
    pull_back_reverse_kl<Flow, Target, T>(flow, target, draws, seed, options.path_gradient, at, losses.data(), part);
    return 0.0;
  });
  return mean_of(losses);
}

/// Says what is wrong with the types of a flow and a target.
template <class Flow, class Target>
constexpr bool can_reparametrise() {
  require_energy<Target>();
  require_target_types<Flow, Target>();
  static_assert(HasBaseAndBijector<transformed_t<Flow>>,
                "reverse KL: the flow has no base and bijector to follow a draw through, as TransformedDistribution "
                "has; see reverse_kl_gradient_from_values");
  return Energy<Target> && HasBaseAndBijector<transformed_t<Flow>>;
}

template <class Flow, class Target>
void require_reverse_kl(std::string_view caller, const Flow& flow, const Target& target, Index draws) {
  require_flow_of(caller, flow, draws);
  require_target(caller, flow, target, draws);
  if (bijou::parameter_count(transformed(flow).base) > 0) {
    throw_invalid_argument(caller, "expected a flow with a base that has no parameters: put a learned ",
                           "location and scale into the bijector, an Affine, say");
  }
}

}  // namespace detail

/// KL(q || p) up to the constant ln Z of the target, the mean of ln q(x) - ln p*(x) over n draws x = f(z) of the flow,
/// in nats, with its standard error; and writes its gradient for the parameters, that of the same draws with their
/// noise z fixed. For q = p the value is -ln Z. (Rezende & Mohamed 2015, "Variational Inference with Normalizing
/// Flows", Eq. (15).)
///
/// @f[ \frac{1}{n} \sum_n \bigl[\ln q(x_n) - \ln p^*(x_n)\bigr], \qquad x_n = f(z_n) @f]
///
/// flow: a TransformedDistribution, also under a context (flow.given(context)), with a base without parameters; others
/// throw std::invalid_argument. target: an Energy with a gradient, of the flow's scalar and size; one that holds a
/// context (posterior.given(data)) has one column or n. gradient: a vector of flow.parameter_count(). rng: one number
/// of 64 bits is taken for a batch; the noise of event n follows from that and from n. The value is infinite if a draw
/// lies where p* is 0: map the flow onto the support (Box).
///
/// A warning. The divergence is small where q is large: a flow that covers one of several separated modes is close to
/// a minimum and never hears of the others. What it drops is the share of the mass, and nothing in the draws shows it:
/// with one of two equal modes the weights p*/q are as good as constant, their effective sample size near n, and
/// log_evidence is short of ln Z by ln 2. Compare with a chain or a wider proposal, or train with data of all modes.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto target = bijou::energy_of<double, 2>([](const Eigen::Vector2d& x, Eigen::Vector2d& gradient) {
///   gradient = -(x - Eigen::Vector2d(1.0, 2.0));
///   return -gradient.squaredNorm() / 2;
/// });
/// const bijou::flows::IAF<double, 2> flow{{.layers = 2, .hidden = {16}}, rng};
/// Eigen::VectorXd gradient(flow.parameter_count());
/// bijou::Workspace workspace;
/// const bijou::Estimate kl =
///     bijou::reverse_kl_gradient(flow, target, 256, rng, gradient, {.path_gradient = true}, workspace);
/// @endcode
template <class Flow, class Target, class Rng, class Gradient>
Estimate reverse_kl_gradient(const Flow& flow, const Target& target, Index n, Rng&& rng, Gradient&& gradient,
                             const ReverseKlOptions& options = {}, WorkspaceArgument workspace = {}) {
  constexpr std::string_view caller = "reverse_kl_gradient";
  detail::require_generator<Rng>();
  if constexpr (detail::can_reparametrise<Flow, Target>()) {
    detail::require_reverse_kl(caller, flow, target, n);
    const auto flat = detail::gradient_of(caller, flow, gradient);
    return detail::write_reverse_kl_gradient(flow, target, n, detail::random_bits(rng, 64), flat, options, *workspace);
  } else {
    return {};
  }
}

/// Trains a flow against an energy: options.batch_size new draws for each of options.steps steps. The losses of the
/// history are the values of reverse_kl_gradient; read there what this divergence does to separated modes. optimizer:
/// Adam by default. There are no data to learn from: Standardize stays as it is, the identity unless initialize was
/// called. Throws std::invalid_argument for what minimize and reverse_kl_gradient refuse, and MinimizationDiverged.
///
/// @f[ KL(q\,\|\,p) - \ln Z = E_q\bigl[\ln q(x) - \ln p^*(x)\bigr] @f]
///
/// Under contexts that change from step to step a loss of one's own says the same:
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto target = bijou::energy_of<double, 2>([](const Eigen::Vector2d& x, Eigen::Vector2d& gradient) {
///   gradient = -4 * x;
///   return -2 * x.squaredNorm();
/// });
/// bijou::flows::IAF<double, 2> flow{{.layers = 2, .hidden = {16}}, rng};
/// const bijou::StepHistory history = bijou::fit_reverse_kl(flow, target, {.steps = 50, .batch_size = 64}, rng);
///
/// bijou::flows::IAF<double, 2> conditional{{.context_size = 1, .layers = 2, .hidden = {16}}, rng};
/// bijou::minimize(
///     conditional,
///     [&](bijou::Index, Eigen::VectorXd& gradient, bijou::Workspace& workspace) {
///       const Eigen::RowVectorXd context = Eigen::RowVectorXd::Random(64);
///       return bijou::reverse_kl_gradient(conditional.given(context), target, 64, rng, gradient, {}, workspace).value;
///     },
///     {.steps = 50});
/// @endcode
template <class Flow, class Target, class Rng, class O = Adam<typename Flow::Scalar>>
StepHistory fit_reverse_kl(Flow& flow, const Target& target, const StepOptions& options, Rng&& rng, O&& optimizer = O{},
                           const ReverseKlOptions& estimate = {}) {
  constexpr std::string_view caller = "fit_reverse_kl";
  detail::require_generator<Rng>();
  if constexpr (detail::can_reparametrise<Flow, Target>()) {
    detail::require_step_options(caller, options);
    detail::require_reverse_kl(caller, flow, target, options.batch_size);
    using T = typename Flow::Scalar;
    const auto loss = [&](Index, Eigen::Vector<T, Eigen::Dynamic>& gradient, Workspace& workspace) {
      const auto flat = ParameterGradient<T>(gradient.data(), gradient.size());
      return detail::write_reverse_kl_gradient(flow, target, options.batch_size, detail::random_bits(rng, 64), flat,
                                               estimate, workspace)
          .value;
    };
    return detail::minimize(caller, flow, loss, options, optimizer);
  } else {
    return {};
  }
}

}  // namespace bijou
