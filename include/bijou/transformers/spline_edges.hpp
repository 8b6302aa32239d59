#pragma once

#include <bijou/core/language.hpp>
#include <bijou/core/policy_name.hpp>
#include <concepts>

namespace bijou {

/// The slopes of a spline with K bins at the two ends of its interval: both 1, two parameters, or one parameter.
enum class EndSlopes { one, free, shared };

/// What a spline does outside its interval: nothing, x = z; it goes on as a straight line; or it repeats.
enum class Outside { identity, line, periodic };

/// What a spline does at and beyond the ends of its interval: `end_slopes`, `outside`, and the interval from `low` to
/// `high` unless one is given.
template <class E>
concept SplineEdges = requires {
  { E::end_slopes } -> std::convertible_to<EndSlopes>;
  { E::outside } -> std::convertible_to<Outside>;
  { E::low } -> std::convertible_to<double>;
  { E::high } -> std::convertible_to<double>;
};

namespace spline_edges {

/// The identity outside, with slope 1 at both ends, so that the derivative is continuous: K - 1 slopes. Durkan et al.
/// 2019, nflows' linear tails, zuko.
///
/// @f[ f(x) = x \text{ outside } [\text{low}, \text{high}], \quad f^\prime(\text{low}) = f^\prime(\text{high}) = 1 @f]
struct IdentityTails {
  static constexpr EndSlopes end_slopes = EndSlopes::one;
  static constexpr Outside outside = Outside::identity;
  static constexpr double low = -5;
  static constexpr double high = 5;
};

/// Straight lines with the slopes at the ends: K + 1 slopes. distrax' unconstrained boundary slopes.
///
/// @f[ f(x) = e + f^\prime(e)\,(x - e) \text{ beyond the end } e \in \{\text{low}, \text{high}\} @f]
struct LinearTails {
  static constexpr EndSlopes end_slopes = EndSlopes::free;
  static constexpr Outside outside = Outside::line;
  static constexpr double low = -5;
  static constexpr double high = 5;
};

/// For data that fill an interval, with a base density on the same: K + 1 slopes. Outside the map is the identity, so
/// that it is one of the whole line and a flow's density integrates to 1 over any base; the density jumps at the ends,
/// and outside it is that of the base, which is 0 for Uniform. madnis, nflows without tails, FlowJAX.
///
/// @f[ f(x) = x \text{ outside } [\text{low}, \text{high}] @f]
struct Interval {
  static constexpr EndSlopes end_slopes = EndSlopes::free;
  static constexpr Outside outside = Outside::identity;
  static constexpr double low = 0;
  static constexpr double high = 1;
};

/// For angles: numbers a period apart are the same point. Each is taken into the interval first, both ways; the ends
/// stay and have the same slope: K slopes. With a base density on the same interval, Uniform say: any other gives no
/// density on the circle. Rezende et al. 2020, Normalizing Flows on Tori and Spheres; normflows.
///
/// @f[
///   f(x + \text{high} - \text{low}) = f(x), \qquad f(\text{low}) = \text{low}, \qquad f^\prime(\text{low}) =
///   f^\prime(\text{high})
/// @f]
struct Circular {
  static constexpr EndSlopes end_slopes = EndSlopes::shared;
  static constexpr Outside outside = Outside::periodic;
  static constexpr double low = -3.14159265358979323846;
  static constexpr double high = 3.14159265358979323846;
};

}  // namespace spline_edges
template <>
inline constexpr std::string_view policy_name<spline_edges::IdentityTails> = "IdentityTails";
template <>
inline constexpr std::string_view policy_name<spline_edges::LinearTails> = "LinearTails";
template <>
inline constexpr std::string_view policy_name<spline_edges::Interval> = "Interval";
template <>
inline constexpr std::string_view policy_name<spline_edges::Circular> = "Circular";

}  // namespace bijou
