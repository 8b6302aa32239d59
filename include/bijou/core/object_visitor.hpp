#pragma once

#include <bijou/core/description.hpp>
#include <bijou/core/members.hpp>
#include <bijou/core/parameters.hpp>
#include <bijou/core/policy_name.hpp>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// A walk through all that belongs to the value of an object, whatever its type, for files: the types that it is made
/// of and the numbers of their members.
///
/// What a type may say about itself here, beside its list of members:
///
/// | member | meaning |
/// |---|---|
/// | `U::type_name` or `u.type_name()` | what files call it; else `U::name` |
/// | `u.policies()` | a range of Policy, the template arguments that are no members |
/// | `u.state_error()` | a std::string: what is wrong with the values of its state; empty if nothing is |
/// | `u.shape()` | as for description(): its parts are its own business |
namespace bijou::detail {

enum class MemberRole {
  parameter,
  frozen,  // a parameter that is not trained
  state,
  structure,  // state that others follow from
};

/// The numbers of one member, row by row or, if is_column_major, column by column.
struct MemberNumbers {
  void* data;
  std::vector<Index> shape;  // of a single number empty
  bool is_column_major;
  bool is_floating;
  bool is_signed;
  bool is_bool;
  std::size_t size_of_one;
  MemberRole role;
  const char* expected;              // the values that it may take, in words; null for state
  bool (*hold)(const void*, Index);  // whether so many numbers are of that kind; null for state
};

/// What an object says about itself. The functions are called with its address.
struct ObjectInfo {
  const void* object = nullptr;
  std::string_view type = {};  // empty for a type without a name
  std::vector<Policy> policies = {};
  bool is_leaf = false;  // whether its parts are its own business
  std::string (*shape)(const void*) = nullptr;
  std::string (*state_error)(const void*) = nullptr;
};

/// What a walk calls: for an object enter, its members and parts in the order of its list, leave; the same for a list
/// of parts. Places are null for the outermost object.
struct ObjectVisitor {
  virtual void enter(const ObjectInfo&, const Path*) {}
  virtual void enter_list(const Path*) {}
  virtual void leave() {}
  virtual void numbers(const MemberNumbers&, const Path&) {}

 protected:
  ~ObjectVisitor() = default;
};

template <class U>
std::string_view type_name_of(const U& object) {
  if constexpr (requires { object.type_name(); })
    return object.type_name();
  else if constexpr (requires { U::type_name; })
    return U::type_name;
  else
    return name_of<U>("");
}

template <class U>
ObjectInfo info_of(const U& object) {
  ObjectInfo info;
  info.object = &object;
  info.type = type_name_of(object);
  if constexpr (requires { object.policies(); }) {
    for (const Policy& policy : object.policies()) info.policies.push_back(policy);
  }
  if constexpr (requires { object.shape(); }) info.is_leaf = true;
  info.shape = [](const void* at) { return shape_of(*static_cast<const U*>(at)); };
  info.state_error = [](const void* at) -> std::string {
    if constexpr (requires(const U& u) { u.state_error(); })
      return static_cast<const U*>(at)->state_error();
    else
      return {};
  };
  return info;
}

template <class Constraint, class Value>
MemberNumbers numbers_of(Value& value, MemberRole role) {
  const auto of_type = [&]<class T>(T* data, std::vector<Index> shape, bool is_column_major) {
    MemberNumbers numbers{data,
                          std::move(shape),
                          is_column_major,
                          std::is_floating_point_v<T>,
                          std::is_signed_v<T>,
                          std::is_same_v<T, bool>,
                          sizeof(T),
                          role,
                          nullptr,
                          nullptr};
    if constexpr (requires { Constraint::expected; }) {
      numbers.expected = Constraint::expected;
      numbers.hold = all_hold<Constraint, T>;
    }
    return numbers;
  };
  if constexpr (EigenMember<Value>) {
    if constexpr (bool(Value::IsVectorAtCompileTime))
      return of_type(value.data(), {value.size()}, false);
    else
      return of_type(value.data(), {value.rows(), value.cols()}, !bool(Value::IsRowMajor));
  } else if constexpr (std::is_enum_v<Value>) {
    return of_type(reinterpret_cast<std::underlying_type_t<Value>*>(&value), {}, false);
  } else if constexpr (Number<Value>) {
    return of_type(&value, {}, false);
  } else {
    static_assert(
        requires { value.data(); }, "a range of numbers that is state lies in one piece, as in a std::vector");
    return of_type(value.data(), {static_cast<Index>(value.size())}, false);
  }
}

/// The numbers of a member, which may be a range of ranges.
template <class Constraint, class Value>
void visit_numbers(Value& value, MemberRole role, const Path& path, ObjectVisitor& visitor) {
  if constexpr (EigenMember<Value> || Number<Value> || RangeOfNumbers<Value>)
    visitor.numbers(numbers_of<Constraint>(value, role), path);
  else
    for_each_element(value, [&](auto& element, std::size_t i) {
      visit_numbers<Constraint>(element, role, Path{&path, nullptr, i}, visitor);
    });
}

template <class U>
void visit_object(U& object, const Path* path, bool is_frozen, ObjectVisitor& visitor);

template <MemberKind Kind, class Constraint, class Value>
void visit_member(Value& member, const Path& place, bool is_frozen, ObjectVisitor& visitor) {
  if constexpr (Kind == MemberKind::parameter)
    visit_numbers<Constraint>(member, is_frozen ? MemberRole::frozen : MemberRole::parameter, place, visitor);
  else if constexpr (Kind == MemberKind::state)
    visit_numbers<Constraint>(member, std::is_same_v<Constraint, Structure> ? MemberRole::structure : MemberRole::state,
                              place, visitor);
  else
    visit_object(member, &place, is_frozen || Kind == MemberKind::frozen, visitor);
}

/// Walks through an object. is_frozen: whether it is part of something frozen. Compiled once for each type.
template <class U>
void visit_object(U& object, const Path* path, bool is_frozen, ObjectVisitor& visitor) {
  if constexpr (requires { object.visit_inside(path, is_frozen, visitor); }) {
    object.visit_inside(path, is_frozen, visitor);  // of a type whose members are known at run time only
  } else if constexpr (!HasMembers<U> && (TupleLike<U> || Range<U>)) {
    visitor.enter_list(path);
    for_each_element(object, [&](auto& element, std::size_t i) {
      const Path place{path, nullptr, i};
      visit_object(element, &place, is_frozen, visitor);
    });
    visitor.leave();
  } else {
    visitor.enter(info_of(object), path);
    with_elements(members_of<U>(), [&]<MemberKind... Kind, class... O, class... V, class... C>(
                                       const Member<Kind, O, V, C>&... member) {
      (visit_member<Kind, C>(object.*(member.pointer), Path{path, member.name, 0}, is_frozen, visitor), ...);
    });
    visitor.leave();
  }
}

}  // namespace bijou::detail
