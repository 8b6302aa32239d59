#include <bijou/conditioners/conditioner.hpp>
#include <type_traits>

#include "registry.hpp"
#include "support/archetypes.hpp"
#include "support/conditioner_laws.hpp"
#include "support/constructors.hpp"
#include "support/copies.hpp"

using namespace bijou;

namespace {

using Total = archetypes::Total<float>;
using Prefix = archetypes::Prefix<float>;

// What is nearly a conditioner: one thing is missing or wrong.
struct WithoutMembers : Total {
  void members() const;
};
struct WithoutContextSize : Total {
  void context_size() const;
};
struct WithoutEvaluate : Total {
  void evaluate() const;
};
struct WithoutPullback : Total {
  void pullback() const;
};
struct OtherScalar : Total {
  using Scalar = double;
};
struct WithoutStart : Prefix {
  void start() const;
};
struct WithoutSteps : Prefix {
  void evaluate_steps() const;
};
struct WithoutStepwisePullback : Prefix {
  void start_pullback() const;
};
struct StepsWithoutFinish : Prefix {
  struct Back {
    void steps(int, int);
  };
  Back start_pullback(Pullback) const;
};

}  // namespace

static_assert(Conditioner<Total> && !SequentialConditioner<Total>);
static_assert(Conditioner<Prefix> && SequentialConditioner<Prefix>);
static_assert(!Conditioner<WithoutMembers>);
static_assert(!Conditioner<WithoutContextSize>);
static_assert(!Conditioner<WithoutEvaluate>);
static_assert(!Conditioner<WithoutPullback>);
static_assert(!Conditioner<OtherScalar>);
static_assert(!Conditioner<AffineTransformer<double>>);
static_assert(!Conditioner<int>);
static_assert(Conditioner<WithoutStart> && !SequentialConditioner<WithoutStart>);
static_assert(!SequentialConditioner<WithoutSteps>);
static_assert(!SequentialConditioner<WithoutStepwisePullback>);
static_assert(!SequentialConditioner<StepsWithoutFinish>);

TEST_CASE("every registered conditioner is one, can be copied, and is made of nothing else", "[conditioner]") {
  registry::for_each<registry::Conditioners>([]<class Entry>() {
    INFO(Entry::header);
    registry::Rng rng{1};
    const auto in_double = Entry::template make<double>(rng);
    const auto in_float = Entry::template make<float>(rng);
    using C = std::remove_const_t<decltype(in_float)>;
    static_assert(Conditioner<C> && std::is_same_v<typename C::Scalar, float>);
    static_assert(Conditioner<std::remove_const_t<decltype(in_double)>>);
    static_assert(std::is_trivially_destructible_v<typename C::Cache>);
    static_assert(!std::is_constructible_v<C, registry::Rng&>);
    static_assert(!std::is_constructible_v<C, NetworkOptions, registry::Rng&>);
    laws::check_ways_to_copy(in_double);
    laws::check_ways_to_copy(in_float);
    laws::Names made_of;
    if constexpr (requires { Entry::made_of(); }) made_of = Entry::made_of();
    CHECK(laws::foreign_arguments<C>() == made_of);
  });
}

TEST_CASE("the smallest conditioners satisfy the laws", "[conditioner]") {
  laws::check_conditioner([]<class T>(T, auto&) { return archetypes::Total<T>(3, 2, 2, T(0.5)); });
  laws::check_conditioner([]<class T>(T, auto&) { return archetypes::Prefix<T>(4, T(0.5)); });
  laws::check_steps(archetypes::Prefix<double>(4, 0.5), 4, laws::Given::by_coordinate, 9);
}
