#include <bijou/bijou.hpp>

#include "registry.hpp"
#include "support/laws.hpp"

using namespace bijou;

TEST_CASE("a chain of layers of different kinds gives the bits of one whose type says them", "[any_bijector]") {
  std::mt19937_64 rng{1};
  const auto maf = registry::layer<MAF<double, Eigen::Dynamic>>(NetworkOptions{8}, rng);
  const auto nvp = registry::layer<RealNVP<double, 3>>(1, NetworkOptions{8}, rng);
  const Affine<double, 3> affine{{1, 2, 3}, {0.5, 2, -1}};
  const DynamicChain any{std::vector<AnyBijector<double>>{maf, Reverse<3>{}, nvp, affine}};
  const Chain known{maf, Reverse<3>{}, nvp, affine};
  const laws::Matrix<double> in = laws::normals<double>(3, 200, rng);
  laws::check_same_map(any, known, in);
  CHECK(parameter_count(any) == parameter_count(known));
  CHECK(event_size(any) == 3);

  const TransformedDistribution flow{StandardNormal<double, 3>{}, any};
  const TransformedDistribution same{StandardNormal<double, 3>{}, known};
  Eigen::VectorXd gradient(flow.parameter_count()), expected(flow.parameter_count());
  CHECK(flow.nll_gradient(in, gradient) == same.nll_gradient(in, expected));
  CHECK(gradient == expected);
}

TEST_CASE("AnyBijector is a value", "[any_bijector]") {
  std::mt19937_64 rng{1};
  const MAF<float, 2> maf = registry::layer<MAF<float, 2>>(NetworkOptions{8}, rng);
  AnyBijector<float> a = maf;
  AnyBijector<float> b = Reverse<2>{};
  const Eigen::Vector2f z(0.5f, -1);
  CHECK(a.forward(z) == maf.forward(z));
  CHECK(b.forward(z) == Eigen::Vector2f(-1, 0.5f));
  b = a;
  CHECK(b.forward(z) == maf.forward(z));
  Eigen::VectorXf parameters(parameter_count(b));
  copy_parameters(b, parameters);
  assign_parameters(b, (2 * parameters).eval());
  CHECK(b.forward(z) != maf.forward(z));
  CHECK(a.forward(z) == maf.forward(z));
  CHECK(a.get_if<MAF<float, 2>>() != nullptr);
  CHECK(a.get_if<Reverse<2>>() == nullptr);
  static_assert(!std::is_constructible_v<AnyBijector<float>, Affine<double, 2>>);
  static_assert(!std::is_constructible_v<AnyBijector<float>, StandardNormal<float, 2>>);
  AnyBijector<double> learns = Standardize<double, 2>{};
  CHECK_FALSE(is_initialized(learns));
  TransformedDistribution flow{StandardNormal<double, 2>{}, learns};
  initialize(flow, Eigen::MatrixXd(Eigen::MatrixXd::Random(2, 50)));
  CHECK(is_initialized(flow));
}
