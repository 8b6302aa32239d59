#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/invert.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/permute.hpp>

#include "registry.hpp"
#include "support/laws.hpp"

using bijou::Affine;
using bijou::Invert;
using bijou::MAF;
using bijou::Permute;

static_assert(bijou::Bijector<Invert<Affine<float, 2>>>);
static_assert(bijou::Bijector<Invert<Invert<MAF<double, 2, 4>>>>);
static_assert(std::is_same_v<Invert<Permute<3>>::Scalar, bijou::AnyScalar>);

namespace {

const auto make = []<class T>(T, auto& rng) { return Invert{MAF<T, 3, 7>{rng}}; };

}  // namespace

TEST_CASE("Invert: laws", "[invert]") {
  laws::check_bijector(make, {.kinks = true});
  laws::check_forms(make, 3);
}

TEST_CASE("Invert: laws, of a map without a cache", "[invert]") {
  laws::check_bijector(registry::maker<registry::bijectors::Invert>, {.factors = {1}});
}

TEST_CASE("Invert: each direction is the other one, and twice is not at all, to the last bit", "[invert]") {
  std::mt19937_64 rng{1};
  using M = MAF<double, 3, 6>;
  const M f{rng};
  const Invert<M> g(f);
  const Invert<Invert<M>> h(g);
  const laws::Matrix<double> in = laws::normals<double>(3, 150, rng);
  for (const laws::Direction direction : laws::directions) {
    laws::check_same_values(laws::map(g, laws::opposite(direction), in), laws::map(f, direction, in));
  }
  laws::check_same_map(h, f, in);
  const laws::Matrix<double> w = laws::normals<double>(3, 150, rng);
  const laws::Vector<double> v = laws::normals<double>(150, 1, rng);
  for (const laws::Direction direction : laws::directions) {
    const auto actual = laws::pull_back(g, laws::opposite(direction), in, w, v);
    const auto expected = laws::pull_back(f, direction, in, w, v);
    laws::check_same_bits(actual.input, expected.input);
    laws::check_same_bits(actual.parameters, expected.parameters);
  }
}

TEST_CASE("Invert: of an Invert inverts twice and is no copy", "[invert]") {
  std::mt19937_64 rng{0};
  const MAF<double, 2, 8> f{rng};
  const Invert restored{Invert{f}};
  static_assert(std::is_same_v<decltype(restored), const Invert<Invert<MAF<double, 2, 8>>>>);
  const Eigen::Vector2d z(0.3, -0.7);
  CHECK(restored.forward(z) == f.forward(z));
}

TEST_CASE("Invert: keeps size, names and state of what it inverts", "[invert]") {
  const Invert f{Affine<double, 2>{{1.0, 2.0}, {3.0, 4.0}}};
  CHECK(f.event_size() == 2);
  std::vector<std::string> names;
  const auto add = [&](const std::string& name, const auto&) { names.push_back(name); };
  bijou::for_each_named_parameter(f, add);
  const Invert p{Permute<2>{1, 0}};
  bijou::for_each_named_state(p, add);
  CHECK(names == std::vector<std::string>{"bijector.shift", "bijector.scale", "bijector.indices"});
}
