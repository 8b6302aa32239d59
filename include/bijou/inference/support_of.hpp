#pragma once

#include <bijou/bijectors/bijector.hpp>
#include <bijou/bijectors/box.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/on_slice.hpp>
#include <bijou/core/sizes.hpp>
#include <bijou/distributions/dynamic_product.hpp>
#include <bijou/distributions/product.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/distributions/uniform.hpp>
#include <cstddef>
#include <limits>
#include <tuple>
#include <utility>

namespace bijou {

namespace detail {

/// A distribution that says what its support is.
template <class P>
concept SaysSupport = requires(const P& p) { p.support(); };
template <class P>
concept MapsBase = requires(const P& p) {
  p.base;
  p.bijector;
};

template <class P>
inline constexpr bool is_uniform = false;
template <class T, int D>
inline constexpr bool is_uniform<Uniform<T, D>> = true;
template <class P>
inline constexpr bool is_product = false;
template <class... Ps>
inline constexpr bool is_product<Product<Ps...>> = true;
template <class P>
inline constexpr bool is_product<DynamicProduct<P>> = true;

/// Whether the support of a distribution is a box, whose bounds write_bounds knows.
template <class P>
inline constexpr bool has_box = !SaysSupport<P> && !MapsBase<P>;
template <class... Ps>
inline constexpr bool has_box<Product<Ps...>> = (has_box<Ps> && ...);
template <class P>
inline constexpr bool has_box<DynamicProduct<P>> = has_box<P>;

/// Writes the bounds of a distribution into places `first` and on; those that do not exist are infinite.
template <class P, class Vector>
void write_bounds(const P& p, Index first, Vector& low, Vector& high) {
  using T = typename P::Scalar;
  const Index size = bijou::event_size(p);
  if constexpr (is_product<P>) {
    for_each_element(p.parts(), [&](const auto& part, std::size_t) {
      write_bounds(part, first, low, high);
      first += bijou::event_size(part);
    });
  } else if constexpr (is_uniform<P>) {
    for (Index i = 0; i < size; ++i) {
      low(first + i) = p.low()(i);
      high(first + i) = p.high()(i);
    }
  } else {
    for (Index i = first; i < first + size; ++i) {
      low(i) = -std::numeric_limits<T>::infinity();
      high(i) = std::numeric_limits<T>::infinity();
    }
  }
}

/// f on the coordinates first, ... of events of so many.
template <int D, class B>
OnSlice<D, B> on_coordinates(Index event_size, Index first, B bijector) {
  if constexpr (D == Eigen::Dynamic)
    return OnSlice<D, B>(event_size, first, std::move(bijector));
  else
    return OnSlice<D, B>(first, std::move(bijector));
}

}  // namespace detail

/// The bijector from R^D to where a distribution has its mass, so that chains walk without bounds (LatentEnergy). A Box
/// for Uniform and for a Product of such and of distributions on the whole line, all of a Box without bounds for these
/// alone; of a TransformedDistribution its bijector behind the support of its base. A distribution of your own says its
/// support by a member `support()`, which returns any bijector.
///
/// @f[ f : \mathbb{R}^D \to \{x : p(x) > 0\} @f]
///
/// @code{.cpp}
/// const bijou::Product prior{bijou::Uniform<double, 2>{{-1.0, 0.0}, {1.0, 5.0}}, bijou::StandardNormal<double, 1>{}};
/// const bijou::Box<double, 3> support = bijou::support_of(prior);
/// const Eigen::Vector3d theta = bijou::forward(support, Eigen::Vector3d(0.0, 0.0, 0.7));  // (0, 2.5, 0.7)
/// @endcode
template <class P>
auto support_of(const P& p) {
  using T = typename P::Scalar;
  constexpr int D = P::static_event_size;
  if constexpr (detail::SaysSupport<P>) {
    static_assert((detail::require_bijector<decltype(p.support())>(), true));
    return p.support();
  } else if constexpr (detail::MapsBase<P>) {
    return Chain{p.bijector, support_of(p.base)};
  } else if constexpr (detail::has_box<P>) {
    Eigen::Matrix<T, D, 1> low(p.event_size()), high(p.event_size());
    detail::write_bounds(p, 0, low, high);
    return Box<T, D>(low, high);
  } else {
    static_assert(
        requires { std::tuple_size<std::remove_cvref_t<decltype(p.parts())>>::value; },
        "support_of: a DynamicProduct of parts with a support() of their own: give it to a distribution of "
        "your own");
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      Index first = 0;
      const auto next = [&](const auto& part) {
        const Index begin = first;
        first += bijou::event_size(part);
        return detail::on_coordinates<D>(p.event_size(), begin, support_of(part));
      };
      std::tuple slices{next(std::get<I>(p.parts()))...};  // braces: in this order
      return Chain{std::get<I>(std::move(slices))...};
    }(std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<decltype(p.parts())>>>{});
  }
}

}  // namespace bijou
