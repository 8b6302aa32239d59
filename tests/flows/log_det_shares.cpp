#include <bijou/flows/log_det_shares.hpp>
#include <bijou/signals/invertible_convolution.hpp>
#include <cmath>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"
#include "support/signal_flows.hpp"

using namespace bijou;

TEST_CASE("log_det_shares are those of the coordinates, through permutations and slices", "[log_det_shares]") {
  std::mt19937_64 rng{1};
  const laws::Matrix<double> x = laws::normals<double>(4, 200, rng);
  using Norm = ActNorm<double, Eigen::Dynamic>;
  Eigen::Matrix<double, 2, Eigen::Dynamic> parameters(2, 4);
  parameters << 0, 0, 0, 0, 1, 2, 3, 4;
  const Norm norm(parameters);
  CHECK(log_det_shares(norm, x) == Eigen::Vector4d(1, 2, 3, 4));
  // From data to noise: coordinate 3 comes first, then 0, 1, 2.
  const Permute<Eigen::Dynamic> rotate{std::vector<int>{1, 2, 3, 0}};
  CHECK(rotate.inverse(Eigen::Vector4d(0, 1, 2, 3)) == Eigen::Vector4d(3, 0, 1, 2));
  CHECK(log_det_shares(Chain{rotate, norm}, x) == Eigen::Vector4d(2, 3, 4, 1));
  const Norm two(parameters.leftCols(2));
  CHECK(log_det_shares(OnSlice(4, {3, 1}, two), x) == Eigen::Vector4d(0, 2, 0, 1));
  CHECK(log_det_shares(EachPixel{2, two}, x) == Eigen::Vector4d(1, 1, 2, 2));
  CHECK(log_det_shares(DynamicChain{norm, norm}, x) == Eigen::Vector4d(2, 4, 6, 8));
}

TEST_CASE("log_det_shares sum to the mean log-det", "[log_det_shares]") {
  std::mt19937_64 rng{1};
  const laws::Matrix<double> x = laws::normals<double>(4, 200, rng);
  const auto coupling = [&] {
    RealNVP<double, Eigen::Dynamic> made(4, 2, NetworkOptions{8}, rng);
    for_each_parameter(made, [&](auto& p) { p.setRandom(); });
    return made;
  };
  const InvertibleConvolution<double> mixing{2, PLUMatrix<double>{Eigen::MatrixXd{{2.0, 1.0}, {0.5, 3.0}}}};
  const auto first = coupling();
  CHECK(log_det_shares(first, x).head(2) == Eigen::Vector2d::Zero());
  const Chain f{first, Permute<4>{2, 0, 3, 1}, coupling(), mixing, Affine<double, 4>{{1, 2, 3, 4}, {2, 3, 4, 5}}};
  const Eigen::VectorXd shares = log_det_shares(f, x);
  CHECK(shares.sum() == Approx(f.inverse_log_det(x).mean()));
  CHECK(shares.maxCoeff() > shares.minCoeff() + 0.1);
}

TEST_CASE("log_det_shares looks into flows of signals", "[log_det_shares]") {
  std::mt19937_64 rng{1};
  const laws::Matrix<double> x = laws::normals<double>(16, 200, rng);
  // At the start the coupling of a single step scales the channels of the lower two pixels of each squeezed four.
  const flows::Glow<double> fresh{{.shape = {1, 4, 4}, .levels = 1, .steps = 1, .width = 4}, rng};
  const Eigen::Array4d row = Eigen::Array4d::Constant(std::log(1 / (1 + std::exp(-2.0)) + 1e-3));
  Eigen::ArrayXd expected(16);
  expected << Eigen::Array4d::Zero(), row, Eigen::Array4d::Zero(), row;
  CHECK(log_det_shares(fresh.bijector, x).isApprox(expected.matrix(), 1e-12));

  const auto check_sum = [&](const AnyBijector<double>& f) {
    const Eigen::VectorXd shares = log_det_shares(f, x);
    CHECK(shares.sum() == Approx(f.inverse_log_det(x).mean()));
    CHECK(shares.maxCoeff() > shares.minCoeff() + 0.1);
  };
  const flows::Glow<double> glow{{.shape = {1, 4, 4}, .levels = 2, .steps = 2, .width = 4}, rng};
  check_sum(signal_flows::scattered(glow, 0.3).bijector);
  const flows::FloWaveNet<double> audio{{.samples = 16, .blocks = 2, .flows = 2, .width = 4, .blocks_per_split = 1},
                                        rng};
  check_sum(signal_flows::scattered(audio, 0.3).bijector);
}

TEST_CASE("order_by_share brings the larger channels to the front", "[log_det_shares]") {
  const SignalShape shape{3, 1, 2};
  const auto order = order_by_share(shape, (Eigen::VectorXd(6) << 1, 1, -1, 0, 5, 0).finished());
  const Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(6, 0, 5);
  CHECK(order.inverse(x) == (Eigen::VectorXd(6) << 4, 5, 0, 1, 2, 3).finished());
  CHECK(order.forward(order.inverse(x)) == x);
  CHECK(message_of([&] { order_by_share(shape, Eigen::VectorXd::Zero(5)); }) ==
        "order_by_share: expected shares of size 6, got 5");
}
