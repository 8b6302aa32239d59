// Integrals by importance sampling: a narrow curved ridge in the unit box of four dimensions by plain Monte Carlo, by a
// grid as VEGAS has it (Lepage 1978), and by a flow of couplings of splines trained on the variance of f/q (Heimel et
// al. 2022). Arguments: folder of the output, number of steps of the flow.
#include <bijou/bijou.hpp>
#include <bijou/io/csv_log.hpp>
#include <bijou/io/write_csv.hpp>
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <numbers>
#include <random>
#include <string>

#include "support/gnuplot.hpp"

namespace {

using Real = float;
using Rng = std::mt19937_64;
constexpr int size = 4;
using Events = Eigen::Matrix<Real, size, Eigen::Dynamic>;

constexpr double width = 0.05;
constexpr bijou::Index draws_of_step = 1024;
constexpr int refinements = 20;
constexpr int bins = 50;
constexpr bijou::Index draws_of_result = 1'000'000;

/// The ridge: f(x) is the product of k(x_i, x_i+1), k(x, y) = exp(-(y - c(x))^2 / 2 width^2).
double kernel(double x, double y) {
  const double u = (y - (0.5 + 0.3 * std::sin(2 * std::numbers::pi * x))) / width;
  return std::exp(-u * u / 2);
}

Eigen::VectorXd integrand(const Events& x) {
  Eigen::VectorXd values = Eigen::VectorXd::Ones(x.cols());
  for (bijou::Index n = 0; n < x.cols(); ++n) {
    for (int i = 0; i + 1 < size; ++i) values(n) *= kernel(x(i, n), x(i + 1, n));
  }
  return values;
}

/// The kernel at the midpoints of n x n cells, times the width of a cell. Chained factors are a product of matrices: a
/// quadrature of four dimensions, accurate to 1e-8 for 1000 cells and more.
Eigen::MatrixXd kernel_matrix(bijou::Index n) {
  const auto count = static_cast<double>(n);
  return Eigen::MatrixXd::NullaryExpr(n, n, [count](bijou::Index i, bijou::Index j) {
    return kernel((static_cast<double>(i) + 0.5) / count, (static_cast<double>(j) + 0.5) / count) / count;
  });
}

double exact_integral() {
  const Eigen::MatrixXd k = kernel_matrix(2000);
  return (k * (k * k.rowwise().sum())).mean();
}

/// Independent coordinates, each through a map of `bins` pieces: x goes through bins of free widths as z through equal
/// ones.
using Piecewise = bijou::InvertTransformer<bijou::LinearSpline<Real, bins>>;
using Grid = bijou::TransformedDistribution<bijou::Uniform<Real, size>, bijou::Elementwise<size, Piecewise>>;

const bijou::Uniform<Real, size> box{Eigen::Vector4f::Zero(), Eigen::Vector4f::Ones()};
const Piecewise piecewise{bijou::LinearSpline<Real, bins>{0, 1}};

/// New widths of the bins of a coordinate, such that each holds as much of `squares`, the sums of (f/q)^2 in the old
/// bins, smoothed and damped (Lepage 2021, "Adaptive multidimensional integration: VEGAS enhanced", section 2).
Eigen::ArrayXd refined(const Eigen::ArrayXd& widths, const Eigen::ArrayXd& squares) {
  Eigen::ArrayXd content(bins);
  for (int k = 0; k < bins; ++k)
    content(k) = (squares(std::max(k - 1, 0)) + 6 * squares(k) + squares(std::min(k + 1, bins - 1))) / 8;
  content = (content / content.sum()).max(1e-12);
  content = ((1 - content) / -content.log()).sqrt();
  const double share = content.sum() / bins;
  Eigen::ArrayXd result(bins);
  int old = 0;
  double left = content(0);  // what the old bin still holds
  for (int k = 0; k < bins; ++k) {
    double needed = share, length = 0;
    while (needed > left && old + 1 < bins) {
      length += widths(old) * left / content(old);
      needed -= left;
      left = content(++old);
    }
    result(k) = length + widths(old) * needed / content(old);
    left -= needed;
  }
  return result / result.sum();
}

void refine(Grid& grid, bijou::Index draws, Rng& rng) {
  const auto drawn = grid.sample_with_log_prob(draws, rng);
  const Eigen::ArrayXd weights = integrand(drawn.events).array() / drawn.log_prob.cast<double>().array().exp();
  const Events z = grid.bijector.inverse(drawn.events);
  Eigen::MatrixXf parameters = grid.bijector.parameters();
  for (int i = 0; i < size; ++i) {
    Eigen::ArrayXd squares = Eigen::ArrayXd::Zero(bins);
    for (bijou::Index n = 0; n < draws; ++n)
      squares(std::clamp(static_cast<int>(z(i, n) * bins), 0, bins - 1)) += weights(n) * weights(n);
    const Eigen::ArrayXd widths = parameters.col(i).cast<double>().array().exp();
    parameters.col(i) = refined(widths / widths.sum(), squares).log().cast<float>();
  }
  grid = Grid{box, bijou::Elementwise<size, Piecewise>{piecewise, parameters}};
}

/// Relative variance of an evaluation after so many calls of the integrand, from draws that are not counted.
template <class Density>
void log_variance(bijou::CsvLog& log, bijou::Index calls, const Density& q, Rng& rng) {
  const double variance = bijou::integrate(q, integrand, 100'000, rng, bijou::Workspace{2}).relative_variance;
  log.row({{"calls", static_cast<double>(calls)}, {"relative_variance", variance}});
}

/// A projection, given over cells of its two coordinates up to a factor.
void write_projection(const std::filesystem::path& path, const Eigen::MatrixXd& density) {
  bijou::CsvWriter file(path, {"x_1", "x_other", "density"});
  const auto cells = static_cast<double>(density.rows());
  for (bijou::Index j = 0; j < density.cols(); ++j) {
    for (bijou::Index i = 0; i < density.rows(); ++i)
      file.row(Eigen::Vector3d((static_cast<double>(i) + 0.5) / cells, (static_cast<double>(j) + 0.5) / cells,
                               density(i, j) / density.mean()));
  }
  file.commit();
}

constexpr bijou::Index cells = 80;

void write_projections(const std::filesystem::path& folder, const std::string& name, const Events& x) {
  for (const int other : {1, 2}) {
    Eigen::MatrixXd counts = Eigen::MatrixXd::Zero(cells, cells);
    for (const auto& event : x.colwise()) {
      const auto cell = [&](int i) { return std::min(static_cast<bijou::Index>(event(i) * Real(cells)), cells - 1); };
      counts(cell(0), cell(other)) += 1;
    }
    write_projection(folder / (name + std::to_string(other + 1) + ".csv"), counts);
  }
}

void write_exact_projections(const std::filesystem::path& folder) {
  const Eigen::MatrixXd k = kernel_matrix(cells);
  const Eigen::VectorXd once = k.rowwise().sum(), twice = k * once;
  write_projection(folder / "exact2.csv", k * twice.asDiagonal());
  write_projection(folder / "exact3.csv", k * k * once.asDiagonal());
}

template <class Density>
bijou::Integral report(const std::string& name, const Density& q, bijou::Index learning, bijou::Index draws,
                       double exact, Rng& rng) {
  const bijou::Integral result = bijou::integrate(q, integrand, draws, rng, bijou::Workspace{2});
  const auto some = q.sample_with_log_prob(200'000, rng, bijou::Workspace{2});
  const Eigen::VectorXd log_w = integrand(some.events).array().log() - some.log_prob.template cast<double>().array();
  std::printf("%-14s%9td%9td%11.4f +- %.4f%8.1f%12.2f%14.4f\n", name.c_str(), learning, draws, 1000 * result.value,
              1000 * result.standard_error, (result.value - exact) / result.standard_error, result.relative_variance,
              bijou::unweight(log_w, rng, 0.001).efficiency);
  std::fflush(stdout);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : "importance_sampling_output";
  const bijou::Index steps = argc > 2 ? std::atoi(argv[2]) : 2000;
  if (steps < 1) {
    std::fprintf(stderr, "usage: importance_sampling [folder [steps]]\n");
    return 2;
  }
  std::filesystem::create_directories(folder);
  Rng rng{0};
  const double exact = exact_integral();
  const bijou::Index learning = steps * draws_of_step;
  std::printf(
      "1000 times the integral, by quadrature %.4f\n"
      "              learning    draws    1000 x integral       pull    rel. var.   unweighting\n",
      1000 * exact);
  const double plain = report("plain", box, 0, learning + draws_of_result, exact, rng).relative_variance;
  const auto end = static_cast<double>(learning);
  bijou::write_csv(folder / "plain.csv", {"calls", "relative_variance"},
                   (Eigen::Matrix2d() << draws_of_step, end, plain, plain).finished());

  Grid grid{box, bijou::Elementwise<size, Piecewise>{piecewise}};
  bijou::CsvLog grid_log(folder / "grid.csv"), flow_log(folder / "flow.csv");
  for (int i = 1; i <= refinements; ++i) {
    refine(grid, learning / refinements, rng);
    log_variance(grid_log, i * (learning / refinements), grid, rng);
  }
  report("grid of VEGAS", grid, learning, draws_of_result, exact, rng);

  auto flow = bijou::flows::madnis_coupling<Real>({.event_size = size, .bins = 16}, rng);
  const auto watch = [&](const bijou::StepReport& step) {
    const auto done = static_cast<std::uint64_t>(step.step + 1);
    if (std::has_single_bit(done) || step.step + 1 == steps)
      log_variance(flow_log, (step.step + 1) * draws_of_step, flow, rng);
  };
  bijou::fit_variance(flow, integrand,
                      {.steps = steps,
                       .batch_size = draws_of_step,
                       .learning_rate = 5e-3,
                       .schedule = bijou::CosineSchedule{},
                       .clip_norm = 5,
                       .threads = 2,
                       .callback = watch},
                      rng, bijou::Adam<Real>{}, {.softclip = 30});
  const bijou::Integral result = report("flow", flow, learning, draws_of_result, exact, rng);

  write_exact_projections(folder);
  write_projections(folder, "grid", grid.sample(draws_of_result, rng));
  write_projections(folder, "flow", flow.sample(draws_of_result, rng, bijou::Workspace{2}));
  draw_picture(folder, "importance_sampling");
  return std::abs(result.value - exact) < 5 * result.standard_error && result.relative_variance < plain ? 0 : 1;
}
