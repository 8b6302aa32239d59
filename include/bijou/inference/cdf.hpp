#pragma once

#include <bijou/bijectors/bijector.hpp>
#include <bijou/core/batch.hpp>
#include <bijou/inference/base_cdf.hpp>
#include <bijou/inference/leading_marginal.hpp>
#include <bijou/numerics/finite.hpp>
#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

namespace bijou {

namespace detail {

/// One probability for each event of a tile, and which side it is of: below the event, or above it.
struct Probabilities {
  double* values;
  double* is_upper;  // 0 or 1

  Probabilities(Index count, Arena& arena)
      : values(arena.zeros<double>(count).data()), is_upper(arena.zeros<double>(count).data()) {}
};

template <class P, class T>
void find_quantiles(const P& p, Pass<T>& pass, const Probabilities& at, Tile<T> x);

/// z, 1 x N = the quantile of the base at one share for all events.
template <class P, class T>
void find_base_quantile(const P& p, Pass<T>& pass, double share, Tile<T> z) {
  const Arena::Frame frame(pass.arena);
  const Probabilities at(z.cols(), pass.arena);
  std::fill_n(at.values, z.cols(), share);
  find_quantiles(p.base, pass, at, z);
}

/// x = f(z), both 1 x N. Returns the log-dets, in the frame of the caller.
template <class P, class T>
Sums map_forward(const P& p, Pass<T>& pass, Tile<T> z, Tile<T> x) {
  const Sums log_det = pass.arena.sums(z.cols());
  using Cache = cache_t<std::remove_cvref_t<decltype(p.bijector)>, T>;
  Cache cache{};
  p.bijector.forward(Evaluation<T, Cache>{z, x, log_det, cache, pass});
  return log_det;
}

/// Moves the end of a support inwards, further with each attempt. inside: a number well within the support.
template <class T>
T moved_inwards(T end, T inside, int attempt) {
  if (!finite(end)) {
    const T distance = std::pow((std::numeric_limits<T>::max)(), std::ldexp(T(1), -attempt));
    return inside + std::copysign(distance, end);
  }
  if (attempt == 0) return std::nextafter(end, inside);
  return end + (inside - end) * std::pow(std::numeric_limits<T>::epsilon(), std::ldexp(T(1), 1 - attempt));
}

/// x = f(z) for quantiles z of the base. An end of the base's support may have no image, an infinite one where f is
/// bounded, or a bound of where f is defined: then z becomes the first number further inside that has one.
template <class P, class T>
void find_images(const P& p, Pass<T>& pass, Tile<T> z, Tile<T> x) {
  constexpr int most_attempts = 12;
  const Arena::Frame frame(pass.arena);
  const Index count = z.cols();
  const Tile<T> given = pass.arena.template tile<T>(1, count);
  const Tile<T> low = pass.arena.template tile<T>(1, count);
  const Tile<T> high = pass.arena.template tile<T>(1, count);
  const Tile<T> inside = pass.arena.template tile<T>(1, count);
  for (int attempt = 0;; ++attempt) {
    const Arena::Frame attempt_frame(pass.arena);
    const Sums log_det = map_forward(p, pass, z, x);
    const auto has_image = [&](Index n) {
      return !is_nan(x(0, n)) && log_det(n) >= std::numeric_limits<double>::lowest();
    };
    bool all_have = true;
    for (Index n = 0; n < count; ++n) all_have = all_have && has_image(n);
    if (all_have || attempt == most_attempts) return;
    if (attempt == 0) {
      find_base_quantile(p, pass, 0, low);
      find_base_quantile(p, pass, 1, high);
      find_base_quantile(p, pass, 0.5, inside);
      for (Index n = 0; n < count; ++n) given(0, n) = z(0, n);
    }
    bool is_moved = false;
    for (Index n = 0; n < count; ++n) {
      const bool is_end = given(0, n) == low(0, n) || given(0, n) == high(0, n);
      if (!is_end || has_image(n)) continue;
      z(0, n) = moved_inwards(given(0, n), inside(0, n), attempt);
      is_moved = true;
    }
    if (!is_moved) return;
  }
}

/// Changes sides for the events whose map z -> x falls. It is monotone, so the images of the quartiles of the base tell
/// which way it goes; inside, 1 x N, is that of the first, a point of the support.
template <class P, class T>
void change_sides(const P& p, Pass<T>& pass, const Probabilities& at, Tile<T> inside) {
  const Arena::Frame frame(pass.arena);
  const Index count = inside.cols();
  const Tile<T> z = pass.arena.template tile<T>(1, count);
  const Tile<T> image = pass.arena.template tile<T>(1, count);
  for (const double share : {0.25, 0.75}) {
    find_base_quantile(p, pass, share, z);
    map_forward(p, pass, z, share < 0.5 ? inside : image);
  }
  for (Index n = 0; n < count; ++n) {
    if (image(0, n) < inside(0, n)) at.is_upper[n] = 1 - at.is_upper[n];
  }
}

/// at.values = the probabilities of the events x, 1 x N.
template <class P, class T>
void find_probabilities(const P& p, Pass<T>& pass, ConstTile<T> x, const Probabilities& at) {
  if constexpr (HasBaseAndBijector<P>) {
    const Arena::Frame frame(pass.arena);
    const Tile<T> z = pass.arena.template tile<T>(1, x.cols());
    const Tile<T> inside = pass.arena.template tile<T>(1, x.cols());
    const Sums log_det = pass.arena.sums(x.cols());
    using Cache = cache_t<std::remove_cvref_t<decltype(p.bijector)>, T>;
    Cache cache{};
    p.bijector.inverse(Evaluation<T, Cache>{x, z, log_det, cache, pass});
    const Probabilities before(x.cols(), pass.arena);
    std::copy_n(at.is_upper, x.cols(), before.is_upper);
    change_sides(p, pass, at, inside);
    find_probabilities<std::remove_cvref_t<decltype(p.base)>, T>(p.base, pass, z, at);
    for (Index n = 0; n < x.cols(); ++n) {
      if (!(log_det(n) < std::numeric_limits<double>::lowest())) continue;
      // Outside of the support, where there is no z.
      const bool is_above = x(0, n) > inside(0, n);
      at.values[n] = is_above != (before.is_upper[n] > 0) ? 1 : 0;
    }
  } else if constexpr (requires { p.distribution(); }) {
    find_probabilities(p.distribution(), pass, x, at);
  } else if constexpr (HasBaseCdf<P>) {
    const auto f = base_cdf(p);
    for (Index n = 0; n < x.cols(); ++n) {
      at.values[n] = f.probability(static_cast<double>(x(0, n)), at.is_upper[n] > 0);
    }
  }
}

/// x, 1 x N = the events of these probabilities.
template <class P, class T>
void find_quantiles(const P& p, Pass<T>& pass, const Probabilities& at, Tile<T> x) {
  if constexpr (HasBaseAndBijector<P>) {
    const Arena::Frame frame(pass.arena);
    const Tile<T> z = pass.arena.template tile<T>(1, x.cols());
    const Tile<T> inside = pass.arena.template tile<T>(1, x.cols());
    change_sides(p, pass, at, inside);
    find_quantiles(p.base, pass, at, z);
    find_images(p, pass, z, x);
  } else if constexpr (requires { p.distribution(); }) {
    find_quantiles(p.distribution(), pass, at, x);
  } else if constexpr (HasBaseCdf<P>) {
    const auto f = base_cdf(p);
    for (Index n = 0; n < x.cols(); ++n) x(0, n) = static_cast<T>(f.quantile(at.values[n], at.is_upper[n] > 0));
  }
}

/// Whether the distribution function of the base, through flows and views, is known.
template <class P>
constexpr bool has_known_cdf() {
  if constexpr (HasBaseAndBijector<P>)
    return has_known_cdf<std::remove_cvref_t<decltype(std::declval<const P&>().base)>>();
  else if constexpr (requires(const P& p) { p.distribution(); })
    return has_known_cdf<std::remove_cvref_t<decltype(std::declval<const P&>().distribution())>>();
  else
    return HasBaseCdf<P>;
}

/// `auto`, so that its sentences are the compiler's first error.
template <class P>
auto require_known_cdf(std::string_view caller, const P& p, Index events) {
  static_assert(P::static_event_size == Eigen::Dynamic || P::static_event_size == 1,
                "cdf, survival and quantile take one coordinate; the first of several is leading_marginal(flow, 1)");
  static_assert(has_known_cdf<P>(),
                "the distribution function is known of flows over StandardNormal, DiagonalNormal, MultivariateNormal, "
                "Logistic, Laplace, StudentT, Uniform and MixtureOfGaussians only");
  if constexpr (requires { p.require_parts(); }) p.require_parts();
  if (p.event_size() != 1) {
    throw_invalid_argument(caller, "expected a density of one coordinate, got ", p.event_size(),
                           "; the first of several is leading_marginal(flow, 1)");
  }
  if (const Index size = bijou::context_size(p); size > 0) {
    throw_invalid_argument(caller, "expected a context of ", size, " rows, got none: call given(context)");
  }
  if constexpr (HoldsContext<P>) p.require_events_of_context(events);
}

template <class P, class X>
auto probabilities(std::string_view caller, const P& p, const Eigen::DenseBase<X>& x, bool is_upper,
                   Workspace& workspace) {
  using T = typename P::Scalar;
  require_known_cdf(caller, p, x.cols());
  require_events(caller, p, x);
  const auto& events = in_memory(x);
  auto result = make_per_event<T, X>(x.cols());
  T* const results = numbers_of_events(result);
  for_each_tile_of_groups(x.cols(), workspace, [&, view = view_of(events)](const TileOfBatch& at) {
    Pass<T> pass = pass_for(p, at, false);
    const Probabilities found(at.count, at.arena);
    for (Index n = 0; n < at.count; ++n) found.is_upper[n] = is_upper ? 1 : 0;
    const ConstTile<T> given = load_events<T>(view, at);
    // Maps need not take infinite numbers, of which the answer is known; nan under a context that is nan.
    const auto is_infinite = [&](Index n) { return !finite(given(0, n)) && !is_nan(given(0, n)); };
    const Tile<T> finite_events = at.arena.template tile<T>(1, at.count);
    for (Index n = 0; n < at.count; ++n) finite_events(0, n) = is_infinite(n) ? T(0) : given(0, n);
    find_probabilities<P, T>(p, pass, finite_events, found);
    for (Index n = 0; n < at.count; ++n) {
      double& value = found.values[n];
      if (is_infinite(n) && !is_nan(value)) value = (given(0, n) > 0) != is_upper ? 1 : 0;
      results[at.first + n] = static_cast<T>(value);
    }
  });
  return result;
}

}  // namespace detail

/// The distribution function of a density of one coordinate, for each column of x (1 x N), exact: that of the base, or
/// 1 minus that where f falls, which the flow itself is asked. In double up to the map, so small probabilities keep
/// their digits, to 1e-308 and as far as @f$ f^{-1} @f$ tells their events apart; those near 1 do in survival.
///
/// @f[
///   P(X \le x) = F_{\text{base}}\bigl(f^{-1}(x)\bigr) \quad \text{or, where } f \text{ falls,} \quad 1 -
///   F_{\text{base}}\bigl(f^{-1}(x)\bigr)
/// @f]
///
/// p: a base of known distribution function, a flow over one, a view of it under a context, or leading_marginal(flow,
/// 1) of several coordinates; see the sentence at compile time for the bases. Throws std::invalid_argument for more
/// than one coordinate, unless a sentence at compile time says it.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{}, bijou::MAF<double, 2>{{32}, rng}};
/// const auto first = bijou::leading_marginal(flow, 1);
/// const Eigen::RowVector3d x(-1.0, 0.0, 1.0);
/// const Eigen::VectorXd below = bijou::cdf(first, x);
/// const double median = bijou::quantile(first, 0.5);
/// @endcode
template <class P, class X>
auto cdf(const P& p, const Eigen::DenseBase<X>& x, WorkspaceArgument workspace = {}) {
  return detail::probabilities("cdf", p, x, false, *workspace);
}
/// @f$ P(X \le x) @f$ for one number.
template <class P>
typename P::Scalar cdf(const P& p, typename P::Scalar x, WorkspaceArgument workspace = {}) {
  return cdf(p, Eigen::Vector<typename P::Scalar, 1>(x), *workspace);
}

/// 1 - cdf(p, x), whose small probabilities keep their digits as those of cdf do.
///
/// @f[ P(X > x) = 1 - P(X \le x) @f]
template <class P, class X>
auto survival(const P& p, const Eigen::DenseBase<X>& x, WorkspaceArgument workspace = {}) {
  return detail::probabilities("survival", p, x, true, *workspace);
}
/// @f$ P(X > x) @f$ for one number.
template <class P>
typename P::Scalar survival(const P& p, typename P::Scalar x, WorkspaceArgument workspace = {}) {
  return survival(p, Eigen::Vector<typename P::Scalar, 1>(x), *workspace);
}

/// The x with cdf(p, x) = u for each number of a vector, as a row of 1 x N. 0 and 1 give the ends of the support, which
/// may be infinite; where f has no image of an end, as Sigmoid of infinity, they give the image of the outermost number
/// that has one. Throws std::invalid_argument for a number outside [0, 1], and as cdf does.
///
/// @f[
///   x = f\bigl(F_{\text{base}}^{-1}(u)\bigr) \quad \text{or, where } f \text{ falls,} \quad
///   f\bigl(F_{\text{base}}^{-1}(1 - u)\bigr)
/// @f]
template <class P, class U>
auto quantile(const P& p, const Eigen::DenseBase<U>& u, WorkspaceArgument workspace = {}) {
  using T = typename P::Scalar;
  static_assert(bool(U::IsVectorAtCompileTime), "quantile: the probabilities are a vector");
  const Eigen::VectorXd all = u.derived().reshaped().template cast<double>();
  detail::require_known_cdf("quantile", p, all.size());
  for (Index n = 0; n < all.size(); ++n) {
    if (all(n) >= 0 && all(n) <= 1) continue;
    detail::throw_invalid_argument("quantile", "expected a probability from 0 to 1, got ", all(n), " in place ", n);
  }
  Eigen::Matrix<T, 1, Eigen::Dynamic> result(1, all.size());
  detail::for_each_tile_of_groups(all.size(), *workspace, [&](const detail::TileOfBatch& at) {
    Pass<T> pass = detail::pass_for(p, at, false);
    const detail::Probabilities given(at.count, at.arena);
    for (Index n = 0; n < at.count; ++n) given.values[n] = all(at.first + n);
    const Tile<T> x = at.arena.template tile<T>(1, at.count);
    detail::find_quantiles(p, pass, given, x);
    detail::store_events<T>(x, result, at);
  });
  return result;
}
/// The x with @f$ P(X \le x) = u @f$, for one number u in [0, 1].
template <class P, std::floating_point U>
typename P::Scalar quantile(const P& p, U u, WorkspaceArgument workspace = {}) {
  return quantile(p, Eigen::Vector<double, 1>(static_cast<double>(u)), *workspace)(0);
}

}  // namespace bijou
