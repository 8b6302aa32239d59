#include <bijou/bijectors/lu_linear.hpp>
#include <Eigen/LU>
#include <cmath>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("LULinear: laws", "[lu_linear]") {
  laws::check_bijector(registry::maker<registry::bijectors::LULinear>, {.factors = {1, 0, 1e-8, 4}});
  laws::check_bijector(registry::maker<registry::bijectors::LULinear, registry::dynamic>, {.factors = {1}});
}

TEST_CASE("LULinear: laws with one coordinate, and with more than a block of them", "[lu_linear]") {
  laws::check_bijector([]<class T>(T, auto& rng) { return registry::scattered<LULinear<T, 1>>(0.5, rng); });
  laws::check_bijector([]<class T>(T, auto& rng) { return registry::scattered<LULinear<T, 11>>(0.1, rng); },
                       {.factors = {1}});
}

namespace {

/// The matrices of nflows' formula.
template <int D>
Eigen::Matrix<double, D, D> matrix_of(const LULinear<double, D>& f) {
  Eigen::Matrix<double, D, D> l = Eigen::Matrix<double, D, D>::Identity();
  Eigen::Matrix<double, D, D> u = Eigen::Matrix<double, D, D>::Zero();
  Index below = 0, above = 0;
  for (int i = 0; i < D; ++i) {
    for (int j = 0; j < i; ++j) l(i, j) = f.lower()(below++);
    for (int j = i + 1; j < D; ++j) u(i, j) = f.upper()(above++);
    u(i, i) = std::log1p(std::exp(f.diagonal()(i))) + 1e-3;
  }
  return l * u;
}

}  // namespace

TEST_CASE("LULinear is z = L U x + shift", "[lu_linear]") {
  std::mt19937_64 rng{1};
  const auto f = registry::scattered<LULinear<double, 5>>(0.5, rng);
  const Eigen::Matrix<double, 5, 5> m = matrix_of(f);
  const Eigen::Vector<double, 5> x = Eigen::Vector<double, 5>::LinSpaced(-1, 2);
  CHECK(f.inverse(x).isApprox(m * x + f.shift(), 1e-14));
  CHECK(f.forward(x).isApprox(m.lu().solve(x - f.shift()), 1e-12));
  CHECK(f.inverse_log_det(x) == Approx(std::log(std::abs(m.determinant()))));
}

TEMPLATE_TEST_CASE("LULinear starts at the identity", "[lu_linear]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const LULinear<T, 4> f;
  const Eigen::Vector<T, 4> x(T(1), T(-2), T(3), T(100));
  CHECK(f.forward(x).isApprox(x, 4 * std::numeric_limits<T>::epsilon()));
  CHECK(f.inverse(x).isApprox(x, 4 * std::numeric_limits<T>::epsilon()));
  CHECK(std::abs(f.forward_log_det(x)) < 4 * std::numeric_limits<T>::epsilon());
  CHECK(message_of([] { LULinear<T, Eigen::Dynamic>{0}; }) == "LULinear: events need at least one row, got 0");
}

TEMPLATE_TEST_CASE("LULinear is never singular, wherever noise takes its parameters", "[lu_linear]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  LULinear<T, 3> f;
  std::mt19937_64 rng{1};
  Eigen::Vector<T, Eigen::Dynamic> parameters(parameter_count(f));
  copy_parameters(f, parameters);
  bool invertible = true;
  for (int step = 0; step < 10'000; ++step) {
    for (T& number : parameters) number += static_cast<T>(normal(rng));
    assign_parameters(f, parameters);
    const auto [x, log_det] = inverse_and_log_det(f, Eigen::Vector<T, 3>(T(1), T(2), T(3)));
    invertible = invertible && std::isfinite(log_det) && log_det >= 3 * std::log(T(0.00099)) && x.allFinite();
  }
  CHECK(invertible);
  CHECK(parameters.cwiseAbs().maxCoeff() > 50);
}
