#pragma once

#include <bijou/core/batch.hpp>
#include <array>
#include <optional>
#include <tuple>

namespace bijou {

namespace detail {

/// The one scalar of several parts, parts that take any left aside; void when two differ.
template <class A, class B>
using common_scalar_t =
    std::conditional_t<std::is_same_v<A, AnyScalar>, B,
                       std::conditional_t<std::is_same_v<B, AnyScalar> || std::is_same_v<A, B>, A, void>>;

template <class A, class... Rest>
struct CommonScalar {
  using type = common_scalar_t<A, typename CommonScalar<Rest...>::type>;
};
template <class A>
struct CommonScalar<A> {
  using type = A;
};

/// The one static size of several parts, dynamic parts left aside.
template <class... B>
constexpr int common_static_size() {
  int size = Eigen::Dynamic;
  ((B::static_event_size != Eigen::Dynamic ? size = B::static_event_size : size), ...);
  return size;
}

template <class... B>
constexpr bool static_sizes_agree() {
  return ((B::static_event_size == Eigen::Dynamic || B::static_event_size == common_static_size<B...>()) && ...);
}

/// Refuses parts whose sizes at run time differ, and returns the common one.
inline Index require_common_size(const char* caller, std::initializer_list<Index> sizes) {
  Index common = Eigen::Dynamic;
  for (const Index size : sizes) {
    if (size == Eigen::Dynamic) continue;
    if (common != Eigen::Dynamic && common != size) {
      throw_invalid_argument(
          caller, "the parts have different event sizes, " + std::to_string(common) + " and " + std::to_string(size));
    }
    common = size;
  }
  return common;
}

}  // namespace detail

/// Chain{f0, f1, f2}.forward(z) = f0(f1(f2(z))); log-dets add. The order of TFP's Chain: data leave through f0.
///
/// Members may be of any bijector types of one scalar and one event size; different sizes or scalars fail to compile,
/// different dynamic sizes throw std::invalid_argument. Inside, a chain works on tiles of a few hundred events, which
/// stay in cache from the first member to the last.
///
/// @code{.cpp}
/// const bijou::Chain f{bijou::Affine<double, 2>{{0.5, 0.25}, {1.0, 0.5}}, bijou::Permute<2>{1, 0}};
/// const Eigen::Vector2d x = f.forward(Eigen::Vector2d(1.0, 2.0));  // permuted first: (2.5, 0.75)
/// @endcode
template <class... Bs>
class Chain {
 public:
  static_assert(sizeof...(Bs) > 0, "Chain: give at least one bijector");
  static_assert((Bijector<Bs> && ...),
                "Chain: a member is not a Bijector; see bijou/core/concepts.hpp for what one needs");
  static_assert(detail::static_sizes_agree<Bs...>(), "Chain: the members have different event sizes");
  using Scalar = typename detail::CommonScalar<detail::scalar_t<Bs>...>::type;
  static_assert(!std::is_void_v<Scalar>, "Chain: the members have different scalar types, float and double");

  static constexpr int static_event_size = detail::common_static_size<Bs...>();
  static constexpr const char* name = "Chain";

  std::tuple<Bs...> bijectors;

  explicit Chain(Bs... members) : bijectors(std::move(members)...) {
    std::apply([](const Bs&... b) { detail::require_common_size(name, {bijou::event_size(b)...}); }, bijectors);
  }

  Index event_size() const {
    return std::apply([](const Bs&... b) { return (std::max)({bijou::event_size(b)...}); }, bijectors);
  }

  static constexpr auto parameter_list() { return std::tuple{named("bijectors", &Chain::bijectors)}; }
  static constexpr auto state_list() { return parameter_list(); }

  /// What each member keeps, and the tiles between them.
  template <class T>
  struct Cache {
    std::tuple<detail::cache_t<Bs, T>...> members;
    std::array<std::optional<Tile<T>>, sizeof...(Bs)> between;
  };

  template <class T>
  void forward(ConstTile<T> z, Tile<T> x, Row<T> log_det, Cache<T>& cache, Pass<T>& pass) const {
    run<detail::Forward>(z, x, log_det, cache, pass);
  }
  template <class T>
  void inverse(ConstTile<T> x, Tile<T> z, Row<T> log_det, Cache<T>& cache, Pass<T>& pass) const {
    run<detail::Inverse>(x, z, log_det, cache, pass);
  }
  template <class T>
  void forward_pullback(ConstTile<T> z, ConstTile<T> x, ConstTile<T> x_gradient, ConstRow<T> log_det_gradient,
                        Tile<T> z_gradient, ParameterGradient<T> gradient, Cache<T>& cache, Pass<T>& pass) const {
    run_back<detail::Forward>(z, x, x_gradient, log_det_gradient, z_gradient, gradient, cache, pass);
  }
  template <class T>
  void inverse_pullback(ConstTile<T> x, ConstTile<T> z, ConstTile<T> z_gradient, ConstRow<T> log_det_gradient,
                        Tile<T> x_gradient, ParameterGradient<T> gradient, Cache<T>& cache, Pass<T>& pass) const {
    run_back<detail::Inverse>(x, z, z_gradient, log_det_gradient, x_gradient, gradient, cache, pass);
  }

  auto forward(const auto& z) const { return bijou::forward(*this, z); }
  auto inverse(const auto& x) const { return bijou::inverse(*this, x); }
  auto forward_log_det(const auto& z) const { return bijou::forward_log_det(*this, z); }
  auto inverse_log_det(const auto& x) const { return bijou::inverse_log_det(*this, x); }

 private:
  static constexpr std::size_t size = sizeof...(Bs);

  /// Position in the chain of the member that runs as number `step`: forward starts at the last one.
  template <class Direction>
  static constexpr std::size_t position(std::size_t step) {
    return std::is_same_v<Direction, detail::Forward> ? size - 1 - step : step;
  }

  // between[s] is the output of step s; the last step writes the output of the chain.
  template <class Direction, class T>
  void run(ConstTile<T> in, Tile<T> out, Row<T> log_det, Cache<T>& cache, Pass<T>& pass) const {
    for (std::size_t s = 0; s + 1 < size; ++s) {
      cache.between[s].emplace(pass.arena.template tile<T>(in.rows(), in.cols()));
    }
    cache.between[size - 1].emplace(out);
    [&]<std::size_t... S>(std::index_sequence<S...>) {
      (run_step<Direction, S>(in, log_det, cache, pass), ...);
    }(std::make_index_sequence<size>{});
  }

  template <class Direction, std::size_t S, class T>
  void run_step(const ConstTile<T>& in, Row<T> log_det, Cache<T>& cache, Pass<T>& pass) const {
    constexpr std::size_t at = position<Direction>(S);
    std::optional<Arena::Frame> frame;
    if (!pass.keep) frame.emplace(pass.arena);
    Direction::apply(std::get<at>(bijectors), input_of<S>(in, cache), *cache.between[S], log_det,
                     std::get<at>(cache.members), pass);
  }

  template <std::size_t S, class T>
  static ConstTile<T> input_of(const ConstTile<T>& in, const Cache<T>& cache) {
    if constexpr (S == 0)
      return in;
    else
      return detail::as_const(*cache.between[S - 1]);
  }

  template <class Direction, class T>
  void run_back(ConstTile<T> in, ConstTile<T>, ConstTile<T> out_gradient, ConstRow<T> log_det_gradient,
                Tile<T> in_gradient, ParameterGradient<T> gradient, Cache<T>& cache, Pass<T>& pass) const {
    std::array<Index, size + 1> offset{};
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((offset[I + 1] = offset[I] + parameter_count(std::get<I>(bijectors))), ...);
    }(std::make_index_sequence<size>{});
    // Two tiles take turns; in_gradient is one of them, such that the first step writes its result there.
    const Arena::Frame frame(pass.arena);
    Tile<T> other = pass.arena.template tile<T>(in.rows(), in.cols());
    ConstTile<T> current = out_gradient;
    const auto step_back = [&]<std::size_t S>(std::integral_constant<std::size_t, S>) {
      constexpr std::size_t at = position<Direction>(S);
      const Arena::Frame inner(pass.arena);
      Tile<T> next = S % 2 == 0 ? in_gradient : other;
      Direction::pullback(std::get<at>(bijectors), input_of<S>(in, cache), detail::as_const(*cache.between[S]), current,
                          log_det_gradient, next,
                          ParameterGradient<T>(gradient.data() + offset[at], offset[at + 1] - offset[at]),
                          std::get<at>(cache.members), pass);
      new (&current) ConstTile<T>(detail::as_const(next));
    };
    [&]<std::size_t... S>(std::index_sequence<S...>) {
      (step_back(std::integral_constant<std::size_t, size - 1 - S>{}), ...);
    }(std::make_index_sequence<size>{});
  }
};

}  // namespace bijou
