#pragma once

#include <bijou/core/object_visitor.hpp>
#include <bijou/core/sizes.hpp>
#include <bijou/io/architecture.hpp>
#include <bijou/io/member_tensor.hpp>
#include <bijou/io/safetensors.hpp>
#include <concepts>
#include <filesystem>
#include <map>
#include <string>
#include <type_traits>

namespace bijou {

namespace detail {

/// Gives all numbers of an object to a file.
class SaveVisitor final : public ObjectVisitor {
 public:
  explicit SaveVisitor(SafetensorsWriter& writer) : writer_(writer) {}
  void numbers(const MemberNumbers& numbers, const Path& path) override {
    writer_.add(path.text(), tensor_type(numbers), numbers.shape, numbers.data, numbers.is_column_major);
  }

 private:
  SafetensorsWriter& writer_;
};

/// The scalar of a type as files name it.
template <class U>
constexpr const char* scalar_name() {
  if constexpr (std::is_same_v<scalar_t<U>, float>)
    return "float";
  else if constexpr (std::is_same_v<scalar_t<U>, double>)
    return "double";
  else
    return "any";
}

inline void add_notes(const std::map<std::string, std::string>& notes, SafetensorsWriter& writer) {
  for (const char* name : {"library", "version", "content", "scalar", "type", "architecture"}) {
    if (notes.contains(name)) throw_invalid_argument("save", "a note is named ", name, ", which the file uses itself");
  }
  for (const auto& [name, text] : notes) writer.set_metadata(name, text);
}

}  // namespace detail

/// Writes a flow, a distribution, a bijector or anything else with a list of members to a safetensors file: parameters
/// and state under the names of the list ("bijector.bijectors.0.scale"), matrices row by row, and what it is made of.
/// `load(path, object)` reads it into an object of the same form, `load<T>(path)` into one that it makes. Python reads
/// it with `safetensors.numpy.load_file`.
///
/// notes: texts of your own by name, beside what the file says itself: where the data came from, the names of its
/// columns. `SafetensorsFile(path).metadata()` and Python's `safe_open(path, "numpy").metadata()` have them again.
///
/// The file is there whole or not at all. Throws FileError if it cannot be written; then one that was there before is
/// as it was. Throws std::invalid_argument for a note with a name that the file uses itself: library, version, content,
/// scalar, type, architecture.
///
/// @code{.cpp}
/// #include <bijou/bijou.hpp>
/// #include <bijou/io/save.hpp>
/// #include <random>
///
/// int main() {
///   std::mt19937_64 rng{0};
///   const bijou::flows::MAF<float, 2> flow{{.layers = 3}, rng};
///   bijou::save(flow, "flow.safetensors");
///   bijou::save(flow, "noted.safetensors", {{"columns", "x y"}});
/// }
/// @endcode
template <class U>
void save(const U& object, const std::filesystem::path& path, const std::map<std::string, std::string>& notes = {}) {
  SafetensorsWriter writer;
  detail::add_notes(notes, writer);
  detail::SaveVisitor visitor(writer);
  detail::visit_object(const_cast<U&>(object), nullptr, false, visitor);  // which changes nothing
  const detail::Json architecture = detail::architecture_of(object);
  writer.set_metadata("library", "bijou");
  writer.set_metadata("version", detail::version_text());
  writer.set_metadata("scalar", detail::scalar_name<U>());
  writer.set_metadata("type", detail::type_text(architecture));
  writer.set_metadata("architecture", architecture.dump());
  writer.write(path);
}

}  // namespace bijou
