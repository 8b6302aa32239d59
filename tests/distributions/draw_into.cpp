#include <bijou/distributions/draw_into.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <random>

#include "support/catch.hpp"

TEST_CASE("draws are the same in memory of any order", "[draw_into]") {
  const bijou::StandardNormal<double, 3> p;
  bijou::Workspace workspace;
  const auto drawn = [&](auto x) {
    std::mt19937_64 rng{1};
    bijou::detail::draw_into(p, x, rng, workspace);
    return Eigen::MatrixXd(x);
  };
  const Eigen::MatrixXd expected = drawn(Eigen::MatrixXd(3, 5));
  CHECK(drawn(Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>(3, 5)) == expected);
  Eigen::MatrixXd wide(6, 5);
  CHECK(drawn(wide.topRows(3)) == expected);
  CHECK(drawn(wide(Eigen::seq(0, 5, 2), Eigen::seqN(0, 5))) == expected);
}
