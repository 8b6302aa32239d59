#include "npy_file.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "file_bytes.hpp"

// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

namespace {

static_assert(std::endian::native == std::endian::little, "numbers are read and written as they lie in memory");

constexpr std::string_view magic = "\x93NUMPY";

class Header {
 public:
  /// text: a dictionary, {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }, in any order.
  Header(std::string source, std::string_view text) : source_(std::move(source)), text_(text) {
    expect('{');
    while (!take('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr" && type.empty())
        read_type();
      else if (key == "fortran_order" && !has_order_)
        read_order();
      else if (key == "shape" && !has_shape_)
        read_shape();
      else
        refuse("the header is damaged");
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    skip_blanks();
    if (!text_.empty() || type.empty() || !has_order_ || !has_shape_) refuse("the header is damaged");
  }

  std::string type;
  bool is_fortran = false;
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;

 private:
  [[noreturn]] void refuse(const std::string& reason) const { throw InputError(source_ + ": " + reason); }

  void skip_blanks() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n')) text_.remove_prefix(1);
  }
  bool take(char c) {
    skip_blanks();
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) refuse("the header is damaged");
  }
  bool take_word(std::string_view word) {
    skip_blanks();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  std::string_view quoted() {
    expect('\'');
    const std::size_t end = text_.find('\'');
    if (end == std::string_view::npos) refuse("the header is damaged");
    const std::string_view result = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return result;
  }
  std::uint64_t whole_number() {
    skip_blanks();
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc{}) refuse("the header is damaged");
    text_.remove_prefix(static_cast<std::size_t>(stop - text_.data()));
    return value;
  }

  void read_type() {
    skip_blanks();
    if (text_.starts_with("[")) refuse("an array of records, expected one of numbers");
    type = quoted();
    if (type.empty()) refuse("the header is damaged");
  }
  void read_order() {
    has_order_ = true;
    is_fortran = take_word("True");
    if (!is_fortran && !take_word("False")) refuse("the header is damaged");
  }
  void read_shape() {
    has_shape_ = true;
    expect('(');
    std::vector<std::uint64_t> sizes;
    while (!take(')')) {
      sizes.push_back(whole_number());
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    if (sizes.size() != 2) refuse("expected an array of 2 dimensions, got " + std::to_string(sizes.size()));
    rows = sizes[0];
    columns = sizes[1];
  }

  std::string source_;
  std::string_view text_;
  bool has_order_ = false;
  bool has_shape_ = false;
};

struct NumberType {
  std::string_view name;
  std::size_t size;
  double (*read)(const char*);
};

template <class T>
constexpr NumberType number_type(std::string_view name) {
  return {name, sizeof(T), [](const char* bytes) {
            T value;
            std::memcpy(&value, bytes, sizeof value);
            return static_cast<double>(value);
          }};
}

constexpr NumberType number_types[] = {
    number_type<float>("<f4"),         number_type<double>("<f8"),        number_type<std::int8_t>("|i1"),
    number_type<std::uint8_t>("|u1"),  number_type<std::int16_t>("<i2"),  number_type<std::uint16_t>("<u2"),
    number_type<std::int32_t>("<i4"),  number_type<std::uint32_t>("<u4"), number_type<std::int64_t>("<i8"),
    number_type<std::uint64_t>("<u8"),
};

const NumberType& type_of(const Header& header, const std::string& source) {
  for (const NumberType& type : number_types) {
    if (type.name == header.type) return type;
  }
  throw InputError(source + ": numbers of type " + header.type +
                   " are not supported, only float32, float64 and integers, little-endian");
}

/// Takes `size` bytes from the front.
std::string_view take(std::string_view& bytes, std::size_t size, const std::string& source) {
  if (bytes.size() < size) throw InputError(source + ": the file ends inside its header");
  const std::string_view result = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return result;
}

/// Reads the header and leaves the numbers.
Header take_header(std::string_view& bytes, const std::string& source) {
  if (bytes.empty()) throw InputError(source + ": the file is empty");
  if (!bytes.starts_with(magic)) throw InputError(source + ": no .npy file");
  take(bytes, magic.size(), source);
  const std::string_view version = take(bytes, 2, source);
  if (version[0] < 1 || version[0] > 3 || version[1] != 0) {
    const auto number = [](char byte) { return std::to_string(static_cast<unsigned char>(byte)); };
    throw InputError(source + ": version " + number(version[0]) + "." + number(version[1]) +
                     " of the .npy format is not supported, only 1.0, 2.0 and 3.0");
  }
  std::size_t length = 0;
  const std::string_view digits = take(bytes, version[0] == 1 ? 2 : 4, source);
  for (std::size_t i = 0; i < digits.size(); ++i) length += std::size_t{static_cast<unsigned char>(digits[i])} << 8 * i;
  return Header(source, take(bytes, length, source));
}

}  // namespace

Table read_npy(const std::filesystem::path& path) {
  Table table;
  table.source = path.string();
  const std::string file = read_bytes(path);
  std::string_view bytes = file;
  const Header header = take_header(bytes, table.source);
  const NumberType& type = type_of(header, table.source);
  if (header.rows == 0 || header.columns == 0) throw InputError(table.source + ": the array is empty");
  // Without overflow: the number of bytes is known to be of the file's size.
  const std::uint64_t count = bytes.size() / type.size;
  if (bytes.size() % type.size != 0 || count % header.rows != 0 || count / header.rows != header.columns) {
    throw InputError(table.source + ": an array of " + std::to_string(header.rows) + " x " +
                     std::to_string(header.columns) + " " + header.type + " does not have " +
                     std::to_string(bytes.size()) + " bytes");
  }

  table.values.resize(static_cast<Eigen::Index>(header.columns), static_cast<Eigen::Index>(header.rows));
  table.names = default_names(table.values.rows());
  const char* number = bytes.data();
  const auto read = [&](Eigen::Index row, Eigen::Index column) {
    const double value = type.read(number);
    number += type.size;
    if (!std::isfinite(value)) {
      throw InputError(table.place(row) + ", column " + table.names[static_cast<std::size_t>(column)] + ": " +
                       (std::isnan(value) ? "nan" : "inf") + " is not finite");
    }
    table.values(column, row) = value;
  };
  if (header.is_fortran) {
    for (Eigen::Index i = 0; i < table.columns(); ++i) {
      for (Eigen::Index n = 0; n < table.rows(); ++n) read(n, i);
    }
  } else {
    for (Eigen::Index n = 0; n < table.rows(); ++n) {
      for (Eigen::Index i = 0; i < table.columns(); ++i) read(n, i);
    }
  }
  return table;
}

void write_npy(const std::filesystem::path& path, const Eigen::MatrixXd& values) {
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + std::to_string(values.cols()) + ", " +
                       std::to_string(values.rows()) + "), }";
  const std::size_t start = magic.size() + 4;
  header.append(63 - (start + header.size()) % 64, ' ');  // the numbers begin at a multiple of 64
  header += '\n';
  std::ofstream file(path, std::ios::binary);
  file << magic << '\x01' << '\x00' << static_cast<char>(header.size() & 0xff)
       << static_cast<char>(header.size() >> 8 & 0xff) << header;
  // One row of the array lies where one column of the matrix does.
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(sizeof(double)) * values.size());
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}
