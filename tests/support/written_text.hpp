#pragma once

#include <cstdio>
#include <string>

/// A file, and what was written to it.
class WrittenText {
 public:
  WrittenText() = default;
  WrittenText(const WrittenText&) = delete;
  WrittenText& operator=(const WrittenText&) = delete;
  ~WrittenText() { std::fclose(file_); }

  std::FILE* file() { return file_; }

  /// Since the last call.
  std::string taken() {
    std::fflush(file_);
    std::fseek(file_, taken_, SEEK_SET);
    std::string text;
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) text += static_cast<char>(c);
    taken_ = std::ftell(file_);
    std::fseek(file_, 0, SEEK_END);
    return text;
  }

 private:
  std::FILE* file_ = std::tmpfile();
  long taken_ = 0;
};
