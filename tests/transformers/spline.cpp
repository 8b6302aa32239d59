#include <bijou/bijectors/elementwise.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/transformers/linear_spline.hpp>
#include <bijou/transformers/rational_quadratic_spline.hpp>
#include <bijou/transformers/spline.hpp>
#include <algorithm>
#include <random>
#include <vector>

#include "support/message_of.hpp"
#include "support/transformer_laws.hpp"

using namespace bijou;

namespace {

using OnInterval = RationalQuadraticSpline<double, 4, spline_edges::Interval>;

/// Events with random raw parameters and gradients.
template <class T>
laws::CoordinateEvents<T> random_events(Index rows, const laws::Vector<T>& input, double size) {
  std::mt19937_64 rng{laws::seed};
  const Index n = input.size();
  return {laws::normals<T>(rows, n, rng) * static_cast<T>(size), input, laws::normals<T>(n, 1, rng),
          laws::normals<T>(n, 1, rng)};
}

}  // namespace

TEST_CASE("splines: what is refused", "[spline]") {
  CHECK_THROWS_AS(OnInterval(1, 1), std::invalid_argument);
  CHECK_THROWS_AS(OnInterval(2, 1), std::invalid_argument);
  CHECK_THROWS_AS(OnInterval(0, std::numeric_limits<double>::infinity()), std::invalid_argument);
  CHECK_THROWS_AS(OnInterval(std::numeric_limits<double>::quiet_NaN(), 1), std::invalid_argument);
  CHECK_THROWS_AS((LinearSpline<float, 3>(2, 1)), std::invalid_argument);
  using AtRunTime = RationalQuadraticSpline<double, Eigen::Dynamic, spline_edges::Interval, spline_maps::SoftplusFloor>;
  CHECK_THROWS_AS(AtRunTime(1), std::invalid_argument);
  CHECK_THROWS_AS(AtRunTime(1000), std::invalid_argument);
  CHECK(
      message_of([] { OnInterval(2, 1); }) ==
      "RationalQuadraticSpline: expected low < high with a finite distance and a finite reciprocal of it, got 2 and 1");
  CHECK(message_of([] { LinearSpline<double, Eigen::Dynamic>(0); }) == "LinearSpline: expected at least 2 bins, got 0");
}

TEST_CASE("splines: interval and bins", "[spline]") {
  const OnInterval s(-2, 3);
  CHECK(s.low() == -2);
  CHECK(s.high() == 3);
  CHECK(s.bins() == 4);
  const RationalQuadraticSpline<float, Eigen::Dynamic> t(6);
  CHECK(t.low() == -5);
  CHECK(t.bins() == 6);
  CHECK(t.parameters_per_coordinate() == 17);
  std::vector<std::string> names;
  for_each_named_state(t, [&](const std::string& name, const auto&) { names.push_back(name); });
  CHECK(names == std::vector<std::string>{"low", "high", "bins"});
}

TEST_CASE("splines: bins known at run time give the same bits", "[spline]") {
  const laws::Vector<double> x = laws::Vector<double>::LinSpaced(40, -6, 6);
  const auto events = random_events<double>(23, x, 1);
  for (const laws::Direction direction : laws::directions) {
    const auto fixed = laws::run(laws::coordinate_of(RationalQuadraticSpline<double, 8>{}), direction, events);
    const auto at_run_time =
        laws::run(laws::coordinate_of(RationalQuadraticSpline<double, Eigen::Dynamic>{8}), direction, events);
    laws::check_same_bits(at_run_time.value, fixed.value);
    laws::check_same_bits(at_run_time.log_det, fixed.log_det);
    laws::check_same_bits(at_run_time.parameters_gradient, fixed.parameters_gradient);
  }
}

TEMPLATE_TEST_CASE("splines: both directions end at the same numbers", "[spline]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const RationalQuadraticSpline<T, 8, spline_edges::Interval> s(-3, 3);
  const auto f = laws::coordinate_of(s);
  laws::Vector<T> x(6);
  x << T(3 * (1 - 1e-6)), T(3), T(3 * (1 + 1e-6)), T(-3 * (1 - 1e-6)), T(-3), T(-3 * (1 + 1e-6));
  const auto events = random_events<T>(s.parameters_per_coordinate(), x, 1);
  for (const laws::Direction direction : laws::directions) {
    INFO(laws::text(direction));
    const auto pass = laws::run(f, direction, events);
    for (const Index outside : {2, 5}) {
      CHECK(pass.value(outside) == x(outside));
      CHECK(pass.log_det(outside) == 0);
      CHECK(pass.input_gradient(outside) == events.output_gradient(outside));
      CHECK(pass.parameters_gradient.col(outside).isZero(0));
    }
    for (const Index inside : {0, 1, 3, 4}) {
      CHECK(pass.log_det(inside) != 0);
      CHECK_FALSE(pass.parameters_gradient.col(inside).isZero(0));
      CHECK(std::abs(pass.value(inside)) <= T(3));
    }
    const auto back = laws::run(f, laws::opposite(direction),
                                {events.parameters, pass.value, events.output_gradient, events.log_det_gradient});
    laws::check_close(back.log_det, -pass.log_det, laws::Tolerance<T>::round_trip);
  }
}

TEMPLATE_TEST_CASE("splines: events far in the tails", "[spline]", spline_edges::IdentityTails,
                   spline_edges::LinearTails, spline_edges::Interval, spline_edges::Circular) {
  const RationalQuadraticSpline<float, 8, TestType> s;
  const auto f = laws::coordinate_of(s);
  laws::Vector<float> x(40);
  for (Index n = 0; n < 40; ++n) x(n) = std::pow(10.0f, static_cast<float>(n) / 2) * (n % 2 == 0 ? 10.0f : -10.0f);
  for (const double size : {0.0, 1.0, 100.0}) {
    auto events = random_events<float>(s.parameters_per_coordinate(), x, size);
    for (const laws::Direction direction : laws::directions) {
      INFO(laws::text(direction) << ", parameters times " << size);
      const auto all = laws::run(f, direction, events);  // all in the tails
      CHECK(all.value.allFinite());
      CHECK(all.log_det.allFinite());
      CHECK(all.input_gradient.allFinite());
      CHECK(all.parameters_gradient.allFinite());
      // One among others.
      auto ordinary = events;
      for (Index n = 0; n < 40; ++n) ordinary.input(n) = 0.2f * std::sin(static_cast<float>(n));
      const auto without = laws::run(f, direction, ordinary);
      ordinary.input(7) = 1e20f;
      const auto with = laws::run(f, direction, ordinary);
      CHECK(with.parameters_gradient.col(7).allFinite());
      for (Index n = 0; n < 40; ++n) {
        if (n == 7) continue;
        CHECK(with.value(n) == without.value(n));
        CHECK(with.log_det(n) == without.log_det(n));
        CHECK(with.input_gradient(n) == without.input_gradient(n));
        CHECK(with.parameters_gradient.col(n) == without.parameters_gradient.col(n));
      }
    }
  }
}

// The sizes of the bins are rounded, and so is their sum: the last one ends at the end all the same.
TEST_CASE("splines: the right end is as exact as the left one", "[spline]") {
  std::mt19937_64 rng{laws::seed};
  constexpr Index events = 2000;
  const auto slopes_at = [&](const auto& s, float x) {
    const laws::Matrix<float> raw = 3 * laws::normals<float>(s.parameters_per_coordinate(), events, rng);
    const laws::Vector<float> at = laws::Vector<float>::Constant(events, x);
    const laws::Vector<float> none = laws::Vector<float>::Zero(events);
    return laws::run(laws::coordinate_of(s), laws::Direction::inverse, {raw, at, none, none}).log_det;
  };
  const RationalQuadraticSpline<float, 8> identity;
  for (const float end : {-5.0f, 5.0f}) CHECK(slopes_at(identity, end).cwiseAbs().maxCoeff() < 1e-6);

  const RationalQuadraticSpline<float, 8, spline_edges::LinearTails> line;
  const laws::Matrix<float> raw = 3 * laws::normals<float>(line.parameters_per_coordinate(), events, rng);
  const laws::Vector<float> none = laws::Vector<float>::Zero(events);
  for (const float x : {-1000.0f, -7.0f, 7.0f, 1000.0f}) {
    INFO("x = " << x);
    const auto f = laws::coordinate_of(line);
    const laws::Vector<float> at = laws::Vector<float>::Constant(events, x);
    const auto there = laws::run(f, laws::Direction::inverse, {raw, at, none, none});
    const auto back = laws::run(f, laws::Direction::forward, {raw, there.value.cast<float>(), none, none});
    CHECK((back.value.cast<double>().array() / static_cast<double>(x) - 1).abs().maxCoeff() < 2e-5);
    CHECK((back.log_det + there.log_det).cwiseAbs().maxCoeff() < 1e-5);
  }
}

// The knots of many bins are sums of many numbers. zuko 1.6 in float differs from itself in double by 2.5e-6 nats with
// 8 bins, 3.3e-6 with 16 and 9.9e-6 with 64 (means of 20 medians, the same kind of numbers).
TEST_CASE("splines: ln p of many bins is as exact in float as that of zuko", "[spline]") {
  const auto mean_of_medians = []<int K>(std::integral_constant<int, K>) {
    double mean = 0;
    for (unsigned seed = 0; seed < 20; ++seed) {
      std::mt19937_64 rng{seed};
      const bijou::RationalQuadraticSpline<float, K> in_float;
      const bijou::RationalQuadraticSpline<double, K> in_double;
      const laws::Matrix<float> raw = laws::normals<float>(in_float.parameters_per_coordinate(), 4, rng);
      const bijou::Elementwise<4, bijou::RationalQuadraticSpline<float, K>> a(in_float, raw);
      const bijou::Elementwise<4, bijou::RationalQuadraticSpline<double, K>> b(in_double, raw.cast<double>());
      const laws::Matrix<float> x = 4.9f * laws::Matrix<float>::Random(4, 1000);
      const bijou::TransformedDistribution p{bijou::StandardNormal<float, 4>{}, a};
      const bijou::TransformedDistribution q{bijou::StandardNormal<double, 4>{}, b};
      Eigen::VectorXd errors = (p.log_prob(x).template cast<double>() - q.log_prob(x.cast<double>())).cwiseAbs();
      std::nth_element(errors.begin(), errors.begin() + 500, errors.end());
      mean += errors(500) / 20;
    }
    return mean;
  };
  CHECK(mean_of_medians(std::integral_constant<int, 8>{}) < 3e-6);
  CHECK(mean_of_medians(std::integral_constant<int, 16>{}) < 5e-6);
  CHECK(mean_of_medians(std::integral_constant<int, 64>{}) < 1.2e-5);
}
