#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

/// Changes the working directory, so that the shell sees no path but names without spaces, and goes back in the end.
class WorkingDirectory {
 public:
  explicit WorkingDirectory(const std::filesystem::path& folder) { std::filesystem::current_path(folder); }
  WorkingDirectory(const WorkingDirectory&) = delete;
  WorkingDirectory& operator=(const WorkingDirectory&) = delete;
  ~WorkingDirectory() {
    std::error_code ignored;
    std::filesystem::current_path(before_, ignored);
  }

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
};

inline bool succeeds(const std::string& command) { return std::system((command + " >gnuplot.log 2>&1").c_str()) == 0; }

/// Runs gnuplot on each script. False if there is no gnuplot; throws std::runtime_error if it fails.
inline bool draw(const std::filesystem::path& folder, const std::vector<std::string>& scripts) {
  const WorkingDirectory there(folder);
  const bool found = succeeds("gnuplot --version");
  for (const std::string& script : scripts) {
    if (found && !succeeds("gnuplot " + script)) {
      throw std::runtime_error("gnuplot failed on " + (folder / script).string() + ", see gnuplot.log there");
    }
  }
  std::filesystem::remove("gnuplot.log");
  return found;
}
