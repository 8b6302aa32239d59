#include <bijou/conditioners/masked_linear.hpp>
#include <bijou/conditioners/masked_linear_view.hpp>
#include <random>
#include <vector>

#include "support/laws.hpp"
#include "support/units.hpp"

using bijou::Index;
using bijou::MaskedLinear;
using bijou::Tile;
using bijou::detail::Staircase;
using laws::units;

namespace {

const auto nothing = [](Index, Index) {};

}  // namespace

TEMPLATE_TEST_CASE("MaskedLinearView: y = W x + b, x = W^T y, and the gradients", "[masked_linear_view]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 weights{laws::seed};
  // Nine columns, seven rows, of degrees with gaps and repeats.
  const MaskedLinear<T> a(Staircase({0, 0, 0, 1, 1, 2, 3, 3, 5}, {0, 1, 1, 2, 2, 2, 3}, 0, 4), 1, weights);
  const bijou::MaskedLinearView<T> products = a.view();
  CHECK(products.rows() == 7);
  CHECK(products.columns() == 9);
  CHECK(products.parameter_count() == 70);
  CHECK(products.visible(6) == a.visible(6));
  CHECK(products.first_row(0) == 0);
  CHECK(products.first_row(2) == 3);
  CHECK(products.first_row(4) == 7);
  const Eigen::MatrixXd w = a.weight().template cast<double>();
  const Eigen::VectorXd b = a.bias().template cast<double>();
  constexpr double rounding = laws::Tolerance<T>::rounding;
  std::mt19937_64 rng{1};
  for (const Index events : {1, 2, 5, 16, 37, 128}) {
    INFO(events << " events");
    bijou::Arena arena;
    const laws::Matrix<T> x = laws::normals<T>(9, events, rng);
    const laws::Matrix<T> y = laws::normals<T>(7, events, rng);
    const Tile<T> in = units<T>(x, arena);
    const Tile<T> out = arena.units<T>(7, events);
    std::vector<int> done(7);
    products.multiply(0, 7, in, out, 1, [&](Index first, Index count) {
      for (Index r = first; r < first + count; ++r) ++done[static_cast<std::size_t>(r)];
    });
    CHECK(done == std::vector<int>(7, 1));
    const Eigen::MatrixXd expected = (w * x.template cast<double>()).colwise() + b;
    laws::check_close(out.matrix(), expected, rounding);
    // Some rows, of which nothing else is touched.
    Tile<T> part = arena.units<T>(7, events);
    part.setConstant(T(-77));
    products.multiply(2, 5, in, part, 1, nothing);
    laws::check_close(part.matrix().middleRows(2, 3), expected.middleRows(2, 3), rounding);
    CHECK((part.topRows(2) == T(-77)).all());
    CHECK((part.bottomRows(2) == T(-77)).all());
    part.setConstant(T(-77));
    products.multiply(4, 4, in, part, 1, nothing);
    CHECK((part == T(-77)).all());

    const Tile<T> above = units<T>(y, arena);
    Tile<T> below = arena.units<T>(9, events);
    const Eigen::MatrixXd back = w.transpose() * y.template cast<double>();
    products.multiply_transposed(0, 9, above, below, 1, nothing);
    laws::check_close(below.matrix(), back, rounding);
    below.setConstant(T(-77));
    products.multiply_transposed(3, 6, above, below, 1, nothing);
    laws::check_close(below.matrix().middleRows(3, 3), back.middleRows(3, 3), rounding);
    CHECK((below.topRows(3) == T(-77)).all());
    CHECK((below.bottomRows(3) == T(-77)).all());

    laws::Vector<T> gradient = laws::Vector<T>::Constant(7 * 9 + 7, T(10));
    products.add_gradient(above, in, gradient.data(), 1, arena);
    const Eigen::MatrixXd d_weight = y.template cast<double>() * x.template cast<double>().transpose();
    Eigen::MatrixXd d_weight_inside = Eigen::MatrixXd::Constant(7, 9, 10);
    for (Index r = 0; r < 7; ++r) d_weight_inside.row(r).head(a.visible(r)) += d_weight.row(r).head(a.visible(r));
    const Eigen::Map<const typename MaskedLinear<T>::Matrix> actual(gradient.data(), 7, 9);
    laws::check_close(actual, d_weight_inside, 10 * rounding);
    laws::check_close(gradient.tail(7), (y.template cast<double>().rowwise().sum().array() + 10).matrix(),
                      10 * rounding);
  }
}
