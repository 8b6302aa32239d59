#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/box.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/training/fit.hpp>
#include <bijou/training/sgd.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <numbers>
#include <random>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "support/catch.hpp"
#include "support/made_flows.hpp"
#include "training/floating_point_flags.hpp"

using bijou::FitOptions;
using bijou::Index;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

/// A diagonal Gaussian N(mean, diag(exp(2 log_sigma))) with parameters (mean, log_sigma), which remembers what it was
/// shown and can be told to answer otherwise.
template <class T>
class GaussianFlow {
 public:
  using Scalar = T;
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;

  explicit GaussianFlow(Index event_size) : parameters_(Vector::Zero(2 * event_size)) {}

  Index event_size() const { return parameters_.size() / 2; }
  Vector parameters() const { return parameters_; }
  void set_parameters(const Vector& parameters) { parameters_ = parameters; }

  template <class X>
  T nll(const Eigen::MatrixBase<X>& x, bijou::Workspace&) const {
    validated = x.template cast<double>();
    const Index call = validation_calls++;
    return scripted_nll ? static_cast<T>(scripted_nll(call)) : mean_nll(x);
  }

  template <class X>
  T nll_gradient(const Eigen::MatrixBase<X>& x, Vector& gradient, bijou::Workspace&) const {
    batches.push_back(x.template cast<double>());
    const Vector inverse_sigma = (-parameters_.tail(event_size())).array().exp();
    const auto z = (inverse_sigma.asDiagonal() * (x.colwise() - parameters_.head(event_size()))).eval();
    gradient.head(event_size()) = -inverse_sigma.cwiseProduct(z.rowwise().mean());
    gradient.tail(event_size()) = T{1} - z.rowwise().squaredNorm().array() / static_cast<T>(x.cols());
    T nll = mean_nll(x);
    if (tamper) tamper(static_cast<Index>(batches.size()) - 1, nll, gradient);
    return nll;
  }

  template <class X>
  T mean_nll(const Eigen::MatrixBase<X>& x) const {
    const Vector inverse_sigma = (-parameters_.tail(event_size())).array().exp();
    const auto z =
        (inverse_sigma.asDiagonal() * (x.template cast<T>().colwise() - parameters_.head(event_size()))).eval();
    const T constant = static_cast<T>(static_cast<double>(event_size()) * std::log(2 * std::numbers::pi) / 2);
    return z.squaredNorm() / static_cast<T>(2 * x.cols()) + parameters_.tail(event_size()).sum() + constant;
  }

  mutable std::vector<Eigen::MatrixXd> batches;  // what nll_gradient was called with
  mutable Eigen::MatrixXd validated;             // what nll was called with last
  mutable Index validation_calls = 0;
  std::function<double(Index call)> scripted_nll;
  std::function<void(Index call, T& nll, Vector& gradient)> tamper;

 private:
  Vector parameters_;
};

/// Adds 1 to each parameter, so that the parameters tell how many steps led to them; remembers what it was given.
struct Counter {
  void step(Eigen::Ref<Eigen::VectorXd> parameters, const Eigen::Ref<const Eigen::VectorXd>& gradient,
            double learning_rate) {
    parameters.array() += 1;
    gradients.push_back(gradient);
    learning_rates.push_back(learning_rate);
  }
  std::vector<Eigen::VectorXd> gradients;
  std::vector<double> learning_rates;
};

struct Still {
  void step(Eigen::Ref<Eigen::VectorXd>, const Eigen::Ref<const Eigen::VectorXd>&, double) {}
};

template <class T = double>
Eigen::Matrix<T, 2, Eigen::Dynamic> correlated_data(Index n, std::uint64_t seed = 1) {
  std::mt19937_64 rng{seed};
  Eigen::Matrix<T, 2, Eigen::Dynamic> data(2, n);
  for (Index j = 0; j < n; ++j) {
    data(0, j) = static_cast<T>(1.5 + 0.5 * bijou::normal(rng));
    data(1, j) = static_cast<T>(-0.7 + 2 * bijou::normal(rng)) + data(0, j);
  }
  return data;
}

/// 0, 1, ..., n - 1: events that can be told apart.
Eigen::RowVectorXd numbered_events(Index n) { return Eigen::RowVectorXd::LinSpaced(n, 0, static_cast<double>(n - 1)); }

std::vector<double> sorted(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values;
}

std::vector<double> all_events(const std::vector<Eigen::MatrixXd>& batches) {
  std::vector<double> events;
  for (const Eigen::MatrixXd& batch : batches) {
    for (Index j = 0; j < batch.cols(); ++j) events.push_back(batch(0, j));
  }
  return events;
}

std::vector<double> to_vector(const Eigen::MatrixXd& row) { return all_events({row}); }

Eigen::VectorXd steps(double count) { return Eigen::VectorXd::Constant(2, count); }

}  // namespace

TEMPLATE_TEST_CASE("fit finds the closed-form optimum of a Gaussian", "[fit]", BIJOU_TEST_SCALARS) {
  const auto data = correlated_data<TestType>(400);
  const Eigen::Vector2d mean = data.template cast<double>().rowwise().mean();
  const Eigen::Vector2d sigma =
      ((data.template cast<double>().colwise() - mean).rowwise().squaredNorm() / 400).cwiseSqrt();
  const double optimum = sigma.array().log().sum() + std::log(2 * std::numbers::pi) + 1;

  GaussianFlow<TestType> flow(2);
  std::mt19937_64 rng{0};
  const auto check_optimum = [&](const bijou::History& history, double tolerance) {
    const Eigen::VectorXd parameters = flow.parameters().template cast<double>();
    for (const Index d : {0, 1}) {
      CHECK(parameters(d) == Approx(mean(d)).margin(tolerance));
      CHECK(std::exp(parameters(2 + d)) == Approx(sigma(d)).margin(tolerance));
    }
    CHECK(history.train_nll.back() == Approx(optimum).margin(tolerance));
    CHECK(history.train_nll.front() > optimum + 1);
  };

  SECTION("all data at once") {
    const FitOptions options{.epochs = 500,
                             .batch_size = 400,
                             .learning_rate = 0.1f,
                             .schedule = bijou::ExponentialSchedule{.final_factor = 1e-3}};
    check_optimum(bijou::fit(flow, data, options, rng), 2e-5);
  }
  SECTION("minibatches") {
    check_optimum(bijou::fit(flow, data, {.epochs = 50, .batch_size = 32, .learning_rate = 1e-2f}, rng), 0.05);
  }
  SECTION("another optimizer") {
    const FitOptions options{.epochs = 600, .batch_size = 400, .learning_rate = 0.05};
    check_optimum(bijou::fit(flow, data, options, rng, bijou::SGD<TestType>{{.momentum = 0.9}}), 2e-5);
  }
}

TEST_CASE("fit shows every event once per epoch, in a new order, the last batch as it comes", "[fit]") {
  const auto check_sizes = [](Index batch_size, const std::vector<Index>& sizes) {
    GaussianFlow<double> flow(1);
    std::mt19937_64 rng{0};
    bijou::fit(flow, numbered_events(10), {.epochs = 3, .batch_size = batch_size}, rng, Still{});

    REQUIRE(flow.batches.size() == 3 * sizes.size());
    std::vector<std::vector<double>> orders;
    for (std::size_t epoch = 0; epoch < 3; ++epoch) {
      const auto first = flow.batches.begin() + static_cast<std::ptrdiff_t>(epoch * sizes.size());
      for (std::size_t i = 0; i < sizes.size(); ++i) {
        CHECK(first[static_cast<std::ptrdiff_t>(i)].cols() == sizes[i]);
      }
      orders.push_back(all_events({first, first + static_cast<std::ptrdiff_t>(sizes.size())}));
      CHECK(sorted(orders.back()) == to_vector(numbered_events(10)));
      CHECK(orders.back() != to_vector(numbered_events(10)));
    }
    CHECK(orders[0] != orders[1]);
    CHECK(orders[1] != orders[2]);
  };
  check_sizes(4, {4, 4, 2});
  check_sizes(5, {5, 5});
  check_sizes(9, {9, 1});
  check_sizes(1, std::vector<Index>(10, 1));
  check_sizes(10, {10});
  check_sizes(11, {10});
  check_sizes(std::numeric_limits<Index>::max(), {10});
}

TEST_CASE("The training loss is the mean over events, not over batches", "[fit]") {
  const auto data = correlated_data(10);
  GaussianFlow<double> flow(2);
  std::mt19937_64 rng{0};
  const bijou::History history = bijou::fit(flow, data, {.epochs = 2, .batch_size = 4}, rng, Still{});
  REQUIRE(history.train_nll.size() == 2);
  CHECK(history.train_nll[0] == Approx(flow.mean_nll(data)).epsilon(1e-14));
  CHECK(history.train_nll[1] == Approx(flow.mean_nll(data)).epsilon(1e-14));
  CHECK(history.validation_nll.empty());
  CHECK(history.kept_epoch == 1);
  CHECK_FALSE(history.stopped_early);
  CHECK(history.seconds > 0);
}

TEST_CASE("The validation events are a random part that training never sees", "[fit]") {
  std::vector<std::vector<double>> parts;
  for (const unsigned seed : {0u, 1u}) {
    GaussianFlow<double> flow(1);
    std::mt19937_64 rng{seed};
    const bijou::History history =
        bijou::fit(flow, numbered_events(20), {.epochs = 2, .batch_size = 4, .validation_fraction = 0.3}, rng, Still{});
    CHECK(flow.validation_calls == 2);
    const std::vector<double> validated = to_vector(flow.validated);
    CHECK(validated.size() == 6);
    for (const std::ptrdiff_t epoch : {0, 1}) {
      REQUIRE(flow.batches.size() == 8);
      std::vector<double> events = all_events({flow.batches.begin() + 4 * epoch, flow.batches.begin() + 4 * epoch + 4});
      CHECK(events.size() == 14);
      events.insert(events.end(), validated.begin(), validated.end());
      CHECK(sorted(events) == to_vector(numbered_events(20)));
    }
    REQUIRE(history.validation_nll.size() == 2);
    CHECK(history.validation_nll[1] == Approx(flow.mean_nll(flow.validated)).epsilon(1e-14));
    parts.push_back(sorted(validated));
  }
  CHECK(parts[0] != parts[1]);
}

TEST_CASE("fit gives back the parameters of the lowest validation loss", "[fit]") {
  GaussianFlow<double> flow(1);
  const std::vector<double> losses = {5, 4, 3, 6, 3, 7, 2, 9};
  flow.scripted_nll = [&](Index call) { return losses.at(static_cast<std::size_t>(call)); };
  std::mt19937_64 rng{0};
  FitOptions options{.epochs = 8, .batch_size = 5, .validation_fraction = 0.5};  // 20 events: 2 steps per epoch

  SECTION("never stopping without patience") {
    const auto history = bijou::fit(flow, numbered_events(20), options, rng, Counter{});
    CHECK(history.validation_nll == losses);
    CHECK(history.best_epoch == 6);
    CHECK_FALSE(history.stopped_early);
    CHECK(flow.parameters() == steps(14));
  }
  SECTION("stopping when patience runs out: an equal loss is no better") {
    options.patience = 3;
    const auto history = bijou::fit(flow, numbered_events(20), options, rng, Counter{});
    CHECK(history.validation_nll == std::vector<double>{5, 4, 3, 6, 3, 7});
    CHECK(history.train_nll.size() == 6);
    CHECK(history.best_epoch == 2);
    CHECK(history.stopped_early);
    CHECK(flow.parameters() == steps(6));
  }
  SECTION("with the patience to find the better one") {
    options.patience = 4;
    const auto history = bijou::fit(flow, numbered_events(20), options, rng, Counter{});
    CHECK(history.validation_nll == losses);
    CHECK(history.best_epoch == 6);
    CHECK_FALSE(history.stopped_early);
    CHECK(flow.parameters() == steps(14));
  }
  SECTION("patience that runs out with the last epoch has stopped nothing") {
    options.epochs = 6;
    options.patience = 3;
    const auto history = bijou::fit(flow, numbered_events(20), options, rng, Counter{});
    CHECK(history.best_epoch == 2);
    CHECK_FALSE(history.stopped_early);
    CHECK(flow.parameters() == steps(6));
  }
}

TEST_CASE("A training that diverges stops at the last good parameters and says where", "[fit]") {
  GaussianFlow<double> flow(1);
  std::mt19937_64 rng{0};
  const FitOptions options{.epochs = 5, .batch_size = 4};  // 10 events: 3 steps per epoch
  const auto check_diverged = [&](auto&& optimizer, const FitOptions& with, Index epoch, Index batch,
                                  const std::string& reason, double last_good) {
    try {
      bijou::fit(flow, numbered_events(10), with, rng, optimizer);
      FAIL("nothing was thrown");
    } catch (const bijou::TrainingDiverged& diverged) {
      CHECK(diverged.epoch() == epoch);
      CHECK(diverged.batch() == batch);
      CHECK(diverged.what() == "fit: training diverged at epoch " + std::to_string(epoch) + ", batch " +
                                   std::to_string(batch) + " (counting from 0): " + reason);
    }
    CHECK(flow.parameters() == steps(last_good));
  };
  const auto set_nll = [&](Index at, double value) {
    flow.tamper = [=](Index call, double& nll, Eigen::VectorXd&) {
      if (call == at) nll = value;
    };
  };
  const auto set_gradient = [&](Index at, double value) {
    flow.tamper = [=](Index call, double&, Eigen::VectorXd& gradient) {
      if (call == at) gradient(1) = value;
    };
  };

  SECTION("loss") {
    set_nll(7, nan_value);  // evaluated at the parameters of 7 steps
    check_diverged(Counter{}, options, 2, 1, "the loss is nan", 6);
  }
  SECTION("infinite loss in the first batch of an epoch") {
    set_nll(3, infinity);
    check_diverged(Counter{}, options, 1, 0, "the loss is inf", 2);
  }
  SECTION("loss in the very first batch") {
    set_nll(0, nan_value);
    check_diverged(Counter{}, options, 0, 0, "the loss is nan", 0);
  }
  SECTION("gradient") {
    set_gradient(5, infinity);
    check_diverged(Counter{}, options, 1, 2, "the gradient is not finite", 4);
  }
  SECTION("gradient with clipping") {
    set_gradient(5, nan_value);
    FitOptions clipping = options;
    clipping.clip_norm = 1;
    check_diverged(Counter{}, clipping, 1, 2, "the gradient is not finite", 4);
  }
  SECTION("parameters") {
    struct JumpsAfter7 : Counter {
      void step(Eigen::Ref<Eigen::VectorXd> parameters, const Eigen::Ref<const Eigen::VectorXd>& gradient,
                double learning_rate) {
        Counter::step(parameters, gradient, learning_rate);
        if (learning_rates.size() == 8) parameters(0) = infinity;
      }
    };
    check_diverged(JumpsAfter7{}, options, 2, 1, "a parameter is not finite after the step", 7);
  }
  SECTION("and can go on from there") {
    set_nll(7, nan_value);
    CHECK_THROWS_AS(bijou::fit(flow, numbered_events(10), options, rng), bijou::TrainingDiverged);
    flow.tamper = nullptr;
    CHECK(bijou::fit(flow, numbered_events(10), options, rng).train_nll.size() == 5);
  }
}

TEST_CASE("With a validation set fit ends at the best parameters, however it ends", "[fit]") {
  // 20 events: 2 steps per epoch. The lowest validation loss is that of epoch 1, at the parameters of 4 steps.
  struct Throwing : Counter {
    void step(Eigen::Ref<Eigen::VectorXd> parameters, const Eigen::Ref<const Eigen::VectorXd>& gradient,
              double learning_rate) {
      if (learning_rates.size() == 7) throw std::runtime_error("optimizer");
      Counter::step(parameters, gradient, learning_rate);
      if (learning_rates.size() == jump_after) parameters(0) = infinity;
    }
    std::size_t jump_after = 1000;
  };
  GaussianFlow<double> flow(1);
  const std::vector<double> losses = {3, 1, 2, 5, 4};  // then those of single events, of which one is looked for
  flow.scripted_nll = [&](Index call) { return call < 5 ? losses[static_cast<std::size_t>(call)] : 0.0; };
  std::mt19937_64 rng{0};
  FitOptions options{.epochs = 5, .batch_size = 5, .validation_fraction = 0.5};
  const auto run = [&](auto&& optimizer) { return bijou::fit(flow, numbered_events(20), options, rng, optimizer); };

  SECTION("by the last epoch") {
    const auto history = run(Counter{});
    CHECK(history.best_epoch == 1);
    CHECK(history.kept_epoch == 1);
  }
  SECTION("by an exception of the optimizer") { CHECK_THROWS_WITH(run(Throwing{}), "optimizer"); }
  SECTION("by an exception of the callback") {
    options.callback = [](const bijou::EpochReport& report) {
      if (report.epoch == 3) throw std::runtime_error("callback");
    };
    CHECK_THROWS_WITH(run(Counter{}), "callback");
  }
  SECTION("by an exception of the schedule") {
    options.schedule = [](auto step, auto) { return step < 7 ? 1.0 : throw std::runtime_error("schedule"); };
    CHECK_THROWS_WITH(run(Counter{}), "schedule");
  }
  SECTION("by an exception of the flow") {
    flow.scripted_nll = [](Index call) {
      return call == 2 ? throw std::runtime_error("flow") : 2.0 - static_cast<double>(call);
    };
    CHECK_THROWS_WITH(run(Counter{}), "flow");
  }
  SECTION("by a stop that the callback asks for") {
    options.callback = [](const bijou::EpochReport& report) { return report.epoch < 2; };
    const auto history = run(Counter{});
    CHECK(history.train_nll.size() == 3);
    CHECK(history.stopped_early);
  }
  SECTION("by a loss that is not finite") {
    flow.tamper = [](Index call, double& nll, Eigen::VectorXd&) {
      if (call == 7) nll = nan_value;
    };
    try {
      run(Counter{});
      FAIL("nothing was thrown");
    } catch (const bijou::TrainingDiverged& diverged) {
      CHECK(diverged.epoch() == 3);
      CHECK(diverged.history().validation_nll == std::vector<double>{3, 1, 2});
      CHECK(diverged.history().train_nll.size() == 3);
      CHECK(diverged.history().best_epoch == 1);
      CHECK(diverged.history().kept_epoch == 1);
      CHECK(diverged.history().seconds > 0);
    }
  }
  SECTION("by a parameter that is not finite") {
    Throwing optimizer;
    optimizer.jump_after = 6;
    CHECK_THROWS_AS(run(optimizer), bijou::TrainingDiverged);
  }
  CHECK(flow.parameters() == steps(4));
}

TEST_CASE("A validation loss that is not finite is a bad epoch and no end", "[fit]") {
  GaussianFlow<double> flow(1);
  std::vector<double> losses = {nan_value, 4, infinity, -infinity, 3};
  flow.scripted_nll = [&](Index call) { return losses.at(static_cast<std::size_t>(call)); };
  std::mt19937_64 rng{0};
  FitOptions options{.epochs = 5, .batch_size = 5, .validation_fraction = 0.5};
  SECTION("training goes on, and the loss is recorded") {
    const auto history = bijou::fit(flow, numbered_events(20), options, rng, Counter{});
    REQUIRE(history.validation_nll.size() == 5);
    CHECK(std::isnan(history.validation_nll[0]));
    CHECK(history.validation_nll[3] == -infinity);
    CHECK(history.best_epoch == 4);
    CHECK(flow.parameters() == steps(10));
  }
  SECTION("it counts for patience") {
    options.patience = 2;
    const auto history = bijou::fit(flow, numbered_events(20), options, rng, Counter{});
    CHECK(history.validation_nll.size() == 4);
    CHECK(history.stopped_early);
    CHECK(history.best_epoch == 1);
    CHECK(flow.parameters() == steps(4));
  }
  SECTION("in the first epochs, too") {
    losses.assign(5, nan_value);
    options.patience = 3;
    const auto history = bijou::fit(flow, numbered_events(20), options, rng, Counter{});
    CHECK(history.validation_nll.size() == 3);
    CHECK(history.best_epoch == -1);
    CHECK(history.kept_epoch == 2);
    CHECK(flow.parameters() == steps(6));  // no best ones: the last
  }
  SECTION("a divergence before any finite one leaves the last good parameters") {
    losses.assign(5, nan_value);
    flow.tamper = [](Index call, double& nll, Eigen::VectorXd&) {
      if (call == 5) nll = infinity;
    };
    try {
      bijou::fit(flow, numbered_events(20), options, rng, Counter{});
      FAIL("nothing was thrown");
    } catch (const bijou::TrainingDiverged& diverged) {
      CHECK(diverged.history().best_epoch == -1);
      CHECK(diverged.history().kept_epoch == -1);
    }
    CHECK(flow.parameters() == steps(4));
  }
}

TEST_CASE("Without a validation set the history names the epoch of the lowest training loss, and the flow has the last",
          "[fit]") {
  GaussianFlow<double> flow(1);
  flow.tamper = [](Index call, double& nll, Eigen::VectorXd&) { nll = std::abs(static_cast<double>(call) - 2); };
  std::mt19937_64 rng{0};
  FitOptions options{.epochs = 5, .batch_size = 10};
  const auto history = bijou::fit(flow, numbered_events(10), options, rng, Counter{});
  CHECK(history.train_nll == std::vector<double>{2, 1, 0, 1, 2});
  CHECK(history.best_epoch == 2);
  CHECK(history.kept_epoch == 4);
  CHECK(flow.parameters() == steps(5));

  options.callback = [](const bijou::EpochReport& report) { return report.epoch != 1; };
  const auto stopped = bijou::fit(flow, numbered_events(10), options, rng, Counter{});
  CHECK(stopped.stopped_early);
  CHECK(stopped.kept_epoch == 1);
  CHECK(flow.parameters() == steps(7));
}

TEST_CASE("A stop asked for at the last epoch has stopped nothing", "[fit]") {
  GaussianFlow<double> flow(1);
  std::mt19937_64 rng{0};
  FitOptions options{.epochs = 2};
  options.callback = [](const bijou::EpochReport& report) { return report.epoch == 0; };
  const auto history = bijou::fit(flow, numbered_events(10), options, rng, Counter{});
  CHECK(history.train_nll.size() == 2);
  CHECK_FALSE(history.stopped_early);
}

TEST_CASE("A flow that is not finite from the start diverges without being set to such parameters", "[fit]") {
  struct Picky : GaussianFlow<double> {
    using GaussianFlow::GaussianFlow;
    void set_parameters(const Eigen::VectorXd&) { FAIL("set_parameters was called"); }
  };
  Picky flow(1);
  static_cast<GaussianFlow<double>&>(flow).set_parameters(steps(nan_value));
  std::mt19937_64 rng{0};
  CHECK_THROWS_AS(bijou::fit(flow, numbered_events(10), {}, rng), bijou::TrainingDiverged);
}

TEST_CASE("A learning rate far too large diverges by itself and leaves a working flow", "[fit]") {
  const auto data = correlated_data<float>(100);
  GaussianFlow<float> flow(2);
  std::mt19937_64 rng{0};
  CHECK_THROWS_AS(
      bijou::fit(flow, data, {.epochs = 20, .batch_size = 10, .learning_rate = 1e3}, rng, bijou::SGD<float>{}),
      bijou::TrainingDiverged);
  CHECK(bijou::detail::all_finite(flow.parameters().eval().data(), 4));
  CHECK(bijou::detail::finite(flow.mean_nll(flow.batches[flow.batches.size() - 2])));
}

TEST_CASE("A last step to a loss that is not finite is a divergence", "[fit]") {
  const Eigen::MatrixXf data = correlated_data<float>(10);
  std::mt19937_64 rng{0};
  bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::MAF<float, 2>{{16, 16}, rng}};
  const Eigen::VectorXf start = flow.parameters();
  CHECK_THROWS_AS(bijou::fit(flow, data, {.epochs = 1, .batch_size = 10, .learning_rate = 1e30}, rng),
                  bijou::TrainingDiverged);
  CHECK(flow.parameters() == start);
}

TEST_CASE("fit refuses what it cannot work with before anything changes", "[fit]") {
  GaussianFlow<double> flow(2);
  const Eigen::VectorXd start = Eigen::VectorXd::LinSpaced(4, 0.1, 0.4);
  flow.set_parameters(start);
  std::mt19937_64 rng{0};
  const std::mt19937_64 rng_before = rng;
  Counter optimizer;
  const Eigen::MatrixXd data = correlated_data(10);
  const auto check_refused = [&](const Eigen::MatrixXd& events, const FitOptions& options, const std::string& message) {
    CHECK_THROWS_WITH(bijou::fit(flow, events, options, rng, optimizer), message);
    CHECK_THROWS_AS(bijou::fit(flow, events, options, rng), std::invalid_argument);
    CHECK(flow.parameters() == start);
    CHECK(flow.batches.empty());
    CHECK(flow.validation_calls == 0);
    CHECK(rng == rng_before);
    CHECK(optimizer.learning_rates.empty());
  };

  SECTION("data") {
    check_refused(data.topRows(1), {}, "fit: expected events of 2 rows, got 1");
    check_refused(data.transpose(), {}, "fit: expected events of 2 rows, got 10");
    check_refused(data.leftCols(1), {}, "fit: expected at least 2 events, got 1");
    check_refused(data.leftCols(0), {}, "fit: expected at least 2 events, got 0");
    Eigen::MatrixXd bad = data;
    bad(0, 8) = infinity;
    check_refused(bad, {}, "fit: expected finite data, got inf in column 8, row 0 (counting from 0)");
    bad(1, 7) = nan_value;
    check_refused(bad, {}, "fit: expected finite data, got nan in column 7, row 1 (counting from 0)");
  }
  SECTION("no context") {
    bijou::AnyFlow<double> under_context =
        made_flows::maf<double>({.event_size = 2, .context_size = 3, .layers = 1, .hidden = {4}}, rng);
    CHECK_THROWS_WITH(bijou::fit(under_context, data, {}, rng),
                      "fit: expected a context of 3 rows beside the data, got none");
  }
  SECTION("options") {
    check_refused(data, {.epochs = 0}, "fit: expected epochs of at least 1, got 0");
    check_refused(data, {.epochs = -3}, "fit: expected epochs of at least 1, got -3");
    check_refused(data, {.batch_size = 0}, "fit: expected batch_size of at least 1, got 0");
    check_refused(data, {.batch_size = -1}, "fit: expected batch_size of at least 1, got -1");
    check_refused(data, {.threads = 0}, "fit: expected threads of at least 1, got 0");
    check_refused(data, {.learning_rate = 0}, "fit: expected a finite learning_rate above 0, got 0");
    check_refused(data, {.learning_rate = -1e-3}, "fit: expected a finite learning_rate above 0, got -0.001");
    check_refused(data, {.learning_rate = nan_value}, "fit: expected a finite learning_rate above 0, got nan");
    check_refused(data, {.learning_rate = infinity}, "fit: expected a finite learning_rate above 0, got inf");
    check_refused(data, {.schedule = nullptr}, "fit: expected a schedule, got an empty function");
    check_refused(data, {.schedule = bijou::CosineSchedule{.final_factor = -1}},
                  "CosineSchedule: expected final_factor in [0, 1], got -1");
    check_refused(data, {.epochs = 7, .batch_size = 4, .schedule = [](auto, auto) { return -1.0; }},
                  "fit: expected the schedule to give a finite factor of at least 0, got -1 at step 0 of 21");
    check_refused(data, {.clip_norm = -1}, "fit: expected a finite clip_norm of at least 0, got -1");
    check_refused(data, {.clip_norm = nan_value}, "fit: expected a finite clip_norm of at least 0, got nan");
    check_refused(data, {.validation_fraction = 1}, "fit: expected validation_fraction in [0, 1), got 1");
    check_refused(data, {.validation_fraction = -0.1}, "fit: expected validation_fraction in [0, 1), got -0.1");
    check_refused(data, {.validation_fraction = nan_value}, "fit: expected validation_fraction in [0, 1), got nan");
    check_refused(data, {.validation_fraction = 0.5, .patience = -1}, "fit: expected patience of at least 0, got -1");
    check_refused(data, {.patience = 5},
                  "fit: expected a validation_fraction above 0 to go with a patience of 5, got 0");
  }
  SECTION("splits that leave too few events") {
    const std::string expected =
        "fit: expected a validation_fraction that leaves 1 event or more to validate with and 2 or more to train "
        "with, ";
    check_refused(data, {.validation_fraction = 0.04}, expected + "got 0.04 of 10 events");
    check_refused(data, {.validation_fraction = 0.9}, expected + "got 0.9 of 10 events");
    check_refused(data.leftCols(2), {.validation_fraction = 0.5}, expected + "got 0.5 of 2 events");
  }
  SECTION("but not the smallest that works") {
    CHECK_NOTHROW(bijou::fit(flow, data.leftCols(2), {.epochs = 1}, rng));
    CHECK_NOTHROW(bijou::fit(flow, data.leftCols(3), {.epochs = 1, .validation_fraction = 0.3}, rng));
  }
}

TEST_CASE("The same seed gives the same training to the last bit, another seed another", "[fit]") {
  const auto data = correlated_data<float>(50);
  const auto train = [&](std::uint64_t seed) {
    GaussianFlow<float> flow(2);
    std::mt19937_64 rng{seed};
    const bijou::History history =
        bijou::fit(flow, data, {.epochs = 3, .batch_size = 8, .validation_fraction = 0.2}, rng);
    return std::tuple{flow.parameters().eval(), history.train_nll, history.validation_nll};
  };
  CHECK(train(5) == train(5));
  CHECK(train(5) != train(6));
}

TEST_CASE("The callback is told about each epoch and sees the flow of that moment", "[fit]") {
  GaussianFlow<double> flow(1);
  std::mt19937_64 rng{0};
  std::vector<bijou::EpochReport> reports;
  FitOptions options{.epochs = 3, .batch_size = 5, .learning_rate = 0.5, .schedule = [](auto step, auto) {
                       return 1.0 / (1.0 + static_cast<double>(step));
                     }};
  options.callback = [&](const bijou::EpochReport& report) {
    reports.push_back(report);
    CHECK(flow.parameters() == steps(static_cast<double>(2 * (report.epoch + 1))));
  };

  SECTION("without validation") {
    const bijou::History history = bijou::fit(flow, numbered_events(10), options, rng, Counter{});
    REQUIRE(reports.size() == 3);
    for (std::size_t epoch = 0; epoch < 3; ++epoch) {
      CHECK(reports[epoch].epoch == static_cast<Index>(epoch));
      CHECK(reports[epoch].epochs == 3);
      CHECK(reports[epoch].train_nll == history.train_nll[epoch]);
      CHECK_FALSE(reports[epoch].validation_nll.has_value());
      CHECK(reports[epoch].learning_rate == Approx(0.5 / static_cast<double>(2 * epoch + 2)));
      CHECK(reports[epoch].seconds >= (epoch == 0 ? 0 : reports[epoch - 1].seconds));
    }
    CHECK(history.seconds >= reports.back().seconds);
  }
  SECTION("with validation, the epoch it stops at included") {
    options.validation_fraction = 0.2;  // 8 events: 2 steps per epoch
    options.patience = 1;
    flow.scripted_nll = [](Index call) { return static_cast<double>(call); };
    const bijou::History history = bijou::fit(flow, numbered_events(10), options, rng, Counter{});
    REQUIRE(reports.size() == 2);
    CHECK(reports[0].validation_nll == 0.0);
    CHECK(reports[1].validation_nll == 1.0);
    CHECK(history.stopped_early);
  }
  SECTION("and what it throws passes through") {
    options.callback = [](const bijou::EpochReport& report) {
      if (report.epoch == 1) throw std::runtime_error("enough");
    };
    CHECK_THROWS_WITH(bijou::fit(flow, numbered_events(10), options, rng, Counter{}), "enough");
    CHECK(flow.parameters() == steps(4));
  }
}

TEST_CASE("The schedule is asked before each step", "[fit]") {
  GaussianFlow<double> flow(1);
  std::mt19937_64 rng{0};
  Counter counter;
  SECTION("and scales the learning rate") {
    const FitOptions options{
        .epochs = 2, .batch_size = 4, .learning_rate = 0.5, .schedule = [](auto step, auto total_steps) {
          CHECK(total_steps == 6);
          return static_cast<double>(step);
        }};
    bijou::fit(flow, numbered_events(10), options, rng, counter);
    CHECK(counter.learning_rates == std::vector<double>{0, 0.5, 1, 1.5, 2, 2.5});
  }
  SECTION("and must give a factor each time") {
    const FitOptions options{
        .epochs = 2, .batch_size = 4, .schedule = [](auto step, auto) { return step == 4 ? nan_value : 1.0; }};
    CHECK_THROWS_WITH(bijou::fit(flow, numbered_events(10), options, rng, counter),
                      "fit: expected the schedule to give a finite factor of at least 0, got nan at step 4 of 6");
    CHECK(flow.parameters() == steps(4));
  }
}

TEST_CASE("Gradients are clipped when asked for", "[fit]") {
  for (const double clip_norm : {0.0, 0.25, 1e6}) {
    GaussianFlow<double> flow(1);
    std::mt19937_64 rng{0};
    Counter counter;
    bijou::fit(flow, numbered_events(10), {.epochs = 1, .batch_size = 2, .clip_norm = clip_norm}, rng, counter);
    REQUIRE(counter.gradients.size() == 5);
    if (clip_norm == 0.25)
      CHECK(counter.gradients.front().norm() == Approx(0.25).epsilon(1e-14));
    else
      CHECK(counter.gradients.front().norm() > 1);
  }
}

TEST_CASE("An optimizer that outlives fit goes on where it was", "[fit]") {
  const auto data = correlated_data(20);
  GaussianFlow<double> once(2);
  GaussianFlow<double> twice(2);
  bijou::Adam<double> optimizer;
  const FitOptions options{.epochs = 1, .batch_size = 20};
  {
    std::mt19937_64 rng{0};
    bijou::fit(twice, data, options, rng, optimizer);
    CHECK(optimizer.steps() == 1);
    bijou::fit(twice, data, options, rng, optimizer);
    CHECK(optimizer.steps() == 2);
  }
  std::mt19937_64 rng{0};
  bijou::fit(once, data, {.epochs = 2, .batch_size = 20}, rng);
  CHECK(once.parameters().isApprox(twice.parameters(), 1e-12));
}

TEMPLATE_TEST_CASE("Fits of one epoch one after the other give the same bits as one of as many epochs", "[fit]",
                   BIJOU_TEST_SCALARS) {
  const auto data = correlated_data<TestType>(50);
  GaussianFlow<TestType> once(2);
  GaussianFlow<TestType> thrice(2);
  std::mt19937_64 rng{3};
  std::mt19937_64 same_rng{3};
  bijou::AdamW<TestType> optimizer;
  bijou::AdamW<TestType> same_optimizer;
  const auto history = bijou::fit(once, data, {.epochs = 3, .batch_size = 8, .learning_rate = 0.05}, rng, optimizer);
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    const auto one =
        bijou::fit(thrice, data, {.epochs = 1, .batch_size = 8, .learning_rate = 0.05}, same_rng, same_optimizer);
    CHECK(one.train_nll == std::vector<double>{history.train_nll[epoch]});
  }
  CHECK(once.parameters() == thrice.parameters());
  CHECK(rng == same_rng);
  CHECK(optimizer.mean_square() == same_optimizer.mean_square());
}

TEST_CASE("fit raises no floating-point exception on ordinary data", "[fit]") {
  const auto data = correlated_data<float>(50);
  GaussianFlow<float> flow(2);
  std::mt19937_64 rng{0};
  const FitOptions options{.epochs = 3,
                           .batch_size = 7,
                           .schedule = bijou::CosineSchedule{.warm_up_fraction = 0.1},
                           .clip_norm = 1,
                           .validation_fraction = 0.1,
                           .patience = 2};
  CHECK(raised_by([&] { bijou::fit(flow, data, options, rng); }) == 0);
}

TEST_CASE("An optimizer that takes a number of threads gets that of fit", "[fit]") {
  struct Threaded {
    std::vector<int> threads;
    void step(Eigen::Ref<Eigen::VectorXd>, const Eigen::Ref<const Eigen::VectorXd>&, double, int count = 1) {
      threads.push_back(count);
    }
  };
  GaussianFlow<double> flow(1);
  std::mt19937_64 rng{1};
  Threaded optimizer;
  bijou::fit(flow, numbered_events(10), {.epochs = 1, .batch_size = 5, .threads = 3}, rng, optimizer);
  CHECK(optimizer.threads == std::vector<int>{3, 3});

  struct Heavy {  // another fourth parameter keeps its default
    std::vector<double> momenta;
    void step(Eigen::Ref<Eigen::VectorXd>, const Eigen::Ref<const Eigen::VectorXd>&, double, double momentum = 0.9) {
      momenta.push_back(momentum);
    }
  };
  Heavy heavy;
  bijou::fit(flow, numbered_events(10), {.epochs = 1, .batch_size = 5, .threads = 3}, rng, heavy);
  CHECK(heavy.momenta == std::vector<double>{0.9, 0.9});
}

TEST_CASE("An optimizer of another size is refused and the flow unchanged", "[fit]") {
  bijou::Adam<double> optimizer;
  Eigen::VectorXd three = Eigen::VectorXd::Ones(3);
  optimizer.step(three, Eigen::VectorXd::Ones(3), 0.1);
  GaussianFlow<double> flow(1);
  std::mt19937_64 rng{0};
  CHECK_THROWS_WITH(bijou::fit(flow, numbered_events(10), {}, rng, optimizer),
                    "Adam: expected parameters of size 3, got 2");
  CHECK(flow.parameters() == steps(0));
}

TEST_CASE("Data may be any matrix or array expression", "[fit]") {
  const Eigen::Matrix2Xd data = correlated_data(30);
  const auto train = [](const auto& events) {
    GaussianFlow<double> flow(2);
    std::mt19937_64 rng{0};
    bijou::fit(flow, events, {.epochs = 2, .batch_size = 7, .validation_fraction = 0.1}, rng);
    return flow.parameters();
  };
  const Eigen::VectorXd expected = train(data);
  const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> row_major = data;
  const Eigen::Matrix<double, 2, 30> fixed = data;
  const Eigen::MatrixXd transposed = data.transpose();
  Eigen::MatrixXd wider(5, 40);
  wider.block(2, 3, 2, 30) = data;
  CHECK(train(Eigen::MatrixXd(data)) == expected);
  CHECK(train(row_major) == expected);
  CHECK(train(fixed) == expected);
  CHECK(train(transposed.transpose()) == expected);
  CHECK(train(wider.block(2, 3, 2, 30)) == expected);
  CHECK(train(Eigen::Map<const Eigen::Matrix2Xd>(data.data(), 2, 30)) == expected);
  CHECK(train(0.5 * (data + data)) == expected);
  const Eigen::Array2Xd array = data;
  const Eigen::ArrayXXd dynamic_array = data;
  CHECK(train(array) == expected);
  CHECK(train(dynamic_array) == expected);
  CHECK(train(wider.array().block(2, 3, 2, 30)) == expected);
  CHECK(train(array + 0.0) == expected);

  const auto train_row = [](const auto& events) {
    GaussianFlow<double> flow(1);
    std::mt19937_64 rng{0};
    bijou::fit(flow, events, {.epochs = 2, .batch_size = 7}, rng);
    return flow.parameters();
  };
  const Eigen::RowVectorXd row = data.row(1);
  CHECK(train_row(data.row(1)) == train_row(row));
  CHECK(train_row(data.bottomRows(1)) == train_row(row));
  CHECK(train_row(row.array()) == train_row(row));
}

TEST_CASE("fit refuses a flow without parameters", "[fit]") {
  bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{}, bijou::Reverse<2>{}};
  std::mt19937_64 rng{0};
  CHECK_THROWS_WITH(bijou::fit(flow, Eigen::MatrixXd::Zero(2, 8), {.epochs = 1}, rng),
                    "fit: the flow has no parameters; see its list of members");
}

TEST_CASE("A step to parameters that the flow refuses is a divergence", "[fit]") {
  std::mt19937_64 rng{1};
  const Eigen::Matrix2Xf data = bijou::StandardNormal<float, 2>{}.sample(200, rng);
  struct ToScaleZero {
    int steps = 0;
    void step(Eigen::Ref<Eigen::VectorXf> parameters, const Eigen::Ref<const Eigen::VectorXf>&, double) {
      if (++steps == 3) parameters.setZero();
    }
  };
  bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::Affine<float, 2>{{0.5f, 0}, {1, 2}}};
  const Eigen::VectorXf before = flow.parameters();
  try {
    bijou::fit(flow, data, {.epochs = 2, .batch_size = 50}, rng, ToScaleZero{});
    FAIL("no exception");
  } catch (const bijou::TrainingDiverged& diverged) {
    CHECK(diverged.epoch() == 0);
    CHECK(diverged.batch() == 2);
    CHECK(std::string(diverged.what()).find("cannot take a parameter") != std::string::npos);
  }
  CHECK(flow.parameters() == before);
}

TEST_CASE("fit names the event whose density is 0", "[fit]") {
  std::mt19937_64 rng{1};
  Eigen::Matrix2Xd data = Eigen::Matrix2Xd::Random(2, 400).cwiseAbs();
  data(0, 123) = 0;
  constexpr double none = std::numeric_limits<double>::infinity();
  bijou::TransformedDistribution flow{
      bijou::StandardNormal<double, 2>{},
      bijou::Chain{bijou::Box<double, 2>{{0, -none}, {none, none}}, bijou::MAF<double, 2>{{8}, rng}}};
  try {
    bijou::fit(flow, data, {.epochs = 1, .batch_size = 50}, rng);
    FAIL("nothing was thrown");
  } catch (const bijou::TrainingDiverged& diverged) {
    const std::string message = diverged.what();
    CHECK(message.find("the loss is inf, ln p of the event in column 123 is -inf") != std::string::npos);
  }
}
