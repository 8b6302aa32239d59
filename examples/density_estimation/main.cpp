// A table in, a density out: a flow for numbers as they come, trained, judged, and put to use.
#include <bijou/distributions/conditioned.hpp>
#include <bijou/numerics/random.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <random>
#include <set>
#include <stdexcept>

#include "../support/gnuplot.hpp"
#include "columns.hpp"
#include "flow.hpp"
#include "gaussian.hpp"
#include "input_error.hpp"
#include "model.hpp"
#include "options.hpp"
#include "plots.hpp"
#include "require_writable.hpp"
#include "split.hpp"
#include "table.hpp"
#include "training.hpp"

namespace {

constexpr Eigen::Index most_points = 2000;  // of data and of samples in the pictures

/// Refuses what cannot be written before hours of training, and what would overwrite the input.
void prepare_output(const Options& options) {
  std::error_code error;
  std::filesystem::create_directories(options.output, error);
  if (error) throw InputError("--output: cannot make the folder " + options.output.string());

  std::vector<std::filesystem::path> files;
  if (!options.model.empty()) files.push_back(options.model);
  if (!options.score.empty()) files.push_back(options.scores);
  if (options.samples > 0) files.push_back(options.samples_file);
  if (!options.no_pictures) {
    for (const std::string& name : picture_files()) files.push_back(options.output / name);
  }
  std::set<std::filesystem::path> seen;
  for (const std::filesystem::path& file : files) {
    for (const std::filesystem::path& input : {options.data, options.score}) {
      if (std::filesystem::equivalent(file, input, error)) throw InputError(file.string() + ": would be overwritten");
    }
    const std::filesystem::path whole = std::filesystem::weakly_canonical(std::filesystem::absolute(file), error);
    if (!seen.insert(error ? file : whole).second) throw InputError(file.string() + ": would be written twice");
    require_writable(file);
  }
}

void print_line(const std::string& name, const Eigen::VectorXd& log_p) {
  const double mean = log_p.mean();
  const auto count = static_cast<double>(log_p.size());
  const double error = count > 1 ? std::sqrt((log_p.array() - mean).square().sum() / (count - 1) / count) : NAN;
  std::printf("  %-26s%12.4f +- %8.4f%14.4f\n", name.c_str(), mean, error, log_p.minCoeff());
}

void print_result(const Options& options, const Columns& columns, const Table& data, const Split& split,
                  const Losses& losses, const Eigen::VectorXd& of_flow, const Eigen::VectorXd& of_gaussian) {
  std::printf("%s: %td rows, %td columns", data.source.c_str(), data.rows(), columns.shape().size);
  if (columns.context_columns() > 0) std::printf(" given %td", columns.context_columns());
  std::printf(
      "; %zu rows to train with, %zu for validation, %zu for the test\n"
      "%s: best at epoch %zu of %zu, %.1f seconds\n"
      "ln p of a test row, in nats        mean    standard error     smallest\n",
      split.train.size(), split.validation.size(), split.test.size(), options.settings.flow.c_str(),
      losses.best_epoch + 1, losses.train.size(), losses.seconds);
  print_line(options.settings.flow, of_flow);
  print_line("normal distribution", of_gaussian);
}

/// Draws rows in the columns of the table; with a context, under those of rows of the data.
Eigen::MatrixXd draw_rows(const Flow& flow, const Columns& columns, const Table& data, const Rows& rows,
                          Eigen::Index count, std::mt19937_64& rng) {
  if (columns.context_columns() == 0) return columns.table_of(flow.sample(count, rng), data, {});
  std::vector<Eigen::Index> which;
  for (Eigen::Index i = 0; i < count; ++i) {
    const auto at = static_cast<Eigen::Index>(bijou::uniform(rng) * static_cast<double>(rows.count()));
    which.push_back((std::min)(at, rows.count() - 1));
  }
  const Eigen::MatrixXd contexts = rows.contexts(Eigen::seqN(0, rows.contexts.rows()), which);
  return columns.table_of(flow.given(contexts).sample(count, rng), data, which);
}

void draw_pictures(const Options& options, const Columns& columns, const Table& data, const Eigen::MatrixXd& samples,
                   const Losses& losses) {
  const Eigen::Index points = samples.cols();
  const Eigen::MatrixXd used = columns.used(data);
  std::vector<Eigen::Index> which;  // evenly from all rows
  for (Eigen::Index i = 0; i < points; ++i) which.push_back(i * used.cols() / points);
  if (draw_pictures(options.output, columns.names(), used(Eigen::seqN(0, used.rows()), which), samples, losses)) {
    std::printf("pictures: %s, %s\n", (options.output / "corner.png").string().c_str(),
                (options.output / "loss.png").string().c_str());
  } else {
    print_how_to_draw(options.output, "density_estimation");
  }
}

void run(const Options& options) {
  const Table data = read_table(options.data, options.separator);
  const Columns columns(options, data);
  const Rows rows = columns.rows_of(data);
  Rows rows_to_score;
  if (!options.score.empty()) rows_to_score = columns.rows_of(read_table(options.score, options.separator));

  std::mt19937_64 rng{static_cast<std::uint64_t>(options.seed)};
  const Split split = split_rows(data.rows(), options.validation, options.test, rng);
  Flow flow = make_flow(options.settings, columns.shape(), rng);
  prepare_output(options);
  const std::vector<std::string> names_of_model =
      options.model.empty() ? std::vector<std::string>() : columns.names_of_model();
  const Losses losses = train(flow, rows(split.train), rows(split.validation), options.settings, options.quiet, rng);

  const Rows test = rows(split.test);
  print_result(options, columns, data, split, losses, log_prob(flow, test), Gaussian(rows(split.train)).log_prob(test));
  if (!options.model.empty()) {
    save_model(options.model, flow, names_of_model);
    std::printf("model: %s\n", options.model.string().c_str());
  }
  if (!options.score.empty()) {
    write_table(options.scores, {"ln_p"}, log_prob(flow, rows_to_score).transpose());
    std::printf("scores: %s\n", options.scores.string().c_str());
  }
  if (options.samples > 0) {
    write_table(options.samples_file, columns.names(), draw_rows(flow, columns, data, rows, options.samples, rng));
    std::printf("samples: %s\n", options.samples_file.string().c_str());
  }
  if (!options.no_pictures) {
    const Eigen::Index points = (std::min)(data.rows(), most_points);
    draw_pictures(options, columns, data, draw_rows(flow, columns, data, rows, points, rng), losses);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (const auto options = parse_options(argc, argv)) run(*options);
    if (std::fflush(stdout) != 0) throw std::runtime_error("the results cannot be written to the standard output");
    return 0;
  } catch (const InputError& error) {
    std::string line = error.what();
    for (char& c : line) c = c == '\n' || c == '\r' || c == '\t' ? ' ' : c;  // of names and fields
    std::fprintf(stderr, "density_estimation: %s\n", line.c_str());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "density_estimation: %s\n", error.what());
    return 1;
  }
}
