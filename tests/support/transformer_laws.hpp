#pragma once

#include <bijou/core/concepts.hpp>

#include "support/laws.hpp"

/// What every transformer must satisfy. A type joins with one line in its test file:
///
///     laws::check_transformer([]<class T>(T) { return bijou::AffineTransformer<T, bijou::scale_maps::Exp>{}; });
namespace laws {

struct TransformerOptions {
  std::vector<double> factors{1.0, 0.0, 1e-8, 30.0};  // the laws hold with normal parameters times these
};

/// A pass of one coordinate, and its pullback.
template <class T>
struct CoordinatePass {
  Vector<T> value;
  Vector<T> log_det;
  Vector<T> input_gradient;
  Matrix<T> parameters_gradient;
};

/// A transformer behind a function: direction, parameters (K x N), input, output gradient and log-det gradient (N
/// each).
template <class T>
using Coordinate =
    std::function<CoordinatePass<T>(Direction, const Matrix<T>&, const Vector<T>&, const Vector<T>&, const Vector<T>&)>;

/// With log_det_start in the row that the log-det is added to.
template <class S, class T = typename S::Scalar>
Coordinate<T> coordinate_of(const S& s, T log_det_start = 0) {
  static_assert(bijou::Transformer<S>);
  return [=](Direction direction, const Matrix<T>& parameters, const Vector<T>& input, const Vector<T>& g,
             const Vector<T>& l) -> CoordinatePass<T> {
    using bijou::detail::as_const;
    bijou::Arena arena;
    const bijou::ConstTile<T> p = as_const(tile_of(parameters, arena));
    const bijou::ConstRow<T> in = as_const(row_of(input, arena));
    bijou::Row<T> out = row_of(Vector<T>(Vector<T>::Constant(input.size(), T(7))), arena);
    bijou::Row<T> log_det = row_of(Vector<T>(Vector<T>::Constant(input.size(), log_det_start)), arena);
    const bijou::ConstRow<T> out_gradient = as_const(row_of(g, arena));
    const bijou::ConstRow<T> weight = as_const(row_of(l, arena));
    bijou::Row<T> in_gradient = row_of(Vector<T>(Vector<T>::Constant(input.size(), T(7))), arena);
    bijou::Tile<T> p_gradient = blank<T>(parameters.rows(), parameters.cols(), arena);
    if (direction == Direction::forward) {
      s.forward(p, in, out, log_det);
      s.forward_pullback(p, in, as_const(out), out_gradient, weight, p_gradient, in_gradient);
    } else {
      s.inverse(p, in, out, log_det);
      s.inverse_pullback(p, in, as_const(out), out_gradient, weight, p_gradient, in_gradient);
    }
    return {out.matrix().transpose(), log_det.matrix().transpose(), in_gradient.matrix().transpose(),
            p_gradient.matrix()};
  };
}

template <class T>
void check_coordinate_round_trip(const Coordinate<T>& f, Direction direction, const Matrix<T>& p, const Vector<T>& in) {
  INFO(text(direction) << " and back");
  const Vector<T> none = Vector<T>::Zero(in.size());
  const CoordinatePass<T> there = f(direction, p, in, none, none);
  const CoordinatePass<T> back = f(opposite(direction), p, there.value, none, none);
  CHECK(there.value.allFinite());
  CHECK(there.log_det.allFinite());
  const Matrix<double> start = in.template cast<double>().transpose();
  const Matrix<double> end = there.value.template cast<double>().transpose();
  // The shift may be larger than both ends, so its rounding counts too.
  Matrix<double> size(2 + p.rows(), in.size());
  size << start, end, p.template cast<double>();
  const auto inverted = [&](const Matrix<double>& x) -> Matrix<double> {
    const Vector<T> at = x.transpose().template cast<T>();
    return f(opposite(direction), p, at, none, none).value.template cast<double>().transpose();
  };
  check_close(back.value.template cast<double>().transpose(), start, Tolerance<T>::round_trip,
              rounding_noise<T>(inverted, end, size));
  check_close(back.log_det, -there.log_det, Tolerance<T>::round_trip);
}

/// Strictly increasing in its input; a larger one never gives less.
template <class T>
void check_monotone(const Coordinate<T>& f, Direction direction, const Matrix<T>& p) {
  INFO(text(direction) << " is increasing");
  const Vector<T> in = Vector<T>::LinSpaced(129, T(-10), T(10));
  const Vector<T> none = Vector<T>::Zero(in.size());
  for (Index n = 0; n < p.cols(); ++n) {
    const Vector<T> out = f(direction, p.col(n).replicate(1, in.size()), in, none, none).value;
    const auto steps = out.tail(out.size() - 1) - out.head(out.size() - 1);
    CHECK(steps.minCoeff() >= T(0));
    CHECK(out(out.size() - 1) > out(0));
  }
}

inline void check_coordinate_gradients(const Coordinate<double>& f, Direction direction, const Matrix<double>& p,
                                       const Vector<double>& in) {
  INFO("log-det and pullback of " << text(direction));
  constexpr double tolerance = Tolerance<double>::gradient;
  std::mt19937_64 rng{seed + 2};
  const Vector<double> g = normals<double>(in.size(), 1, rng);
  const Vector<double> l = normals<double>(in.size(), 1, rng);
  const CoordinatePass<double> still = f(direction, p, in, g, l);
  const auto losses = [&](const Matrix<double>& q, const Vector<double>& x) -> Eigen::ArrayXd {
    const CoordinatePass<double> moved = f(direction, q, x, g, l);
    return g.array() * (moved.value - still.value).array() + l.array() * (moved.log_det - still.log_det).array();
  };
  {
    INFO("log-det");
    const auto moved = [&](double h) -> Eigen::ArrayXd {
      return (f(direction, p, in.array() + h, g, l).value - still.value).array();
    };
    const Difference d = differentiate(moved, 0, large_steps);
    const Vector<double> slope = still.log_det.array().exp();
    check_gradient(slope, d.value, d.error, slope, tolerance, 0);
  }
  Matrix<double> gradient(1 + p.rows(), in.size());
  gradient << still.input_gradient.transpose(), still.parameters_gradient;
  Matrix<double> numeric(gradient.rows(), in.size());
  Matrix<double> error(gradient.rows(), in.size());
  for (Index k = 0; k < gradient.rows(); ++k) {
    const auto moved = [&](double h) {
      Matrix<double> q = p;
      if (k > 0) q.row(k - 1).array() += h;
      return losses(q, in.array() + (k == 0 ? h : 0.0));
    };
    const Difference d = differentiate(moved, 0);
    numeric.row(k) = d.value;
    error.row(k) = d.error;
  }
  INFO("gradients for the input and the parameters");
  const Matrix<double> scale = gradient.cwiseAbs().colwise().maxCoeff().cwiseMax(1.0).replicate(gradient.rows(), 1);
  check_gradient(gradient, numeric, error, scale, tolerance, 0);
}

inline void check_coordinate_against_double(const Coordinate<float>& single, const Coordinate<double>& twice,
                                            Direction direction, const Matrix<float>& p, const Vector<float>& in) {
  INFO("float against double: " << text(direction));
  std::mt19937_64 rng{seed + 3};
  const Vector<float> g = normals<float>(in.size(), 1, rng);
  const Vector<float> l = normals<float>(in.size(), 1, rng);
  const CoordinatePass<float> actual = single(direction, p, in, g, l);
  const CoordinatePass<double> expected =
      twice(direction, p.cast<double>(), in.cast<double>(), g.cast<double>(), l.cast<double>());
  // Terms of the result can cancel; what is lost then is relative to them. Up to three of them, each a product.
  const double tolerance = Tolerance<float>::gradient;
  const auto scaled = [](const Matrix<double>& m) -> Matrix<double> {
    return Matrix<double>::Constant(m.rows(), m.cols(), std::max(1.0, m.cwiseAbs().maxCoeff()));
  };
  const auto compare = [&](const char* what, const Matrix<double>& a, const Matrix<double>& e) {
    INFO(what);
    check_within(a, e, tolerance, scaled(e), Matrix<double>::Zero(e.rows(), e.cols()));
  };
  compare("value", actual.value.cast<double>(), expected.value);
  compare("log-det", actual.log_det.cast<double>(), expected.log_det);
  compare("gradient for the input", actual.input_gradient.cast<double>(), expected.input_gradient);
  compare("gradient for the parameters", actual.parameters_gradient.cast<double>(), expected.parameters_gradient);
}

/// The log-det is added; a column does not depend on its place, nor on what stands in others.
template <class S, class T = typename S::Scalar>
void check_columns(const S& s, Direction direction, const Matrix<T>& p, const Vector<T>& in) {
  INFO("columns: " << text(direction));
  const Coordinate<T> f = coordinate_of(s);
  std::mt19937_64 rng{seed + 4};
  const Vector<T> g = normals<T>(in.size(), 1, rng);
  const Vector<T> l = normals<T>(in.size(), 1, rng);
  const CoordinatePass<T> whole = f(direction, p, in, g, l);
  check_close(coordinate_of(s, T(3))(direction, p, in, g, l).log_det, whole.log_det.array() + T(3),
              Tolerance<T>::rounding);
  const auto check_head = [&](const CoordinatePass<T>& pass, Index n) {
    check_same_bits(pass.value.head(n), whole.value.head(n));
    check_same_bits(pass.log_det.head(n), whole.log_det.head(n));
    check_same_bits(pass.input_gradient.head(n), whole.input_gradient.head(n));
    check_same_bits(pass.parameters_gradient.leftCols(n), whole.parameters_gradient.leftCols(n));
  };
  for (const Index n : {Index{0}, Index{1}, Index{7}, Index{128}, Index{129}}) {
    INFO(n << " columns");
    check_head(f(direction, p.leftCols(n), in.head(n), g.head(n), l.head(n)), n);
  }
  constexpr T infinity = std::numeric_limits<T>::infinity();
  for (const T bad : {std::numeric_limits<T>::quiet_NaN(), infinity, -infinity}) {
    INFO(bad << " in the last column");
    const Index last = in.size() - 1;
    Vector<T> spoilt = in;
    spoilt(last) = bad;
    const CoordinatePass<T> pass = f(direction, p, spoilt, g, l);
    CHECK_FALSE(std::isfinite(pass.value(last)));
    check_head(pass, last);
    for (Index k = 0; k < p.rows(); ++k) {
      Matrix<T> q = p;
      q(k, last) = bad;
      check_head(f(direction, q, in, g, l), last);
    }
  }
}

template <class Make>
void check_transformer(const Make& make, const TransformerOptions& options = {}) {
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  const auto s = make(double{});
  const auto s_float = make(float{});
  const Coordinate<double> f = coordinate_of(s);
  const Coordinate<float> f_float = coordinate_of(s_float);
  const Index count = s.parameters_per_coordinate();
  CHECK(s_float.parameters_per_coordinate() == count);
  const Matrix<double> draws = normals<double>(count, 130, rng);
  Vector<double> in = normals<double>(130, 1, rng);
  in.head(4) << 0, 1e3, -1e3, 1;
  for (const double factor : options.factors) {
    INFO("parameters times " << factor);
    const Matrix<double> p = draws * factor;
    for (const Direction direction : directions) {
      check_coordinate_round_trip<double>(f, direction, p, in);
      check_coordinate_round_trip<float>(f_float, direction, p.cast<float>(), in.cast<float>());
      check_monotone<double>(f, direction, p.leftCols(8));
      check_monotone<float>(f_float, direction, p.leftCols(8).cast<float>());
      check_coordinate_gradients(f, direction, p, in);
      check_coordinate_against_double(f_float, f, direction, p.cast<float>(), in.cast<float>());
    }
  }
  for (const Direction direction : directions) {
    check_columns<>(s, direction, draws, in);
    check_columns<>(s_float, direction, Matrix<float>(draws.cast<float>()), Vector<float>(in.cast<float>()));
  }
}

}  // namespace laws
