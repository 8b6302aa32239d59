#include <bijou/core/parameters.hpp>
#include <bijou/training/minimize.hpp>
#include <bijou/training/sgd.hpp>
#include <limits>
#include <tuple>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

struct Pair {
  using Scalar = double;
  Eigen::Vector<double, 1> shift{0.0};
  Eigen::Vector<double, 1> scale{1.0};
  static constexpr auto members() {
    return bijou::Members{parameter("shift", &Pair::shift), parameter<FiniteReciprocal>("scale", &Pair::scale)};
  }
  Eigen::VectorXd parameters() const { return Eigen::Vector2d(shift(0), scale(0)); }
  void set_parameters(const Eigen::VectorXd& values) { assign_parameters(*this, values); }
};

/// (shift - 3)^2 + (scale - 2)^2.
double loss(const Pair& p, Eigen::VectorXd& gradient) {
  gradient << 2 * (p.shift(0) - 3), 2 * (p.scale(0) - 2);
  return gradient.squaredNorm() / 4;
}

}  // namespace

TEST_CASE("minimize: plain gradient descent by hand, and Adam to the minimum", "[minimize]") {
  Pair p;
  std::vector<Index> steps;
  const auto history = minimize(
      p, [&](Index step, Eigen::VectorXd& gradient, Workspace&) { return steps.push_back(step), loss(p, gradient); },
      {.steps = 3, .learning_rate = 0.25}, SGD<double>{});
  CHECK(steps == std::vector<Index>{0, 1, 2});
  CHECK(history.loss == std::vector<double>{10, 2.5, 0.625});
  CHECK(p.shift(0) == 2.625);

  const auto more = minimize(
      p, [&](Index, Eigen::VectorXd& gradient, Workspace&) { return loss(p, gradient); },
      {.steps = 2000, .learning_rate = 1e-2, .callback = [](const StepReport& report) { return report.loss > 1e-8; }});
  CHECK(more.stopped_early);
  CHECK(more.loss.back() <= 1e-8);
  CHECK(more.seconds > 0);
}

TEST_CASE("minimize: a loss, gradient or parameter that is not finite leaves the last good ones", "[minimize]") {
  Pair p;
  const double infinity = std::numeric_limits<double>::infinity();
  const auto message = message_of<MinimizationDiverged>([&] {
    minimize(
        p,
        [&](Index step, Eigen::VectorXd& gradient, Workspace&) {
          const double value = loss(p, gradient);
          return step == 2 ? infinity : value;
        },
        {.steps = 5, .learning_rate = 0.25}, SGD<double>{});
  });
  CHECK(message == "minimize: diverged at step 2 (counting from 0): the loss is inf");
  CHECK(p.shift(0) == 1.5);  // where step 1 was asked

  p.set_parameters(Eigen::Vector2d(3, 1));
  CHECK(message_of<MinimizationDiverged>([&] {
          minimize(
              p,
              [&](Index, Eigen::VectorXd& gradient, Workspace&) {
                gradient << 0, 1;
                return 1.0;
              },
              {.steps = 1, .learning_rate = 1}, SGD<double>{});
        }) == "minimize: diverged at step 0 (counting from 0): a parameter after the step is one that is refused");
  CHECK(p.scale(0) == 1);
}

TEST_CASE("minimize: options out of range are refused", "[minimize]") {
  Pair p;
  const auto message = [&](const StepOptions& options) {
    return message_of(
        [&] { minimize(p, [&](Index, Eigen::VectorXd& gradient, Workspace&) { return loss(p, gradient); }, options); });
  };
  CHECK(message({.steps = 0}) == "minimize: expected steps of at least 1, got 0");
  CHECK(message({.batch_size = 0}) == "minimize: expected batch_size of at least 1, got 0");
  CHECK(message({.learning_rate = 0}) == "minimize: expected a finite learning_rate above 0, got 0");
  CHECK(message({.schedule = nullptr}) == "minimize: expected a schedule, got an empty function");
  CHECK(message({.clip_norm = -1}) == "minimize: expected a finite clip_norm of at least 0, got -1");
  CHECK(message({.threads = 0}) == "minimize: expected threads of at least 1, got 0");
}
