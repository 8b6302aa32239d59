#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <map>
#include <stdexcept>
#include <string>

// What programs share that a script starts and that answer with a line of JSON.

/// Seconds since it was made, of this process on a processor and on the wall.
class Watch {
 public:
  double cpu() const { return static_cast<double>(std::clock() - clock_) / CLOCKS_PER_SEC; }
  double wall() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_).count(); }
  void print(const char* what) const {
    std::printf(", \"%s_cpu\": %.4g, \"%s_wall\": %.4g", what, cpu(), what, wall());
  }

 private:
  std::clock_t clock_ = std::clock();
  std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
};

/// The arguments name=value, behind what is to be done.
class Arguments {
 public:
  Arguments(int argc, char** argv) {
    for (int i = 2; i < argc; ++i) {
      const std::string argument = argv[i];
      const std::size_t place = argument.find('=');
      if (place == std::string::npos) throw std::invalid_argument("expected name=value, got " + argument);
      values_[argument.substr(0, place)] = argument.substr(place + 1);
    }
  }

  std::string text(const std::string& name) const {
    if (!has(name)) throw std::invalid_argument("expected an argument " + name);
    return values_.at(name);
  }
  double number(const std::string& name) const { return std::stod(text(name)); }
  long whole(const std::string& name) const { return std::stol(text(name)); }
  double number(const std::string& name, double otherwise) const {
    return has(name) ? std::stod(values_.at(name)) : otherwise;
  }
  long whole(const std::string& name, long otherwise) const {
    return has(name) ? std::stol(values_.at(name)) : otherwise;
  }

 private:
  bool has(const std::string& name) const { return values_.count(name) > 0; }

  std::map<std::string, std::string> values_;
};
