#include <bijou/core/maps.hpp>
#include <cmath>
#include <type_traits>

#include "support/catch.hpp"
#include "support/maps.hpp"

using namespace bijou;

namespace {

// One bijector on one tile of three events, through the calls by name.
template <class B, class T>
struct Calls {
  const B& b;
  Arena arena{};
  Pass<T> pass{arena, true};
  detail::cache_t<B, T> cache{};
  Tile<T> in = arena.tile<T>(2, 3);
  Tile<T> out = arena.tile<T>(2, 3);
  Tile<T> out_gradient = arena.tile<T>(2, 3);
  Tile<T> in_gradient = arena.tile<T>(2, 3);
  Row<T> log_det = arena.row<T>(3);
  Row<T> log_det_gradient = arena.row<T>(3);
  ParameterGradient<T> gradient = arena.zeros<T>(parameter_count(b));

  template <class Direction>
  void run() {
    in << 1, 2, 3, 4, 5, 6;
    out_gradient << 1, 1, 1, 0, 0, 2;
    log_det.setConstant(10);
    log_det_gradient << 1, 0, -3;
    gradient.setConstant(100);
    Direction::apply(b, detail::as_const(in), out, log_det, cache, pass);
    Direction::pullback(b, detail::as_const(in), detail::as_const(out), detail::as_const(out_gradient),
                        detail::as_const(log_det_gradient), in_gradient, gradient, cache, pass);
  }
};

}  // namespace

TEST_CASE("maps without a cache are called without it", "[maps]") {
  const maps::Shift shift{{0.5f, -1.0f}};
  Calls<maps::Shift, float> calls{shift};
  calls.run<detail::Forward>();
  CHECK((calls.out.row(0) == calls.in.row(0) + 0.5f).all());
  CHECK((calls.out.row(1) == calls.in.row(1) - 1.0f).all());
  CHECK((calls.log_det == 10.0f).all());
  CHECK((calls.in_gradient == calls.out_gradient).all());
  CHECK(calls.gradient(0) == 103.0f);  // added to what is there
  CHECK(calls.gradient(1) == 102.0f);

  calls.run<detail::Inverse>();
  CHECK((calls.out.row(0) == calls.in.row(0) - 0.5f).all());
  CHECK(calls.gradient(0) == 97.0f);
  CHECK(calls.gradient(1) == 98.0f);
}

TEST_CASE("maps with a cache find in the pullback what the pass kept", "[maps]") {
  const maps::Stretch stretch{2, Eigen::Matrix<double, 1, 1>(std::log(2.0))};
  Calls<maps::Stretch, double> calls{stretch};
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
