#pragma once

#include <bijou/core/index.hpp>
#include <bijou/core/raise.hpp>
#include <concepts>
#include <cstdio>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bijou::detail {

/// A piece of an error message: text, or a number as text.
class MessagePiece {
 public:
  MessagePiece(std::string_view text) : text_(text) {}
  MessagePiece(const std::string& text) : text_(text) {}
  MessagePiece(const char* text) : text_(text) {}
  MessagePiece(std::integral auto n) { print("%lld", static_cast<long long>(n)); }
  MessagePiece(std::floating_point auto x) {
    if (x != x)
      text_ = "nan";  // without the sign that some C libraries print
    else
      print("%g", static_cast<double>(x));
  }

  void append_to(std::string& message) const { message.append(text_.empty() ? std::string_view(number_) : text_); }

 private:
  void print(const char* format, auto number) { std::snprintf(number_, sizeof number_, format, number); }

  std::string_view text_;
  char number_[32] = "";
};

inline std::string joined(std::initializer_list<MessagePiece> pieces) {
  std::string message;
  for (const MessagePiece& piece : pieces) piece.append_to(message);
  return message;
}

/// Raises std::invalid_argument("caller: what"). Out of line, so that checks cost one branch.
template <class... Pieces>
[[noreturn]] void throw_invalid_argument(std::string_view caller, Pieces... what) {
  raise(std::invalid_argument(joined({caller, ": ", what...})));
}

/// Throws for what a state_error() has found, if anything.
inline void require_no_error(std::string_view caller, const std::string& error) {
  if (!error.empty()) throw_invalid_argument(caller, error);
}

inline void require_rows(std::string_view caller, Index expected, Index given) {
  if (given != expected) throw_invalid_argument(caller, "expected events of ", expected, " rows, got ", given);
}

/// The same number; an event has at least one coordinate.
inline Index require_coordinates(std::string_view caller, Index event_size) {
  if (event_size < 1) throw_invalid_argument(caller, "events need at least one row, got ", event_size);
  return event_size;
}

inline void require_size(std::string_view caller, std::string_view of, Index expected, Index given) {
  if (given != expected) throw_invalid_argument(caller, "expected ", of, " of size ", expected, ", got ", given);
}

/// Refuses the index of a `what` that is none of 0, ..., count - 1.
inline void require_index(std::string_view caller, std::string_view what, Index count, Index given) {
  if (given < 0 || given >= count)
    throw_invalid_argument(caller, "expected ", what, " in 0, ..., ", count - 1, ", got ", given);
}

/// Refuses the first entry that is not good(entry): "caller: what, got 0 in coordinate 1".
template <class V, class Good>
void require_each(std::string_view caller, std::string_view what, const V& values, Good good) {
  for (Index i = 0; i < values.size(); ++i) {
    if (!good(values(i))) throw_invalid_argument(caller, what, ", got ", values(i), " in coordinate ", i);
  }
}

}  // namespace bijou::detail
