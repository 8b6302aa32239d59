#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/io/tensor.hpp>
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The header of a safetensors file, JSON of one form:
///
///     {"__metadata__": {"key": "value"}, "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
namespace bijou::detail {

struct TensorEntry {
  Tensor tensor;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<TensorEntry> tensors;  // without bytes
  std::map<std::string, std::string> metadata;
};

/// Reads a header event by event and stops at the first thing that does not belong there. So nothing is nested deeper
/// than the form has it, and what a JSON object would silently drop, a name that occurs twice, is seen.
class SafetensorsHeaderReader {
 public:
  explicit SafetensorsHeaderReader(SafetensorsHeader& header) : header_(header) {}

  /// What is wrong; empty if nothing is. A template, as all that needs the parser, which takes long to compile.
  template <class Tree = nlohmann::json>
  std::string read(std::string_view text) {
    const bool is_good = Tree::sax_parse(text.begin(), text.end(), this);
    if (is_good || !error_.empty()) return error_;
    return "the header is not what it should be";
  }

  // What nlohmann's parser calls.
  bool null() { return unexpected("null"); }
  bool boolean(bool) { return unexpected("a truth value"); }
  bool number_float(double, const std::string&) { return unexpected("a number with a fraction or beyond 64 bits"); }
  bool number_integer(std::int64_t) { return unexpected("a negative number"); }
  bool binary(std::vector<std::uint8_t>&) { return unexpected("binary data"); }

  bool number_unsigned(std::uint64_t number) {
    if (place_ == Place::shape) {
      if (number > static_cast<std::uint64_t>((std::numeric_limits<Index>::max)())) {
        return fail({"tensor \"", name_, "\" has an extent that no memory holds"});
      }
      entry_.tensor.shape.push_back(static_cast<Index>(number));
      return true;
    }
    if (place_ != Place::offsets) return unexpected("a number");
    if (offsets_ == 2) return fail({"tensor \"", name_, "\" has more than two offsets"});
    (offsets_ == 0 ? entry_.begin : entry_.end) = number;
    ++offsets_;
    return true;
  }

  bool string(std::string& text) {
    if (place_ == Place::metadata) {
      header_.metadata.emplace(key_, text);
      return true;
    }
    if (place_ != Place::tensor || key_ != "dtype") return unexpected("a string");
    const auto* const known = std::find_if(std::begin(tensor_types), std::end(tensor_types),
                                           [&](const TensorTypeName& type) { return type.name == text; });
    if (known == std::end(tensor_types)) return fail({"tensor \"", name_, "\" has the unknown type \"", text, "\""});
    entry_.tensor.type = known->type;
    return true;
  }

  bool start_object(std::size_t) {
    if (place_ == Place::outside) {
      place_ = Place::names;
      return true;
    }
    if (place_ != Place::names) return unexpected("an object");
    keys_.clear();
    if (name_ == "__metadata__") {
      place_ = Place::metadata;
      return true;
    }
    place_ = Place::tensor;
    entry_ = {};
    entry_.tensor.name = name_;
    offsets_ = 0;
    return true;
  }

  bool key(std::string& text) {
    if (place_ == Place::names) {
      name_ = text;
      if (!names_.insert(text).second) return fail({"the name \"", text, "\" occurs twice"});
      return true;
    }
    key_ = text;
    if (!keys_.insert(text).second) return fail({"\"", name_, "\" has \"", text, "\" twice"});
    if (place_ == Place::tensor && text != "dtype" && text != "shape" && text != "data_offsets") {
      return fail({"tensor \"", name_, "\" has \"", text, "\", which is not part of the format"});
    }
    return true;
  }

  bool end_object() {
    if (place_ == Place::tensor) {
      for (const char* const needed : {"dtype", "shape", "data_offsets"}) {
        if (!keys_.contains(needed)) return fail({"tensor \"", name_, "\" has no ", needed});
      }
      header_.tensors.push_back(std::move(entry_));
    }
    place_ = place_ == Place::names ? Place::outside : Place::names;
    return true;
  }

  bool start_array(std::size_t) {
    if (place_ != Place::tensor || key_ == "dtype") return unexpected("an array");
    place_ = key_ == "shape" ? Place::shape : Place::offsets;
    return true;
  }
  bool end_array() {
    if (place_ == Place::offsets && offsets_ != 2) return fail({"tensor \"", name_, "\" has fewer than two offsets"});
    place_ = Place::tensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    return fail({"the header is not JSON at byte ", position});
  }

 private:
  enum class Place { outside, names, metadata, tensor, shape, offsets };

  bool fail(std::initializer_list<MessagePiece> pieces) {
    error_ = joined(pieces);
    return false;
  }

  bool unexpected(const char* what) {
    if (place_ == Place::outside) return fail({"the header is ", what, ", not an object"});
    if (place_ == Place::metadata)
      return fail({"__metadata__ is not a map of strings to strings: \"", key_, "\" is ", what});
    if (place_ == Place::names) return fail({"\"", name_, "\" is ", what, ", not an object"});
    return fail({"tensor \"", name_, "\" has ", what, " as its ", key_});
  }

  SafetensorsHeader& header_;
  Place place_ = Place::outside;
  std::string name_;  // of the tensor
  std::string key_;   // inside of it or of the metadata
  std::set<std::string> names_;
  std::set<std::string> keys_;
  TensorEntry entry_;
  int offsets_ = 0;
  std::string error_;
};

/// The header of tensors that follow each other, with spaces behind it up to a multiple of 8 bytes.
template <class Tree = nlohmann::ordered_json>
std::string safetensors_header(const std::vector<const Tensor*>& tensors,
                               const std::map<std::string, std::string>& metadata) {
  const auto text_of = [](const Tree& value) { return value.dump(-1, ' ', false, Tree::error_handler_t::replace); };
  std::string text = "{";
  const auto add = [&](const std::string& name, const Tree& value) {
    if (text.size() > 1) text += ',';
    text.append(text_of(name)).append(":").append(text_of(value));
  };
  if (!metadata.empty()) add("__metadata__", metadata);
  std::uint64_t end = 0;
  for (const Tensor* const tensor : tensors) {
    const std::uint64_t begin = end;
    end += static_cast<std::uint64_t>(tensor->count()) * size_of(tensor->type);
    add(tensor->name, {{"dtype", name_of(tensor->type)}, {"shape", tensor->shape}, {"data_offsets", {begin, end}}});
  }
  text += '}';
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace bijou::detail
