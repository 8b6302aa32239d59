#pragma once

#include <bijou/core/members.hpp>
#include <array>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "support/tolerance.hpp"

namespace laws {

/// All numbers of an object's parameters, in double.
template <class B>
std::vector<double> parameters_of(const B& b) {
  std::vector<double> numbers;
  bijou::for_each_parameter(b, [&](const auto& member) {
    for (Index i = 0; i < member.size(); ++i) numbers.push_back(static_cast<double>(member.data()[i]));
  });
  return numbers;
}

/// Every way to write a copy makes an object of the same type with parameters of its own. Constructors that take
/// anything must leave these to the copy constructor, from a const and from another object.
template <class B>
void check_ways_to_copy(B a) {
  const std::vector<double> before = parameters_of(a);
  const auto check = [&](const char* way, B& copy) {
    INFO(way);
    CHECK(parameters_of(copy) == before);
    bijou::for_each_parameter(copy, [](auto& member) { member.array() += 1; });
    CHECK(parameters_of(a) == before);
    if (!before.empty()) CHECK(parameters_of(copy) != before);
  };
  B in_parentheses(a);
  check("B b(a)", in_parentheses);
  B in_braces{a};
  check("B b{a}", in_braces);
  B assigned = a;
  check("B b = a", assigned);
  auto deduced(a);
  static_assert(std::is_same_v<decltype(deduced), B>);
  check("auto b(a)", deduced);
  std::vector<B> list;
  list.emplace_back(a);
  check("emplace_back(a)", list[0]);
  list.push_back(a);
  check("push_back(a)", list[1]);
  list = {a, a};
  check("list = {a, a}", list[1]);
  std::vector<B> braced{a};
  REQUIRE(braced.size() == 1);
  check("vector<B>{a}", braced[0]);
  std::array<B, 2> array{a, a};
  check("array<B, 2>{a, a}", array[1]);
  check("make_shared<B>(a)", *std::make_shared<B>(a));
  check("make_unique<B>(a)", *std::make_unique<B>(a));
  std::optional<B> optional{a};
  check("optional<B>{a}", *optional);
  optional.emplace(a);
  check("optional.emplace(a)", *optional);
  std::tuple<B, int> tuple{a, 1};
  check("tuple<B, int>{a, 1}", std::get<0>(tuple));
  std::pair<B, B> pair(a, a);
  check("pair<B, B>(a, a)", pair.second);
  const B constant(a);
  B of_constant(constant);
  check("of a const", of_constant);
  B moved(B{a});
  check("of a temporary", moved);
}

}  // namespace laws
