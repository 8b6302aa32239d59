#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/core/function_ref.hpp>
#include <bijou/core/in_memory.hpp>
#include <bijou/core/members.hpp>
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

/// The parameters of an object as one flat vector, in the order of its list of members, and gradients in that order.
namespace bijou {

namespace detail {

/// The place of a member in an object: name or number, and that of what it stands in.
struct Path {
  const Path* above;
  const char* name;
  std::size_t number;

  std::string text() const {
    const std::string own = name ? name : std::to_string(number);
    return above ? above->text() + "." + own : own;
  }
};

/// The numbers of one parameter, whatever its shape and scalar, in storage order.
struct ParameterNumbers {
  void* data;
  Index size;
  bool in_double;                    // else in float
  const char* expected;              // the values that it may take, in words
  bool (*hold)(const void*, Index);  // whether so many numbers are of that kind

  std::size_t bytes() const { return static_cast<std::size_t>(size) * (in_double ? sizeof(double) : sizeof(float)); }
  double number(const void* numbers, Index i) const {
    return in_double ? static_cast<const double*>(numbers)[i] : double{static_cast<const float*>(numbers)[i]};
  }

  /// values[i] = number i, for the scalar T of the parameter or another.
  template <class T>
  void copy_to(T* values) const {
    if (size == 0) return;  // data may be null
    if (in_double == std::is_same_v<T, double>)
      std::memcpy(values, data, bytes());
    else
      for (Index i = 0; i < size; ++i) values[i] = static_cast<T>(number(data, i));
  }
  template <class T>
  void copy_from(const T* values) const {
    if (size == 0) return;
    if (in_double == std::is_same_v<T, double>) {
      std::memcpy(data, values, bytes());
    } else {
      for (Index i = 0; i < size; ++i) {
        if (in_double)
          static_cast<double*>(data)[i] = static_cast<double>(values[i]);
        else
          static_cast<float*>(data)[i] = static_cast<float>(values[i]);
      }
    }
  }
};

/// Whether so many numbers of type T satisfy a constraint.
template <class Constraint, class T>
bool all_hold(const void* numbers, Index size) {
  const T* const first = static_cast<const T*>(numbers);
  if constexpr (std::is_same_v<Constraint, Finite>) return all_finite(first, size);
  return std::all_of(first, first + size, Constraint::template holds<T>);
}

using VisitParameter = FunctionRef<void(const ParameterNumbers&, const Path&)>;

template <class U>
void visit_parameters(const U& object, const Path* path, VisitParameter visit);

template <MemberKind Kind, class Constraint, class Value>
void visit_parameters_of_member(const Value& member, const Path& place, VisitParameter visit) {
  if constexpr (Kind == MemberKind::parameter) {
    using T = typename Value::Scalar;
    static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>, "a parameter is of float or double");
    visit({const_cast<T*>(member.data()), member.size(), std::is_same_v<T, double>, Constraint::expected,
           all_hold<Constraint, T>},
          place);
  } else if constexpr (Kind == MemberKind::part) {
    visit_parameters(member, &place, visit);
  }
}

/// Calls visit for each parameter of an object in the order of its list; visit may write to those of an object that is
/// not const. Compiled once for each type.
template <class U>
void visit_parameters(const U& object, const Path* path, VisitParameter visit) {
  if constexpr (requires(U& u) { u.visit_parameters(path, visit); }) {
    const_cast<U&>(object).visit_parameters(path, visit);  // of a type whose members are known at run time only
  } else if constexpr (!HasMembers<U> && (TupleLike<U> || Range<U>)) {
    for_each_element(object, [&](auto& element, std::size_t i) {
      const Path place{path, nullptr, i};
      visit_parameters(element, &place, visit);
    });
  } else {
    with_elements(members_of<U>(), [&]<MemberKind... Kind, class... O, class... V, class... C>(
                                       const Member<Kind, O, V, C>&... member) {
      (visit_parameters_of_member<Kind, C>(object.*(member.pointer), Path{path, member.name, 0}, visit), ...);
    });
  }
}

// What the functions below do with each parameter: no templates of the object, so that they are compiled once.

struct CountNumbers {
  Index count = 0;
  void operator()(const ParameterNumbers& numbers, const Path&) { count += numbers.size; }
};

template <class T>
struct CopyNumbers {
  T* at;
  void operator()(const ParameterNumbers& numbers, const Path&) {
    numbers.copy_to(at);
    at += numbers.size;
  }
};

template <class T>
struct AssignNumbers {
  const T* at;
  void operator()(const ParameterNumbers& numbers, const Path&) {
    numbers.copy_from(at);
    at += numbers.size;
  }
};

template <class T>
struct CheckNumbers {
  const T* at;
  bool good = true;
  void operator()(const ParameterNumbers& numbers, const Path&) {
    good = good && numbers.hold(at, numbers.size);
    at += numbers.size;
  }
};

struct RequireNumbers {
  std::string_view caller;
  const std::byte* at;  // null: the numbers of the object
  void operator()(const ParameterNumbers& numbers, const Path& path) {
    const void* const given = at ? at : numbers.data;
    if (at) at += numbers.bytes();
    if (numbers.hold(given, numbers.size)) return;
    const std::size_t size_of_one = numbers.bytes() / static_cast<std::size_t>(numbers.size);
    Index i = 0;
    while (numbers.hold(static_cast<const std::byte*>(given) + static_cast<std::size_t>(i) * size_of_one, 1)) ++i;
    throw_invalid_argument(caller, path.text(), " must be ", numbers.expected, ", got ", numbers.number(given, i),
                           " in coordinate ", i);
  }
};

}  // namespace detail

/// How many numbers the parameters of an object are.
template <class U>
Index parameter_count(const U& object) {
  detail::CountNumbers numbers;
  detail::visit_parameters(object, nullptr, numbers);
  return numbers.count;
}

/// Writes the parameters one after the other into a vector of parameter_count(object) numbers, contiguous in memory; a
/// matrix in its storage order.
template <class U, class Vector>
void copy_parameters(const U& object, Vector&& out) {
  using V = std::remove_cvref_t<Vector>;
  static_assert(
      detail::is_contiguous_vector<V>,
      "copy_parameters: the parameters go to a vector contiguous in memory: an Eigen vector, a segment of one, "
      "or a column of a matrix");
  detail::CopyNumbers<typename V::Scalar> numbers{out.data()};
  detail::visit_parameters(object, nullptr, numbers);
}

/// The reverse of copy_parameters, from any vector. The values are taken as they are.
template <class U, class V>
void assign_parameters(U& object, const Eigen::MatrixBase<V>& values) {
  const Eigen::Ref<const Eigen::Vector<typename V::Scalar, Eigen::Dynamic>> flat(detail::for_ref(values));
  detail::AssignNumbers<typename V::Scalar> numbers{flat.data()};
  detail::visit_parameters(object, nullptr, numbers);
}

namespace detail {

/// Whether the object may take these numbers as its parameters, in the order of its list.
template <class U, class T>
bool takes_parameters(const U& object, const T* values) {
  CheckNumbers<T> numbers{values};
  visit_parameters(object, nullptr, numbers);
  return numbers.good;
}

/// Throws std::invalid_argument for the first number that its parameter may not take: "caller: scale must be finite,
/// got nan in coordinate 1". The numbers are those of the object or, if given, `values` of its scalar in the order of
/// the list.
template <class U>
void require_parameters(std::string_view caller, const U& object, const void* values = nullptr) {
  RequireNumbers numbers{caller, static_cast<const std::byte*>(values)};
  visit_parameters(object, nullptr, numbers);
}

/// Whether an object of type U may hold parameters, in itself or in a part.
template <class U>
constexpr bool has_parameters() {
  if constexpr (!HasMembers<U> && TupleLike<U>) {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return (has_parameters<std::tuple_element_t<I, U>>() || ... || false);
    }(std::make_index_sequence<std::tuple_size_v<U>>{});
  } else if constexpr (!HasMembers<U> && Range<U>) {
    return has_parameters<typename U::value_type>();
  } else if constexpr (!HasMembers<U>) {
    return true;
  } else {
    return with_elements(members_of<U>(), [](const auto&... member) {
      [[maybe_unused]] const auto trained =
          []<MemberKind Kind, class O, class V, class C>(const Member<Kind, O, V, C>&) {
            return Kind == MemberKind::parameter || (Kind == MemberKind::part && has_parameters<V>());
          };
      return (trained(member) || ... || false);
    });
  }
}

/// The places of parameters and parts in the list of members.
template <class U>
constexpr auto trained_places() {
  constexpr auto is_trained = with_elements(
      members_of<U>(), []<MemberKind... Kind, class... O, class... V, class... C>(const Member<Kind, O, V, C>&...) {
        return std::array<bool, sizeof...(Kind)>{(Kind == MemberKind::parameter || Kind == MemberKind::part)...};
      });
  std::array<std::size_t, static_cast<std::size_t>(std::count(is_trained.begin(), is_trained.end(), true))> places{};
  std::size_t found = 0;
  for (std::size_t i = 0; i < is_trained.size(); ++i) {
    if (is_trained[i]) places[found++] = i;
  }
  return places;
}

}  // namespace detail

/// Views of the parts of a pullback's flat parameter gradient, one for each parameter and part in the list of `object`
/// (state and what is frozen have none): for a parameter an Eigen array of the member's own shape, for a part its
/// ParameterGradient.
///
///     auto [d_shift, d_scale] = bijou::gradients(*this, p);
///     d_shift += p.output_gradient.rowwise().sum();
///
/// When nobody reads the gradient, the arrays are scratch memory and the parts' gradients are empty.
template <class U, class Pullback>
auto gradients(const U& object, const Pullback& p) {
  using T = typename decltype(p.parameter_gradient)::Scalar;
  T* at = p.parameter_gradient.size() > 0 ? const_cast<T*>(p.parameter_gradient.data()) : nullptr;
  const auto view =
      [&]<detail::MemberKind Kind, class O, class V, class C>(const detail::Member<Kind, O, V, C>& member) {
        const auto& value = object.*(member.pointer);
        if constexpr (Kind == detail::MemberKind::parameter) {
          using Array = Eigen::Array<T, V::RowsAtCompileTime, V::ColsAtCompileTime,
                                     int(V::IsRowMajor) ? Eigen::RowMajor : Eigen::ColMajor>;
          T* const data = at ? at : p.pass.arena.template zeros<T>(value.size()).data();
          if (at) at += value.size();
          return Eigen::Map<Array>(data, value.rows(), value.cols());
        } else {
          const Index size = at ? parameter_count(value) : 0;
          T* const data = at;
          if (at) at += size;
          return ParameterGradient<T>(data, size);
        }
      };
  constexpr auto list = detail::members_of<U>();
  constexpr auto places = detail::trained_places<U>();
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    // Braces: in this order.
    return detail::Pack<decltype(view(detail::element<places[I]>(list)))...>{
        {{view(detail::element<places[I]>(list))}...}};
  }(std::make_index_sequence<places.size()>{});
}

}  // namespace bijou
