// Posteriors of a simulator without its likelihood: two moons of the benchmark of Lueckmann et al. 2021, by a flow for
// the likelihood (NLE) and by a flow for the posterior (NPE), beside exact draws. Arguments: folder of the output,
// number of simulations, most epochs.
#include <bijou/bijou.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
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
  std::ofstream out(file);
  const bijou::Index shown = std::min<bijou::Index>(theta.cols(), 3000);
  for (bijou::Index n = 0; n < shown; ++n) out << theta(0, n) << ' ' << theta(1, n) << '\n';
}

void print(const std::string& method, int observation, const Eigen::Matrix2Xf& theta, const std::string& remark) {
  std::cout << std::left << std::setw(8) << method << std::right << std::setw(6) << observation + 1 << std::setw(14)
            << share_of_upper(theta) << std::setw(14) << (all_inside(theta) ? "yes" : "NO") << "   " << remark << "\n"
            << std::flush;
}

const char* const script = R"(set terminal pngcairo size 1350,900 font 'sans,13'
set output 'likelihood_free.png'
set multiplot layout 2,3 margins 0.06,0.985,0.08,0.95 spacing 0.075,0.14
set border lw 1.2 lc rgb '#404040'
set tics out nomirror
set key off
set xrange [-1:1]
set yrange [-1:1]
set xtics 0.5
set ytics 0.5
set xlabel 'theta_1'
set ylabel 'theta_2' rotate by 90
methods = "exact NLE NPE"
do for [i=1:3] {
  set title word(methods, i).', observation 1'
  plot word(methods, i).'_1.txt' using 1:2 with points pt 7 ps 0.35 lc rgb '#9031688e'
}
do for [i=1:3] {
  set title word(methods, i).', observation 5'
  plot word(methods, i).'_5.txt' using 1:2 with points pt 7 ps 0.35 lc rgb '#9031688e'
}
unset multiplot
)";

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : "likelihood_free_output";
  const bijou::Index simulations = argc > 2 ? std::atoi(argv[2]) : 10'000;
  const bijou::Index epochs = argc > 3 ? std::atoi(argv[3]) : 1000;
  if (simulations < 100 || epochs < 1) {
    std::cerr << "usage: likelihood_free [folder [simulations, at least 100 [epochs]]]\n";
    return 2;
  }
  std::filesystem::create_directories(folder);
  std::mt19937_64 rng{0};
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  std::cout << std::fixed << std::setprecision(3);

  const auto [theta, x] = bijou::simulate(Simulator::prior(), simulator, simulations, rng, 2);
  bijou::FitOptions options = bijou::simulation_fit_options(simulations);
  options.epochs = epochs;

  bijou::NeuralLikelihood likelihood{untrained(rng), Simulator::prior()};
  likelihood.append(theta, x);
  likelihood.train(options, rng);
  const auto [new_theta, new_x] = bijou::simulate(Simulator::prior(), simulator, 20'000, rng);
  std::cout << "NLE: " << -likelihood.flow().given(new_theta).log_prob(new_x).mean()
            << " nats for 20,000 new simulations, entropy " << Simulator::entropy() << ", " << seconds() << " s\n";

  bijou::NeuralPosterior posterior{untrained(rng), Simulator::prior()};
  posterior.append(theta, x);
  posterior.train(options, rng);
  std::cout << "NPE: trained, " << seconds() << " s\n\nmethod  observation  share above  inside the box\n";

  for (const int observation : {whole, cut}) {
    const Eigen::Vector2f x_o = Simulator::observation(observation);
    const auto file = [&](const std::string& method) {
      return folder / (method + "_" + std::to_string(observation + 1) + ".txt");
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
  std::cout << seconds() << " s in all\n";

  std::ofstream(folder / "likelihood_free.plt") << script;
  const bool drawn = draw(folder, {"likelihood_free.plt"});
  std::cout << (drawn ? "The picture is " + (folder / "likelihood_free.png").string()
                      : "gnuplot is missing; the draws are in " + folder.string())
            << "\n";
}
