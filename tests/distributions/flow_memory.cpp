#include "support/catch.hpp"
#include "support/flows.hpp"
#include "support/workspace_garbage.hpp"

using namespace bijou;

namespace {

std::size_t capacity(Workspace& workspace) {
  std::size_t bytes = 0;
  for (Index i = 0; i <= workspace.threads(); ++i) bytes += detail::WorkspaceAccess::arena(workspace, i).capacity();
  return bytes;
}

}  // namespace

TEST_CASE("score takes no memory for the gradient of the parameters", "[flow_memory]") {
  std::mt19937_64 rng{1};
  const TransformedDistribution flow{StandardNormal<float, 3>{}, MAF<float, 3>{{1230, 1230}, rng}};
  REQUIRE(flow.parameter_count() > 1'500'000);
  const auto parameter_bytes = static_cast<std::size_t>(flow.parameter_count()) * sizeof(float);
  const Eigen::Vector3f x(0.1f, -0.2f, 0.3f);
  Workspace workspace;
  const Eigen::Vector3f score = flow.score(x, workspace);
  CHECK(score.allFinite());
  CHECK(capacity(workspace) < parameter_bytes / 20);

  // Two tiles in two groups: what grows are the units, not the parameters.
  Workspace for_batch;
  flow.score(x.replicate(1, 10), for_batch);
  const std::size_t ten = capacity(for_batch);
  CHECK(ten < parameter_bytes / 2);
}

TEST_CASE("nll_gradient takes an array of parameters for each thread but the first", "[flow_memory]") {
  std::mt19937_64 rng{1};
  const TransformedDistribution flow{StandardNormal<float, 3>{}, MAF<float, 3>{{1230, 1230}, rng}};
  const auto parameter_bytes = static_cast<std::size_t>(flow.parameter_count()) * sizeof(float);
  Workspace workspace;
  Eigen::VectorXf gradient(flow.parameter_count());
  flow.nll_gradient(Eigen::Vector3f(0.1f, -0.2f, 0.3f), gradient, workspace);
  CHECK(capacity(workspace) < parameter_bytes / 20);
}

TEST_CASE("evaluation takes no more memory for more layers", "[flow_memory]") {
  const auto bytes = [](int length) {
    std::mt19937_64 rng{1};
    std::vector<MAF<float, 5>> members;
    for (int i = 0; i < length; ++i) members.emplace_back(NetworkOptions{16}, rng);
    const TransformedDistribution flow{StandardNormal<float, 5>{}, DynamicChain{members}};
    Workspace workspace;
    const Eigen::Matrix<float, 5, Eigen::Dynamic> x = flow.sample(128, rng, workspace);
    flow.log_prob(x, workspace);
    flow.nll(x, workspace);
    flow.sample_with_log_prob(128, rng, workspace);
    return capacity(workspace);
  };
  CHECK(bytes(100) < bytes(3) + 16'384);  // the list of members' caches may grow
}
