#pragma once

#include <bijou/training/fit.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "registry.hpp"
#include "support/density_laws.hpp"
#include "support/message_of.hpp"

/// What every flow by name must do beside the laws of its own type. Flow: flows::MAF, say.
namespace laws {

template <template <class, int> class Flow>
void check_can_be_written_down() {
  using Any = Flow<float, bijou::flows::size_at_run_time>;
  struct Detector {
    Any flow;
  };
  std::mt19937_64 rng{1};
  const auto make = [&]() -> Any { return {{.event_size = 4, .layers = 2, .hidden = {8}}, rng}; };
  const Detector detector{make()};
  std::vector<Any> several;
  several.push_back(make());
  several.push_back(detector.flow);
  several.front() = several.back();
  const Eigen::MatrixXf x = Eigen::MatrixXf::Random(4, 3);
  CHECK(several.front().log_prob(x) == detector.flow.log_prob(x));
  CHECK(detector.flow.event_size() == 4);
  std::ostringstream printed;
  printed << detector.flow;
  CHECK(printed.str().find(Any::name) != std::string::npos);
}

template <template <class, int> class Flow>
void check_options() {
  using Static = Flow<double, 3>;
  using Any = Flow<double, bijou::flows::size_at_run_time>;
  const std::string name = Any::name;
  std::mt19937_64 rng{1};
  const Static standard{{}, rng};
  CHECK(standard.event_size() == 3);
  CHECK(standard.context_size() == 0);
  CHECK_FALSE(is_initialized(standard));
  const Any other{{.event_size = 5,
                   .context_size = 2,
                   .layers = 3,
                   .hidden = {7},
                   .standardize = false,
                   .standardize_context = false},
                  rng};
  CHECK(other.context_size() == 2);
  CHECK(is_initialized(other));
  CHECK_FALSE(is_initialized(Any{{.event_size = 5, .context_size = 2, .standardize = false}, rng}));
  CHECK(std::get<1>(other.bijector.bijectors()).part().bijectors().size() == 3);
  CHECK(message_of([&] { Any{{}, rng}; }) == name + ": expected an event_size of at least 1, got 0");
  CHECK(message_of([&] { Static{{.event_size = 2}, rng}; }) == name + ": expected an event_size of 3 or none, got 2");
  CHECK(message_of([&] { other.sample(1, rng); }) ==
        name + ": expected a context of 2 rows, got none: call given(context)");
}

/// Data and contexts of any offset and scale train to the loss of standardized ones.
template <template <class, int> class Flow>
void check_units() {
  const auto final_loss = [](double scale, double offset, double context_scale) {
    std::mt19937_64 rng{3};
    Eigen::Matrix2Xd data(2, 1000);
    Eigen::RowVectorXd context(1000);
    for (bijou::Index n = 0; n < data.cols(); ++n) {
      const double a = bijou::normal(rng), c = bijou::normal(rng);
      data.col(n) << scale * (a + c) + offset, 1e-4 * scale * (a * a + 0.5 * bijou::normal(rng)) - offset;
      context(n) = context_scale * c + offset;
    }
    Flow<double, 2> flow{{.context_size = 1, .layers = 2, .hidden = {16}}, rng};
    const auto history = fit(flow, data, context, {.epochs = 10, .batch_size = 50, .learning_rate = 5e-3}, rng);
    return history.train_nll.back() - std::log(scale) - std::log(1e-4 * scale);
  };
  const double expected = final_loss(1, 0, 1);
  CHECK(expected < 2.7);
  CHECK(final_loss(1e5, 1e5, 1e3) == Approx(expected).margin(0.01));
  CHECK(final_loss(1e-4, 0, 1e-4) == Approx(expected).margin(0.01));
}

/// Entry: of the registry.
template <class Entry, template <class, int> class Flow>
void check_named_flow() {
  check_flow(registry::maker<Entry>, {.step = 1e-6});
  check_flow(registry::maker<Entry, registry::dynamic>, {.step = 1e-6});
  check_can_be_written_down<Flow>();
  check_options<Flow>();
  check_units<Flow>();
}

}  // namespace laws
