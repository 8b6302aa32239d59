#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/tile.hpp>
#include <Eigen/Core>
#include <array>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace bijou {

/// One entry of a type's list: the name of a member and where it is.
template <class Owner, class Member>
struct Named {
  const char* name;
  Member Owner::*member;
};

template <class Owner, class Member>
constexpr Named<Owner, Member> named(const char* name, Member Owner::*member) {
  return {name, member};
}

namespace detail {

template <class U>
concept EigenMember = std::is_base_of_v<Eigen::DenseBase<std::remove_const_t<U>>, std::remove_const_t<U>>;

template <class U>
concept TupleLike = requires { std::tuple_size<std::remove_const_t<U>>::value; };

template <class U>
concept Range = requires(U& u) {
  u.begin();
  u.end();
  typename U::value_type;
};

template <class U>
concept RangeOfNumbers = Range<U> && std::is_arithmetic_v<typename U::value_type>;

struct ParameterList {
  template <class U>
  static constexpr auto of() {
    if constexpr (requires { U::parameter_list(); })
      return U::parameter_list();
    else {
      static_assert(
          !requires(const U& object) { object.parameter_list(); },
          "parameter_list must be a static constexpr member function");
      return std::tuple<>{};
    }
  }
};

struct StateList {
  template <class U>
  static constexpr auto of() {
    if constexpr (requires { U::state_list(); })
      return U::state_list();
    else {
      static_assert(
          !requires(const U& object) { object.state_list(); }, "state_list must be a static constexpr member function");
      return std::tuple<>{};
    }
  }
};

inline std::string join(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

/// Walks the list of `object`, and the lists of what stands in it, in order. f is called with each Eigen member or
/// range of numbers, or with its path and the member when WithNames is set (building the paths takes heap).
template <class List, bool WithNames, class U, class F>
void walk(U& object, F& f, const std::string& path) {
  const auto step = [&](auto& member, const auto& name) {
    if constexpr (WithNames)
      walk<List, WithNames>(member, f, join(path, name()));
    else
      walk<List, WithNames>(member, f, path);
  };
  if constexpr (EigenMember<U> || RangeOfNumbers<U>) {
    if constexpr (WithNames)
      f(path, object);
    else
      f(object);
  } else if constexpr (TupleLike<U>) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (step(std::get<I>(object), [] { return std::to_string(I); }), ...);
    }(std::make_index_sequence<std::tuple_size_v<std::remove_const_t<U>>>{});
  } else if constexpr (Range<U>) {
    std::size_t i = 0;
    for (auto& element : object) step(element, [&] { return std::to_string(i); }), ++i;
  } else {
    static_assert(!std::is_arithmetic_v<U>,
                  "a parameter_list or state_list names a plain number; make it an Eigen::Vector<T, 1>");
    std::apply([&](const auto&... entry) { (step(object.*(entry.member), [&] { return entry.name; }), ...); },
               List::template of<std::remove_const_t<U>>());
  }
}

}  // namespace detail

/// Calls f(member) for each parameter of an object in the order of its list; a parameter is an Eigen matrix or vector
/// (a single number an Eigen::Vector<T, 1>).
/// A type names its parameters once:
///
/// @code{.cpp}
/// struct Shift {
///   Eigen::Vector2f shift;
///   static constexpr auto parameter_list() { return std::tuple{bijou::named("shift", &Shift::shift)}; }
/// };
/// @endcode
///
/// Members that have lists of their own, vectors and tuples of such are walked through.
template <class U, class F>
void for_each_parameter(U& object, F&& f) {
  detail::walk<detail::ParameterList, false>(object, f, {});
}

/// The same with names: f(path, member), path as in "bijector.0.conditioner.layers.1.weight".
template <class U, class F>
void for_each_named_parameter(U& object, F&& f) {
  detail::walk<detail::ParameterList, true>(object, f, {});
}

/// Calls f(path, member) for what belongs to an object's value but is not trained (`state_list()`): a permutation,
/// running statistics.
template <class U, class F>
void for_each_named_state(U& object, F&& f) {
  detail::walk<detail::StateList, true>(object, f, {});
}

/// How many numbers the parameters of an object are.
template <class U>
Index parameter_count(const U& object) {
  Index count = 0;
  for_each_parameter(object, [&](const auto& member) { count += member.size(); });
  return count;
}

/// Writes the parameters one after the other into a vector of parameter_count(object) numbers; a matrix in its storage
/// order.
template <class U, class Vector>
void copy_parameters(const U& object, Vector&& out) {
  Index at = 0;
  for_each_parameter(object, [&](const auto& member) {
    out.segment(at, member.size()) =
        Eigen::Map<const Eigen::Vector<typename std::decay_t<decltype(member)>::Scalar, Eigen::Dynamic>>(member.data(),
                                                                                                         member.size());
    at += member.size();
  });
}

/// The reverse of copy_parameters.
template <class U, class Vector>
void assign_parameters(U& object, const Vector& values) {
  Index at = 0;
  for_each_parameter(object, [&](auto& member) {
    Eigen::Map<Eigen::Vector<typename std::decay_t<decltype(member)>::Scalar, Eigen::Dynamic>>(
        member.data(), member.size()) = values.segment(at, member.size());
    at += member.size();
  });
}

}  // namespace bijou
