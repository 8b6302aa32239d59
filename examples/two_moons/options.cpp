#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <sstream>
#include <system_error>

#include "../support/validators.hpp"

namespace {

/// CLI11 takes a number that is too large for INT64_MAX, which is refused then.
constexpr std::int64_t largest_seed = INT64_MAX - 1;

struct Recipe {
  std::string name;
  Settings settings;
};

/// Many small layers learn the moons better than few large ones, and faster. The first recipe serves both affine flows.
const std::array<Recipe, 3> recipes{{
    {"recommended",
     {.flow = "maf",
      .layers = 16,
      .hidden = {32, 32},
      .schedule = "cosine",
      .learning_rate = 5e-3,
      .clip_norm = 5,
      .batch_size = 256,
      .epochs = 80}},
    {"spline",
     {.flow = "nsf",
      .layers = 8,
      .hidden = {16, 16},
      .schedule = "cosine",
      .learning_rate = 5e-3,
      .clip_norm = 5,
      .batch_size = 256,
      .epochs = 150}},
    {"chapter",
     {.flow = "maf",
      .layers = 3,
      .hidden = {128, 128},
      .schedule = "constant",
      .learning_rate = 1e-2,
      .clip_norm = 0,
      .batch_size = 32,
      .epochs = 50}},
}};

/// As options on a command line.
std::string text_of(const Settings& settings) {
  std::ostringstream text;
  text << "--flow " << settings.flow << " --layers " << settings.layers << " --hidden ";
  for (std::size_t i = 0; i < settings.hidden.size(); ++i) text << (i == 0 ? "" : ",") << settings.hidden[i];
  text << " --schedule " << settings.schedule << " --learning-rate " << settings.learning_rate << " --clip-norm "
       << settings.clip_norm << " --batch-size " << settings.batch_size << " --epochs " << settings.epochs;
  return text.str();
}

/// Makes the folder, and finds out whether files can be written there before hours of training.
void make_folder(const std::filesystem::path& folder) {
  if (folder.empty()) throw UsageError("--output: expected a folder, got nothing (see --help)");
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error || !std::ofstream(folder / "data.csv", std::ios::app)) {
    throw UsageError("--output: cannot write to the folder " + folder.string() +
                     (error ? " (" + error.message() + ")" : ""));
  }
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  Settings given{};
  CLI::App app{
      "Trains a normalizing flow on two moons, step by step: base samples, an affine bijector, the untrained flow,\n"
      "training, the trained density, samples. Writes CSV files, gnuplot scripts and pictures."};

  app.add_option("--recipe", options.recipe, "Settings to start from, see below; the options that follow override it")
      ->check(CLI::IsMember({"recommended", "spline", "chapter"}))
      ->capture_default_str();
  auto* flow = app.add_option("--flow", given.flow, "Kind of layer")->check(CLI::IsMember({"maf", "realnvp", "nsf"}));
  auto* layers = app.add_option("--layers", given.layers, "Number of layers")->check(CLI::Range(1, 1000));
  auto* hidden =
      app.add_option("--hidden", given.hidden, "Sizes of the hidden layers of each network: 128,128 or 128 128")
          ->delimiter(',')
          ->check(CLI::Range(1, 10'000));
  auto* schedule =
      app.add_option("--schedule", given.schedule, "Course of the learning rate; cosine warms up over the first 10%")
          ->check(CLI::IsMember({"constant", "cosine", "exponential", "step"}));
  auto* learning_rate =
      app.add_option("--learning-rate", given.learning_rate, "Base learning rate of Adam")->check(number(1e-9, 10.0));
  auto* clip_norm =
      app.add_option("--clip-norm", given.clip_norm, "Longer gradients are shortened to this norm; 0: none are")
          ->check(number(0.0, 1e9));
  auto* batch_size =
      app.add_option("--batch-size", given.batch_size, "Points per step")->check(CLI::Range(1, 10'000'000));
  auto* epochs =
      app.add_option("--epochs", given.epochs, "How often the data are gone through")->check(CLI::Range(1, 1'000'000));
  app.add_option("--seed", options.seed, "Seed of all random numbers")
      ->check(CLI::Range(std::int64_t{0}, largest_seed))
      ->capture_default_str();
  app.add_option("--noise", options.noise, "Standard deviation of the noise on the moons")
      ->check(number(0.005, 2.0))
      ->capture_default_str();
  app.add_option("--points", options.points, "Number of training points")
      ->check(CLI::Range(2, 10'000'000))
      ->capture_default_str();
  app.add_option("--output", options.output, "Folder for the files")->capture_default_str();
  app.add_flag("--quiet", options.quiet, "Print the final table only");

  std::string footer = "Recipes:\n";
  for (const Recipe& recipe : recipes) footer += "  " + recipe.name + ": " + text_of(recipe.settings) + "\n";
  app.footer(footer);

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    std::string line = error.what();
    std::replace(line.begin(), line.end(), '\n', ' ');
    throw UsageError(line + " (see --help)");
  }

  options.settings = std::find_if(recipes.begin(), recipes.end(), [&](const Recipe& recipe) {
                       return recipe.name == options.recipe;
                     })->settings;
  Settings& settings = options.settings;
  if (*flow) settings.flow = given.flow;
  if (*layers) settings.layers = given.layers;
  if (*hidden) settings.hidden = given.hidden;
  if (*schedule) settings.schedule = given.schedule;
  if (*learning_rate) settings.learning_rate = given.learning_rate;
  if (*clip_norm) settings.clip_norm = given.clip_norm;
  if (*batch_size) settings.batch_size = given.batch_size;
  if (*epochs) settings.epochs = given.epochs;

  make_folder(options.output);
  return options;
}

void print(const Options& options) {
  std::cout << "two_moons " << text_of(options.settings) << " --seed " << options.seed << " --noise " << options.noise
            << " --points " << options.points << "\n"
            << std::flush;
}
