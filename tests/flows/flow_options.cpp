#include <bijou/flows/flow_options.hpp>
#include <random>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;
using flows::Alternation;

TEST_CASE("permutations between layers", "[flow_options]") {
  std::mt19937_64 rng{1};
  CHECK(detail::permutation(5, Alternation::reversal, rng) == std::vector<int>{4, 3, 2, 1, 0});
  CHECK(detail::permutation(5, Alternation::halves, rng) == std::vector<int>{2, 3, 4, 0, 1});
  CHECK(detail::permutation(3, Alternation::none, rng) == std::vector<int>{0, 1, 2});
  CHECK(detail::permutation(1, Alternation::halves, rng) == std::vector<int>{0});
  const std::vector<int> first = detail::permutation(20, Alternation::random_permutation, rng);
  CHECK(first != detail::permutation(20, Alternation::random_permutation, rng));
  std::vector<int> sorted = first;
  std::sort(sorted.begin(), sorted.end());
  for (int i = 0; i < 20; ++i) CHECK(sorted[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("options out of range are refused by name", "[flow_options]") {
  const auto message = [](const flows::FlowOptions& options) {
    return message_of([&] { detail::require_flow_options<Eigen::Dynamic>("flows::MAF", options); });
  };
  CHECK(message({.event_size = 2, .layers = 0}) == "flows::MAF: expected at least 1 layer, got 0");
  CHECK(message({.event_size = -2}) == "flows::MAF: expected an event_size of at least 1, got -2");
  CHECK(message({.event_size = 2, .context_size = -1}) == "flows::MAF: expected a context_size of at least 0, got -1");
  CHECK(detail::require_flow_options<Eigen::Dynamic>("flows::MAF", {.event_size = 2}) == 2);
  CHECK(detail::require_flow_options<3>("flows::MAF", {}) == 3);
}

TEST_CASE("bins and bounds that make no spline are refused by the flow's name", "[flow_options]") {
  const auto message = [](int bins, double bound) {
    using Spline = RationalQuadraticSpline<float, Eigen::Dynamic>;
    return message_of(
        [&] { detail::spline_of<Spline>("flows::NSF", flows::FlowOptions{.bins = bins, .bound = bound}); });
  };
  CHECK(message(1, 5) == "flows::NSF: expected at least 2 bins, got 1");
  CHECK(message(8, 0) == "flows::NSF: expected a bound that is finite and greater than 0, got 0");
  CHECK(message(8, std::nan("")) == "flows::NSF: expected a bound that is finite and greater than 0, got nan");
  CHECK(message(8, 1e200) == "flows::NSF: expected a bound that is finite and greater than 0, got 1e+200");
}
