#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/bijectors/sequence.hpp>
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

namespace bijou {

/// A chain of members of one type whose number is known at run time: forward(z) = f_0(f_1(...(z))). Throws
/// std::invalid_argument when it is empty or its members have different event sizes.
///
/// @f[ x = f_0(f_1(\cdots(z))) @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Layer = bijou::Chain<bijou::MAF<float, 2, 32>, bijou::Reverse<2>>;
/// std::vector<Layer> layers;
/// for (int i = 0; i < 5; ++i) layers.emplace_back(bijou::MAF<float, 2, 32>{rng}, bijou::Reverse<2>{});
/// const bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::DynamicChain{layers}};
/// @endcode
template <class B>
class DynamicChain : public BijectorCalls<DynamicChain<B>> {
 public:
  static_assert((detail::require_bijector<B>(), true));
  using Scalar = detail::scalar_t<B>;
  static constexpr int static_event_size = B::static_event_size;
  static constexpr const char* name = "DynamicChain";
  static constexpr const char* type_name = "Chain";
  static constexpr const char* formula = "x = f_0(f_1(... (z)))";

  explicit DynamicChain(std::vector<B> members) : bijectors_(std::move(members)) {
    if (bijectors_.empty()) detail::throw_invalid_argument(name, "give at least one bijector");
    Index context = 0;
    for (const B& b : bijectors_) {
      detail::require_common_size(name, {bijou::event_size(bijectors_.front()), bijou::event_size(b)});
      context = detail::require_common_context(name, {context, bijou::context_size(b)});
    }
  }

  /// `DynamicChain{a, b, c}`: members of one type.
  template <std::same_as<B> First, std::same_as<B>... Bs>
  explicit DynamicChain(First first, Bs... rest) : DynamicChain(std::vector<B>{std::move(first), std::move(rest)...}) {}

  /// 0 for a chain whose members have been moved away.
  Index event_size() const { return bijectors_.empty() ? 0 : bijou::event_size(bijectors_.front()); }
  Index context_size() const {
    Index size = 0;
    for (const B& b : bijectors_) size = (std::max)(size, bijou::context_size(b));
    return size;
  }
  bool maps_in_order() const {
    return std::all_of(bijectors_.begin(), bijectors_.end(), [](const B& b) { return bijou::maps_in_order(b); });
  }
  const std::vector<B>& bijectors() const { return bijectors_; }

  static constexpr auto members() { return Members{part("bijectors", &DynamicChain::bijectors_)}; }

  bool is_initialized() const {
    return std::all_of(bijectors_.begin(), bijectors_.end(), [](const B& b) { return bijou::is_initialized(b); });
  }
  bool learns_each_epoch() const {
    return std::any_of(bijectors_.begin(), bijectors_.end(), [](const B& b) { return bijou::learns_each_epoch(b); });
  }
  static constexpr bool may_learn = detail::may_learn<B, detail::probe_scalar_t<B>>();
  template <class T>
  void initialize(const detail::LearningBatch<T>& batch) {
    detail::initialize_in_turn(*this, batch, [this](Index i, auto f) { f(bijectors_[static_cast<std::size_t>(i)]); });
  }

  /// What each member keeps (all use one place in turn if no pullback will follow), and the tiles between them.
  template <class T>
  struct Cache {
    detail::cache_t<B, T>* members = nullptr;
    Index step = 0;  // from the place of one member to that of the next
    Tile<T>* outputs = nullptr;
  };

  using BijectorCalls<DynamicChain>::forward;
  using BijectorCalls<DynamicChain>::inverse;

  template <class T>
  void forward(Evaluation<T, Cache<T>> e) const {
    start(e);
    detail::run<detail::Forward>(*this, e);
  }
  template <class T>
  void inverse(Evaluation<T, Cache<T>> e) const {
    start(e);
    detail::run<detail::Inverse>(*this, e);
  }
  template <class T>
  void forward_pullback(Pullback<T, Cache<T>> p) const {
    detail::run_pullback<detail::Forward>(*this, p);
  }
  template <class T>
  void inverse_pullback(Pullback<T, Cache<T>> p) const {
    detail::run_pullback<detail::Inverse>(*this, p);
  }

  /// For sequence.hpp: the number of members, and a call for one of them with what it keeps.
  Index length() const { return static_cast<Index>(bijectors_.size()); }
  template <class T, class F>
  void visit(Index i, Cache<T>& cache, F f) const {
    f(bijectors_[static_cast<std::size_t>(i)], cache.members[i * cache.step]);
  }

 private:
  template <class T>
  void start(const Evaluation<T, Cache<T>>& e) const {
    e.cache.step = e.pass.keep_for_pullback ? 1 : 0;
    e.cache.members = e.pass.arena.template objects<detail::cache_t<B, T>>(e.cache.step * (length() - 1) + 1);
  }

  std::vector<B> bijectors_;
};

template <class B>
DynamicChain(std::vector<B>) -> DynamicChain<B>;
template <class B, std::same_as<B>... Bs>
DynamicChain(B, Bs...) -> DynamicChain<B>;

}  // namespace bijou
