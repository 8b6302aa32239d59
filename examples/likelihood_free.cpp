// Posteriors of a simulator without its likelihood: two moons of the benchmark of Lueckmann et al. 2021, by a flow for
// the likelihood (NLE) and by a flow for the posterior (NPE), beside exact draws. Arguments: folder of the output,
// number of simulations, most epochs.
#include <bijou/bijou.hpp>
#include <bijou/io/write_csv.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include "support/gnuplot.hpp"

namespace {

using Simulator = bijou::datasets::TwoMoonsSimulator<float>;
using Flow = bijou::flows::NSF<float, 2>;
const Simulator simulator;
constexpr bijou::Index draw_count = 10'000;

/// The box cuts the crescents of the second.
constexpr int whole = 0, cut = 4;

Flow untrained(std::mt19937_64& rng) {
  return Flow{{.context_size = 2, .layers = 5, .hidden = {50, 50}, .bins = 10, .bound = 3}, rng};
}

double share_of_upper(const Eigen::Matrix2Xf& theta) {
  return (theta.colwise().sum().array() > 0).cast<double>().mean();
}

bool all_inside(const Eigen::Matrix2Xf& theta) { return theta.cwiseAbs().maxCoeff() <= 1; }

void write(const std::filesystem::path& file, const Eigen::Matrix2Xf& theta) {
  bijou::write_csv(file, {"theta_1", "theta_2"}, theta.leftCols(std::min<bijou::Index>(theta.cols(), 3000)));
}

void print(const std::string& method, int observation, const Eigen::Matrix2Xf& theta, const std::string& remark) {
  std::printf("%-8s%6d%14.3f%14s   %s\n", method.c_str(), observation + 1, share_of_upper(theta),
              all_inside(theta) ? "yes" : "NO", remark.c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : "likelihood_free_output";
  const bijou::Index simulations = argc > 2 ? std::atoi(argv[2]) : 10'000;
  const bijou::Index epochs = argc > 3 ? std::atoi(argv[3]) : 1000;
  if (simulations < 100 || epochs < 1) {
    std::fprintf(stderr, "usage: likelihood_free [folder [simulations, at least 100 [epochs]]]\n");
    return 2;
  }
  std::filesystem::create_directories(folder);
  std::mt19937_64 rng{0};
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };

  const auto [theta, x] = bijou::simulate(Simulator::prior(), simulator, simulations, rng, 2);
  bijou::FitOptions options = bijou::simulation_fit_options(simulations);
  options.epochs = epochs;
  options.callback = bijou::ProgressLine{};

  bijou::NeuralLikelihood likelihood{untrained(rng), Simulator::prior()};
  likelihood.append(theta, x);
  likelihood.train(options, rng);
  const auto [new_theta, new_x] = bijou::simulate(Simulator::prior(), simulator, 20'000, rng);
  std::printf("NLE: %.3f nats for 20,000 new simulations, entropy %.3f, %.3f s\n",
              static_cast<double>(-likelihood.flow().given(new_theta).log_prob(new_x).mean()), Simulator::entropy(),
              seconds());

  bijou::NeuralPosterior posterior{untrained(rng), Simulator::prior()};
  posterior.append(theta, x);
  posterior.train(options, rng);
  std::printf("NPE: trained, %.3f s\n\nmethod  observation  share above  inside the box\n", seconds());

  for (const int observation : {whole, cut}) {
    const Eigen::Vector2f x_o = Simulator::observation(observation);
    const auto file = [&](const std::string& method) {
      return folder / (method + "_" + std::to_string(observation + 1) + ".csv");
    };
    const Eigen::Matrix2Xf exact = simulator.sample_posterior(x_o, draw_count, rng);
    print("exact", observation, exact, "");
    write(file("exact"), exact);

    const auto by_likelihood = likelihood.posterior(x_o).sample(draw_count, rng);
    print("NLE", observation, by_likelihood.events,
          std::to_string(by_likelihood.evaluations / draw_count) + " evaluations for a draw");
    write(file("NLE"), by_likelihood.events);

    const auto by_posterior = posterior.posterior(x_o).sample(draw_count, rng);
    print("NPE", observation, by_posterior.events, "acceptance " + std::to_string(by_posterior.acceptance()));
    write(file("NPE"), by_posterior.events);
    if (!all_inside(by_likelihood.events) || !all_inside(by_posterior.events)) return 1;
  }
  std::printf("%.3f s in all\n", seconds());

  draw_picture(folder, "likelihood_free");
}
