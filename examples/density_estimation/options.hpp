#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// Which flow, and how it is trained.
struct Settings {
  std::string flow = "nsf";
  int layers = 5;
  std::vector<int> hidden = {64, 64};
  int bins = 8;
  double bound = 8;
  double tails = 3;
  double learning_rate = 1e-3;
  int batch_size = 128;
  int epochs = 500;
  int patience = 30;
  double clip_norm = 5;
  double weight_decay = 1e-2;
};

/// A column and where its numbers lie.
struct Interval {
  std::string column;
  double low;
  double high;
};

struct Options {
  std::filesystem::path data;
  char separator = 0;                // of CSV files; 0: found in the first line
  std::vector<Interval> bounds;      // may be infinite
  std::vector<Interval> circles;     // low == high: one turn in radians
  std::vector<std::string> context;  // lists as they were given: a name may have a comma
  std::vector<std::string> drop;
  Settings settings;
  double validation = 0.15;
  double test = 0.15;
  std::int64_t seed = 0;
  std::filesystem::path output = "density_output";
  std::filesystem::path model;   // where the flow goes; empty: nowhere
  std::filesystem::path score;   // rows to score; empty: none
  std::filesystem::path scores;  // where their ln p goes
  int samples = 0;
  std::filesystem::path samples_file;
  bool no_pictures = false;
  bool quiet = false;
};

/// Nothing if the user asked for help, which is then on stdout. Throws InputError.
std::optional<Options> parse_options(int argc, char** argv);
