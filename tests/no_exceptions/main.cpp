// Compiled with -fno-exceptions: `none` evaluates a flow, `fit` trains one, the other arguments make a mistake.
#include <bijou/bijou.hpp>
#include <cmath>
#include <cstring>
#include <iostream>
#include <random>

int main(int argc, char** argv) {
  const char* what = argc == 2 ? argv[1] : "";
  std::mt19937_64 rng{0};
  const bijou::Affine<double, 2> affine{{1.0, -1.0}, {2.0, 0.5}};
  const bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{}, affine};
  if (std::strcmp(what, "none") == 0) {
    std::cout << "log_prob is " << (std::isfinite(flow.log_prob(flow.sample(1, rng))(0)) ? "finite" : "not finite")
              << '\n';
  } else if (std::strcmp(what, "fit") == 0) {
    bijou::TransformedDistribution trained = flow;
    bijou::fit(trained, flow.sample(100, rng), {.epochs = 2, .validation_fraction = 0.1}, rng);
    std::cout << "fit ends with " << trained.parameter_count() << " parameters\n";
  } else if (std::strcmp(what, "rows") == 0) {
    std::cout << flow.log_prob(Eigen::MatrixXd(Eigen::MatrixXd::Zero(3, 1))) << '\n';
  } else if (std::strcmp(what, "index") == 0) {
    std::cout << bijou::uniform_index(rng, 0) << '\n';
  }
}
