// Integrals by importance sampling: a narrow curved ridge in the unit box of four dimensions by plain Monte Carlo, by a
// grid as VEGAS has it (Lepage 1978), and by a flow of couplings of splines trained on the variance of f/q (Heimel et
// al. 2022). Arguments: folder of the output, number of steps of the flow.
#include <bijou/bijou.hpp>
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
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
void write_variance(std::ofstream& file, bijou::Index calls, const Density& q, Rng& rng) {
  file << calls << ' ' << bijou::integrate(q, integrand, 100'000, rng, bijou::Workspace{2}).relative_variance << '\n';
}

/// A projection, given over cells of its two coordinates up to a factor.
void write_projection(const std::filesystem::path& path, const Eigen::MatrixXd& density) {
  std::ofstream file(path);
  const auto cells = static_cast<double>(density.rows());
  for (bijou::Index j = 0; j < density.cols(); ++j) {
    for (bijou::Index i = 0; i < density.rows(); ++i)
      file << (static_cast<double>(i) + 0.5) / cells << ' ' << (static_cast<double>(j) + 0.5) / cells << ' '
           << density(i, j) / density.mean() << '\n';
  }
}

constexpr bijou::Index cells = 80;

void write_projections(const std::filesystem::path& folder, const std::string& name, const Events& x) {
  for (const int other : {1, 2}) {
    Eigen::MatrixXd counts = Eigen::MatrixXd::Zero(cells, cells);
    for (const auto& event : x.colwise()) {
      const auto cell = [&](int i) { return std::min(static_cast<bijou::Index>(event(i) * Real(cells)), cells - 1); };
      counts(cell(0), cell(other)) += 1;
    }
    write_projection(folder / (name + std::to_string(other + 1) + ".txt"), counts);
  }
}

void write_exact_projections(const std::filesystem::path& folder) {
  const Eigen::MatrixXd k = kernel_matrix(cells);
  const Eigen::VectorXd once = k.rowwise().sum(), twice = k * once;
  write_projection(folder / "exact2.txt", k * twice.asDiagonal());
  write_projection(folder / "exact3.txt", k * k * once.asDiagonal());
}

template <class Density>
bijou::Integral report(const std::string& name, const Density& q, bijou::Index learning, bijou::Index draws,
                       double exact, Rng& rng) {
  const bijou::Integral result = bijou::integrate(q, integrand, draws, rng, bijou::Workspace{2});
  const auto some = q.sample_with_log_prob(200'000, rng, bijou::Workspace{2});
  const Eigen::VectorXd log_w = integrand(some.events).array().log() - some.log_prob.template cast<double>().array();
  std::cout << std::left << std::setw(14) << name << std::right << std::setw(9) << learning << std::setw(9) << draws
            << std::fixed << std::setprecision(4) << std::setw(11) << 1000 * result.value << " +- "
            << 1000 * result.standard_error << std::setprecision(1) << std::setw(8)
            << (result.value - exact) / result.standard_error << std::setprecision(2) << std::setw(12)
            << result.relative_variance << std::setprecision(4) << std::setw(14)
            << bijou::unweight(log_w, rng, 0.001).efficiency << "\n"
            << std::flush;
  return result;
}

const char* const script = R"(set terminal pngcairo size 1500,680 font 'sans,13'
set output 'importance_sampling.png'
set palette defined (0 '#440154', 1 '#3e4989', 2 '#26828e', 3 '#35b779', 4 '#fde725')
stats 'exact2.txt' using 3 name 'second' nooutput
stats 'exact3.txt' using 3 name 'third' nooutput
set multiplot
set border lw 1.2 lc rgb '#404040'
set tics out nomirror
unset colorbox
set tmargin at screen 0.93
set bmargin at screen 0.12
set lmargin at screen 0.05
set rmargin at screen 0.38
set logscale xy
set autoscale xfix
set xrange [1e3:*]
set format '10^{%T}'
set xlabel 'calls of the integrand while learning'
set title 'relative variance of one evaluation'
set key bottom left
plot 'plain.txt' using 1:2 with lines lw 2.5 lc rgb '#404040' title 'plain Monte Carlo', \
     'grid.txt' using 1:2 with linespoints lw 2.5 pt 7 ps 0.9 lc rgb '#31688e' title 'grid of VEGAS', \
     'flow.txt' using 1:2 with linespoints lw 2.5 pt 7 ps 0.9 lc rgb '#d1495b' title 'flow'
unset logscale
set format '%g'
set key off
set xrange [0:1]
set yrange [0:1]
set xtics 0.5
set ytics 0.5
names = "exact grid flow"
titles = "'exact' 'grid of VEGAS' 'flow'"
do for [other=2:3] {
  set tmargin at screen (other == 2 ? 0.93 : 0.48)
  set bmargin at screen (other == 2 ? 0.57 : 0.12)
  set xlabel (other == 2 ? '' : 'x_1')
  set format x (other == 2 ? '' : '%g')
  set cbrange [0:(other == 2 ? second_max : third_max)]
  do for [i=1:3] {
    set lmargin at screen 0.46 + 0.185 * (i - 1)
    set rmargin at screen 0.46 + 0.185 * (i - 1) + 0.165
    set title (other == 2 ? word(titles, i) : '')
    set ylabel (i == 1 ? sprintf('x_%d', other) : '') rotate by 0
    set format y (i == 1 ? '%g' : '')
    plot word(names, i).sprintf('%d.txt', other) using 1:2:3 with image
  }
}
unset multiplot
)";

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : "importance_sampling_output";
  const bijou::Index steps = argc > 2 ? std::atoi(argv[2]) : 2000;
  if (steps < 1) {
    std::cerr << "usage: importance_sampling [folder [steps]]\n";
    return 2;
  }
  std::filesystem::create_directories(folder);
  Rng rng{0};
  const double exact = exact_integral();
  const bijou::Index learning = steps * draws_of_step;
  std::cout << "1000 times the integral, by quadrature " << std::fixed << std::setprecision(4) << 1000 * exact << "\n"
            << "              learning    draws    1000 x integral       pull    rel. var.   unweighting\n";
  std::ofstream plain_file(folder / "plain.txt"), grid_file(folder / "grid.txt"), flow_file(folder / "flow.txt");
  const double plain = report("plain", box, 0, learning + draws_of_result, exact, rng).relative_variance;
  plain_file << draws_of_step << ' ' << plain << '\n' << learning << ' ' << plain << '\n';

  Grid grid{box, bijou::Elementwise<size, Piecewise>{piecewise}};
  for (int i = 1; i <= refinements; ++i) {
    refine(grid, learning / refinements, rng);
    write_variance(grid_file, i * (learning / refinements), grid, rng);
  }
  report("grid of VEGAS", grid, learning, draws_of_result, exact, rng);

  auto flow = bijou::flows::madnis_coupling<Real>({.event_size = size, .bins = 16}, rng);
  const auto watch = [&](const bijou::StepReport& step) {
    const auto done = static_cast<std::uint64_t>(step.step + 1);
    if (std::has_single_bit(done) || step.step + 1 == steps)
      write_variance(flow_file, (step.step + 1) * draws_of_step, flow, rng);
    return true;
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
  plain_file.close();
  grid_file.close();
  flow_file.close();
  std::ofstream(folder / "importance_sampling.plt") << script;
  const bool drawn = draw(folder, {"importance_sampling.plt"});
  std::cout << (drawn ? "The picture is " + (folder / "importance_sampling.png").string()
                      : "gnuplot is missing; the numbers are in " + folder.string())
            << "\n";
  return std::abs(result.value - exact) < 5 * result.standard_error && result.relative_variance < plain ? 0 : 1;
}
