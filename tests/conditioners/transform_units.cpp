#include <bijou/conditioners/transform_units.hpp>

#include "support/laws.hpp"
#include "support/units.hpp"

using bijou::Index;
using bijou::Tile;
using laws::units;

// The rows of a tile are computed to the end of their last packet, those of a column no further than their end.
TEMPLATE_TEST_CASE("transform_units: every unit of tiles and of a column once", "[transform_units]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  for (const Index rows : {1, 5, 16, 17}) {
    for (const Index events : {1, 2, 7, 128}) {
      INFO(rows << " x " << events);
      bijou::Arena arena;
      const Tile<T> a = units<T>(laws::Matrix<T>(laws::Matrix<T>::Constant(rows, events, T(3))), arena);
      const Tile<T> b = units<T>(laws::Matrix<T>(laws::Matrix<T>::Constant(rows, events, T(2))), arena);
      const Tile<T> behind = arena.tile<T>(1, 1);
      behind.data()[0] = T(77);
      bijou::detail::transform_units([](bijou::Simd<T> x, bijou::Simd<T> y) { return x * x + y; }, a, a, b);
      CHECK((a == T(11)).all());
      CHECK((b == T(2)).all());
      CHECK(behind(0, 0) == T(77));
    }
  }
}
