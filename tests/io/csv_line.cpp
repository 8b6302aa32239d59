#include <bijou/io/csv_line.hpp>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou::detail;

TEST_CASE("a line of names, quoted where they need it, and a line of numbers", "[io]") {
  std::string text = "before\n";
  append_csv_names(text, {"a", "b,c", "say \"hi\"", " d", "", "e f"});
  append_csv_row(text, 3, [](bijou::Index i) { return static_cast<double>(i) / 10; });
  append_csv_row(text, 1, [](bijou::Index) { return 0.1f; });
  CHECK(text == "before\na,\"b,c\",\"say \"\"hi\"\"\",\" d\",\"\",e f\n0,0.1,0.2\n0.1\n");
}

TEST_CASE("names that would not be read as such are refused", "[io]") {
  const auto message = [](const std::vector<std::string>& names) {
    return message_of([&] { require_csv_names("here", names); });
  };
  CHECK(message({}) == "here: expected at least one column");
  CHECK(message({"a", "b", "a"}) == "here: two columns are named a");
  CHECK(message({"1", " 2"}) == "here: the names of the columns are numbers, expected one that is none");
  CHECK(message({"1", "a"}) == "nothing was thrown");
}
