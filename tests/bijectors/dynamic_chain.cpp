#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/reverse.hpp>

#include "support/laws.hpp"

using bijou::Affine;
using bijou::Chain;
using bijou::DynamicChain;
using bijou::MAF;
using bijou::Permute;
using bijou::Reverse;

template <class T>
using Step = Chain<MAF<T, 3, 6>, Reverse<3>>;

template class bijou::DynamicChain<Affine<float, 2>>;
template class bijou::DynamicChain<Permute<3>>;

static_assert(bijou::Bijector<DynamicChain<Step<float>>>);
static_assert(bijou::Bijector<DynamicChain<Reverse<Eigen::Dynamic>>>);
static_assert(std::is_same_v<DynamicChain<Permute<3>>::Scalar, bijou::AnyScalar>);

namespace {

const auto make = []<class T>(T, auto& rng) {
  std::vector<Step<T>> steps;
  for (int i = 0; i < 3; ++i) steps.emplace_back(MAF<T, 3, 6>{rng}, Reverse<3>{});
  return DynamicChain{steps};
};

}  // namespace

TEST_CASE("DynamicChain: laws", "[dynamic_chain]") {
  laws::check_bijector(make, {.factors = {1, 0, 1e-8}, .kinks = true});
  laws::check_forms(make, 3);
}

TEST_CASE("DynamicChain: does what Chain does with the same members, to the last bit", "[dynamic_chain]") {
  std::mt19937_64 rng{1};
  using M = MAF<double, 3, 6>;
  const M a{rng}, b{rng}, c{rng};
  const laws::Matrix<double> in = laws::normals<double>(3, 150, rng);
  const laws::Matrix<double> w = laws::normals<double>(3, 150, rng);
  const laws::Vector<double> v = laws::normals<double>(150, 1, rng);
  const auto check = [&](const auto& actual, const auto& expected) {
    for (const laws::Direction direction : laws::directions) {
      laws::check_same_values(laws::map(actual, direction, in), laws::map(expected, direction, in));
    }
    const auto there = bijou::forward_pullback(actual, in, w, v);
    const auto back = bijou::inverse_pullback(actual, in, w, v);
    laws::check_same_bits(there.input, bijou::forward_pullback(expected, in, w, v).input);
    laws::check_same_bits(there.parameters, bijou::forward_pullback(expected, in, w, v).parameters);
    laws::check_same_bits(back.input, bijou::inverse_pullback(expected, in, w, v).input);
    laws::check_same_bits(back.parameters, bijou::inverse_pullback(expected, in, w, v).parameters);
  };
  check(DynamicChain{std::vector<M>{a}}, Chain{a});
  check(DynamicChain{std::vector<M>{a, b}}, Chain{a, b});
  check(DynamicChain{std::vector<M>{a, b, c}}, Chain{a, b, c});
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
