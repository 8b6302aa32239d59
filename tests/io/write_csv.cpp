#include <bijou/io/write_csv.hpp>
#include <limits>

#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

using namespace bijou;

TEST_CASE("write_csv writes a line for each event", "[io]") {
  const TemporaryFolder folder;
  Eigen::Matrix2Xf events(2, 3);
  events << 1, 0.1f, -1e20f, 2, -0.0f, std::numeric_limits<float>::infinity();
  write_csv(folder / "a.csv", {"x", "y"}, events);
  CHECK(bytes_of(folder / "a.csv") == "x,y\n1,2\n0.1,-0\n-1e+20,inf\n");
  write_csv(folder / "a.csv", {"sum"}, events.colwise().sum().leftCols(1));
  CHECK(bytes_of(folder / "a.csv") == "sum\n3\n");
  write_csv(folder / "a.csv", {"a,b", "say \"hi\"", " c", "", "d\n"}, Eigen::MatrixXd(5, 0));
  CHECK(bytes_of(folder / "a.csv") == "\"a,b\",\"say \"\"hi\"\"\",\" c\",\"\",\"d\n\"\n");
}

TEST_CASE("CsvWriter writes rows as they come, and nothing without commit", "[io]") {
  const TemporaryFolder folder;
  {
    CsvWriter file(folder / "a.csv", {"n", "n^2"});
    for (int i = 0; i < 20'000; ++i) file.row(Eigen::Array2d(i, i * i));
    CHECK(message_of([&] { file.row(Eigen::Array3d(1, 2, 3)); }) == "CsvWriter: expected a row of 2 numbers, got 3");
    file.commit();
    CsvWriter lost(folder / "b.csv", {"n"});
  }
  const std::string text = bytes_of(folder / "a.csv");
  CHECK(std::count(text.begin(), text.end(), '\n') == 20'001);
  CHECK(text.ends_with("\n19999,399960001\n"));
  CHECK_FALSE(std::filesystem::exists(folder / "b.csv"));
}

TEST_CASE("write_csv refuses what would not be read as it is", "[io]") {
  const TemporaryFolder folder;
  const Eigen::Matrix2d events = Eigen::Matrix2d::Zero();
  const auto message = [&](const std::vector<std::string>& names) {
    return message_of([&] { write_csv(folder / "a.csv", names, events); });
  };
  CHECK(message({"x"}) == "write_csv: expected events of 1 rows, one for each name, got 2");
  CHECK(message({"x", "x"}) == "CsvWriter: two columns are named x");
  CHECK(message({"1", "+2.5"}) == "CsvWriter: the names of the columns are numbers, expected one that is none");
  CHECK(message_of([&] { write_csv(folder / "a.csv", {}, Eigen::MatrixXd(0, 3)); }) ==
        "CsvWriter: expected at least one column");
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK(file_error_of([&] { write_csv(folder / "none/a.csv", {"x", "y"}, events); }) ==
        (folder / "none/a.csv").string() + ": cannot be opened for writing: No such file or directory");
}
