#include "csv_file.hpp"

#include <csv.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string_view>

#include "file_bytes.hpp"
#include "number.hpp"

namespace {

struct Row {
  std::size_t line;  // its first, counted from 1
  std::vector<std::string> fields;
};

/// libcsv, line after line, so that the line of each row is known. The callbacks do not throw: libcsv is C.
class Parser {
 public:
  Parser(std::string source, char separator) : source_(std::move(source)) {
    // With CSV_REPALL_NL each end of a line is reported that is not inside quotes.
    if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) throw std::bad_alloc();
    csv_set_delim(&parser_, static_cast<unsigned char>(separator));
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() { csv_free(&parser_); }

  std::vector<Row> parse(std::string_view text) {
    while (!text.empty()) {
      ++line_;
      if (!row_goes_on_) row_.line = line_;
      row_goes_on_ = true;
      const std::size_t length = line_length(text);
      if (csv_parse(&parser_, text.data(), length, at_field, at_end_of_row, this) != length) refuse();
      text.remove_prefix(length);
    }
    if (csv_fini(&parser_, at_field, at_end_of_row, this) != 0) refuse();
    return std::move(rows_);
  }

 private:
  /// With what ends the line.
  static std::size_t line_length(std::string_view text) {
    const std::size_t end = text.find_first_of("\r\n");
    if (end == std::string_view::npos) return text.size();
    return end + (text.substr(end, 2) == "\r\n" ? 2 : 1);
  }

  [[noreturn]] void refuse() {
    throw InputError(source_ + ", line " + std::to_string(row_.line) + ": " +
                     (csv_error(&parser_) == CSV_EPARSE || csv_error(&parser_) == CSV_SUCCESS
                          ? "a quoted field does not end, or a quote stands inside a field without quotes"
                          : csv_strerror(csv_error(&parser_))));
  }

  static void at_field(void* field, std::size_t size, void* self) {
    static_cast<Parser*>(self)->row_.fields.emplace_back(static_cast<const char*>(field), size);
  }
  static void at_end_of_row(int, void* self) {
    Parser& parser = *static_cast<Parser*>(self);
    parser.row_goes_on_ = false;
    if (parser.row_.fields.empty()) return;  // a blank line, or the LF of a CRLF
    parser.rows_.push_back(std::move(parser.row_));
    parser.row_.fields.clear();
  }

  std::string source_;
  csv_parser parser_{};
  std::vector<Row> rows_;
  Row row_{};
  std::size_t line_ = 0;
  bool row_goes_on_ = false;
};

char separator_of(std::string_view text) {
  std::size_t commas = 0, semicolons = 0, tabs = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n' || c == '\r') break;
    commas += c == ',';
    semicolons += c == ';';
    tabs += c == '\t';
  }
  const std::size_t most = std::max({commas, semicolons, tabs});
  return commas == most ? ',' : semicolons == most ? ';' : '\t';
}

bool is_header(const Row& row) {
  return std::any_of(row.fields.begin(), row.fields.end(),
                     [](const std::string& field) { return parse_number(field).error == NumberError::no_number; });
}

std::string shortened(const std::string& field) { return field.size() > 40 ? field.substr(0, 40) + "..." : field; }

void read_names(const Row& row, Table& table) {
  const std::string place = table.source + ", line " + std::to_string(row.line) + ": ";
  table.has_names = true;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    if (!row.fields[i].empty()) table.names[i] = row.fields[i];
    if (!seen.insert(table.names[i]).second) throw InputError(place + "two columns are named " + table.names[i]);
  }
}

void read_values(const Row& row, Table& table, Eigen::Index at) {
  const std::string place = table.source + ", line " + std::to_string(row.line);
  if (row.fields.size() != table.names.size()) {
    throw InputError(place + ": expected " + std::to_string(table.names.size()) + " fields, got " +
                     std::to_string(row.fields.size()));
  }
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    const ParsedNumber number = parse_number(row.fields[i]);
    if (number.error != NumberError::none) {
      const std::string start = place + ", column " + table.names[i] + ": ";
      if (row.fields[i].empty()) throw InputError(start + "the field is empty");
      throw InputError(start + shortened(row.fields[i]) +
                       (number.error == NumberError::no_number      ? " is no number"
                        : number.error == NumberError::out_of_range ? " is out of the range of a double"
                                                                    : " is not finite"));
    }
    table.values(static_cast<Eigen::Index>(i), at) = number.value;
  }
}

/// As few digits as give the same number back.
std::string shortest(double value) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

std::string quoted_if_needed(const std::string& name) {
  if (name.find_first_of(",;\t\"\r\n") == std::string::npos) return name;
  std::string result(1, '"');
  for (const char c : name) result.append(c == '"' ? 2 : 1, c);
  result += '"';
  return result;
}

}  // namespace

Table read_csv(const std::filesystem::path& path, char separator) {
  Table table;
  table.source = path.string();
  const std::string bytes = read_bytes(path);
  std::string_view text = bytes;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // the byte order mark of UTF-8

  const std::vector<Row> rows = Parser(table.source, separator == 0 ? separator_of(text) : separator).parse(text);
  if (rows.empty()) throw InputError(table.source + ": the file is empty");
  table.names = default_names(static_cast<Eigen::Index>(rows.front().fields.size()));
  const std::size_t first = is_header(rows.front()) ? 1 : 0;
  if (first == 1) read_names(rows.front(), table);
  if (rows.size() == first) throw InputError(table.source + ": there are no rows below the header");

  table.values.resize(static_cast<Eigen::Index>(table.names.size()), static_cast<Eigen::Index>(rows.size() - first));
  for (std::size_t i = first; i < rows.size(); ++i) {
    read_values(rows[i], table, static_cast<Eigen::Index>(i - first));
    table.lines.push_back(rows[i].line);
  }
  return table;
}

void write_csv(const std::filesystem::path& path, const std::vector<std::string>& names,
               const Eigen::MatrixXd& values) {
  std::ofstream file(path, std::ios::binary);
  for (std::size_t i = 0; i < names.size(); ++i) file << (i == 0 ? "" : ",") << quoted_if_needed(names[i]);
  file << '\n';
  for (Eigen::Index n = 0; n < values.cols(); ++n) {
    for (Eigen::Index i = 0; i < values.rows(); ++i) file << (i == 0 ? "" : ",") << shortest(values(i, n));
    file << '\n';
  }
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}
