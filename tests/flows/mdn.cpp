#include <bijou/flows/mdn.hpp>
#include <bijou/training/fit.hpp>
#include <cmath>
#include <sstream>
#include <vector>

#include "registry.hpp"
#include "support/density_laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

/// y = +-(1 + x^2) with noise that grows with x: two branches, of which no normal takes both.
struct Branches {
  Eigen::RowVectorXd context, events;
  Branches(Index n, double scale, double offset, std::mt19937_64& rng) : context(n), events(n) {
    for (Index i = 0; i < n; ++i) {
      const double x = 2 * uniform(rng) - 1;
      const double side = uniform(rng) < 0.5 ? -1 : 1;
      context(i) = scale * x - offset;
      events(i) = scale * (side * (1 + x * x) + (0.1 + 0.1 * std::abs(x)) * normal(rng)) + offset;
    }
  }
};

}  // namespace

TEST_CASE("flows::MDN satisfies the laws", "[mdn]") {
  laws::check_flow(registry::maker<registry::flows::MDN>, {.step = 1e-6});
  laws::check_flow(registry::maker<registry::flows::MDN, Eigen::Dynamic>, {.step = 1e-6});
}

TEST_CASE("flows::MDN learns a density of two branches, whatever the units", "[mdn]") {
  // The entropy of y given x: ln 2 + E[ln(0.1 + 0.1 |x|)] + ln(2 pi e) / 2.
  const double entropy = std::log(2) + std::log(0.1) + 2 * std::log(2) - 1 + 0.5 * std::log(2 * M_PI * std::exp(1));
  for (const auto& [scale, offset] : {std::pair{1.0, 0.0}, {1e4, 1e5}, {1e-3, 0.0}}) {
    INFO("scale " << scale);
    std::mt19937_64 rng{1};
    const Branches train(4000, scale, offset, rng), test(4000, scale, offset, rng);
    flows::MDN<double, 1> p{{.context_size = 1, .components = 2, .hidden = {32}}, rng};
    fit(p, train.events, train.context, {.epochs = 30, .batch_size = 100, .learning_rate = 1e-2}, rng);
    CHECK(p.given(test.context).nll(test.events) - std::log(scale) == Approx(entropy).margin(0.05));
    // Half of the draws on each side.
    const Eigen::RowVectorXd y = p.given(test.context).sample(rng);
    const double above = ((y.array() - offset) > 0).cast<double>().mean();
    CHECK(above == Approx(0.5).margin(0.05));
  }
}

TEST_CASE("flows::MDN can be written down, kept and printed", "[mdn]") {
  struct Detector {
    flows::MDN<float> p;
  };
  std::mt19937_64 rng{2};
  const Detector detector{{{.event_size = 2, .context_size = 3, .components = 4}, rng}};
  std::vector<flows::MDN<float>> several{detector.p, detector.p};
  several.front() = several.back();
  const Eigen::Vector3f context(1, 2, 3);
  CHECK(several.front().given(context).log_prob(Eigen::Vector2f(1, 1)) ==
        detector.p.given(context).log_prob(Eigen::Vector2f(1, 1)));
  std::ostringstream printed;
  printed << detector.p;
  CHECK(printed.str().find("flows::MDN") != std::string::npos);
}

TEST_CASE("flows::MDN takes its options", "[mdn]") {
  std::mt19937_64 rng{3};
  using Static = flows::MDN<double, 3>;
  using Any = flows::MDN<double>;
  const Static p{{.context_size = 2}, rng};
  CHECK(p.event_size() == 3);
  CHECK(p.context_size() == 2);
  CHECK(p.base.part().components() == 8);
  CHECK_FALSE(is_initialized(p.bijector));
  const Any plain{{.event_size = 5, .context_size = 2, .standardize = false, .standardize_context = false}, rng};
  CHECK(is_initialized(plain.bijector));
  CHECK(is_initialized(plain.base.network()));
  CHECK_FALSE(is_initialized(plain));  // the start of the mixture
  const std::string name = "flows::MDN: ";
  CHECK(message_of([&] { Any{{.context_size = 1}, rng}; }) == name + "expected an event_size of at least 1, got 0");
  CHECK(message_of([&] { Static{{.event_size = 2, .context_size = 1}, rng}; }) ==
        name + "expected an event_size of 3 or none, got 2");
  CHECK(message_of([&] { Static{{}, rng}; }) == name + "expected a context_size of at least 1, got 0");
  CHECK(message_of([&] { Static{{.context_size = 1, .components = 0}, rng}; }) ==
        name + "expected at least 1 component, got 0");
  CHECK(message_of([&] { p.sample(1, rng); }) == name + "expected a context of 2 rows, got none: call given(context)");
}
