#include <bijou/numerics/convolution_gradient.hpp>

#include "support/convolutions.hpp"

using namespace convolutions;

TEMPLATE_TEST_CASE("add_weight_gradient: the sums over pixels and events", "[convolution_gradient]", float, double) {
  using T = TestType;
  for (const Case& c : all_cases()) {
    INFO(c.text());
    Numbers<T> numbers(c);
    Eigen::VectorXd expected = Eigen::VectorXd::Constant(static_cast<Index>(numbers.weight.size()), 0.25);
    for_all(c, [&](Index o, Index i, Index t, Index row_y, Index row_x) {
      expected((o * c.inputs + i) * c.stencil.taps() + t) +=
          (numbers.y.row(row_y).template cast<double>() * numbers.x.row(row_x).template cast<double>()).sum();
    });
    const double size = expected.cwiseAbs().maxCoeff() + 1;
    Eigen::VectorXd first;
    for (const int threads : {1, 2}) {
      Eigen::Vector<T, Eigen::Dynamic> gradient = Eigen::Vector<T, Eigen::Dynamic>::Constant(expected.size(), T(0.25));
      bijou::detail::add_weight_gradient<T>(c.stencil, c.outputs, c.inputs, numbers.y, c.out(), numbers.x, c.in(),
                                            gradient.data(), threads, numbers.arena);
      const Eigen::VectorXd actual = gradient.template cast<double>();
      CHECK((actual - expected).cwiseAbs().maxCoeff() < (sizeof(T) == 4 ? 1e-5 : 1e-13) * size);
      if (threads == 1)
        first = actual;
      else
        CHECK(actual == first);
    }
  }
}

TEST_CASE("add_bias_gradient: the sums over pixels and events", "[convolution_gradient]") {
  const Case c{{2, 3, 1, 1, 1}, 1, 4, 1, 2, 21};
  Numbers<double> numbers(c);
  Eigen::VectorXd bias = Eigen::VectorXd::Ones(4);
  Eigen::VectorXd expected = bias;
  for (Index o = 0; o < 4; ++o) {
    for (Index p = 0; p < 6; ++p) expected(o) += numbers.y.row(c.out()(o, p)).sum();
  }
  bijou::detail::add_bias_gradient<double>(4, numbers.y, c.out(), bias.data());
  CHECK((bias - expected).cwiseAbs().maxCoeff() < 1e-12);
}
