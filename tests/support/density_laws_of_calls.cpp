#include "support/densities.hpp"
#include "support/density_laws.hpp"
#include "support/tolerance.hpp"
#include "support/workspace_garbage.hpp"

// What the calls of DistributionCalls must satisfy.
namespace laws {

namespace {

using densities::distance;

/// score is the gradient of ln p, in any batch.
void check_score(const DensityWithCalls& p, const DensityOptions& options) {
  INFO("score");
  const RealMatrix x = draws_of(p, 300, options.seed + 6);
  const RealMatrix score = p.score(x, nullptr);
  REQUIRE(score.rows() == x.rows());
  REQUIRE(score.cols() == 300);
  const double rounding = 256 * p.epsilon();
  const auto same = [&](const RealMatrix& actual, const RealMatrix& expected) {
    check_within(actual, expected, rounding,
                 RealMatrix::Constant(expected.rows(), expected.cols(), std::max(1.0, score.cwiseAbs().maxCoeff())),
                 RealMatrix::Zero(expected.rows(), expected.cols()));
  };
  same(score.leftCols(128), p.run_tile(x.leftCols(128), RealVector::Ones(128), 0, 0).input_gradient);
  for (const Index n : {0, 1, 129}) same(p.score(x.middleCols(50, n), nullptr), score.middleCols(50, n));
  for (Index n = 0; n < 20; ++n) same(p.score_of_event(x.col(n)), score.col(n));
}

/// Where ln p is -infinity the score is 0, where it is NaN, NaN; a NaN or an infinity stays in its event in every call.
void check_bad_events(const DensityWithCalls& p, const DensityOptions& options) {
  INFO("bad events");
  const double infinity = std::numeric_limits<double>::infinity();
  const RealMatrix good = draws_of(p, 300, options.seed + 12);
  const RealMatrix score = p.score(good, nullptr);
  const double far = p.epsilon() < 1e-10 ? 1e200 : 1e25;
  for (Index coordinate = 0; coordinate < good.rows(); ++coordinate) {
    for (const double wrong : {std::numeric_limits<double>::quiet_NaN(), infinity, -infinity, far, -far}) {
      INFO(wrong << " in coordinate " << coordinate);
      RealMatrix x = good;
      x(coordinate, 3) = wrong;
      x(coordinate, 200) = wrong;
      const RealVector log_p = p.log_prob(x);
      RealMatrix score_with_wrong = p.score(x, nullptr);
      for (const Index n : {3, 200}) {
        if (log_p(n) == -infinity) {
          CHECK((score_with_wrong.col(n).array() == 0).all());
          CHECK((p.score_of_event(x.col(n)).array() == 0).all());
        }
        if (std::isnan(log_p(n))) {
          CHECK(score_with_wrong.col(n).array().isNaN().all());
          CHECK(p.score_of_event(x.col(n)).array().isNaN().all());
        }
        CHECK(log_p(n) != infinity);
        if (std::isfinite(wrong)) CHECK(!std::isnan(log_p(n)));
        score_with_wrong.col(n) = score.col(n);
      }
      check_same_bits(score_with_wrong, score);
      if (!std::isfinite(log_p(3))) CHECK(!std::isfinite(p.nll(x, nullptr)));
      if (std::isnan(wrong)) {
        CHECK(std::isnan(p.nll(x, nullptr)));
        CHECK(std::isnan(p.nll_gradient(x, nullptr).nll));
      }
    }
  }
}

/// nll is the mean of -log_prob, and nll_gradient gives it with its gradient, which is overwritten: that of a batch is
/// the mean of those of its parts, and for a few events it agrees with differences.
void check_nll(const DensityWithCalls& p, const DensityOptions& options, bool differences) {
  INFO("nll");
  const double rounding = 256 * p.epsilon();
  const RealMatrix x = draws_of(p, 300, options.seed + 7);
  for (const Index n : {1, 5, 128, 300}) {
    const double mean = -p.log_prob(x.leftCols(n)).mean();
    CHECK(p.nll(x.leftCols(n), nullptr) == Approx(mean).epsilon(rounding));
    CHECK(p.nll_gradient(x.leftCols(n), nullptr).nll == Approx(mean).epsilon(rounding));
  }

  const RealVector whole = p.nll_gradient(x, nullptr).gradient;
  const RealVector parts =
      (130 * p.nll_gradient(x.leftCols(130), nullptr).gradient + p.nll_gradient(x.col(130), nullptr).gradient +
       169 * p.nll_gradient(x.rightCols(169), nullptr).gradient) /
      300;
  CHECK(distance(parts, whole) < rounding);
  if (!differences || p.parameter_count() == 0) return;
  const auto copy = p.copy();
  auto& changed = dynamic_cast<DensityWithCalls&>(*copy);
  for (const Index n : {1, 5, 131}) {
    INFO("gradient of " << n << " events");
    const RealVector gradient = p.nll_gradient(x.leftCols(n), nullptr).gradient;
    bijou::Workspace workspace;
    const auto nll = [&](const RealVector& values) {
      changed.set_parameters(values);
      return changed.nll(x.leftCols(n), &workspace);
    };
    // Not the weights that a mask holds at zero, nor those of relu units that are off for every event.
    CHECK((gradient.array() != 0).count() > gradient.size() / (n == 1 ? 10 : 4));
    CHECK(densities::distance_from_differences(gradient, nll, p.parameters(), options.step) < 1e-7);
  }
}

/// sample_with_log_prob gives the draws of sample and their densities.
void check_densities_of_draws(const DensityWithCalls& p, const DensityOptions& options) {
  INFO("sample_with_log_prob");
  std::mt19937_64 rng{options.seed};
  std::mt19937_64 same{options.seed};
  const Draws drawn = p.sample_with_log_prob(1000, rng, nullptr);
  check_same_bits(drawn.events, p.sample(1000, same));
  CHECK(rng == same);
  CHECK(distance(drawn.log_prob, p.log_prob(drawn.events)) < (p.epsilon() < 1e-10 ? 1e-11 : 1e-3));
}

/// A workspace changes no bit, however often it has been used and whatever it has been left with.
void check_workspace(const DensityWithCalls& p, const DensityOptions& options) {
  INFO("workspace");
  bijou::Workspace workspace;
  for (const Index n : {5, 300, 1, 128}) {
    INFO(n << " events");
    std::mt19937_64 rng{options.seed + 8};
    std::mt19937_64 same{options.seed + 8};
    const RealMatrix x = p.sample(n, rng, nullptr);
    rng.seed(options.seed);
    const Draws drawn = p.sample_with_log_prob(n, rng, nullptr);
    const RealVector log_p = p.log_prob(x, nullptr);
    const RealMatrix score = p.score(x, nullptr);
    const double nll = p.nll(x, nullptr);
    const NllGradient gradient = p.nll_gradient(x, nullptr);
    check_same_bits(p.sample(n, same, &workspace), x);
    for (const unsigned char byte : garbage_bytes) {
      fill_with_garbage(workspace, byte);
      same.seed(options.seed + 8);
      check_same_bits(p.sample(n, same, &workspace), x);
      fill_with_garbage(workspace, byte);
      same.seed(options.seed);
      const Draws drawn_again = p.sample_with_log_prob(n, same, &workspace);
      check_same_bits(drawn_again.events, drawn.events);
      check_same_bits(drawn_again.log_prob, drawn.log_prob);
      fill_with_garbage(workspace, byte);
      check_same_bits(p.log_prob(x, &workspace), log_p);
      fill_with_garbage(workspace, byte);
      check_same_bits(p.score(x, &workspace), score);
      fill_with_garbage(workspace, byte);
      CHECK(p.nll(x, &workspace) == nll);
      fill_with_garbage(workspace, byte);
      const NllGradient gradient_again = p.nll_gradient(x, &workspace);
      CHECK(gradient_again.nll == gradient.nll);
      check_same_bits(gradient_again.gradient, gradient.gradient);
    }
  }
}

/// set_parameters(parameters()) changes nothing, other parameters are given back as they came, and wrong ones are
/// refused and change nothing.
void check_set_parameters(const DensityWithCalls& p, const DensityOptions& options) {
  INFO("set_parameters");
  const auto copy = p.copy();
  auto& changed = dynamic_cast<DensityWithCalls&>(*copy);
  const RealMatrix x = draws_of(p, 20, options.seed + 9);
  const RealVector before = p.parameters();
  changed.set_parameters(before);
  check_same_bits(changed.parameters(), before);
  check_same_bits(changed.log_prob(x), p.log_prob(x));
  if (before.size() > 0) {
    changed.set_parameters(1.25 * before);
    CHECK(distance(changed.parameters(), 1.25 * before) <= p.epsilon());
    CHECK(changed.log_prob(x) != p.log_prob(x));
    changed.set_parameters(before);
  }
  const auto refuses = [&](const RealVector& values, const std::string& part) {
    const std::string message = message_of([&] { changed.set_parameters(values); });
    CHECK(message.starts_with(p.name() + ": "));
    CHECK(message.find(part) != message.npos);
    check_same_bits(changed.parameters(), before);
    check_same_bits(changed.log_prob(x), p.log_prob(x));
  };
  const std::string size = "expected parameters of size " + std::to_string(before.size()) + ", got ";
  refuses(RealVector::Zero(before.size() + 1), size + std::to_string(before.size() + 1));
  if (before.size() > 0) refuses(RealVector::Zero(before.size() - 1), size + std::to_string(before.size() - 1));
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double wrong : {std::numeric_limits<double>::quiet_NaN(), infinity, -infinity}) {
    for (Index k = 0; k < before.size(); k += std::max<Index>(before.size() - 1, 1)) {  // the first and the last
      RealVector values = 2 * before;
      values(k) = wrong;
      refuses(values, " must be ");
      refuses(values, ", got " + std::string(wrong > 0 ? "inf" : wrong < 0 ? "-inf" : "nan") + " in coordinate ");
    }
  }
}

}  // namespace

void check_calls(const DensityWithCalls& p, const DensityOptions& options, bool differences) {
  check_score(p, options);
  check_bad_events(p, options);
  check_nll(p, options, differences);
  check_densities_of_draws(p, options);
  check_workspace(p, options);
  check_set_parameters(p, options);
}

/// In float the calls are as close to those in double as options.float_error says. Same parameters in both.
void check_float_calls(const DensityWithCalls& in_float, const DensityWithCalls& in_double,
                       const DensityOptions& options) {
  const RealMatrix x = draws_of(in_float, 300, options.seed + 10);
  CHECK(distance(in_float.score(x, nullptr), in_double.score(x, nullptr)) < 10 * options.float_error);
  const NllGradient actual = in_float.nll_gradient(x, nullptr);
  const NllGradient expected = in_double.nll_gradient(x, nullptr);
  CHECK(actual.nll == Approx(expected.nll).epsilon(options.float_error).margin(options.float_error));
  CHECK(distance(actual.gradient, expected.gradient) < 10 * options.float_error);
}

}  // namespace laws
