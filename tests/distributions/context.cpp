#include <bijou/distributions/context.hpp>

#include "support/catch.hpp"

using bijou::detail::is_lent;

TEST_CASE("what has a name, and its blocks, are lent; temporaries and what is computed are not", "[context]") {
  using Matrix = Eigen::MatrixXd;
  static_assert(is_lent<Matrix&>);
  static_assert(is_lent<const Matrix&>);
  static_assert(!is_lent<Matrix>);
  static_assert(is_lent<Eigen::Block<const Matrix>>);
  static_assert(is_lent<Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>>);
  static_assert(is_lent<const Eigen::Vector3d&>);
  static_assert(!is_lent<Eigen::Ref<const Matrix>>);
  static_assert(is_lent<const Eigen::Ref<const Matrix>&>);
  static_assert(!is_lent<Eigen::Matrix<double, -1, -1, Eigen::RowMajor>&>);
  static_assert(!is_lent<Eigen::Map<const Matrix, 0, Eigen::Stride<-1, -1>>>);
  Matrix m(2, 3);
  static_assert(!is_lent<decltype(m + m)>);
  static_assert(is_lent<decltype(m.leftCols(2))>);
  static_assert(!is_lent<decltype(m.transpose())>);
  SUCCEED("checked at compile time");
}
