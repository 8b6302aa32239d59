#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/reverse.hpp>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using bijou::Affine;
using bijou::Chain;
using bijou::DynamicChain;
using bijou::MAF;
using bijou::Permute;
using bijou::Reverse;

static_assert(bijou::Bijector<DynamicChain<Reverse<Eigen::Dynamic>>>);
static_assert(std::is_same_v<DynamicChain<Permute<3>>::Scalar, bijou::AnyScalar>);

TEST_CASE("DynamicChain: laws", "[dynamic_chain]") {
  laws::check_bijector(registry::maker<registry::bijectors::DynamicChain>, {.factors = {1, 0, 1e-8}, .kinks = true});
  laws::check_forms(registry::maker<registry::bijectors::DynamicChain>, 3);
}

TEST_CASE("DynamicChain: does what Chain does with the same members, to the last bit", "[dynamic_chain]") {
  std::mt19937_64 rng{1};
  using M = MAF<double, 3, 6>;
  const M a{rng}, b{rng}, c{rng};
  const laws::Matrix<double> in = laws::normals<double>(3, 150, rng);
  laws::check_same_map(DynamicChain{std::vector<M>{a}}, Chain{a}, in);
  laws::check_same_map(DynamicChain{std::vector<M>{a, b}}, Chain{a, b}, in);
  laws::check_same_map(DynamicChain{a, b, c}, Chain{a, b, c}, in);
}

TEST_CASE("DynamicChain: takes members of one type in braces", "[dynamic_chain]") {
  const Permute<3> a{2, 0, 1}, b{1, 0, 2};
  const DynamicChain f{a, b};
  static_assert(std::is_same_v<decltype(f), const DynamicChain<Permute<3>>>);
  CHECK(f.forward(Eigen::Vector3d(1, 2, 3)) == Eigen::Vector3d(3, 2, 1));
  static_assert(!std::is_constructible_v<DynamicChain<Permute<3>>, Permute<3>, Reverse<3>>);
  static_assert(!std::is_constructible_v<DynamicChain<Permute<3>>>);
}

// Members can be read only, so that none of another size joins a chain whose sizes were checked.
TEST_CASE("DynamicChain: gives its members away const", "[dynamic_chain]") {
  using F = DynamicChain<Permute<Eigen::Dynamic>>;
  static_assert(std::is_same_v<decltype(std::declval<F&>().bijectors()), const std::vector<Permute<Eigen::Dynamic>>&>);
  const F f{Permute<Eigen::Dynamic>{{1, 0}}, Permute<Eigen::Dynamic>{{1, 0}}};
  CHECK(f.bijectors().size() == 2);
  CHECK(f.event_size() == 2);
}

TEST_CASE("DynamicChain: refuses events once its members are moved away", "[dynamic_chain]") {
  DynamicChain f{Permute<3>{2, 0, 1}, Permute<3>{1, 0, 2}};
  const DynamicChain g = std::move(f);
  CHECK(g.forward(Eigen::Vector3d(1, 2, 3)) == Eigen::Vector3d(3, 2, 1));
  CHECK(f.event_size() == 0);  // NOLINT: what is left is the question
  CHECK(message_of([&] { f.forward(Eigen::Vector3d(1, 2, 3)); }) == "DynamicChain: expected events of 0 rows, got 3");
  f = g;
  CHECK(f.inverse(Eigen::Vector3d(3, 2, 1)) == Eigen::Vector3d(1, 2, 3));
}

TEST_CASE("DynamicChain: members that take any scalar, and of any size", "[dynamic_chain]") {
  const DynamicChain f{std::vector<Permute<3>>{{2, 0, 1}, {2, 0, 1}}};
  CHECK(f.forward(Eigen::Vector3f(1, 2, 3)) == Eigen::Vector3f(2, 3, 1));
  CHECK(f.forward(Eigen::Vector3d(1, 2, 3)) == Eigen::Vector3d(2, 3, 1));
  const DynamicChain any{std::vector<Reverse<Eigen::Dynamic>>(3)};
  CHECK(any.event_size() == Eigen::Dynamic);
  CHECK(any.forward(Eigen::Vector2d(1, 2)) == Eigen::Vector2d(2, 1));
}

TEST_CASE("DynamicChain: names", "[dynamic_chain]") {
  const Affine<double, 1> member{Eigen::Matrix<double, 1, 1>(1.0), Eigen::Matrix<double, 1, 1>(2.0)};
  const DynamicChain f{std::vector{member, member}};
  std::vector<std::string> names;
  bijou::for_each_named_parameter(f, [&](const std::string& name, const auto&) { names.push_back(name); });
  CHECK(names ==
        std::vector<std::string>{"bijectors.0.shift", "bijectors.0.scale", "bijectors.1.shift", "bijectors.1.scale"});
}

TEST_CASE("DynamicChain: refuses to be empty, and members of different sizes", "[dynamic_chain]") {
  using V = Eigen::VectorXd;
  using D = Affine<double, Eigen::Dynamic>;
  CHECK(message_of([] { DynamicChain{std::vector<D>{}}; }) == "DynamicChain: give at least one bijector");
  CHECK(message_of([] { DynamicChain{std::vector<D>{D(V::Ones(2), V::Ones(2)), D(V::Ones(3), V::Ones(3))}}; }) ==
        "DynamicChain: the parts have different event sizes, 2 and 3");
}
