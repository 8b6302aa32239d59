#include <bijou/flows/maf.hpp>

#include "support/named_flow.hpp"

TEST_CASE("flows::MAF: laws of a flow by name", "[flows_by_name]") {
  laws::check_named_flow<registry::flows::MAF, bijou::flows::MAF>();
}
