#include <bijou/bijectors/bijector.hpp>
#include <array>
#include <string>
#include <type_traits>
#include <vector>

#include "registry.hpp"
#include "support/archetypes.hpp"
#include "support/constructors.hpp"
#include "support/copies.hpp"
#include "support/law_types.hpp"

using namespace bijou;

namespace {

using archetypes::Opposite;
using archetypes::Stretch;
using archetypes::Swap;
using Shift = archetypes::Shift<float>;

// What is nearly a bijector: one thing of Shift is missing or wrong.
struct WithoutSize : Shift {
  static constexpr std::array<int, 0> static_event_size{};
};
struct WithoutMembers : Shift {
  void members() const;
};
struct WithoutForward : Shift {
  void forward() const;
};
struct WithoutInverse : Shift {
  void inverse() const;
};
struct WithoutForwardPullback : Shift {
  void forward_pullback() const;
};
struct WithoutInversePullback : Shift {
  void inverse_pullback() const;
};
struct NotConst : Shift {
  void forward(Evaluation<float>) {}
};
struct OtherScalar : Shift {
  using Scalar = double;
};
struct NotCopyable : Shift {
  NotCopyable(const NotCopyable&) = delete;
};
struct NotAssignable : Shift {
  NotAssignable(const NotAssignable&) = default;
  NotAssignable& operator=(const NotAssignable&) = delete;
};
struct MapsWithoutItsCache : Shift {
  struct Cache {};
};
struct PullbackWithoutItsCache : Shift {
  struct Cache {};
  void forward(Evaluation<float, Cache>) const;
  void inverse(Evaluation<float, Cache>) const;
  void forward_pullback(Pullback<float, Cache>) const;
};

}  // namespace

static_assert(Bijector<Shift> && Bijector<archetypes::Shift<double>>);
static_assert(Bijector<Stretch<float>> && Bijector<Stretch<double>>);
static_assert(Bijector<Swap> && Bijector<Opposite>);
static_assert(!Bijector<WithoutSize>);
static_assert(!Bijector<WithoutMembers>);
static_assert(!Bijector<WithoutForward>);
static_assert(!Bijector<WithoutInverse>);
static_assert(!Bijector<WithoutForwardPullback>);
static_assert(!Bijector<WithoutInversePullback>);
static_assert(!Bijector<NotConst>);
static_assert(!Bijector<OtherScalar>);
static_assert(!Bijector<NotCopyable>);
static_assert(!Bijector<NotAssignable>);
static_assert(!Bijector<MapsWithoutItsCache>);
static_assert(!Bijector<PullbackWithoutItsCache>);
static_assert(!Bijector<int>);
static_assert(!Bijector<std::string>);
static_assert(!Bijector<StandardNormal<double, 2>>);
static_assert(!Bijector<AffineTransformer<double>>);

// All bijectors of the library, in both scalars, with sizes known at compile time and at run time. The arena holds
// their caches, and calls no destructors.
TEST_CASE("every registered bijector is one", "[bijector]") {
  registry::for_each<registry::Bijectors>([]<class Entry>() {
    const auto check = []<class T, int D>() {
      using B = registry::type_t<Entry, T, D>;
      static_assert(B::static_event_size == D);
      if constexpr (laws::joins<B>) {
        static_assert(Bijector<B>);
        static_assert(detail::takes_scalar<B, T>);
        static_assert(std::is_trivially_destructible_v<detail::cache_t<B, T>>);
        static_assert(std::is_nothrow_move_constructible_v<B>);
      }
    };
    check.template operator()<float, registry::rows>();
    check.template operator()<double, registry::rows>();
    check.template operator()<float, registry::dynamic>();
    check.template operator()<double, registry::dynamic>();
    registry::Rng rng{1};
    const Index size = event_size(Entry::template make<double, registry::dynamic>(rng));
    CHECK((size == registry::rows || size == any_size));
    CHECK(detail::name_of<registry::type_t<Entry, float, registry::rows>>("bijector") != "bijector");
  });
}

TEST_CASE("a bijector can be copied in every way", "[bijector]") {
  registry::for_each<registry::Bijectors>([]<class Entry>() {
    INFO(Entry::header);
    registry::Rng rng{1};
    const auto check = [&]<class T, int D>() {
      if constexpr (laws::joins<registry::type_t<Entry, T, D>>)
        laws::check_ways_to_copy(Entry::template make<T, D>(rng));
    };
    check.template operator()<float, registry::rows>();
    check.template operator()<double, registry::dynamic>();
  });
  registry::Rng rng{1};
  laws::check_ways_to_copy(Invert{Invert{registry::bijectors::MAF::make<double, 3>(rng)}});
}

// The arguments of other types, of which only a few make a bijector.
TEST_CASE("a bijector is made of what its constructors name, and of nothing else", "[bijector]") {
  const auto expected = []<class Entry>(Entry*, bool is_dynamic) -> laws::Names {
    if constexpr (requires { Entry::made_of(is_dynamic); })
      return Entry::made_of(is_dynamic);
    else
      return {};
  };
  registry::for_each<registry::Bijectors>([&]<class Entry>() {
    constexpr Entry* entry = nullptr;
    INFO(Entry::header);
    const auto check = [&]<int D>() {
      using B = registry::type_t<Entry, float, D>;
      if constexpr (laws::joins<B>) CHECK(laws::foreign_arguments<B>() == expected(entry, D == registry::dynamic));
    };
    check.template operator()<registry::rows>();
    check.template operator()<registry::dynamic>();
  });
}

// Only a type that has all sizes in it can be made of a generator alone, and only a static one of options and a
// generator.
TEST_CASE("a bijector is not made of a generator without its sizes", "[bijector]") {
  using Rng = std::mt19937_64;
  using std::is_constructible_v;
  constexpr int dynamic = Eigen::Dynamic;
  static_assert(is_constructible_v<MAF<float, 2, 8>, Rng&> && is_constructible_v<IAF<float, 2, 8>, Rng&>);
  static_assert(!is_constructible_v<MAF<float, 2>, Rng&> && !is_constructible_v<IAF<float, 2>, Rng&>);
  static_assert(!is_constructible_v<MAF<float, dynamic, 8>, Rng&> && !is_constructible_v<MAF<float, dynamic>, Rng&>);
  static_assert(!is_constructible_v<RealNVP<float, 2, 8>, Rng&> && !is_constructible_v<RealNVP<float, 2>, Rng&>);
  static_assert(!is_constructible_v<RealNVP<float, dynamic, 8>, Rng&>);
  static_assert(is_constructible_v<RealNVP<float, 2, 8>, int, Rng&>);
  static_assert(!is_constructible_v<RealNVP<float, dynamic, 8>, int, Rng&>);
  static_assert(is_constructible_v<RealNVP<float, dynamic, 8>, int, int, Rng&>);
  static_assert(!is_constructible_v<RealNVP<float, 2, 8>, int, int, Rng&>);
  static_assert(!is_constructible_v<MAF<float, 2, 8>, int, Rng&>);
  static_assert(is_constructible_v<MAF<float, dynamic, 8>, int, Rng&>);
  static_assert(is_constructible_v<MAF<float, 2>, NetworkOptions, Rng&>);
  static_assert(!is_constructible_v<MAF<float, dynamic>, NetworkOptions, Rng&>);
  static_assert(is_constructible_v<MAF<float, dynamic>, int, NetworkOptions, Rng&>);
  static_assert(!is_constructible_v<MAF<float, 2>, NetworkOptions, int&>);
  static_assert(!is_constructible_v<MAF<float, 2>, NetworkOptions, std::string&>);
  static_assert(!is_constructible_v<MAF<float, 2>, NetworkOptions, const Rng&>);
  static_assert(!is_constructible_v<MAF<float, 2>, MAF<double, 2>>);
  static_assert(!is_constructible_v<MAF<float, 2>, IAF<float, 2>>);
  SUCCEED("compiled");
}
