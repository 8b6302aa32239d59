#include <bijou/core/batch_gradient.hpp>

#include "support/catch.hpp"

using namespace bijou;

TEST_CASE("sum_gradient: every event once, in an order that the batch alone decides", "[batch_gradient]") {
  for (const Index events : {Index{1}, Index{128}, Index{129}, Index{1000}, Index{5000}}) {
    INFO(events);
    const auto gradient_with = [&](int threads) {
      Eigen::Vector3f gradient(7, 7, 7);  // overwritten
      Workspace workspace{threads};
      const double sum = detail::sum_gradient<float>(events, ParameterGradient<float>(gradient.data(), 3), workspace,
                                                     [](const detail::TileOfBatch& at, ParameterGradient<float> part) {
                                                       double of_tile = 0;
                                                       for (Index n = at.first; n < at.first + at.count; ++n) {
                                                         const float x = 1 / (1 + static_cast<float>(n));
                                                         part(0) += x;
                                                         part(2) += 1;
                                                         of_tile += static_cast<double>(x);
                                                       }
                                                       return of_tile;
                                                     });
      return std::pair(gradient, sum);
    };
    const auto [gradient, sum] = gradient_with(1);
    double expected = 0;
    for (Index n = 0; n < events; ++n) expected += 1 / (1 + static_cast<double>(n));
    CHECK(gradient(0) == Approx(expected).epsilon(1e-5));
    CHECK(gradient(1) == 0);
    CHECK(gradient(2) == static_cast<float>(events));
    CHECK(sum == Approx(expected).epsilon(1e-6));
    for (const int threads : {2, 3, 8}) {
      CHECK(gradient_with(threads).first == gradient);
      CHECK(gradient_with(threads).second == sum);
    }
  }
}
