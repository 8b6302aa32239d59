// ln p of each row of a table under any model file, whatever flow it holds: score model.safetensors table.csv
// A table is CSV or .npy; its columns are the coordinates of an event and then, if the model is conditional, its
// context. `score model.safetensors` says what is in the file.
#include <bijou/io/csv.hpp>
#include <bijou/io/describe.hpp>
#include <bijou/io/load_any.hpp>
#include <bijou/io/npy.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

namespace {

bijou::Table<double> read_table(const std::filesystem::path& path) {
  if (path.extension() == ".npy") return {path.string(), bijou::read_npy<double>(path)};
  return bijou::read_csv<double>(path);
}

Eigen::VectorXd log_prob(const bijou::AnyFlow<double>& flow, const bijou::Table<double>& table) {
  const Eigen::Index size = flow.event_size();
  const Eigen::Index context_size = flow.context_size();
  if (table.columns() != size + context_size) {
    const std::string context = context_size > 0 ? " and a context of " + std::to_string(context_size) : "";
    throw bijou::FileError(table.source, "has " + std::to_string(table.columns()) +
                                             " columns, the model wants events of " + std::to_string(size) + context);
  }
  const auto events = table.values.topRows(size);
  if (context_size == 0) return flow.log_prob(events);
  return flow.given(table.values.bottomRows(context_size)).log_prob(events);
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
  const bijou::AnyFlow<double> flow = bijou::load<double>(argv[1]);
  for (const double log_p : log_prob(flow, read_table(argv[2]))) std::printf("%.17g\n", log_p);
  return std::fflush(stdout) == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "score: %s\n", error.what());
  return 2;
}
