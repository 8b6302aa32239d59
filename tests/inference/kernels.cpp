#include <bijou/inference/kernels.hpp>

#include "support/catch.hpp"

using namespace bijou;

// What they do is tested with sample_chains.
TEST_CASE("kernels: their names and defaults", "[kernels]") {
  static_assert(!Metropolis::uses_score && Mala::uses_score && Hmc::uses_score);
  CHECK(Metropolis{}.target_acceptance == 0.3);  // near 0.234 of many and 0.44 of one coordinate
  CHECK(Mala{}.target_acceptance == 0.574);      // Roberts & Rosenthal 1998
  CHECK(Hmc{}.target_acceptance == 0.8);         // that of Stan
  CHECK_NOTHROW(detail::require_kernel(Hmc{}));
}
