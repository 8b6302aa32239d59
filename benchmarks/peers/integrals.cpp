// Trains madnis' default flow to integrate a function over the unit box, as madnis does by default, and says how well
// it does: one line of JSON. Beside madnis by integrals.py.
//
//   bijou_integrals INTEGRAND LOSS STEPS SEED THREADS
#include <bijou/flows/recipes.hpp>
#include <bijou/inference/integrate.hpp>
#include <bijou/inference/variance_loss.hpp>
#include <bijou/inference/weighted_nll.hpp>
#include <bijou/training/minimize.hpp>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <exception>
#include <functional>
#include <map>
#include <numbers>
#include <random>
#include <stdexcept>
#include <string>

namespace {

using bijou::Index;
using Matrix = Eigen::MatrixXf;
using Values = Eigen::ArrayXf;

constexpr Index draws_per_step = 1024;
constexpr double learning_rate = 1e-3;
constexpr Index draws_of_result = 250'000;

struct Integrand {
  Index dimensions;
  std::function<Values(const Matrix&)> f;
};

/// Of integral 1 over all of space.
Values gaussian(const Matrix& x, float center, float width) {
  const float scale = std::pow(width * std::sqrt(std::numbers::pi_v<float>), static_cast<float>(-x.rows()));
  const Values squares = (x.array() - center).square().colwise().sum() / (width * width);
  return scale * (-squares).exp();
}

/// Two Gaussians on the diagonal (Lepage 1978).
Values camel(const Matrix& x, float width) { return (gaussian(x, 1.0f / 3, width) + gaussian(x, 2.0f / 3, width)) / 2; }

/// Large near the surface of a ball.
Values shell(const Matrix& x) {
  const Values radius = (x.array() - 0.5f).matrix().colwise().norm();
  return (-((radius - 0.35f) / 0.05f).square()).exp();
}

Integrand integrand_of(const std::string& name) {
  static const std::map<std::string, Integrand> all{
      {"product", {4, [](const Matrix& x) -> Values { return (2 * x).colwise().prod(); }}},
      {"gaussian_4", {4, [](const Matrix& x) { return gaussian(x, 0.5f, 0.1f); }}},
      {"gaussian_8", {8, [](const Matrix& x) { return gaussian(x, 0.5f, 0.2f); }}},
      {"camel_4", {4, [](const Matrix& x) { return camel(x, 0.1f); }}},
      {"camel_8", {8, [](const Matrix& x) { return camel(x, 0.2f); }}},
      {"shell", {4, [](const Matrix& x) { return shell(x); }}},
      {"wave",
       {6,
        [](const Matrix& x) -> Values {
          return 1 + (2 * std::numbers::pi_v<float> * x.array().colwise().sum()).cos();
        }}},
  };
  return all.at(name);
}

/// One step of madnis' loss kl_divergence after the other: the cross entropy of f on draws with weights f/q.
template <class Flow>
bijou::StepHistory fit_kl(Flow& flow, const Integrand& integrand, const bijou::StepOptions& options,
                          std::mt19937_64& rng) {
  Matrix x(integrand.dimensions, options.batch_size);
  Eigen::VectorXf log_q(options.batch_size);
  const auto loss = [&](Index, Eigen::VectorXf& gradient, bijou::Workspace& workspace) {
    flow.sample_with_log_prob(x, log_q, rng, workspace);
    const Values weights = integrand.f(x) * (-log_q.array()).exp();
    return bijou::weighted_nll_gradient(flow, x, weights, gradient, workspace);
  };
  return bijou::minimize(flow, loss, options);
}

void run(const std::string& name, const std::string& loss, int steps, unsigned seed, int threads) {
  if (loss != "kl" && loss != "variance") throw std::invalid_argument("LOSS is kl or variance");
  const Integrand integrand = integrand_of(name);
  std::mt19937_64 rng{seed};
  auto flow = bijou::flows::madnis_coupling<float>({.event_size = integrand.dimensions}, rng);
  const bijou::StepOptions options{
      .steps = steps, .batch_size = draws_per_step, .learning_rate = learning_rate, .threads = threads};
  const std::clock_t start = std::clock();
  const bijou::StepHistory history =
      loss == "kl" ? fit_kl(flow, integrand, options, rng) : bijou::fit_variance(flow, integrand.f, options, rng);
  const double cpu_seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  bijou::Workspace workspace{threads};
  const bijou::Integral integral = bijou::integrate(flow, integrand.f, draws_of_result, rng, workspace);
  std::printf(
      "{\"parameters\": %td, \"value\": %.9g, \"relative_variance\": %.6g, \"seconds\": %.6g, "
      "\"cpu_seconds\": %.6g}\n",
      flow.parameter_count(), integral.value, integral.relative_variance, history.seconds, cpu_seconds);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: bijou_integrals INTEGRAND LOSS STEPS SEED THREADS\n");
    return 2;
  }
  try {
    run(argv[1], argv[2], std::stoi(argv[3]), static_cast<unsigned>(std::stoul(argv[4])), std::stoi(argv[5]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
