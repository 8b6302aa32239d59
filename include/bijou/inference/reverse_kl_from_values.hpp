#pragma once

#include <bijou/inference/reverse_kl.hpp>
#include <string_view>
#include <type_traits>

/// The reverse divergence for targets without a gradient and for flows of any type.
namespace bijou {

namespace detail {

template <class Flow, class Target, class Rng, class T>
Estimate write_reverse_kl_gradient_from_values(const Flow& flow, const Target& target, Index draws, Rng& rng,
                                               ParameterGradient<T> gradient, Workspace& workspace) {
  Arena& arena = WorkspaceAccess::arena(workspace, 0);
  const Arena::Frame frame(arena);
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
  const Index rows = flow.event_size();
  Eigen::Map<Matrix> x(arena.template zeros<T>(rows * draws).data(), rows, draws);
  Eigen::Map<Eigen::Vector<T, Eigen::Dynamic>> log_q(arena.template zeros<T>(draws).data(), draws);
  ParameterGradient<double> losses = arena.template zeros<double>(draws);
  flow.sample_with_log_prob(x, log_q, rng, workspace);
  const auto load = [&](const TileOfBatch& at) { return load_events<T>(x, at); };
  for_each_tile_of_groups(draws, workspace, [&](const TileOfBatch& at) {
    const Sums log_p = at.arena.sums(at.count);
    evaluate_energy<Target, T>(target, at, load(at), log_p);
    for (Index n = 0; n < at.count; ++n) losses(at.first + n) = static_cast<double>(log_q(at.first + n)) - log_p(n);
  });
  const Estimate estimate = mean_of(losses);
  // L_n less the mean of the others, over n, is this.
  const auto others = static_cast<double>(draws - 1);
  weighted_gradient(flow, draws, load, gradient, workspace, [&](const TileOfBatch& at, const Sums&, Row<T> weights) {
    for (Index n = 0; n < at.count; ++n) weights(n) = static_cast<T>((losses(at.first + n) - estimate.value) / others);
    return 0.0;
  });
  return estimate;
}

template <class Flow, class Target>
void require_reverse_kl_from_values(std::string_view caller, const Flow& flow, const Target& target, Index draws) {
  require_flow_of(caller, flow, draws);
  require_target(caller, flow, target, draws);
  if (draws < 2) throw_invalid_argument(caller, "expected at least 2 draws, so that each has others, got ", draws);
}

}  // namespace detail

/// KL(q || p) up to ln Z as reverse_kl_gradient, by n draws of the flow and the values of the target alone: the
/// gradient is the mean of (L_i - mean of the other L) d ln q(x_i) / d parameters with L = ln q - ln p* (Williams 1992,
/// REINFORCE; with the mean of the others for a baseline, Kool, van Hoof & Welling 2019, it stays unbiased). For a
/// target without a gradient, a program that returns a number, say, and for flows of any type: AnyFlow, mixtures, bases
/// with parameters. The gradient has more noise than that of reverse_kl_gradient, the more the more coordinates.
///
/// @f[
///   g = \frac{1}{n} \sum_i \bigl(L_i - \bar L_{\ne i}\bigr)\, \nabla \ln q(x_i), \qquad L_i = \ln q(x_i) - \ln
///   p^*(x_i)
/// @f]
///
/// flow: anything with the calls of DistributionCalls, flow.given(context) too. target: an energy, with values only or
/// with a gradient. n: at least 2. A draw where p* is 0 makes value and gradient infinite. Throws
/// std::invalid_argument for sizes that do not fit. Separated modes: see reverse_kl_gradient.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto target = bijou::energy_of<float, 2>([](const Eigen::Vector2f& x) { return -x.cwiseAbs().sum(); });
/// const bijou::AnyFlow<float> flow = bijou::flows::MAF<float, 2>{{.layers = 2, .hidden = {16}}, rng};
/// Eigen::VectorXf gradient(flow.parameter_count());
/// const bijou::Estimate kl = bijou::reverse_kl_gradient_from_values(flow, target, 256, rng, gradient);
/// @endcode
template <class Flow, class Target, class Rng, class Gradient>
Estimate reverse_kl_gradient_from_values(const Flow& flow, const Target& target, Index n, Rng&& rng,
                                         Gradient&& gradient, WorkspaceArgument workspace = {}) {
  constexpr std::string_view caller = "reverse_kl_gradient_from_values";
  detail::require_generator<Rng>();
  detail::require_energy_of_values<Target>();
  detail::require_target_types<Flow, Target>();
  detail::require_reverse_kl_from_values(caller, flow, target, n);
  return detail::write_reverse_kl_gradient_from_values(flow, target, n, rng,
                                                       detail::gradient_of(caller, flow, gradient), *workspace);
}

/// Trains a flow against values of an energy, see reverse_kl_gradient_from_values: options.batch_size new draws for
/// each step. Throws as that does and as minimize does.
///
/// @f[ KL(q\,\|\,p) - \ln Z = E_q\bigl[\ln q(x) - \ln p^*(x)\bigr] @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto target = bijou::energy_of<float, 2>([](const Eigen::Vector2f& x) { return -x.cwiseAbs().sum(); });
/// bijou::AnyFlow<float> flow = bijou::flows::MAF<float, 2>{{.layers = 2, .hidden = {16}}, rng};
/// const auto history = bijou::fit_reverse_kl_from_values(flow, target, {.steps = 50}, rng);
/// @endcode
template <class Flow, class Target, class Rng, class O = Adam<typename Flow::Scalar>>
StepHistory fit_reverse_kl_from_values(Flow& flow, const Target& target, const StepOptions& options, Rng&& rng,
                                       O&& optimizer = O{}) {
  constexpr std::string_view caller = "fit_reverse_kl_from_values";
  detail::require_generator<Rng>();
  detail::require_energy_of_values<Target>();
  detail::require_target_types<Flow, Target>();
  detail::require_step_options(caller, options);
  detail::require_reverse_kl_from_values(caller, flow, target, options.batch_size);
  using T = typename Flow::Scalar;
  const auto loss = [&](Index, Eigen::Vector<T, Eigen::Dynamic>& gradient, Workspace& workspace) {
    const auto flat = ParameterGradient<T>(gradient.data(), gradient.size());
    return detail::write_reverse_kl_gradient_from_values(flow, target, options.batch_size, rng, flat, workspace).value;
  };
  return detail::minimize(caller, flow, loss, options, optimizer);
}

}  // namespace bijou
