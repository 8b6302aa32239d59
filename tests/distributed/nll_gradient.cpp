#include <bijou/bijectors/maf.hpp>
#include <bijou/distributed/nll_gradient.hpp>
#include <bijou/distributions/conditioned.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/in_process_team.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("the gradient over the events of all ranks", "[distributed]") {
  std::mt19937_64 rng{1};
  const TransformedDistribution flow{StandardNormal<double, 2>{}, MAF<double, 2>{NetworkOptions{{8}, 1}, rng}};
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(2, 100), context = Eigen::MatrixXd::Random(1, 100);
  Eigen::VectorXd expected(flow.parameter_count());
  const double nll = flow.given(context).nll_gradient(x, expected);
  const std::vector<Index> cuts{0, 70, 70, 100};  // the second rank has none
  std::vector<Eigen::VectorXd> gradients(3, Eigen::VectorXd::Constant(flow.parameter_count(), 7));
  std::vector<double> losses(3);
  const auto ends = on_ranks(3, [&](InProcessRank& rank) {
    const auto r = static_cast<std::size_t>(rank.rank());
    const Eigen::MatrixXd own = context.middleCols(cuts[r], cuts[r + 1] - cuts[r]);
    losses[r] = nll_gradient(rank, flow.given(own), x.middleCols(cuts[r], own.cols()), gradients[r]);
    expect_text(message_of([&] { nll_gradient(rank, flow.given(own), x.leftCols(0), gradients[r]); }),
                "nll_gradient: the mean over a batch needs at least one event, got none");
    Eigen::VectorXd short_one(3);
    auto& gradient = rank.rank() == 1 ? short_one : gradients[r];
    expect_text(message_of([&] { nll_gradient(rank, flow.given(own), x.middleCols(cuts[r], own.cols()), gradient); }),
                "nll_gradient: expected a gradient of size " + std::to_string(flow.parameter_count()) +
                    ", got 3 (rank 1 of 3)");
    nll_gradient(rank, flow.given(own), x.middleCols(cuts[r], own.cols()), gradients[r]);
  });
  CHECK(ends == no_errors(3));
  for (std::size_t r = 0; r < 3; ++r) {
    CHECK(gradients[r] == gradients[0]);
    CHECK(losses[r] == losses[0]);
  }
  CHECK(gradients[0].isApprox(expected, 1e-13));
  CHECK(losses[0] == Approx(nll).epsilon(1e-13));
  Alone alone;
  Eigen::VectorXd same(flow.parameter_count());
  CHECK(nll_gradient(alone, flow.given(context), x, same) == nll);
  CHECK(same == expected);
}
