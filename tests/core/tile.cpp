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

// Views that can stand in a cache, which needs no destructor. What is only read is not written by assignment.
static_assert(!std::is_copy_assignable_v<ConstTile<float>> && !std::is_copy_assignable_v<ConstRow<float>>);
static_assert(!std::is_copy_assignable_v<Sums>);
static_assert(std::is_default_constructible_v<Tile<float>> && std::is_default_constructible_v<ConstTile<float>>);
static_assert(!std::is_convertible_v<ConstTile<float>, Tile<float>>);
static_assert(!std::is_convertible_v<Tile<float>, ConstTile<double>>);
static_assert(std::is_trivially_destructible_v<Tile<float>>);
static_assert(std::is_trivially_destructible_v<ConstTile<double>>);
static_assert(std::is_trivially_destructible_v<Row<float>>);

TEMPLATE_TEST_CASE("a tile is row-major: the events of a row are contiguous", "[tile]", BIJOU_TEST_SCALARS) {
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

TEMPLATE_TEST_CASE("parts of a tile are views of it", "[tile]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  Arena arena;
  Tile<T> tile = numbered<T>(arena, 7, 20);
  const ConstTile<T> constant = tile;
  CHECK(constant.data() == tile.data());
  CHECK(constant.outerStride() == tile.outerStride());
  CHECK((constant == tile).all());

  Tile<T> rows = tile.slice(2, 3);
  CHECK(rows.rows() == 3);
  CHECK(rows.cols() == 20);
  CHECK((rows == tile.middleRows(2, 3)).all());
  CHECK((constant.slice(2, 3) == tile.middleRows(2, 3)).all());
  CHECK(tile.slice(7, 0).rows() == 0);

  Row<T> row = tile.row(4);
  CHECK(row.size() == 20);
  CHECK(row.data() == tile.data() + 4 * tile.outerStride());
  CHECK(constant.row(4).data() == row.data());
  const ConstRow<T> constant_row = row;
  CHECK(constant_row.data() == row.data());
  CHECK(constant_row.size() == 20);

  row.setConstant(T(-1));
  CHECK(rows(2, 19) == T(-1));
  CHECK(tile(4, 0) == T(-1));
  CHECK(tile(3, 19) == T(319));
  CHECK(tile(5, 0) == T(500));
}

TEST_CASE("a tile of nothing has no rows, and can be bound to another", "[tile]") {
  Arena arena;
  const Tile<double> tile = numbered<double>(arena, 2, 3);
  Tile<double> view;
  CHECK(view.rows() == 0);
  CHECK(view.cols() == 0);
  view.rebind(tile);
  CHECK(view.data() == tile.data());
  CHECK(view.rows() == 2);
  ConstTile<double> constant;
  CHECK(constant.size() == 0);
  constant.rebind(tile);
  CHECK(constant(1, 2) == 102);
  constant.rebind(tile.slice(1, 1));
  CHECK(constant.rows() == 1);
}

TEMPLATE_TEST_CASE("packets are written through a const view", "[tile]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  Arena arena;
  const Tile<T> tile = numbered<T>(arena, 3, 20);
  tile.store(1, 0, tile.load(2, 0));
  CHECK(tile(1, 0) == T(200));
  const Row<T> row = tile.row(0);
  row.store(0, tile.load(2, 0));
  CHECK(tile(0, 0) == T(200));
}

TEST_CASE("assigning a row writes its numbers", "[tile]") {
  Arena arena;
  Tile<float> tile = numbered<float>(arena, 3, 5);
  Row<float> first = tile.row(0);
  first = tile.row(2);
  CHECK(first.data() == tile.data());
  CHECK(tile(0, 4) == 204);
  tile.row(1) = tile.row(0) * 2;
  CHECK(tile(1, 3) == 406);
}

TEMPLATE_TEST_CASE("packets of a tile and of a row", "[tile]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  Arena arena;
  Tile<T> tile = numbered<T>(arena, 3, 20);
  constexpr Index size = Simd<T>::size;
  tile.store(1, size, tile.load(2, 0) + Simd<T>::of(1000));
  for (Index n = 0; n < 20; ++n) {
    CHECK(tile(1, n) == static_cast<T>(n >= size && n < 2 * size ? 1200 + n - size : 100 + n));
  }
  Row<T> row = tile.row(0);
  row.store(0, ConstRow<T>(tile.row(2)).load(size));
  CHECK(row(0) == static_cast<T>(200 + size));
  CHECK(row(size) == static_cast<T>(size));
}

TEST_CASE("sums are added to in double, from numbers of either scalar", "[tile]") {
  Arena arena;
  Sums sums = arena.sums(3);
  CHECK((sums == 0).all());
  sums += Eigen::Array3f(1, 2, 3).transpose();
  sums -= Eigen::RowVector3d(0.5, 0, 0);
  sums += 1e-10;
  sums -= 1;
  CHECK(sums(0) == -0.5 + 1e-10);
  CHECK(sums(2) == 2 + 1e-10);
  const Tile<float> tile = numbered<float>(arena, 1, 3);
  sums.add(0, tile.load(0, 0));
  CHECK(sums(2) == 4 + 1e-10);
}
