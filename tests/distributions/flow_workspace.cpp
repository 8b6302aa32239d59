#include "support/catch.hpp"
#include "support/flows.hpp"

using namespace bijou;

namespace {

constexpr int dynamic = Eigen::Dynamic;

}  // namespace

TEMPLATE_TEST_CASE("a workspace changes no bit", "[transformed_distribution]", float, double) {
  using T = TestType;
  using Vector = Eigen::Vector<T, dynamic>;
  const auto flow = flows::mixed<T>(3);
  Workspace workspace;
  for (const Index n : {5, 300, 128}) {
    std::mt19937_64 rng{4};
    std::mt19937_64 same{4};
    const auto x = flow.sample(n, rng);
    CHECK(x == flow.sample(n, same, workspace));
    Eigen::Matrix<T, 2, dynamic> filled(2, n);
    same.seed(4);
    flow.sample(filled, same, workspace);
    CHECK(x == filled);
    rng.seed(4);
    same.seed(4);
    const auto drawn = flow.sample_with_log_prob(n, rng);
    const auto drawn_again = flow.sample_with_log_prob(n, same, workspace);
    CHECK(drawn.events == x);
    CHECK(drawn_again.events == x);
    CHECK(drawn.log_prob == drawn_again.log_prob);

    Vector out(n);
    flow.log_prob(x, out, workspace);
    CHECK(out == flow.log_prob(x));
    Eigen::Array<T, 1, dynamic> row(n);  // any vector
    flow.log_prob(x, row, workspace);
    CHECK((row.matrix().transpose() == out));
    CHECK(flow.nll(x, workspace) == flow.nll(x));
    Vector gradient(flow.parameter_count());
    Vector same_gradient(flow.parameter_count());
    CHECK(flow.nll_gradient(x, gradient) == flow.nll_gradient(x, same_gradient, workspace));
    CHECK(gradient == same_gradient);
  }
}

TEMPLATE_TEST_CASE("nll is the mean of -log_prob", "[transformed_distribution]", float, double) {
  const auto flow = flows::real_nvp<TestType>(2);
  std::mt19937_64 rng{1};
  for (const Index n : {1, 100, 1000}) {
    const auto x = flow.sample(n, rng);
    const double mean = flow.log_prob(x).template cast<double>().mean();
    CHECK(static_cast<double>(flow.nll(x)) == Approx(-mean).epsilon(sizeof(TestType) == 4 ? 1e-6 : 1e-14));
    Eigen::Vector<TestType, dynamic> gradient(flow.parameter_count());
    CHECK(flow.nll_gradient(x, gradient) == Approx(flow.nll(x)).epsilon(sizeof(TestType) == 4 ? 1e-6 : 1e-14));
  }
  const double single = flow.nll(Eigen::Vector<TestType, 2>(TestType(0.5), TestType(1)));
  CHECK(single == Approx(-flow.log_prob(Eigen::Vector<TestType, 2>(TestType(0.5), TestType(1)))));
}
