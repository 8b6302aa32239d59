#include <bijou/numerics/parallel.hpp>
#include <stdexcept>
#include <vector>

#include "support/catch.hpp"

// With OpenMP: tests/threads.
TEST_CASE("parallel_for: runs every index once, in order when serial") {
  std::vector<bijou::Index> seen;
  bijou::detail::parallel_for(5, 1, [&](bijou::Index i, int thread) {
    CHECK(thread == 0);
    seen.push_back(i);
  });
  CHECK(seen == std::vector<bijou::Index>{0, 1, 2, 3, 4});
  bijou::detail::parallel_for(0, 4, [&](bijou::Index, int) { FAIL("nothing to run"); });
}

TEST_CASE("parallel_for: exceptions reach the caller") {
  CHECK_THROWS_AS(bijou::detail::parallel_for(3, 2, [](bijou::Index, int) { throw std::runtime_error("no"); }),
                  std::runtime_error);
}
