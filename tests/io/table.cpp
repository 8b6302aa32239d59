#include <bijou/io/table.hpp>

#include "support/catch.hpp"

TEST_CASE("a table finds its columns and names the place of a row", "[io]") {
  bijou::Table<float> table("x.npy", Eigen::MatrixXf::Zero(2, 3));
  CHECK(table.names == std::vector<std::string>{"c0", "c1"});
  CHECK_FALSE(table.has_names);
  CHECK(table.rows() == 3);
  CHECK(table.columns() == 2);
  CHECK(table.find("c1") == 1);
  CHECK_FALSE(table.find("c2").has_value());
  CHECK(table.place(1) == "x.npy, row 1");
  table.lines = {2, 3, 5};
  CHECK(table.place(2) == "x.npy, line 5");
}
