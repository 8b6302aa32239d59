#include <bijou/transformers/formulas.hpp>

#include "registry.hpp"
#include "support/transformer_laws.hpp"

using namespace bijou;

static_assert(Transformer<FormulaTransformer<float, formulas::Tanh>>);
static_assert(Transformer<FormulaTransformer<double, formulas::Cosine>>);
static_assert(FormulaTransformer<double, formulas::SinhArcsinh>::parameters_per_coordinate() == 2);

TEST_CASE("formulas: laws of a transformer", "[formulas]") {
  laws::check_transformer(registry::maker_of_scalar<registry::transformers::Formulas>, {.factors = {0.5, 0, 1e-8}});
}

TEST_CASE("a decreasing formula: slopes have its sign", "[formulas]") {
  const auto f = laws::coordinate_of(FormulaTransformer<double, formulas::Cosine>{});
  const Eigen::Vector3d z(0.5, 1.5, 3);
  const laws::CoordinateEvents<double> events{laws::Matrix<double>(0, 3), z, Eigen::Vector3d::Ones(),
                                              Eigen::Vector3d::Zero()};
  const auto pass = laws::run(f, laws::Direction::forward, events);
  CHECK(pass.input_gradient.isApprox(-z.array().sin().matrix(), 1e-14));
  laws::CoordinateEvents<double> back = events;
  back.input = pass.value;
  const auto inverse = laws::run(f, laws::Direction::inverse, back);
  CHECK(inverse.input_gradient.isApprox(-z.array().sin().inverse().matrix(), 1e-13));
}
