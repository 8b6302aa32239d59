#include <bijou/core/arena.hpp>
#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/stale_memory.hpp"

using namespace bijou;

namespace {

bool aligned(const void* p) { return reinterpret_cast<std::uintptr_t>(p) % 64 == 0; }

// Room for so many doubles in whole cache lines.
Index cache_lines(Index count) { return (count + 7) / 8 * 8; }

// Addresses of one pass over tiles of many sizes, with frames inside.
std::vector<const void*> pass(Arena& arena, Index events) {
  std::vector<const void*> taken;
  const Arena::Frame frame(arena);
  for (Index rows = 1; rows < 40; ++rows) taken.push_back(arena.tile<double>(rows, events).data());
  for (int repeat = 0; repeat < 3; ++repeat) {
    const Arena::Frame inner(arena);
    taken.push_back(arena.tile<float>(500, events).data());
    taken.push_back(arena.row<float>(events).data());
    taken.push_back(arena.zeros<double>(events).data());
  }
  taken.push_back(arena.row<double>(events).data());
  return taken;
}

}  // namespace

static_assert(!std::is_copy_constructible_v<Arena::Frame>);
static_assert(std::is_nothrow_move_constructible_v<Arena>);
static_assert(std::is_nothrow_move_assignable_v<Arena>);

// One cache line holds 16 floats or 8 doubles.
static_assert(Arena::stride_for<float>(0) == 0);
static_assert(Arena::stride_for<float>(1) == 16);
static_assert(Arena::stride_for<float>(16) == 16);
static_assert(Arena::stride_for<float>(17) == 3 * 16);
static_assert(Arena::stride_for<float>(128) == 9 * 16);
static_assert(Arena::stride_for<double>(8) == 8);
static_assert(Arena::stride_for<double>(9) == 3 * 8);
static_assert(Arena::stride_for<double>(128) == 17 * 8);

TEMPLATE_TEST_CASE("rows are a whole, odd number of cache lines apart", "[arena]", BIJOU_TEST_SCALARS) {
  const Index line = 64 / static_cast<Index>(sizeof(TestType));
  for (Index cols = 1; cols < 400; ++cols) {
    const Index stride = Arena::stride_for<TestType>(cols);
    REQUIRE(stride >= cols);
    REQUIRE(stride % line == 0);
    REQUIRE(stride / line % 2 == 1);
    REQUIRE(stride < cols + 2 * line);
  }
}

TEMPLATE_TEST_CASE("everything is aligned to 64 bytes and has the size asked for", "[arena]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  Arena arena;
  for (Index rows = 0; rows < 20; ++rows) {
    for (const Index cols : {0, 1, 2, 7, 8, 9, 16, 17, 100, 128, 129}) {
      const Tile<T> tile = arena.tile<T>(rows, cols);
      REQUIRE(aligned(tile.data()));
      REQUIRE(tile.rows() == rows);
      REQUIRE(tile.cols() == cols);
      REQUIRE(tile.outerStride() == Arena::stride_for<T>(cols));
      const Row<T> row = arena.row<T>(cols);
      REQUIRE(aligned(row.data()));
      REQUIRE(row.size() == cols);
      const ParameterGradient<T> flat = arena.zeros<T>(rows * cols);
      REQUIRE(aligned(flat.data()));
      REQUIRE(flat.size() == rows * cols);
    }
  }
}

TEST_CASE("what is in use does not overlap", "[arena]") {
  Arena arena;
  std::vector<Tile<float>> tiles;
  std::vector<Row<double>> rows;
  for (Index i = 0; i < 60; ++i) {
    const Index cols = 1 + i * 7 % 150;
    tiles.push_back(arena.tile<float>(i % 11, cols));
    rows.push_back(arena.row<double>(cols));
    // Maps read and write whole packets: of a tile up to the stride, of a row up to the end of its last cache line.
    std::fill_n(tiles.back().data(), tiles.back().rows() * tiles.back().outerStride(), static_cast<float>(i));
    std::fill_n(rows.back().data(), cache_lines(cols), static_cast<double>(-i));
  }
  for (Index i = 0; i < 60; ++i) {
    INFO(i);
    const Tile<float>& tile = tiles[static_cast<std::size_t>(i)];
    const Row<double>& row = rows[static_cast<std::size_t>(i)];
    const auto is_i = [&](auto value) { return std::abs(static_cast<double>(value)) == static_cast<double>(i); };
    CHECK(std::all_of(tile.data(), tile.data() + tile.rows() * tile.outerStride(), is_i));
    CHECK(std::all_of(row.data(), row.data() + cache_lines(row.size()), is_i));
  }
}

TEST_CASE("fresh memory is zero up to the stride", "[arena]") {
  Arena arena;
  for (const Index cols : {1, 17, 300, 5000}) {
    const Tile<double> tile = arena.tile<double>(5, cols);
    CHECK(std::count(tile.data(), tile.data() + 5 * tile.outerStride(), 0.0) == 5 * tile.outerStride());
  }
}

TEST_CASE("behind the last event lie zeros up to the end of the packet, in used memory too", "[arena]") {
  Arena arena;
  const auto check = [&]<class T>(T, std::uint64_t pattern) {
    constexpr Index width = Simd<T>::size;  // maps read whole packets
    for (const Index cols : {1, 2, 7, 15, 16, 17, 31, 33, 127, 128, 129}) {
      INFO(cols << " events");
      laws::fill_with(pattern, arena);
      const Arena::Frame frame(arena);
      const Index end = (cols + width - 1) / width * width;
      const auto zero = [](T value) { return value == T(0); };
      const Tile<T> tile = arena.tile<T>(3, cols);
      for (Index i = 0; i < 3; ++i) {
        const T* const row = tile.data() + i * tile.outerStride();
        CHECK(std::all_of(row + cols, row + end, zero));
      }
      const Row<T> row = arena.row<T>(cols);
      CHECK(std::all_of(row.data() + cols, row.data() + end, zero));
      // Units of one event: from each of them on a packet can be read.
      const Tile<T> column = arena.units<T>(cols, 1);
      CHECK(std::all_of(column.data(), column.data() + cols + Simd<T>::size, zero));
      CHECK(column.rows() == cols);
      CHECK(column.cols() == 1);
      CHECK(column.outerStride() == 1);
      const Tile<T> units = arena.units<T>(3, cols + 1);
      CHECK(units.rows() == 3);
      CHECK(units.cols() == cols + 1);
      CHECK(units.outerStride() == Arena::stride_for<T>(cols + 1));
      const Sums sums = arena.sums(cols);
      CHECK(sums.size() == cols);
      // Packets of floats are added to sums, whatever the scalar.
      CHECK(std::all_of(sums.data(), sums.data() + (cols + 15) / 16 * 16, [](double value) { return value == 0; }));
    }
  };
  for (const std::uint64_t pattern : laws::stale_patterns) {
    check(float{}, pattern);
    check(double{}, pattern);
  }
}

TEST_CASE("reserve makes one piece of at least so many bytes, unless something is in use", "[arena]") {
  Arena arena;
  arena.reserve(10'000);
  CHECK(arena.capacity() >= 10'000);
  const std::size_t capacity = arena.capacity();
  arena.reserve(100);
  CHECK(arena.capacity() == capacity);
  const Arena::Frame frame(arena);
  arena.row<float>(10);
  arena.reserve(100'000);
  CHECK(arena.capacity() == capacity);
}

TEST_CASE("zeros are zero in used memory too", "[arena]") {
  Arena arena;
  {
    const Arena::Frame frame(arena);
    arena.tile<double>(4, 100).setConstant(3);
  }
  CHECK((arena.zeros<double>(400) == 0).all());
}

TEST_CASE("objects are default-constructed", "[arena]") {
  struct Object {
    int number = 7;
    std::optional<Tile<float>> tile;
    const double* pointer;
  };
  Arena arena;
  {
    const Arena::Frame frame(arena);
    arena.tile<double>(10, 100).setConstant(3);
  }
  const Object* objects = arena.objects<Object>(20);
  CHECK(aligned(objects));
  for (int i = 0; i < 20; ++i) {
    CHECK(objects[i].number == 7);
    CHECK(!objects[i].tile.has_value());
    CHECK(objects[i].pointer == nullptr);
  }
}

TEST_CASE("a frame gives back what was taken inside it, and no more", "[arena]") {
  Arena arena;
  Tile<double> outer = arena.tile<double>(2, 10);
  outer.setConstant(1);
  const double* first = nullptr;
  {
    const Arena::Frame frame(arena);
    first = arena.row<double>(10).data();
    const double* second = nullptr;
    {
      const Arena::Frame inner(arena);
      second = arena.row<double>(10).data();
      CHECK(second != first);
      arena.tile<double>(100, 100).setConstant(2);  // more than the first chunk
    }
    CHECK(arena.row<double>(10).data() == second);
  }
  CHECK(arena.row<double>(10).data() == first);
  CHECK((outer == 1).all());
}

TEST_CASE("what was taken outside a frame survives growth inside it", "[arena]") {
  Arena arena;
  const Arena::Frame frame(arena);
  Row<double> row = arena.row<double>(50);
  row.setConstant(5);
  for (int i = 0; i < 20; ++i) {
    const Arena::Frame inner(arena);
    arena.tile<double>(1 << i / 2, 300).setConstant(-1);
  }
  CHECK((row == 5).all());
}

TEST_CASE("a pass of a size that was seen runs in the same memory, in one piece", "[arena]") {
  Arena arena;
  pass(arena, 128);
  const std::vector<const void*> second = pass(arena, 128);
  CHECK(pass(arena, 128) == second);
  CHECK(std::is_sorted(second.begin(), second.begin() + 39));
  const auto used = static_cast<const std::byte*>(second[38]) - static_cast<const std::byte*>(second[0]);
  CHECK(used == 38 * 39 / 2 * Arena::stride_for<double>(128) * Index{sizeof(double)});
  pass(arena, 5);
  CHECK(pass(arena, 128) == second);  // a smaller one in between changes nothing
}

TEST_CASE("big sizes", "[arena]") {
  Arena arena;
  for (int repeat = 0; repeat < 2; ++repeat) {
    const Arena::Frame frame(arena);
    Tile<float> wide = arena.tile<float>(3, 2'000'000);
    Tile<double> tall = arena.tile<double>(100'000, 9);
    wide.setConstant(1);
    tall.setConstant(2);
    CHECK(wide(2, 1'999'999) == 1);
    CHECK(tall(99'999, 8) == 2);
    CHECK(aligned(wide.data()));
    CHECK(aligned(tall.data()));
  }
}

TEST_CASE("a moved arena keeps its memory", "[arena]") {
  Arena arena;
  Row<double> row = arena.row<double>(20);
  row.setConstant(4);
  Arena moved = std::move(arena);
  CHECK(moved.row<double>(20).data() != row.data());
  CHECK((row == 4).all());
}

TEST_CASE("an arena on memory of the caller's takes no other", "[arena]") {
  alignas(64) std::array<std::byte, 1024> memory;
  memory.fill(std::byte{1});
  Arena arena{std::span<std::byte>(memory)};
  CHECK(arena.capacity() == 1024);
  arena.reserve(5000);
  CHECK(arena.capacity() == 1024);
  for (int repeat = 0; repeat < 2; ++repeat) {
    const Arena::Frame frame(arena);
    const void* first = arena.bytes(512);
    CHECK(first == memory.data());
    CHECK(arena.bytes(512) == memory.data() + 512);
    CHECK_THROWS_AS(arena.bytes(1), std::bad_alloc);
  }
  Arena moved = std::move(arena);
  CHECK(moved.bytes(64) == memory.data());
  Arena nothing{std::span<std::byte>()};
  CHECK_THROWS_AS(nothing.bytes(1), std::bad_alloc);
}
