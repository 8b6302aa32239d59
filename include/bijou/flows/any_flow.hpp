#pragma once

#include <bijou/distributions/conditioned.hpp>
#include <bijou/distributions/distribution.hpp>
#include <bijou/distributions/distribution_calls.hpp>
#include <bijou/flows/erased.hpp>
#include <bijou/flows/forward.hpp>
#include <memory>
#include <type_traits>
#include <utility>

namespace bijou {

namespace detail {

template <class T>
struct FlowInterface : ErasedInterface<FlowInterface<T>, T> {
  static constexpr const char* name = "AnyFlow";
  using Events = Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>>;

  virtual void require_parts() const = 0;
  virtual Index noise_size() const = 0;
  virtual void log_prob(DensityEvaluation<T, ErasedCache> e) const = 0;
  virtual void log_prob_pullback(DensityPullback<T, ErasedCache> p) const = 0;
  virtual void map_noise(NoiseEvaluation<T, ErasedCache> n) const = 0;
  virtual void draw(Events events, AnyGenerator& rng) const = 0;
  virtual void scale_noise(Events noise, T temperature) const = 0;
};

template <class T, class P>
struct FlowModel final : ErasedModel<FlowModel<T, P>, FlowInterface<T>, P, T> {
  using Inside = cache_t<P, T>;
  using ErasedModel<FlowModel, FlowInterface<T>, P, T>::ErasedModel;

  void require_parts() const override {
    if constexpr (requires(const P& p) { p.require_parts(); }) this->object.require_parts();
  }
  Index noise_size() const override { return detail::noise_size(this->object); }
  void log_prob(DensityEvaluation<T, ErasedCache> e) const override {
    Inside& inside = e.cache.template start<Inside>(e.pass.arena);
    this->object.log_prob(DensityEvaluation<T, Inside>{e.input, e.log_prob, inside, e.pass});
  }
  void log_prob_pullback(DensityPullback<T, ErasedCache> p) const override {
    this->object.log_prob_pullback(DensityPullback<T, Inside>{
        p.input, p.log_prob_gradient, p.input_gradient, p.parameter_gradient, p.cache.template get<Inside>(), p.pass});
  }
  void map_noise(NoiseEvaluation<T, ErasedCache> n) const override {
    Inside& inside = n.cache.template start<Inside>(n.pass.arena);
    if constexpr (MapsNoise<P>) {
      this->object.map_noise(NoiseEvaluation<T, Inside>{n.noise, n.output, n.log_prob, inside, n.pass});
    } else {
      n.output = n.noise;
      this->object.log_prob(DensityEvaluation<T, Inside>{n.noise, n.log_prob, inside, n.pass});
    }
  }
  void draw(typename FlowInterface<T>::Events events, AnyGenerator& rng) const override {
    this->object.draw(events, rng);
  }
  void scale_noise(typename FlowInterface<T>::Events noise, T temperature) const override {
    detail::scale_noise(this->object, noise, temperature);
  }
};

}  // namespace detail

/// Any distribution of scalar T, most often a flow, whose type is decided at run time: a value that is copied and moved
/// like one, with all calls of DistributionCalls, given(context) and fit. Results have the bits of the distribution
/// inside. A call costs one virtual call for each tile of up to 128 events; events are not copied again. There is no
/// empty one; from one that has been moved from all calls throw std::invalid_argument, but for assignment.
///
/// T: float or double. The size is known at run time only.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// std::vector<bijou::AnyFlow<float>> flows;
/// flows.emplace_back(bijou::flows::MAF<float, 2>{{.layers = 3}, rng});
/// flows.emplace_back(bijou::StandardNormal<float, 2>{});
/// for (const auto& flow : flows) {
///   const Eigen::VectorXf log_p = flow.log_prob(flow.sample(100, rng));
/// }
/// @endcode
template <class T>
class AnyFlow : public DistributionCalls<AnyFlow<T>, T, Eigen::Dynamic>,
                public detail::Erased<detail::FlowInterface<T>, T> {
 public:
  using Scalar = T;
  static constexpr int static_event_size = Eigen::Dynamic;
  static constexpr const char* name = detail::FlowInterface<T>::name;
  using Cache = detail::ErasedCache;

  /// Holds any distribution of the scalar T, a flow by name among them.
  template <class P>
  requires(!std::is_same_v<std::remove_cvref_t<P>, AnyFlow> &&
           detail::HasPassesOfDistribution<std::remove_cvref_t<P>> &&
           std::is_same_v<typename std::remove_cvref_t<P>::Scalar, T>)
  // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): the constraint leaves copies to the copy constructor.
  AnyFlow(P&& p)
      : detail::Erased<detail::FlowInterface<T>, T>(
            new detail::FlowModel<T, std::remove_cvref_t<P>>(std::forward<P>(p))) {}

  /// The distribution inside if it is a P, else nullptr.
  template <class P>
  const P* get_if() const {
    return this->template object_if<detail::FlowModel<T, P>>();
  }

  void require_parts() const { this->model().require_parts(); }
  Index noise_size() const { return this->model().noise_size(); }

  using DistributionCalls<AnyFlow, T, Eigen::Dynamic>::log_prob;

  void log_prob(DensityEvaluation<T, Cache> e) const { this->model().log_prob(e); }
  void log_prob_pullback(DensityPullback<T, Cache> p) const { this->model().log_prob_pullback(p); }
  void map_noise(NoiseEvaluation<T, Cache> n) const { this->model().map_noise(n); }
  template <class Rng>
  void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> events, Rng& rng) const {
    if constexpr (std::is_same_v<Rng, detail::AnyGenerator>) {
      this->model().draw(events, rng);
    } else {
      detail::AnyGenerator any(rng);
      this->model().draw(events, any);
    }
  }
  void scale_noise(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> noise, T temperature) const {
    this->model().scale_noise(noise, temperature);
  }
};

}  // namespace bijou
