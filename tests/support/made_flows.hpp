#pragma once

#include <bijou/flows/any_bijector.hpp>
#include <bijou/flows/any_flow.hpp>
#include <bijou/flows/flow_options.hpp>
#include <random>

/// Flows and couplings whose types are compiled once for all tests that only want some flow.
namespace made_flows {

template <class T>
bijou::AnyFlow<T> maf(const bijou::flows::FlowOptions& options, std::mt19937_64& rng);

/// RealNVP of two coordinates.
bijou::AnyBijector<double> coupling(int hidden, std::mt19937_64& rng);

}  // namespace made_flows
