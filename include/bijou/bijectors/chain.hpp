#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/bijectors/hidden_sizes.hpp>
#include <bijou/bijectors/sequence.hpp>
#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

namespace bijou {

/// Chain{f0, f1, f2}.forward(z) = f0(f1(f2(z))); log-dets add. The order of TFP's Chain: data leave through f0.
///
/// @f[ x = f_0(f_1(\cdots(z))) @f]
///
/// Members may be of any bijector types of one scalar and one event size; different sizes or scalars fail to compile,
/// different dynamic sizes throw std::invalid_argument.
///
/// @code{.cpp}
/// const bijou::Chain f{bijou::Affine<double, 2>{{0.5, 0.25}, {1.0, 0.5}}, bijou::Permute<2>{1, 0}};
/// const Eigen::Vector2d x = f.forward(Eigen::Vector2d(1.0, 2.0));  // permuted first: (2.5, 0.75)
/// @endcode
template <class... Bs>
class Chain : public BijectorCalls<Chain<Bs...>> {
 public:
  static_assert(sizeof...(Bs) > 0, "Chain: give at least one bijector");
  static_assert((detail::require_bijector<Bs>(), ..., true));
  static_assert(detail::static_sizes_agree<Bs...>(), "Chain: the members have different event sizes");
  using Scalar = typename detail::CommonScalar<detail::scalar_t<Bs>...>::type;
  static_assert(!std::is_void_v<Scalar>, "Chain: the members have different scalar types, float and double");

  static constexpr int static_event_size = detail::common_static_size<Bs...>();
  static constexpr const char* name = "Chain";
  static constexpr const char* formula = "x = f_0(f_1(... (z)))";

  explicit Chain(Bs... members) : bijectors_(std::move(members)...) {
    detail::with_elements(bijectors_,
                          [](const Bs&... b) { detail::require_common_size(name, {bijou::event_size(b)...}); });
    detail::with_elements(bijectors_,
                          [](const Bs&... b) { detail::require_common_context(name, {bijou::context_size(b)...}); });
  }

  Index event_size() const {
    return detail::with_elements(bijectors_,
                                 [](const Bs&... b) { return detail::size_of_parts({bijou::event_size(b)...}); });
  }
  Index context_size() const {
    return detail::with_elements(bijectors_, [](const Bs&... b) { return (std::max)({bijou::context_size(b)...}); });
  }
  bool maps_in_order() const {
    return detail::with_elements(bijectors_, [](const Bs&... b) { return (bijou::maps_in_order(b) && ...); });
  }
  const std::tuple<Bs...>& bijectors() const { return bijectors_; }

  static constexpr auto members() { return Members{part("bijectors", &Chain::bijectors_)}; }

  bool is_initialized() const {
    return detail::with_elements(bijectors_, [](const Bs&... b) { return (bijou::is_initialized(b) && ...); });
  }
  bool learns_each_epoch() const {
    return detail::with_elements(bijectors_, [](const Bs&... b) { return (bijou::learns_each_epoch(b) || ...); });
  }
  static constexpr bool may_learn = (detail::may_learn<Bs, detail::probe_scalar_t<Bs>>() || ...);
  template <class T>
  void initialize(const detail::LearningBatch<T>& batch) {
    detail::initialize_in_turn(*this, batch, [this](Index i, auto f) {
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        ((static_cast<Index>(I) == i ? f(std::get<I>(bijectors_)) : void()), ...);
      }(std::index_sequence_for<Bs...>{});
    });
  }

  /// What each member keeps, and the tiles between them.
  template <class T>
  struct Cache {
    detail::Pack<detail::cache_t<Bs, T>...> members;
    Tile<T>* outputs = nullptr;
  };

  using BijectorCalls<Chain>::forward;
  using BijectorCalls<Chain>::inverse;

  template <class T>
  void forward(Evaluation<T, Cache<T>> e) const {
    detail::run<detail::Forward>(*this, e);
  }
  template <class T>
  void inverse(Evaluation<T, Cache<T>> e) const {
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
  static constexpr Index length() { return static_cast<Index>(sizeof...(Bs)); }
  template <class T, class F>
  void visit(Index i, Cache<T>& cache, F f) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((static_cast<Index>(I) == i ? f(std::get<I>(bijectors_), cache.members.template get<I>()) : void()), ...);
    }(std::index_sequence_for<Bs...>{});
  }

 private:
  std::tuple<Bs...> bijectors_;
};

template <class... Bs>
Chain(Bs...) -> Chain<detail::without_hidden_sizes_t<Bs>...>;

}  // namespace bijou
