#include "support/densities.hpp"
#include "support/flows.hpp"

using namespace bijou;
using namespace densities;

namespace {

// nll_gradient over every parameter, and score over every coordinate, against central differences.
template <class Flow>
void check_gradients(const Flow& flow, const Eigen::MatrixXd& x, double step) {
  const Index n = x.cols();
  Workspace workspace;
  Eigen::VectorXd gradient = Eigen::VectorXd::Constant(flow.parameter_count(), 5);  // overwritten
  const double nll = flow.nll_gradient(x, gradient, workspace);
  CHECK(nll == Approx(flow.nll(x)).epsilon(1e-14));
  Flow changed = flow;
  const Eigen::VectorXd expected = differences(
      [&](const Eigen::VectorXd& values) {
        changed.set_parameters(values);
        return changed.nll(x, workspace);
      },
      flow.parameters(), step);
  CHECK((gradient.array() != 0).count() > gradient.size() / 4);  // not the weights that a mask holds at zero
  CHECK(distance(gradient, expected) < 1e-7);

  const Eigen::MatrixXd score = flow.score(x);
  const Eigen::VectorXd by_x = differences(
      [&](const Eigen::VectorXd& flat) {
        return -static_cast<double>(n) * flow.nll(flat.reshaped(x.rows(), n), workspace);
      },
      x.reshaped(), step);
  CHECK(distance(score, by_x.reshaped(x.rows(), n)) < 1e-7);
  CHECK(flow.score(Eigen::Vector2d(x.col(0))).isApprox(score.col(0), 1e-12));
}

// The same flow in float.
template <class Double, class Float>
void check_float(const Double& flow, Float in_float) {
  in_float.set_parameters(flow.parameters().template cast<float>());
  std::mt19937_64 rng{10};
  const Eigen::MatrixXf x = in_float.sample(300, rng);
  const Eigen::MatrixXd same = x.cast<double>();
  const Eigen::VectorXd log_p = flow.log_prob(same);
  CHECK(distance(in_float.log_prob(x).template cast<double>(), log_p) < 1e-5);
  CHECK(distance(in_float.score(x).template cast<double>(), flow.score(same)) < 1e-4);
  Eigen::VectorXf gradient(in_float.parameter_count());
  Eigen::VectorXd expected(flow.parameter_count());
  CHECK(in_float.nll_gradient(x, gradient) == Approx(flow.nll_gradient(same, expected)).epsilon(1e-5));
  CHECK(distance(gradient.cast<double>(), expected) < 1e-4);

  rng.seed(11);
  std::mt19937_64 same_rng{11};
  CHECK(distance(in_float.sample(100, rng).template cast<double>(), flow.sample(100, same_rng)) < 1e-4);
}

}  // namespace

TEST_CASE("gradients of a smooth flow with a trained base", "[flow_gradients]") {
  std::mt19937_64 rng{1};
  const auto flow = flows::mixed<double>(1);
  for (const Index n : {1, 4, 131}) check_gradients(flow, flow.sample(n, rng), 1e-5);
}

// The step is small, so that few of the kinks of relu lie within it.
TEST_CASE("gradients of MAF and RealNVP", "[flow_gradients]") {
  std::mt19937_64 rng{2};
  const auto maf = flows::maf<double>(2);
  const auto real_nvp = flows::real_nvp<double>(3);
  check_gradients(maf, maf.sample(5, rng), 1e-6);
  check_gradients(real_nvp, real_nvp.sample(5, rng), 1e-6);
}

TEST_CASE("with a uniform base, gradients are those of the log-dets", "[flow_gradients]") {
  std::mt19937_64 rng{3};
  const auto flow = flows::boxed<double>(4);
  check_gradients(flow, flow.bijector.forward(Eigen::Matrix2Xd(0.9 * flow.base.sample(7, rng))), 1e-6);
}

TEST_CASE("float agrees with double", "[flow_gradients]") {
  check_float(flows::mixed<double>(5), flows::mixed<float>(6));
  check_float(flows::maf<double>(7), flows::maf<float>(8));
  check_float(flows::real_nvp<double>(9), flows::real_nvp<float>(10));
}
