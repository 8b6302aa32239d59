#include <bijou/numerics/convolution_product.hpp>
#include <atomic>
#include <cmath>
#include <cstring>

#include "support/convolutions.hpp"

using namespace convolutions;

namespace {

template <class T>
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic>;

/// The largest error of the sums in units of their own size.
template <class T>
double error(const Tile<T>& actual, const Eigen::MatrixXd& expected) {
  return ((actual.matrix().template cast<double>() - expected).array().abs() / (1 + expected.array().abs())).maxCoeff();
}

template <class T>
Tile<T> convolved(const Case& c, Numbers<T>& numbers, bool back, bool adds, int threads, Index& finished) {
  const Index taps = c.stencil.taps();
  std::vector<T> packed(numbers.weight.size());
  bijou::detail::pack_weights(numbers.weight.data(), c.outputs, c.inputs, taps, back, packed.data());
  const Tile<T>& like = back ? numbers.x : numbers.y;
  Tile<T> out = numbers.arena.template tile<T>(like.rows(), c.events);
  out.setConstant(T(0.5));
  std::atomic<Index> events_done{0};
  const auto done = [&](Index, Index, Index events) { events_done += events; };
  if (back)
    bijou::detail::convolve<T>(
        {c.stencil, c.outputs, c.inputs, packed.data(), nullptr, adds, numbers.y, c.out(), out, c.in()}, threads,
        numbers.arena, done);
  else
    bijou::detail::convolve<T>(
        {c.stencil, c.inputs, c.outputs, packed.data(), numbers.bias.data(), adds, numbers.x, c.in(), out, c.out()},
        threads, numbers.arena, done);
  finished = events_done;
  return out;
}

}  // namespace

TEMPLATE_TEST_CASE("convolve: the sums over channels and neighbours, and back", "[convolution_product]", float,
                   double) {
  using T = TestType;
  const double tolerance = sizeof(T) == 4 ? 1e-5 : 1e-13;
  for (const Case& c : all_cases()) {
    INFO(c.text());
    Numbers<T> numbers(c);
    Eigen::MatrixXd y = Eigen::MatrixXd::Zero(numbers.y.rows(), c.events);
    Eigen::MatrixXd x = Eigen::MatrixXd::Zero(numbers.x.rows(), c.events);
    for (Index o = 0; o < c.outputs; ++o) {
      for (Index p = 0; p < c.stencil.pixels(); ++p) {
        y.row(c.out()(o, p)).setConstant(static_cast<double>(numbers.bias[static_cast<std::size_t>(o)]));
      }
    }
    for_all(c, [&](Index o, Index i, Index t, Index row_y, Index row_x) {
      const auto w = static_cast<double>(numbers.w(c, o, i, t));
      y.row(row_y) += w * numbers.x.row(row_x).matrix().template cast<double>();
      x.row(row_x) += w * numbers.y.row(row_y).matrix().template cast<double>();
    });
    for (const bool adds : {false, true}) {
      Index finished = 0;
      const double start = adds ? 0.5 : 0;
      CHECK(error<T>(convolved(c, numbers, false, adds, 1, finished), (y.array() + start).matrix()) < tolerance);
      CHECK(finished >= c.events * c.stencil.pixels());
      CHECK(error<T>(convolved(c, numbers, true, adds, 1, finished), (x.array() + start).matrix()) < tolerance);
    }
  }
}

TEST_CASE("convolve: events alone and on threads, to the bit", "[convolution_product]") {
  for (const Case& c : all_cases()) {
    INFO(c.text());
    Numbers<float> numbers(c);
    Index finished = 0;
    const Tile<float> all = convolved(c, numbers, false, false, 1, finished);
    CHECK((convolved(c, numbers, false, false, 2, finished) == all).all());
    numbers.x.col(c.events / 2).setConstant(std::numeric_limits<float>::quiet_NaN());
    const Tile<float> spoilt = convolved(c, numbers, false, false, 1, finished);
    for (Index n = 0; n < c.events; ++n) {
      if (n != c.events / 2) CHECK((spoilt.col(n) == all.col(n)).all());
    }
  }
}
