#pragma once

#include <bijou/bijectors/hidden_sizes.hpp>
#include <bijou/bijectors/sequence.hpp>
#include <bijou/inference/stochastic_layer.hpp>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace bijou {

namespace detail {

template <class L>
constexpr void require_member_of_path() {
  static_assert(
      StochasticLayer<L> || Bijector<L>,
      "StochasticChain: a member is neither a Bijector nor a stochastic layer: a layer needs Scalar, members(), "
      "transition(e, path) and transition_pullback(p, path)");
}

}  // namespace detail

/// Bijectors and stochastic layers one after the other: StochasticChain{f0, f1, f2} goes from noise to data through f2,
/// f1, f0, as Chain does. It has no inverse and no log-det; a StochasticFlow draws and weighs paths with it.
///
/// @f[ x = f_0(f_1(\cdots(z))), \qquad \Delta S = \sum_t \Delta S_t @f]
///
/// Delta S of a bijector is its log-det.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::StochasticChain chain{bijou::MetropolisLayer<float>{{.lambda = 1}}, bijou::RealNVP<float, 2>{1, {32},
/// rng},
///                                    bijou::Permute<2>{1, 0}, bijou::RealNVP<float, 2>{1, {32}, rng}};
/// @endcode
template <class... Ls>
class StochasticChain {
 public:
  static_assert(sizeof...(Ls) > 0, "StochasticChain: give at least one bijector or stochastic layer");
  static_assert((detail::require_member_of_path<Ls>(), ..., true));
  using Scalar = typename detail::CommonScalar<detail::scalar_t<Ls>...>::type;
  static_assert(!std::is_void_v<Scalar>, "StochasticChain: the members have different scalar types, float and double");
  static constexpr const char* name = "StochasticChain";

  explicit StochasticChain(Ls... members) : layers_(std::move(members)...) {}

  const std::tuple<Ls...>& layers() const { return layers_; }
  /// What a caller may change: a step size, say.
  std::tuple<Ls...>& layers() { return layers_; }

  static constexpr auto members() { return Members{part("layers", &StochasticChain::layers_)}; }

  struct Cache {
    detail::Pack<detail::cache_t<Ls, Scalar>...> members;
    Tile<Scalar>* outputs = nullptr;
  };

  /// From noise to data, or backwards: e.log_det += the sum of Delta S.
  template <class Path>
  void transition(Evaluation<Scalar, Cache> e, const Path& path) const {
    const auto apply = [&](Index i, const auto& member, auto evaluation) {
      if constexpr (StochasticLayer<std::remove_cvref_t<decltype(member)>>)
        member.transition(evaluation, at_layer(path, i));
      else if (path.is_backward)
        member.inverse(evaluation);
      else
        member.forward(evaluation);
    };
    if (path.is_backward)
      detail::run_members<false>(*this, e, apply);
    else
      detail::run_members<true>(*this, e, apply);
  }

  template <class Path>
  void transition_pullback(Pullback<Scalar, Cache> p, const Path& path) const {
    const auto pull_back = [&](Index i, const auto& member, auto pullback) {
      if constexpr (StochasticLayer<std::remove_cvref_t<decltype(member)>>)
        member.transition_pullback(pullback, at_layer(path, i));
      else if (path.is_backward)
        member.inverse_pullback(pullback);
      else
        member.forward_pullback(pullback);
    };
    if (path.is_backward)
      detail::run_members_pullback<false>(*this, p, pull_back);
    else
      detail::run_members_pullback<true>(*this, p, pull_back);
  }

  /// For sequence.hpp.
  static constexpr Index length() { return static_cast<Index>(sizeof...(Ls)); }
  template <class F>
  void visit(Index i, Cache& cache, F f) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((static_cast<Index>(I) == i ? f(std::get<I>(layers_), cache.members.template get<I>()) : void()), ...);
    }(std::index_sequence_for<Ls...>{});
  }

 private:
  /// Layer 0 of the noise is the base.
  template <class Path>
  static Path at_layer(Path path, Index i) {
    path.layer = static_cast<std::uint64_t>(i + 1);
    return path;
  }

  std::tuple<Ls...> layers_;
};

template <class... Ls>
StochasticChain(Ls...) -> StochasticChain<detail::without_hidden_sizes_t<Ls>...>;

}  // namespace bijou
