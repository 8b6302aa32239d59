#include <bijou/bijou.hpp>

#include "registry.hpp"
#include "support/density_laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("DynamicProduct satisfies the laws", "[product]") {
  laws::check_distribution(registry::maker<registry::distributions::DynamicProduct, Eigen::Dynamic>);
}

TEST_CASE("a DynamicProduct gives the bits of a Product of the same parts", "[product]") {
  std::mt19937_64 rng{1};
  const ConditionalDiagonalNormal<double, 2> conditional{{{5}, 2}, rng};
  const Laplace<double, 1> laplace{Eigen::Vector<double, 1>(1.0), Eigen::Vector<double, 1>(2.0)};
  const Product known{conditional, laplace};
  const DynamicProduct any{std::vector<AnyFlow<double>>{conditional, laplace}};
  CHECK(any.event_size() == 3);
  CHECK(any.context_size() == 2);
  CHECK(any.parameters() == known.parameters());
  const Eigen::Matrix2Xd context = Eigen::Matrix2Xd::Random(2, 300);
  const Eigen::Matrix3Xd x = Eigen::Matrix3Xd::Random(3, 300);
  CHECK(any.given(context).log_prob(x) == known.given(context).log_prob(x));
  std::mt19937_64 one{3}, same{3};
  CHECK(any.given(context).sample(one) == known.given(context).sample(same));
  Eigen::VectorXd gradient(any.parameter_count()), expected(any.parameter_count());
  any.given(context).nll_gradient(x, gradient);
  known.given(context).nll_gradient(x, expected);
  CHECK(gradient == expected);
  CHECK(message_of([] { DynamicProduct{std::vector<AnyFlow<double>>{}}; }) == "DynamicProduct: give at least one part");
}
