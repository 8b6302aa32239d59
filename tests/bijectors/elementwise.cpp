#include <bijou/bijectors/elementwise.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/formula.hpp>
#include <limits>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using bijou::AffineTransformer;
using bijou::Elementwise;
using bijou::FormulaTransformer;

static_assert(bijou::Bijector<Elementwise<2, AffineTransformer<float>>>);

TEST_CASE("Elementwise: laws", "[elementwise]") {
  laws::check_bijector(registry::maker<registry::bijectors::Elementwise>);
  laws::check_bijector(registry::maker<registry::bijectors::Elementwise, registry::dynamic>);
  laws::check_bijector(
      []<class T>(T, auto& rng) {
        Eigen::Matrix<T, Eigen::Dynamic, 3> parameters(2, 3);
        for (T& value : parameters.reshaped()) value = static_cast<T>(0.5 * bijou::normal(rng));
        return Elementwise<3, FormulaTransformer<T, registry::transformers::HyperbolaFormula>>{{}, parameters};
      },
      {.factors = {1, 0, 1e-8}});
}

TEST_CASE("a formula of ten lines is a bijector with all laws", "[elementwise]") {
  laws::check_bijector(
      []<class T>(T, auto&) { return Elementwise<2, FormulaTransformer<T, registry::transformers::SinhFormula>>{}; },
      {.largest = 10});
  const Elementwise<2, FormulaTransformer<double, registry::transformers::SinhFormula>> f;
  CHECK(f.forward(Eigen::Vector2d(0.5, -2)).isApprox(Eigen::Vector2d(std::sinh(0.5), std::sinh(-2.0)), 1e-15));
  CHECK(f.forward_log_det(Eigen::Vector2d(0.5, -2)) == Approx(std::log(std::cosh(0.5) * std::cosh(2.0))));
}

TEST_CASE("Elementwise starts at parameters of 0 and takes others", "[elementwise]") {
  const Eigen::Vector2d z(1, -2);
  Elementwise<2, AffineTransformer<double>> f;
  CHECK(f.forward(z) == z);
  CHECK(f.parameters().rows() == 2);
  CHECK(f.parameters().cols() == 2);
  const Elementwise<Eigen::Dynamic, AffineTransformer<double>> at_run_time(4);
  CHECK(at_run_time.event_size() == 4);
  Eigen::Matrix2d parameters;
  parameters << 1, 2, 0, 0;  // t, a
  const Elementwise<2, AffineTransformer<double>> shifted{{}, parameters};
  CHECK(shifted.inverse(z) == Eigen::Vector2d(2, 0));
}

TEST_CASE("Elementwise refuses parameters of another shape or that are not finite", "[elementwise]") {
  using Map = Elementwise<Eigen::Dynamic, AffineTransformer<float>>;
  CHECK(message_of([] { Map{{}, Eigen::MatrixXf::Zero(3, 2)}; }) ==
        "Elementwise: expected columns of parameters of size 2, got 3");
  CHECK(message_of([] { Map{0}; }) == "Elementwise: events need at least one row, got 0");
  Eigen::MatrixXf parameters = Eigen::MatrixXf::Zero(2, 2);
  parameters(1, 0) = std::numeric_limits<float>::infinity();
  CHECK(message_of([&] { Map{{}, parameters}; }) == "Elementwise: parameters must be finite, got inf in coordinate 1");
}
