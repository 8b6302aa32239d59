#include <bijou/numerics/small_matrices.hpp>
#include <Eigen/LU>
#include <Eigen/QR>
#include <limits>
#include <vector>

#include "support/catch.hpp"

using bijou::Index;
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

namespace {

/// f(matrix) for random matrices of several sizes.
template <class F>
void for_random_matrices(unsigned seed, F f) {
  std::srand(seed);
  for (const Index size : {1, 2, 3, 8, 48}) {
    INFO(size);
    f(Matrix(Matrix::Random(size, size)));
  }
}

}  // namespace

TEST_CASE("invert_in_place: inverse and ln|det|", "[small_matrices]") {
  for_random_matrices(1, [](const Matrix& m) {
    const Index size = m.rows();
    Matrix inverse = m;
    std::vector<Index> swaps(static_cast<std::size_t>(size));
    const double log_det = bijou::detail::invert_in_place(inverse.data(), size, swaps.data());
    CHECK((inverse * m).isApprox(Matrix::Identity(size, size), 1e-10));
    CHECK(log_det == Approx(std::log(std::abs(m.determinant()))).epsilon(1e-12));
  });
}

TEST_CASE("invert_in_place: a zero on the diagonal, and a singular matrix", "[small_matrices]") {
  double swapped[] = {0, 2, 1, 0};
  Index swaps[2];
  CHECK(bijou::detail::invert_in_place(swapped, 2, swaps) == Approx(std::log(2.0)));
  CHECK(swapped[1] == 1);
  CHECK(swapped[2] == 0.5);
  double singular[] = {1, 2, 2, 4};
  CHECK(bijou::detail::invert_in_place(singular, 2, swaps) == -std::numeric_limits<double>::infinity());
}

TEST_CASE("factorize_in_place: the factors of Eigen's LU", "[small_matrices]") {
  for_random_matrices(2, [](const Matrix& m) {
    const Index size = m.rows();
    Matrix factors = m;
    std::vector<int> rows(static_cast<std::size_t>(size));
    REQUIRE(bijou::detail::factorize_in_place(factors.data(), size, rows.data()));
    const Eigen::PartialPivLU<Eigen::MatrixXd> expected(m);
    CHECK(factors.isApprox(expected.matrixLU(), 1e-10));
    Matrix lower = factors.triangularView<Eigen::UnitLower>();
    const Matrix product = lower * factors.triangularView<Eigen::Upper>();
    for (Index i = 0; i < size; ++i)
      CHECK((product.row(i) - m.row(rows[static_cast<std::size_t>(i)])).cwiseAbs().maxCoeff() < 1e-13);
  });
}

TEST_CASE("factorize_in_place: a zero on the diagonal, and singular matrices", "[small_matrices]") {
  double swapped[] = {0, 2, 1, 0};
  int rows[2];
  CHECK(bijou::detail::factorize_in_place(swapped, 2, rows));
  CHECK(rows[0] == 1);
  CHECK(rows[1] == 0);
  double singular[] = {1, 2, 2, 4};
  CHECK_FALSE(bijou::detail::factorize_in_place(singular, 2, rows));
  double zero[] = {0};
  CHECK_FALSE(bijou::detail::factorize_in_place(zero, 1, rows));
}

TEST_CASE("orthogonal_factor: the factor of Eigen's QR", "[small_matrices]") {
  for_random_matrices(3, [](Eigen::MatrixXd m) {
    const Index size = m.rows();
    if (size == 8) m.col(2) = m.col(1);  // of a smaller rank
    if (size == 3) m.setZero();
    const Eigen::MatrixXd expected = Eigen::HouseholderQR<Eigen::MatrixXd>(m).householderQ();
    Matrix q(size, size);
    Eigen::MatrixXd overwritten = m;
    bijou::detail::orthogonal_factor(overwritten.data(), q.data(), size);
    CHECK((q.transpose() * q).isApprox(Matrix::Identity(size, size), 1e-13));
    const Eigen::MatrixXd upper = q.transpose() * m;
    CHECK(Eigen::MatrixXd(upper.triangularView<Eigen::StrictlyLower>()).cwiseAbs().maxCoeff() < 1e-13);
    if (size != 8) CHECK(q.isApprox(expected, 1e-12));
  });
}
