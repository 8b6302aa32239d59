#pragma once

#include <bijou/flows/any_flow.hpp>
#include <random>

#include "options.hpp"

/// The space of the events of a flow.
struct EventShape {
  Eigen::Index size = 0;
  Eigen::Index context_size = 0;
  Eigen::Index circles = 0;   // how many of the first coordinates lie on circles
  Eigen::VectorXd low, high;  // of the circles one period, of the other coordinates the bounds, infinite if none
};

using Flow = bijou::AnyFlow<double>;

/// A flow that is not trained. Throws InputError if there is no such flow of these events.
Flow make_flow(const Settings& settings, const EventShape& shape, std::mt19937_64& rng);

/// Of coordinates that lie on no circle: a flow by name. The bounds are left out.
Flow make_named_flow(const Settings& settings, const EventShape& shape, std::mt19937_64& rng);

/// Of coordinates the first of which lie on circles. The bounds are left out.
Flow make_circular_flow(const Settings& settings, const EventShape& shape, std::mt19937_64& rng);
