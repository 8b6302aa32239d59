#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/invert.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/real_nvp.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/core/concepts.hpp>
#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/uniform.hpp>
#include <bijou/transformers/invert.hpp>
#include <array>
#include <string>

#include "support/catch.hpp"
#include "support/maps.hpp"

using namespace bijou;

namespace {

constexpr int dynamic = Eigen::Dynamic;

// What is nearly a bijector: one thing of maps::Shift is missing or wrong.
struct WithoutSize : maps::Shift {
  static constexpr std::array<int, 0> static_event_size{};
};
struct WithoutInverse : maps::Shift {
  void inverse() const;
};
struct WithoutPullback : maps::Shift {
  void inverse_pullback() const;
};
struct NotConst : maps::Shift {
  void forward(ConstTile<float>, Tile<float>, Row<float>) {}
};
struct OtherScalar : maps::Shift {
  using Scalar = double;
};
struct NotCopyable : maps::Shift {
  NotCopyable() = default;
  NotCopyable(const NotCopyable&) = delete;
};
struct OnlyCachedPullback : maps::Shift {  // half of the maps take a cache
  struct Cache {};
  void forward_pullback(ConstTile<float>, ConstTile<float>, ConstTile<float>, ConstRow<float>, Tile<float>,
                        ParameterGradient<float>, Cache&, Pass<float>&) const;
};

struct WithoutDensity : StandardNormal<double, 2> {
  void log_prob() const;
};
struct WithoutDensityPullback : StandardNormal<double, 2> {
  void log_prob_pullback() const;
};
struct WithoutDraw : StandardNormal<double, 2> {
  void draw() const;
};
struct DensityWithoutSize : StandardNormal<double, 2> {
  static constexpr std::array<int, 0> static_event_size{};
};

struct TransformerWithoutCount : AffineTransformer<double> {
  void parameters_per_coordinate() const;
};
struct ConditionerWithoutPullback : Mlp<double> {
  void pullback() const;
};

}  // namespace

// All maps of the library, in both scalars, with sizes known at compile time and at run time.
static_assert(Bijector<Affine<float, 2>> && Bijector<Affine<double, dynamic>>);
static_assert(Bijector<Permute<3>> && Bijector<Permute<dynamic>>);
static_assert(Bijector<Reverse<3>> && Bijector<Reverse<dynamic>>);
static_assert(Bijector<MAF<float, 2, 8>> && Bijector<MAF<double, dynamic>>);
static_assert(Bijector<IAF<float, 2, 8>> && Bijector<IAF<double, dynamic>>);
static_assert(Bijector<RealNVP<float, 2, 8>> && Bijector<RealNVP<double, dynamic>>);
static_assert(Bijector<Invert<Permute<3>>>);
static_assert(Bijector<Chain<MAF<float, 2>, Permute<2>, Affine<float, dynamic>>>);
static_assert(Bijector<Chain<Reverse<2>>>);
static_assert(Bijector<DynamicChain<Chain<RealNVP<double, 3>, Reverse<3>>>>);
static_assert(Bijector<Chain<DynamicChain<Permute<2>>, Invert<Chain<Affine<double, 2>>>>>);

static_assert(Bijector<maps::Shift>);
static_assert(Bijector<maps::Stretch>);
static_assert(!Bijector<WithoutSize>);
static_assert(!Bijector<WithoutInverse>);
static_assert(!Bijector<WithoutPullback>);
static_assert(!Bijector<NotConst>);
static_assert(!Bijector<OtherScalar>);
static_assert(!Bijector<NotCopyable>);
static_assert(!Bijector<OnlyCachedPullback>);
static_assert(!Bijector<int>);
static_assert(!Bijector<std::string>);
static_assert(!Bijector<StandardNormal<double, 2>>);

static_assert(Distribution<StandardNormal<float, 2>> && Distribution<StandardNormal<double, dynamic>>);
static_assert(Distribution<DiagonalNormal<float, 2>> && Distribution<DiagonalNormal<double, dynamic>>);
static_assert(Distribution<Uniform<float, 2>> && Distribution<Uniform<double, dynamic>>);
static_assert(!Distribution<WithoutDensity>);
static_assert(!Distribution<WithoutDensityPullback>);
static_assert(!Distribution<WithoutDraw>);
static_assert(!Distribution<DensityWithoutSize>);
static_assert(!Distribution<Affine<double, 2>>);
static_assert(!Distribution<double>);

static_assert(Transformer<AffineTransformer<float>> && Transformer<AffineTransformer<double, scale_maps::Exp>>);
static_assert(Transformer<InvertTransformer<AffineTransformer<double>>>);
static_assert(!Transformer<TransformerWithoutCount>);
static_assert(!Transformer<Affine<double, 2>>);

static_assert(Conditioner<Mlp<float>> && Conditioner<Mlp<double, activations::Gelu, 8>>);
static_assert(Conditioner<Made<float>> && Conditioner<Made<double, activations::Tanh, 8>>);
static_assert(!Conditioner<ConditionerWithoutPullback>);
static_assert(!Conditioner<AffineTransformer<double>>);

// The scalar of a map that takes any.
static_assert(std::is_same_v<detail::scalar_t<Permute<2>>, AnyScalar>);
static_assert(std::is_same_v<detail::scalar_t<Chain<Permute<2>, Reverse<2>>>, AnyScalar>);
static_assert(std::is_same_v<detail::scalar_t<Chain<Permute<2>, Affine<float, 2>>>, float>);
static_assert(std::is_same_v<detail::scalar_t<Invert<Affine<double, 2>>>, double>);
static_assert(detail::takes_scalar<Permute<2>, float> && detail::takes_scalar<Permute<2>, double>);
static_assert(detail::takes_scalar<maps::Shift, float> && !detail::takes_scalar<maps::Shift, double>);

static_assert(std::is_same_v<detail::cache_t<maps::Shift, float>, detail::NoCache>);
static_assert(std::is_same_v<detail::cache_t<maps::Stretch, double>, maps::Stretch::Cache>);
static_assert(std::is_same_v<detail::cache_t<Chain<Permute<2>>, float>, Chain<Permute<2>>::Cache<float>>);

// The arena holds caches, and calls no destructors.
static_assert(std::is_trivially_destructible_v<detail::cache_t<MAF<float, 2>, float>>);
static_assert(std::is_trivially_destructible_v<detail::cache_t<RealNVP<double, 2>, double>>);
static_assert(std::is_trivially_destructible_v<detail::cache_t<Chain<IAF<float, 2>, Reverse<2>>, float>>);
static_assert(std::is_trivially_destructible_v<detail::cache_t<DynamicChain<MAF<float, 2>>, float>>);

TEST_CASE("event_size is the member function's or the static size", "[concepts]") {
  CHECK(event_size(maps::Shift{}) == 2);
  CHECK(event_size(maps::Stretch{5, {}}) == 5);
  CHECK(event_size(Permute<dynamic>{{2, 0, 1}}) == 3);
  CHECK(event_size(Reverse<4>{}) == 4);
  CHECK(event_size(Reverse<dynamic>{}) == dynamic);  // any size
}

TEST_CASE("a bijector may have a name", "[concepts]") {
  CHECK(detail::name_of<maps::Stretch>() == "Stretch");
  CHECK(detail::name_of<maps::Shift>() == "bijector");
  CHECK(detail::name_of<MAF<float, 2>>() == "MAF");
  CHECK(detail::name_of<RealNVP<float, 2>>() == "RealNVP");
}
