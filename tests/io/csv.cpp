#include <bijou/io/csv.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace bijou;

namespace {

std::string error_of(std::string_view text, char separator = 0) {
  return file_error_of([&] { parse_csv<double>(text, {.separator = separator}, "x.csv"); });
}

}  // namespace

TEST_CASE("read_csv finds names, separators and numbers", "[io]") {
  const auto table = parse_csv<double>("\xEF\xBB\xBF\"length, mm\";phi;\"two\nlines\"\r\n 1 ;+2e1;\"-3\"\r\n\r\n4;5;6");
  CHECK(table.names == std::vector<std::string>{"length, mm", "phi", "two\nlines"});
  CHECK(table.has_names);
  CHECK(table.values == Eigen::Matrix<double, 3, 2>{{1, 4}, {20, 5}, {-3, 6}});
  CHECK(table.lines == std::vector<std::size_t>{3, 5});
  CHECK(table.source == "bytes");

  const auto numbers = parse_csv<float>("1\t0.1\n\n\n2\t-0.2\n");
  CHECK(numbers.names == std::vector<std::string>{"c0", "c1"});
  CHECK_FALSE(numbers.has_names);
  CHECK(numbers.values == Eigen::Matrix2f{{1, 2}, {0.1f, -0.2f}});
  CHECK(numbers.lines == std::vector<std::size_t>{1, 4});

  CHECK(parse_csv<double>("a;b,c\n1,2\n", {.separator = ','}).names == std::vector<std::string>{"a;b", "c"});
  CHECK(parse_csv<double>("a,,b\n1,2,3\n").names == std::vector<std::string>{"a", "c1", "b"});
  CHECK(parse_csv<double>("x\r1\r2").values == Eigen::RowVector2d(1, 2));
  const auto special = parse_csv<double>("nan,inf,-inf\n").values;
  CHECK(std::isnan(special(0)));
  CHECK(special(1) == std::numeric_limits<double>::infinity());
  CHECK(special(2) == -special(1));
}

TEST_CASE("what is no table of numbers is refused with its place", "[io]") {
  CHECK(error_of("") == "x.csv: the file is empty");
  CHECK(error_of("\xEF\xBB\xBF\r\n\n") == "x.csv: the file is empty");
  CHECK(error_of("a,b\n") == "x.csv: there are no rows below the header");
  CHECK(error_of("a,b\n1,2\n3\n") == "x.csv, line 3: expected 2 fields, got 1");
  CHECK(error_of("a,b\n1,x4\n") == "x.csv, line 2, column b: x4 is no number");
  CHECK(error_of("a,b\n1,\n") == "x.csv, line 2, column b: the field is empty");
  CHECK(error_of("1,,3\n4,5,6\n") == "x.csv, line 1, column c1: the field is empty");
  CHECK(error_of("1,2\n1e999,4\n") == "x.csv, line 2, column c0: 1e999 is out of the range of a double");
  CHECK(file_error_of([] { parse_csv<float>("1\n-1e60\n"); }) ==
        "bytes, line 2, column c0: -1e60 is out of the range of a float");
  CHECK(error_of("a,b,a\n1,2,3\n") == "x.csv, line 1: two columns are named a");
  CHECK(error_of("c1,\n1,2\n") == "x.csv, line 1: two columns are named c1");
  CHECK(error_of("\"a\nb\",c\n1,2\n3,\"y\nz\"\n") == "x.csv, line 4, column c: y\nz is no number");
  CHECK(error_of("a,b\n1,\"2\n3,4\n") ==
        "x.csv, line 2: a quoted field does not end, or a quote stands inside a field without quotes");
  CHECK(error_of("a,b\n1,2\"3\n") ==
        "x.csv, line 2: a quoted field does not end, or a quote stands inside a field without quotes");
  CHECK(error_of("1\n" + std::string(100, 'x')) ==
        "x.csv, line 2, column c0: " + std::string(40, 'x') + "... is no number");
  using namespace std::string_view_literals;
  const std::string zero = ": has a byte 0: UTF-16 or no text, expected UTF-8";
  CHECK(error_of("x,y\n1,2\n3,4\0005\n"sv) == "x.csv, line 3" + zero);
  CHECK(error_of("x\r\n\r1\r2\0\0"sv) == "x.csv, line 4" + zero);
  CHECK(error_of("\0"sv) == "x.csv, line 1" + zero);
  CHECK(error_of("\xFF\xFEx\0,\0y\0\r\0\n\0"sv) == "x.csv, line 1" + zero);
  CHECK(error_of("a,b\n1,2\n", ';') == "x.csv, line 2, column a,b: 1,2 is no number");
}

TEST_CASE("a CSV file that ends anywhere is read or refused", "[io]") {
  const std::string text = "\"a,\"\"1\"\"\",b\r\n1.5,\"2\"\r\n-3e4,4\n";
  const std::size_t second_row = text.find("-3e4");
  for (std::size_t size = 0; size < text.size(); ++size) {
    CAPTURE(size);
    const std::string start = text.substr(0, size);
    const bool is_whole =
        size == second_row - 1 || size == second_row || size == second_row - 2 || size + 1 == text.size();
    CHECK((error_of(start) == "nothing was thrown") == is_whole);
  }
}

TEST_CASE("what write_csv writes is read again", "[io]") {
  const TemporaryFolder folder;
  std::mt19937_64 rng{0};
  std::uniform_int_distribution<int> exponent(-300, 300);
  Eigen::MatrixXd events(4, 1000);
  for (double& x : events.reshaped()) x = std::ldexp(std::uniform_real_distribution<>(-1, 1)(rng), exponent(rng));
  const std::vector<std::string> names{" a", "b\"c\"", "", "1"};
  write_csv(folder / "a.csv", names, events);
  const auto table = read_csv<double>(folder / "a.csv");
  CHECK(table.values == events);
  CHECK(table.names == std::vector<std::string>{" a", "b\"c\"", "c2", "1"});
  CHECK(table.place(0) == (folder / "a.csv").string() + ", line 2");

  const Eigen::MatrixXf rounded = Eigen::MatrixXf::Random(2, 1000);
  write_csv(folder / "b.csv", {"x", "y"}, rounded);
  CHECK(read_csv<float>(folder / "b.csv").values == rounded);
  CHECK(file_error_of([&] { read_csv<float>(folder / "none.csv"); }) ==
        (folder / "none.csv").string() + ": cannot be read: No such file or directory");
}
