#include <bijou/training/training_batch.hpp>

#include "support/catch.hpp"

using namespace bijou;

namespace {

/// Knows the events and the context that it is asked about.
struct Flow {
  double context = 0;
  Flow given(const Eigen::MatrixXd& c) const { return {c.sum()}; }
  template <class X>
  double nll(const X& x, Workspace&) const {
    return x.sum() + 100 * context;
  }
  template <class X>
  double nll_gradient(const X& x, Eigen::VectorXd& gradient, Workspace& workspace) const {
    gradient.setConstant(context);
    return nll(x, workspace);
  }
};

}  // namespace

TEST_CASE("a training batch takes events, numbers and contexts together", "[fit]") {
  const Eigen::MatrixXd events = Eigen::RowVector4d(1, 2, 3, 4).replicate(2, 1);
  const Eigen::MatrixXd weights = Eigen::RowVector4d(10, 20, 30, 40);
  const Eigen::MatrixXd contexts = Eigen::RowVector4d(5, 6, 7, 8);
  const Eigen::MatrixXd one = Eigen::MatrixXd::Constant(1, 1, 9);
  const Index which[] = {3, 1};
  Workspace workspace;

  detail::TrainingBatch batch(3, weights, events, contexts);
  batch.take(which, 2);
  CHECK(batch.events() == Eigen::RowVector2d(4, 2).replicate(2, 1));
  CHECK(batch.numbers() == Eigen::RowVector2d(40, 20));
  CHECK(batch.context() == Eigen::RowVector2d(8, 6));
  CHECK(batch.nll(Flow{}, workspace) == 12 + 1400);
  Eigen::VectorXd gradient(1);
  CHECK(detail::MeanNll{}.gradient(Flow{}, batch, gradient, workspace) == 12 + 1400);
  CHECK(gradient(0) == 14);

  detail::TrainingBatch of_one(3, weights, events, one);
  of_one.take(which, 1);
  CHECK(of_one.context() == one);
  CHECK(of_one.numbers() == Eigen::MatrixXd::Constant(1, 1, 40));

  const Eigen::MatrixXd nothing(0, 1);
  detail::TrainingBatch alone(4, nothing, events);
  alone.take(which, 2);
  CHECK(alone.numbers().size() == 0);
  CHECK(detail::MeanNll{}.validate(Flow{}, alone, workspace) == 12);
}
