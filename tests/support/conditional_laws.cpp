#include "support/conditional_laws.hpp"

#include "support/pullback.hpp"

namespace laws {

void check_conditional(const Subject<double>& b, Index context_size) {
  std::mt19937_64 rng{seed};
  const Index d = b.event_size();
  const Index n = 5;
  const Matrix<double> in = normals<double>(d, n, rng);
  const Matrix<double> w = normals<double>(d, n, rng);
  const Vector<double> v = normals<double>(n, 1, rng);
  Start<double> start;
  start.context = normals<double>(context_size, n, rng);
  for (const Direction direction : directions) {
    INFO(text(direction));
    const TilePass<double> pass = b.run_tile(direction, in, w, v, start);
    const TilePass<double> back = b.run_tile(opposite(direction), pass.value, w, v, start);
    check_close(back.value, in, Tolerance<double>::round_trip);
    check_close(back.log_det, -pass.log_det, Tolerance<double>::round_trip);

    const Instance<double> moving = b.copy();
    const auto losses = [&](const Arguments& at) -> Eigen::ArrayXd {
      Start<double> moved{.pullback = false};
      moved.context = at.inputs.bottomRows(context_size);
      moving->set_parameters(at.parameters);
      const TilePass<double> result = moving->run_tile(direction, at.inputs.topRows(d), w, v, moved);
      return (w.array() * (result.value - pass.value).array()).colwise().sum().transpose() +
             v.array() * (result.log_det - pass.log_det).array();
    };
    Arguments at{Matrix<double>(d + context_size, n), b.parameters()};
    at.inputs << in, start.context;
    Arguments gradients{Matrix<double>(d + context_size, n), pass.gradient};
    gradients.inputs << pass.input_gradient, pass.context_gradient;
    CHECK((pass.context_gradient.array().abs() > 1e-6).any());
    check_pullback(losses, at, gradients, {});

    INFO("accumulation");
    Start<double> filled = start;
    filled.context_gradient = normals<double>(context_size, n, rng);
    const TilePass<double> added = b.run_tile(direction, in, w, v, filled);
    check_close(added.context_gradient, filled.context_gradient + pass.context_gradient, Tolerance<double>::rounding);
    check_same_bits(added.input_gradient, pass.input_gradient);
  }
}

}  // namespace laws
