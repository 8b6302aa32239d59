#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/numerics/random.hpp>
#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Orders of all coordinates of an event, for OnSlice around a coupling, which passes on the first of them, or around
/// an autoregressive map. For a list of five coordinates, evens_first is {0, 2, 4, 1, 3}.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Coupling = bijou::RealNVP<float, 5>;
/// const bijou::OnSlice<5, Coupling> odds_pass{bijou::odds_first(5), Coupling{2, {32}, rng}};
/// const bijou::OnSlice<5, Coupling> these_pass{bijou::first_then_others(5, {4, 0}), Coupling{2, {32}, rng}};
/// @endcode
namespace bijou {

namespace detail {

/// What is wrong with coordinates that should be different ones of an event; empty if nothing is.
inline std::string coordinate_list_error(Index event_size, std::span<const int> coordinates) {
  for (auto at = coordinates.begin(); at != coordinates.end(); ++at) {
    if (*at < 0 || *at >= event_size) return joined({"expected coordinates from 0 to ", event_size - 1, ", got ", *at});
    if (std::find(coordinates.begin(), at, *at) != at)
      return joined({"expected different coordinates, got ", *at, " twice"});
  }
  return {};
}

/// Refuses what are not different coordinates of an event.
inline void require_coordinate_list(std::string_view caller, Index event_size, std::span<const int> coordinates) {
  require_no_error(caller, coordinate_list_error(event_size, coordinates));
}

}  // namespace detail

/// These coordinates, then the others from low to high. Throws std::invalid_argument unless they are different ones of
/// the event, which has at least one.
inline std::vector<int> first_then_others(Index event_size, std::vector<int> first) {
  detail::require_coordinates("first_then_others", event_size);
  detail::require_coordinate_list("first_then_others", event_size, first);
  std::vector<bool> is_there(static_cast<std::size_t>(event_size));
  for (const int i : first) is_there[static_cast<std::size_t>(i)] = true;
  for (int i = 0; i < event_size; ++i) {
    if (!is_there[static_cast<std::size_t>(i)]) first.push_back(i);
  }
  return first;
}

/// 0, 2, ..., then 1, 3, ...; the first (event_size + 1) / 2 are even.
inline std::vector<int> evens_first(Index event_size) {
  std::vector<int> evens;
  for (int i = 0; i < event_size; i += 2) evens.push_back(i);
  return first_then_others(event_size, std::move(evens));
}

/// 1, 3, ..., then 0, 2, ...; the first event_size / 2 are odd.
inline std::vector<int> odds_first(Index event_size) {
  std::vector<int> odds;
  for (int i = 1; i < event_size; i += 2) odds.push_back(i);
  return first_then_others(event_size, std::move(odds));
}

/// All coordinates in an order that is drawn, each with the same probability.
template <UniformRandomBitGenerator Rng>
std::vector<int> random_order(Index event_size, Rng& rng) {
  std::vector<int> order(static_cast<std::size_t>(detail::require_coordinates("random_order", event_size)));
  std::iota(order.begin(), order.end(), 0);
  shuffle(order, rng);
  return order;
}

}  // namespace bijou
