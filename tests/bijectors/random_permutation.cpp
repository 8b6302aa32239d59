#include <bijou/bijectors/random_permutation.hpp>
#include <map>
#include <vector>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("RandomPermutation: laws", "[random_permutation]") {
  laws::check_bijector(registry::maker<registry::bijectors::RandomPermutation>, {.factors = {1}});
  laws::check_bijector(registry::maker<registry::bijectors::RandomPermutation, registry::dynamic>, {.factors = {1}});
}

TEST_CASE("RandomPermutation keeps its order in copies, and lists it as state", "[random_permutation]") {
  std::mt19937_64 rng{1};
  const RandomPermutation<20> p{rng};
  const RandomPermutation<20> copy = p;
  CHECK(copy.permute().indices() == p.permute().indices());
  Eigen::Vector<double, 20> z;
  for (int i = 0; i < 20; ++i) z(i) = i;
  CHECK(copy.forward(z) == p.forward(z));
  CHECK(copy.inverse(p.forward(z)) == z);
  RandomPermutation<20> other{rng};
  CHECK(other.permute().indices() != p.permute().indices());
  other = p;
  CHECK(other.forward(z) == p.forward(z));
  std::vector<std::string> names;
  for_each_named_state(p, [&](const std::string& name, const auto&) { names.push_back(name); });
  CHECK(names == std::vector<std::string>{"permute.indices"});
  CHECK(parameter_count(p) == 0);
}

TEST_CASE("RandomPermutation draws each order as often", "[random_permutation]") {
  std::mt19937_64 rng{1};
  std::map<std::vector<int>, int> counts;
  for (int i = 0; i < 6000; ++i) ++counts[RandomPermutation<Eigen::Dynamic>(3, rng).permute().indices()];
  CHECK(counts.size() == 6);
  for (const auto& [order, count] : counts) CHECK(std::abs(count - 1000) < 120);
  CHECK(RandomPermutation<1>{rng}.permute().indices()[0] == 0);
  CHECK(message_of([&] { RandomPermutation<Eigen::Dynamic>(0, rng); }) ==
        "RandomPermutation: events need at least one row, got 0");
}
