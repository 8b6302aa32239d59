#pragma once

#include <bijou/core/language.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

namespace bijou::detail {

/// Whether a file is a terminal on which a line can be written over.
inline bool is_terminal(std::FILE* file) {
#if __has_include(<unistd.h>)
  const char* const kind = std::getenv("TERM");
  return kind != nullptr && std::string_view(kind) != "dumb" && ::isatty(::fileno(file)) == 1;
#else
  static_cast<void>(file);
  return false;
#endif
}

/// A line of a terminal that is written over until it ends, or lines of a log below each other. Ends with the object; a
/// copy is a line that has not begun.
class StatusLine {
 public:
  StatusLine(std::FILE* file, bool in_place) : file_(file), in_place_(in_place) {}
  StatusLine(const StatusLine& other) : StatusLine(other.file_, other.in_place_) {}
  StatusLine(StatusLine&& other) noexcept
      : file_(other.file_),
        in_place_(other.in_place_),
        is_open_(std::exchange(other.is_open_, false)),
        waiting_(std::exchange(other.waiting_, {})) {}
  StatusLine& operator=(StatusLine other) noexcept {
    std::swap(file_, other.file_);
    std::swap(in_place_, other.in_place_);
    std::swap(is_open_, other.is_open_);
    std::swap(waiting_, other.waiting_);
    return *this;
  }
  ~StatusLine() { end(); }

  bool in_place() const { return in_place_; }

  void show(std::string text) {
    waiting_ = std::move(text);
    write();
  }

  /// Shows the text at the end, unless another comes before it.
  void keep(std::string text) { waiting_ = std::move(text); }

  void end() {
    if (!waiting_.empty()) write();
    if (!std::exchange(is_open_, false)) return;
    std::fputc('\n', file_);
    std::fflush(file_);
  }

 private:
  void write() {
    // Without wrapping at the edge of the terminal, as a line of two rows would not be written over; ESC [K clears what
    // is left of a longer line before.
    std::fprintf(file_, in_place_ ? "\r\033[?7l%s\033[K\033[?7h" : "%s\n", waiting_.c_str());
    std::fflush(file_);
    is_open_ = in_place_;
    waiting_.clear();
  }

  std::FILE* file_;
  bool in_place_;
  bool is_open_ = false;
  std::string waiting_;
};

}  // namespace bijou::detail
