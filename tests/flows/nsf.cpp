#include <bijou/flows/nsf.hpp>

#include "support/named_flow.hpp"

TEST_CASE("flows::NSF: laws of a flow by name", "[flows_by_name]") {
  laws::check_named_flow<registry::flows::NSF, bijou::flows::NSF>();
}
