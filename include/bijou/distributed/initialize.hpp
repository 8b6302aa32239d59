#pragma once

#include <bijou/core/initialize.hpp>
#include <bijou/core/ranks.hpp>
#include <bijou/distributed/agreement.hpp>
#include <bijou/distributed/communicator.hpp>
#include <Eigen/Core>

namespace bijou {

/// Starts everything in a distribution that learns from data, as `initialize` does, with the events of all ranks. x:
/// those of this rank, D x N, N of its own, or 0. context: C x N, or C x 1 for all of them. Sums are over ranks and in
/// double; all ranks learn the same bits. `fit` makes this call with the events to train with. What is wrong with the
/// events of one rank ends all, see `abort` of Communicator.
///
/// @code{.cpp}
/// #include <bijou/bijou.hpp>
/// #include <bijou/distributed/initialize.hpp>
///
/// int main() {
///   bijou::Alone alone;
///   bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::Standardize<float, 2>{}};
///   bijou::initialize(alone, flow, Eigen::Matrix2Xf::Random(2, 100));
/// }
/// @endcode
template <Communicator C, class P, class X, class... Context>
void initialize(C& communicator, P& p, const Eigen::DenseBase<X>& x, const Eigen::DenseBase<Context>&... context) {
  detail::Agreement<C> ranks(communicator);
  ranks.or_abort("initialize", [&] { detail::learn(p, false, detail::Ranks(ranks), x, context...); });
}

}  // namespace bijou
