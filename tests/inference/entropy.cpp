#include <bijou/bijou.hpp>
#include <random>

#include "support/catch.hpp"
#include "support/in_order.hpp"
#include "support/message_of.hpp"

using namespace bijou;

// 200 seeds: the mean square of (estimate - truth) / error has deviation 0.1; 0.4 is passed in 1 of 1e4 at most.
TEST_CASE("entropy and kl: of normals, with the errors that they say", "[entropy]") {
  std::mt19937_64 rng{1};
  const in_order::Normal p(rng);
  const in_order::Normal q(rng);
  const auto log_det = [](const Eigen::Matrix3d& c) {
    return -2 * in_order::log_normal(Eigen::Vector3d(0, 0, 0), Eigen::Vector3d(0, 0, 0), c) -
           3 * std::log(2 * 3.14159265358979323846);
  };
  const double h = 0.5 * (3 + 3 * std::log(2 * 3.14159265358979323846) + log_det(p.covariance));
  // E_p ln q: the quadratic form of the columns of L and of the difference of the means.
  const auto log_q_at = [&](const Eigen::Vector3d& x) { return in_order::log_normal(x, q.mean, q.covariance); };
  const Eigen::Matrix3d l = p.flow.bijector.forward(Eigen::Matrix3d::Identity()).colwise() - p.mean;
  double cross = log_q_at(p.mean);
  for (Index i = 0; i < 3; ++i) cross += log_q_at(q.mean + l.col(i)) - log_q_at(q.mean);
  const double divergence = -h - cross;
  // An energy: the same density without its normaliser.
  const auto energy = energy_of<double, 3>([&](const Eigen::Vector3d& x) { return log_q_at(x) + 7; });
  double of_h = 0, of_kl = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    const Estimate a = entropy(p.flow, 500, std::mt19937_64{seed});
    const Estimate b = kl(p.flow, q.flow, 500, std::mt19937_64{seed});
    of_h += std::pow((a.value - h) / a.standard_error, 2) / 200;
    of_kl += std::pow((b.value - divergence) / b.standard_error, 2) / 200;
    if (seed < 5) CHECK(kl(p.flow, energy, 500, std::mt19937_64{seed}).value == Approx(b.value - 7).epsilon(1e-10));
  }
  INFO("seeds 0 to 199, mean squares " << of_h << " and " << of_kl);
  CHECK(of_h == Approx(1).margin(0.4));
  CHECK(of_kl == Approx(1).margin(0.4));
}

TEST_CASE("entropy and kl: of itself, outside of the support, under a context", "[entropy]") {
  std::mt19937_64 rng{2};
  const auto flow = in_order::maf(rng);
  CHECK(std::abs(kl(flow, flow, 300, rng).value) < 1e-12);
  const Uniform<double, 1> wide{Eigen::Vector<double, 1>(0.0), Eigen::Vector<double, 1>(2.0)};
  const Uniform<double, 1> narrow{Eigen::Vector<double, 1>(0.0), Eigen::Vector<double, 1>(1.0)};
  CHECK(kl(narrow, wide, 100, rng).value == Approx(std::log(2.0)));
  CHECK(kl(narrow, wide, 100, rng).standard_error == Approx(0).margin(1e-12));
  const Estimate infinite = kl(wide, narrow, 100, rng);
  CHECK(infinite.value == std::numeric_limits<double>::infinity());
  CHECK(std::isnan(infinite.standard_error));
  const TransformedDistribution conditional{StandardNormal<float, 2>{}, MAF<float, 2>{NetworkOptions{{8}, 1}, rng}};
  const Eigen::Vector<float, 1> context(0.3f);
  const auto view = conditional.given(context);
  CHECK(std::abs(kl(view, view, 200, rng).value) < 1e-5);
  CHECK(entropy(view, 200, std::mt19937_64{1}, Workspace{1}).value ==
        entropy(view, 200, std::mt19937_64{1}, Workspace{2}).value);
  CHECK(message_of([&] { entropy(flow, 1, rng); }) == "entropy: an error needs at least 2 draws, got 1");
  CHECK(message_of([&] { kl(flow, flow, 0, rng); }) == "kl: an error needs at least 2 draws, got 0");
  CHECK(message_of([&] { kl(flow, MultivariateNormal<double, Eigen::Dynamic>{2}, 10, rng); }) ==
        "MultivariateNormal: expected events of 2 rows, got 3");
}
