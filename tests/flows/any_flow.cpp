#include <bijou/bijou.hpp>
#include <random>
#include <sstream>

#include "registry.hpp"
#include "support/density_laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("AnyFlow: laws", "[any_flow]") {
  laws::check_flow(registry::maker<registry::flows::AnyFlow, registry::dynamic>, {.step = 1e-6});
  laws::check_flow(
      []<class T>(T, auto& rng) { return AnyFlow<T>(registry::distributions::DiagonalNormal::make<T, 3>(rng)); });
}

namespace {

template <class T, class Flow, class Rng>
void check_same_bits(const Flow& flow, Rng seeded) {
  const AnyFlow<T> any = flow;
  Rng rng = seeded, same = seeded;
  const auto drawn = flow.sample_with_log_prob(300, rng);
  const auto again = any.sample_with_log_prob(300, same);
  CHECK(rng == same);
  CHECK(drawn.events == again.events);
  CHECK(drawn.log_prob == again.log_prob);
  CHECK(flow.log_prob(drawn.events) == any.log_prob(drawn.events));
  CHECK(flow.score(drawn.events) == any.score(drawn.events));
  CHECK(flow.nll(drawn.events) == any.nll(drawn.events));
  Eigen::Vector<T, Eigen::Dynamic> gradient(flow.parameter_count()), other(any.parameter_count());
  CHECK(flow.nll_gradient(drawn.events, gradient) == any.nll_gradient(drawn.events, other));
  CHECK(gradient == other);
  CHECK(flow.parameters() == any.parameters());
}

}  // namespace

TEST_CASE("AnyFlow gives the bits of the flow inside, with any generator", "[any_flow]") {
  std::mt19937_64 rng{1};
  const flows::MAF<float, 3> maf{{.layers = 2, .hidden = {8}, .standardize = false}, rng};
  check_same_bits<float>(maf, std::mt19937_64{2});
  check_same_bits<float>(maf, std::mt19937{2});
  check_same_bits<float>(maf, std::minstd_rand{2});
  check_same_bits<double>(StandardNormal<double, 2>{}, std::mt19937{3});
  check_same_bits<double>(DiagonalNormal<double, 2>{{1, 2}, {3, 4}}, std::mt19937{3});
}

TEST_CASE("AnyFlow under contexts, fitted, copied and moved", "[any_flow]") {
  std::mt19937_64 rng{1};
  const flows::RealNVP<float, 2> inside{{.context_size = 1, .layers = 2, .hidden = {8}}, rng};
  AnyFlow<float> flow = inside;
  CHECK(flow.context_size() == 1);
  CHECK(message_of([&] { flow.sample(2, rng); }) ==
        "AnyFlow: expected a context of 1 rows, got none: call given(context)");
  const Eigen::RowVectorXf context = Eigen::RowVectorXf::Random(200);
  std::mt19937_64 first{2}, second{2};
  const Eigen::MatrixXf x = flow.given(context).sample(first);
  CHECK(x == inside.given(context).sample(second));

  const AnyFlow<float> untouched = flow;
  auto trained_inside = inside;
  const auto history = fit(flow, x, context, {.epochs = 2}, first);
  CHECK(fit(trained_inside, x, context, {.epochs = 2}, second).train_nll == history.train_nll);
  CHECK(flow.parameters() == trained_inside.parameters());
  CHECK(is_initialized(flow));
  CHECK(untouched.parameters() == inside.parameters());
  CHECK_FALSE(is_initialized(untouched));
  REQUIRE(flow.get_if<flows::RealNVP<float, 2>>() != nullptr);
  CHECK(flow.get_if<flows::RealNVP<float, 2>>()->parameters() == flow.parameters());
  CHECK(flow.get_if<StandardNormal<float, 2>>() == nullptr);

  AnyFlow<float> moved = std::move(flow);
  flow = untouched;
  CHECK(moved.parameters() == trained_inside.parameters());
  CHECK(flow.parameters() == inside.parameters());
}

TEST_CASE("what AnyFlow refuses", "[any_flow]") {
  static_assert(!std::is_constructible_v<AnyFlow<float>, StandardNormal<double, 2>>);
  static_assert(!std::is_constructible_v<AnyFlow<float>, int>);
  static_assert(!std::is_constructible_v<AnyFlow<float>, Reverse<2>>);
  AnyFlow<float> flow = DiagonalNormal<float, 2>{{0, 0}, {1, 1}};
  CHECK(message_of([&] { flow.log_prob(Eigen::MatrixXf(3, 1)); }) == "AnyFlow: expected events of 2 rows, got 3");
  Eigen::VectorXf parameters = flow.parameters();
  parameters(3) = 1e30f;
  CHECK(message_of([&] { flow.set_parameters(parameters); }).find("log_scale") != std::string::npos);
}

TEST_CASE("flows of types decided at run time inside types that are not", "[any_flow]") {
  using Any = AnyFlow<double>;
  const Product product{Any(StandardNormal<double, Eigen::Dynamic>(2)), Any(StandardNormal<double, Eigen::Dynamic>(1))};
  const Product copy = product;
  const Any flow = copy;
  CHECK(flow.event_size() == 3);
  CHECK(flow.log_prob(Eigen::Vector3d::Zero().eval()) ==
        StandardNormal<double, 3>{}.log_prob(Eigen::Vector3d::Zero().eval()));
}
