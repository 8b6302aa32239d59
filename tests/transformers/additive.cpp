#include <bijou/transformers/additive.hpp>

#include "registry.hpp"
#include "support/transformer_laws.hpp"

static_assert(bijou::Transformer<bijou::AdditiveTransformer<float>>);
static_assert(bijou::AdditiveTransformer<double>::parameters_per_coordinate() == 1);

TEST_CASE("AdditiveTransformer: laws", "[transformer]") {
  laws::check_transformer(registry::maker_of_scalar<registry::transformers::Additive>);
}

TEMPLATE_TEST_CASE("AdditiveTransformer: z = x + t, with a log-det of exactly 0", "[transformer]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const auto f = laws::coordinate_of(bijou::AdditiveTransformer<T>{});
  const laws::CoordinateEvents<T> events{Eigen::RowVector3<T>(1, -2, T(0.5)), Eigen::Vector3<T>(3, 5, -8),
                                         Eigen::Vector3<T>(1, 2, 4), Eigen::Vector3<T>(10, 20, 30)};
  const auto inverse = laws::run(f, laws::Direction::inverse, events);
  CHECK(inverse.value == Eigen::Vector3<T>(4, 3, T(-7.5)));
  CHECK(inverse.log_det.isZero(0));
  CHECK(inverse.input_gradient == events.output_gradient);
  CHECK(inverse.parameters_gradient.transpose() == events.output_gradient);
  const auto forward = laws::run(f, laws::Direction::forward, events);
  CHECK(forward.value == Eigen::Vector3<T>(2, 7, T(-8.5)));
  CHECK(forward.log_det.isZero(0));
  CHECK(forward.input_gradient == events.output_gradient);
  CHECK(forward.parameters_gradient.transpose() == -events.output_gradient);
}
