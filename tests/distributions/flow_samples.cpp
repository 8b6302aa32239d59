#include <array>

#include "support/densities.hpp"
#include "support/flows.hpp"

using namespace bijou;
using namespace densities;

namespace {

// Draws against the density, by counts in 12 x 12 cells of [-w, w]^2 and what lies outside.
template <class Flow>
void check_cells(const Flow& flow, double width) {
  const Index cells = 12;
  const Index points = 25;  // midpoints per cell and direction
  const double cell = 2 * width / static_cast<double>(cells);
  const double spacing = cell / static_cast<double>(points);
  std::vector<double> mass(cells * cells + 1);
  mass.back() = 1;
  Eigen::Matrix2Xd grid(2, points * points);
  for (Index c = 0; c < cells * cells; ++c) {
    for (Index p = 0; p < points * points; ++p) {
      grid(0, p) = -width + static_cast<double>(c / cells) * cell + (static_cast<double>(p / points) + 0.5) * spacing;
      grid(1, p) = -width + static_cast<double>(c % cells) * cell + (static_cast<double>(p % points) + 0.5) * spacing;
    }
    const double in_cell = flow.log_prob(grid).array().exp().sum() * spacing * spacing;
    mass[static_cast<std::size_t>(c)] = in_cell;
    mass.back() -= in_cell;
  }

  std::mt19937_64 rng{21};
  const Eigen::Matrix2Xd x = flow.sample(100'000, rng);
  std::vector<std::uint64_t> counts(mass.size());
  for (Index n = 0; n < x.cols(); ++n) {
    const Eigen::Array2d place = ((x.col(n).array() + width) / cell).floor();
    const bool inside = (place >= 0).all() && (place < static_cast<double>(cells)).all();
    ++counts[inside ? static_cast<std::size_t>(place(0)) * cells + static_cast<std::size_t>(place(1))
                    : counts.size() - 1];
  }
  // Cells where few draws are expected make one.
  std::vector<double> probabilities(1);
  std::vector<std::uint64_t> hits(1);
  for (std::size_t c = 0; c < mass.size(); ++c) {
    if (mass[c] * 100'000 < 20) {
      probabilities[0] += mass[c];
      hits[0] += counts[c];
    } else {
      probabilities.push_back(mass[c]);
      hits.push_back(counts[c]);
    }
  }
  CHECK(probabilities.size() > 40);
  INFO(probabilities.size() << " cells");
  CHECK(std::abs(statistics::chi_square_score(hits, probabilities)) < 4);
}

template <class Flow>
void check_ball(const Flow& flow, std::uint64_t seed, const Eigen::VectorXd& center, double radius) {
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  const auto drawn = flow.sample_with_log_prob(100'000, rng);
  check_volume(drawn.events.template cast<double>(), drawn.log_prob.template cast<double>(), center, radius,
               ball_volume(center.size(), radius));
}

}  // namespace

TEST_CASE("draws fall into cells as the density says", "[flow_samples]") {
  check_cells(bent_flows::maf<double>(1), 3);
  check_cells(bent_flows::real_nvp<double>(2), 3);
  check_cells(bent_flows::mixed<double>(3), 5);
  check_cells(bent_flows::boxed<double>(4), 2);
}

// E_p[1(|X - c| <= r) / p(X)] is the volume of the ball, the test of TensorFlow Probability's
// test_util.run_test_sample_consistent_log_prob.
TEST_CASE("draws and densities give the volume of a ball", "[flow_samples]") {
  check_ball(bent_flows::maf<double>(1), 1, Eigen::Vector2d(0.2, -0.3), 1);
  check_ball(bent_flows::maf<float>(1), 2, Eigen::Vector2d(0.5, 0.5), 0.8);
  check_ball(bent_flows::real_nvp<double>(2), 3, Eigen::Vector2d(-0.4, 0.1), 1);
  check_ball(bent_flows::real_nvp<float>(2), 4, Eigen::Vector2d(0, 0.5), 1);
  check_ball(bent_flows::mixed<double>(3), 5, Eigen::Vector2d(0.5, 0), 1);
  std::mt19937_64 rng{6};
  const TransformedDistribution five{StandardNormal<double, 5>{}, MAF<double, 5, 20>{rng}};
  check_ball(five, 6, 0.2 * Eigen::VectorXd::Ones(5), 1.5);
}
