#include <bijou/distributions/mixture_density.hpp>
#include <cmath>
#include <limits>

#include "support/catch.hpp"

using namespace bijou;

TEMPLATE_TEST_CASE("ComponentSums add exponentials of any size", "[mixture_density]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Index events : {1, 5, 33}) {
    for (const auto& [a, b] : {std::pair{0.0, 0.0}, {1e3, 0.0}, {-1e4, -1e4 + 1}, {-1e300, 3.0}, {-infinity, -2.0}}) {
      INFO(events << " events, " << a << " and " << b);
      Arena arena;
      detail::ComponentSums<T> sums(2, events, arena);
      for (Index n = 0; n < events; ++n) {
        sums.row(0)(n) = a;
        sums.row(1)(n) = b;
      }
      // Of the neighbours, one is nothing and one no number.
      if (events == 33) sums.row(0)(3) = sums.row(1)(3) = -infinity;
      if (events == 33) sums.row(1)(4) = nan;
      const Sums sum = arena.sums(events);
      const Tile<T> shares = arena.tile<T>(2, events);
      sums.log_sum_exp(sum, shares, arena);
      const double top = std::max(a, b);
      const double expected = top + std::log(std::exp(a - top) + std::exp(b - top));
      for (Index n = 0; n < events; ++n) {
        if (events == 33 && (n == 3 || n == 4)) continue;
        CHECK(sum(n) == Approx(expected).epsilon(1e-7));
        CHECK(static_cast<double>(shares(0, n)) == Approx(std::exp(a - expected)).margin(1e-6));
        CHECK(static_cast<double>(shares(1, n)) == Approx(std::exp(b - expected)).margin(1e-6));
      }
      if (events < 33) continue;
      CHECK(sum(3) == -infinity);
      CHECK(shares(0, 3) == 0);
      CHECK(std::isnan(sum(4)));
    }
  }
}
