#include <bijou/distributions/uniform.hpp>

#include "support/densities.hpp"
#include "support/density_laws.hpp"

using namespace bijou;
using namespace densities;

namespace {

using Uniform3 = Uniform<double, 3>;
using UniformX = Uniform<double, Eigen::Dynamic>;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

const Eigen::Vector3d low(-1, 0, 2);
const Eigen::Vector3d high(1, 0.5, 9);

}  // namespace

// scipy 1.17.1: scipy.stats.uniform([-1, 0, 2], [2, 0.5, 7]).logpdf(x).sum(1)
TEST_CASE("log_prob of Uniform agrees with scipy", "[uniform]") {
  Eigen::Matrix<double, 3, 4> x;
  x.transpose() << 0, 0.25, 3, -1, 0, 2, 1, 0.5, 9, 0, 0.6, 3;  // inside, two corners, outside
  const double inside = -1.9459101490553132;
  const auto check = [&](const auto& log_p, double tolerance) {
    for (Index n = 0; n < 3; ++n) CHECK(static_cast<double>(log_p(n)) == Approx(inside).epsilon(tolerance));
    CHECK(static_cast<double>(log_p(3)) == -infinity);
  };
  check(Uniform3{low, high}.log_prob(x), 1e-15);
  check(UniformX{low, high}.log_prob(x), 1e-15);
  check(Uniform<float, 3>{low.cast<float>(), high.cast<float>()}.log_prob(x.cast<float>()), 1e-6);
  CHECK(Uniform3{low, high}.log_prob(Eigen::Vector3d(0, 0.25, 3)) == Approx(inside).epsilon(1e-15));
}

TEST_CASE("Uniform is -infinity outside in each coordinate, and keeps a NaN to its event", "[uniform]") {
  Eigen::Matrix3Xd x = Eigen::Vector3d(0, 0.25, 3).replicate(1, 9);
  for (Index i = 0; i < 3; ++i) {
    x(i, 2 * i) = std::nextafter(high(i), infinity);
    x(i, 2 * i + 1) = std::nextafter(low(i), -infinity);
  }
  x(1, 6) = not_a_number;
  x(2, 7) = infinity;
  const Eigen::VectorXd log_p = Uniform3{low, high}.log_prob(x);
  for (Index n = 0; n < 6; ++n) CHECK(log_p(n) == -infinity);
  CHECK(std::isnan(log_p(6)));
  CHECK(log_p(7) == -infinity);
  CHECK(log_p(8) == Approx(-std::log(7.0)));
}

TEST_CASE("Uniform refuses bounds that are not a finite box", "[uniform]") {
  const std::string width = "Uniform: high - low must be finite and positive, got ";
  const std::string bound = "Uniform: a bound must be finite, got ";
  CHECK(message_of([&] { Uniform3{low, low}; }) == width + "0 in coordinate 0");
  CHECK(message_of([&] { Uniform3{high, low}; }).starts_with(width + "-"));
  CHECK(message_of([&] { Uniform3{low, Eigen::Vector3d(1, not_a_number, 9)}; }) == bound + "nan in coordinate 1");
  CHECK(message_of([&] { Uniform3{Eigen::Vector3d(-1, not_a_number, 2), high}; }) == bound + "nan in coordinate 1");
  CHECK(message_of([&] { Uniform3{low, Eigen::Vector3d(1, 0.5, infinity)}; }) == bound + "inf in coordinate 2");
  CHECK(message_of([&] { Uniform3{Eigen::Vector3d(-infinity, 0, 2), high}; }) == bound + "-inf in coordinate 0");
  CHECK(message_of([&] { Uniform3{Eigen::Vector3d(-1.5e308, 0, 0), Eigen::Vector3d(1.5e308, 1, 1)}; }) ==
        width + "inf in coordinate 0");
  CHECK(message_of([&] { UniformX{Eigen::VectorXd(0), Eigen::VectorXd(0)}; }) ==
        "Uniform: events need at least one row, got 0");
  CHECK(message_of([&] { UniformX{low, Eigen::Vector2d(1, 0.5)}; }) ==
        "Uniform: expected an upper bound of size 3, got 2");
}

TEST_CASE("Uniform has nothing to train; its bounds are state", "[uniform]") {
  const Uniform3 p{low, high};
  CHECK(parameter_count(p) == 0);
  std::vector<std::string> names;
  for_each_named_state(p, [&](const std::string& path, const auto&) { names.push_back(path); });
  CHECK(names == std::vector<std::string>{"low", "high"});
  CHECK(p.event_size() == 3);
}

TEST_CASE("Uniform satisfies the laws", "[uniform]") {
  laws::check_distribution([]<class T>(T, auto&) { return Uniform<T, 2>{{T(-1), T(0)}, {T(1), T(0.5)}}; },
                           {.bounded = true});
  laws::check_distribution([]<class T>(T, auto&) { return Uniform<T, Eigen::Dynamic>{low.cast<T>(), high.cast<T>()}; },
                           {.bounded = true});
}

TEMPLATE_TEST_CASE("draws of Uniform fill its box evenly", "[uniform]", BIJOU_TEST_SCALARS) {
  const unsigned seed = GENERATE(1U, 2U);
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  const Index n = 100'000;
  const Uniform<TestType, 3> p{low.cast<TestType>(), high.cast<TestType>()};
  const Eigen::MatrixXd x = p.sample(n, rng).template cast<double>();
  const Eigen::MatrixXd u = ((x.colwise() - low).array().colwise() / (high - low).array()).matrix();
  CHECK(u.minCoeff() >= 0);
  CHECK(u.maxCoeff() <= 1);
  const double standard_error = 1 / std::sqrt(12 * static_cast<double>(n));
  CHECK((u.rowwise().mean().array() - 0.5).abs().maxCoeff() < 4 * standard_error);
  const Eigen::MatrixXd centered = u.array() - 0.5;
  const Eigen::Matrix3d covariance = centered * centered.transpose() / static_cast<double>(n);
  const double covariance_error = 1 / (12 * std::sqrt(static_cast<double>(n)));
  CHECK((covariance - Eigen::Matrix3d::Identity() / 12).cwiseAbs().maxCoeff() < 4 * covariance_error);
  for (Index i = 0; i < 3; ++i) {
    const Eigen::VectorXd row = u.row(i);
    CHECK(statistics::kolmogorov_smirnov({row.begin(), row.end()}, [](double v) { return v; }) < 1.95);
  }
  const Eigen::VectorXd log_p = Uniform3{low, high}.log_prob(x);
  check_volume(x, log_p, Eigen::Vector3d(0, 0.25, 5), 0.25, ball_volume(3, 0.25));
  check_volume(x, log_p, Eigen::Vector3d(0.2, 0, 5), 0.5, ball_volume(3, 0.5) / 2);  // half of it outside
}

TEST_CASE("draws of Uniform stay in a box narrower than its distance from zero", "[uniform]") {
  std::mt19937_64 rng{3};
  const float first = 1e6f;
  const float second = std::nextafter(first, 2e6f);
  const Uniform<float, 1> p{Eigen::Matrix<float, 1, 1>(first), Eigen::Matrix<float, 1, 1>(second)};
  const auto x = p.sample(1000, rng);
  CHECK((x.array() == first || x.array() == second).all());
  CHECK((x.array() == first).any());
  CHECK((x.array() == second).any());
}
