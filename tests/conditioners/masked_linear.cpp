#include <bijou/conditioners/masked_linear.hpp>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "support/laws.hpp"

using bijou::Index;
using bijou::MaskedLinear;
using bijou::Tile;
using bijou::detail::Staircase;

template class bijou::MaskedLinear<float>;
template class bijou::MaskedLinear<double>;

namespace {

// Nine columns, seven rows, of degrees with gaps and repeats.
Staircase shape() { return Staircase({0, 0, 0, 1, 1, 2, 3, 3, 5}, {0, 1, 1, 2, 2, 2, 3}, 0, 4); }

template <class T>
MaskedLinear<T> layer() {
  std::mt19937_64 rng{laws::seed};
  return MaskedLinear<T>(shape(), 1, rng);
}

template <class T>
Tile<T> units(const laws::Matrix<T>& m, bijou::Arena& arena) {
  Tile<T> tile = arena.units<T>(m.rows(), m.cols());
  tile = m.array();
  return tile;
}

const auto nothing = [](Index, Index) {};

}  // namespace

TEST_CASE("MaskedLinear: weights in the staircase alone, in its own draws", "[masked_linear]") {
  const MaskedLinear<double> a = layer<double>();
  CHECK(a.rows() == 7);
  CHECK(a.columns() == 9);
  for (Index r = 0; r < 7; ++r) {
    CHECK(a.visible(r) == shape().rows[static_cast<std::size_t>(r)].end);
    for (Index k = 0; k < 9; ++k) CHECK((a.weight()(r, k) != 0) == (k < a.visible(r)));
  }
  CHECK(a.weight().cwiseAbs().maxCoeff() <= 1.0 / 3);
  CHECK(a.bias().cwiseAbs().maxCoeff() <= 1.0 / 3);
  CHECK(a.first_row(0) == 0);
  CHECK(a.first_row(2) == 3);
  CHECK(a.first_row(4) == 7);
  std::vector<std::string> names;
  bijou::for_each_named_parameter(a, [&](const std::string& name, const auto&) { names.push_back(name); });
  CHECK(names == std::vector<std::string>{"weight", "bias"});
  CHECK(a.weight().cast<float>() == layer<float>().weight());
}

TEST_CASE("MaskedLinear: numbers that are to be replaced are 0", "[masked_linear]") {
  bijou::detail::NoNumbers rng;
  const MaskedLinear<double> a(shape(), 1, rng);
  CHECK((a.weight().array() == 0).all());
  CHECK((a.bias().array() == 0).all());
  CHECK(a.weight().rows() == layer<double>().weight().rows());
}

TEST_CASE("MaskedLinear: the scale multiplies the same draws", "[masked_linear]") {
  std::mt19937_64 rng{laws::seed};
  const MaskedLinear<double> small(shape(), 0.01, rng);
  CHECK(small.weight().isApprox(0.01 * layer<double>().weight(), 1e-14));
  CHECK(small.bias().isApprox(0.01 * layer<double>().bias(), 1e-14));
  const MaskedLinear<double> without_columns(Staircase({}, {0, 0}, 0, 1), 1, rng);
  CHECK(without_columns.bias().cwiseAbs().maxCoeff() <= 1);
}

TEMPLATE_TEST_CASE("MaskedLinear: y = W x + b, x = W^T y, and the gradients", "[masked_linear]", float, double) {
  using T = TestType;
  const MaskedLinear<T> a = layer<T>();
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
    a.multiply(0, 7, in, out, 1, [&](Index first, Index count) {
      for (Index r = first; r < first + count; ++r) ++done[static_cast<std::size_t>(r)];
    });
    CHECK(done == std::vector<int>(7, 1));
    const Eigen::MatrixXd expected = (w * x.template cast<double>()).colwise() + b;
    laws::check_close(out.matrix(), expected, rounding);
    // Some rows, of which nothing else is touched.
    Tile<T> part = arena.units<T>(7, events);
    part.setConstant(T(-77));
    a.multiply(2, 5, in, part, 1, nothing);
    laws::check_close(part.matrix().middleRows(2, 3), expected.middleRows(2, 3), rounding);
    CHECK((part.topRows(2) == T(-77)).all());
    CHECK((part.bottomRows(2) == T(-77)).all());
    part.setConstant(T(-77));
    a.multiply(4, 4, in, part, 1, nothing);
    CHECK((part == T(-77)).all());

    const Tile<T> above = units<T>(y, arena);
    Tile<T> below = arena.units<T>(9, events);
    const Eigen::MatrixXd back = w.transpose() * y.template cast<double>();
    a.multiply_transposed(0, 9, above, below, 1, nothing);
    laws::check_close(below.matrix(), back, rounding);
    below.setConstant(T(-77));
    a.multiply_transposed(3, 6, above, below, 1, nothing);
    laws::check_close(below.matrix().middleRows(3, 3), back.middleRows(3, 3), rounding);
    CHECK((below.topRows(3) == T(-77)).all());
    CHECK((below.bottomRows(3) == T(-77)).all());

    laws::Vector<T> gradient = laws::Vector<T>::Constant(7 * 9 + 7, T(10));
    a.add_gradient(above, in, gradient.data(), 1, arena);
    const Eigen::MatrixXd d_weight = y.template cast<double>() * x.template cast<double>().transpose();
    Eigen::MatrixXd d_weight_inside = Eigen::MatrixXd::Constant(7, 9, 10);
    for (Index r = 0; r < 7; ++r) d_weight_inside.row(r).head(a.visible(r)) += d_weight.row(r).head(a.visible(r));
    const Eigen::Map<const typename MaskedLinear<T>::Matrix> actual(gradient.data(), 7, 9);
    laws::check_close(actual, d_weight_inside, 10 * rounding);
    laws::check_close(gradient.tail(7), (y.template cast<double>().rowwise().sum().array() + 10).matrix(),
                      10 * rounding);
  }
}

// The rows of a tile are computed to the end of their last packet, those of a column no further than their end.
TEMPLATE_TEST_CASE("transform_units: every unit of tiles and of a column once", "[masked_linear]", float, double) {
  using T = TestType;
  for (const Index rows : {1, 5, 16, 17}) {
    for (const Index events : {1, 2, 7, 128}) {
      INFO(rows << " x " << events);
      bijou::Arena arena;
      const Tile<T> a = units<T>(laws::Matrix<T>(laws::Matrix<T>::Constant(rows, events, T(3))), arena);
      const Tile<T> b = units<T>(laws::Matrix<T>(laws::Matrix<T>::Constant(rows, events, T(2))), arena);
      const Tile<T> behind = arena.tile<T>(1, 1);
      behind.data()[0] = T(77);
      bijou::detail::transform_units([](bijou::Simd<T> x, bijou::Simd<T> y) { return x * x + y; }, a, a, b);
      CHECK((a == T(11)).all());
      CHECK((b == T(2)).all());
      CHECK(behind(0, 0) == T(77));
    }
  }
}
