#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/reverse.hpp>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using bijou::Affine;
using bijou::Chain;
using bijou::MAF;
using bijou::Permute;
using bijou::Reverse;

static_assert(bijou::Bijector<Chain<Affine<float, 2>, Permute<2>>>);
static_assert(bijou::Bijector<Chain<Permute<2>, Reverse<2>>>);
static_assert(bijou::Bijector<Chain<Chain<Affine<double, 2>>, Reverse<2>>>);

// The scalar and the size come from the members that have one.
static_assert(std::is_same_v<Chain<Permute<2>, Affine<float, 2>, Reverse<2>>::Scalar, float>);
static_assert(std::is_same_v<Chain<Permute<2>, Reverse<2>>::Scalar, bijou::AnyScalar>);
static_assert(Chain<Reverse<Eigen::Dynamic>, Permute<3>>::static_event_size == 3);
static_assert(Chain<Reverse<Eigen::Dynamic>>::static_event_size == Eigen::Dynamic);

namespace {

template <class T>
Affine<T, 2> affine(T shift, T scale) {
  using V = Eigen::Vector<T, 2>;
  return {V::Constant(shift), V::Constant(scale)};
}

}  // namespace

// No parameters times 0: the affine member must not lose its scale.
TEST_CASE("Chain: laws", "[chain]") {
  laws::check_bijector(registry::maker<registry::bijectors::Chain>, {.factors = {1, 3}, .kinks = true});
  laws::check_forms(registry::maker<registry::bijectors::Chain>, 3);
}

// An even number of members: the pullbacks' two tiles take turns the other way round.
TEST_CASE("Chain: laws, nested, sizes at run time", "[chain]") {
  laws::check_bijector(
      []<class T>(T, auto& rng) {
        using D = MAF<T, Eigen::Dynamic>;
        return Chain{D{2, {5}, rng}, Chain{Reverse<Eigen::Dynamic>{}, D{2, {4}, rng}}};
      },
      {.kinks = true});
}

TEMPLATE_TEST_CASE("Chain: forward(z) = f0(f1(z))", "[chain]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  using Event = Eigen::Vector<T, 2>;
  const Chain f{Affine<T, 2>{{T(10), T(20)}, {T(2), T(4)}}, Permute<2>{1, 0}};
  CHECK(f.forward(Event(1, 2)) == Event(14, 24));
  CHECK(f.inverse(Event(14, 24)) == Event(1, 2));
  const Chain g{Permute<2>{1, 0}, Affine<T, 2>{{T(10), T(20)}, {T(2), T(4)}}};
  CHECK(g.forward(Event(1, 2)) == Event(28, 12));
  CHECK(f.event_size() == 2);
}

TEMPLATE_TEST_CASE("Chain: of scales 2, 1 and 1/4 is the scale 1/2", "[chain]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 rng{1};
  const laws::Matrix<T> in = laws::normals<T>(2, 200, rng);
  const Chain f{affine<T>(0, 2), affine<T>(0, 1), affine<T>(0, T(0.25))};
  const Affine<T, 2> half = affine<T>(0, T(0.5));
  laws::check_same_bits(f.forward(in), half.forward(in));
  laws::check_same_bits(f.inverse(in), half.inverse(in));
  laws::check_close(f.forward_log_det(in), half.forward_log_det(in), laws::Tolerance<T>::rounding);
  laws::check_close(f.inverse_log_det(in), half.inverse_log_det(in), laws::Tolerance<T>::rounding);
  // 3 + 2 (1 - 4 (z + 1)) = -3 - 8 z
  const Chain g{affine<T>(3, 2), affine<T>(1, -4), affine<T>(1, 1)};
  laws::check_close(g.forward(in), affine<T>(-3, -8).forward(in), 10 * laws::Tolerance<T>::rounding);
}

TEST_CASE("Chain: of one member is that member, a nested chain is a flat one", "[chain]") {
  std::mt19937_64 rng{1};
  const MAF<double, 3, 6> a{rng};
  const MAF<double, 3, 5> b{rng};
  const Permute<3> p{2, 0, 1};
  const laws::Matrix<double> in = laws::normals<double>(3, 150, rng);
  laws::check_same_map(Chain<MAF<double, 3, 6>>{a}, a, in);
  laws::check_same_map(Chain{a, Chain{p, b}}, Chain{a, p, b}, in);
}

TEST_CASE("Chain: of members that take any scalar takes any scalar", "[chain]") {
  const Chain f{Permute<3>{2, 0, 1}, Reverse<3>{}};
  CHECK(f.forward(Eigen::Vector3f(1, 2, 3)) == Eigen::Vector3f(1, 3, 2));
  CHECK(f.forward(Eigen::Vector3d(1, 2, 3)) == Eigen::Vector3d(1, 3, 2));
  const Chain any{Reverse<Eigen::Dynamic>{}, Reverse<Eigen::Dynamic>{}};
  CHECK(any.event_size() == Eigen::Dynamic);
  CHECK(any.forward(Eigen::Vector3d(1, 2, 3)) == Eigen::Vector3d(1, 2, 3));
}

TEST_CASE("Chain: names of parameters and state", "[chain]") {
  const Chain f{affine<double>(1, 2), Chain{Permute<2>{1, 0}, affine<double>(1, 2)}};
  std::vector<std::string> names;
  const auto add = [&](const std::string& name, const auto&) { names.push_back(name); };
  bijou::for_each_named_parameter(f, add);
  bijou::for_each_named_state(f, add);
  CHECK(names == std::vector<std::string>{"bijectors.0.shift", "bijectors.0.scale", "bijectors.1.bijectors.1.shift",
                                          "bijectors.1.bijectors.1.scale", "bijectors.1.bijectors.0.indices"});
}

TEST_CASE("Chain: refuses members of different sizes", "[chain]") {
  using V = Eigen::VectorXd;
  using D = Affine<double, Eigen::Dynamic>;
  CHECK(message_of([] { Chain{D(V::Ones(2), V::Ones(2)), Reverse<Eigen::Dynamic>{}, D(V::Ones(3), V::Ones(3))}; }) ==
        "Chain: the parts have different event sizes, 2 and 3");
  CHECK(message_of([] { Chain{Permute<3>{0, 1, 2}, D(V::Ones(2), V::Ones(2))}; }) ==
        "Chain: the parts have different event sizes, 3 and 2");
}
