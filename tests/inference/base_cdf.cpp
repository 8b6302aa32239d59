#include <bijou/inference/base_cdf.hpp>
#include <random>

#include "support/catch.hpp"
#include "support/in_order.hpp"

using namespace bijou;

// P(u > t) by mpmath 1.3.0, 40 digits.
TEST_CASE("base_cdf: Student's t beside mpmath", "[base_cdf]") {
  struct Row {
    double degrees, t, tail;
  };
  constexpr Row rows[] = {
      {0.5, 0.01, 0.49730337181805225},   {0.5, 0.7, 0.34270033126038326},   {0.5, 3, 0.18365407799297172},
      {0.5, 40, 0.050704899964747178},    {1, 0.01, 0.49681700723509174},    {1, 0.7, 0.30559988778578521},
      {1, 3, 0.10241638234956673},        {1, 40, 0.0079560899120258133},    {3, 0.01, 0.49632455570642599},
      {3, 0.7, 0.26716349915238181},      {3, 3, 0.028834442811218654},      {3, 40, 1.7190340394579264e-5},
      {7.25, 0.01, 0.49614545947954625},  {7.25, 0.7, 0.2528811015412303},   {7.25, 3, 0.0095670664965845413},
      {7.25, 40, 4.5004284104708708e-10}, {100, 0.01, 0.49602060511721425},  {100, 0.7, 0.24277630322718668},
      {100, 3, 0.0017039576716647248},    {100, 40, 1.2310538010700354e-63}, {1e5, 0.01, 0.49601065365941158},
      {1e5, 0.7, 0.24196446642366107},    {1e5, 3, 0.0013502304420323596},   {1e5, 8, 6.2869599381281868e-16},
      {1e6, 0.7, 0.24196373364327071},    {1e6, 3, 0.0013499312707108985},   {1e6, 8, 6.2275317166012598e-16},
      {1e8, 0.7, 0.24196365303727514},    {1e8, 3, 0.0013498983640187472},   {1e8, 8, 6.2210262541147691e-16}};
  for (const Row& row : rows) {
    INFO("degrees " << row.degrees << ", t " << row.t);
    const detail::StudentTTail tail(row.degrees);
    const double tolerance = row.t == 8 ? 1e-12 : 1e-13;
    CHECK(tail.below(-row.t) == Approx(row.tail).epsilon(tolerance).margin(0));
    CHECK(tail.below(row.t) == Approx(1 - row.tail).epsilon(1e-15));
    CHECK(tail.quantile(row.tail) == Approx(-row.t).epsilon(2e-12 / (std::min)(row.t, 1.0)).margin(0));
  }
  const detail::StudentTTail cauchy(1);
  CHECK(cauchy.below(0.0) == 0.5);
  CHECK(cauchy.quantile(0.5) == 0);
  CHECK(cauchy.quantile(1e-200) == Approx(-1 / (3.14159265358979323846 * 1e-200)).epsilon(1e-12));
  CHECK(cauchy.quantile(0) == -std::numeric_limits<double>::infinity());
  CHECK(std::isnan(cauchy.below(std::numeric_limits<double>::quiet_NaN())));
}

TEST_CASE("base_cdf: the derivative is the density, and quantile is the inverse", "[base_cdf]") {
  using V = Eigen::Vector<double, 1>;
  std::mt19937_64 rng{1};
  const auto check = [](const auto& p) {
    INFO(p.name);
    const auto f = detail::base_cdf(p);
    for (const double x : {-2.5, -0.4, 0.1, 0.3, 0.9, 2.0}) {
      const double mass = in_order::integral(x, x + 0.01, 1, [&](const Eigen::RowVectorXd& points) {
        return Eigen::VectorXd(p.log_prob(points).array().exp());
      });
      CHECK(f.probability(x + 0.01, false) - f.probability(x, false) == Approx(mass).margin(1e-14).epsilon(1e-12));
      CHECK(f.probability(x, false) + f.probability(x, true) == Approx(1).epsilon(1e-14));
      const double u = f.probability(x, false);
      if (u > 0 && u < 1) {
        CHECK(f.quantile(u, false) == Approx(x).epsilon(1e-12).margin(1e-12));
        CHECK(f.quantile(f.probability(x, true), true) == Approx(x).epsilon(1e-12).margin(1e-12));
      }
    }
  };
  check(StandardNormal<double, 1>{});
  check(DiagonalNormal<double, 1>{V(0.2), V(0.7)});
  check(MultivariateNormal<double, 1>{V(0.2), V(0.7)});
  check(Logistic<double, 1>{V(0.2), V(0.7)});
  check(Laplace<double, 1>{V(0.2), V(0.7)});
  check(StudentT<double, 1>{V(0.2), V(0.7), V(3.5)});
  check(Uniform<double, 1>{V(-0.4), V(1.5)});
  const MixtureOfGaussians<double, 1> mixture{Eigen::Vector2d(0.3, 0.7), Eigen::RowVector2d(-2.0, 1.0),
                                              Eigen::RowVector2d(0.5, 0.8)};
  check(mixture);
  const auto f = detail::base_cdf(mixture);
  for (const double p : {1e-12, 1e-3, 0.3, 0.5, 0.9, 1 - 1e-10}) {
    CHECK(f.probability(f.quantile(p, false), false) == Approx(p).epsilon(1e-12));
    CHECK(f.probability(f.quantile(p, true), true) == Approx(p).epsilon(1e-12));
  }
  CHECK(f.quantile(0, false) == -std::numeric_limits<double>::infinity());
  CHECK(f.quantile(1, false) == std::numeric_limits<double>::infinity());
}
