#include <bijou/flows/iaf.hpp>
#include <bijou/training/fit.hpp>

#include "registry.hpp"
#include "support/density_laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("flows::IAF: laws", "[flows_by_name]") {
  laws::check_flow(registry::maker<registry::flows::IAF>, {.step = 1e-6});
  laws::check_flow(registry::maker<registry::flows::IAF, registry::dynamic>, {.step = 1e-6});
}

TEST_CASE("flows::IAF is a type that can be written down", "[flows_by_name]") {
  struct Detector {
    flows::IAF<float> flow;
  };
  std::mt19937_64 rng{1};
  const auto make = [&]() -> flows::IAF<float> { return {{.event_size = 4, .layers = 2, .hidden = {8}}, rng}; };
  const Detector detector{make()};
  std::vector<flows::IAF<float>> several;
  several.push_back(make());
  several.push_back(detector.flow);
  several.front() = several.back();
  const Eigen::MatrixXf x = Eigen::MatrixXf::Random(4, 3);
  CHECK(several.front().log_prob(x) == detector.flow.log_prob(x));
  CHECK(detector.flow.event_size() == 4);
}

TEST_CASE("flows::IAF: options", "[flows_by_name]") {
  std::mt19937_64 rng{1};
  const flows::IAF<double, 3> standard{{}, rng};
  CHECK(standard.event_size() == 3);
  CHECK(standard.context_size() == 0);
  CHECK_FALSE(is_initialized(standard));
  const flows::IAF<double> other{{.event_size = 5, .context_size = 2, .layers = 3, .hidden = {7}, .standardize = false},
                                 rng};
  CHECK(other.context_size() == 2);
  CHECK(is_initialized(other));
  CHECK(std::get<1>(other.bijector.bijectors()).bijectors().size() == 3);
  CHECK(message_of([&] { flows::IAF<double>{{}, rng}; }) == "flows::IAF: expected an event_size of at least 1, got 0");
  CHECK(message_of([&] { flows::IAF<double, 3>{{.event_size = 2}, rng}; }) ==
        "flows::IAF: expected an event_size of 3 or none, got 2");
  CHECK(message_of([&] { other.sample(1, rng); }) ==
        "flows::IAF: expected a context of 2 rows, got none: call given(context)");
}

TEST_CASE("flows::IAF trains on data as they come, to the loss of standardized data", "[flows_by_name]") {
  const auto final_loss = [](double scale, double offset) {
    std::mt19937_64 rng{3};
    Eigen::Matrix2Xd data(2, 1000);
    for (Index n = 0; n < data.cols(); ++n) {
      const double a = normal(rng);
      data.col(n) << scale * a + offset, scale * (a * a + 0.5 * normal(rng)) - offset;
    }
    flows::IAF<double, 2> flow{{.layers = 2, .hidden = {16}}, rng};
    const History history = fit(flow, data, {.epochs = 10, .batch_size = 50, .learning_rate = 5e-3}, rng);
    return history.train_nll.back() - 2 * std::log(scale);
  };
  const double expected = final_loss(1, 0);
  CHECK(expected < 2.7);
  CHECK(final_loss(1e5, 1e5) == Approx(expected).margin(0.01));
  CHECK(final_loss(1e-4, 0) == Approx(expected).margin(0.01));
}
