#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

/// What is trained, and how.
struct Settings {
  std::string flow;
  int layers;
  std::vector<int> hidden;
  std::string schedule;
  double learning_rate;
  double clip_norm;
  int batch_size;
  int epochs;
};

struct Options {
  std::string recipe = "recommended";
  Settings settings;
  std::int64_t seed = 0;
  double noise = 0.05;
  int points = 10'000;
  std::filesystem::path output = "two_moons_output";
  bool quiet = false;
};

/// A command line that cannot be used; what() is one line.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Nothing if the user asked for help, which is then on stdout. Throws UsageError. Makes the output folder.
std::optional<Options> parse_options(int argc, char** argv);

/// One line: the settings that are used.
void print(const Options& options);
