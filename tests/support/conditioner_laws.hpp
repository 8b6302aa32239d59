#pragma once

#include "support/laws.hpp"

/// What every conditioner must satisfy: pullbacks against differences, float against double, columns on their own,
/// accumulation. Takes a function as check_bijector does.
namespace laws {

/// All results of a pass one below the other, a column for each event, without what sums over events.
template <class T>
Matrix<double> per_event(const TilePass<T>& pass) {
  Matrix<double> all(pass.value.rows() + pass.input_gradient.rows() + pass.context_gradient.rows(), pass.value.cols());
  if (all.cols() == 0) return all;
  all.topRows(pass.value.rows()) = pass.value.template cast<double>();
  all.middleRows(pass.value.rows(), pass.input_gradient.rows()) = pass.input_gradient.template cast<double>();
  if (pass.context_gradient.rows() > 0) {
    all.bottomRows(pass.context_gradient.rows()) = pass.context_gradient.template cast<double>();
  }
  return all;
}

template <class C>
void check_conditioner_gradients(const C& c, const Matrix<double>& in, const Matrix<double>& context, bool kinks) {
  INFO("gradients");
  std::mt19937_64 rng{seed + 1};
  const Index n = in.cols();
  const Matrix<double> w = normals<double>(c.output_size(), n, rng);
  Start<double> start;
  start.context = context;
  const TilePass<double> pass = evaluate_and_pull_back(c, in, w, start);
  const auto losses = [&](const C& at, const Matrix<double>& x, const Matrix<double>& side) {
    const Matrix<double> moved = evaluate(at, x, side) - pass.value;
    return Eigen::ArrayXd((w.array() * moved.array()).colwise().sum().transpose());
  };
  const Index rows = in.rows() + context.rows();
  Matrix<double> gradient(rows, n);
  gradient.topRows(in.rows()) = pass.input_gradient;
  if (context.rows() > 0) gradient.bottomRows(context.rows()) = pass.context_gradient;
  Matrix<double> numeric(rows, n);
  Matrix<double> error(rows, n);
  for (Index i = 0; i < rows; ++i) {
    const auto moved = [&](double h) {
      Matrix<double> x = in;
      Matrix<double> side = context;
      if (i < in.rows())
        x.row(i).array() += h;
      else
        side.row(i - in.rows()).array() += h;
      return losses(c, x, side);
    };
    const Difference d = differentiate(moved, 1e-9);
    numeric.row(i) = d.value;
    error.row(i) = d.error;
  }
  const double undecided = kinks ? 0.02 : 0.0;
  check_gradient(gradient, numeric, error, gradient.cwiseAbs().cwiseMax(1.0), Tolerance<double>::gradient, undecided);
  C moving = c;
  Vector<double> p(bijou::parameter_count(c));
  bijou::copy_parameters(c, p);
  Vector<double> p_numeric(p.size());
  Vector<double> p_error(p.size());
  for (Index k = 0; k < p.size(); ++k) {
    const double unmoved = p(k);
    const auto moved = [&](double h) {
      p(k) = unmoved + h;
      bijou::assign_parameters(moving, p);
      return Eigen::ArrayXd(Eigen::ArrayXd::Constant(1, losses(moving, in, context).sum()));
    };
    const Difference d = differentiate(moved, 1e-9);
    p(k) = unmoved;
    p_numeric(k) = d.value(0);
    p_error(k) = d.error(0);
  }
  check_gradient(pass.gradient, p_numeric, p_error, pass.gradient.cwiseAbs().cwiseMax(1.0), Tolerance<double>::gradient,
                 undecided);
}

template <class C, class T = typename C::Scalar>
void check_conditioner_columns(const C& c, const Matrix<T>& in, const Matrix<T>& context) {
  INFO("columns");
  std::mt19937_64 rng{seed + 2};
  const Matrix<T> w = normals<T>(c.output_size(), in.cols(), rng);
  Start<T> start;
  start.context = context;
  const TilePass<T> whole = evaluate_and_pull_back(c, in, w, start);
  check_same_bits(evaluate(c, in, context), whole.value);
  for (Index n = 0; n < 5; ++n) {
    INFO("column " << n << " without a pullback");
    check_close(evaluate(c, Matrix<T>(in.col(n)), Matrix<T>(context.middleCols(n, 1))), whole.value.col(n),
                Tolerance<T>::rounding);
  }
  for (const Index n : {Index{0}, Index{7}, in.cols() - 1}) {
    INFO(n << " columns");
    Start<T> part;
    part.context = context.leftCols(n);
    check_same_bits(per_event(evaluate_and_pull_back(c, Matrix<T>(in.leftCols(n)), Matrix<T>(w.leftCols(n)), part)),
                    per_event(whole).leftCols(n));
  }
  // A single event runs through products of its own, which sum in another order.
  Vector<T> sum = Vector<T>::Zero(whole.gradient.size());
  for (Index n = 0; n < in.cols(); ++n) {
    INFO("column " << n);
    Start<T> part;
    part.context = context.middleCols(n, 1);
    const TilePass<T> pass = evaluate_and_pull_back(c, Matrix<T>(in.col(n)), Matrix<T>(w.col(n)), part);
    check_close(per_event(pass), per_event(whole).col(n), 4 * Tolerance<T>::rounding);
    sum += pass.gradient;
  }
  check_close(sum, whole.gradient, 10 * Tolerance<T>::rounding);
  constexpr T infinity = std::numeric_limits<T>::infinity();
  for (const T bad : {std::numeric_limits<T>::quiet_NaN(), infinity, -infinity}) {
    INFO(bad << " in column 1");
    Matrix<T> spoilt = in;
    spoilt.col(1).setConstant(bad);
    Matrix<double> result = per_event(evaluate_and_pull_back(c, spoilt, w, start));
    result.col(1) = per_event(whole).col(1);
    check_same_bits(result, per_event(whole));
  }
  Start<T> filled = start;
  filled.gradient = normals<T>(whole.gradient.size(), 1, rng);
  filled.context_gradient = normals<T>(context.rows(), context.cols(), rng);
  const TilePass<T> added = evaluate_and_pull_back(c, in, w, filled);
  check_same_bits(added.input_gradient, whole.input_gradient);
  check_close(added.gradient, filled.gradient + whole.gradient, 10 * Tolerance<T>::rounding);
  check_close(added.context_gradient, filled.context_gradient + whole.context_gradient, Tolerance<T>::rounding);
  Start<T> unwanted = start;
  unwanted.parameter_gradient = false;
  const TilePass<T> input_only = evaluate_and_pull_back(c, in, w, unwanted);
  check_same_bits(per_event(input_only), per_event(whole));
  CHECK((input_only.gradient.array() == T(0)).all());
}

template <class Make>
void check_conditioner(const Make& make, bool kinks = false) {
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  std::mt19937_64 again{seed};
  const auto twice = make(double{}, rng);
  const auto single = make(float{}, again);
  static_assert(bijou::Conditioner<std::decay_t<decltype(twice)>>);
  static_assert(bijou::Conditioner<std::decay_t<decltype(single)>>);
  const Matrix<double> in = normals<double>(twice.input_size(), 37, rng);
  const Matrix<double> context = normals<double>(twice.context_size(), 37, rng);
  check_conditioner_gradients(twice, in.leftCols(5), context.leftCols(5), kinks);
  check_conditioner_columns(twice, in, context);
  check_conditioner_columns(single, Matrix<float>(in.cast<float>()), Matrix<float>(context.cast<float>()));

  INFO("float against double");
  auto exact = twice;
  Vector<float> p(bijou::parameter_count(single));
  bijou::copy_parameters(single, p);
  bijou::assign_parameters(exact, Vector<double>(p.cast<double>()));
  const Matrix<float> x = in.cast<float>();
  const Matrix<float> w = normals<float>(twice.output_size(), 37, rng);
  Start<float> start;
  start.context = context.cast<float>();
  Start<double> start_exact;
  start_exact.context = start.context.cast<double>();
  const TilePass<float> actual = evaluate_and_pull_back(single, x, w, start);
  const TilePass<double> expected =
      evaluate_and_pull_back(exact, Matrix<double>(x.cast<double>()), Matrix<double>(w.cast<double>()), start_exact);
  check_close(per_event(actual), per_event(expected), Tolerance<float>::gradient);
  check_close(actual.gradient, expected.gradient, 10 * Tolerance<float>::gradient);
}

/// Puts a value where a network has no weights.
template <class N, class T>
void fill_outside(N& network, T value) {
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    auto& weight = network.layers[l].weight;
    for (Index r = 0; r < weight.rows(); ++r)
      weight.row(r).tail(weight.cols() - network.visible(l, r)).setConstant(value);
  }
}

/// What stands behind the staircase of a weight is neither read nor written.
template <class C, class T = typename C::Scalar>
void check_outside(const C& c, const Matrix<T>& in, const Matrix<T>& context = {}) {
  INFO("outside of the staircase");
  std::mt19937_64 rng{seed + 3};
  const Matrix<T> w = normals<T>(c.output_size(), in.cols(), rng);
  Start<T> start;
  start.context = context;
  start.gradient = Vector<T>::Constant(bijou::parameter_count(c), T(0.375));
  C spoilt = c;
  fill_outside(spoilt.network, std::numeric_limits<T>::quiet_NaN());
  const TilePass<T> expected = evaluate_and_pull_back(c, in, w, start);
  const TilePass<T> actual = evaluate_and_pull_back(spoilt, in, w, start);
  check_same_bits(per_event(actual), per_event(expected));
  check_same_bits(actual.gradient, expected.gradient);
  const Matrix<T> event = in.col(0);
  const Matrix<T> side = context.leftCols(std::min<Index>(context.cols(), 1));
  check_same_bits(evaluate(spoilt, event, side), evaluate(c, event, side));
  const T* at = actual.gradient.data();
  for (std::size_t l = 0; l < c.network.layers.size(); ++l) {
    const auto& layer = c.network.layers[l];
    for (Index r = 0; r < layer.weight.rows(); ++r, at += layer.weight.cols()) {
      for (Index k = c.network.visible(l, r); k < layer.weight.cols(); ++k) {
        CHECK(at[k] == T(0.375));
        CHECK(layer.weight(r, k) == T(0));
      }
    }
    at += layer.bias.size();
  }
}

}  // namespace laws
