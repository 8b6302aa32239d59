#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

/// Changes the working directory, and goes back in the end.
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

/// In quotes for the shell.
inline std::string quoted(const std::filesystem::path& path) {
  std::string text = "'";
  for (const char c : path.string()) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

/// A script of examples/plots. Its folder is known from that of this file, which, if the compiler was given a relative
/// path, is found from where it was called.
inline std::filesystem::path plot_script(const std::string& name) {
  const std::filesystem::path here = std::filesystem::absolute(__FILE__);
  return (here.parent_path() / "../plots" / (name + ".gp")).lexically_normal();
}

/// Runs a script of examples/plots in the folder of the files that it draws. False if there is no gnuplot or the script
/// is not found; throws std::runtime_error if gnuplot fails.
inline bool draw(const std::filesystem::path& folder, const std::string& name) {
  const std::filesystem::path script = plot_script(name);
  if (!std::filesystem::exists(script)) return false;
  const WorkingDirectory there(folder);
  if (std::system("gnuplot --version >gnuplot.log 2>&1") != 0) {
    std::filesystem::remove("gnuplot.log");
    return false;
  }
  if (std::system(("gnuplot " + quoted(script) + " >gnuplot.log 2>&1").c_str()) != 0)
    throw std::runtime_error("gnuplot failed on " + script.string() + ", see " + (folder / "gnuplot.log").string());
  std::filesystem::remove("gnuplot.log");
  return true;
}

/// What to do where draw has drawn nothing.
inline void print_how_to_draw(const std::filesystem::path& folder, const std::string& name) {
  const std::filesystem::path script = plot_script(name);
  if (std::filesystem::exists(script))
    std::printf("No pictures, as gnuplot was not found. Install it (Debian: apt-get install gnuplot-nox), then\n");
  else
    std::printf("No pictures, as the program does not run where it was compiled. With the right path to the script:\n");
  std::printf("  cd %s && gnuplot %s\n", quoted(folder).c_str(), quoted(script).c_str());
}

/// draw of a script that makes a picture of its own name, and a line that says where this is.
inline void draw_picture(const std::filesystem::path& folder, const std::string& name) {
  if (draw(folder, name))
    std::printf("The picture is %s\n", (folder / (name + ".png")).string().c_str());
  else
    print_how_to_draw(folder, name);
}
