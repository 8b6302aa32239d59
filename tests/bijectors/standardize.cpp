#include <bijou/bijectors/standardize.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/training/fit.hpp>
#include <cmath>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("Standardize: laws", "[standardize]") {
  laws::check_bijector(registry::maker<registry::bijectors::Standardize>);
  laws::check_bijector(registry::maker<registry::bijectors::Standardize, registry::dynamic>);
  laws::check_bijector([]<class T>(T, auto&) { return Standardize<T, 3>{}; });
}

namespace {

template <class T, int D>
void learn(Standardize<T, D>& f, const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>& x) {
  TransformedDistribution flow{StandardNormal<T, Eigen::Dynamic>{f.event_size()}, f};
  initialize(flow, x);
  f = flow.bijector;
}

}  // namespace

TEST_CASE("Standardize learns mean and deviation", "[standardize]") {
  Standardize<double, 2> f;
  CHECK_FALSE(f.is_initialized());
  CHECK(f.forward(Eigen::Vector2d(1, 2)) == Eigen::Vector2d(1, 2));
  Eigen::MatrixXd x(2, 4);
  x << 1, 2, 3, 4, -10, 10, -10, 10;
  learn(f, x);
  CHECK(f.is_initialized());
  CHECK(f.mean() == Eigen::Vector2d(2.5, 0));
  CHECK(f.deviation().isApprox(Eigen::Vector2d(std::sqrt(1.25), 10), 1e-15));
  // It has learned once and for all.
  learn(f, Eigen::MatrixXd(2 * x));
  CHECK(f.mean() == Eigen::Vector2d(2.5, 0));
  CHECK(parameter_count(f) == 0);
  CHECK(message_of([] { Standardize<double, Eigen::Dynamic>{-1}; }) ==
        "Standardize: events need at least one row, got -1");
  const Standardize<double, 2> known{Eigen::Vector2d(1, 2), Eigen::Vector2d(3, 4)};
  CHECK(known.is_initialized());
}

TEST_CASE("Standardize: a constant coordinate keeps deviation 1", "[standardize]") {
  Standardize<float, Eigen::Dynamic> f{2};
  Eigen::MatrixXf x(2, 100);
  x.row(0).setLinSpaced(-1, 1);
  x.row(1).setConstant(0.1f);
  learn(f, x);
  CHECK(f.deviation()(0) != 1);
  CHECK(f.deviation()(1) == 1);
  CHECK(f.mean()(1) == 0.1f);
}

TEST_CASE("data of any scale train like standardized data", "[standardize]") {
  std::mt19937_64 rng{1};
  Eigen::MatrixXd standard(3, 2000);
  for (Index n = 0; n < standard.cols(); ++n) {
    const double a = normal(rng), b = normal(rng), c = normal(rng);
    standard.col(n) << a, std::sin(a) + 0.3 * b, 0.5 * c * a;
  }
  const Eigen::Vector3d scale(1e5, 1, 1e-4), offset(1e5, -3, 0);
  const Eigen::MatrixXd raw = ((standard.array().colwise() * scale.array()).colwise() + offset.array()).matrix();
  const auto train = [](const Eigen::MatrixXd& data) {
    std::mt19937_64 seed{7};
    TransformedDistribution flow{StandardNormal<double, 3>{},
                                 Chain{Standardize<double, 3>{}, MAF<double, 3>{{16}, seed}}};
    return fit(flow, data, {.epochs = 5, .learning_rate = 1e-2, .validation_fraction = 0.2}, seed);
  };
  const History of_standard = train(standard);
  const History of_raw = train(raw);
  const double change = scale.array().log().sum();
  CHECK(of_raw.train_nll.back() - change == Approx(of_standard.train_nll.back()).margin(1e-6));
  CHECK(of_raw.validation_nll.back() - change == Approx(of_standard.validation_nll.back()).margin(1e-6));
  CHECK(of_standard.train_nll.back() < of_standard.train_nll.front() - 0.1);
}
