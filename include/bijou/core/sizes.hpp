#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <initializer_list>
#include <string_view>
#include <type_traits>

/// Scalars and event sizes of bijectors and distributions, and whether those of several parts agree.
namespace bijou {

/// The scalar of a map that works with any (a permutation).
struct AnyScalar {};

namespace detail {

template <class B>
struct ScalarOf {
  using type = AnyScalar;
};
template <class B>
requires requires { typename B::Scalar; }
struct ScalarOf<B> {
  using type = typename B::Scalar;
};

/// Scalar of a bijector or distribution; AnyScalar when it names none.
template <class B>
using scalar_t = typename ScalarOf<B>::type;

template <class B, class T>
inline constexpr bool takes_scalar = std::is_same_v<scalar_t<B>, T> || std::is_same_v<scalar_t<B>, AnyScalar>;

/// The scalar that the concepts try a map with.
template <class B>
using probe_scalar_t = std::conditional_t<std::is_same_v<scalar_t<B>, AnyScalar>, double, scalar_t<B>>;

/// The scalar in which B treats numbers of type T.
template <class B, class T>
using working_scalar_t = std::conditional_t<std::is_same_v<scalar_t<B>, AnyScalar>, T, scalar_t<B>>;

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

/// D of a type, or Eigen::Dynamic for what has none, which a message of its own refuses.
template <class B>
constexpr int static_size_of() {
  if constexpr (requires { B::static_event_size; })
    return B::static_event_size;
  else
    return Eigen::Dynamic;
}

/// The one static size of several parts, dynamic parts left aside.
template <class... B>
constexpr int common_static_size() {
  int size = Eigen::Dynamic;
  ((static_size_of<B>() != Eigen::Dynamic ? size = static_size_of<B>() : size), ...);
  return size;
}

template <class... B>
constexpr bool static_sizes_agree() {
  return ((static_size_of<B>() == Eigen::Dynamic || static_size_of<B>() == common_static_size<B...>()) && ...);
}

/// Throws when the sizes of parts differ; returns the common one, or any_size.
inline Index require_common_size(const char* caller, std::initializer_list<Index> sizes) {
  Index common = any_size;
  for (const Index size : sizes) {
    if (size == any_size) continue;
    if (common != any_size && common != size) {
      throw_invalid_argument(caller, "the parts have different event sizes, ", common, " and ", size);
    }
    common = size;
  }
  return common;
}

/// The size of parts that fit each other: 0 if one of them has been moved from.
inline Index size_of_parts(std::initializer_list<Index> sizes) {
  Index common = any_size;
  for (const Index size : sizes) {
    if (size == 0) return 0;
    if (size != any_size) common = size;
  }
  return common;
}

/// Throws when parts read contexts of different sizes; returns the one that they read, 0 if none does.
inline Index require_common_context(const char* caller, std::initializer_list<Index> sizes) {
  Index common = 0;
  for (const Index size : sizes) {
    if (size == 0) continue;
    if (common != 0 && common != size) {
      throw_invalid_argument(caller, "the parts read contexts of different sizes, ", common, " and ", size, " rows");
    }
    common = size;
  }
  return common;
}

/// How messages call a type: its `name`, or else `otherwise`.
template <class B>
constexpr std::string_view name_of(std::string_view otherwise) {
  if constexpr (requires { B::name; })
    return B::name;
  else
    return otherwise;
}

}  // namespace detail

/// D of a bijector or distribution; any_size for one that takes events of any size.
template <class B>
Index event_size(const B& b) {
  if constexpr (requires { b.event_size(); })
    return b.event_size();
  else
    return B::static_event_size;
}

/// Whether coordinate i of what a bijector or a flow makes of noise depends on the first i + 1 coordinates of that
/// only, and its functions take a tile of the first rows alone. False for one that does not say so.
template <class B>
constexpr bool maps_in_order(const B& b) {
  if constexpr (requires { b.maps_in_order(); })
    return b.maps_in_order();
  else
    return false;
}

/// Whether the coordinates of a distribution are independent of each other. False for one that does not say so.
template <class P>
constexpr bool coordinates_are_independent(const P& p) {
  if constexpr (requires { p.coordinates_are_independent(); })
    return p.coordinates_are_independent();
  else
    return false;
}

/// How many rows the context of a bijector or distribution has; 0 for one that reads none.
template <class B>
constexpr Index context_size(const B& b) {
  if constexpr (requires { b.context_size(); })
    return b.context_size();
  else
    return 0;
}

}  // namespace bijou
