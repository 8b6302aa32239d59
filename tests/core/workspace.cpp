#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/real_nvp.hpp>
#include <bijou/core/workspace.hpp>
#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <limits>
#include <memory>
#include <new>
#include <random>
#include <stdexcept>
#include <type_traits>

#include "support/catch.hpp"

using namespace bijou;

namespace {

Arena& arena_of(Workspace& workspace, Index i) { return detail::WorkspaceAccess::arena(workspace, i); }

// Fills the memory of a workspace with NaN.
void poison(Workspace& workspace) {
  for (const Index i : {0, 1}) {
    Arena& arena = arena_of(workspace, i);
    const Arena::Frame frame(arena);
    arena.tile<double>(1000, 129).setConstant(std::numeric_limits<double>::quiet_NaN());
  }
}

// Every call with this workspace gives the bits that it gives with a fresh one.
template <class Flow>
void check_same_as_fresh(const Flow& flow, Index n, Workspace& workspace) {
  using T = typename Flow::Scalar;
  std::mt19937_64 rng{7};
  std::mt19937_64 same_rng{7};
  Workspace fresh;
  const auto x = flow.sample(n, rng, workspace);
  CHECK(x == flow.sample(n, same_rng, fresh));

  Eigen::Vector<T, Eigen::Dynamic> log_p(n);
  Eigen::Vector<T, Eigen::Dynamic> expected(n);
  flow.log_prob(x, log_p, workspace);
  Workspace second;
  flow.log_prob(x, expected, second);
  CHECK(log_p == expected);

  Eigen::Vector<T, Eigen::Dynamic> gradient(flow.parameter_count());
  Eigen::Vector<T, Eigen::Dynamic> expected_gradient(flow.parameter_count());
  const T nll = flow.nll_gradient(x, gradient, workspace);
  Workspace third;
  CHECK(nll == flow.nll_gradient(x, expected_gradient, third));
  CHECK(gradient == expected_gradient);
  CHECK(gradient.allFinite());
  CHECK(flow.nll(x, workspace) == flow.nll(x));
}

}  // namespace

static_assert(std::is_default_constructible_v<Workspace>);
static_assert(std::is_move_constructible_v<Workspace> && !std::is_copy_constructible_v<Workspace>);
static_assert(std::is_move_constructible_v<Arena> && !std::is_copy_constructible_v<Arena>);
static_assert(!std::is_convertible_v<int, Workspace>);

TEST_CASE("one workspace serves flows of different kinds, sizes and scalars", "[workspace]") {
  std::mt19937_64 rng{1};
  using Layer = Chain<MAF<double, 5, 20>, Permute<5>>;
  std::vector<Layer> layers;
  for (int i = 0; i < 3; ++i) layers.emplace_back(MAF<double, 5, 20>{rng}, Permute<5>{4, 2, 0, 1, 3});
  const TransformedDistribution maf{StandardNormal<float, 2>{}, MAF<float, 2, 33, 17>{rng}};
  const TransformedDistribution real_nvp{DiagonalNormal<double, 3>{{1, 2, 3}, {1, 2, 0.5}},
                                         Chain{RealNVP<double, 3, 9>{1, rng}, Permute<3>{1, 2, 0}}};
  const TransformedDistribution dynamic{StandardNormal<double, 5>{}, DynamicChain{layers}};
  const TransformedDistribution iaf{StandardNormal<float, 7>{}, Invert{MAF<float, 7, 40>{rng}}};
  Workspace workspace;
  for (const Index n : {1, 300, 7, 128, 129}) {
    INFO(n << " events");
    check_same_as_fresh(maf, n, workspace);
    check_same_as_fresh(real_nvp, n, workspace);
    check_same_as_fresh(dynamic, n, workspace);
    check_same_as_fresh(iaf, n, workspace);
    poison(workspace);
  }
}

TEST_CASE("arenas of a workspace are separate and stay", "[workspace]") {
  Workspace workspace;
  Arena& second = arena_of(workspace, 1);
  Arena& first = arena_of(workspace, 0);
  CHECK(&first == &arena_of(workspace, 0));
  CHECK(&second == &arena_of(workspace, 1));
  CHECK(first.row<double>(8).data() != second.row<double>(8).data());
  // More of them: those that were there stay where they are, with what they hold.
  Row<double> row = second.row<double>(8);
  row.setConstant(3);
  arena_of(workspace, 20);
  CHECK(&second == &arena_of(workspace, 1));
  CHECK((row == 3).all());
  CHECK(second.row<double>(8).data() != row.data());
}

TEST_CASE("workspaces go into a vector", "[workspace]") {
  std::vector<Workspace> workspaces;
  for (int threads = 1; threads < 9; ++threads) workspaces.emplace_back(threads);
  CHECK(workspaces.back().threads() == 8);
}

TEST_CASE("reserve_alike gives the arenas of threads one size", "[workspace]") {
  Workspace workspace{3};
  {
    const Arena::Frame frame(arena_of(workspace, 2));
    arena_of(workspace, 2).tile<float>(100, 128);
  }
  detail::WorkspaceAccess::reserve_alike(workspace, 3);
  const std::size_t size = arena_of(workspace, 2).capacity();
  CHECK(size >= 100 * 128 * sizeof(float));
  CHECK(arena_of(workspace, 1).capacity() == size);
  CHECK(arena_of(workspace, 3).capacity() == size);
  CHECK(arena_of(workspace, 0).capacity() == 0);
  CHECK(arena_of(workspace, 4).capacity() == 0);
}

TEST_CASE("a workspace knows its threads, at least one", "[workspace]") {
  CHECK(Workspace().threads() == 1);
  CHECK(Workspace(3).threads() == 3);
  CHECK_THROWS_WITH(Workspace(0), "Workspace: expected at least one thread, got 0");
  CHECK_THROWS_AS(Workspace(-1), std::invalid_argument);
}

TEST_CASE("a call takes the caller's workspace, a temporary one, or makes its own", "[workspace]") {
  Workspace workspace{3};
  const WorkspaceArgument given(workspace);
  CHECK(&*given == &workspace);
  const WorkspaceArgument temporary(Workspace{2});
  CHECK((*temporary).threads() == 2);
  const WorkspaceArgument own;
  CHECK((*own).threads() == 1);
  const auto takes = [](const WorkspaceArgument& argument = {}) { return (*argument).threads(); };
  CHECK(takes() == 1);
  CHECK(takes(workspace) == 3);
  CHECK(takes(Workspace{4}) == 4);
  static_assert(!std::is_convertible_v<const Workspace&, WorkspaceArgument>);
  static_assert(!std::is_copy_constructible_v<WorkspaceArgument>);
}

TEST_CASE("a moved workspace keeps its threads and its memory", "[workspace]") {
  Workspace workspace{2};
  {
    const Arena::Frame frame(arena_of(workspace, 1));
    arena_of(workspace, 1).tile<float>(100, 128);
  }
  const std::size_t capacity = arena_of(workspace, 1).capacity();
  Workspace moved = std::move(workspace);
  CHECK(moved.threads() == 2);
  CHECK(arena_of(moved, 1).capacity() == capacity);
}

TEST_CASE("FixedWorkspace: the same bits, and a refusal of what does not fit", "[workspace]") {
  std::mt19937_64 rng{1};
  const TransformedDistribution flow{StandardNormal<float, 3>{}, MAF<float, 3>{{{16}}, rng}};
  const auto workspace = std::make_unique<FixedWorkspace<100'000, 200'000>>();
  check_same_as_fresh(flow, 1, *workspace);
  check_same_as_fresh(flow, 7, *workspace);
  FixedWorkspace<0, 1024> small;
  const Eigen::Matrix3Xf x = Eigen::Matrix3Xf::Zero(3, 7);
  CHECK_THROWS_AS(flow.log_prob(x, small), std::bad_alloc);
  CHECK_THROWS_AS(flow.log_prob(x, small), std::bad_alloc);
  STATIC_REQUIRE(!std::is_copy_constructible_v<FixedWorkspace<64, 64>>);
  STATIC_REQUIRE(!std::is_move_constructible_v<FixedWorkspace<64, 64>>);
}
