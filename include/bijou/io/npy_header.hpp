#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/io/byte_source.hpp>
#include <bijou/io/convert_number.hpp>
#include <bijou/io/tensor.hpp>
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

namespace bijou::detail {

struct NpyType {
  TensorType type;
  std::string_view code;  // behind the byte order
};
inline constexpr NpyType npy_types[] = {
    {TensorType::boolean, "b1"}, {TensorType::u8, "u1"},  {TensorType::i8, "i1"},  {TensorType::u16, "u2"},
    {TensorType::i16, "i2"},     {TensorType::u32, "u4"}, {TensorType::i32, "i4"}, {TensorType::u64, "u8"},
    {TensorType::i64, "i8"},     {TensorType::f16, "f2"}, {TensorType::f32, "f4"}, {TensorType::f64, "f8"},
};

/// What the header of a .npy file says about the numbers behind it.
struct NpyHeader {
  TensorType type = TensorType::f64;
  bool is_fortran = false;
  std::vector<Index> shape = {};

  Index dimensions() const { return static_cast<Index>(shape.size()); }
};

/// Reads the dictionary of a header, {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }, as Python would: the
/// three keys in any order, each once, strings in single or double quotes without escapes.
class NpyDictionary {
 public:
  /// start: the place of the text in the source, for messages.
  NpyDictionary(const ByteSource& source, std::string_view text, std::uint64_t start)
      : source_(source), text_(text), start_(start) {}

  NpyHeader read() {
    bool has_type = false, has_order = false, has_shape = false;
    expect('{');
    while (!take('}')) {
      skip_blanks();
      const std::size_t at = at_;
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr" && !has_type) {
        has_type = true;
        read_type();
      } else if (key == "fortran_order" && !has_order) {
        has_order = true;
        read_order();
      } else if (key == "shape" && !has_shape) {
        has_shape = true;
        read_shape();
      } else {
        const bool is_known = key == "descr" || key == "fortran_order" || key == "shape";
        refuse(at, is_known ? "the header has a second " : "the header has an unknown key ",
               key.substr(0, longest_shown));
      }
      if (take(',')) continue;
      expect('}');
      break;
    }
    skip_blanks();
    if (at_ != text_.size()) refuse(at_, "the header goes on behind its dictionary");
    for (const auto& [is_there, key] :
         {std::pair(has_type, "descr"), std::pair(has_order, "fortran_order"), std::pair(has_shape, "shape")}) {
      if (!is_there) refuse(0, "the header does not say ", key);
    }
    return header_;
  }

 private:
  static constexpr std::size_t longest_shown = 40;    // of a string in a message
  static constexpr std::size_t most_dimensions = 64;  // of numpy

  template <class... Pieces>
  [[noreturn]] void refuse(std::size_t at, Pieces... what) const {
    source_.refuse_at(start_ + at, what...);
  }
  [[noreturn]] void refuse_here(std::string_view expected) const {
    if (at_ == text_.size()) refuse(at_, "expected ", expected, ", the header ends");
    refuse(at_, "expected ", expected, ", got ", text_.substr(at_, 1));
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) refuse_here(std::string_view(&c, 1));
  }
  bool take_word(std::string_view word) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  std::string_view quoted() {
    skip_blanks();
    const std::size_t start = at_;
    const char quote = take('\'') ? '\'' : take('"') ? '"' : '\0';
    if (quote == '\0') refuse_here("a string");
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) refuse(start, "a string in the header does not end");
    const std::string_view result = text_.substr(at_, end - at_);
    at_ = end + 1;
    return result;
  }

  void read_type() {
    skip_blanks();
    const std::size_t start = at_;
    const auto require_numbers = [&](char first, std::string_view what) {
      if (at_ < text_.size() && text_[at_] == first) refuse(start, "the array has ", what, ", expected numbers");
    };
    require_numbers('[', "records");
    require_numbers('(', "subarrays");
    require_numbers('{', "records");
    const std::string_view name = quoted().substr(0, longest_shown);
    const std::string_view code = name.substr(name.empty() ? 0 : 1);
    const char order = name.empty() ? ' ' : name.front();
    for (const NpyType& known : npy_types) {
      if (known.code != code) continue;
      header_.type = known.type;
      if (order == '<' || (order == '|' && size_of(known.type) == 1)) return;
      if (order == '>' && size_of(known.type) > 1)
        refuse(start, "numbers of type ", name, " are big-endian, expected little-endian ones, as of array.astype('<",
               code, "')");
    }
    const char kind = code.empty() ? ' ' : code.front();
    const std::string_view what = kind == 'c'                  ? "complex numbers"
                                  : kind == 'S' || kind == 'U' ? "text"
                                  : kind == 'O'                ? "Python objects"
                                  : kind == 'M' || kind == 'm' ? "times"
                                  : kind == 'V'                ? "records"
                                                               : "";
    if (!what.empty()) refuse(start, "the array has ", what, " (", name, "), expected numbers");
    refuse(start, "numbers of type ", name, " are not supported, only float16 to float64, integers and booleans");
  }

  void read_order() {
    header_.is_fortran = take_word("True");
    if (!header_.is_fortran && !take_word("False")) refuse_here("True or False");
  }

  /// A tuple: (), (3,) or (3, 4), at the end a comma or none; (3) is a number.
  void read_shape() {
    expect('(');
    while (!take(')')) {
      if (header_.shape.size() == most_dimensions) refuse(at_, "more than ", most_dimensions, " dimensions");
      header_.shape.push_back(extent());
      if (take(',')) continue;
      if (header_.shape.size() == 1) refuse_here(",");
      expect(')');
      return;
    }
  }

  Index extent() {
    skip_blanks();
    Index value = 0;
    const char* const first = text_.data() + at_;
    const char* const end = text_.data() + text_.size();
    if (first == end || *first < '0' || *first > '9') refuse_here("a length");
    const auto [stop, error] = std::from_chars(first, end, value);
    if (error != std::errc{}) refuse(at_, "a length in the shape is too large");
    if (*first == '0' && stop - first > 1) refuse(at_, "a length in the shape begins with 0");
    at_ += static_cast<std::size_t>(stop - first);
    return value;
  }

  const ByteSource& source_;
  std::string_view text_;
  std::uint64_t start_;
  std::size_t at_ = 0;
  NpyHeader header_;
};

inline constexpr std::string_view npy_magic = "\x93NUMPY";

/// Raises if other bytes follow the header than the array has.
inline void require_npy_size(const ByteSource& source, const NpyHeader& header) {
  constexpr std::uint64_t largest = (std::numeric_limits<std::uint64_t>::max)();
  bool is_empty = false;
  for (const Index extent : header.shape) is_empty = is_empty || extent == 0;
  std::uint64_t size = is_empty ? 0 : size_of(header.type);
  for (const Index extent : header.shape) {
    // What does not fit in 64 bits is more than any file has.
    const auto factor = static_cast<std::uint64_t>(extent);
    size = factor > 0 && size > largest / factor ? largest : size * factor;
  }
  if (size == source.remaining()) return;
  std::string shape;
  for (const Index extent : header.shape) shape += joined({shape.empty() ? "" : " x ", extent});
  source.refuse("an array of ", shape.empty() ? "one" : shape, " ", python_name(header.type), " has ",
                size == largest ? "more than 2^64" : std::to_string(size), " bytes, but ", source.remaining(),
                " follow the header");
}

/// Reads the start of a .npy file, version 1, 2 or 3, up to the numbers, of which there are as many as it says.
inline NpyHeader read_npy_header(ByteSource& source) {
  constexpr std::size_t longest = 0xffff;  // all that version 1 can say; a few numbers need 128
  if (source.remaining() == 0) source.refuse("the file is empty");
  char magic[npy_magic.size()] = {};
  source.read(magic, (std::min<std::uint64_t>)(source.remaining(), sizeof magic), "the header");
  if (std::string_view(magic, sizeof magic) != npy_magic) source.refuse("no .npy file");
  unsigned char version[2];
  source.read(version, sizeof version, "the header");
  if (version[0] < 1 || version[0] > 3 || version[1] != 0) {
    source.refuse_at(npy_magic.size(), "version ", version[0], ".", version[1],
                     " of the .npy format is not supported, only 1.0, 2.0 and 3.0");
  }
  unsigned char digits[4] = {};
  source.read(digits, version[0] == 1 ? 2 : 4, "the header");
  std::size_t length = 0;
  for (int i = 3; i >= 0; --i) length = length << 8 | digits[i];
  if (length > longest && length <= source.remaining())
    source.refuse("a header of ", length, " bytes, expected at most ", longest);
  if (length > source.remaining()) source.refuse("a header of ", length, " bytes, but ", source.remaining(), " follow");
  std::string text(length, '\0');
  const std::uint64_t at = source.offset();
  source.read(text.data(), length, "the header");
  NpyHeader header = NpyDictionary(source, text, at).read();
  require_npy_size(source, header);
  return header;
}

/// What stands before the numbers, version 1, C order.
inline std::string npy_start(TensorType type, const std::vector<Index>& shape) {
  std::string_view code;
  for (const NpyType& known : npy_types) {
    if (known.type == type) code = known.code;
  }
  std::string text = "{'descr': '";
  text += size_of(type) == 1 ? '|' : '<';
  text.append(code).append("', 'fortran_order': False, 'shape': (");
  for (std::size_t i = 0; i < shape.size(); ++i) text += joined({i == 0 ? "" : " ", shape[i], ","});
  if (shape.size() > 1) text.pop_back();
  text += "), }";
  const std::size_t before = npy_magic.size() + 4;
  text.append(63 - (before + text.size()) % 64, ' ');  // the numbers begin at a multiple of 64
  text += '\n';
  std::string start(npy_magic);
  start.append({'\x01', '\x00', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)});
  return start + text;
}

}  // namespace bijou::detail
