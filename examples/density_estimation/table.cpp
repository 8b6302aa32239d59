#include "table.hpp"

#include <algorithm>

#include "csv_file.hpp"
#include "npy_file.hpp"

namespace {

bool is_npy(const std::filesystem::path& path) { return path.extension() == ".npy"; }

}  // namespace

std::string Table::place(Eigen::Index row) const {
  if (lines.empty()) return source + ", row " + std::to_string(row);
  return source + ", line " + std::to_string(lines[static_cast<std::size_t>(row)]);
}

std::optional<Eigen::Index> Table::find(const std::string& name) const {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return found - names.begin();
}

std::vector<std::string> default_names(Eigen::Index count) {
  std::vector<std::string> names;
  for (Eigen::Index i = 0; i < count; ++i) names.push_back(std::string(1, 'c').append(std::to_string(i)));
  return names;
}

Table read_table(const std::filesystem::path& path, char separator) {
  return is_npy(path) ? read_npy(path) : read_csv(path, separator);
}

void write_table(const std::filesystem::path& path, const std::vector<std::string>& names,
                 const Eigen::MatrixXd& values) {
  if (is_npy(path))
    write_npy(path, values);
  else
    write_csv(path, names, values);
}
