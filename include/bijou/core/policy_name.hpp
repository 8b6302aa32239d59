#pragma once

#include <bijou/core/language.hpp>
#include <cstddef>
#include <string_view>

namespace bijou {

/// A template argument of a type that is a policy, such as the activation of a network: what it is for, and its name.
struct Policy {
  /// What the policy is for: "activation", "scale map".
  std::string_view role;
  std::string_view name;
};

/// The name of a policy in files. Not a member of the policy, since one that is derived from another is not the same. A
/// policy of your own may have a name, too; files that hold it can then be loaded into objects that have it.
///
/// @code{.cpp}
/// struct Square {  // an activation, h = a^2
///   static constexpr bool derivative_needs_input = true;
///   template <class V> static V value(V a) { return a * a; }
///   template <class V> static V derivative(V a, V) { return a + a; }
/// };
/// template <>
/// inline constexpr std::string_view bijou::policy_name<Square> = "Square";
/// @endcode
template <class P>
inline constexpr std::string_view policy_name = "own policy";

/// That of an object, which may be of a type that stands for one of several policies.
template <class P>
std::string_view policy_name_of(const P& policy) {
  if constexpr (requires { policy.policy_name(); })
    return policy.policy_name();
  else
    return policy_name<P>;
}

namespace detail {

/// The name of a policy with a number, "LeastWidth<8>".
class NumberedName {
 public:
  constexpr NumberedName(std::string_view name, int number) {
    append(name);
    append("<");
    append_digits(number);
    append(">");
  }
  constexpr std::string_view text() const { return {text_, size_}; }

 private:
  constexpr void append(std::string_view text) {
    for (const char c : text) text_[size_++] = c;
  }
  constexpr void append_digits(int number) {
    if (number >= 10) append_digits(number / 10);
    text_[size_++] = static_cast<char>('0' + number % 10);
  }

  char text_[40] = {};
  std::size_t size_ = 0;
};

}  // namespace detail
}  // namespace bijou
