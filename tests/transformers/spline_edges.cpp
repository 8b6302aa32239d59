#include <bijou/transformers/rational_quadratic_spline.hpp>
#include <bijou/transformers/spline_edges.hpp>

#include "support/transformer_laws.hpp"

namespace edges = bijou::spline_edges;

static_assert(bijou::SplineEdges<edges::IdentityTails>);
static_assert(bijou::SplineEdges<edges::LinearTails>);
static_assert(bijou::SplineEdges<edges::Interval>);
static_assert(bijou::SplineEdges<edges::Circular>);
static_assert(!bijou::SplineEdges<int>);

namespace {

template <class Edges>
bijou::Index parameters_of_five_bins() {
  return bijou::RationalQuadraticSpline<double, 5, Edges>{}.parameters_per_coordinate();
}

/// Values and log-dets at x, all with the same raw parameters, which differ from knot to knot.
template <class Edges>
laws::CoordinatePass<double> values_of(const laws::Vector<double>& x, laws::Direction direction) {
  const bijou::RationalQuadraticSpline<double, 5, Edges> s(-2, 3);
  laws::Matrix<double> raw(s.parameters_per_coordinate(), x.size());
  for (bijou::Index k = 0; k < raw.rows(); ++k) raw.row(k).setConstant(std::sin(1.7 * static_cast<double>(k + 1)));
  const laws::Vector<double> ones = laws::Vector<double>::Ones(x.size());
  return laws::run(laws::coordinate_of(s), direction, {raw, x, ones, ones});
}

/// The slope at the knot of which raw number k tells.
double slope_of(int k) {
  const double a = std::sin(1.7 * (k + 1));
  return std::exp(a / (1 + std::abs(a) / std::log(1000.0)));
}

}  // namespace

TEST_CASE("spline edges: the number of slopes", "[spline]") {
  CHECK(parameters_of_five_bins<edges::IdentityTails>() == 10 + 4);
  CHECK(parameters_of_five_bins<edges::LinearTails>() == 10 + 6);
  CHECK(parameters_of_five_bins<edges::Interval>() == 10 + 6);
  CHECK(parameters_of_five_bins<edges::Circular>() == 10 + 5);
}

TEST_CASE("IdentityTails: the identity outside, reached with slope 1", "[spline]") {
  for (const laws::Direction direction : laws::directions) {
    INFO(laws::text(direction));
    const Eigen::Vector4d outside(-100, -2.5, 3.5, 1e20);
    const auto pass = values_of<edges::IdentityTails>(outside, direction);
    CHECK(pass.value == outside);
    CHECK(pass.log_det.isZero(0));
    CHECK(pass.input_gradient == Eigen::Vector4d::Ones());
    CHECK(pass.parameters_gradient.isZero(0));
    const auto ends = values_of<edges::IdentityTails>(Eigen::Vector2d(-2, 3), direction);
    laws::check_close(ends.value, Eigen::Vector2d(-2, 3), 1e-14);
    laws::check_close(ends.log_det, Eigen::Vector2d(0, 0), 1e-14);
  }
}

TEST_CASE("Interval: the identity outside, and slopes of their own at the ends", "[spline]") {
  const auto ends = values_of<edges::Interval>(Eigen::Vector4d(-2, 3, -2.000001, 3.000001), laws::Direction::inverse);
  laws::check_close(ends.value, Eigen::Vector4d(-2, 3, -2.000001, 3.000001), 1e-14);
  laws::check_close(ends.log_det, Eigen::Vector4d(std::log(slope_of(10)), std::log(slope_of(15)), 0, 0), 1e-13);
}

TEST_CASE("LinearTails: straight lines with the slopes at the ends", "[spline]") {
  const double first = slope_of(10);
  const double last = slope_of(15);
  const auto there = values_of<edges::LinearTails>(Eigen::Vector4d(-2, 3, -4, 103), laws::Direction::inverse);
  laws::check_close(there.value, Eigen::Vector4d(-2, 3, -2 - 2 * first, 3 + 100 * last), 1e-13);
  laws::check_close(there.log_det, Eigen::Array4d(first, last, first, last).log(), 1e-13);
  laws::check_close(there.input_gradient.tail(2), Eigen::Vector2d(first, last), 1e-13);
  // Of the parameters only the slope counts there, and the widths of the bins exactly not.
  CHECK(there.parameters_gradient.topRows(10).rightCols(2).isZero(0));
  CHECK(there.parameters_gradient.col(3).tail(2)(0) == 0);
  CHECK(there.parameters_gradient.col(3).tail(2)(1) > 0);
  const auto back = values_of<edges::LinearTails>(there.value, laws::Direction::forward);
  laws::check_close(back.value, Eigen::Vector4d(-2, 3, -4, 103), 1e-13);
  laws::check_close(back.log_det, -there.log_det, 1e-13);
}

TEST_CASE("Circular: what lies a period apart is the same", "[spline]") {
  const laws::Vector<double> x = laws::Vector<double>::LinSpaced(51, -2, 3);
  for (const laws::Direction direction : laws::directions) {
    INFO(laws::text(direction));
    const auto once = values_of<edges::Circular>(x, direction);
    CHECK(once.value(0) == -2);
    CHECK(once.value(50) == Approx(3));
    CHECK(once.log_det(0) == Approx(once.log_det(50)));
    for (const double turns : {1.0, -1.0, 7.0, -1000.0}) {
      const auto again = values_of<edges::Circular>(x.segment(1, 49).array() + 5 * turns, direction);
      laws::check_close(again.value, once.value.segment(1, 49), 1e-9);
      laws::check_close(again.log_det, once.log_det.segment(1, 49), 1e-9);
      laws::check_close(again.input_gradient, once.input_gradient.segment(1, 49), 1e-9);
      laws::check_close(again.parameters_gradient, once.parameters_gradient.middleCols(1, 49), 1e-9);
    }
    CHECK(values_of<edges::Circular>(Eigen::Vector2d(1e20, -1e300), direction).parameters_gradient.allFinite());
  }
}
