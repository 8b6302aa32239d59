// Model files: save and load of a flow of 500 MB beside `cp` of the same file, and a flow of 100,000 parameters from
// the file to its first draw. Files lie in the system's folder for temporary files. bytes_per_second: of the file.
#include <benchmark/benchmark.h>

#include <bijou/bijou.hpp>
#include <bijou/io/load_any.hpp>
#include <bijou/io/save.hpp>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

namespace {

namespace fs = std::filesystem;

/// A folder for the time of the program.
struct Folder {
  fs::path path = fs::temp_directory_path() / "bijou_benchmark_files";

  Folder() { fs::create_directories(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

using Flow = bijou::TransformedDistribution<bijou::StandardNormal<float, 2>, bijou::RealNVP<float, 2>>;

Flow large_flow() {
  std::mt19937_64 rng{0};
  return {bijou::StandardNormal<float, 2>{}, bijou::RealNVP<float, 2>{1, {11'180, 11'180}, rng}};  // 125 million
}

void set_bytes(benchmark::State& state, const fs::path& path) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(fs::file_size(path)));
}

void run_command(benchmark::State& state, const std::string& command) {
  for (auto _ : state) {
    if (std::system(command.c_str()) != 0) state.SkipWithError("the command failed");
  }
}

void copy(benchmark::State& state, const fs::path& folder, bool to_disk) {
  const std::string copied = "'" + (folder / "copy").string() + "'";
  const std::string command = "cp '" + (folder / "flow").string() + "' " + copied;
  run_command(state, to_disk ? command + " && sync " + copied : command);
  set_bytes(state, folder / "flow");
}

void save(benchmark::State& state, const fs::path& folder, const Flow& flow) {
  for (auto _ : state) bijou::save(flow, folder / "saved");
  set_bytes(state, folder / "flow");
}

void load(benchmark::State& state, const fs::path& folder, Flow& flow) {
  for (auto _ : state) bijou::load(folder / "flow", flow);
  set_bytes(state, folder / "flow");
}

void load_any(benchmark::State& state, const fs::path& folder) {
  for (auto _ : state) benchmark::DoNotOptimize(bijou::load<float>(folder / "flow"));
  set_bytes(state, folder / "flow");
}

void first_draw(benchmark::State& state, const fs::path& path) {
  for (auto _ : state) {
    std::mt19937_64 rng{0};
    const bijou::AnyFlow<float> flow = bijou::load<float>(path);
    benchmark::DoNotOptimize(flow.sample(1, rng));
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const Folder folder;
  Flow flow = large_flow();
  bijou::save(flow, folder.path / "flow");
  std::mt19937_64 rng{0};
  const auto spline_flow = bijou::flows::zuko_nsf<float>({.event_size = 6, .layers = 3, .hidden = {128, 128}}, rng);
  const fs::path small = folder.path / "spline_flow";
  bijou::save(spline_flow, small);

  const auto add = [](const std::string& name, auto run) {
    benchmark::RegisterBenchmark(name.c_str(), run)->Unit(benchmark::kMillisecond)->UseRealTime();
  };
  add("cp/500_MB", [&](benchmark::State& s) { copy(s, folder.path, false); });
  add("load/500_MB", [&](benchmark::State& s) { load(s, folder.path, flow); });
  add("load_any/500_MB", [&](benchmark::State& s) { load_any(s, folder.path); });
  add("cp_and_sync/500_MB", [&](benchmark::State& s) { copy(s, folder.path, true); });
  add("save/500_MB", [&](benchmark::State& s) { save(s, folder.path, flow); });
  add("first_draw/" + std::to_string(spline_flow.parameter_count()) + "_parameters",
      [&](benchmark::State& s) { first_draw(s, small); });
  benchmark::RunSpecifiedBenchmarks();
}
