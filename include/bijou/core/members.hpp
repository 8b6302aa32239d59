#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/function_ref.hpp>
#include <bijou/core/pack.hpp>
#include <bijou/core/tile.hpp>
#include <bijou/numerics/finite.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

/// The list of members: what belongs to the value of an object, once for everything that walks through it (counts, the
/// flat vector of parameters, gradients by name, copies between scalars, files).
namespace bijou {

/// Which values a parameter may take; the constraint of a parameter that names none.
struct Finite {
  static constexpr const char* expected = "finite";
  template <class T>
  static bool holds(T value) {
    return detail::finite(value);
  }
};

/// A factor that can be divided by: finite, and so is 1 / value.
struct FiniteReciprocal {
  static constexpr const char* expected = "finite and not zero, with a finite reciprocal";
  template <class T>
  static bool holds(T value) {
    return detail::finite(value) && detail::finite(T(1) / value);
  }
};

/// The logarithm of a scale s for which s and 1 / s are normal numbers.
struct LogOfScale {
  static constexpr const char* expected = "the logarithm of a scale that, like its reciprocal, is a normal number";
  template <class T>
  static bool holds(T value) {
    return detail::finite(value) && std::abs(value) < std::log((std::numeric_limits<T>::max)()) - T(2);
  }
};

namespace detail {

/// In the place of a constraint: state that may take any value, and state that other members follow from.
struct AnyValue {};
struct Structure {};

enum class MemberKind { parameter, state, part, frozen };

template <MemberKind Kind, class Owner, class Value, class Constraint>
struct Member {
  const char* name;
  Value Owner::*pointer;
};

template <class U>
concept EigenMember = std::is_base_of_v<Eigen::DenseBase<std::remove_const_t<U>>, std::remove_const_t<U>>;

template <class U>
concept Number = std::is_arithmetic_v<std::remove_const_t<U>> || std::is_enum_v<std::remove_const_t<U>>;

template <class U>
concept TupleLike = requires { std::tuple_size<std::remove_const_t<U>>::value; };

template <class U>
concept Range = requires(U& u) {
  u.begin();
  u.end();
  typename U::value_type;
};

template <class U>
concept RangeOfNumbers = Range<U> && Number<typename U::value_type>;

template <class U>
concept HasMembers = requires { U::members(); };

}  // namespace detail

/// The list that members() returns, of what parameter(), state(), structure(), part() and frozen() make; Members<>{}
/// for a type that holds nothing. A std::tuple of entries is a list as well, which takes longer to compile.
///
/// @code{.cpp}
/// struct Shift {
///   Eigen::Vector2f shift;
///   static constexpr auto members() { return bijou::Members{bijou::parameter("shift", &Shift::shift)}; }
/// };
/// @endcode
template <class... Entries>
struct Members : detail::PackElements<std::index_sequence_for<Entries...>, Entries...> {
  constexpr explicit Members(Entries... entries)
      : detail::PackElements<std::index_sequence_for<Entries...>, Entries...>{{entries}...} {}
};

/// An entry of a list: an Eigen matrix or vector that training changes, whose numbers satisfy the Constraint.
template <class Constraint = Finite, class Owner, class Value>
constexpr auto parameter(const char* name, Value Owner::*pointer) {
  static_assert(
      detail::EigenMember<Value>,
      "a parameter is an Eigen matrix or vector (a single number: an Eigen::Vector<T, 1>); for an object that "
      "holds parameters write part(...), for what is not trained state(...)");
  // After that sentence the entry passes as state, so that nothing more is said about it.
  constexpr auto kind = detail::EigenMember<Value> ? detail::MemberKind::parameter : detail::MemberKind::state;
  return detail::Member<kind, Owner, Value, Constraint>{name, pointer};
}

/// An entry of a list: what belongs to the value but is never trained, such as a permutation or running statistics. An
/// Eigen matrix or vector, a number, or a range of such.
template <class Owner, class Value>
constexpr auto state(const char* name, Value Owner::*pointer) {
  static_assert(detail::EigenMember<Value> || detail::Number<Value> || detail::Range<Value>,
                "a state is an Eigen matrix or vector, a number, or a range of such");
  return detail::Member<detail::MemberKind::state, Owner, Value, detail::AnyValue>{name, pointer};
}

/// An entry of a list: state that other members follow from, such as a size. A file that is loaded into the object must
/// have the same.
template <class Owner, class Value>
constexpr auto structure(const char* name, Value Owner::*pointer) {
  static_assert(detail::EigenMember<Value> || detail::Number<Value> || detail::Range<Value>,
                "a structure is an Eigen matrix or vector, a number, or a range of such");
  return detail::Member<detail::MemberKind::state, Owner, Value, detail::Structure>{name, pointer};
}

/// An entry of a list: an object with a list of its own, or a tuple or range of such.
template <class Owner, class Value>
constexpr auto part(const char* name, Value Owner::*pointer) {
  static_assert(!detail::EigenMember<Value> && !detail::Number<Value>,
                "a part is an object with a list of members; for numbers write parameter(...) or state(...)");
  return detail::Member<detail::MemberKind::part, Owner, Value, Finite>{name, pointer};
}

/// An entry of a list: a part whose parameters are not trained. They belong to the value like state.
template <class Owner, class Value>
constexpr auto frozen(const char* name, Value Owner::*pointer) {
  static_assert(!detail::EigenMember<Value> && !detail::Number<Value>,
                "what is frozen is an object with a list of members; for numbers write state(...)");
  return detail::Member<detail::MemberKind::frozen, Owner, Value, Finite>{name, pointer};
}

namespace detail {

template <class U>
constexpr auto members_of() {
  static_assert(
      HasMembers<U>,
      "a type that others are made of lists its members: static constexpr auto members() { return "
      "bijou::Members{bijou::parameter(...), bijou::state(...), bijou::part(...)}; }, or bijou::Members<>{} if "
      "it holds nothing. It must be a public static constexpr function");
  if constexpr (HasMembers<U>)
    return U::members();
  else
    return Members<>{};
}

inline std::string join(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

template <class F, class Elements, std::size_t... I>
constexpr decltype(auto) call_with(F& f, [[maybe_unused]] Elements& elements, std::index_sequence<I...>) {
  return f(std::get<I>(elements)...);
}

/// f(elements...) of a tuple or list, as std::apply does, but quicker to compile: each list and each chain is walked
/// many times.
template <class Elements, class F>
constexpr decltype(auto) with_elements(Elements&& elements, F&& f) {
  if constexpr (TupleLike<std::remove_reference_t<Elements>>)
    return call_with(f, elements, std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<Elements>>>{});
  else
    return elements.apply(f);
}

/// Calls f(element, its number) for the elements of a tuple or range.
template <class U, class F>
void for_each_element(U& elements, F&& f) {
  if constexpr (TupleLike<U>) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (f(std::get<I>(elements), I), ...);
    }(std::make_index_sequence<std::tuple_size_v<std::remove_const_t<U>>>{});
  } else {
    std::size_t i = 0;
    for (auto& element : elements) f(element, i++);
  }
}

/// Calls visit(path, numbers, constraint) for the entries of kind Wanted in the lists of an object and of its parts, in
/// order. Paths are built only if WithNames is set, as they take heap. In what is frozen, parameters are state.
template <MemberKind Wanted, bool WithNames, bool InFrozen = false>
struct Walk {
  static std::string child(const std::string& path, const auto& name) {
    if constexpr (!WithNames)
      return {};
    else if constexpr (std::is_integral_v<std::remove_cvref_t<decltype(name)>>)
      return join(path, std::to_string(name));
    else
      return join(path, name);
  }

  template <class U, class Visit>
  static void object(U& value, Visit& visit, const std::string& path) {
    if constexpr (!HasMembers<U> && (TupleLike<U> || Range<U>)) {
      for_each_element(value, [&](auto& element, std::size_t i) { object(element, visit, child(path, i)); });
    } else {
      with_elements(members_of<std::remove_const_t<U>>(),
                    [&]<MemberKind... Kind, class... O, class... V, class... C>(const Member<Kind, O, V, C>&... entry) {
                      (member<Kind, C>(value.*(entry.pointer), visit, path, entry.name), ...);
                    });
    }
  }

  template <MemberKind Kind, class Constraint, class U, class Visit>
  static void member(U& value, Visit& visit, const std::string& path, const char* name) {
    constexpr MemberKind kind = InFrozen && Kind == MemberKind::parameter ? MemberKind::state : Kind;
    if constexpr (kind == Wanted)
      numbers<Constraint>(value, visit, child(path, name));
    else if constexpr (kind == MemberKind::frozen)
      Walk<Wanted, WithNames, true>::object(value, visit, child(path, name));
    else if constexpr (kind == MemberKind::part)
      object(value, visit, child(path, name));
  }

  template <class Constraint, class U, class Visit>
  static void numbers(U& value, Visit& visit, const std::string& path) {
    if constexpr (EigenMember<U> || Number<U> || RangeOfNumbers<U>)
      visit(path, value, Constraint{});
    else
      for_each_element(value,
                       [&](auto& element, std::size_t i) { numbers<Constraint>(element, visit, child(path, i)); });
  }
};

}  // namespace detail

/// Calls f(member) for each parameter of an object and of its parts, in the order of the lists; a parameter is an Eigen
/// matrix or vector.
template <class U, class F>
void for_each_parameter(U& object, F&& f) {
  const auto visit = [&](const std::string&, auto& member, auto) { f(member); };
  detail::Walk<detail::MemberKind::parameter, false>::object(object, visit, {});
}

/// The same with names: f(path, member), path as in "bijector.0.conditioner.layers.1.weight".
template <class U, class F>
void for_each_named_parameter(U& object, F&& f) {
  const auto visit = [&](const std::string& path, auto& member, auto) { f(path, member); };
  detail::Walk<detail::MemberKind::parameter, true>::object(object, visit, {});
}

/// Calls f(path, member) for what belongs to an object's value but is not trained: an Eigen matrix or vector, a number
/// or a range of numbers.
template <class U, class F>
void for_each_named_state(U& object, F&& f) {
  const auto visit = [&](const std::string& path, auto& member, auto) { f(path, member); };
  detail::Walk<detail::MemberKind::state, true>::object(object, visit, {});
}

}  // namespace bijou
