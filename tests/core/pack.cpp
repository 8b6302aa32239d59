#include <bijou/core/pack.hpp>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"

using namespace bijou;

TEST_CASE("a pack has elements like a tuple's, two of one type among them", "[pack]") {
  detail::Pack<int, std::string, int> elements{{{1}, {"two"}, {3}}};
  static_assert(std::tuple_size_v<decltype(elements)> == 3);
  static_assert(std::is_same_v<std::tuple_element_t<1, decltype(elements)>, std::string>);
  auto& [first, second, third] = elements;
  third = 4;
  CHECK(first == 1);
  CHECK(second == "two");
  CHECK(elements.get<2>() == 4);
  const auto& constant = elements;
  static_assert(std::is_same_v<decltype(constant.get<0>()), const int&>);
  const auto sum = [](int a, const std::string& b, int c) { return a + static_cast<int>(b.size()) + c; };
  CHECK(constant.apply(sum) == 8);
  CHECK(detail::element<1>(constant) == "two");
  const std::tuple tuple{5, 6};
  CHECK(detail::element<1>(tuple) == 6);
}

TEST_CASE("a pack of nothing, and of what only moves", "[pack]") {
  const detail::Pack<> nothing{};
  CHECK(nothing.apply([] { return 7; }) == 7);
  static_assert(std::tuple_size_v<std::remove_const_t<decltype(nothing)>> == 0);
  const detail::Pack<std::unique_ptr<int>> pointer{{{std::make_unique<int>(8)}}};
  CHECK(*pointer.get<0>() == 8);
  constexpr detail::Pack<int, int> two{{{1}, {2}}};
  static_assert(two.get<1>() == 2);
}
