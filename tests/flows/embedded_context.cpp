#include <bijou/conditioners/mlp.hpp>
#include <bijou/conditioners/standardize_context.hpp>
#include <bijou/flows/embedded_context.hpp>
#include <random>

#include "support/laws.hpp"

using namespace bijou;

namespace {

using Embedding = Mlp<double, activations::Tanh>;

/// A part whose gradient for its context is the context times `factor`: what it leaves in a pass's context gradient.
laws::Matrix<double> gradient_through(const Embedding& network, const laws::Matrix<double>& context, bool one_context,
                                      Eigen::VectorXd& network_gradient) {
  Arena arena;
  const Arena::Frame frame(arena);
  Pass<double> pass{.arena = arena, .keep_for_pullback = true, .one_context = one_context};
  pass.context.rebind(laws::tile_of(context, arena));
  pass.context_gradient.rebind(laws::tile_of(laws::Matrix<double>::Zero(context.rows(), context.cols()).eval(), arena));
  detail::EmbeddedContext<Embedding> embedded;
  const Pass<double> inner = embedded.evaluate(network, pass);
  CHECK(inner.context.cols() == context.cols());
  network_gradient.setZero(parameter_count(network));
  embedded.pull_back(network, ParameterGradient<double>(network_gradient.data(), network_gradient.size()), pass,
                     [](Pass<double>& part) { part.context_gradient += part.context; });
  return pass.context_gradient.matrix();
}

}  // namespace

TEST_CASE("one context for all events goes through the network once, with the gradient of all", "[embedded_context]") {
  std::mt19937_64 rng{1};
  const Embedding network{3, 2, {5}, rng};
  const laws::Matrix<double> context = laws::normals<double>(3, 1, rng).replicate(1, 7);
  Eigen::VectorXd once, each;
  const laws::Matrix<double> for_one = gradient_through(network, context, true, once);
  const laws::Matrix<double> for_each = gradient_through(network, context, false, each);
  CHECK(once.isApprox(each, 1e-13));
  CHECK(for_one.rowwise().sum().isApprox(for_each.rowwise().sum(), 1e-13));
  CHECK(each.norm() > 0);
}

TEST_CASE("a network without output leaves the pass without a context", "[embedded_context]") {
  Arena arena;
  Pass<float> pass{.arena = arena};
  detail::EmbeddedContext<StandardizeContext<float>> embedded;
  CHECK(embedded.evaluate(StandardizeContext<float>{0}, pass).context.rows() == 0);
}
