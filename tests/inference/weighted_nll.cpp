#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/inference/weighted_nll.hpp>
#include <bijou/training/sgd.hpp>
#include <limits>
#include <random>

#include "support/catch.hpp"
#include "support/losses.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

DiagonalNormal<double, 2> normal_fit() { return {Eigen::Vector2d::Zero(), Eigen::Vector2d::Ones()}; }

}  // namespace

TEST_CASE("weighted nll: of whole numbers that of repeated events", "[weighted_nll]") {
  const auto flow = losses::flow(1);
  std::mt19937_64 rng{2};
  const Eigen::Matrix2Xd x = losses::normals(2, 200, rng);
  Eigen::VectorXi weights(200);
  for (int& w : weights) w = static_cast<int>(uniform_index(rng, 4));
  Eigen::Matrix2Xd repeated(2, weights.sum());
  Index at = 0;
  for (Index n = 0; n < 200; ++n) {
    for (int i = 0; i < weights(n); ++i) repeated.col(at++) = x.col(n);
  }
  Eigen::VectorXd gradient(flow.parameter_count()), expected(flow.parameter_count());
  const double nll = flow.nll_gradient(repeated, expected);
  const Eigen::VectorXd w = weights.cast<double>();
  CHECK(weighted_nll(flow, x, w) == Approx(nll).epsilon(1e-13));
  CHECK(weighted_nll_gradient(flow, x, w, gradient) == Approx(nll).epsilon(1e-13));
  CHECK(gradient.isApprox(expected, 1e-12));
  // Whatever their common factor, of either sign, and of another scalar.
  CHECK(weighted_nll_gradient(flow, x, (-1e9 * w.cast<float>()).eval(), gradient) == Approx(nll).epsilon(1e-13));
  CHECK(gradient.isApprox(expected, 1e-12));
}

TEST_CASE("weighted nll: weights of both signs, against differences, under contexts", "[weighted_nll]") {
  std::mt19937_64 rng{3};
  Workspace workspace;
  const Eigen::Matrix2Xd x = losses::normals(2, 150, rng);
  const Eigen::MatrixXd context = losses::normals(2, 150, rng);
  const Eigen::VectorXd w = losses::normals(1, 150, rng).array().row(0) + 0.5;
  const auto flow = losses::conditional_flow(4);
  Eigen::VectorXd gradient(flow.parameter_count());
  const double value = weighted_nll_gradient(flow.given(context), x, w, gradient, workspace);
  CHECK(value == Approx(-w.dot(flow.given(context).log_prob(x)) / w.sum()).epsilon(1e-12));
  CHECK(value == Approx(weighted_nll(flow.given(context), x, w, workspace)).epsilon(1e-12));
  losses::check_differences(flow, gradient, [&](const auto& q) { return weighted_nll(q.given(context), x, w); });
}

TEST_CASE("weighted nll: an event of no weight may lie anywhere", "[weighted_nll]") {
  const auto p = normal_fit();
  const Eigen::Matrix2d x{{0, std::numeric_limits<double>::infinity()}, {0, 0}};
  CHECK(weighted_nll(p, x, Eigen::Vector2d(2, 0)) == Approx(std::log(2 * 3.14159265358979)));
}

TEST_CASE("weighted nll: what is refused", "[weighted_nll]") {
  const auto p = normal_fit();
  const Eigen::Matrix2Xd x = Eigen::Matrix2Xd::Zero(2, 3);
  const auto message = [&](const Eigen::VectorXd& w) { return message_of([&] { weighted_nll(p, x, w); }); };
  CHECK(message(Eigen::Vector3d(1, not_a_number, 1)) == "weighted_nll: expected finite weights, got nan in place 1");
  CHECK(message(Eigen::Vector2d(1, 1)) == "weighted_nll: expected weights of size 3, got 2");
  CHECK(message(Eigen::Vector3d(0.1, 0.2, -0.3)) == "weighted_nll: the sum of the weights is zero, to rounding");
  CHECK(message(Eigen::Vector3d::Zero()) == "weighted_nll: the sum of the weights is zero, to rounding");
  CHECK(message_of([&] { weighted_nll(p, x, Eigen::Vector3f(0.1f, 0.2f, -0.3f)); }) ==
        "weighted_nll: the sum of the weights is zero, to rounding");
  CHECK(message(Eigen::Vector3d(1, -1, 1e-12)) == "nothing was thrown");
  CHECK_THROWS_AS(weighted_nll(p, Eigen::Matrix2Xd(2, 0), Eigen::VectorXd(0)), std::invalid_argument);

  auto fitted = normal_fit();
  std::mt19937_64 rng{1};
  const auto refused = [&](const Eigen::VectorXd& w, const FitOptions& options) {
    return message_of([&] { fit_weighted(fitted, Eigen::Matrix2Xd::Random(2, 4).eval(), w, options, rng); });
  };
  CHECK(refused(Eigen::Vector4d(1, 1, 1, not_a_number), {}) ==
        "fit_weighted: expected finite weights, got nan in place 3");
  CHECK(refused(Eigen::Vector4d(1, -1, 2, -2), {}) == "fit_weighted: the sum of the weights is zero, to rounding");
  CHECK(refused(Eigen::Vector4d(0, 0, 0, 1), {.validation_fraction = 0.25}).find("with is zero") != std::string::npos);
}

TEST_CASE("weighted nll: a fit finds the weighted moments", "[weighted_nll]") {
  std::mt19937_64 rng{5};
  const Eigen::Matrix2Xd x = losses::normals(2, 400, rng);
  Eigen::RowVectorXd w = (0.8 * x.row(0)).array().exp();
  w.head(100) *= -0.2;
  const Eigen::Vector2d mean = x * w.transpose() / w.sum();
  auto p = normal_fit();
  SGD<double> optimizer;
  const auto history = fit_weighted(p, x, w, {.epochs = 600, .batch_size = 400, .learning_rate = 0.05}, rng, optimizer);
  CHECK((p.parameters().head(2) - mean).norm() < 1e-3);
  CHECK(history.train_nll.back() == Approx(weighted_nll(p, x, w)).epsilon(1e-6));
}

TEST_CASE("weighted nll: batches are unbiased, the validation loss is that of its events", "[weighted_nll]") {
  // Without steps the mean over the batches of an epoch is the loss itself, whatever the weights in a batch.
  std::mt19937_64 rng{6};
  const Eigen::Matrix2Xd x = losses::normals(2, 103, rng);
  const Eigen::VectorXd w = losses::normals(1, 103, rng).array().row(0) + 0.3;
  auto p = normal_fit();
  const auto none =
      fit_weighted(p, x, w, {.epochs = 2, .batch_size = 10, .schedule = [](Index, Index) { return 0.0; }}, rng);
  CHECK(none.train_nll[0] == Approx(weighted_nll(p, x, w)).epsilon(1e-12));
  CHECK(none.train_nll[1] == Approx(weighted_nll(p, x, w)).epsilon(1e-12));

  // Equal weights: as fit, with patience and contexts.
  const Eigen::MatrixXd context = losses::normals(2, 103, rng);
  const FitOptions options{.epochs = 5, .batch_size = 10, .validation_fraction = 0.2, .patience = 2};
  auto flow = losses::conditional_flow(7), weighted = flow;
  std::mt19937_64 first{8}, second{8};
  const auto expected = fit(flow, x, context, options, first);
  const auto history = fit_weighted(weighted, x, Eigen::VectorXf::Constant(103, 4.0f), context, options, second);
  REQUIRE(history.validation_nll.size() == expected.validation_nll.size());
  CHECK(history.validation_nll.back() == Approx(expected.validation_nll.back()).epsilon(1e-10));
  CHECK(history.train_nll.back() == Approx(expected.train_nll.back()).epsilon(1e-10));
  CHECK(weighted.parameters().isApprox(flow.parameters(), 1e-8));
}
