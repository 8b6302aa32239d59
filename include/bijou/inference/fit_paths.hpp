#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/initialize.hpp>
#include <bijou/inference/stochastic_flow.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/training/minimize.hpp>
#include <utility>

namespace bijou {

/// How much each loss of a StochasticFlow counts in fit_paths.
struct PathLosses {
  /// Factor of the loss on paths from data to noise.
  double nll = 0.5;
  /// Factor of the loss on paths from noise to data.
  double kl = 0.5;
};

/// Trains a StochasticFlow against the energy of its target alone: minimises the mean of -ln w over options.batch_size
/// new paths in each step (Wu, Koehler & Noe 2020, Eq. (17)).
///
/// @f[ J_{KL} = -E[\ln w] @f]
///
/// flow: is changed. rng: any uniform random bit generator; the same seed gives the same bits at any number of threads.
/// Throws as minimize does.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// bijou::StochasticFlow flow{bijou::StandardNormal<double, 2>{}, bijou::datasets::DoubleWell<double>{},
///                            bijou::StochasticChain{bijou::MetropolisLayer<double>{{.step_size = 0.25}},
///                                                   bijou::RealNVP<double, 2>{1, {16}, rng}}};
/// const bijou::StepHistory history = bijou::fit_paths(flow, {.steps = 10, .learning_rate = 5e-3}, rng);
/// @endcode
template <class Base, class Target, class Chain, class Rng, class O = Adam<typename Base::Scalar>>
StepHistory fit_paths(StochasticFlow<Base, Target, Chain>& flow, const StepOptions& options, Rng&& rng,
                      O&& optimizer = O{}) {
  return detail::minimize(
      "fit_paths", flow,
      [&](Index, auto& gradient, Workspace& workspace) {
        return flow.kl_gradient(options.batch_size, gradient, rng, workspace);
      },
      options, optimizer);
}

/// The same with data of the target beside its energy: minimises the sum of the losses of nll_gradient and kl_gradient
/// of StochasticFlow, each over options.batch_size events, those of the data drawn with replacement. data: D x N,
/// finite. Throws std::invalid_argument for weights that are negative or both 0, and as minimize does.
///
/// @f[ L = \text{losses.nll}\, J_{ML} + \text{losses.kl}\, J_{KL} @f]
template <class Base, class Target, class Chain, class X, class Rng, class O = Adam<typename Base::Scalar>>
StepHistory fit_paths(StochasticFlow<Base, Target, Chain>& flow, const Eigen::DenseBase<X>& data, PathLosses losses,
                      const StepOptions& options, Rng&& rng, O&& optimizer = O{}) {
  using T = typename Base::Scalar;
  using Flow = StochasticFlow<Base, Target, Chain>;
  const detail::Columns<T> events(detail::for_ref(data));
  detail::require_rows("fit_paths", flow.event_size(), events.rows());
  if (events.cols() < 1) detail::throw_invalid_argument("fit_paths", "expected at least 1 event, got 0");
  detail::require_finite_columns("fit_paths", "data", detail::columns_of(events));
  if (!(losses.nll >= 0 && losses.kl >= 0 && losses.nll + losses.kl > 0)) {
    detail::throw_invalid_argument("fit_paths", "expected weights of the losses of at least 0, not both 0, got ",
                                   losses.nll, " and ", losses.kl);
  }
  typename Flow::Events batch(events.rows(), options.batch_size);
  typename Flow::Vector other(flow.parameter_count());
  return detail::minimize(
      "fit_paths", flow,
      [&](Index, auto& gradient, Workspace& workspace) {
        double loss = 0;
        gradient.setZero();
        if (losses.nll > 0) {
          for (Index n = 0; n < batch.cols(); ++n) {
            batch.col(n) =
                events.col(static_cast<Index>(uniform_index(rng, static_cast<std::uint64_t>(events.cols()))));
          }
          loss += losses.nll * flow.nll_gradient(batch, other, rng, workspace);
          gradient += static_cast<T>(losses.nll) * other;
        }
        if (losses.kl > 0) {
          loss += losses.kl * flow.kl_gradient(options.batch_size, other, rng, workspace);
          gradient += static_cast<T>(losses.kl) * other;
        }
        return loss;
      },
      options, optimizer);
}

}  // namespace bijou
