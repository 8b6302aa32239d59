#include <bijou/bijectors/affine.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/inference/draw_base.hpp>

#include "support/catch.hpp"

using namespace bijou;

TEST_CASE("draw_base: each event from the noise of its place, mapped or not", "[draw_base]") {
  const StandardNormal<double, 2> normal_base;
  const TransformedDistribution mapped{normal_base, Affine<double, 2>{{1.0, 2.0}, {2.0, 4.0}}};
  Arena arena;
  const detail::TileOfBatch at{0, 256, 3, arena, 1};
  Pass<double> pass{.arena = arena};
  const Tile<double> z = arena.tile<double>(2, 3), x = arena.tile<double>(2, 3);
  const Sums log_z = arena.sums(3), log_x = arena.sums(3);
  detail::draw_base(normal_base, 42, at, pass, z, log_z);
  detail::draw_base(mapped, 42, at, pass, x, log_x);
  for (Index n = 0; n < 3; ++n) {
    CounterGenerator rng{42, {.event = static_cast<std::uint64_t>(256 + n)}};
    const Eigen::Vector2d expected{normal(rng), normal(rng)};
    CHECK(z(0, n) == expected(0));
    CHECK(z(1, n) == expected(1));
    CHECK(x(0, n) == 1 + 2 * z(0, n));
    CHECK(x(1, n) == 2 + 4 * z(1, n));
    CHECK(log_z(n) == Approx(normal_base.log_prob(expected)));
    CHECK(log_x(n) == Approx(log_z(n) - std::log(8.0)));
  }
}
