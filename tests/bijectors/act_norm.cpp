#include <bijou/bijectors/act_norm.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/training/fit.hpp>
#include <cmath>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("ActNorm: laws", "[act_norm]") {
  laws::check_bijector(registry::maker<registry::bijectors::ActNorm>, {.factors = {1, 0, 1e-8}});
  laws::check_bijector(registry::maker<registry::bijectors::ActNorm, registry::dynamic>, {.factors = {1}});
}

namespace {

template <class T>
laws::Matrix<T> wide_data() {
  std::mt19937_64 rng{1};
  laws::Matrix<T> x = laws::normals<T>(3, 500, rng);
  x.row(0) = x.row(0).array() * T(100) + T(1000);
  x.row(2) *= T(1e-3);
  return x;
}

/// Whether z has mean 0 and deviation 1 in each coordinate.
template <class T>
bool is_standard(const laws::Matrix<T>& z) {
  const laws::Matrix<double> exact = z.template cast<double>();
  const laws::Vector<double> mean = exact.rowwise().mean();
  const laws::Vector<double> deviation = (exact.colwise() - mean).array().square().rowwise().mean().sqrt();
  return mean.cwiseAbs().maxCoeff() < 1e-5 && (deviation.array() - 1).abs().maxCoeff() < 1e-5;
}

}  // namespace

TEMPLATE_TEST_CASE("ActNorm is started by data, once", "[act_norm]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const laws::Matrix<T> x = wide_data<T>();
  TransformedDistribution flow{StandardNormal<T, 3>{}, ActNorm<T, 3>{}};
  CHECK_FALSE(is_initialized(flow));
  CHECK(flow.bijector.inverse(x) == x);
  initialize(flow, x);
  CHECK(is_initialized(flow));
  CHECK(is_standard<T>(flow.bijector.inverse(x)));
  // A copy has learned too, and is not started again; nor one that was trained on.
  auto copy = flow;
  copy.set_parameters(flow.parameters() * T(2));
  const auto before = copy.parameters();
  initialize(copy, laws::Matrix<T>(T(3) * x));
  CHECK(copy.parameters() == before);
  std::vector<std::string> names;
  for_each_named_state(flow.bijector, [&](const std::string& name, const auto&) { names.push_back(name); });
  CHECK(names == std::vector<std::string>{"is_initialized"});
  CHECK(parameter_count(flow) == 6);
  CHECK(message_of([] { ActNorm<T, Eigen::Dynamic>{0}; }) == "ActNorm: events need at least one row, got 0");
}

TEST_CASE("each ActNorm of a chain is started by the data that reach it", "[act_norm]") {
  std::mt19937_64 rng{1};
  const laws::Matrix<double> x = wide_data<double>();
  TransformedDistribution flow{StandardNormal<double, 3>{},
                               Chain{ActNorm<double, 3>{}, MAF<double, 3>{{8}, rng}, ActNorm<double, 3>{}}};
  initialize(flow, x);
  CHECK(is_standard<double>(flow.bijector.inverse(x)));
  const auto start = flow.parameters();
  fit(flow, x, {.epochs = 1}, rng);
  CHECK(flow.parameters() != start);
}

TEST_CASE("ActNorm of numbers that are known learns nothing", "[act_norm]") {
  Eigen::Matrix2d parameters;
  parameters << 1, 2, std::log(2.0), 0;
  const bijou::ActNorm<double, 2> f(parameters);
  CHECK(f.is_initialized());
  CHECK(f.inverse(Eigen::Vector2d(1, 1)).isApprox(Eigen::Vector2d(3, 3), 1e-15));
  CHECK(f.inverse_log_det(Eigen::Vector2d(1, 1)) == Approx(std::log(2.0)));
}
