#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/core/raise.hpp>
#include <bijou/io/byte_source.hpp>
#include <bijou/io/csv_number.hpp>
#include <bijou/io/file_error.hpp>
#include <bijou/io/table.hpp>
#include <bijou/io/write_csv.hpp>
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <csv.h>
#include <filesystem>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

namespace bijou {

/// How a CSV file is read. Set members by name, in this order.
struct CsvOptions {
  /// 0: the one of comma, semicolon and tab that is most frequent in the first line.
  char separator = 0;
};

namespace detail {

/// Rows of fields, by libcsv, line after line, so that the line of each row is known. The callbacks do not throw:
/// libcsv is C.
class CsvParser {
 public:
  using Fields = std::vector<std::string>;

  CsvParser(std::filesystem::path path, char separator) : path_(std::move(path)) {
    // With CSV_REPALL_NL each end of a line is reported that is not inside quotes.
    if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) raise(std::bad_alloc());
    csv_set_delim(&parser_, static_cast<unsigned char>(separator));
  }
  CsvParser(const CsvParser&) = delete;
  CsvParser& operator=(const CsvParser&) = delete;
  ~CsvParser() { csv_free(&parser_); }

  /// Calls use(fields, line) for each row that is not blank; line: its first, from 1.
  template <class Use>
  void parse(std::string_view text, Use use) {
    std::size_t line = 0;
    while (!text.empty()) {
      ++line;
      if (!row_goes_on_) row_line_ = line;
      row_goes_on_ = true;
      const std::size_t length = line_length(text);
      if (text.substr(0, length).find('\0') != std::string_view::npos)
        throw_file_error_at(path_, joined({"line ", line}), "has a byte 0: UTF-16 or no text, expected UTF-8");
      if (csv_parse(&parser_, text.data(), length, at_field, at_end_of_row, this) != length) refuse();
      text.remove_prefix(length);
      if (!row_goes_on_) use_row(use);
    }
    if (csv_fini(&parser_, at_field, at_end_of_row, this) != 0) refuse();
    use_row(use);
  }

 private:
  /// With what ends the line.
  static std::size_t line_length(std::string_view text) {
    const std::size_t end = text.find_first_of("\r\n");
    if (end == std::string_view::npos) return text.size();
    return end + (text.substr(end, 2) == "\r\n" ? 2 : 1);
  }

  /// Blank lines have no fields, and so has what libcsv sees between the two bytes of a CRLF.
  template <class Use>
  void use_row(Use& use) {
    if (!fields_.empty()) use(fields_, row_line_);
    fields_.clear();
  }

  [[noreturn]] void refuse() {
    const int error = csv_error(&parser_);
    throw_file_error_at(path_, joined({"line ", row_line_}),
                        error == CSV_EPARSE || error == CSV_SUCCESS
                            ? "a quoted field does not end, or a quote stands inside a field without quotes"
                            : csv_strerror(error));
  }

  static void at_field(void* field, std::size_t size, void* self) {
    static_cast<CsvParser*>(self)->fields_.emplace_back(static_cast<const char*>(field), size);
  }
  static void at_end_of_row(int, void* self) { static_cast<CsvParser*>(self)->row_goes_on_ = false; }

  std::filesystem::path path_;
  csv_parser parser_{};
  Fields fields_;  // of the row that goes on
  std::size_t row_line_ = 0;
  bool row_goes_on_ = false;
};

/// A table of numbers of a CSV file, row after row.
template <std::floating_point T>
class CsvTableReader {
 public:
  explicit CsvTableReader(const std::filesystem::path& path) : path_(path) { table_.source = path.string(); }

  Table<T> read(std::string_view text, const CsvOptions& options) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // the byte order mark of UTF-8
    CsvParser(path_, options.separator == 0 ? separator_of(text) : options.separator)
        .parse(text, [&](const CsvParser::Fields& fields, std::size_t line) {
          if (table_.names.empty() && take_names(fields, line)) return;
          take_numbers(fields, line);
        });
    if (table_.names.empty()) throw_file_error(path_, "the file is empty");
    if (table_.lines.empty()) throw_file_error(path_, "there are no rows below the header");
    table_.values = Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>>(
        numbers_.data(), static_cast<Index>(table_.names.size()), static_cast<Index>(table_.lines.size()));
    return std::move(table_);
  }

 private:
  static char separator_of(std::string_view text) {
    std::size_t commas = 0, semicolons = 0, tabs = 0;
    bool is_quoted = false;
    for (const char c : text) {
      if (c == '"') is_quoted = !is_quoted;
      if (is_quoted) continue;
      if (c == '\n' || c == '\r') break;
      commas += c == ',';
      semicolons += c == ';';
      tabs += c == '\t';
    }
    const std::size_t most = (std::max)({commas, semicolons, tabs});
    return commas == most ? ',' : semicolons == most ? ';' : '\t';
  }

  static std::string place(std::size_t line) { return joined({"line ", line}); }

  /// Names the columns by the first row; false if it is one of numbers already, all or but for empty fields.
  bool take_names(const CsvParser::Fields& fields, std::size_t line) {
    T ignored;
    table_.has_names = std::any_of(fields.begin(), fields.end(), [&](const std::string& field) {
      return !field.empty() && parse_number(field, ignored) == NumberError::no_number;
    });
    std::unordered_set<std::string_view> seen;
    table_.names.resize(fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const bool has_name = table_.has_names && !fields[i].empty();
      table_.names[i] = has_name ? fields[i] : Table<T>::default_name(static_cast<Index>(i));
      if (!seen.insert(table_.names[i]).second)
        throw_file_error_at(path_, place(line), "two columns are named ", table_.names[i]);
    }
    return table_.has_names;
  }

  void take_numbers(const CsvParser::Fields& fields, std::size_t line) {
    if (fields.size() != table_.names.size()) {
      throw_file_error_at(path_, place(line), "expected ", table_.names.size(), " fields, got ", fields.size());
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      T number;
      const NumberError error = parse_number(fields[i], number);
      if (error != NumberError::none) refuse_number(fields[i], error, place(line) + ", column " + table_.names[i]);
      numbers_.push_back(number);
    }
    table_.lines.push_back(line);
  }

  [[noreturn]] void refuse_number(const std::string& field, NumberError error, const std::string& at) const {
    if (field.empty()) throw_file_error_at(path_, at, "the field is empty");
    constexpr std::size_t most = 40;
    const std::string shown = field.size() > most ? field.substr(0, most) + "..." : field;
    if (error == NumberError::no_number) throw_file_error_at(path_, at, shown, " is no number");
    throw_file_error_at(path_, at, shown, " is out of the range of a ", std::is_same_v<T, float> ? "float" : "double");
  }

  std::filesystem::path path_;
  Table<T> table_;
  std::vector<T> numbers_;
};

}  // namespace detail

/// As read_csv, of bytes in memory; path: for messages.
template <std::floating_point T>
Table<T> parse_csv(std::string_view bytes, const CsvOptions& options = {},
                   const std::filesystem::path& path = "bytes") {
  return detail::CsvTableReader<T>(path).read(bytes, options);
}

/// A table in a CSV file, with a row of the file as a column of the matrix: events are columns. Fields are separated by
/// comma, semicolon or tab, may be quoted, and are numbers, nan and inf among them, rounded to T. Lines end with LF,
/// CRLF or CR; blank ones are skipped, and so is a byte order mark. A first line with a field that is no number is the
/// header. Throws FileError with file, line and column, and the reason. Needs libcsv (Debian: libcsv-dev; link with
/// -lcsv).
///
/// @code{.cpp}
/// #include <bijou/io/csv.hpp>
///
/// int main() {
///   const Eigen::Matrix2Xf events = Eigen::Matrix2Xf::Zero(2, 100);
///   bijou::write_csv("events.csv", {"x", "y"}, events);
///   const bijou::Table<float> table = bijou::read_csv<float>("events.csv");
///   std::printf("%s has %ld rows\n", table.names[0].c_str(), long(table.rows()));
///   return table.values.cols() == 100 ? 0 : 1;  // values: 2 x 100
/// }
/// @endcode
template <std::floating_point T>
Table<T> read_csv(const std::filesystem::path& path, const CsvOptions& options = {}) {
  const FileBytes bytes(path);
  return parse_csv<T>(detail::text_of(bytes), options, path);
}

}  // namespace bijou
