#include <bijou/bijectors/bijector.hpp>
#include <bijou/core/pass.hpp>
#include <cmath>
#include <type_traits>

#include "support/archetypes.hpp"
#include "support/catch.hpp"

using namespace bijou;

static_assert(std::is_trivially_destructible_v<Pass<float>>);

// A type without a cache has an empty one; one of any scalar may have a cache for each.
static_assert(std::is_same_v<detail::cache_t<archetypes::Shift<float>, float>, NoCache>);
static_assert(std::is_same_v<detail::cache_t<archetypes::Swap, double>, NoCache>);
static_assert(std::is_same_v<detail::cache_t<archetypes::Stretch<double>, double>, archetypes::Stretch<double>::Cache>);
static_assert(std::is_same_v<detail::cache_t<archetypes::Opposite, float>, archetypes::Opposite::Cache<float>>);
static_assert(std::is_empty_v<NoCache>);

namespace {

// One bijector on one tile of three events, through the directions by name.
template <class B, class T>
struct Calls {
  using Cache = detail::cache_t<B, T>;
  const B& b;
  Arena arena{};
  Pass<T> pass{.arena = arena, .keep_for_pullback = true};
  Cache cache{};
  Tile<T> in = arena.tile<T>(2, 3);
  Tile<T> out = arena.tile<T>(2, 3);
  Tile<T> out_gradient = arena.tile<T>(2, 3);
  Tile<T> in_gradient = arena.tile<T>(2, 3);
  Sums log_det = arena.sums(3);
  Row<T> log_det_gradient = arena.row<T>(3);
  ParameterGradient<T> gradient = arena.zeros<T>(parameter_count(b));

  template <class Direction>
  void run() {
    in << 1, 2, 3, 4, 5, 6;
    out_gradient << 1, 1, 1, 0, 0, 2;
    log_det.setConstant(10);
    log_det_gradient << 1, 0, -3;
    gradient.setConstant(100);
    Direction::apply(b, Evaluation<T, Cache>{in, out, log_det, cache, pass});
    Direction::pullback(
        b, Pullback<T, Cache>{in, out, out_gradient, log_det_gradient, in_gradient, gradient, cache, pass});
  }
};

}  // namespace

TEST_CASE("a pass without a context has an empty one, and keeps nothing", "[pass]") {
  Arena arena;
  const Pass<double> pass{arena};
  CHECK(&pass.arena == &arena);
  CHECK(!pass.keep_for_pullback);
  CHECK(pass.context.rows() == 0);
  CHECK(pass.context_gradient.rows() == 0);
  CHECK(pass.threads == 1);
}

TEST_CASE("maps without a cache", "[pass]") {
  const archetypes::Shift<float> shift({0.5f, -1.0f});
  Calls<archetypes::Shift<float>, float> calls{shift};
  calls.run<detail::Forward>();
  CHECK((calls.out.row(0) == calls.in.row(0) + 0.5f).all());
  CHECK((calls.out.row(1) == calls.in.row(1) - 1.0f).all());
  CHECK((calls.log_det == 10).all());
  CHECK((calls.in_gradient == calls.out_gradient).all());
  CHECK(calls.gradient(0) == 103.0f);  // added to what is there
  CHECK(calls.gradient(1) == 102.0f);

  calls.run<detail::Inverse>();
  CHECK((calls.out.row(0) == calls.in.row(0) - 0.5f).all());
  CHECK(calls.gradient(0) == 97.0f);
  CHECK(calls.gradient(1) == 98.0f);
}

TEST_CASE("maps with a cache find in the pullback what the pass kept", "[pass]") {
  const archetypes::Stretch<double> stretch(2, std::log(2.0));
  Calls<archetypes::Stretch<double>, double> calls{stretch};
  calls.run<detail::Forward>();
  CHECK(calls.out.isApprox(2 * calls.in));
  CHECK(calls.log_det(2) == Approx(10 + 2 * std::log(2.0)));
  CHECK(calls.in_gradient.isApprox(2 * calls.out_gradient));
  CHECK(calls.gradient(0) == Approx(100 + 2 * (1 + 2 + 3 + 2 * 6) + 2 * (1 - 3)));

  calls.run<detail::Inverse>();
  CHECK(calls.out.isApprox(0.5 * calls.in));
  CHECK(calls.log_det(0) == Approx(10 - 2 * std::log(2.0)));
  CHECK(calls.in_gradient.isApprox(0.5 * calls.out_gradient));
  CHECK(calls.gradient(0) == Approx(100 - 0.5 * (1 + 2 + 3 + 2 * 6) - 2 * (1 - 3)));
}
