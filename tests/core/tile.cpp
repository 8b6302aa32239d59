#include <bijou/core/arena.hpp>
#include <bijou/core/tile.hpp>
#include <type_traits>

#include "support/catch.hpp"

using namespace bijou;

namespace {

// (i, n) holds 100 i + n.
template <class T>
Tile<T> numbered(Arena& arena, Index rows, Index cols) {
  Tile<T> tile = arena.tile<T>(rows, cols);
  for (Index i = 0; i < rows; ++i) {
    for (Index n = 0; n < cols; ++n) tile(i, n) = static_cast<T>(100 * i + n);
  }
  return tile;
}

}  // namespace

// Views that can stand in a cache, which needs no destructor.
static_assert(std::is_trivially_destructible_v<Tile<float>>);
static_assert(std::is_trivially_destructible_v<ConstTile<double>>);
static_assert(std::is_trivially_destructible_v<Row<float>>);

TEMPLATE_TEST_CASE("a tile is row-major: the events of a row are contiguous", "[tile]", float, double) {
  Arena arena;
  const Tile<TestType> tile = numbered<TestType>(arena, 5, 37);
  for (Index i = 0; i < 5; ++i) {
    for (Index n = 0; n < 37; ++n) REQUIRE(tile.data()[i * tile.outerStride() + n] == tile(i, n));
  }
}

TEST_CASE("copying a tile copies the view, assigning writes the values", "[tile]") {
  Arena arena;
  Tile<double> tile = numbered<double>(arena, 2, 3);
  Tile<double> other = numbered<double>(arena, 2, 3);
  Tile<double> same = tile;
  CHECK(same.data() == tile.data());
  same = -other;
  CHECK(tile(1, 2) == -102);
  CHECK(same.data() == tile.data());
  other.setZero();
  same = other;
  CHECK(same.data() == tile.data());
  CHECK((tile == 0).all());
}

TEMPLATE_TEST_CASE("parts of a tile are views of it", "[tile]", float, double) {
  using T = TestType;
  Arena arena;
  Tile<T> tile = numbered<T>(arena, 7, 20);
  const ConstTile<T> constant = detail::as_const(tile);
  CHECK(constant.data() == tile.data());
  CHECK(constant.outerStride() == tile.outerStride());
  CHECK((constant == tile).all());

  Tile<T> rows = detail::rows_of(tile, 2, 3);
  CHECK(rows.rows() == 3);
  CHECK(rows.cols() == 20);
  CHECK((rows == tile.middleRows(2, 3)).all());
  CHECK((detail::rows_of(constant, 2, 3) == tile.middleRows(2, 3)).all());
  CHECK(detail::rows_of(tile, 7, 0).rows() == 0);

  Row<T> row = detail::row_of(tile, 4);
  CHECK(row.size() == 20);
  CHECK((row == tile.row(4)).all());
  CHECK((detail::row_of(constant, 4) == tile.row(4)).all());
  CHECK(detail::as_const(row).data() == row.data());
  CHECK(detail::as_const(row).size() == 20);

  row.setConstant(T(-1));
  CHECK(rows(2, 19) == T(-1));
  CHECK(tile(4, 0) == T(-1));
  CHECK(tile(3, 19) == T(319));
  CHECK(tile(5, 0) == T(500));
}
