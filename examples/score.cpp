// ln p of each row of a table under any model file, whatever flow it holds: score model.safetensors table.csv
// A table is CSV or .npy; its columns are the coordinates of an event and then, if the model is conditional, its
// context. If the file of the model names them (density_estimation --model), they are found by their names.
// `score model.safetensors` says what is in the file.
#include <bijou/io/csv.hpp>
#include <bijou/io/describe.hpp>
#include <bijou/io/load_any.hpp>
#include <bijou/io/npy.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

namespace {

bijou::Table<double> read_table(const std::filesystem::path& path) {
  if (path.extension() == ".npy") return {path.string(), bijou::read_npy<double>(path)};
  return bijou::read_csv<double>(path);
}

/// The rows as the model wants them: the columns that its file names, or all if it names none.
Eigen::MatrixXd columns_for(const bijou::SafetensorsFile& model, const bijou::Table<double>& table) {
  std::vector<Eigen::Index> columns;
  for (;;) {
    const auto note = model.metadata().find("column " + std::to_string(columns.size()));
    if (note == model.metadata().end()) break;
    const auto column = table.find(note->second);
    if (!column) throw bijou::FileError(table.source, "has no column " + note->second + ", which the model wants");
    columns.push_back(*column);
  }
  if (columns.empty()) return table.values;
  return table.values(columns, Eigen::seqN(0, table.rows()));
}

Eigen::VectorXd log_prob(const std::filesystem::path& model, const bijou::Table<double>& table) {
  const bijou::AnyFlow<double> flow = bijou::load<double>(model);
  const Eigen::MatrixXd rows = columns_for(bijou::SafetensorsFile(model), table);
  const Eigen::Index size = flow.event_size();
  const Eigen::Index context_size = flow.context_size();
  if (rows.rows() != size + context_size) {
    const std::string context = context_size > 0 ? " and a context of " + std::to_string(context_size) : "";
    throw bijou::FileError(table.source, "has " + std::to_string(rows.rows()) + " columns, the model wants events of " +
                                             std::to_string(size) + context);
  }
  const auto events = rows.topRows(size);
  if (context_size == 0) return flow.log_prob(events);
  return flow.given(rows.bottomRows(context_size)).log_prob(events);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2 && argc != 3) {
    std::fprintf(stderr, "score: expected MODEL.safetensors [TABLE.csv or TABLE.npy]\n");
    return 2;
  }
  if (argc == 2) {
    std::fputs(bijou::describe(argv[1]).c_str(), stdout);
    return 0;
  }
  for (const double log_p : log_prob(argv[1], read_table(argv[2]))) std::printf("%.17g\n", log_p);
  return std::fflush(stdout) == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "score: %s\n", error.what());
  return 2;
}
