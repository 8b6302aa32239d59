#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/reverse.hpp>

#include "registry.hpp"
#include "support/laws.hpp"

static_assert(bijou::Bijector<bijou::Reverse<3>>);
static_assert(bijou::Bijector<bijou::Reverse<Eigen::Dynamic>>);

using bijou::Reverse;

TEST_CASE("Reverse: laws", "[reverse]") {
  laws::check_bijector(registry::maker<registry::bijectors::Reverse>, {.factors = {1}});
}

TEST_CASE("Reverse: laws, events of any size", "[reverse]") {
  const auto make = registry::maker<registry::bijectors::Reverse, registry::dynamic>;
  laws::check_bijector(make, {.factors = {1}, .rows = 4});
  laws::check_bijector(make, {.factors = {1}, .rows = 1});
  laws::check_forms(make, 4);
}

TEMPLATE_TEST_CASE("Reverse: x_j = z_{D-1-j}", "[reverse]", BIJOU_TEST_SCALARS) {
  using Event = Eigen::Matrix<TestType, 3, 1>;
  const Event z(1, 2, 3);
  CHECK(Reverse<3>{}.forward(z) == Event(3, 2, 1));
  CHECK(Reverse<3>{}.inverse(z) == Event(3, 2, 1));
  CHECK(Reverse<Eigen::Dynamic>{}.forward(z) == Event(3, 2, 1));
  CHECK(Reverse<3>{}.forward_log_det(z) == TestType(0));
  CHECK(Reverse<3>{}.inverse_log_det(z) == TestType(0));
}

TEST_CASE("Reverse: is the permutation that names the indices backwards", "[reverse]") {
  std::mt19937_64 rng{1};
  const laws::Matrix<double> z = laws::normals<double>(4, 9, rng);
  const bijou::Permute<4> p{3, 2, 1, 0};
  laws::check_same_bits(Reverse<4>{}.forward(z), p.forward(z));
  laws::check_same_bits(Reverse<4>{}.inverse(z), p.inverse(z));
}
