#include <bijou/datasets/simulators.hpp>
#include <bijou/inference/simulation_model.hpp>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/made_flows.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

const datasets::GaussianLinearSimulator<float, 2> simulator;
using Prior = decltype(simulator.prior());

struct Options {
  Index rounds = 3;
  Index simulations = 5;
  std::optional<FitOptions> fit = {};
  int threads = 1;
};

/// Notes what the rounds ask for.
struct Noting : detail::SimulationModel<AnyFlow<float>, Prior, Eigen::Dynamic> {
  explicit Noting(AnyFlow<float> flow)
      : SimulationModel(std::move(flow), simulator.prior(),
                        [](const AnyFlow<float>& each) { return each.event_size(); }) {}

  std::vector<bool> from_prior;
  int asked = 0;

  void run(const Options& options) {
    require_rounds("Noting", options);
    std::mt19937_64 rng{1};
    run_rounds(
        simulator, options, rng, [&](Workspace&) { return ++asked, Theta(Theta::Zero(2, options.simulations)); },
        [&](const auto& theta, const auto& x) { store_.append("Noting", theta, x, InvalidSimulations::refuse, ""); },
        [&](const FitOptions& fit, bool is_prior) {
          CHECK(fit.batch_size == simulation_fit_options(store_.count()).batch_size);
          from_prior.push_back(is_prior);
          keep(History{});
        });
  }
};

}  // namespace

TEST_CASE("SimulationModel: the first round is of the prior, others of what is next", "[simulation_model]") {
  std::mt19937_64 rng{1};
  Noting model(made_flows::maf<float>({.event_size = 2, .context_size = 2}, rng));
  model.run({});
  CHECK(model.from_prior == std::vector<bool>{true, false, false});
  CHECK(model.asked == 2);
  CHECK(model.histories().size() == 3);
  CHECK(model.simulations().x.cols() == 15);
  CHECK(model.simulations().theta.rightCols(10).isZero());
  CHECK(model.dropped() == 0);
  model.run({.rounds = 1});
  CHECK(model.asked == 3);
  CHECK(message_of([&] { model.run({.rounds = 0}); }) == "Noting: expected rounds of at least 1, got 0");
  CHECK(message_of([&] { Noting(model.flow()).run({.simulations = 1}); }) == "fit: expected at least 2 events, got 1");
  CHECK(message_of([&] { model.run({.simulations = 0}); }) == "Noting: expected simulations of at least 1, got 0");
  CHECK(message_of([&] { model.run({.threads = 0}); }) == "Noting: expected threads of at least 1, got 0");
}
