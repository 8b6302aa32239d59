#include "support/densities.hpp"
#include "support/flows.hpp"

using namespace bijou;
using namespace densities;

namespace {

// The integral of the density over the plane, by midpoints in u with x_i = sinh u_i, dx_i = cosh u_i du_i, |u_i| <
// width.
template <class Flow>
double mass(const Flow& flow, double width, Index points) {
  const double spacing = 2 * width / static_cast<double>(points);
  const Eigen::ArrayXd u =
      (Eigen::ArrayXd::LinSpaced(points, 0, static_cast<double>(points - 1)) + 0.5) * spacing - width;
  const Eigen::ArrayXd weight = u.cosh() * spacing;
  Workspace workspace;
  Eigen::Matrix2Xd x(2, points);
  Eigen::VectorXd log_p(points);
  x.row(1) = u.sinh();
  double sum = 0;
  for (Index i = 0; i < points; ++i) {
    x.row(0).setConstant(std::sinh(u(i)));
    flow.log_prob(x, log_p, workspace);
    sum += weight(i) * (log_p.array().exp() * weight).sum();
  }
  return sum;
}

}  // namespace

TEST_CASE("densities integrate to one", "[flow_mass]") {
  const std::uint64_t seed = GENERATE(1U, 2U, 3U);
  INFO("seed " << seed);
  CHECK(mass(flows::maf<double>(seed), 8, 500) == Approx(1).margin(1e-3));
  CHECK(mass(flows::real_nvp<double>(seed), 8, 500) == Approx(1).margin(1e-3));
  CHECK(mass(flows::mixed<double>(seed), 8, 500) == Approx(1).margin(1e-3));
  CHECK(mass(flows::boxed<double>(seed), 2, 1000) == Approx(1).margin(1e-3));
}
