#pragma once

#include <bijou/core/members.hpp>
#include <bijou/core/parameters.hpp>
#include <bijou/core/sizes.hpp>
#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Flows and bijectors as tables of their parts. A type says more about itself, if it likes, with
///
/// | member | meaning |
/// |---|---|
/// | `B::name` | what it is called |
/// | `B::formula` | its map or density in one line |
/// | `b.shape()` | a std::string in place of its sizes; then its parts are not listed |
namespace bijou {

namespace detail {

/// What a type without a name is called, in files, too.
inline constexpr std::string_view unnamed_type = "own type";

struct DescriptionRow {
  int depth;
  std::string part;
  std::string formula;
  std::string shape;
  Index parameters;
};
using Description = std::vector<DescriptionRow>;

inline std::string text_of_sizes(Index size, Index context) {
  const std::string events = size == any_size ? "any" : std::to_string(size);
  return context > 0 ? joined({events, " | ", context}) : events;
}

template <class U>
std::string shape_of(const U& object) {
  if constexpr (requires { object.shape(); }) {
    return object.shape();
  } else if constexpr (requires { U::static_event_size; }) {
    return text_of_sizes(bijou::event_size(object), bijou::context_size(object));
  } else {
    return {};
  }
}

inline void add_row(const std::string& path, int depth, std::string_view type, std::string_view formula,
                    std::string shape, Index parameters, Description& rows) {
  const std::string place = path.empty() ? path : path + ": ";
  rows.push_back({depth, place + std::string(type), std::string(formula), std::move(shape), parameters});
}

template <class U>
void describe(const U& object, const std::string& path, int depth, Description& rows, bool is_trained = true);

template <MemberKind Kind, class Value>
void describe_member(const Value& member, const char* name, int depth, Description& rows, bool is_trained) {
  if constexpr (Kind == MemberKind::part || Kind == MemberKind::frozen) {
    constexpr bool is_list = !HasMembers<Value> && (TupleLike<Value> || Range<Value>);
    describe(member, is_list ? "" : name, depth, rows, is_trained && Kind == MemberKind::part);
  }
}

/// Adds a row for an object and rows for its parts. path: its place in what holds it.
template <class U>
void describe(const U& object, const std::string& path, int depth, Description& rows, bool is_trained) {
  if constexpr (requires { object.describe_inside(path, depth, rows); }) {
    object.describe_inside(path, depth, rows);
  } else if constexpr (!HasMembers<U> && (TupleLike<U> || Range<U>)) {
    for_each_element(object, [&](const auto& element, std::size_t i) {
      describe(element, join(path, std::to_string(i)), depth, rows, is_trained);
    });
  } else {
    const Index parameters = is_trained ? parameter_count(object) : 0;
    std::string_view formula;
    if constexpr (requires { U::formula; }) formula = U::formula;
    if constexpr (requires { object.type_name(); })  // of an object that a file has made
      add_row(path, depth, object.type_name(), formula, shape_of(object), parameters, rows);
    else
      add_row(path, depth, name_of<U>(unnamed_type), formula, shape_of(object), parameters, rows);
    if constexpr (!requires { object.shape(); }) {
      with_elements(members_of<U>(), [&]<MemberKind... Kind, class... O, class... V, class... C>(
                                         const Member<Kind, O, V, C>&... member) {
        (describe_member<Kind>(object.*(member.pointer), member.name, depth + 1, rows, is_trained), ...);
      });
    }
  }
}

/// Rows of text with columns as wide as their longest entry.
template <std::size_t N>
std::string aligned(std::vector<std::array<std::string, N>> rows) {
  for (std::size_t column = 0; column + 1 < N; ++column) {
    std::size_t width = 0;
    for (const auto& row : rows) width = (std::max)(width, row[column].size());
    for (auto& row : rows) row[column].resize(width + 2, ' ');
  }
  std::string table;
  for (const auto& row : rows) {
    for (const std::string& text : row) table += text;
    table += '\n';
  }
  return table;
}

inline std::string table_of(const Description& rows) {
  std::vector<std::array<std::string, 4>> table = {{"part", "formula", "shape", "parameters"}};
  for (const DescriptionRow& row : rows) {
    table.push_back({std::string(2 * static_cast<std::size_t>(row.depth), ' ') + row.part, row.formula, row.shape,
                     std::to_string(row.parameters)});
  }
  return aligned(std::move(table));
}

template <class P>
concept Described = HasMembers<P> && requires { P::static_event_size; };

}  // namespace detail

/// A flow or a bijector, also one of your own, as a table with a row for each part: name, formula, shape (coordinates,
/// and rows of the context behind a bar; the sizes of the layers of a network) and number of parameters. Flows and
/// bijectors of the library go into a stream as they are.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::flows::MAF<float, 2> flow{{.layers = 2}, rng};
/// const std::string table = bijou::description(flow);
/// @endcode
template <detail::Described P>
std::string description(const P& p) {
  detail::Description rows;
  detail::describe(p, {}, 0, rows);
  return detail::table_of(rows);
}

/// Prints a table of the parts: name, formula, sizes, parameters.
template <detail::Described P>
std::ostream& operator<<(std::ostream& out, const P& p) {
  return out << description(p);
}

}  // namespace bijou
