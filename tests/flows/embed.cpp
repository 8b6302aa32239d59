#include <bijou/flows/embed.hpp>

#include "registry.hpp"
#include "support/conditional_laws.hpp"
#include "support/density_laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("Embed satisfies the laws of a distribution", "[embed]") {
  laws::check_flow(registry::maker<registry::flows::Embed>);
}

namespace {

auto embedded_flow() {
  std::mt19937_64 rng{1};
  const TransformedDistribution flow{StandardNormal<double, 2>{}, MAF<double, 2>{NetworkOptions{{6}, 2}, rng}};
  Embed once{Mlp<double, activations::Tanh>{3, 2, {5}, rng}, flow};
  Eigen::VectorXd parameters = once.parameters();
  for (double& value : parameters) value = 0.5 * normal(rng);
  once.set_parameters(parameters);
  return once;
}

}  // namespace

TEST_CASE("Embed is the flow under what the network makes of the context", "[embed]") {
  const auto embedded = embedded_flow();
  CHECK(embedded.context_size() == 3);
  const Eigen::Matrix3Xd context = Eigen::Matrix3Xd::Random(3, 20);
  const Eigen::Matrix2Xd x = Eigen::Matrix2Xd::Random(2, 20);
  // The network by hand.
  const auto& network = embedded.network();
  Eigen::MatrixXd h = context;
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const auto& layer = network.layers()[l];
    h = ((layer.weight() * h).colwise() + layer.bias()).eval();
    if (l + 1 < network.layers().size()) h = h.array().tanh().matrix().eval();
  }
  CHECK(embedded.given(context).log_prob(x).isApprox(embedded.part().given(h).log_prob(x), 1e-12));
  CHECK(embedded.given(context.col(0)).log_prob(x).isApprox(embedded.part().given(h.col(0)).log_prob(x), 1e-12));
  std::mt19937_64 rng{2}, same{2};
  CHECK(embedded.given(context).sample(rng).isApprox(embedded.part().given(h).sample(same), 1e-12));
}

TEST_CASE("gradients of Embed for contexts against differences", "[embed]") {
  const auto embedded = embedded_flow();
  const Eigen::Matrix3Xd context = Eigen::Matrix3Xd::Random(3, 20);
  const Eigen::Matrix2Xd x = Eigen::Matrix2Xd::Random(2, 20);
  Eigen::VectorXd gradient(embedded.parameter_count());
  Eigen::Matrix3Xd d_context(3, 20);
  embedded.given(context).nll_gradient(x, gradient, d_context);
  Eigen::Vector3d one = context.col(4), d_one;
  Eigen::VectorXd gradient_of_one(embedded.parameter_count());
  embedded.given(one).nll_gradient(x, gradient_of_one, d_one);
  const double step = 1e-6;
  for (Index i = 0; i < 3; ++i) {
    const auto nll = [&](double by) {
      Eigen::Matrix3Xd moved = context;
      moved(i, 4) += by;
      return embedded.given(moved).nll(x);
    };
    CHECK((nll(step) - nll(-step)) / (2 * step) == Approx(d_context(i, 4)).margin(1e-8));
    const auto nll_of_one = [&](double by) {
      Eigen::Vector3d moved = one;
      moved(i) += by;
      return embedded.given(moved).nll(x);
    };
    CHECK((nll_of_one(step) - nll_of_one(-step)) / (2 * step) == Approx(d_one(i)).margin(1e-8));
  }
  auto moving = embedded;
  for (Index k = 0; k < gradient.size(); ++k) {
    const auto nll = [&](double by) {
      Eigen::VectorXd parameters = embedded.parameters();
      parameters(k) += by;
      moving.set_parameters(parameters);
      return Eigen::Vector2d(moving.given(context).nll(x), moving.given(one).nll(x));
    };
    const Eigen::Vector2d slopes = (nll(step) - nll(-step)) / (2 * step);
    CHECK(slopes(0) == Approx(gradient(k)).margin(1e-7));
    CHECK(slopes(1) == Approx(gradient_of_one(k)).margin(1e-7));
  }
}

TEST_CASE("Embed within Embed, and what does not fit", "[embed]") {
  std::mt19937_64 rng{3};
  const auto embedded = embedded_flow();
  const Embed twice{Mlp<double>{7, 3, {4}, rng}, embedded};
  CHECK(twice.context_size() == 7);
  const Eigen::VectorXd context = Eigen::VectorXd::Random(7);
  CHECK(twice.given(context).sample(10, rng).allFinite());
  CHECK(message_of([&] { Embed{Mlp<double>{7, 2, {4}, rng}, embedded}; }) ==
        "Embed: expected a network with output of size 3, got 2");
  CHECK(message_of([&] { Embed{Mlp<double>{7, 3, {{4}, 1}, rng}, embedded}; }) ==
        "Embed: expected a network with a context of size 0, got 1");
  CHECK(message_of([&] { twice.sample(1, rng); }) ==
        "Embed: expected a context of 7 rows, got none: call given(context)");
}

TEST_CASE("Embed of a bijector: laws", "[embed]") {
  std::mt19937_64 rng{4};
  using Layer = Autoregressive<3, AffineTransformer<double>, Made<double, activations::Tanh>>;
  Embed f{Mlp<double, activations::Tanh>{2, 4, {5}, rng}, Layer{NetworkOptions{{6}, 4}, rng}};
  Eigen::VectorXd parameters(parameter_count(f));
  for (double& value : parameters) value = 0.5 * normal(rng);
  assign_parameters(f, parameters);
  laws::check_conditional(f, 2);
}

TEST_CASE("Embed of a bijector is the same in a flow as Embed of the flow", "[embed]") {
  const auto embedded = embedded_flow();
  const TransformedDistribution flow{StandardNormal<double, 2>{}, Embed{embedded.network(), embedded.part().bijector}};
  CHECK(flow.context_size() == 3);
  const Eigen::Matrix3Xd context = Eigen::Matrix3Xd::Random(3, 20);
  const Eigen::Matrix2Xd x = Eigen::Matrix2Xd::Random(2, 20);
  CHECK(flow.given(context).log_prob(x) == embedded.given(context).log_prob(x));
  CHECK(flow.given(context).score(x) == embedded.given(context).score(x));
  Eigen::VectorXd gradient(flow.parameter_count()), same(flow.parameter_count());
  Eigen::Matrix3Xd d_context(3, 20), same_d_context(3, 20);
  flow.given(context).nll_gradient(x, gradient, d_context);
  embedded.given(context).nll_gradient(x, same, same_d_context);
  CHECK(gradient == same);
  CHECK(d_context == same_d_context);
}

TEST_CASE("Embed starts the network first, and the part with what the network makes of the contexts", "[embed]") {
  std::mt19937_64 rng{5};
  const MAF<double, 2> layer{NetworkOptions{{6}, 3}, rng};
  TransformedDistribution flow{StandardNormal<double, 2>{},
                               Embed{StandardizeContext<double>{3},
                                     Embed{StandardizeContext<double>{3}, Chain{Standardize<double, 2>{}, layer}}}};
  CHECK_FALSE(is_initialized(flow));
  const Eigen::Matrix2Xd data = Eigen::Matrix2Xd::Random(2, 50);
  const Eigen::Matrix3Xd context = (1e4 * Eigen::Matrix3Xd::Random(3, 50)).array() + 1e5;
  initialize(flow, data, context);
  CHECK(is_initialized(flow));
  const auto& outer = flow.bijector.network();
  const auto& inner = flow.bijector.part().network();
  CHECK(outer.mean().isApprox(context.rowwise().mean(), 1e-13));
  CHECK(inner.mean().norm() < 1e-9);
  CHECK(inner.deviation().isApprox(Eigen::Vector3d::Ones(), 1e-12));
  const TransformedDistribution by_hand{StandardNormal<double, 2>{}, flow.bijector.part().part()};
  const Eigen::Matrix3Xd standardized =
      (context.colwise() - outer.mean()).array().colwise() / outer.deviation().array();
  CHECK(flow.given(context).log_prob(data).isApprox(by_hand.given(standardized).log_prob(data), 1e-9));
}
