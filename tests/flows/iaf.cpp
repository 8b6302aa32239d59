#include <bijou/flows/iaf.hpp>

#include "support/named_flow.hpp"

TEST_CASE("flows::IAF: laws of a flow by name", "[flows_by_name]") {
  laws::check_named_flow<registry::flows::IAF, bijou::flows::IAF>();
}
