#pragma once

#include <bijou/core/object_visitor.hpp>
#include <bijou/io/member_tensor.hpp>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdio>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

/// The numbers of an object as constants of a C++ program.
namespace bijou::detail {

/// A scalar as programs name it.
template <std::floating_point T>
constexpr const char* scalar_text = std::is_same_v<T, float> ? "float" : "double";

/// A number so that the compiler reads the same bits.
template <std::floating_point T>
std::string constant_text(T number) {
  const std::string limits = std::string("std::numeric_limits<") + scalar_text<T>;
  if (number != number) return limits + ">::quiet_NaN()";
  if (std::isinf(number)) return (number < 0 ? "-" : "") + limits + ">::infinity()";
  char text[64];
  std::snprintf(text, sizeof text, std::is_same_v<T, float> ? "%af" : "%a", static_cast<double>(number));
  return text;
}
inline std::string constant_text(std::integral auto number) { return std::to_string(number); }

/// "a, b, c" in lines of at most 120 characters.
template <class Numbers>
std::string constant_list(const Numbers& numbers) {
  std::string text;
  std::size_t line = 0;
  for (const auto& number : numbers) {
    std::string next = constant_text(number);
    if (!text.empty()) {
      const bool is_full = line + next.size() > 110;
      text.append(is_full ? ",\n    " : ", ");
      line = is_full ? 0 : line + 2;
    }
    line += next.size();
    text.append(next);
  }
  return text;
}

/// The numbers of all members of an object, by their paths and in their order.
class MembersByPath final : public ObjectVisitor {
 public:
  void numbers(const MemberNumbers& numbers, const Path& path) override {
    order_.push_back(path.text());
    members_.insert_or_assign(order_.back(), numbers);
  }

  const std::vector<std::string>& order() const { return order_; }
  bool has(const std::string& path) const { return members_.contains(path); }
  const MemberNumbers& at(const std::string& path) const { return members_.at(path); }
  Index extent(const std::string& path, std::size_t axis) const { return at(path).shape.at(axis); }

  /// The numbers of a member, a matrix row by row.
  template <class T>
  std::vector<T> values(const std::string& path) const {
    const MemberNumbers& member = at(path);
    std::vector<T> values;
    with_number_type(member, [&]<class From>(From) {
      const From* const numbers = static_cast<const From*>(member.data);
      const bool is_transposed = member.is_column_major && member.shape.size() == 2;
      const Index rows = is_transposed ? member.shape[0] : 1;
      const Index columns = is_transposed ? member.shape[1] : tensor_of(member, {}).count();
      for (Index i = 0; i < rows; ++i) {
        for (Index j = 0; j < columns; ++j) values.push_back(static_cast<T>(numbers[is_transposed ? j * rows + i : j]));
      }
    });
    return values;
  }

 private:
  std::vector<std::string> order_;
  std::map<std::string, MemberNumbers> members_;
};

}  // namespace bijou::detail
