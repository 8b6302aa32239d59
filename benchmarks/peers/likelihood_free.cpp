// bijou's side of likelihood_free.py: simulations, posteriors and test losses of the simulators of
// bijou/datasets/simulators.hpp, exchanged as .npy files of one folder. Prints one line of JSON.
//
//   bijou_likelihood_free simulate task=TASK folder=FOLDER count=1000 seed=0    writes theta.npy and x.npy
//   bijou_likelihood_free nle|npe task=TASK folder=FOLDER flow=maf seed=0 draws=1000    reads theta, x, test_theta,
//                                                                                       test_x and observations
//   bijou_likelihood_free snl task=TASK folder=FOLDER flow=maf seed=0 draws=1000 rounds=10 simulations=1000
//
// The last three write draws_<k>.npy for observation k, counted from 1; snl simulates by itself. TASK: two_moons,
// gaussian_linear or slcp. rate, batch, epochs, patience and cosine=1 change what simulation_fit_options says; layers
// and hidden, the width of one hidden layer in each, change maf and nsf.
#include <bijou/bijou.hpp>
#include <bijou/io/npy.hpp>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include "runner.hpp"

namespace {

using bijou::Index;
using Flow = bijou::AnyFlow<float>;
using Rng = std::mt19937_64;
using Folder = std::filesystem::path;

/// The networks have the sizes of sbi's: three layers of 50 in each MADE; splines of 10 bins on (-3, 3).
Flow make_flow(const Arguments& arguments, Index event_size, Index context_size, Rng& rng) {
  const std::string kind = arguments.text("flow");
  bijou::flows::FlowOptions options{.event_size = event_size,
                                    .context_size = context_size,
                                    .layers = static_cast<int>(arguments.whole("layers", 5)),
                                    .hidden = {50, 50, 50},
                                    .bins = 10,
                                    .bound = 3};
  if (const int width = static_cast<int>(arguments.whole("hidden", 0)); width > 0) options.hidden = {width};
  const bijou::flows::RecipeOptions of_recipe{.event_size = event_size, .context_size = context_size};
  if (kind == "maf") return bijou::flows::MAF<float>{options, rng};
  if (kind == "nsf") return bijou::flows::NSF<float>{options, rng};
  if (kind == "sbi_maf") return bijou::flows::sbi_maf<float>(of_recipe, rng);
  if (kind == "sbi_nsf") return bijou::flows::sbi_nsf<float>(of_recipe, rng);
  throw std::invalid_argument("no flow is called " + kind);
}

bijou::FitOptions fit_options(const Arguments& arguments, Index simulations) {
  bijou::FitOptions options = bijou::simulation_fit_options(simulations);
  options.epochs = arguments.whole("epochs", options.epochs);
  options.batch_size = arguments.whole("batch", options.batch_size);
  options.learning_rate = arguments.number("rate", options.learning_rate);
  options.patience = arguments.whole("patience", options.patience);
  if (arguments.whole("cosine", 0) != 0) options.schedule = bijou::CosineSchedule{};
  return options;
}

Eigen::MatrixXf read(const Folder& folder, const char* name) { return bijou::read_npy<float>(folder / name); }

void write_draws(const Folder& folder, Index k, const Eigen::MatrixXf& draws) {
  bijou::write_npy(folder / ("draws_" + std::to_string(k + 1) + ".npy"), draws);
}

template <class Simulator>
void simulate(const Simulator& simulator, const Arguments& arguments, const Folder& folder, Rng& rng) {
  const auto drawn = bijou::simulate(simulator.prior(), simulator, arguments.whole("count", 1000), rng);
  bijou::write_npy(folder / "theta.npy", drawn.theta);
  bijou::write_npy(folder / "x.npy", drawn.x);
  std::printf("{\"entropy\": %.8g}\n", simulator.entropy());
}

/// Trains a NeuralLikelihood or a NeuralPosterior once and draws for each observation.
template <class Model>
void train_and_draw(Model model, bool is_likelihood, const Arguments& arguments, const Folder& folder, Rng& rng) {
  model.append(read(folder, "theta.npy"), read(folder, "x.npy"));
  const Watch training;
  const bijou::History history = model.train(fit_options(arguments, model.simulations().x.cols()), rng);
  std::printf("{\"parameters\": %td, \"epochs\": %zu", model.flow().parameter_count(), history.train_nll.size());
  training.print("train");
  const Eigen::MatrixXf theta = read(folder, "test_theta.npy");
  const Eigen::MatrixXf x = read(folder, "test_x.npy");
  const Eigen::VectorXf log_prob =
      is_likelihood ? model.flow().given(theta).log_prob(x) : model.flow().given(x).log_prob(theta);
  std::printf(", \"nll\": %.6g", -log_prob.cast<double>().mean());
  const Eigen::MatrixXf observations = read(folder, "observations.npy");
  const Watch drawing;
  for (Index k = 0; k < observations.cols(); ++k)
    write_draws(folder, k, model.posterior(observations.col(k)).sample(arguments.whole("draws", 1000), rng).events);
  drawing.print("draw");
  std::printf("}\n");
}

/// Rounds of their own for each observation.
template <class Simulator>
void run_rounds(const Simulator& simulator, const Arguments& arguments, const Folder& folder, Rng& rng) {
  const auto prior = simulator.prior();
  const Index count = arguments.whole("simulations", 1000);
  const Index rounds = arguments.whole("rounds", 10);
  const Eigen::MatrixXf observations = read(folder, "observations.npy");
  const Watch watch;
  for (Index k = 0; k < observations.cols(); ++k) {
    bijou::NeuralLikelihood model{make_flow(arguments, observations.rows(), prior.event_size(), rng), prior};
    for (Index round = 1; round <= rounds; ++round) {
      const bijou::FitOptions fit = fit_options(arguments, round * count);
      model.run(simulator, observations.col(k), {.rounds = 1, .simulations = count, .fit = fit}, rng);
    }
    write_draws(folder, k, model.posterior(observations.col(k)).sample(arguments.whole("draws", 1000), rng).events);
  }
  std::printf("{\"observations\": %td", observations.cols());
  watch.print("run");
  std::printf("}\n");
}

template <class Simulator>
void run(const std::string& what, const Simulator& simulator, const Arguments& arguments) {
  const auto prior = simulator.prior();
  constexpr Index x_size = Simulator::Vector::RowsAtCompileTime;
  const Folder folder = arguments.text("folder");
  Rng rng{static_cast<std::uint64_t>(arguments.whole("seed", 0))};
  if (what == "simulate") return simulate(simulator, arguments, folder, rng);
  if (what == "snl") return run_rounds(simulator, arguments, folder, rng);
  if (what == "nle") {
    bijou::NeuralLikelihood model{make_flow(arguments, x_size, prior.event_size(), rng), prior};
    train_and_draw(std::move(model), true, arguments, folder, rng);
  } else if (what == "npe") {
    bijou::NeuralPosterior model{make_flow(arguments, prior.event_size(), x_size, rng), prior};
    train_and_draw(std::move(model), false, arguments, folder, rng);
  } else {
    throw std::invalid_argument("expected simulate, nle, npe or snl, got " + what);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string what = argc > 1 ? argv[1] : "nothing";
    const Arguments arguments(argc, argv);
    const std::string task = arguments.text("task");
    if (task == "two_moons")
      run(what, bijou::datasets::TwoMoonsSimulator<float>{}, arguments);
    else if (task == "gaussian_linear")
      run(what, bijou::datasets::GaussianLinearSimulator<float, 10>{}, arguments);
    else if (task == "slcp")
      run(what, bijou::datasets::SlcpSimulator<float>{}, arguments);
    else
      throw std::invalid_argument("no task is called " + task);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
