#include <bijou/inference/weighted_gradient.hpp>
#include <random>

#include "support/catch.hpp"
#include "support/losses.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

/// The gradient of sum_n w_n ln q(x_n), and ln q of each event beside it.
template <class Flow>
Eigen::VectorXd gradient_of_sum(const Flow& flow, const Eigen::Matrix2Xd& x, const Eigen::VectorXd& w,
                                Eigen::VectorXd& log_q, Workspace& workspace) {
  Eigen::VectorXd gradient(flow.parameter_count());
  detail::weighted_gradient(
      flow, x.cols(), [&](const detail::TileOfBatch& at) { return detail::load_events<double>(x, at); },
      detail::gradient_of("test", flow, gradient), workspace,
      [&](const detail::TileOfBatch& at, const Sums& log_prob, Row<double> weights) {
        for (Index n = 0; n < at.count; ++n) weights(n) = w(at.first + n);
        log_q.segment(at.first, at.count) = log_prob.matrix().transpose();
        return 0.0;
      });
  return gradient;
}

}  // namespace

TEST_CASE("weighted gradient: against differences, also under a context", "[weighted_gradient]") {
  auto flow = losses::flow(1);
  std::mt19937_64 rng{2};
  Workspace workspace;
  const Eigen::Matrix2Xd x = losses::normals(2, 150, rng);
  const Eigen::VectorXd w = losses::normals(1, 150, rng).row(0);
  Eigen::VectorXd log_q(150);
  const Eigen::VectorXd gradient = gradient_of_sum(flow, x, w, log_q, workspace);
  CHECK(log_q.isApprox(flow.log_prob(x), 1e-14));
  losses::check_differences(flow, gradient, [&](const auto& q) { return w.dot(q.log_prob(x)); });

  auto conditional = losses::conditional_flow(3);
  for (const Index columns : {Index{1}, Index{150}}) {
    const Eigen::MatrixXd context = losses::normals(2, columns, rng);
    const Eigen::VectorXd under = gradient_of_sum(conditional.given(context), x, w, log_q, workspace);
    losses::check_differences(conditional, under, [&](const auto& q) { return w.dot(q.given(context).log_prob(x)); });
  }
}

TEST_CASE("weighted gradient: what does not fit", "[weighted_gradient]") {
  const auto flow = losses::flow(1);
  const auto conditional = losses::conditional_flow(3);
  const Eigen::MatrixXd context = Eigen::MatrixXd::Zero(2, 3);
  const Eigen::MatrixXd x = Eigen::MatrixXd::Zero(3, 4);
  Eigen::VectorXd gradient(3);
  CHECK(message_of([&] { detail::require_flow_of("f", flow, 0); }) ==
        "f: the mean over a batch needs at least one event");
  CHECK(message_of([&] { detail::require_flow_of("f", conditional, 4); }) ==
        "f: expected a flow under a context of 2 rows: pass flow.given(context)");
  CHECK_THROWS_AS(detail::require_flow_of("f", conditional.given(context), 4), std::invalid_argument);
  CHECK(message_of([&] { detail::require_batch_of("f", flow, x); }) == "f: expected events of 2 rows, got 3");
  CHECK(message_of([&] { detail::gradient_of("f", flow, gradient); }).starts_with("f: expected a gradient of size"));
}
