#include <bijou/flows/nice.hpp>

#include "support/named_flow.hpp"

TEST_CASE("flows::NICE: laws of a flow by name", "[flows_by_name]") {
  laws::check_named_flow<registry::flows::NICE, bijou::flows::NICE>();
}
