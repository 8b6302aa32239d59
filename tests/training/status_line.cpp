#include <bijou/training/status_line.hpp>
#include <optional>
#include <utility>

#include "support/catch.hpp"
#include "support/written_text.hpp"

using bijou::detail::StatusLine;

TEST_CASE("A line in place is written over, and ended once", "[status_line]") {
  WrittenText text;
  std::optional<StatusLine> line{std::in_place, text.file(), true};
  line->show("one");
  CHECK(text.taken() == "\r\033[?7lone\033[K\033[?7h");
  line->keep("two");
  line->keep("three");
  CHECK(text.taken().empty());
  line->show("four");
  CHECK(text.taken() == "\r\033[?7lfour\033[K\033[?7h");
  line->keep("five");
  line->end();
  CHECK(text.taken() == "\r\033[?7lfive\033[K\033[?7h\n");
  line->end();
  line.reset();
  CHECK(text.taken().empty());
}

TEST_CASE("Lines of a log stand below each other", "[status_line]") {
  WrittenText text;
  {
    StatusLine line{text.file(), false};
    line.show("one");
    line.keep("two");
    line.show("three");
    line.keep("four");
    CHECK(text.taken() == "one\nthree\n");
  }
  CHECK(text.taken() == "four\n");
}

TEST_CASE("A line ends with the object that holds it, and a copy has not begun", "[status_line]") {
  WrittenText text;
  std::optional<StatusLine> line{std::in_place, text.file(), true};
  line->show("one");
  text.taken();
  {
    const StatusLine copy = *line;
    CHECK(copy.in_place());
  }
  CHECK(text.taken().empty());
  std::optional<StatusLine> moved = std::move(*line);
  line.reset();
  CHECK(text.taken().empty());
  *moved = StatusLine{text.file(), false};
  CHECK(text.taken() == "\n");
  CHECK_FALSE(moved->in_place());
}
