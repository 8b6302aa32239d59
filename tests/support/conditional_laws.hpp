#pragma once

#include "support/laws.hpp"

namespace laws {

/// The laws of a bijector with a context (C x N, in the pass): round trip, gradients for input, parameters and context
/// against differences, and accumulation of the gradient for the context.
template <class B>
void check_conditional(const B& b, Index context_size) {
  std::mt19937_64 rng{seed};
  const Index n = 5;
  const SubjectOf<double, B> subject(b);
  const Matrix<double> in = normals<double>(b.event_size(), n, rng);
  const Matrix<double> w = normals<double>(b.event_size(), n, rng);
  const Vector<double> v = normals<double>(n, 1, rng);
  Start<double> start;
  start.context = normals<double>(context_size, n, rng);
  for (const Direction direction : directions) {
    INFO(text(direction));
    const TilePass<double> pass = subject.run_tile(direction, in, w, v, start);
    const TilePass<double> back = subject.run_tile(opposite(direction), pass.value, w, v, start);
    check_close(back.value, in, Tolerance<double>::round_trip);
    check_close(back.log_det, -pass.log_det, Tolerance<double>::round_trip);

    const auto losses = [&](const Subject<double>& at, const Matrix<double>& x, const Matrix<double>& context) {
      Start<double> moved;
      moved.context = context;
      const TilePass<double> result = at.run_tile(direction, x, w, v, moved);
      return Eigen::ArrayXd((w.array() * (result.value - pass.value).array()).colwise().sum().transpose() +
                            v.array() * (result.log_det - pass.log_det).array());
    };
    Matrix<double> gradient(in.rows() + context_size, n);
    gradient << pass.input_gradient, pass.context_gradient;
    Matrix<double> numeric(gradient.rows(), n);
    Matrix<double> error(gradient.rows(), n);
    for (Index i = 0; i < gradient.rows(); ++i) {
      const auto moved = [&](double h) {
        Matrix<double> x = in;
        Matrix<double> context = start.context;
        if (i < in.rows())
          x.row(i).array() += h;
        else
          context.row(i - in.rows()).array() += h;
        return losses(subject, x, context);
      };
      const Difference d = differentiate(moved, 1e-9);
      numeric.row(i) = d.value;
      error.row(i) = d.error;
    }
    {
      INFO("gradients for input and context");
      CHECK((pass.context_gradient.array().abs() > 1e-6).any());
      check_gradient(gradient, numeric, error, Matrix<double>::Ones(gradient.rows(), n), Tolerance<double>::gradient,
                     0);
    }
    const Instance<double> copy = subject.copy();
    Vector<double> p = subject.parameters();
    Vector<double> p_numeric(p.size());
    Vector<double> p_error(p.size());
    for (Index k = 0; k < p.size(); ++k) {
      const double unmoved = p(k);
      const auto moved = [&](double h) {
        p(k) = unmoved + h;
        copy->set_parameters(p);
        return Eigen::ArrayXd(Eigen::ArrayXd::Constant(1, losses(*copy, in, start.context).sum()));
      };
      const Difference d = differentiate(moved, 1e-9);
      p(k) = unmoved;
      p_numeric(k) = d.value(0);
      p_error(k) = d.error(0);
    }
    {
      INFO("gradient for the parameters");
      check_gradient(pass.gradient, p_numeric, p_error, Vector<double>::Ones(p.size()), Tolerance<double>::gradient, 0);
    }
    INFO("accumulation");
    Start<double> filled = start;
    filled.context_gradient = normals<double>(context_size, n, rng);
    const TilePass<double> added = subject.run_tile(direction, in, w, v, filled);
    check_close(added.context_gradient, filled.context_gradient + pass.context_gradient, Tolerance<double>::rounding);
    check_same_bits(added.input_gradient, pass.input_gradient);
  }
}

}  // namespace laws
