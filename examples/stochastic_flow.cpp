// Stochastic normalizing flows on a double well (Wu, Koehler & Noe 2020, figure 3): a flow of couplings, a Metropolis
// chain, and both, trained on data of the well and its energy; free energies along x from unweighted and from weighted
// draws. Arguments: folder of the output, number of trainings of each, number of steps,
// draws of a repetition.
#include <bijou/bijou.hpp>
#include <bijou/io/write_csv.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "support/gnuplot.hpp"

namespace {

using Real = double;
using Events = Eigen::Matrix<Real, 2, Eigen::Dynamic>;
// Smooth activations: with ReLU one training in three stays in one well.
using Coupling = bijou::Coupling<2, bijou::AffineTransformer<Real>, bijou::Mlp<Real, bijou::activations::Silu>>;
using Swap = bijou::Permute<2>;
using Metropolis = bijou::MetropolisLayer<Real>;

const bijou::datasets::DoubleWell<Real> well;

/// The paper's settings: 30 bins of x, errors over |x| < 2.25, 20 repetitions of 100,000 draws.
constexpr int bins = 30;
constexpr double edge = 2.5, inner = 2.25;
constexpr int repetitions = 20;
bijou::Index draws_each = 100'000;

double centre(int bin) { return -edge + (bin + 0.5) * 2 * edge / bins; }

Metropolis metropolis(double lambda) { return Metropolis{{.steps = 20, .step_size = 0.25, .lambda = lambda}}; }

auto block(std::mt19937_64& rng) {
  return bijou::Chain{Coupling{1, {64, 64}, rng}, Swap{1, 0}, Coupling{1, {64, 64}, rng}, Swap{1, 0}};
}

// Data leave through the first member, so the layer of the target stands first.
auto flow_alone(std::mt19937_64& rng) { return bijou::StochasticChain{block(rng), block(rng), block(rng)}; }
auto chain_alone(std::mt19937_64&) { return bijou::StochasticChain{metropolis(1), metropolis(0.5), metropolis(0)}; }
auto both(std::mt19937_64& rng) {
  return bijou::StochasticChain{metropolis(1), block(rng), metropolis(0.5), block(rng), metropolis(0), block(rng)};
}

/// Draws of the well: of a wide normal, resampled by their weights, then 100 sweeps of slice sampling.
Events data_of_well(bijou::Index count, std::mt19937_64& rng) {
  const bijou::DiagonalNormal<Real, 2> wide{{0.0, 0.0}, {2.0, 1.1}};
  const auto draws = wide.sample_with_log_prob(20 * count, rng);
  const Eigen::VectorXd log_w = bijou::log_prob(well, draws.events) - draws.log_prob;
  const Events start = draws.events(Eigen::seqN(0, 2), bijou::resample(log_w, count, rng));
  return bijou::sample_chains(well, bijou::SliceSampler{}, start, {.steps = 1, .warm_up = 100}, rng).events;
}

/// -ln of the shares of the bins, in kT; the weights are all one, or those of the paths.
Eigen::ArrayXd free_energy(const Events& x, const Eigen::VectorXd& log_weights) {
  const Eigen::ArrayXd weights =
      (log_weights.array() - log_weights.maxCoeff()).unaryExpr([](double w) { return std::exp(w); });
  Eigen::ArrayXd mass = Eigen::ArrayXd::Zero(bins);
  for (bijou::Index n = 0; n < x.cols(); ++n) {
    const double at = (x(0, n) + edge) / (2 * edge) * bins;
    if (at >= 0 && at < bins) mass(static_cast<bijou::Index>(at)) += weights(n);
  }
  return -(mass / mass.sum()).log();
}

Eigen::ArrayXd exact_free_energy() {
  Eigen::ArrayXd mass(bins);
  for (int b = 0; b < bins; ++b) {
    double sum = 0;
    for (int k = 0; k < 200; ++k) {
      const double x = -edge + (b + (k + 0.5) / 200) * 2 * edge / bins;
      sum += std::exp(bijou::log_prob(well, Eigen::Vector2d(x, 0.0)));
    }
    mass(b) = sum;
  }
  return -(mass / mass.sum()).log();
}

struct Errors {
  double bias;
  double uncertainty;
  double total() const { return std::hypot(bias, uncertainty); }
};

/// One row of free energies for each repetition. Bins that no draw has met in a repetition are left out of its means,
/// as in the paper's evaluation.
Errors errors_of(const std::vector<Eigen::ArrayXd>& estimates, const Eigen::ArrayXd& exact) {
  double bias = 0, spread = 0;
  int used = 0;
  for (int b = 0; b < bins; ++b) {
    if (std::abs(centre(b)) >= inner) continue;
    double sum = 0, squares = 0;
    int met = 0;
    for (const Eigen::ArrayXd& estimate : estimates) {
      if (!std::isfinite(estimate(b))) continue;
      sum += estimate(b);
      squares += estimate(b) * estimate(b);
      ++met;
    }
    if (met == 0) continue;
    ++used;
    bias += std::abs(sum / met - exact(b));
    spread += std::sqrt(std::max(0.0, squares / met - sum / met * (sum / met)));
  }
  return {bias / used, spread / used};
}

struct Result {
  Errors plain, weighted;
  double efficiency;  // effective sample size over draws
  bijou::Estimate log_z;
  Eigen::ArrayXd last_plain, last_weighted;
  Events some;
};

template <class Chain>
Result run(Chain chain, bijou::Index steps, std::mt19937_64& rng) {
  bijou::StochasticFlow flow{bijou::StandardNormal<Real, 2>{}, well, std::move(chain)};
  if (flow.parameter_count() > 0) {
    const Events data = data_of_well(10'000, rng);
    const bijou::StepOptions options{.steps = steps, .batch_size = 128, .learning_rate = 5e-3};
    bijou::fit_paths(flow, data, {.nll = 1, .kl = 0}, options, rng);
    bijou::fit_paths(flow, data, {.nll = 0.5, .kl = 0.5}, options, rng);
  }
  Result result;
  std::vector<Eigen::ArrayXd> plain, weighted;
  Eigen::VectorXd all(repetitions * draws_each);
  for (int r = 0; r < repetitions; ++r) {
    const auto draws = flow.sample(draws_each, rng, bijou::Workspace{2});
    plain.push_back(free_energy(draws.events, Eigen::VectorXd::Zero(draws_each)));
    weighted.push_back(free_energy(draws.events, draws.log_weights));
    all.segment(r * draws_each, draws_each) = draws.log_weights;
    if (r == 0) result.some = draws.events.leftCols(2000);
  }
  const Eigen::ArrayXd exact = exact_free_energy();
  result.plain = errors_of(plain, exact);
  result.weighted = errors_of(weighted, exact);
  result.efficiency = bijou::effective_sample_size(all) / static_cast<double>(all.size());
  result.log_z = bijou::log_evidence(all);
  result.last_plain = plain.back();
  result.last_weighted = weighted.back();
  return result;
}

struct Spread {
  double mean, deviation;
};

template <class Get>
Spread spread_of(const std::vector<Result>& results, Get get) {
  double sum = 0, squares = 0;
  for (const Result& each : results) sum += get(each);
  const double mean = sum / static_cast<double>(results.size());
  for (const Result& each : results) squares += std::pow(get(each) - mean, 2);
  return {mean, std::sqrt(squares / static_cast<double>(results.size()))};
}

void print(const std::string& name, const std::vector<Result>& results) {
  std::printf("%-22s", name.c_str());
  const auto cell = [&](auto get) {
    const Spread s = spread_of(results, get);
    std::printf("%7.2f +- %.2f", s.mean, s.deviation);
  };
  cell([](const Result& r) { return r.plain.bias; });
  cell([](const Result& r) { return r.plain.total(); });
  cell([](const Result& r) { return r.weighted.bias; });
  cell([](const Result& r) { return r.weighted.total(); });
  cell([](const Result& r) { return r.efficiency; });
  const bijou::Estimate& z = results.back().log_z;
  std::printf("   %.4f +- %.4f\n", z.value, z.standard_error);
  std::fflush(stdout);
}

void write(const std::filesystem::path& folder, const std::string& name, const Result& result) {
  bijou::write_csv(folder / (name + "_points.csv"), {"x_1", "x_2"}, result.some);
  Eigen::Matrix<double, 4, bins> energies;
  for (int b = 0; b < bins; ++b) energies(0, b) = centre(b);
  energies.bottomRows(3) << exact_free_energy().transpose(), result.last_plain.transpose(),
      result.last_weighted.transpose();
  bijou::write_csv(folder / (name + "_energy.csv"), {"x_1", "exact", "draws", "weighted_draws"}, energies);
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : "stochastic_flow_output";
  const int trainings = argc > 2 ? std::atoi(argv[2]) : 3;
  const bijou::Index steps = argc > 3 ? std::atoi(argv[3]) : 300;
  if (argc > 4) draws_each = std::atoi(argv[4]);
  if (trainings < 1 || steps < 1 || draws_each < 2000) {
    std::fprintf(stderr, "usage: stochastic_flow [folder [trainings [steps [draws, at least 2000]]]]\n");
    return 2;
  }
  std::filesystem::create_directories(folder);
  std::mt19937_64 rng{0};
  std::printf(
      "errors of free energies in kT; ln Z exact %.4f\n"
      "                          bias            total           weighted bias   weighted total  ESS / N\n",
      well.log_normalizer());
  const auto repeat = [&](const std::string& name, const std::string& file, auto make) {
    std::vector<Result> results;
    for (int i = 0; i < trainings; ++i) results.push_back(run(make(rng), steps, rng));
    print(name, results);
    write(folder, file, results.back());
  };
  repeat("couplings", "flow", flow_alone);
  repeat("Metropolis", "chain", chain_alone);
  repeat("couplings, Metropolis", "both", both);

  draw_picture(folder, "stochastic_flow");
}
