#include <bijou/training/epoch_callback.hpp>
#include <functional>
#include <optional>
#include <type_traits>

#include "../support/catch.hpp"

using bijou::EpochCallback;
using bijou::EpochReport;

namespace {

constexpr EpochReport report{3, 10, 1.5, std::nullopt, 1e-3, 2.0};

bool before_the_third(const EpochReport& r) { return r.epoch < 3; }

}  // namespace

TEST_CASE("A callback that returns nothing lets training go on", "[epoch_callback]") {
  bijou::Index seen = -1;
  const EpochCallback callback = [&](const EpochReport& r) { seen = r.epoch; };
  CHECK(callback(report));
  CHECK(seen == 3);

  const std::function<void(const EpochReport&)> function = [&](const EpochReport& r) { seen = r.epochs; };
  CHECK(EpochCallback(function)(report));
  CHECK(seen == 10);
}

TEST_CASE("A callback that returns bool decides", "[epoch_callback]") {
  bool answer = true;
  const EpochCallback callback = [&](const EpochReport&) { return answer; };
  CHECK(callback(report));
  answer = false;
  CHECK_FALSE(callback(report));
  CHECK_FALSE(EpochCallback(before_the_third)(report));
  CHECK_FALSE(EpochCallback(std::function<bool(const EpochReport&)>(before_the_third))(report));
}

TEST_CASE("What a callback returns besides bool is ignored", "[epoch_callback]") {
  int calls = 0;
  const EpochCallback callback = [&](const EpochReport&) { return 0 * ++calls; };  // 0, as of printf
  CHECK(callback(report));
  CHECK(calls == 1);
  CHECK(EpochCallback([](auto r) { return r.validation_nll; })(report));
}

TEST_CASE("A callback may be empty", "[epoch_callback]") {
  CHECK(EpochCallback{}(report));
  CHECK(EpochCallback(nullptr)(report));
  CHECK(EpochCallback(std::function<void(const EpochReport&)>{})(report));
  CHECK(EpochCallback(std::function<bool(const EpochReport&)>{})(report));
  EpochCallback callback = before_the_third;
  const EpochCallback copy = callback;
  callback = nullptr;
  CHECK(callback(report));
  CHECK_FALSE(copy(report));
}

TEST_CASE("A function of something else is no callback", "[epoch_callback]") {
  STATIC_REQUIRE(std::is_convertible_v<bool (*)(const EpochReport&), EpochCallback>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<EpochCallback, void (*)(int)>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<EpochCallback, void (*)(EpochReport&)>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<EpochCallback, int>);
}
