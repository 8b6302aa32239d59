#include <bijou/transformers/formula.hpp>
#include <cmath>

#include "registry.hpp"
#include "support/transformer_laws.hpp"

using bijou::FormulaTransformer;
using Formula = registry::transformers::HyperbolaFormula;

namespace {

// Apart, as g++ 12 falsely takes the matrix for uninitialized where both are inlined.
[[gnu::noinline]] laws::CoordinateEvents<double> three_events() {
  laws::Matrix<double> parameters(2, 3);
  parameters << 1, -2, 0.5, std::log(2.0), 0, -1;
  return {parameters, Eigen::Vector3d(0.25, 1.5, -3), Eigen::Vector3d::Ones(), Eigen::Vector3d::Ones()};
}

}  // namespace

static_assert(bijou::Transformer<FormulaTransformer<float, Formula>>);
static_assert(bijou::Transformer<FormulaTransformer<double, registry::transformers::SinhFormula>>);
static_assert(FormulaTransformer<float, Formula>::parameters_per_coordinate() == 2);
static_assert(FormulaTransformer<double, registry::transformers::SinhFormula>::parameters_per_coordinate() == 0);

TEST_CASE("FormulaTransformer: laws", "[formula]") {
  laws::check_transformer(registry::maker_of_scalar<registry::transformers::Formula>, {.factors = {1, 0, 1e-8}});
}

TEST_CASE("FormulaTransformer computes the formula", "[formula]") {
  const auto f = laws::coordinate_of(FormulaTransformer<double, Formula>{});
  const laws::CoordinateEvents<double> events = three_events();
  const laws::Matrix<double>& parameters = events.parameters;
  const laws::Vector<double>& z = events.input;
  const auto pass = laws::run(f, laws::Direction::forward, events);
  for (int n = 0; n < 3; ++n) {
    const double scale = std::exp(parameters(1, n));
    const double root = std::sqrt(1 + z(n) * z(n));
    const double slope = scale * (1 + 0.5 * z(n) / root);
    CHECK(pass.value(n) == Approx(scale * (z(n) + 0.5 * root) + parameters(0, n)).epsilon(1e-14));
    CHECK(pass.log_det(n) == Approx(std::log(slope)).epsilon(1e-14));
    const double curvature = 0.5 / (root * root * root) / (1 + 0.5 * z(n) / root);
    CHECK(pass.input_gradient(n) == Approx(slope + curvature).epsilon(1e-13));
    CHECK(pass.parameters_gradient(0, n) == 1);
  }
}
