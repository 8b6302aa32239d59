#pragma once

#include <bijou/distributions/distribution_calls.hpp>
#include <type_traits>
#include <utility>

namespace bijou {

namespace detail {

/// How a view holds an argument P&&: an object with a name by reference, a temporary as its value.
template <class P>
using held_t = std::conditional_t<std::is_lvalue_reference_v<P>, const std::remove_cvref_t<P>&, std::remove_cvref_t<P>>;

/// Refuses a flow whose coordinates do not follow from the noise one after the other.
template <class P>
void require_order(std::string_view caller, const P& flow) {
  if constexpr (requires { flow.require_parts(); }) flow.require_parts();
  if (bijou::maps_in_order(flow)) return;
  throw_invalid_argument(caller,
                         "exact only for a flow whose coordinate i depends on the first i + 1 coordinates of "
                         "independent noise, without permutations and couplings; others go by sampling, see "
                         "marginal_by_sampling");
}

}  // namespace detail

/// The exact density of the first k coordinates of a flow, as leading_marginal makes it, and draws, with the calls of
/// DistributionCalls for events of k rows. Has no gradients.
///
/// @f[ p(x_0, \ldots, x_{k-1}) = \int p(x)\, dx_k \cdots dx_{D-1} @f]
///
/// P: a flow, held as a value or by reference.
template <class P>
class LeadingMarginal
    : public DistributionCalls<LeadingMarginal<P>, typename std::remove_cvref_t<P>::Scalar, Eigen::Dynamic> {
  using Flow = std::remove_cvref_t<P>;
  using T = typename Flow::Scalar;

 public:
  using Scalar = T;
  using Cache = detail::cache_t<Flow, T>;
  static constexpr int static_event_size = Eigen::Dynamic;
  static constexpr const char* name = "LeadingMarginal";

  LeadingMarginal(P flow, Index coordinates) : flow_(std::forward<P>(flow)), coordinates_(coordinates) {
    detail::require_order("leading_marginal", flow_);
    if (coordinates < 1 || coordinates > flow_.event_size()) {
      detail::throw_invalid_argument("leading_marginal", "expected between 1 and ", flow_.event_size(),
                                     " coordinates, got ", coordinates);
    }
  }

  Index event_size() const { return coordinates_; }
  Index noise_size() const { return coordinates_; }
  Index context_size() const { return bijou::context_size(flow_); }
  const Flow& distribution() const { return flow_; }
  bool maps_in_order() const { return bijou::maps_in_order(flow_); }

  void require_parts() const { detail::require_order(name, flow_); }
  ConstTile<T> context_of(const detail::TileOfBatch& at) const
  requires detail::HoldsContext<Flow>
  {
    return flow_.context_of(at);
  }
  bool has_one_context() const { return flow_.has_one_context(); }
  void require_events_of_context(Index events) const { flow_.require_events_of_context(events); }
  void require_apart_from_context(const auto& x) const { flow_.require_apart_from_context(x); }

  using DistributionCalls<LeadingMarginal, T, Eigen::Dynamic>::log_prob;

  // The Jacobian is triangular, so the first rows of a tile have a log-det of their own.
  void log_prob(DensityEvaluation<T, Cache> e) const { flow_.log_prob(e); }
  void draw(auto events, auto& rng) const { flow_.draw(events, rng); }
  void map_noise(NoiseEvaluation<T, Cache> n) const { flow_.map_noise(n); }

 private:
  P flow_;
  Index coordinates_;
};

/// The exact marginal density of the first k coordinates of a flow that takes its coordinates one after the other:
/// autoregressive layers all in the same order, TriangularAffine and maps of each coordinate over a base of independent
/// ones, so that x_0, ..., x_{k-1} depend on the first k coordinates of the noise only. Its cost is that of the first k
/// coordinates. A flow that has a name must outlive the result; a view such as flow.given(context) is kept.
///
/// @f[
///   \ln p(x_0, \ldots, x_{k-1}) = \sum_{i < k} \left[\ln p_{\text{base},i}(z_i) + \ln\left|\frac{\partial
///   z_i}{\partial x_i}\right|\right]
/// @f]
///
/// Throws std::invalid_argument for any other flow, and unless 1 <= k <= D. flows::MAF and flows::NSF have this
/// structure with Alternation::none.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::TransformedDistribution flow{
///     bijou::StandardNormal<double, 3>{},
///     bijou::Chain{bijou::MAF<double, 3>{{32}, rng}, bijou::MAF<double, 3>{{32}, rng}}};
/// const auto marginal = bijou::leading_marginal(flow, 2);
/// const Eigen::MatrixXd x = marginal.sample(100, rng);      // 2 x 100
/// const Eigen::VectorXd log_p = marginal.log_prob(x);       // ln p(x_0, x_1)
/// @endcode
template <class P>
auto leading_marginal(P&& flow, Index coordinates) {
  return LeadingMarginal<detail::held_t<P>>(std::forward<P>(flow), coordinates);
}

}  // namespace bijou
