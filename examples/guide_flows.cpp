// Flows of the guide: parts put together by hand, a conditional flow in a class of its own, heavy tails, a posterior of
// a simulator.
#include <bijou/bijou.hpp>
#include <cmath>
#include <iostream>
#include <random>
#include <vector>

namespace {

void combine() {
  // [combine]
  using Transformer = bijou::AffineTransformer<double, bijou::scale_maps::SoftplusFloor>;
  using Conditioner = bijou::Made<double, bijou::activations::Tanh>;
  std::mt19937_64 rng{0};
  const bijou::Autoregressive<5, Transformer, Conditioner> f{{64, 64}, rng};

  // Sizes that are known at run time only.
  using Layer = bijou::Chain<bijou::MAF<float, Eigen::Dynamic>, bijou::Reverse<Eigen::Dynamic>>;
  std::vector<Layer> layers;
  for (int i = 0; i < 5; ++i) {
    layers.emplace_back(bijou::MAF<float, Eigen::Dynamic>{5, {64, 64}, rng}, bijou::Reverse<Eigen::Dynamic>{});
  }
  const bijou::TransformedDistribution flow{bijou::StandardNormal<float, Eigen::Dynamic>{5},
                                            bijou::DynamicChain{layers}};
  // [combine]
  std::cout << "a layer of " << bijou::parameter_count(f) << " parameters, a flow of " << flow.parameter_count()
            << "\n";
}

void train_under_a_context() {
  // [conditional]
  std::mt19937_64 rng{0};
  struct Detector {
    bijou::flows::MAF<float> flow;
  };
  Detector detector{{{.event_size = 2, .context_size = 1, .layers = 3, .hidden = {32, 32}}, rng}};

  // p(x | c): one context for each event.
  const Eigen::RowVectorXf energy = Eigen::RowVectorXf::LinSpaced(2'000, 1.0f, 3.0f);
  Eigen::Matrix2Xf hits = 100.0f * bijou::StandardNormal<float, 2>{}.sample(2'000, rng);
  hits.row(0) = (hits.row(0).array() * energy.array()).matrix();
  bijou::fit(detector.flow, hits, energy, {.epochs = 5}, rng);

  const auto log_p = detector.flow.given(energy).log_prob(hits);
  const Eigen::Vector<float, 1> two_gev(2.0f);
  const auto draws = detector.flow.given(two_gev).sample(1'000, rng);  // one context for all events
  // [conditional]
  std::cout << "hits have " << -log_p.mean() << " nats; at two GeV the draws deviate by "
            << draws.row(0).norm() / std::sqrt(1'000.0f) << "\n";
}

void train_on_heavy_tails() {
  // [tails]
  std::mt19937_64 rng{0};
  const bijou::StudentT<float, 2> truth{{0.0f, 5.0f}, {1.0f, 2.0f}, {3.0f, 4.0f}};
  const Eigen::Matrix2Xf data = truth.sample(5'000, rng);

  bijou::flows::NSF<float> plain{{.event_size = 2, .layers = 3}, rng};
  Eigen::MatrixXf start(2, 2);  // of each coordinate the skewness and the logarithm of the weight of its tails
  start << 0, 0, std::log(3.0f), std::log(3.0f);
  bijou::TransformedDistribution flow{plain, bijou::Chain{bijou::Standardize<float, Eigen::Dynamic>{2},
                                                          bijou::SinhArcsinh<float, Eigen::Dynamic>{{}, start}}};
  bijou::fit(flow, data, {.epochs = 100, .validation_fraction = 0.15, .patience = 10}, rng);
  // [tails]
  bijou::fit(plain, data, {.epochs = 100, .validation_fraction = 0.15, .patience = 10}, rng);
  const Eigen::Matrix2Xf events = truth.sample(50'000, rng);
  const auto print = [](const char* name, const Eigen::VectorXf& log_p) {
    std::cout << name << log_p.cast<double>().mean() << ", at least " << log_p.minCoeff() << "\n";
  };
  print("ln p of new events, mean and least: exact ", truth.log_prob(events));
  print("  with tails ", flow.log_prob(events));
  print("  without ", plain.log_prob(events));
}

void infer() {
  // [simulator]
  std::mt19937_64 rng{0};
  const bijou::Uniform<float, 2> prior{{-1.0f, 0.1f}, {1.0f, 2.0f}};
  const auto simulator = [](const Eigen::Vector2f& theta, bijou::CounterGenerator& noise) -> Eigen::Vector2f {
    const float a = theta(0) + theta(1) * float(bijou::normal(noise));
    return {a, theta(0) * a};
  };
  const Eigen::Vector2f x_o(0.5f, 0.2f);

  const bijou::flows::MAF<float> flow{{.event_size = 2, .context_size = 2, .hidden = {50, 50}}, rng};
  bijou::NeuralLikelihood model{flow, prior};
  const auto posterior = model.run(simulator, x_o, {.rounds = 2, .simulations = 500}, rng);
  const auto draws = posterior.sample(1'000, rng);  // draws.events, 2 x 1000, draws.split_r_hat, ...
  // [simulator]
  std::cout << "posterior mean " << draws.events.rowwise().mean().transpose() << "\n";
}

}  // namespace

int main() {
  combine();
  train_under_a_context();
  train_on_heavy_tails();
  infer();
}
