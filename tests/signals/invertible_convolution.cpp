#include <bijou/signals/invertible_convolution.hpp>
#include <Eigen/LU>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("InvertibleConvolution: laws", "[invertible_convolution]") {
  laws::check_bijector(registry::maker<registry::signals::InvertibleConvolution>, {.factors = {1, 0, 1e-8}});
}

TEST_CASE("InvertibleConvolution of more channels than a block: laws", "[invertible_convolution]") {
  laws::check_bijector([]<class T>(T, auto& rng) { return InvertibleConvolution<T>{3, PLUMatrix<T>{11, rng}}; },
                       {.factors = {1}});
  laws::check_bijector(
      []<class T>(T, auto&) { return InvertibleConvolution<T>{3, PLUMatrix<T>{Eigen::MatrixXd::Constant(1, 1, -2)}}; },
      {.factors = {1}});
}

TEST_CASE("InvertibleConvolution: the same values and log-dets with W and with its factors",
          "[invertible_convolution]") {
  std::mt19937_64 rng{1};
  for (const Index channels : {2, 8, 12}) {
    Eigen::MatrixXd w = laws::normals<double>(channels, channels, rng);
    const InvertibleConvolution<double> factors{5, PLUMatrix<double>{w}};
    const InvertibleConvolution<double, FreeMatrix<double>> free{5, FreeMatrix<double>{w}};
    const laws::Matrix<double> x = laws::normals<double>(5 * channels, 7, rng);
    const auto [z, log_det] = inverse_and_log_det(factors, x);
    const auto [same, same_log_det] = inverse_and_log_det(free, x);
    INFO(channels << " channels");
    CHECK(z.isApprox(same, 1e-12));
    CHECK(log_det.isApprox(same_log_det, 1e-12));
    for (Index p = 0; p < 5; ++p) {
      const laws::Matrix<double> pixel = x(Eigen::seqN(p, channels, 5), Eigen::all);
      CHECK(z(Eigen::seqN(p, channels, 5), Eigen::all).isApprox(w * pixel, 1e-12));
    }
    CHECK(log_det(0) == Approx(5 * std::log(std::abs(w.determinant()))).epsilon(1e-12));
    CHECK(factors.forward(z).isApprox(x, 1e-9));
  }
}

TEST_CASE("InvertibleConvolution starts as a rotation", "[invertible_convolution]") {
  std::mt19937_64 rng{1};
  const InvertibleConvolution<float> f{4, PLUMatrix<float>{6, rng}};
  const laws::Matrix<float> x = laws::normals<float>(24, 3, rng);
  const auto [z, log_det] = inverse_and_log_det(f, x);
  CHECK(z.colwise().norm().isApprox(x.colwise().norm(), 1e-5f));
  CHECK(log_det.cwiseAbs().maxCoeff() < 1e-5f);
}

TEST_CASE("InvertibleConvolution refuses an event without pixels", "[invertible_convolution]") {
  std::mt19937_64 rng{1};
  CHECK(message_of([&] { InvertibleConvolution<double>{0, PLUMatrix<double>{2, rng}}; }) ==
        "InvertibleConvolution: expected at least 1 pixel, got 0");
}
