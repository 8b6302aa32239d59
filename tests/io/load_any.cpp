#include <bijou/bijou.hpp>
#include <cmath>
#include <type_traits>
#include <utility>

#include "io/same_flow.hpp"
#include "registry.hpp"
#include "support/catch.hpp"
#include "support/law_types.hpp"

using namespace bijou;
using same_flow::check_same;
using same_flow::check_scattered;

namespace {

// In one scalar and of sizes known at compile time: what load makes of the files is of sizes known at run time.
using T = double;
constexpr int D = registry::rows;

template <class Entry>
void check_bijector() {
  if constexpr (laws::joins<registry::type_t<Entry, T, D>>) {
    INFO(Entry::header);
    std::mt19937_64 rng{2};
    AnyFlow<T> base = registry::distributions::StandardNormal::make<T, D>(rng);
    // Erased, since passes through each of these flows take long to compile; what an AnyBijector does has the same
    // bits.
    check_same<T>(TransformedDistribution{std::move(base), AnyBijector<T>{Entry::template make<T, D>(rng)}});
  }
}

template <class Entry>
void check_distribution() {
  if constexpr (laws::joins<registry::type_t<Entry, T, D>>) {
    INFO(Entry::header);
    std::mt19937_64 rng{2};
    const auto p = Entry::template make<T, D>(rng);
    if constexpr (requires { p.distribution(); })
      check_same<T>(p.distribution());  // which stands under a context
    else
      check_same<T>(p);
  }
}

}  // namespace

TEST_CASE("load<T>: flows of every bijector", "[io]") {
  registry::for_each<registry::Bijectors>([]<class Entry>() {
    if constexpr (!std::is_same_v<Entry, registry::bijectors::ElementwiseFormulas>) {
      check_bijector<Entry>();
    }
  });
}

TEST_CASE("load<T>: flows of every map of signals", "[io]") {
  registry::for_each<registry::Signals>([]<class Entry>() {
    if constexpr (laws::joins<registry::type_t<Entry, T, registry::dynamic>>) {
      INFO(Entry::header);
      std::mt19937_64 rng{2};
      const AnyBijector<T> f = Entry::template make<T, registry::dynamic>(rng);
      check_same<T>(TransformedDistribution{StandardNormal<T, Eigen::Dynamic>{f.event_size()}, f});
    }
  });
}

TEST_CASE("load<T>: Glow, with a context and a logit", "[io]") {
  std::mt19937_64 rng{2};
  check_scattered<float>(flows::Glow<float>{{.shape = {1, 4, 4}, .levels = 2, .steps = 2, .width = 5}, rng});
  const flows::GlowOptions options{
      .shape = {1, 1, 8}, .context_size = 2, .levels = 1, .steps = 1, .width = 5, .kernels = {3, 3}, .logit = 0.1};
  check_scattered<float>(flows::Glow<float>{options, rng});
}

TEST_CASE("load<T>: FloWaveNet, with a context", "[io]") {
  std::mt19937_64 rng{2};
  const flows::FloWaveNetOptions options{.samples = 16, .blocks = 2, .flows = 1, .width = 4, .blocks_per_split = 1};
  check_scattered<float>(flows::FloWaveNet<float>{options, rng});
  flows::FloWaveNetOptions with_context = options;
  with_context.context_channels = 2;
  with_context.upsampling = {2, 2};
  check_scattered<float>(flows::FloWaveNet<float>{with_context, rng});
}

TEST_CASE("load<T>: every distribution", "[io]") {
  registry::for_each<registry::Distributions>([]<class Entry>() { check_distribution<Entry>(); });
}

TEST_CASE("load<T>: what stands inside of others", "[io]") {
  std::mt19937_64 rng{1};
  using Spline = RationalQuadraticSpline<float, 4, spline_edges::Circular>;
  using Periodic = PeriodicFeatures<Made<float>>;
  const Eigen::Vector2f end = Eigen::Vector2f::Constant(3.14159274f);
  const Spline spline(-end(0), end(0));
  check_scattered<float>(TransformedDistribution{
      Uniform<float, 2>{-end, end},
      Autoregressive<2, Spline, Periodic>{spline, Periodic{2 * end, spline.parameters_per_coordinate(), {6}, rng}}});
  check_scattered<float>(Embed{Mlp<float>{5, 2, {4}, rng},
                               TransformedDistribution{StandardNormal<float, 3>{}, MAF<float, 3>{{{6}, 2}, rng}}});
  check_scattered<float>(Product{Laplace<float, 1>{Eigen::Vector<float, 1>(1.0f), Eigen::Vector<float, 1>(2.0f)},
                                 Product{StandardNormal<float, 1>{}, MultivariateNormal<float, 2>{}}});
  check_scattered<float>(TransformedDistribution{
      TransformedDistribution{StandardNormal<float, 2>{}, LULinear<float, 2>{}},
      Chain{Frozen{Invert{Chain{MAF<float, 2>{{4}, rng}, Reverse<2>{}}}}, AnyBijector<float>{ActNorm<float, 2>{}},
            OnSlice<2, Affine<float, 1>>{
                1, Affine<float, 1>{Eigen::Vector<float, 1>(1.0f), Eigen::Vector<float, 1>(2.0f)}}}});
}

TEST_CASE("load<T>: sums over coordinates have the same bits at any size", "[io]") {
  using Vector = Eigen::Vector<double, 7>;
  std::mt19937_64 rng{4};
  const auto vector = [&] { return Vector(Vector::NullaryExpr([&](Index) { return std::exp(normal(rng)); })); };
  check_same<double>(
      TransformedDistribution{Uniform<double, 7>{-9 * vector(), 9 * vector()}, Affine<double, 7>{vector(), vector()}});
  check_same<double>(TransformedDistribution{DiagonalNormal<double, 7>{vector(), vector()},
                                             Planar<double, 7>{vector(), vector(), 0.5}});
  Eigen::Matrix<double, 7, 7> factor = Eigen::Matrix<double, 7, 7>::Random().triangularView<Eigen::Lower>();
  factor.diagonal() = vector();
  check_same<double>(MultivariateNormal<double, 7>{vector(), factor});
}

TEST_CASE("load<T>: a file of the other scalar", "[io]") {
  const TemporaryFolder folder;
  std::mt19937_64 rng{1};
  const flows::NSF<double, 2> flow{{.layers = 2, .hidden = {6}, .bins = 4}, rng};
  save(flow, folder / "a");
  const AnyFlow<float> in_float = load<float>(folder / "a");
  CHECK(in_float.parameters() == flow.parameters().cast<float>());
  save(in_float, folder / "b");
  const AnyFlow<double> back = load<double>(folder / "b");
  CHECK(back.parameters() == in_float.parameters().cast<double>());
  const Eigen::Matrix2Xd x = Eigen::Matrix2Xd::Random(2, 100);
  CHECK(back.log_prob(x).isApprox(flow.log_prob(x), 1e-5));
}
