#include "support/transformer_laws.hpp"

#include <cfenv>

#include "support/pullback.hpp"
#include "support/rounding.hpp"
#include "support/stale_memory.hpp"

namespace laws {
namespace {

template <class T>
CoordinateEvents<T> without_gradients(const Matrix<T>& parameters, const Vector<T>& input) {
  return {parameters, input, Vector<T>::Zero(input.size()), Vector<T>::Zero(input.size())};
}

template <class T>
CoordinateEvents<T> with_gradients(const Matrix<T>& parameters, const Vector<T>& input, std::uint64_t draws) {
  std::mt19937_64 rng{draws};
  const Vector<T> g = normals<T>(input.size(), 1, rng);
  return {parameters, input, g, normals<T>(input.size(), 1, rng)};
}

/// All that a pass gives, one below the other: value, log-det, gradient for the input, gradient for the parameters.
Matrix<double> stacked(const CoordinatePass<double>& pass) {
  Matrix<double> all(3 + pass.parameters_gradient.rows(), pass.value.size());
  all << pass.value.transpose(), pass.log_det.transpose(), pass.input_gradient.transpose(), pass.parameters_gradient;
  return all;
}

/// How far all that a pass gives moves when its arguments move by a few units in the last place of T.
template <class T>
Matrix<double> noise_of(const Coordinate<double>& f, Direction direction, const CoordinateEvents<double>& events) {
  Matrix<double> arguments(1 + events.parameters.rows(), events.input.size());
  arguments << events.input.transpose(), events.parameters;
  const auto moved = [&](const Matrix<double>& at) {
    return stacked(run(f, direction,
                       {at.bottomRows(events.parameters.rows()), at.row(0).transpose(), events.output_gradient,
                        events.log_det_gradient}));
  };
  return rounding_noise<T>(moved, arguments, arguments);
}

template <class T>
void check_coordinate_round_trip(const Coordinate<T>& f, Direction direction, const Matrix<T>& p, const Vector<T>& in,
                                 const Coordinate<double>& in_double, const TransformerOptions& options) {
  INFO(text(direction) << " and back");
  const CoordinatePass<T> there = run(f, direction, without_gradients(p, in));
  const CoordinatePass<T> back = run(f, opposite(direction), without_gradients(p, there.value));
  CHECK(there.value.allFinite());
  CHECK(there.log_det.allFinite());
  const Matrix<double> start = in.template cast<double>().transpose();
  const Matrix<double> end = there.value.template cast<double>().transpose();
  // The shift may be larger than both ends, so its rounding counts too.
  Matrix<double> size(2 + p.rows(), in.size());
  size << start, end, p.template cast<double>();
  const auto inverted = [&](const Matrix<double>& x) -> Matrix<double> {
    const Vector<T> at = x.transpose().template cast<T>();
    return run(f, opposite(direction), without_gradients(p, at)).value.template cast<double>().transpose();
  };
  check_close(back.value.template cast<double>().transpose(), start, Tolerance<T>::round_trip,
              rounding_noise<T>(inverted, end, size));
  Matrix<double> slack = Matrix<double>::Zero(1, in.size());
  if (options.ill_conditioned) {
    slack = noise_of<T>(in_double, opposite(direction),
                        without_gradients<double>(p.template cast<double>(), there.value.template cast<double>()))
                .row(1);
  }
  check_close(back.log_det.transpose(), -there.log_det.transpose(), Tolerance<T>::round_trip, slack);
}

/// Strictly increasing in its input; a larger one never gives less.
template <class T>
void check_monotone(const Coordinate<T>& f, Direction direction, const Matrix<T>& p,
                    const TransformerOptions& options) {
  INFO(text(direction) << " is increasing");
  const Vector<T> in = Vector<T>::LinSpaced(129, static_cast<T>(std::max(-10.0, options.low)),
                                            static_cast<T>(std::min(10.0, options.high)));
  for (Index n = 0; n < p.cols(); ++n) {
    const Matrix<T> same = p.col(n).replicate(1, in.size());
    const Vector<T> out = run(f, direction, without_gradients(same, in)).value;
    const auto steps = out.tail(out.size() - 1) - out.head(out.size() - 1);
    CHECK(steps.minCoeff() >= T(0));
    CHECK(out(out.size() - 1) > out(0));
  }
}

void check_coordinate_gradients(const Coordinate<double>& f, Direction direction, const Matrix<double>& p,
                                const Vector<double>& in, double undecided) {
  INFO("log-det and pullback of " << text(direction));
  const CoordinateEvents<double> events = with_gradients(p, in, seed + 2);
  const CoordinatePass<double> still = run(f, direction, events);
  const auto moved = [&](const Matrix<double>& parameters, const Vector<double>& input) {
    return run(f, direction, {parameters, input, events.output_gradient, events.log_det_gradient});
  };
  {
    INFO("log-det");
    const auto value = [&](double h) -> Eigen::ArrayXd { return (moved(p, in.array() + h).value - still.value); };
    const Difference d = differentiate(value, 0, large_steps);
    const Vector<double> slope = still.log_det.array().exp();
    check_gradient(slope, d.value, d.error, slope, Tolerance<double>::gradient, undecided);
  }
  const auto losses = [&](const Arguments& at) -> Eigen::ArrayXd {
    const CoordinatePass<double> pass = moved(at.inputs.bottomRows(p.rows()), at.inputs.row(0).transpose());
    return events.output_gradient.array() * (pass.value - still.value).array() +
           events.log_det_gradient.array() * (pass.log_det - still.log_det).array();
  };
  Arguments at{Matrix<double>(1 + p.rows(), in.size())};
  at.inputs << in.transpose(), p;
  Arguments gradients = at;
  gradients.inputs << still.input_gradient.transpose(), still.parameters_gradient;
  check_pullback(losses, at, gradients, {.unit = Unit::largest, .enough = 0, .undecided = undecided});
}

void check_coordinate_against_double(const Coordinate<float>& in_float, const Coordinate<double>& in_double,
                                     Direction direction, const Matrix<float>& p, const Vector<float>& in,
                                     const TransformerOptions& options) {
  INFO("float against double: " << text(direction));
  const CoordinateEvents<float> events = with_gradients(p, in, seed + 3);
  const CoordinatePass<float> actual = run(in_float, direction, events);
  const CoordinateEvents<double> same{p.cast<double>(), in.cast<double>(), events.output_gradient.cast<double>(),
                                      events.log_det_gradient.cast<double>()};
  const CoordinatePass<double> expected = run(in_double, direction, same);
  Matrix<double> slack = Matrix<double>::Zero(3 + p.rows(), in.size());
  if (options.ill_conditioned) slack = noise_of<float>(in_double, direction, same);
  // Terms of the result can cancel; what is lost then is relative to them. Up to three of them, each a product.
  const double tolerance = Tolerance<float>::gradient;
  const auto compare = [&](const char* what, const Matrix<double>& a, const Matrix<double>& e,
                           const Matrix<double>& noise) {
    INFO(what);
    const double scale = std::max(1.0, e.cwiseAbs().maxCoeff());
    check_within(a, e, tolerance, Matrix<double>::Constant(e.rows(), e.cols(), scale), noise);
  };
  compare("value", actual.value.cast<double>().transpose(), expected.value.transpose(), slack.row(0));
  compare("log-det", actual.log_det.transpose(), expected.log_det.transpose(), slack.row(1));
  compare("gradient for the input", actual.input_gradient.cast<double>().transpose(),
          expected.input_gradient.transpose(), slack.row(2));
  compare("gradient for the parameters", actual.parameters_gradient.cast<double>(), expected.parameters_gradient,
          slack.bottomRows(p.rows()));
}

template <class T>
void check_same_head(const CoordinatePass<T>& actual, const CoordinatePass<T>& expected, Index n) {
  check_same_bits(actual.value.head(n), expected.value.head(n));
  check_same_bits(actual.log_det.head(n), expected.log_det.head(n));
  check_same_bits(actual.input_gradient.head(n), expected.input_gradient.head(n));
  check_same_bits(actual.parameters_gradient.leftCols(n), expected.parameters_gradient.leftCols(n));
}

/// The log-det is added; a column does not depend on its place, nor on what stands in others or in memory.
template <class T>
void check_columns(const Coordinate<T>& f, Direction direction, const Matrix<T>& p, const Vector<T>& in) {
  INFO("columns: " << text(direction));
  const CoordinateEvents<T> events = with_gradients(p, in, seed + 4);
  const CoordinatePass<T> whole = run(f, direction, events);
  bijou::Arena fresh;
  check_close(f(direction, events, {.log_det = 3}, fresh).log_det, whole.log_det.array() + 3.0,
              Tolerance<double>::rounding);
  for (const Index n : {0, 1, 7, 128, 129}) {
    INFO(n << " columns");
    check_same_head(run(f, direction, events.head(n)), whole, n);
    // Ordinary numbers only: the first four inputs are huge.
    CoordinateEvents<T> ordinary = events.head(n);
    ordinary.input = ordinary.input.cwiseMin(T(3)).cwiseMax(T(-3));
    bijou::Arena arena;
    const CoordinatePass<T> expected = f(direction, ordinary, {}, arena);
    for (const std::uint64_t pattern : stale_patterns) {
      INFO("memory full of " << std::hex << pattern);
      fill_with(pattern, arena);
      std::feclearexcept(FE_ALL_EXCEPT);
      const CoordinatePass<T> actual = f(direction, ordinary, {.rest = Rest::of_arena}, arena);
      const int raised = std::fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
      CHECK(raised == 0);
      check_same_head(actual, expected, n);
    }
  }
  constexpr T infinity = std::numeric_limits<T>::infinity();
  for (const T bad : {std::numeric_limits<T>::quiet_NaN(), infinity, -infinity}) {
    INFO(bad << " in the last column");
    const Index last = in.size() - 1;
    CoordinateEvents<T> spoilt = events;
    spoilt.input(last) = bad;
    const CoordinatePass<T> pass = run(f, direction, spoilt);
    CHECK_FALSE(std::isfinite(pass.value(last)));
    check_same_head(pass, whole, last);
    for (Index k = 0; k < p.rows(); ++k) {
      spoilt = events;
      spoilt.parameters(k, last) = bad;
      check_same_head(run(f, direction, spoilt), whole, last);
    }
  }
}

}  // namespace

void check_coordinate(const Coordinate<double>& in_double, const Coordinate<float>& in_float,
                      Index parameters_per_coordinate, const TransformerOptions& options) {
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  const Matrix<double> draws = normals<double>(parameters_per_coordinate, 130, rng);
  Vector<double> in = normals<double>(130, 1, rng);
  in.head(4) << 0, 1e3, -1e3, 1;
  in = in.cwiseMin(options.high).cwiseMax(options.low);
  for (const double factor : options.factors) {
    INFO("parameters times " << factor);
    const Matrix<double> p = draws * factor;
    const Matrix<double> few = p.leftCols(8);
    for (const Direction direction : directions) {
      check_coordinate_round_trip<double>(in_double, direction, p, in, in_double, options);
      check_coordinate_round_trip<float>(in_float, direction, p.cast<float>(), in.cast<float>(), in_double, options);
      check_monotone<double>(in_double, direction, few, options);
      check_monotone<float>(in_float, direction, few.cast<float>(), options);
      check_coordinate_gradients(in_double, direction, p, in, options.undecided);
      check_coordinate_against_double(in_float, in_double, direction, p.cast<float>(), in.cast<float>(), options);
    }
  }
  for (const Direction direction : directions) {
    check_columns<double>(in_double, direction, draws, in);
    check_columns<float>(in_float, direction, draws.cast<float>(), in.cast<float>());
  }
}

}  // namespace laws
