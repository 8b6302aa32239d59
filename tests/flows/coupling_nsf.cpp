#include <bijou/flows/coupling_nsf.hpp>

#include "support/named_flow.hpp"

TEST_CASE("flows::CouplingNSF: laws of a flow by name", "[flows_by_name]") {
  laws::check_named_flow<registry::flows::CouplingNSF, bijou::flows::CouplingNSF>();
}
