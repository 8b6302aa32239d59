#include <bijou/transformers/transformer.hpp>
#include <string>
#include <type_traits>

#include "registry.hpp"
#include "support/archetypes.hpp"
#include "support/constructors.hpp"
#include "support/copies.hpp"
#include "support/transformer_laws.hpp"

using namespace bijou;

namespace {

using Additive = archetypes::Additive<float>;

// What is nearly a transformer: one thing is missing or wrong.
struct WithoutMembers : Additive {
  void members() const;
};
struct WithoutCount : Additive {
  void parameters_per_coordinate() const;
};
struct WithoutForward : Additive {
  void forward() const;
};
struct WithoutInverse : Additive {
  void inverse() const;
};
struct WithoutForwardPullback : Additive {
  void forward_pullback() const;
};
struct WithoutInversePullback : Additive {
  void inverse_pullback() const;
};
struct OtherScalar : Additive {
  using Scalar = double;
};
struct NotConst : Additive {
  void forward(TransformerEvaluation<float>) {}
};

}  // namespace

static_assert(Transformer<Additive> && Transformer<archetypes::Additive<double>>);
static_assert(!Transformer<WithoutMembers>);
static_assert(!Transformer<WithoutCount>);
static_assert(!Transformer<WithoutForward>);
static_assert(!Transformer<WithoutInverse>);
static_assert(!Transformer<WithoutForwardPullback>);
static_assert(!Transformer<WithoutInversePullback>);
static_assert(!Transformer<OtherScalar>);
static_assert(!Transformer<NotConst>);
static_assert(!Transformer<Affine<double, 2>>);
static_assert(!Transformer<int>);

TEST_CASE("every registered transformer is one, and is made of nothing else", "[transformer]") {
  registry::for_each<registry::Transformers>([]<class Entry>() {
    INFO(Entry::header);
    registry::Rng rng{1};
    const auto in_float = Entry::template make<float>(rng);
    using S = std::remove_const_t<decltype(in_float)>;
    using InDouble = decltype(Entry::template make<double>(rng));
    static_assert(Transformer<S> && std::is_same_v<typename S::Scalar, float>);
    static_assert(Transformer<InDouble> && std::is_same_v<typename InDouble::Scalar, double>);
    static_assert(!detail::has_parameters<S>());
    laws::check_ways_to_copy(in_float);
    laws::Names expected{"nothing"};
    if constexpr (requires { Entry::made_of(); }) expected = Entry::made_of();
    CHECK(laws::foreign_arguments<S>() == expected);
    CHECK(in_float.parameters_per_coordinate() >= 1);
  });
}

TEST_CASE("the smallest transformer satisfies the laws", "[transformer]") {
  laws::check_transformer([]<class T>(T, auto&) { return archetypes::Additive<T>(T(1.5)); });
}
