#pragma once

#include <array>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/numbers.hpp"

namespace laws {

/// An object of any type: where its parameters are.
struct Copied {
  template <class B>
  explicit Copied(B& b)
      : object(&b),
        parameters([](void* at) { return parameters_of(*static_cast<const B*>(at)); }),
        add_one([](void* at) { add_one_to_parameters(*static_cast<B*>(at)); }) {}

  void* object;
  std::vector<double> (*parameters)(void*);
  void (*add_one)(void*);
};

/// A copy of `original`, whose parameters are `before`, has the same of its own. Compiled once.
inline void check_copy(const char* way, const Copied& copy, const Copied& original, const std::vector<double>& before) {
  INFO(way);
  CHECK(copy.parameters(copy.object) == before);
  copy.add_one(copy.object);
  CHECK(original.parameters(original.object) == before);
  if (!before.empty()) CHECK(copy.parameters(copy.object) != before);
}

/// Every way to write a copy makes an object of the same type with parameters of its own. Constructors that take
/// anything must leave these to the copy constructor, from a const and from another object.
template <class B>
void check_ways_to_copy(B a) {
  const std::vector<double> before = parameters_of(a);
  const Copied original(a);
  const auto check = [&](const char* way, B& copy) { check_copy(way, Copied(copy), original, before); };
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
