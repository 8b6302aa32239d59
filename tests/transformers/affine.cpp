#include <bijou/transformers/affine.hpp>
#include <cmath>

#include "registry.hpp"
#include "support/transformer_laws.hpp"

namespace scale_maps = bijou::scale_maps;
using bijou::AffineTransformer;

static_assert(bijou::Transformer<AffineTransformer<float, scale_maps::Exp>>);
static_assert(bijou::Transformer<AffineTransformer<double, scale_maps::SoftClippedExp>>);
static_assert(bijou::Transformer<AffineTransformer<float, scale_maps::SoftplusFloor>>);
static_assert(bijou::Transformer<AffineTransformer<double, scale_maps::SigmoidFloor>>);
static_assert(!bijou::Transformer<int>);

TEST_CASE("AffineTransformer: laws", "[transformer]") {
  laws::check_transformer(registry::maker_of_scalar<registry::transformers::Affine>);
  laws::check_transformer([]<class T>(T, auto&) { return AffineTransformer<T, scale_maps::SoftplusFloor>{}; });
  laws::check_transformer([]<class T>(T, auto&) { return AffineTransformer<T, scale_maps::SigmoidFloor>{}; });
  // e^30 times a draw is beyond float.
  laws::check_transformer([]<class T>(T, auto&) { return AffineTransformer<T, scale_maps::Exp>{}; },
                          {.factors = {1, 0, 1e-8, 3}});
}

TEMPLATE_TEST_CASE("AffineTransformer: z = s(a) x + t", "[transformer]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const auto f = laws::coordinate_of(AffineTransformer<T, scale_maps::Exp>{});
  laws::Matrix<T> parameters(2, 3);  // [t, a]
  parameters << T(1), T(-2), T(0.5), T(std::log(2.0)), T(0), T(-std::log(4.0));
  const laws::Vector<T> x = Eigen::Vector<T, 3>(T(3), T(5), T(-8));
  const laws::Vector<T> g = Eigen::Vector<T, 3>(T(1), T(2), T(4));
  const laws::Vector<T> l = Eigen::Vector<T, 3>(T(10), T(20), T(30));
  const double tolerance = laws::Tolerance<T>::rounding;
  const auto pass = laws::run(f, laws::Direction::inverse, {parameters, x, g, l});
  laws::check_close(pass.value, Eigen::Vector3d(7, 3, -1.5), tolerance);
  laws::check_close(pass.log_det, Eigen::Vector3d(std::log(2.0), 0, -std::log(4.0)), tolerance);
  laws::check_close(pass.input_gradient, Eigen::Vector3d(2, 2, 1), tolerance);
  laws::check_close(pass.parameters_gradient.row(0), Eigen::RowVector3d(1, 2, 4), tolerance);
  laws::check_close(pass.parameters_gradient.row(1), Eigen::RowVector3d(6 + 10, 10 + 20, -8 + 30), tolerance);
  const auto back = laws::run(f, laws::Direction::forward, {parameters, pass.value, g, l});
  laws::check_close(back.value, x, tolerance);
  laws::check_close(back.log_det, -pass.log_det, tolerance);
  laws::check_close(back.input_gradient, Eigen::Vector3d(0.5, 2, 16), tolerance);
  laws::check_close(back.parameters_gradient.row(0), Eigen::RowVector3d(-0.5, -2, -16), tolerance);
  laws::check_close(back.parameters_gradient.row(1), Eigen::RowVector3d(-3 - 10, -10 - 20, 32 - 30), tolerance);
}

TEST_CASE("AffineTransformer: two parameters and no state", "[transformer]") {
  static_assert(AffineTransformer<double>::parameters_per_coordinate() == 2);
  static_assert(std::is_empty_v<AffineTransformer<double>>);
  static_assert(std::is_same_v<decltype(AffineTransformer<double>::members()), bijou::Members<>>);
  SUCCEED("compiled");
}
