#include <bijou/core/function_ref.hpp>
#include <memory>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"

using bijou::detail::FunctionRef;

namespace {

int call_with(int argument, FunctionRef<int(int)> f) { return f(argument); }

}  // namespace

static_assert(std::is_trivially_copyable_v<FunctionRef<void()>>);
static_assert(!std::is_constructible_v<FunctionRef<void()>>);

TEST_CASE("FunctionRef: calls what it refers to, a temporary too", "[function_ref]") {
  int calls = 0;
  const auto f = [&](int x) {
    ++calls;
    return x + 1;
  };
  CHECK(call_with(3, f) == 4);
  CHECK(call_with(3, [&](int x) { return x * 10; }) == 30);
  const FunctionRef<int(int)> reference = f;
  const FunctionRef<int(int)> copy = reference;
  CHECK(copy(5) == 6);
  CHECK(calls == 2);
}

TEST_CASE("FunctionRef: sees what changes in the object, without a copy", "[function_ref]") {
  struct Counter {
    int count = 0;
    std::unique_ptr<int> not_copyable = nullptr;
    int operator()() { return ++count; }
  };
  Counter counter;
  const FunctionRef<int()> f = counter;
  CHECK(f() == 1);
  counter.count = 10;
  CHECK(f() == 11);
  CHECK(counter.count == 11);
}

TEST_CASE("FunctionRef: hands on references and what can only be moved", "[function_ref]") {
  int x = 1;
  const auto return_it = [](int& y) -> int& { return y; };
  const FunctionRef<int&(int&)> same = return_it;
  same(x) = 7;
  CHECK(x == 7);
  const auto take = [](std::unique_ptr<int> p) { return *p; };
  const FunctionRef<int(std::unique_ptr<int>)> g = take;
  CHECK(g(std::make_unique<int>(3)) == 3);
}
