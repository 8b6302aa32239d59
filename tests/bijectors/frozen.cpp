#include <bijou/bijectors/frozen.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/training/fit.hpp>

#include "registry.hpp"
#include "support/laws.hpp"

using namespace bijou;

TEST_CASE("Frozen: laws", "[frozen]") {
  laws::check_bijector(registry::maker<registry::bijectors::Frozen>, {.factors = {1}});
  laws::check_bijector(registry::maker<registry::bijectors::Frozen, registry::dynamic>, {.factors = {1}});
}

TEST_CASE("Frozen is the same map without parameters", "[frozen]") {
  std::mt19937_64 rng{1};
  const MAF<double, 3> f = registry::layer<MAF<double, 3>>(NetworkOptions{8}, rng);
  const Frozen frozen{f};
  const laws::Matrix<double> in = laws::normals<double>(3, 9, rng);
  for (const laws::Direction direction : laws::directions) {
    laws::check_same_values(laws::map(frozen, direction, in), laws::map(f, direction, in));
  }
  CHECK(parameter_count(frozen) == 0);
  CHECK(parameter_count(Chain{frozen, f}) == parameter_count(f));
  static_assert(!detail::has_parameters<Frozen<MAF<double, 3>>>());
  static_assert(std::is_same_v<decltype(Frozen{frozen}), Frozen<Frozen<MAF<double, 3>>>>);

  // Its parameters belong to its value as state, under their names.
  std::vector<std::string> names;
  for_each_named_state(frozen, [&](const std::string& path, const auto&) { names.push_back(path); });
  CHECK(std::find(names.begin(), names.end(), "bijector.conditioner.layers.0.weight") != names.end());
}

TEST_CASE("fit changes nothing that is frozen, weight decay included", "[frozen]") {
  std::mt19937_64 rng{1};
  const MAF<float, 2> pretrained = registry::layer<MAF<float, 2>>(NetworkOptions{8}, rng);
  TransformedDistribution flow{StandardNormal<float, 2>{}, Chain{Frozen{pretrained}, MAF<float, 2>{{8}, rng}}};
  const Eigen::Matrix2Xf data = StandardNormal<float, 2>{}.sample(300, rng);
  const Eigen::VectorXf before = flow.parameters();
  fit(flow, data, {.epochs = 2}, rng, AdamW<float>{{.weight_decay = 0.1}});
  CHECK(flow.parameters() != before);
  const auto& frozen = std::get<0>(flow.bijector.bijectors()).bijector();
  Eigen::VectorXf now(parameter_count(frozen)), then(parameter_count(frozen));
  copy_parameters(frozen, now);
  copy_parameters(pretrained, then);
  CHECK(now == then);
}
