#include <bijou/distributions/uniform.hpp>
#include <bijou/inference/contrastive.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/losses.hpp"
#include "support/message_of.hpp"
#include "support/statistics.hpp"

using namespace bijou;

namespace {

/// The loss with all pairs for atoms, by its formula.
double loss_of_all(const losses::Flow& flow, const StandardNormal<double, 2>& prior, const Eigen::Matrix2Xd& theta,
                   const Eigen::MatrixXd& x) {
  const Eigen::ArrayXd log_prior = prior.log_prob(theta);
  double sum = 0;
  for (Index i = 0; i < theta.cols(); ++i) {
    const Eigen::ArrayXd ratios = flow.given(x.col(i)).log_prob(theta).array() - log_prior;
    sum -= std::log(std::exp(ratios(i)) / ratios.exp().sum());
  }
  return sum / static_cast<double>(theta.cols());
}

}  // namespace

TEST_CASE("contrastive: all pairs for atoms, by the formula", "[contrastive]") {
  const auto flow = losses::conditional_flow(1);
  const StandardNormal<double, 2> prior;
  std::mt19937_64 rng{2};
  const Eigen::Matrix2Xd theta = losses::normals(2, 20, rng);
  const Eigen::MatrixXd x = losses::normals(2, 20, rng);
  Eigen::VectorXd gradient(flow.parameter_count());
  const double expected = loss_of_all(flow, prior, theta, x);
  CHECK(contrastive_gradient(flow, prior, theta, x, rng, gradient, 20) == Approx(expected).epsilon(1e-12));
  CHECK(contrastive_gradient(flow, prior, theta, x, rng, gradient, 128) == Approx(expected).epsilon(1e-12));

  // A pair again: its parameters are no atom of their own.
  Eigen::Matrix2Xd twice(2, 21);
  twice << theta, theta.col(7);
  Eigen::MatrixXd of_twice(2, 21);
  of_twice << x, x.col(7);
  const double with_self = contrastive_gradient(flow, prior, twice, of_twice, rng, gradient, 21);
  const double without = [&] {
    double sum = 0;
    const Eigen::ArrayXd log_prior = prior.log_prob(twice);
    for (Index i = 0; i < 21; ++i) {
      const Eigen::ArrayXd ratios = (flow.given(of_twice.col(i)).log_prob(twice).array() - log_prior).exp();
      const double other = i == 7 ? ratios(20) : i == 20 ? ratios(7) : 0;
      sum -= std::log(ratios(i) / (ratios.sum() - other));
    }
    return sum / 21;
  }();
  CHECK(with_self == Approx(without).epsilon(1e-12));
}

TEST_CASE("contrastive: the gradient against differences, with chosen atoms", "[contrastive]") {
  const auto flow = losses::conditional_flow(1);
  const StandardNormal<double, 2> prior;
  std::mt19937_64 rng{3};
  Workspace workspace;
  const Eigen::Matrix2Xd theta = losses::normals(2, 140, rng);
  const Eigen::MatrixXd x = theta + losses::normals(2, 140, rng);
  Eigen::VectorXd gradient(flow.parameter_count()), unused(flow.parameter_count());
  const auto same = [&](const auto& q, Eigen::VectorXd& out) {
    std::mt19937_64 seeded{4};
    return contrastive_gradient(q, prior, theta, x, seeded, out, 5, workspace);
  };
  CHECK(same(flow, gradient) > 0);
  losses::check_differences(flow, gradient, [&](const auto& q) { return same(q, unused); });
}

TEST_CASE("contrastive: atoms are others, each once, equally likely", "[contrastive]") {
  constexpr Index events = 12, count = 5;
  Index atoms[count];
  CounterGenerator rng{5, {}};
  for (const Index own : {Index{0}, Index{4}, Index{11}}) {
    std::vector<std::uint64_t> counts(events, 0);
    for (int repetition = 0; repetition < 20'000; ++repetition) {
      detail::choose_atoms(own, events, count, rng, atoms);
      for (const Index atom : atoms) ++counts[static_cast<std::size_t>(atom)];
      std::sort(atoms, atoms + count);
      REQUIRE(std::adjacent_find(atoms, atoms + count) == atoms + count);
    }
    REQUIRE(counts[static_cast<std::size_t>(own)] == 20'000);
    counts.erase(counts.begin() + own);
    // Each at 4/11; without replacement the counts vary less than independent ones. Above 4.5: less than 4e-6.
    CHECK(statistics::chi_square_score(counts) < 4.5);
  }
  detail::choose_atoms(3, 5, 5, rng, atoms);  // all of them
  std::sort(atoms, atoms + 5);
  for (Index i = 0; i < 5; ++i) CHECK(atoms[i] == i);
}

TEST_CASE("contrastive: stable where the ratios leave the range of a double", "[contrastive]") {
  double derivatives[3];
  const double far[] = {-1000, -2000, -1001};
  CHECK(detail::contrast(far, 3, derivatives) == Approx(std::log1p(std::exp(-1.0))));
  CHECK(derivatives[0] == Approx(-derivatives[2]));
  CHECK(derivatives[1] == 0);
  const double reversed[] = {-2000, 1000, -std::numeric_limits<double>::infinity()};
  CHECK(detail::contrast(reversed, 3, derivatives) == 3000);
  CHECK(derivatives[0] == -1);
  const double nothing[] = {-std::numeric_limits<double>::infinity(), 0};
  CHECK(detail::contrast(nothing, 2, derivatives) == std::numeric_limits<double>::infinity());
}

TEST_CASE("contrastive: the posterior under the prior from draws of a proposal", "[contrastive]") {
  // theta ~ N(0, 1) a priori, x = theta + 0.5 N(0, 1): posterior N(0.8 x, 0.2). Drawn from N(1, 0.6^2): the posterior
  // under that has the precision 4 + 1 / 0.36 and at x = (0, 0.5) the means (0.41, 0.705).
  const StandardNormal<double, 2> prior;
  std::mt19937_64 rng{6};
  const Eigen::Matrix2Xd theta = (0.6 * losses::normals(2, 3000, rng)).array() + 1;
  const Eigen::MatrixXd x = theta + 0.5 * losses::normals(2, 3000, rng);
  auto flow = losses::conditional_flow(7);
  flow.set_parameters(0.1 * flow.parameters());
  auto direct = flow;
  const auto history = fit_contrastive(
      flow, prior, theta, x,
      {.epochs = 25, .batch_size = 100, .learning_rate = 1e-2, .validation_fraction = 0.1, .patience = 8}, rng);
  fit(direct, theta, x, {.epochs = 15, .batch_size = 100, .learning_rate = 1e-2}, rng);
  const Eigen::Vector2d at(0, 0.5);
  const auto draws = flow.given(at).sample(20'000, rng);
  const Eigen::Vector2d mean = draws.rowwise().mean();
  const Eigen::Vector2d of_direct = direct.given(at).sample(20'000, rng).rowwise().mean();
  const Eigen::Vector2d variance = (draws.colwise() - mean).rowwise().squaredNorm() / 20'000;
  INFO("seed 6: mean " << mean.transpose() << ", variance " << variance.transpose() << ", of nll "
                       << of_direct.transpose() << ", loss " << history.validation_nll.back());
  CHECK((mean - Eigen::Vector2d(0, 0.4)).cwiseAbs().maxCoeff() < 0.1);
  CHECK((variance - Eigen::Vector2d(0.2, 0.2)).cwiseAbs().maxCoeff() < 0.06);
  CHECK((of_direct - Eigen::Vector2d(0.41, 0.705)).cwiseAbs().maxCoeff() < 0.1);
  CHECK(history.validation_nll.back() < std::log(10.0) - 0.3);
}

TEST_CASE("contrastive: what is refused", "[contrastive]") {
  auto flow = losses::conditional_flow(1);
  const auto plain = losses::flow(1);
  const StandardNormal<double, 2> prior;
  std::mt19937_64 rng{8};
  const Eigen::Matrix2Xd theta = losses::normals(2, 10, rng);
  const Eigen::MatrixXd x = losses::normals(2, 10, rng);
  Eigen::VectorXd gradient(flow.parameter_count());
  const auto message = [&](const auto& q, const auto& p, const Eigen::Matrix2Xd& t, const Eigen::MatrixXd& c,
                           Index atoms) {
    return message_of([&] { contrastive_gradient(q, p, t, c, rng, gradient, atoms); });
  };
  CHECK(message(plain, prior, theta, x, 5) ==
        "contrastive_gradient: the flow takes no context: it cannot depend on the data");
  CHECK(message(flow, prior, theta, x.leftCols(9), 5) ==
        "contrastive_gradient: expected a context of 2 x 10, a column for each of theta, got 2 x 9");
  CHECK(message(flow, prior, theta, x, 1) == "contrastive_gradient: expected atoms from 2 to 128, got 1");
  CHECK(message(flow, prior, theta.col(0).replicate(1, 10), x, 5) ==
        "contrastive_gradient: expected parameters of at least 2 values to tell apart, got one");
  const Uniform<double, 2> box{Eigen::Vector2d::Constant(-10), Eigen::Vector2d::Constant(10)};
  Eigen::Matrix2Xd outside = theta;
  outside(1, 3) = 11;
  CHECK(message(flow, box, theta, x, 5) == "nothing was thrown");
  CHECK(message(flow, box, outside, x, 5) ==
        "contrastive_gradient: ln of the prior of the parameters in column 3 is -inf: parameters that it cannot give "
        "have no ratio of posterior and prior");
  CHECK(message_of([&] {
          fit_contrastive(flow, box, outside, x, {}, rng);
        }).starts_with("fit_contrastive: ln of the prior of the parameters in column 3 is -inf"));
  CHECK(message_of([&] { fit_contrastive(flow, prior, theta, x, {.batch_size = 1}, rng); }) ==
        "fit_contrastive: expected batch_size of at least 2, got 1");
  CHECK(message_of([&] { fit_contrastive(flow, prior, theta, x, {.validation_fraction = 0.1}, rng); }) ==
        "fit_contrastive: expected a validation_fraction of at least 2 pairs, got 1");
}
