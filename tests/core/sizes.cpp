#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/invert.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/core/sizes.hpp>
#include <string>
#include <type_traits>

#include "support/archetypes.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

constexpr int dynamic = Eigen::Dynamic;
using Shift = archetypes::Shift<float>;
using Stretch = archetypes::Stretch<double>;

}  // namespace

// The scalar of a map that takes any.
static_assert(std::is_same_v<detail::scalar_t<Permute<2>>, AnyScalar>);
static_assert(std::is_same_v<detail::scalar_t<archetypes::Swap>, AnyScalar>);
static_assert(std::is_same_v<detail::scalar_t<Chain<Permute<2>, Reverse<2>>>, AnyScalar>);
static_assert(std::is_same_v<detail::scalar_t<Chain<Permute<2>, Affine<float, 2>>>, float>);
static_assert(std::is_same_v<detail::scalar_t<Invert<Affine<double, 2>>>, double>);
static_assert(detail::takes_scalar<Permute<2>, float> && detail::takes_scalar<Permute<2>, double>);
static_assert(detail::takes_scalar<Shift, float> && !detail::takes_scalar<Shift, double>);
static_assert(std::is_same_v<detail::working_scalar_t<Permute<2>, float>, float>);
static_assert(std::is_same_v<detail::working_scalar_t<Affine<double, 2>, float>, double>);

// The common scalar of several, void when two differ.
template <class... S>
using common = typename detail::CommonScalar<S...>::type;
static_assert(std::is_same_v<common<AnyScalar, float, AnyScalar, float>, float>);
static_assert(std::is_same_v<common<AnyScalar>, AnyScalar>);
static_assert(std::is_void_v<common<float, AnyScalar, double>>);
static_assert(std::is_void_v<common<double, AnyScalar, AnyScalar, float>>);

// The common static size, dynamic parts left aside.
static_assert(detail::common_static_size<Shift, Stretch>() == 2);
static_assert(detail::common_static_size<Stretch, Reverse<dynamic>>() == dynamic);
static_assert(detail::static_sizes_agree<Shift, Stretch, Reverse<2>>());
static_assert(!detail::static_sizes_agree<Shift, Reverse<3>>());

TEST_CASE("event_size is the member function's or the static size", "[sizes]") {
  CHECK(event_size(Shift({0, 0})) == 2);
  CHECK(event_size(Stretch(5, 0)) == 5);
  CHECK(event_size(Permute<dynamic>{{2, 0, 1}}) == 3);
  CHECK(event_size(Reverse<4>{}) == 4);
  CHECK(event_size(Reverse<dynamic>{}) == any_size);
}

TEST_CASE("a bijector may have a name", "[sizes]") {
  CHECK(detail::name_of<Stretch>("bijector") == "Stretch");
  CHECK(detail::name_of<Shift>("bijector") == "bijector");
  CHECK(detail::name_of<Shift>("distribution") == "distribution");
  CHECK(detail::name_of<Affine<float, 2>>("bijector") == "Affine");
}

TEST_CASE("sizes of parts must be one, those that take any left aside", "[sizes]") {
  CHECK(detail::require_common_size("Chain", {3, any_size, 3}) == 3);
  CHECK(detail::require_common_size("Chain", {any_size, 2}) == 2);
  CHECK(detail::require_common_size("Chain", {any_size, any_size}) == any_size);
  CHECK(detail::require_common_size("Chain", {}) == any_size);
  CHECK(message_of([] { detail::require_common_size("Chain", {any_size, 2, any_size, 3}); }) ==
        "Chain: the parts have different event sizes, 2 and 3");
}
