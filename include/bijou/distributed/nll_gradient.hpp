#pragma once

#include <bijou/core/index.hpp>
#include <bijou/core/workspace.hpp>
#include <bijou/distributed/agreement.hpp>
#include <bijou/distributed/communicator.hpp>
#include <Eigen/Core>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <utility>

namespace bijou {

/// The mean negative log-likelihood over the events of all ranks, in nats, and its gradient, the same bits on each of
/// them: for those who own their loop. x: the events of this rank, D x N, N of its own, 0 on some if need be.
///
/// @f[ L(\theta) = -\frac{1}{\sum_r N_r} \sum_r \sum_{n=1}^{N_r} \ln p(x_{rn}; \theta) @f]
///
/// flow: as `fit` takes it, the same parameters on all ranks; or a view of it under the contexts of these events,
/// `flow.given(contexts)`. gradient: a vector of parameter_count(), written. Throws on all ranks what a wrong shape on
/// one throws, std::invalid_argument, and where no rank has an event.
///
/// @code{.cpp}
/// #include <bijou/bijou.hpp>
/// #include <bijou/distributed/nll_gradient.hpp>
/// #include <random>
///
/// template <bijou::Communicator C>
/// void take_steps(C& ranks, const Eigen::Matrix2Xf& own_events) {
///   std::mt19937_64 rng{0};  // the same flow on all ranks
///   bijou::flows::MAF<float, 2> flow{{.layers = 2, .hidden = {8}}, rng};
///   Eigen::VectorXf gradient(flow.parameter_count());
///   bijou::Workspace workspace;
///   for (int step = 0; step < 10; ++step) {
///     bijou::nll_gradient(ranks, flow, own_events, gradient, workspace);
///     flow.set_parameters(flow.parameters() - 1e-3f * gradient);
///   }
/// }
///
/// int main() {
///   bijou::Alone alone;
///   take_steps(alone, Eigen::Matrix2Xf::Random(2, 100));
/// }
/// @endcode
template <Communicator C, class Flow, class X, class Gradient>
typename Flow::Scalar nll_gradient(C& communicator, const Flow& flow, const Eigen::DenseBase<X>& x, Gradient&& gradient,
                                   WorkspaceArgument workspace = {}) {
  using T = typename Flow::Scalar;
  if (communicator.size() == 1) return flow.nll_gradient(x.derived(), gradient, *workspace);
  detail::Agreement<C> ranks(communicator);
  return ranks.or_abort("nll_gradient", [&] {
    T nll{0};
    ranks.template together<std::invalid_argument>([&] {
      if (x.cols() > 0)
        nll = flow.nll_gradient(x.derived(), gradient, *workspace);
      else
        detail::require_size("nll_gradient", "a gradient", flow.parameter_count(), gradient.size());
    });
    double sums[] = {static_cast<double>(nll) * static_cast<double>(x.cols()), static_cast<double>(x.cols())};
    ranks.sum(sums, 2);
    ranks.template together<std::invalid_argument>([&] {
      if (sums[1] == 0)
        detail::throw_invalid_argument("nll_gradient", "the mean over a batch needs at least one event, got none");
    });
    if (x.cols() > 0)
      gradient *= static_cast<T>(x.cols()) / static_cast<T>(sums[1]);
    else
      gradient.setZero();
    communicator.sum(std::span<T>(gradient.data(), static_cast<std::size_t>(gradient.size())));
    return static_cast<T>(sums[0] / sums[1]);
  });
}

}  // namespace bijou
