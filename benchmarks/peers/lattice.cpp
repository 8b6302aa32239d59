// Trains a coupling flow for the phi^4 theory on a lattice of 8 x 8 sites by its own draws and says how large the
// effective sample size is after that: one line of JSON. Beside bijx by lattice.py.
//
//   bijou_lattice NETWORK GRADIENT STEPS SEED THREADS
//
// NETWORK: conv, that of bijx and of Albergo et al. 2021, or dense. GRADIENT: path or total.
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/on_slice.hpp>
#include <bijou/conditioners/activations.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/distributions/calls_of.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/inference/log_weights.hpp>
#include <bijou/inference/reverse_kl.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/invert.hpp>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <exception>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using bijou::ConstTile;
using bijou::Index;
using bijou::Tile;
using Packet = bijou::Simd<float>;
using Leaky = bijou::activations::LeakyRelu;

constexpr Index length = 8;
constexpr Index volume = length * length;
constexpr int layers = 16;
constexpr Index draws_per_step = 64;
constexpr double learning_rate = 1e-3;
constexpr Index draws_of_result = 1 << 16;

Index site_at(Index row, Index column) { return (row + length) % length * length + (column + length) % length; }

/// ln p = -S + constant, S = sum_x [(m^2 + 4) phi_x^2 + lambda phi_x^4 - 2 phi_x (phi of the neighbours below and to
/// the right)].
struct Phi4 {
  using Scalar = float;
  static constexpr int static_event_size = Eigen::Dynamic;
  static constexpr Index event_size() { return volume; }

  void log_prob(bijou::DensityEvaluation<float> e) const {
    for (Index site = 0; site < volume; ++site) {
      const auto phi = e.input.row(site);
      const auto ahead = e.input.row(below(site)) + e.input.row(right(site));
      e.log_prob -= phi * (phi * (mass_squared + 4 + coupling * phi.square()) - 2 * ahead);
    }
  }

  void log_prob_pullback(bijou::DensityPullback<float> p) const {
    for (Index site = 0; site < volume; ++site) {
      const auto phi = p.input.row(site);
      const auto around =
          p.input.row(below(site)) + p.input.row(right(site)) + p.input.row(above(site)) + p.input.row(left(site));
      p.input_gradient.row(site) =
          p.log_prob_gradient * (2 * around - phi * (2 * (mass_squared + 4) + 4 * coupling * phi.square()));
    }
  }

  float mass_squared = -4;
  float coupling = 8;

 private:
  static Index below(Index site) { return site_at(site / length + 1, site % length); }
  static Index above(Index site) { return site_at(site / length - 1, site % length); }
  static Index right(Index site) { return site_at(site / length, site % length + 1); }
  static Index left(Index site) { return site_at(site / length, site % length - 1); }
};

/// The sites of one colour of the chessboard.
std::vector<int> sites_of(int parity) {
  std::vector<int> sites;
  for (int site = 0; site < volume; ++site) {
    if ((site / length + site % length) % 2 == parity) sites.push_back(site);
  }
  return sites;
}

/// A convolution with kernels of 3 x 3 on the periodic lattice. Channel c of site i is in row i Channels + c of a tile.
template <int In, int Out>
struct Convolution {
  Eigen::Matrix<float, Out, 9 * In> weights;
  Eigen::Vector<float, Out> bias;

  /// Weights are uniform, of the given standard deviation.
  template <class Rng>
  Convolution(double deviation, Rng& rng) {
    const double bound = std::sqrt(3.0) * deviation;
    for (float& w : weights.reshaped()) w = static_cast<float>(bound * (2 * bijou::uniform(rng) - 1));
    bias.setZero();
  }

  static constexpr auto members() {
    return std::tuple{bijou::parameter("weights", &Convolution::weights), bijou::parameter("bias", &Convolution::bias)};
  }

  static Index neighbour(Index site, Index tap) {
    return site_at(site / length + tap / 3 - 1, site % length + tap % 3 - 1);
  }

  /// The outputs at some of the sites.
  void evaluate(ConstTile<float> in, const std::vector<int>& sites, Tile<float> out) const {
    for (std::size_t i = 0; i < sites.size(); ++i) {
      for (Index n = 0; n < in.cols(); n += Packet::size) {
        std::array<Packet, Out> sums;
        for (int o = 0; o < Out; ++o) sums[o] = Packet(bias(o));
        for (Index tap = 0; tap < 9; ++tap) {
          const Index first = neighbour(sites[i], tap) * In;
          for (Index c = 0; c < In; ++c) {
            const Packet x = in.load(first + c, n);
            for (int o = 0; o < Out; ++o) sums[o] = multiply_add(Packet(weights(o, tap * In + c)), x, sums[o]);
          }
        }
        for (int o = 0; o < Out; ++o) out.store(static_cast<Index>(i) * Out + o, n, sums[o]);
      }
    }
  }

  void add_weight_gradient(ConstTile<float> in, const std::vector<int>& sites, ConstTile<float> d_out,
                           bijou::ParameterGradient<float> gradient, bijou::Pass<float>& pass) const {
    const bijou::Arena::Frame frame(pass.arena);
    const Tile<float> sums_of_events = pass.arena.tile<float>(Out, in.cols());
    auto [d_weights, d_bias] =
        bijou::gradients(*this, bijou::ConditionerPullback<float, bijou::NoCache>{d_out, {}, gradient, {}, pass});
    for (Index tap = 0; tap < 9; ++tap) {
      for (Index c = 0; c < In; ++c) {
        for (Index n = 0; n < in.cols(); n += Packet::size) {
          std::array<Packet, Out> sums;
          sums.fill(Packet(0));
          for (std::size_t i = 0; i < sites.size(); ++i) {
            const Packet x = in.load(neighbour(sites[i], tap) * In + c, n);
            for (int o = 0; o < Out; ++o)
              sums[o] = multiply_add(d_out.load(static_cast<Index>(i) * Out + o, n), x, sums[o]);
          }
          for (int o = 0; o < Out; ++o) sums_of_events.store(o, n, sums[o]);
        }
        d_weights.col(tap * In + c) += sums_of_events.rowwise().sum();
      }
    }
    for (Index row = 0; row < d_out.rows(); ++row) d_bias(row % Out) += d_out.row(row).sum();
  }

  void pull_back(const std::vector<int>& sites, ConstTile<float> d_out, Tile<float> d_in) const {
    d_in.setZero();
    for (std::size_t i = 0; i < sites.size(); ++i) {
      for (Index n = 0; n < d_in.cols(); n += Packet::size) {
        std::array<Packet, Out> g;
        for (int o = 0; o < Out; ++o) g[o] = d_out.load(static_cast<Index>(i) * Out + o, n);
        for (Index tap = 0; tap < 9; ++tap) {
          const Index first = neighbour(sites[i], tap) * In;
          for (Index c = 0; c < In; ++c) {
            Packet sum = d_in.load(first + c, n);
            for (int o = 0; o < Out; ++o) sum = multiply_add(Packet(weights(o, tap * In + c)), g[o], sum);
            d_in.store(first + c, n, sum);
          }
        }
      }
    }
  }
};

template <class Function>
void for_each_packet(const Tile<float>& tile, Function f) {
  for (Index i = 0; i < tile.rows(); ++i) {
    for (Index n = 0; n < tile.cols(); n += Packet::size) f(i, n);
  }
}

/// The sites of one colour to shift and scale of those of the other: two hidden layers of 8 channels with leaky relu,
/// then tanh.
class LatticeNetwork {
 public:
  using Scalar = float;
  static constexpr bool is_autoregressive = false;
  struct Cache {
    Tile<float> field, first, second, output;
  };

  template <class Rng>
  LatticeNetwork(int parity, Rng& rng)
      : parity_(parity), first_(1 / 3.0, rng), second_(1 / std::sqrt(72.0), rng), last_(0.01, rng) {}

  static Index input_size() { return volume / 2; }
  static Index output_size() { return volume; }
  static Index context_size() { return 0; }
  static constexpr auto members() {
    return std::tuple{bijou::state("parity", &LatticeNetwork::parity_), bijou::part("first", &LatticeNetwork::first_),
                      bijou::part("second", &LatticeNetwork::second_), bijou::part("last", &LatticeNetwork::last_)};
  }

  void evaluate(bijou::ConditionerEvaluation<float, Cache> e) const {
    const auto tile = [&](Index rows) { return e.pass.arena.tile<float>(rows, e.input.cols()); };
    const std::vector<int> given = sites_of(parity_), wanted = sites_of(1 - parity_);
    Cache& c = e.cache;
    c.field.rebind(tile(volume));
    c.first.rebind(tile(8 * volume));
    c.second.rebind(tile(8 * volume));
    c.output.rebind(tile(volume));
    c.field.setZero();
    for (std::size_t i = 0; i < given.size(); ++i) c.field.row(given[i]) = e.input.row(static_cast<Index>(i));
    first_.evaluate(c.field, all_sites(), c.first);
    activate(c.first);
    second_.evaluate(c.first, all_sites(), c.second);
    activate(c.second);
    last_.evaluate(c.second, wanted, c.output);
    for_each_packet(c.output, [&](Index i, Index n) { c.output.store(i, n, tanh(c.output.load(i, n))); });
    e.output = c.output;
  }

  void pullback(bijou::ConditionerPullback<float, Cache> p) const {
    const bijou::Arena::Frame frame(p.pass.arena);
    const auto tile = [&](Index rows) { return p.pass.arena.tile<float>(rows, p.output_gradient.cols()); };
    const std::vector<int> given = sites_of(parity_), wanted = sites_of(1 - parity_);
    const Cache& c = p.cache;
    const Tile<float> d_output = tile(volume), d_second = tile(8 * volume), d_first = tile(8 * volume),
                      d_field = tile(volume);
    for_each_packet(d_output, [&](Index i, Index n) {
      const Packet h = c.output.load(i, n);
      d_output.store(i, n, p.output_gradient.load(i, n) * (Packet::of(1) - h * h));
    });
    last_.pull_back(wanted, d_output, d_second);
    deactivate(c.second, d_second);
    second_.pull_back(all_sites(), d_second, d_first);
    deactivate(c.first, d_first);
    first_.pull_back(all_sites(), d_first, d_field);
    for (std::size_t i = 0; i < given.size(); ++i) p.input_gradient.row(static_cast<Index>(i)) = d_field.row(given[i]);
    if (p.parameter_gradient.size() == 0) return;
    auto [d_1, d_2, d_3] = bijou::gradients(*this, p);
    first_.add_weight_gradient(c.field, all_sites(), d_first, d_1, p.pass);
    second_.add_weight_gradient(c.first, all_sites(), d_second, d_2, p.pass);
    last_.add_weight_gradient(c.second, wanted, d_output, d_3, p.pass);
  }

 private:
  static const std::vector<int>& all_sites() {
    static const std::vector<int> sites = [] {
      std::vector<int> all;
      for (int site = 0; site < volume; ++site) all.push_back(site);
      return all;
    }();
    return sites;
  }
  static void activate(const Tile<float>& units) {
    for_each_packet(units, [&](Index i, Index n) { units.store(i, n, Leaky::value(units.load(i, n))); });
  }
  static void deactivate(const Tile<float>& units, const Tile<float>& gradient) {
    for_each_packet(units, [&](Index i, Index n) {
      const Packet h = units.load(i, n);
      gradient.store(i, n, gradient.load(i, n) * Leaky::derivative(h, h));
    });
  }

  int parity_;
  Convolution<1, 8> first_;
  Convolution<8, 8> second_;
  Convolution<8, 2> last_;
};

/// x = e^a z + t on the sites of one colour, those of the other in turn.
template <class Make>
auto flow_of(Make make_network) {
  using Affine = bijou::InvertTransformer<bijou::AffineTransformer<float, bijou::scale_maps::Exp>>;
  using Network = decltype(make_network(0));
  using Coupling = bijou::Coupling<Eigen::Dynamic, Affine, Network>;
  std::vector<bijou::OnSlice<Eigen::Dynamic, Coupling>> chain;
  for (int i = 0; i < layers; ++i) {
    std::vector<int> order = sites_of(i % 2);
    for (const int site : sites_of(1 - i % 2)) order.push_back(site);
    chain.emplace_back(volume, order, Coupling(Affine{}, make_network(i % 2)));
  }
  return bijou::TransformedDistribution{bijou::StandardNormal<float, Eigen::Dynamic>(volume),
                                        bijou::DynamicChain{std::move(chain)}};
}

template <class Flow>
void train(Flow flow, bool on_path, int steps, std::mt19937_64& rng, int threads) {
  const Phi4 phi4;
  const std::clock_t start = std::clock();
  const bijou::StepHistory history = bijou::fit_reverse_kl(
      flow, phi4, {.steps = steps, .batch_size = draws_per_step, .learning_rate = learning_rate, .threads = threads},
      rng, bijou::Adam<float>{}, {.path_gradient = on_path});
  const double cpu_seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  bijou::Workspace workspace{threads};
  const auto draws = flow.sample_with_log_prob(draws_of_result, rng, workspace);
  const Eigen::VectorXd log_weights =
      bijou::log_prob(phi4, draws.events, workspace).template cast<double>() - draws.log_prob.template cast<double>();
  std::printf("{\"parameters\": %td, \"ess\": %.4f, \"log_z\": %.4f, \"seconds\": %.6g, \"cpu_seconds\": %.6g}\n",
              flow.parameter_count(), bijou::effective_sample_size(log_weights) / draws_of_result,
              bijou::log_evidence(log_weights).value, history.seconds, cpu_seconds);
}

void run(const std::string& network, const std::string& gradient, int steps, unsigned seed, int threads) {
  if (gradient != "path" && gradient != "total") throw std::invalid_argument("GRADIENT is path or total");
  std::mt19937_64 rng{seed};
  if (network == "conv") {
    train(flow_of([&](int parity) { return LatticeNetwork(parity, rng); }), gradient == "path", steps, rng, threads);
  } else if (network == "dense") {
    const auto dense = [&](int) {
      return bijou::Mlp<float, bijou::activations::Tanh>(volume / 2, volume, {64, 64}, rng);
    };
    train(flow_of(dense), gradient == "path", steps, rng, threads);
  } else {
    throw std::invalid_argument("NETWORK is conv or dense");
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: bijou_lattice NETWORK GRADIENT STEPS SEED THREADS\n");
    return 2;
  }
  try {
    run(argv[1], argv[2], std::stoi(argv[3]), static_cast<unsigned>(std::stoul(argv[4])), std::stoi(argv[5]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
