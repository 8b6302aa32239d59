#include <bijou/signals/panel.hpp>

#include "support/catch.hpp"

using namespace bijou;

TEST_CASE("for_each_packet: the packets of a panel", "[panel]") {
  constexpr Index size = Simd<float>::size;
  Index count = 0;
  detail::for_each_packet<float>({3, 2, size, 3 * size}, [&](Index r, Index n) {
    CHECK((r == 3 || r == 4));
    CHECK(n % size == 0);
    CHECK((n >= size && n < 4 * size));
    ++count;
  });
  CHECK(count == 6);
}

TEMPLATE_TEST_CASE("tiles of a single event get whole packets", "[panel]", float, double) {
  using T = TestType;
  Arena arena;
  Tile<T> units = arena.units<T>(5, 1);
  for (Index i = 0; i < 5; ++i) units(i, 0) = static_cast<T>(i);
  const ConstTile<T> copy = detail::with_whole_packets<T>(units, arena);
  CHECK(copy.outerStride() >= Simd<T>::size);
  CHECK((copy == units).all());
  CHECK(detail::place_with_whole_packets<T>(units, arena).outerStride() >= Simd<T>::size);
  const Tile<T> wide = arena.tile<T>(5, 3);
  CHECK(detail::with_whole_packets<T>(wide, arena).data() == wide.data());
  CHECK(detail::place_with_whole_packets<T>(wide, arena).data() == wide.data());
}
