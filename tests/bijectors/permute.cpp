#include <bijou/bijectors/permute.hpp>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

static_assert(bijou::Bijector<bijou::Permute<2>>);
static_assert(bijou::Bijector<bijou::Permute<Eigen::Dynamic>>);

using bijou::Permute;

namespace {

// Compiles only if constant evaluation accepts it.
constexpr Permute<3> constant{2, 0, 1};
static_assert(constant.indices()[0] == 2);

}  // namespace

TEST_CASE("Permute: laws", "[permute]") {
  laws::check_bijector([]<class T>(T, auto&) { return Permute<4>{2, 0, 3, 1}; }, {.factors = {1}});
  laws::check_forms(registry::maker<registry::bijectors::Permute>, 3);
}

TEST_CASE("Permute: laws, size at run time", "[permute]") {
  laws::check_bijector(registry::maker<registry::bijectors::Permute, registry::dynamic>, {.factors = {1}});
}

TEMPLATE_TEST_CASE("Permute: x_j = z_{p_j}", "[permute]", BIJOU_TEST_SCALARS) {
  using Event = Eigen::Matrix<TestType, 3, 1>;
  const Event z(10, 20, 30);
  CHECK(constant.forward(z) == Event(30, 10, 20));
  CHECK(constant.inverse(z) == Event(20, 30, 10));
  CHECK(constant.forward_log_det(z) == TestType(0));
  CHECK(constant.inverse_log_det(z) == TestType(0));
  const Permute<Eigen::Dynamic> dynamic{std::vector<int>{2, 0, 1}};
  CHECK(dynamic.forward(z) == Event(30, 10, 20));
  CHECK(dynamic.event_size() == 3);
  const Event g(1, 2, 3);
  const Eigen::Matrix<TestType, 1, 1> l(TestType(5));
  CHECK(bijou::forward_pullback(constant, z, g, l).input == Event(2, 3, 1));
  CHECK(bijou::inverse_pullback(constant, z, g, l).input == Event(3, 1, 2));
}

TEST_CASE("Permute: the indices are state, not parameters", "[permute]") {
  std::vector<std::string> names;
  bijou::for_each_named_state(constant, [&](const std::string& name, const auto& indices) {
    names.push_back(name);
    CHECK(std::equal(indices.begin(), indices.end(), std::begin({2, 0, 1})));
  });
  CHECK(names == std::vector<std::string>{"indices"});
  CHECK(bijou::parameter_count(constant) == 0);
}

TEST_CASE("Permute: refuses what is not a permutation", "[permute]") {
  const std::string expected = "Permute: a permutation must name each index from 0 to D - 1 exactly once";
  CHECK(message_of([] { Permute<3>{0, 1, 1}; }) == expected);
  CHECK(message_of([] { Permute<3>{0, 1, 3}; }) == expected);
  CHECK(message_of([] { Permute<3>{-1, 0, 1}; }) == expected);
  CHECK(message_of([] { Permute<2>{std::array<int, 2>{1, 1}}; }) == expected);
  CHECK(message_of([] { Permute<Eigen::Dynamic>{std::vector<int>{0, 2}}; }) == expected);
  CHECK(message_of([] { Permute<Eigen::Dynamic>{std::vector<int>{0, 0}}; }) == expected);
}
