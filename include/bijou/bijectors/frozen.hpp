#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/bijectors/hidden_sizes.hpp>
#include <bijou/core/initialize.hpp>
#include <utility>

namespace bijou {

/// The same map, not trained: its parameters are state. It has no part in a flow's flat vector of parameters, so none
/// in steps, weight decay or norms of gradients, and its gradient is not computed.
///
/// @f[ x = f(z; \theta), \qquad \theta \text{ fixed} @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// bijou::MAF<float, 2> trained_before{{32}, rng};
/// const bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{},
///                                           bijou::Chain{bijou::Frozen{trained_before}, bijou::MAF<float, 2>{{32},
///                                           rng}}};
/// @endcode
template <class B>
class Frozen : public BijectorCalls<Frozen<B>> {
 public:
  static_assert((detail::require_bijector<B>(), true));
  using Scalar = detail::scalar_t<B>;
  static constexpr int static_event_size = B::static_event_size;
  static constexpr const char* name = "Frozen";
  static constexpr const char* formula = "x = f(z), not trained";
  template <class T>
  using Cache = detail::cache_t<B, T>;

  explicit Frozen(B bijector) : bijector_(std::move(bijector)) {}

  Index event_size() const { return bijou::event_size(bijector_); }
  Index context_size() const { return bijou::context_size(bijector_); }
  bool maps_in_order() const { return bijou::maps_in_order(bijector_); }
  const B& bijector() const { return bijector_; }

  static constexpr auto members() { return Members{frozen("bijector", &Frozen::bijector_)}; }

  bool is_initialized() const { return bijou::is_initialized(bijector_); }
  template <class T>
  void initialize(const detail::LearningBatch<T>& batch) {
    detail::initialize_part(bijector_, batch);
  }

  using BijectorCalls<Frozen>::forward;
  using BijectorCalls<Frozen>::inverse;

  template <class T>
  void forward(Evaluation<T, Cache<T>> e) const {
    bijector_.forward(e);
  }
  template <class T>
  void inverse(Evaluation<T, Cache<T>> e) const {
    bijector_.inverse(e);
  }
  template <class T>
  void forward_pullback(Pullback<T, Cache<T>> p) const {
    bijector_.forward_pullback(p);  // p.parameter_gradient is empty
  }
  template <class T>
  void inverse_pullback(Pullback<T, Cache<T>> p) const {
    bijector_.inverse_pullback(p);
  }

 private:
  B bijector_;
};

template <class B>
Frozen(B) -> Frozen<detail::without_hidden_sizes_t<B>>;
// Without this, Frozen{Frozen{f}} would be a copy of Frozen{f}.
template <class B>
Frozen(Frozen<B>) -> Frozen<Frozen<B>>;

}  // namespace bijou
