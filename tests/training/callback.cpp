#include <bijou/training/callback.hpp>
#include <functional>
#include <string>
#include <type_traits>

#include "support/catch.hpp"

using bijou::Callback;

namespace {

struct Report {
  int epoch = 0;
  int epochs = 0;
};
struct OtherReport {};

constexpr Report report{3, 10};

bool before_the_third(const Report& r) { return r.epoch < 3; }

}  // namespace

TEST_CASE("A callback that returns nothing lets training go on", "[callback]") {
  int seen = -1;
  const Callback<Report> callback = [&](const Report& r) { seen = r.epoch; };
  CHECK(callback(report));
  CHECK(seen == 3);

  const std::function<void(const Report&)> function = [&](const Report& r) { seen = r.epochs; };
  CHECK(Callback<Report>(function)(report));
  CHECK(seen == 10);
}

TEST_CASE("A callback that returns bool decides", "[callback]") {
  bool answer = true;
  const Callback<Report> callback = [&](const Report&) { return answer; };
  CHECK(callback(report));
  answer = false;
  CHECK_FALSE(callback(report));
  CHECK_FALSE(Callback<Report>(before_the_third)(report));
  CHECK_FALSE(Callback<Report>(std::function<bool(const Report&)>(before_the_third))(report));
}

TEST_CASE("What a callback returns besides bool is ignored", "[callback]") {
  int calls = 0;
  const Callback<Report> callback = [&](const Report&) { return 0 * ++calls; };  // 0, as of printf
  CHECK(callback(report));
  CHECK(calls == 1);
  CHECK(Callback<Report>([](auto r) { return static_cast<double>(r.epoch) * 0; })(report));
}

TEST_CASE("A callback may be empty", "[callback]") {
  CHECK(Callback<Report>{}(report));
  CHECK(Callback<Report>(nullptr)(report));
  CHECK(Callback<Report>(std::function<void(const Report&)>{})(report));
  CHECK(Callback<Report>(std::function<bool(const Report&)>{})(report));
  Callback<Report> callback = before_the_third;
  const Callback<Report> copy = callback;
  callback = nullptr;
  CHECK(callback(report));
  CHECK_FALSE(copy(report));
}

TEST_CASE("A function of something else is no callback", "[callback]") {
  STATIC_REQUIRE(std::is_convertible_v<bool (*)(const Report&), Callback<Report>>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<Callback<Report>, void (*)(int)>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<Callback<Report>, void (*)(Report&)>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<Callback<Report>, int>);
}

TEST_CASE("Of several callbacks each is called in turn, and false of any stops", "[callback]") {
  std::string calls;
  bool answer = false;
  const Callback<Report> all =
      bijou::callbacks([&](const Report&) { calls += 'a'; }, [&](const Report&) { return calls += 'b', answer; },
                       [&](const Report&) { return calls += 'c', 0; }, Callback<Report>{});
  CHECK_FALSE(all(report));
  CHECK(calls == "abc");
  answer = true;
  CHECK(all(report));
  CHECK(calls == "abcabc");
  CHECK(Callback<Report>(bijou::callbacks())(report));

  // Callbacks of callbacks, and functions of any report.
  const auto any = [&](const auto&) { calls += 'd'; };
  const auto both = bijou::callbacks(any, bijou::callbacks(any, any));
  CHECK(Callback<OtherReport>(both)(OtherReport{}));
  CHECK(calls == "abcabcddd");
  STATIC_REQUIRE(std::is_constructible_v<Callback<Report>, decltype(both)>);
  using OfReports = decltype(bijou::callbacks(before_the_third, any));
  STATIC_REQUIRE(std::is_constructible_v<Callback<Report>, OfReports>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<Callback<OtherReport>, OfReports>);
}
