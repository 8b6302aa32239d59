#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <iostream>
#include <limits>
#include <system_error>

#include "../support/validators.hpp"
#include "input_error.hpp"

namespace {

/// CLI11 takes a number that is too large for INT64_MAX, which is refused then.
constexpr std::int64_t largest_seed = INT64_MAX - 1;

/// column=low:high; a side that is empty becomes `low` or `high`.
Interval parse_interval(const std::string& option, const std::string& text, double low, double high) {
  const auto refuse = [&](const std::string& reason) -> InputError {
    return InputError(option + ": " + reason + ", got " + text + " (see --help)");
  };
  const std::size_t equals = text.rfind('=');
  const std::size_t colon = text.rfind(':');
  if (equals == std::string::npos || equals == 0 || colon == std::string::npos || colon < equals)
    throw refuse("expected column=low:high");
  const auto side = [&](const std::string& part, double otherwise) {
    if (part.empty()) return otherwise;
    double value = 0;
    const char* const end = part.data() + part.size();
    const auto [stop, error] = std::from_chars(part.data() + (part[0] == '+' ? 1 : 0), end, value);
    if (error != std::errc{} || stop != end || !std::isfinite(value))
      throw refuse("expected column=low:high with two numbers");
    return value;
  };
  const Interval interval{text.substr(0, equals), side(text.substr(equals + 1, colon - equals - 1), low),
                          side(text.substr(colon + 1), high)};
  if (!(interval.low < interval.high)) throw refuse("expected low < high");
  const auto is_far = [](double end) {
    return std::abs(end) >= 1e100 && std::abs(end) < std::numeric_limits<double>::infinity();
  };
  if (is_far(interval.low) || is_far(interval.high)) throw refuse("expected numbers below 1e100; leave a side empty");
  return interval;
}

Interval parse_bounds(const std::string& text) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return parse_interval("--bounds", text, -infinity, infinity);
}

Interval parse_circle(const std::string& text) {
  if (text.find('=') == std::string::npos) return {text, 0, 0};
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  return parse_interval("--circular", text, nan, nan);
}

struct Texts {  // as they stand on the command line
  std::string separator = "auto";
  std::vector<std::string> bounds;
  std::vector<std::string> circles;
};

void add_columns(CLI::App& app, Options& options, Texts& texts) {
  const std::string group = "Columns";
  const auto add = [&](const char* name, std::vector<std::string>& value, const char* type, const char* text) {
    return app.add_option(name, value, text)->type_name(type)->allow_extra_args(false)->group(group);
  };
  add("--bounds", texts.bounds, "COLUMN=LOW:HIGH",
      "The density is 0 on and outside of these bounds; one side may be empty.\nMay be repeated, as the next three");
  add("--circular", texts.circles, "COLUMN[=LOW:HIGH]",
      "A column that goes round from high to low; an angle in radians if they are left out");
  add("--context", options.context, "COLUMN,...",
      "Columns that are given: the density is p(the others | these), and not one of these");
  add("--drop", options.drop, "COLUMN,...", "Columns to leave out");
  app.add_option("--separator", texts.separator, "Between the fields of CSV files; auto finds it in the first line")
      ->check(CLI::IsMember({"auto", "comma", "semicolon", "tab"}))
      ->capture_default_str()
      ->group(group);
}

void add_training(CLI::App& app, Options& options) {
  const std::string group = "Flow and training";
  Settings& settings = options.settings;
  const auto add = [&](const char* name, auto& value, const char* text, const CLI::Validator& check) {
    app.add_option(name, value, text)->check(check)->capture_default_str()->group(group);
  };
  add("--flow", settings.flow, "Kind of layers", CLI::IsMember({"nsf", "coupling_nsf", "maf", "real_nvp"}));
  add("--layers", settings.layers, "Number of layers", CLI::Range(1, 1000));
  app.add_option("--hidden", settings.hidden, "Sizes of the hidden layers of each network: 64,64")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str()
      ->group(group);
  add("--bins", settings.bins, "Bins of each spline", CLI::Range(2, 500));
  add("--bound", settings.bound, "Splines act from minus to plus this many standard deviations", number(0.1, 1000.0));
  add("--tails", settings.tails,
      "Numbers far out are drawn in before the layers see them, a distance d like d^(1/t),\nwith t trained from this "
      "value on; 0: they are not",
      number(0.0, 20.0));
  add("--learning-rate", settings.learning_rate, "Learning rate of AdamW", number(1e-9, 10.0));
  add("--weight-decay", settings.weight_decay, "Weight decay of AdamW", number(0.0, 100.0));
  add("--clip-norm", settings.clip_norm, "Longer gradients are shortened to this norm; 0: none are", number(0.0, 1e9));
  add("--batch-size", settings.batch_size, "Rows per step", CLI::Range(1, 10'000'000));
  add("--epochs", settings.epochs, "How often the rows are gone through at most", CLI::Range(1, 1'000'000));
  add("--patience", settings.patience, "Epochs without a lower validation loss, after which training stops",
      CLI::Range(1, 1'000'000));
  add("--validation", options.validation, "Share of the rows to stop training by", number(0.01, 0.49));
  add("--test", options.test, "Share of the rows to judge by", number(0.01, 0.49));
  add("--seed", options.seed, "Seed of split, training and samples", CLI::Range(std::int64_t{0}, largest_seed));
}

void add_results(CLI::App& app, Options& options) {
  const std::string group = "Results";
  app.add_option("--output", options.output, "Folder for pictures, samples and scores")
      ->capture_default_str()
      ->group(group);
  app.add_option("--model", options.model,
                 "File for the flow, which the program score and other programs with this library open")
      ->group(group);
  app.add_option("--score", options.score, "CSV or .npy file of rows whose ln p is wanted")->group(group);
  app.add_option("--scores", options.scores, "File for their ln p; scores.csv in the output folder if left out")
      ->group(group);
  app.add_option("--samples", options.samples,
                 "How many rows to draw; with a context, each under that of a row of the data")
      ->check(CLI::Range(0, 100'000'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--samples-file", options.samples_file,
                 "CSV or .npy file for them; samples.csv in the output folder if left out")
      ->group(group);
  app.add_flag("--no-pictures", options.no_pictures, "Draw nothing")->group(group);
  app.add_flag("--quiet", options.quiet, "No progress")->group(group);
}

/// What the single options leave open.
void complete(Options& options, const Texts& texts) {
  for (const std::string& text : texts.bounds) options.bounds.push_back(parse_bounds(text));
  for (const std::string& text : texts.circles) options.circles.push_back(parse_circle(text));
  if (texts.separator != "auto")
    options.separator = texts.separator == "comma" ? ',' : texts.separator == "semicolon" ? ';' : '\t';
  if (options.validation + options.test > 0.5)
    throw InputError("--validation and --test leave less than half of the rows to train with (see --help)");
  if (options.score.empty() && !options.scores.empty()) throw InputError("--scores needs --score (see --help)");
  if (options.samples == 0 && !options.samples_file.empty())
    throw InputError("--samples-file needs --samples (see --help)");
  if (options.scores.empty()) options.scores = options.output / "scores.csv";
  if (options.samples_file.empty()) options.samples_file = options.output / "samples.csv";
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  Texts texts;
  CLI::App app{
      "Fits a normalizing flow to a table of numbers. Prints the log-likelihood of rows that were kept from training\n"
      "beside that of a normal distribution; scores other rows, draws samples, and draws pictures with gnuplot.\n"
      "Log-likelihoods are natural, in the units of the table."};
  app.add_option("data", options.data,
                 "CSV file, or two-dimensional .npy file; columns without a header are called c0, c1, ...")
      ->required();
  add_columns(app, options, texts);
  add_training(app, options);
  add_results(app, options);
  app.footer(
      "Example: the density of x > 0 and the angle phi, for each energy, and 1000 draws:\n"
      "  density_estimation hits.csv --bounds x=0: --circular phi=0:360 --context energy --samples 1000");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    std::string line = error.what();
    std::replace(line.begin(), line.end(), '\n', ' ');
    throw InputError(line + " (see --help)");
  }
  complete(options, texts);
  return options;
}
