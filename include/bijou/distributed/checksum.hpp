#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/members.hpp>
#include <bijou/core/object_visitor.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <type_traits>

namespace bijou::detail {

/// Of bytes, by the hash of the standard library: to compare within one run of one program.
class Checksum {
 public:
  std::uint64_t value() const { return value_; }

  void add(const void* bytes, std::size_t size) {
    const std::uint64_t of_bytes = std::hash<std::string_view>{}({static_cast<const char*>(bytes), size});
    const std::uint64_t both[] = {value_, of_bytes};
    value_ = std::hash<std::string_view>{}({reinterpret_cast<const char*>(both), sizeof both});
  }
  template <class Number>
  requires std::is_arithmetic_v<Number>
  void add(Number number) {
    add(&number, sizeof number);
  }
  template <class T>
  void add(const ColumnsView<T>& columns) {
    add(columns.rows());
    for (Index n = 0; n < columns.cols(); ++n)
      add(columns.data() + n * columns.outerStride(), static_cast<std::size_t>(columns.rows()) * sizeof(T));
  }

  /// All that belongs to the value of an object: what its list of members names.
  template <HasMembers U>
  void add(U& object) {
    struct Visitor : ObjectVisitor {
      Checksum& sum;
      explicit Visitor(Checksum& into) : sum(into) {}
      void numbers(const MemberNumbers& numbers, const Path&) override {
        std::size_t size = numbers.size_of_one;
        for (const Index extent : numbers.shape) size *= static_cast<std::size_t>(extent);
        sum.add(numbers.data, size);
      }
    };
    Visitor visitor(*this);
    visit_object(object, nullptr, false, visitor);
  }

 private:
  std::uint64_t value_ = 0;
};

}  // namespace bijou::detail
