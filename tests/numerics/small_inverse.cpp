#include <bijou/numerics/small_inverse.hpp>
#include <Eigen/LU>
#include <limits>
#include <vector>

#include "support/catch.hpp"

using bijou::Index;

TEST_CASE("invert_in_place: inverse and ln|det|", "[small_inverse]") {
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  std::srand(1);
  for (const Index size : {1, 2, 3, 8, 48}) {
    const Matrix m = Matrix::Random(size, size);
    Matrix inverse = m;
    std::vector<Index> swaps(static_cast<std::size_t>(size));
    const double log_det = bijou::detail::invert_in_place(inverse.data(), size, swaps.data());
    INFO(size);
    CHECK((inverse * m).isApprox(Matrix::Identity(size, size), 1e-10));
    CHECK(log_det == Approx(std::log(std::abs(m.determinant()))).epsilon(1e-12));
  }
}

TEST_CASE("invert_in_place: a zero on the diagonal, and a singular matrix", "[small_inverse]") {
  double swapped[] = {0, 2, 1, 0};
  Index swaps[2];
  CHECK(bijou::detail::invert_in_place(swapped, 2, swaps) == Approx(std::log(2.0)));
  CHECK(swapped[1] == 1);
  CHECK(swapped[2] == 0.5);
  double singular[] = {1, 2, 2, 4};
  CHECK(bijou::detail::invert_in_place(singular, 2, swaps) == -std::numeric_limits<double>::infinity());
}
