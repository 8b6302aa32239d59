#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/flows/erased.hpp>
#include <memory>
#include <type_traits>
#include <utility>

namespace bijou {

namespace detail {

template <class T>
struct BijectorInterface : ErasedInterface<BijectorInterface<T>, T> {
  static constexpr const char* name = "AnyBijector";
  virtual void forward(Evaluation<T, ErasedCache> e) const = 0;
  virtual void inverse(Evaluation<T, ErasedCache> e) const = 0;
  virtual void forward_pullback(Pullback<T, ErasedCache> p) const = 0;
  virtual void inverse_pullback(Pullback<T, ErasedCache> p) const = 0;
};

template <class T, class B>
struct BijectorModel final : ErasedModel<BijectorModel<T, B>, BijectorInterface<T>, B, T> {
  using Inside = cache_t<B, T>;
  using ErasedModel<BijectorModel, BijectorInterface<T>, B, T>::ErasedModel;

  void forward(Evaluation<T, ErasedCache> e) const override { this->object.forward(evaluation(e)); }
  void inverse(Evaluation<T, ErasedCache> e) const override { this->object.inverse(evaluation(e)); }
  void forward_pullback(Pullback<T, ErasedCache> p) const override { this->object.forward_pullback(pullback(p)); }
  void inverse_pullback(Pullback<T, ErasedCache> p) const override { this->object.inverse_pullback(pullback(p)); }

 private:
  static Evaluation<T, Inside> evaluation(const Evaluation<T, ErasedCache>& e) {
    return {e.input, e.output, e.log_det, e.cache.template start<Inside>(e.pass.arena), e.pass};
  }
  static Pullback<T, Inside> pullback(const Pullback<T, ErasedCache>& p) {
    return {p.input,
            p.output,
            p.output_gradient,
            p.log_det_gradient,
            p.input_gradient,
            p.parameter_gradient,
            p.cache.template get<Inside>(),
            p.pass};
  }
};

}  // namespace detail

/// Any bijector of scalar T whose type is decided at run time, a value that is copied and moved like one. With it a
/// DynamicChain holds layers of different kinds. One virtual call for each tile; what the bijector keeps for its
/// pullback lies in the arena, and results have the bits of the bijector inside.
///
/// T: float or double. The size is known at run time only.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// std::vector<bijou::AnyBijector<float>> layers;
/// layers.emplace_back(bijou::MAF<float, Eigen::Dynamic>{3, {32}, rng});
/// layers.emplace_back(bijou::Reverse<3>{});
/// layers.emplace_back(bijou::RealNVP<float, 3>{1, {32}, rng});
/// const bijou::TransformedDistribution flow{bijou::StandardNormal<float, Eigen::Dynamic>{3},
///                                           bijou::DynamicChain{layers}};
/// @endcode
template <class T>
class AnyBijector : public BijectorCalls<AnyBijector<T>>, public detail::Erased<detail::BijectorInterface<T>, T> {
 public:
  using Scalar = T;
  static constexpr int static_event_size = Eigen::Dynamic;
  static constexpr const char* name = detail::BijectorInterface<T>::name;
  using Cache = detail::ErasedCache;

  /// Holds any bijector of the scalar T; sizes are known at run time from here on.
  template <class B>
  requires(!std::is_same_v<std::remove_cvref_t<B>, AnyBijector> && detail::HasMapsOfBijector<std::remove_cvref_t<B>> &&
           detail::takes_scalar<std::remove_cvref_t<B>, T>)
  // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): the constraint leaves copies to the copy constructor.
  AnyBijector(B&& b)
      : detail::Erased<detail::BijectorInterface<T>, T>(
            new detail::BijectorModel<T, std::remove_cvref_t<B>>(std::forward<B>(b))) {
    detail::require_bijector<std::remove_cvref_t<B>>();
  }

  /// The bijector inside if it is a B, else nullptr.
  template <class B>
  const B* get_if() const {
    return this->template object_if<detail::BijectorModel<T, B>>();
  }

  using BijectorCalls<AnyBijector>::forward;
  using BijectorCalls<AnyBijector>::inverse;

  void forward(Evaluation<T, Cache> e) const { this->model().forward(e); }
  void inverse(Evaluation<T, Cache> e) const { this->model().inverse(e); }
  void forward_pullback(Pullback<T, Cache> p) const { this->model().forward_pullback(p); }
  void inverse_pullback(Pullback<T, Cache> p) const { this->model().inverse_pullback(p); }
};

}  // namespace bijou
