#include <bijou/training/run.hpp>
#include <random>

#include "support/catch.hpp"

using namespace bijou;

namespace {

struct Flow {
  using Scalar = double;
  Eigen::VectorXd values;
  void set_parameters(const Eigen::VectorXd& parameters) { values = parameters; }
};

}  // namespace

TEST_CASE("a flow ends at the best parameters, if there are any", "[fit]") {
  Flow flow{Eigen::Vector2d(1, 2)};
  { const detail::BestParameters<Flow, Eigen::VectorXd> none(flow); }
  CHECK(flow.values == Eigen::Vector2d(1, 2));
  {
    detail::BestParameters<Flow, Eigen::VectorXd> best(flow);
    best.keep(Eigen::Vector2d(3, 4));
    flow.values = Eigen::Vector2d(5, 6);
  }
  CHECK(flow.values == Eigen::Vector2d(3, 4));
}

TEST_CASE("fit without checkpoints goes on from nothing", "[fit]") {
  int run = 0;
  CHECK_FALSE(detail::NoCheckpoints{}.resume(run));
}
