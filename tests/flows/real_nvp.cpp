#include <bijou/flows/real_nvp.hpp>

#include "support/named_flow.hpp"

TEST_CASE("flows::RealNVP: laws of a flow by name", "[flows_by_name]") {
  laws::check_named_flow<registry::flows::RealNVP, bijou::flows::RealNVP>();
}

TEST_CASE("flows::RealNVP needs two coordinates", "[flows_by_name]") {
  std::mt19937_64 rng{1};
  CHECK(message_of([&] { bijou::flows::RealNVP<double>{{.event_size = 1}, rng}; }) ==
        "flows::RealNVP: expected an event_size of at least 2, got 1");
}
