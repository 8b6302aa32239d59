#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic error "-Wdouble-promotion"  // a float spline computes in float
#endif
#include <bijou/transformers/rational_quadratic_spline.hpp>
#include <cfenv>
#include <cmath>

#include "registry.hpp"
#include "support/transformer_laws.hpp"

using namespace bijou;

static_assert(Transformer<RationalQuadraticSpline<float>>);
static_assert(Transformer<RationalQuadraticSpline<double, 16, spline_edges::Circular, spline_maps::SoftplusFloor>>);
static_assert(Transformer<InvertTransformer<RationalQuadraticSpline<float, 4>>>);
static_assert(!std::is_default_constructible_v<RationalQuadraticSpline<double, Eigen::Dynamic>>);

namespace {

/// distrax' map of raw numbers, which nobody but this test needs: a map of one's own.
struct DistraxMap : spline_maps::Softmax {
  struct Slope {
    template <class V>
    static V scale(V a) {
      return softplus(a + V::of(0.54116665233853113)) + V::of(1e-4);
    }
    template <class V>
    static V log_scale(V a) {
      return log(scale(a));
    }
    template <class V>
    static V log_scale_slope(V a) {
      return sigmoid(a + V::of(0.54116665233853113)) / scale(a);
    }
  };
  static constexpr double unit_slope = 0;
  static constexpr double floor(Index) { return 1e-4 / 6; }  // of an interval of length 6
};

/// The value and log-det of a spline of four or five bins at x, with the raw numbers of reference formulas.
template <class S>
void check_value(const S& s, double x, double value, double log_det) {
  std::vector<double> raw{0.3, -0.7, 1.1, 0.2, -0.4, 0.9, 0.1, -1.2, 0.5, -0.6, 0.25, 0.8, -0.3, 0.1};
  const Index rows = s.parameters_per_coordinate();
  const laws::Vector<double> one = laws::Vector<double>::Ones(1);
  const auto pass = laws::run(laws::coordinate_of(s), laws::Direction::inverse,
                              {Eigen::Map<const laws::Matrix<double>>(raw.data(), rows, 1), one * x, one, one});
  CHECK(pass.value(0) == Approx(value).epsilon(1e-9));
  CHECK(pass.log_det(0) == Approx(log_det).epsilon(1e-9));
}

/// The knots of the values z of a spline with 8 bins and zuko's map in [-5, 5], from its raw heights.
laws::Matrix<double> knots_of(const laws::Matrix<double>& raw_heights) {
  const Eigen::ArrayXXd logits = raw_heights.array() / (1 + 2 * raw_heights.array().abs() / std::log(1000.0));
  const Eigen::ArrayXXd shares = logits.exp().rowwise() / logits.exp().colwise().sum();
  laws::Matrix<double> knots(9, raw_heights.cols());
  knots.row(0).setConstant(-5);
  for (Index k = 0; k < 8; ++k) knots.row(k + 1) = knots.row(k) + 10 * shares.row(k).matrix();
  return knots;
}

/// Values and log-dets alone.
template <class S, class T = typename S::Scalar>
std::pair<laws::Vector<T>, laws::Vector<double>> map(const S& s, laws::Direction direction, const laws::Matrix<T>& raw,
                                                     const laws::Vector<T>& in) {
  Arena arena;
  Pass<T> pass{.arena = arena};
  const Row<T> output = arena.row<T>(in.size());
  const Sums log_det = arena.sums(in.size());
  const TransformerEvaluation<T> e{laws::tile_of(raw, arena), laws::row_of(in, arena), output, log_det, pass};
  direction == laws::Direction::forward ? s.forward(e) : s.inverse(e);
  return {output.matrix().transpose(), log_det.matrix().transpose()};
}

template <class S>
auto flow_on_circle(const S& s, const laws::Matrix<double>& raw) {
  using T = typename S::Scalar;
  return TransformedDistribution{Uniform<T, 1>{Eigen::Vector<T, 1>(s.low()), Eigen::Vector<T, 1>(s.high())},
                                 Elementwise<1, S>{s, Eigen::Matrix<T, Eigen::Dynamic, 1>(raw.template cast<T>())}};
}

}  // namespace

TEST_CASE("RationalQuadraticSpline: laws", "[spline]") {
  laws::TransformerOptions options{.factors = {1, 0, 1e-8, 2}, .undecided = 0.2, .ill_conditioned = true};
  laws::check_transformer(registry::maker_of_scalar<registry::transformers::RationalQuadraticSpline>, options);
  laws::check_transformer([]<class T>(T, auto&) { return RationalQuadraticSpline<T, 5, spline_edges::LinearTails>{}; },
                          options);
  laws::check_transformer(
      []<class T>(T, auto&) {
        return RationalQuadraticSpline<T, Eigen::Dynamic, spline_edges::Interval, spline_maps::HalvedEnds>{6, T(-2.5),
                                                                                                           3};
      },
      options);
  options.low = -3.14;
  options.high = 3.14;
  laws::check_transformer(
      []<class T>(T, auto&) {
        return RationalQuadraticSpline<T, 3, spline_edges::Circular, spline_maps::SoftplusFloor>{};
      },
      options);
}

TEST_CASE("RationalQuadraticSpline: values of the reference formulas", "[spline]") {
  namespace edges = spline_edges;
  namespace maps = spline_maps;
  const RationalQuadraticSpline<double, 4, edges::IdentityTails, maps::SoftplusFloor> nflows(-3, 3);
  check_value(nflows, -0.1, 1.56950323127, -0.909285410162);
  check_value(nflows, 2.9, 2.92526222521, -0.576890214994);
  check_value(RationalQuadraticSpline<double, 4, edges::IdentityTails, maps::SoftplusFloorPerUnits<64>>(-3, 3), -0.1,
              0.176275898567, -0.708886370076);
  check_value(RationalQuadraticSpline<double, 4, edges::Interval, maps::SoftplusFloor>(), 0.33, 0.707731169222,
              -0.417542616137);
  check_value(RationalQuadraticSpline<double, 4>(), -0.1, 2.11739796508, -0.825041681922);
  check_value(RationalQuadraticSpline<double, 5, edges::Interval, maps::HalvedEnds>(-3, 3), -0.1, 1.41486005698,
              -1.04634943934);
  const RationalQuadraticSpline<double, 4, edges::LinearTails, DistraxMap> distrax(-3, 3);
  check_value(distrax, -0.1, 1.68336654424, -1.29738418284);
  check_value(distrax, 3.5, 3.41054156278, -0.19713092549);
  check_value(RationalQuadraticSpline<double, 4, edges::Interval, maps::NormalizedSoftplusFloor>(), 0.33,
              0.713715219207, -0.221988620944);
}

TEMPLATE_TEST_CASE("RationalQuadraticSpline: the identity where all parameters are 0", "[spline]",
                   (RationalQuadraticSpline<double, 8>),
                   (RationalQuadraticSpline<double, 8, spline_edges::LinearTails>),
                   (RationalQuadraticSpline<double, 8, spline_edges::Circular>),
                   (RationalQuadraticSpline<double, 8, spline_edges::Interval, spline_maps::NormalizedSoftplusFloor>)) {
  const TestType s{-3, 3};
  const laws::Vector<double> x = laws::Vector<double>::LinSpaced(101, -3, 3);
  const laws::Vector<double> ones = laws::Vector<double>::Ones(101);
  for (const laws::Direction direction : laws::directions) {
    const auto pass = laws::run(laws::coordinate_of(s), direction,
                                {laws::Matrix<double>::Zero(s.parameters_per_coordinate(), 101), x, ones, ones});
    laws::check_close(pass.value, x, 1e-14);
    laws::check_close(pass.log_det, 0 * x, 1e-14);
  }
}

// The quadratic equation at a knot, where its discriminant is the square of a small number or its root one of two.
TEST_CASE("RationalQuadraticSpline: forward on and beside knots, in float", "[spline]") {
  const RationalQuadraticSpline<float, 8> s;
  std::mt19937_64 rng{laws::seed};
  constexpr Index sets = 4096;
  int bad = 0;
  constexpr int rounds = laws::at_fewer_points ? 49 : 245;
  for (int round = 0; round < rounds; ++round) {    // 1e6 sets of parameters in 245
    const double size = std::pow(10.0, round % 4);  // from smooth to nearly flat beside nearly vertical
    laws::Matrix<float> raw(23, sets);
    for (Index i = 0; i < raw.size(); ++i) raw(i) = static_cast<float>(size * (2 * uniform(rng) - 1) * 1.7);
    const laws::Matrix<double> knots = knots_of(raw.middleRows(8, 8).cast<double>());
    const laws::Vector<float> on = knots.row(round % 9).transpose().cast<float>();
    const laws::Vector<float> below = on.unaryExpr([](float z) { return std::nextafter(z, -10.0f); });
    const laws::Vector<float> above = on.unaryExpr([](float z) { return std::nextafter(z, 10.0f); });
    laws::Vector<float> before = laws::Vector<float>::Constant(sets, -6);
    for (const auto& z : {below, on, above}) {
      const auto [x, log_det] = map(s, laws::Direction::forward, raw, z);
      const laws::Vector<float> back = map(s, laws::Direction::inverse, raw, x).first;
      for (Index n = 0; n < sets; ++n) {
        const double error = std::abs(static_cast<double>(back(n)) - static_cast<double>(z(n)));
        const double rounding = 20 * 1.2e-7 * std::exp(-log_det(n));  // that of x times the slope
        const bool good = std::isfinite(x(n)) && std::isfinite(log_det(n)) && error <= 1e-4 + rounding &&
                          before(n) <= x(n) + 1e-6f;  // two units in the last place of 5
        bad += good ? 0 : 1;
      }
      before = x;
    }
  }
  CHECK(bad == 0);
}

TEMPLATE_TEST_CASE("RationalQuadraticSpline: saturated parameters", "[spline]", spline_maps::SoftClipped<>,
                   spline_maps::SoftplusFloor, spline_maps::NormalizedSoftplusFloor, spline_maps::HalvedEnds) {
  const RationalQuadraticSpline<float, 8, spline_edges::LinearTails, TestType> s;
  const auto f = laws::coordinate_of(s);
  std::mt19937_64 rng{laws::seed};
  constexpr Index events = 512;
  const laws::Matrix<float> raw = laws::normals<float>(s.parameters_per_coordinate(), events, rng);
  const laws::Vector<float> in = 3 * laws::normals<float>(events, 1, rng);
  const laws::Vector<float> g = laws::normals<float>(events, 1, rng);
  for (const float size : {1e1f, 1e2f, 1e4f}) {
    for (const laws::Direction direction : laws::directions) {
      INFO(laws::text(direction) << ", parameters times " << size);
      std::feclearexcept(FE_ALL_EXCEPT);
      const auto pass = laws::run(f, direction, {raw * size, in, g, g});
      CHECK(std::fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW) == 0);
      CHECK(pass.value.allFinite());
      CHECK(pass.log_det.allFinite());
      CHECK(pass.input_gradient.allFinite());
      CHECK(pass.parameters_gradient.allFinite());
      CHECK((pass.parameters_gradient.array() == 0 ||
             pass.parameters_gradient.array().abs() >= std::numeric_limits<float>::min())
                .all());
    }
  }
}

TEMPLATE_TEST_CASE("RationalQuadraticSpline: a density on the circle", "[spline]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 rng{laws::seed};
  const RationalQuadraticSpline<T, 6, spline_edges::Circular> s;
  const auto p = flow_on_circle(s, laws::normals<double>(s.parameters_per_coordinate(), 1, rng));
  constexpr int points = 4000;
  const T period = s.high() - s.low();
  double mass = 0;
  double worst = 0;
  for (int i = 0; i < points; ++i) {
    const T x = s.low() + period * (static_cast<T>(i) + T(0.5)) / points;
    const double log_p = static_cast<double>(p.log_prob(Eigen::Vector<T, 1>(x)));
    mass += std::exp(log_p) * static_cast<double>(period) / points;
    if (i % 100 != 0) continue;
    for (const T turns : {T(-1), T(1), T(2)}) {
      const double again = static_cast<double>(p.log_prob(Eigen::Vector<T, 1>(x + turns * period)));
      worst = std::max(worst, std::abs(again - log_p));
    }
  }
  CHECK(mass == Approx(1).epsilon(1e-4));
  CHECK(worst < (std::is_same_v<T, double> ? 1e-12 : 1e-5));
  const T low = p.log_prob(Eigen::Vector<T, 1>(s.low()));
  const T high = p.log_prob(Eigen::Vector<T, 1>(s.high()));
  CHECK(std::abs(low - high) < T(1e-6));
}
