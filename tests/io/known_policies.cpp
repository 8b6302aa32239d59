#include <bijou/io/known_policies.hpp>
#include <algorithm>

#include "support/catch.hpp"

using namespace bijou::detail;

TEST_CASE("known policies: names of a list, and as a text", "[io]") {
  using Two = PolicyList<bijou::scale_maps::Exp, bijou::scale_maps::BoundedExp>;
  CHECK(names_of(Two{}) == std::vector<std::string_view>{"Exp", "BoundedExp"});
  CHECK(listed(names_of(Two{})) == "Exp, BoundedExp");
  CHECK(listed({}).empty());
}

TEST_CASE("known policies: each has a name of its own in its list", "[io]") {
  const auto check = [](auto list) {
    std::vector<std::string_view> names = names_of(list);
    CHECK(std::find(names.begin(), names.end(), "own policy") == names.end());
    std::sort(names.begin(), names.end());
    CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  };
  check(KnownScaleMaps{});
  check(KnownConditionalScales{});
  check(KnownSplineEdges{});
  check(KnownSplineMaps{});
  check(KnownSplineMapsOfInterval{});
  check(KnownBinMaps{});
  check(KnownFormulas{});
}
