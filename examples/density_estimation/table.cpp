#include "table.hpp"

#include <bijou/io/csv.hpp>
#include <bijou/io/npy.hpp>
#include <cmath>

#include "input_error.hpp"

namespace {

bool is_npy(const std::filesystem::path& path) { return path.extension() == ".npy"; }

Table read_any_table(const std::filesystem::path& path, char separator) {
  try {
    if (is_npy(path)) return {path.string(), bijou::read_npy<double>(path)};
    return bijou::read_csv<double>(path, {.separator = separator});
  } catch (const bijou::FileError& error) {
    throw InputError(error.what());
  }
}

void require_finite(const Table& table) {
  for (Eigen::Index n = 0; n < table.rows(); ++n) {
    for (Eigen::Index i = 0; i < table.columns(); ++i) {
      const double value = table.values(i, n);
      if (std::isfinite(value)) continue;
      throw InputError(table.place(n) + ", column " + table.names[static_cast<std::size_t>(i)] + ": " +
                       (std::isnan(value) ? "nan"
                        : value < 0       ? "-inf"
                                          : "inf") +
                       " is not finite");
    }
  }
}

}  // namespace

Table read_table(const std::filesystem::path& path, char separator) {
  Table table = read_any_table(path, separator);
  if (table.values.size() == 0) throw InputError(table.source + ": the array is empty");
  require_finite(table);
  return table;
}

void write_table(const std::filesystem::path& path, const std::vector<std::string>& names,
                 const Eigen::MatrixXd& values) {
  if (is_npy(path))
    bijou::write_npy(path, values);
  else
    bijou::write_csv(path, names, values);
}
