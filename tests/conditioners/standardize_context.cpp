#include <bijou/conditioners/standardize_context.hpp>

#include "registry.hpp"
#include "support/conditioner_laws.hpp"
#include "support/message_of.hpp"

using bijou::StandardizeContext;

static_assert(bijou::Conditioner<StandardizeContext<float>>);

TEST_CASE("StandardizeContext: laws", "[standardize_context]") {
  laws::check_conditioner(registry::maker_of_scalar<registry::conditioners::StandardizeContext>);
}

TEST_CASE("StandardizeContext learns from contexts", "[standardize_context]") {
  StandardizeContext<double> network{2};
  CHECK_FALSE(network.is_initialized());
  Eigen::MatrixXd context(2, 4);
  context << 1, 2, 3, 4, -10, 10, -10, 10;
  const Eigen::MatrixXd events(0, 4);
  network.initialize(
      bijou::detail::LearningBatch<double>{bijou::detail::columns_of(events), bijou::detail::columns_of(context)});
  CHECK(network.is_initialized());
  CHECK(network.mean() == Eigen::Vector2d(2.5, 0));
  CHECK(network.deviation().isApprox(Eigen::Vector2d(std::sqrt(1.25), 10), 1e-15));
  CHECK(bijou::parameter_count(network) == 0);
}

TEST_CASE("StandardizeContext: without rows, with known numbers, and with wrong ones", "[standardize_context]") {
  CHECK(StandardizeContext<float>{0}.is_initialized());
  CHECK(StandardizeContext<float>{Eigen::Vector2f(1, 2), Eigen::Vector2f(3, 4)}.is_initialized());
  CHECK(message_of([] { StandardizeContext<float>{-1}; }) ==
        "StandardizeContext: expected a context of 0 rows or more, got -1");
  CHECK(message_of([] { StandardizeContext<float>{Eigen::Vector2f(1, 2), Eigen::Vector2f(3, 0)}; }) ==
        "StandardizeContext: expected a finite mean and a deviation that is not 0, got 2 and 0 in row 1");
  CHECK(message_of([] { StandardizeContext<float>{Eigen::Vector2f(1, 2), Eigen::Vector3f(3, 1, 1)}; }) ==
        "StandardizeContext: expected a deviation of size 2, got 3");
}
