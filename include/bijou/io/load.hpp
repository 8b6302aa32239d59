#pragma once

#include <bijou/core/object_visitor.hpp>
#include <bijou/io/file_error.hpp>
#include <bijou/io/member_tensor.hpp>
#include <bijou/io/safetensors.hpp>
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bijou {

namespace detail {

/// Which tensor goes into which member of an object. All that can be wrong is found before a number is written.
class LoadVisitor final : public ObjectVisitor {
 public:
  explicit LoadVisitor(const SafetensorsFile& file) : file_(file) {}

  void enter(const ObjectInfo& info, const Path* path) override {
    objects_.push_back({info, path ? path->text() : std::string()});
  }

  void numbers(const MemberNumbers& numbers, const Path& path) override {
    const std::string name = path.text();
    const Tensor* const tensor = file_.find(name);
    if (tensor == nullptr) fail(name, "is missing; expected ", shape_of_member(numbers), other_type());
    if (tensor->shape != numbers.shape)
      fail(name, "has another shape: expected ", shape_of_member(numbers), ", found ", tensor->shape_text());
    used_.insert(tensor);
    with_number_type(numbers, [&]<class T>(T) { check<T>(numbers, *tensor); });
    if (numbers.role != MemberRole::structure) assignments_.push_back({numbers, tensor});
  }

  /// Writes all numbers. The state is written first and taken back if an object refuses its own.
  void write() {
    for (const Tensor& tensor : file_.tensors()) {
      if (!used_.contains(&tensor)) fail(tensor.name, "is one too many: the object has no such member", other_type());
    }
    std::vector<std::vector<unsigned char>> before;
    const auto for_each_state = [&](auto f) {
      for (const Assignment& assignment : assignments_) {
        if (assignment.to.role == MemberRole::state) f(assignment);
      }
    };
    for_each_state([&](const Assignment& assignment) {
      const auto* const data = static_cast<const unsigned char*>(assignment.to.data);
      before.emplace_back(data, data + byte_count(assignment.to));
    });
    for_each_state([](const Assignment& assignment) { assignment.write(); });
    for (const Object& object : objects_) {
      const std::string error = object.info.state_error(object.info.object);
      if (error.empty()) continue;
      std::size_t i = 0;
      for_each_state([&](const Assignment& assignment) {
        if (!before[i].empty()) std::memcpy(assignment.to.data, before[i].data(), before[i].size());
        ++i;
      });
      throw_file_error(file_.path(), "the state of ", object.path.empty() ? "the object" : object.path, " (",
                       object.info.type, ") is wrong: ", error);
    }
    for (const Assignment& assignment : assignments_) {
      if (assignment.to.role != MemberRole::state) assignment.write();
    }
  }

 private:
  /// What the file is of, if it says so.
  std::string other_type() const {
    if (is_checkpoint(file_)) return "; the file is a checkpoint of a training";
    const auto found = file_.metadata().find("type");
    return found == file_.metadata().end() ? std::string() : "; the file is of type " + found->second;
  }

  static constexpr Index block = 4096;  // numbers that are converted at a time

  struct Object {
    ObjectInfo info;
    std::string path;
  };

  struct Assignment {
    MemberNumbers to;
    const Tensor* from;

    void write() const {
      with_number_type(to, [&]<class T>(T) {
        T* const out = static_cast<T*>(to.data);
        if (!to.is_column_major) {
          from->copy_to(out);
          return;
        }
        const Index rows = to.shape[0];
        const Index columns = to.shape[1];
        T number;
        for (Index i = 0; i < rows; ++i) {
          for (Index j = 0; j < columns; ++j) {
            from->copy_to(&number, i * columns + j, i * columns + j + 1);
            out[j * rows + i] = number;
          }
        }
      });
    }
  };

  static std::size_t byte_count(const MemberNumbers& numbers) {
    return static_cast<std::size_t>(tensor_of(numbers, {}).count()) * numbers.size_of_one;
  }
  static std::string shape_of_member(const MemberNumbers& numbers) { return tensor_of(numbers, {}).shape_text(); }

  /// f(numbers first, ..., last - 1 as T, first, last) block by block, once it is sure that T holds them.
  template <class T, class F>
  void for_each_block(const MemberNumbers& numbers, const Tensor& tensor, F f) const {
    T converted[block];
    for (Index first = 0; first < tensor.count(); first += block) {
      const Index last = (std::min)(first + block, tensor.count());
      if (!tensor.copy_to(converted, first, last)) refuse_conversion<T>(numbers, tensor, first);
      f(converted, first, last);
    }
  }

  template <class T>
  void check(const MemberNumbers& numbers, const Tensor& tensor) const {
    for_each_block<T>(numbers, tensor, [&](const T* given, Index first, Index last) {
      if (numbers.role == MemberRole::structure) require_equal(numbers, tensor, given, first, last);
      if (numbers.hold == nullptr || numbers.hold(given, last - first)) return;
      Index i = 0;
      while (numbers.hold(given + i, 1)) ++i;
      fail(tensor.name, "must be ", numbers.expected, ", found ", given[i], " in place ", first + i);
    });
  }

  template <class T>
  [[noreturn]] void refuse_conversion(const MemberNumbers& numbers, const Tensor& tensor, Index first) const {
    T number;
    while (tensor.copy_to(&number, first, first + 1)) ++first;
    refuse_number(numbers, tensor, first);
  }

  /// Apart from the type of the member, so that it is compiled for each type of a file alone.
  [[noreturn]] void refuse_number(const MemberNumbers& numbers, const Tensor& tensor, Index first) const {
    std::string found;
    tensor.for_each(first, first + 1, [&](Index, auto value) { found = joined({value}); });
    fail(tensor.name, "expected numbers that ", name_of(tensor_type(numbers)), " holds, found ", found, " in place ",
         first);
  }

  /// Numbers of two precisions are equal if they are in the lower one.
  template <class T>
  void require_equal(const MemberNumbers& numbers, const Tensor& tensor, const T* given, Index first,
                     Index last) const {
    const T* const own = static_cast<const T*>(numbers.data);
    for (Index i = first; i < last; ++i) {
      // Rows of a matrix follow each other in the file.
      const Index at = numbers.is_column_major ? i % numbers.shape[1] * numbers.shape[0] + i / numbers.shape[1] : i;
      const T found = given[i - first];
      if (found == own[at]) continue;
      if (tensor.type == TensorType::f32 && static_cast<float>(found) == static_cast<float>(own[at])) continue;
      fail(tensor.name, "expected ", own[at], " in place ", i, ", found ", found,
           "; the object is made for another structure");
    }
  }

  template <class... Pieces>
  [[noreturn]] void fail(const std::string& name, const Pieces&... what) const {
    throw_file_error(file_.path(), std::string_view("tensor \""), name, std::string_view("\" "), what...);
  }

  const SafetensorsFile& file_;
  std::vector<Object> objects_;
  std::vector<Assignment> assignments_;
  std::set<const Tensor*> used_;
};

/// Reads an object from a file that is open.
template <class U>
void load_from(const SafetensorsFile& file, U& object) {
  LoadVisitor visitor(file);
  visit_object(object, nullptr, false, visitor);
  visitor.write();
}

}  // namespace detail

/// Reads a file of `save` into an object of the same form: a flow of a type that you wrote, made of the same sizes.
/// Files of float go into objects of double and the other way round: numbers are rounded, 16-bit ones widened, and one
/// beyond the range of the object's scalar is refused. State is what the file says (a permutation, what was learned
/// from data), but for what other members follow from (sizes, the degrees of a network), which must be the same.
///
/// Throws FileError with the tensor, what was expected and what was found, if the file is not one of safetensors, a
/// tensor is missing or one too many, a shape differs, or numbers are not what a constructor would take; then the
/// object is unchanged.
///
/// @code{.cpp}
/// #include <bijou/bijou.hpp>
/// #include <bijou/io/load.hpp>
/// #include <random>
///
/// int main() {
///   std::mt19937_64 rng{0};
///   bijou::flows::MAF<float, 2> flow{{.layers = 3}, rng};
///   bijou::load("flow.safetensors", flow);
/// }
/// @endcode
template <class U>
void load(const std::filesystem::path& path, U& object) {
  detail::load_from(SafetensorsFile(path), object);
}

}  // namespace bijou
