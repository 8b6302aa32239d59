#include <bijou/signals/channel_matrices.hpp>
#include <Eigen/LU>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("FreeMatrix: laws of a convolution with it", "[channel_matrices]") {
  laws::check_bijector(registry::maker<registry::signals::FreeConvolution>, {.factors = {1}});
}

TEST_CASE("PLUMatrix gives back the matrix that it is made of", "[channel_matrices]") {
  std::mt19937_64 rng{1};
  for (const Index size : {1, 2, 5, 16}) {
    const Eigen::MatrixXd w = laws::normals<double>(size, size, rng);
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> written(size, size);
    const PLUMatrix<double> matrix(w);
    matrix.write(written.data());
    CHECK(written.isApprox(w, 1e-13));
    CHECK(matrix.log_diagonal().sum() == Approx(std::log(std::abs(w.determinant()))).epsilon(1e-12));
    CHECK(matrix.state_error().empty());
  }
}

TEST_CASE("PLUMatrix is never singular, wherever noise takes its parameters", "[channel_matrices]") {
  std::mt19937_64 rng{1};
  InvertibleConvolution<float> f{4, PLUMatrix<float>{3, rng}};
  Eigen::VectorXf parameters(parameter_count(f));
  copy_parameters(f, parameters);
  bool is_finite = true;
  for (int step = 0; step < 10'000; ++step) {
    for (float& number : parameters) number += static_cast<float>(0.1 * normal(rng));
    assign_parameters(f, parameters);
    is_finite = is_finite && std::isfinite(inverse_log_det(f, Eigen::VectorXf(Eigen::VectorXf::Ones(12))));
  }
  CHECK(is_finite);
  CHECK(parameters.cwiseAbs().maxCoeff() > 5);
}

TEST_CASE("matrices that are refused", "[channel_matrices]") {
  std::mt19937_64 rng{1};
  CHECK(message_of([&] { PLUMatrix<double>{0, rng}; }) == "PLUMatrix: events need at least one row, got 0");
  CHECK(message_of([&] { PLUMatrix<double>{Eigen::MatrixXd::Zero(2, 2)}; }) ==
        "PLUMatrix: expected a matrix that is not singular");
  CHECK(message_of([&] { PLUMatrix<double>{Eigen::MatrixXd::Ones(2, 3)}; }) ==
        "PLUMatrix: expected columns of size 2, got 3");
  using Matrix = FreeMatrix<double>::Matrix;
  CHECK(message_of([&] { FreeMatrix<double>{Matrix::Ones(2, 3)}; }) == "FreeMatrix: expected columns of size 2, got 3");
}
