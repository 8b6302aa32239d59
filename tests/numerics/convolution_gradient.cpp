#include <bijou/numerics/convolution_gradient.hpp>

#include "support/convolutions.hpp"

using namespace convolutions;

TEMPLATE_TEST_CASE("add_convolution_gradient: the sums over pixels and events", "[convolution_gradient]", float,
                   double) {
  using T = TestType;
  for (const Case& c : all_cases()) {
    INFO(c.text());
    Numbers<T> numbers(c);
    Eigen::VectorXd expected = Eigen::VectorXd::Constant(static_cast<Index>(numbers.weight.size()), 0.25);
    for_all(c, [&](Index o, Index i, Index t, Index row_y, Index row_x) {
      expected((o * c.inputs + i) * c.stencil.taps() + t) +=
          (numbers.y.row(row_y).template cast<double>() * numbers.x.row(row_x).template cast<double>()).sum();
    });
    Eigen::VectorXd expected_bias = Eigen::VectorXd::Constant(c.outputs, 0.25);
    for (Index o = 0; o < c.outputs; ++o) {
      for (Index p = 0; p < c.stencil.pixels(); ++p)
        expected_bias(o) += numbers.y.row(c.out()(o, p)).template cast<double>().sum();
    }
    const double size = (std::max)(expected.cwiseAbs().maxCoeff(), expected_bias.cwiseAbs().maxCoeff()) + 1;
    Eigen::VectorXd first;
    for (const int threads : {1, 2}) {
      const Index weights = expected.size();
      Eigen::Vector<T, Eigen::Dynamic> gradient =
          Eigen::Vector<T, Eigen::Dynamic>::Constant(weights + c.outputs, T(0.25));
      bijou::detail::add_convolution_gradient<T>(c.stencil, c.outputs, c.inputs, numbers.y, c.out(), numbers.x, c.in(),
                                                 gradient.data(), gradient.data() + weights, threads, numbers.arena);
      const Eigen::VectorXd actual = gradient.template cast<double>();
      const double limit = (sizeof(T) == 4 ? 1e-5 : 1e-13) * size;
      CHECK((actual.head(weights) - expected).cwiseAbs().maxCoeff() < limit);
      CHECK((actual.tail(c.outputs) - expected_bias).cwiseAbs().maxCoeff() < limit);
      if (threads == 1)
        first = actual;
      else
        CHECK(actual == first);
    }
  }
}
