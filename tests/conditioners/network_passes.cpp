#include <bijou/conditioners/network_passes.hpp>

#include "support/conditioner_laws.hpp"
#include "support/networks.hpp"

using namespace networks;

TEMPLATE_TEST_CASE("NetworkPasses: computes h = A(W h + b) with masked weights", "[network_passes]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 rng{1};
  const auto c = uneven<T, Tanh>(rng);
  const laws::Matrix<T> in = laws::normals<T>(5, 21, rng);
  Eigen::MatrixXd h = in.template cast<double>();
  for (std::size_t l = 0; l < 3; ++l) {
    const auto& layer = c.layers()[l];
    h = ((layer.weight().template cast<double>() * h).colwise() + layer.bias().template cast<double>()).eval();
    if (l < 2) h = h.array().tanh().matrix().eval();
  }
  laws::check_close(laws::evaluate(c, in), h, 100 * laws::Tolerance<T>::rounding);
}

TEMPLATE_TEST_CASE("NetworkPasses: residual blocks compute h + W' A(W A(h) + b) + b'", "[network_passes]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 rng{1};
  const auto c = residual<T, Tanh>(rng);
  const laws::Matrix<T> in = laws::normals<T>(5, 21, rng);
  const auto linear = [&](std::size_t l, const Eigen::MatrixXd& x) -> Eigen::MatrixXd {
    const auto& layer = c.layers()[l];
    return (layer.weight().template cast<double>() * x).colwise() + layer.bias().template cast<double>();
  };
  const auto activate = [](const Eigen::MatrixXd& x) -> Eigen::MatrixXd { return x.array().tanh(); };
  REQUIRE(c.layers().size() == 6);
  Eigen::MatrixXd h = linear(0, in.template cast<double>());
  h += linear(2, activate(linear(1, activate(h))));
  h += linear(4, activate(linear(3, activate(h))));
  const Eigen::MatrixXd expected = linear(5, h);
  laws::check_close(laws::evaluate(c, in), expected, 100 * laws::Tolerance<T>::rounding);
  laws::check_close(laws::evaluate(c, laws::Matrix<T>(in.col(3))), expected.col(3), 100 * laws::Tolerance<T>::rounding);
}

TEMPLATE_TEST_CASE("NetworkPasses: reads and writes no weight behind the staircase", "[network_passes]",
                   BIJOU_TEST_SCALARS) {
  std::mt19937_64 rng{2};
  const auto smooth = uneven<TestType, Silu>(rng);
  laws::check_outside(smooth, laws::normals<TestType>(5, 21, rng));
  laws::check_outside(uneven<TestType, Tanh>(rng), laws::normals<TestType>(5, 130, rng));
  laws::check_outside(residual<TestType, Tanh>(rng), laws::normals<TestType>(5, 21, rng));
  laws::check_outside(residual<TestType, Tanh>(rng), laws::normals<TestType>(5, 1, rng));
}

TEMPLATE_TEST_CASE("NetworkPasses: step by step is all at once", "[network_passes]", BIJOU_TEST_SCALARS) {
  std::mt19937_64 rng{3};
  for (const Eigen::Index events : {1, 21}) {
    laws::check_steps(uneven<TestType, Silu>(rng), 4, laws::Given::all, events);
    laws::check_steps(residual<TestType, Tanh>(rng), 4, laws::Given::all, events);
  }
}
