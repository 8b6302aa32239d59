#include <bijou/numerics/staircase.hpp>
#include <vector>

#include "support/catch.hpp"

using bijou::Index;
using bijou::detail::DepthRange;
using bijou::detail::Staircase;

namespace {

using Ends = std::vector<Index>;

Ends ends_of(const std::vector<DepthRange>& ranges) {
  Ends ends;
  for (const DepthRange& range : ranges) ends.push_back(range.end);
  return ends;
}

Ends begins_of(const std::vector<DepthRange>& ranges) {
  Ends begins;
  for (const DepthRange& range : ranges) begins.push_back(range.begin);
  return begins;
}

}  // namespace

// Hidden units see units of their own or a smaller degree.
TEST_CASE("Staircase: of a hidden layer", "[staircase]") {
  const Staircase shape({0, 1, 1, 3, 4}, {0, 1, 1, 2, 3}, 0, 4);
  CHECK(begins_of(shape.rows) == Ends{0, 0, 0, 0, 0});
  CHECK(ends_of(shape.rows) == Ends{1, 3, 3, 3, 4});
  CHECK(begins_of(shape.columns) == Ends{0, 1, 1, 4, 5});
  CHECK(ends_of(shape.columns) == Ends{5, 5, 5, 5, 5});
  CHECK(shape.row_steps == Ends{0, 1, 3, 4, 5});
  CHECK(shape.alike == std::vector<int>{1, 3, 2, 1, 1});
}

// Outputs see units of a smaller degree, and are computed one step before their degree.
TEST_CASE("Staircase: of an output layer", "[staircase]") {
  const Staircase shape({0, 1, 1, 2}, {1, 1, 2, 3, 3}, 1, 3);
  CHECK(ends_of(shape.rows) == Ends{1, 1, 3, 4, 4});
  CHECK(begins_of(shape.columns) == Ends{0, 2, 2, 3});
  CHECK(shape.row_steps == Ends{0, 2, 3, 5});
}

TEST_CASE("Staircase: rows and columns name the same entries", "[staircase]") {
  const std::vector<int> in{0, 0, 2, 2, 3, 7};
  const std::vector<int> out{0, 1, 2, 2, 4, 4, 5};
  for (const int offset : {0, 1}) {
    const Staircase shape(in, out, offset, 6);
    for (std::size_t r = 0; r < out.size(); ++r) {
      for (std::size_t k = 0; k < in.size(); ++k) {
        const bool expected = in[k] <= out[r] - offset;
        CHECK((static_cast<Index>(k) < shape.rows[r].end) == expected);
        CHECK((static_cast<Index>(r) >= shape.columns[k].begin) == expected);
      }
    }
  }
}

TEST_CASE("Staircase: the first unit of each degree, also of those that no unit has", "[staircase]") {
  CHECK(Staircase::first_of_each({0, 0, 2, 5}, 0, 4) == Ends{0, 2, 2, 3, 4});
  CHECK(Staircase::first_of_each({1, 2, 2}, 1, 2) == Ends{0, 1, 3});
  CHECK(Staircase::first_of_each({}, 0, 2) == Ends{0, 0, 0});
  CHECK(Staircase::first_of_each({1}, 0, 0) == Ends{1});
}

TEST_CASE("Staircase: at compile time", "[staircase]") {
  static constexpr int in[] = {0, 1, 1, 3, 4};
  static constexpr int out[] = {0, 1, 1, 2, 3};
  static constexpr bijou::detail::ConstantStaircase<5, 5, 4> shape(in, out, 0);
  STATIC_REQUIRE(shape.rows[4].end == 4);
  const Staircase expected({0, 1, 1, 3, 4}, {0, 1, 1, 2, 3}, 0, 4);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(shape.view().rows[i].end == expected.rows[i].end);
    CHECK(shape.view().columns[i].begin == expected.columns[i].begin);
    CHECK(shape.view().alike[i] == expected.alike[i]);
    CHECK(shape.view().row_steps[i] == expected.row_steps[i]);
  }
}
