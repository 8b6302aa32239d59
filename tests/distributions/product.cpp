#include <bijou/distributions/product.hpp>

#include "registry.hpp"
#include "support/density_laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

template <class T>
auto uniform_and_normal() {
  return Product{Uniform<T, 1>{Eigen::Vector<T, 1>(T(-1)), Eigen::Vector<T, 1>(T(3))},
                 DiagonalNormal<T, 2>{{T(1), T(-2)}, {T(0.5), T(2)}}};
}

}  // namespace

TEST_CASE("the density of Product is the product of the densities of its parts", "[product]") {
  const auto p = uniform_and_normal<double>();
  static_assert(decltype(p)::static_event_size == 3);
  CHECK(p.event_size() == 3);
  // scipy 1.17.1: -log(4) + scipy.stats.norm([1, -2], [0.5, 2]).logpdf([0, 0]).sum()
  CHECK(p.log_prob(Eigen::Vector3d(0, 0, 0)) == Approx(-5.724171427529235).epsilon(1e-14));
  CHECK(p.log_prob(Eigen::Vector3d(4, 0, 0)) == -std::numeric_limits<double>::infinity());
  CHECK(p.score(Eigen::Vector3d(0, 0, 0)).isApprox(Eigen::Vector3d(0, 4, -0.5), 1e-14));
  CHECK(p.parameter_count() == 4);
  std::vector<std::string> names;
  for_each_named_parameter(p, [&](const std::string& path, const auto&) { names.push_back(path); });
  CHECK(names == std::vector<std::string>{"parts.1.loc", "parts.1.log_scale"});
}

TEST_CASE("Product satisfies the laws", "[product]") {
  laws::check_distribution(registry::maker<registry::distributions::Product>);
  laws::check_distribution(registry::maker<registry::distributions::Product, Eigen::Dynamic>);
  laws::check_distribution([]<class T>(T, auto&) { return uniform_and_normal<T>(); }, {.bounded = true});
}

TEST_CASE("a Product starts those of its parts that learn, each with its own rows", "[product]") {
  std::mt19937_64 rng{1};
  const Eigen::Matrix3Xd x = (10 * StandardNormal<double, 3>{}.sample(1000, rng)).array() + 5;
  Product p{StandardNormal<double, 1>{}, MultivariateNormal<double, 2>{}};
  CHECK_FALSE(is_initialized(p));
  initialize(p, x);
  CHECK(is_initialized(p));
  MultivariateNormal<double, 2> alone;
  initialize(alone, x.bottomRows(2));
  CHECK(std::get<1>(p.parts()).parameters() == alone.parameters());
}

TEST_CASE("a Product of conditional parts, itself the base of a flow, reads one context", "[product]") {
  std::mt19937_64 rng{2};
  const Product base{ConditionalMixtureOfGaussians<double, 1>{2, {{5}, 2}, rng}, StandardNormal<double, 1>{},
                     ConditionalDiagonalNormal<double, 1>{{{5}, 2}, rng}};
  CHECK(base.context_size() == 2);
  CHECK(base.noise_size() == 4);
  const TransformedDistribution flow{base, Affine<double, 3>{{1, 2, 3}, {0.5, 1, 2}}};
  const Eigen::Matrix2Xd context = Eigen::Matrix2Xd::Random(2, 300);
  const auto drawn = flow.given(context).sample_with_log_prob(rng);
  CHECK(drawn.log_prob.isApprox(flow.given(context).log_prob(drawn.events), 1e-12));
  CHECK(message_of([&] {
          Product{ConditionalDiagonalNormal<double, 1>{{{5}, 2}, rng},
                  ConditionalDiagonalNormal<double, 1>{{{5}, 3}, rng}};
        }) == "Product: the parts read contexts of different sizes, 2 and 3 rows");
  const AnyFlow<double> any(flow);
  CHECK(any.given(context).log_prob(drawn.events) == flow.given(context).log_prob(drawn.events));
  std::mt19937_64 one{3}, same{3};
  CHECK(any.given(context).sample(one) == flow.given(context).sample(same));
}
