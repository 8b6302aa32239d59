#include <bijou/bijectors/act_norm.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/standardize.hpp>
#include <bijou/conditioners/standardize_context.hpp>
#include <bijou/distributed/initialize.hpp>
#include <bijou/distributions/mixture_of_gaussians.hpp>
#include <bijou/distributions/multivariate_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/flows/embed.hpp>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/in_process_team.hpp"

using namespace bijou;

namespace {

Eigen::MatrixXd clusters(Index events) {
  std::mt19937_64 rng{1};
  Eigen::MatrixXd x(3, events);
  for (double& value : x.reshaped()) value = normal(rng);
  x.row(1) = 1e5 + 10 * x.row(1).array() + 30 * (x.row(0).array() > 0).cast<double>();
  x.row(2) += x.row(0);
  return x;
}

/// initialize on ranks with these numbers of events, beside one process with all.
template <class P>
void check_initialize(const P& start, const Eigen::MatrixXd& x, const std::vector<Index>& sizes, auto values) {
  P alone = start;
  initialize(alone, x);
  std::vector<P> found(sizes.size(), start);
  const auto ends = on_ranks(static_cast<int>(sizes.size()), [&](InProcessRank& rank) {
    Index first = 0;
    for (int r = 0; r < rank.rank(); ++r) first += sizes[static_cast<std::size_t>(r)];
    const auto r = static_cast<std::size_t>(rank.rank());
    initialize(rank, found[r], x.middleCols(first, sizes[r]));
  });
  CHECK(ends == no_errors(static_cast<int>(sizes.size())));
  for (const P& p : found) {
    CHECK(is_initialized(p));
    CHECK(values(p) == values(found[0]));
  }
  CHECK(values(found[0]).isApprox(values(alone), 1e-12));
}

const std::vector<std::vector<Index>> cuts{{1000}, {500, 500}, {0, 1, 999}, {700, 0, 300, 0}};

}  // namespace

TEST_CASE("what learns from data learns from the events of all ranks", "[distributed]") {
  const Eigen::MatrixXd x = clusters(1000);
  const auto parameters = [](const auto& p) { return Eigen::VectorXd(p.parameters()); };
  for (const std::vector<Index>& sizes : cuts) {
    INFO(sizes.size() << " ranks");
    // Two maps and a base, each of which sees what those before have made of the events.
    const TransformedDistribution flow{MultivariateNormal<double, 3>{},
                                       Chain{Standardize<double, 3>{}, ActNorm<double, 3>{}}};
    check_initialize(flow, x, sizes, [&](const auto& p) {
      const auto& [first, second] = p.bijector.bijectors();
      Eigen::VectorXd all(p.parameter_count() + 6);
      all << p.parameters(), first.mean(), first.deviation();
      return all;
    });
    std::mt19937_64 rng{1};
    check_initialize(MixtureOfGaussians<double, 3>{4, rng}, x, sizes, parameters);
  }
  // k-means draws from so many.
  std::mt19937_64 rng{1};
  check_initialize(MixtureOfGaussians<double, 3>{4, rng}, clusters(25'000), {10'000, 0, 15'000}, parameters);
}

TEST_CASE("contexts of all ranks are standardized", "[distributed]") {
  std::mt19937_64 rng{1};
  const MAF<double, 3> layer{NetworkOptions{{4}, 1}, rng};
  const TransformedDistribution start{MultivariateNormal<double, 3>{}, Embed{StandardizeContext<double>{1}, layer}};
  const Eigen::MatrixXd x = clusters(100);
  const Eigen::MatrixXd context = x.row(1);
  auto alone = start;
  initialize(alone, x, context);
  const auto ends = on_ranks(2, [&](InProcessRank& rank) {
    auto own = start;
    const Index first = rank.rank() == 0 ? 0 : 30, count = rank.rank() == 0 ? 30 : 70;
    initialize(rank, own, x.middleCols(first, count), context.middleCols(first, count));
    expect(own.bijector.network().mean().isApprox(alone.bijector.network().mean(), 1e-14), "the mean");
    expect(own.parameters().isApprox(alone.parameters(), 1e-12), "the base");
  });
  CHECK(ends == no_errors(2));
}

TEST_CASE("too few events on all ranks are refused, and a rank's bad one ends all", "[distributed]") {
  const auto ends = on_ranks(3, [](InProcessRank& rank) {
    MultivariateNormal<double, 3> p;
    initialize(rank, p, clusters(rank.rank() == 1 ? 1 : 0));
  });
  for (const std::string& end : ends)
    CHECK(end.find("MultivariateNormal: expected at least 2 events to learn from, got 1") != std::string::npos);
  const auto bad = on_ranks(2, [](InProcessRank& rank) {
    MultivariateNormal<double, 3> p;
    Eigen::MatrixXd x = clusters(5);
    if (rank.rank() == 1) x(2, 4) = 1 / 0.0;
    initialize(rank, p, x);
  });
  CHECK(bad[0] ==
        "rank 1: initialize has ended here alone: MultivariateNormal: expected finite data, got inf in column 4, row 2 "
        "(counting from 0)");
}
