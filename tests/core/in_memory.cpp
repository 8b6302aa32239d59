#include <bijou/bijou.hpp>

#include "support/catch.hpp"

using namespace bijou;

// Every second column, in steps that are known at run time only.
TEST_CASE("a selection in steps is taken as its values are", "[core]") {
  std::mt19937_64 rng{1};
  const Eigen::MatrixXd data = Eigen::MatrixXd::Random(3, 40);
  const Eigen::ArrayXXd array = data;
  const Eigen::MatrixXd contexts = Eigen::MatrixXd::Random(2, 40);
  const auto half = [](const Eigen::MatrixXd& m) { return m(Eigen::seqN(0, m.rows()), Eigen::seq(0, 39, 2)); };
  const Eigen::MatrixXd x = half(data), c = half(contexts);
  using Half = decltype(half(data));
  STATIC_REQUIRE_FALSE(detail::lies_in_memory<Half>);
  STATIC_REQUIRE(detail::lies_in_memory<Eigen::MatrixXd>);
  STATIC_REQUIRE(detail::lies_in_memory<decltype(data.leftCols(2))>);
  STATIC_REQUIRE_FALSE(detail::lies_in_memory<decltype(data + data)>);
  CHECK(detail::in_memory(half(data)) == x);
  CHECK(detail::in_memory(data).data() == data.data());
  CHECK(Eigen::Ref<const Eigen::MatrixXd>(detail::for_ref(half(data))) == x);
  CHECK(Eigen::Ref<const Eigen::MatrixXd>(detail::for_ref(array(Eigen::seqN(0, 3), Eigen::seq(0, 39, 2)))) == x);
  CHECK(&detail::for_ref(data) == &data);

  flows::MAF<double> flow{{.event_size = 3, .context_size = 2, .layers = 2, .hidden = {8}}, rng};
  initialize(flow, half(data), half(contexts));
  flows::MAF<double> other = flow;
  CHECK(flow.given(half(contexts)).log_prob(half(data)) == flow.given(c).log_prob(x));
  CHECK(flow.given(half(contexts)).score(half(data)) == flow.given(c).score(x));
  Eigen::VectorXd gradient(flow.parameter_count()), expected(flow.parameter_count());
  CHECK(flow.given(half(contexts)).nll_gradient(half(data), gradient) == flow.given(c).nll_gradient(x, expected));
  CHECK(gradient == expected);
  const Affine<double, 3> map{{1, 2, 3}, {2, 1, 3}};
  CHECK(map.inverse(half(data)) == map.inverse(x));

  std::mt19937_64 rng_of_half{2}, rng_of_values{2};
  fit(flow, half(data), half(contexts), {.epochs = 2}, rng_of_half);
  fit(other, x, c, {.epochs = 2}, rng_of_values);
  CHECK(flow.parameters() == other.parameters());
  const Eigen::VectorXd twice = flow.parameters().replicate(2, 1);
  other.set_parameters(twice(Eigen::seqN(0, flow.parameter_count(), Index{1})));
  CHECK(flow.parameters() == other.parameters());

  const Eigen::VectorXd weights = Eigen::VectorXd::Random(40).cwiseAbs();
  const auto half_of_weights = weights(Eigen::seq(0, 39, 2));
  fit_weighted(flow, half(data), half_of_weights, half(contexts), {.epochs = 1}, rng_of_half);
  fit_weighted(other, x, Eigen::VectorXd(half_of_weights), c, {.epochs = 1}, rng_of_values);
  CHECK(flow.parameters() == other.parameters());
}
