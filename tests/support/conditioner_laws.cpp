#include "support/conditioner_laws.hpp"

#include <cfenv>

#include "support/pullback.hpp"
#include "support/stale_memory.hpp"

namespace laws {
namespace {

void check_conditioner_gradients(const ConditionerSubject<double>& c, const Matrix<double>& in,
                                 const Matrix<double>& context, bool kinks) {
  INFO("gradients");
  std::mt19937_64 rng{seed + 1};
  const Index n = in.cols();
  const Matrix<double> w = normals<double>(c.output_size(), n, rng);
  Start<double> start;
  start.context = context;
  const TilePass<double> pass = c.run(in, w, start);
  const auto moving = c.copy();
  const auto losses = [&](const Arguments& at) -> Eigen::ArrayXd {
    moving->set_parameters(at.parameters);
    const Matrix<double> moved =
        moving->evaluate(at.inputs.topRows(in.rows()), at.inputs.bottomRows(context.rows())) - pass.value;
    return (w.array() * moved.array()).colwise().sum().transpose();
  };
  const Index rows = in.rows() + context.rows();
  Arguments at{Matrix<double>(rows, n), c.parameters()};
  Arguments gradients{Matrix<double>(rows, n), pass.gradient};
  at.inputs.topRows(in.rows()) = in;
  at.inputs.bottomRows(context.rows()) = context;
  gradients.inputs.topRows(in.rows()) = pass.input_gradient;
  if (context.rows() > 0) gradients.inputs.bottomRows(context.rows()) = pass.context_gradient;
  check_pullback(losses, at, gradients, {.unit = Unit::entry, .undecided = kinks ? 0.02 : 0.0});
}

/// Columns alone, in any number and beside bad ones.
template <class T>
void check_conditioner_columns(const ConditionerSubject<T>& c, const Matrix<T>& in, const Matrix<T>& context) {
  INFO("columns");
  std::mt19937_64 rng{seed + 2};
  const Matrix<T> w = normals<T>(c.output_size(), in.cols(), rng);
  Start<T> start;
  start.context = context;
  const TilePass<T> whole = c.run(in, w, start);
  check_same_bits(c.evaluate(in, context), whole.value);
  for (Index n = 0; n < 5; ++n) {
    INFO("column " << n << " without a pullback");
    check_close(c.evaluate(in.col(n), context.middleCols(n, 1)), whole.value.col(n), Tolerance<T>::rounding);
  }
  for (const Index n : {Index{0}, Index{7}, in.cols() - 1}) {
    INFO(n << " columns");
    Start<T> part;
    part.context = context.leftCols(n);
    check_same_bits(per_event(c.run(in.leftCols(n), w.leftCols(n), part)), per_event(whole).leftCols(n));
  }
  // A single event runs through products of its own, which sum in another order.
  Vector<T> sum = Vector<T>::Zero(whole.gradient.size());
  for (Index n = 0; n < in.cols(); ++n) {
    INFO("column " << n);
    Start<T> part;
    part.context = context.middleCols(n, 1);
    const TilePass<T> pass = c.run(in.col(n), w.col(n), part);
    check_close(per_event(pass), per_event(whole).col(n), 4 * Tolerance<T>::rounding);
    sum += pass.gradient;
  }
  check_close(sum, whole.gradient, 10 * Tolerance<T>::rounding);
  constexpr T infinity = std::numeric_limits<T>::infinity();
  for (const T bad : {std::numeric_limits<T>::quiet_NaN(), infinity, -infinity}) {
    INFO(bad << " in column 1");
    Matrix<T> spoilt = in;
    spoilt.col(1).setConstant(bad);
    Matrix<double> result = per_event(c.run(spoilt, w, start));
    result.col(1) = per_event(whole).col(1);
    check_same_bits(result, per_event(whole));
  }
}

/// Gradients for parameters and context are added, and only the one for the input is needed.
template <class T>
void check_conditioner_accumulation(const ConditionerSubject<T>& c, const Matrix<T>& in, const Matrix<T>& context) {
  INFO("accumulation");
  std::mt19937_64 rng{seed + 2};
  const Matrix<T> w = normals<T>(c.output_size(), in.cols(), rng);
  Start<T> start;
  start.context = context;
  const TilePass<T> whole = c.run(in, w, start);
  Start<T> filled = start;
  filled.gradient = normals<T>(whole.gradient.size(), 1, rng);
  filled.context_gradient = normals<T>(context.rows(), context.cols(), rng);
  const TilePass<T> added = c.run(in, w, filled);
  check_same_bits(added.input_gradient, whole.input_gradient);
  check_close(added.gradient, filled.gradient + whole.gradient, 10 * Tolerance<T>::rounding);
  check_close(added.context_gradient, filled.context_gradient + whole.context_gradient, Tolerance<T>::rounding);
  Start<T> unwanted = start;
  unwanted.wants_gradient = false;
  const TilePass<T> input_only = c.run(in, w, unwanted);
  check_same_bits(per_event(input_only), per_event(whole));
  CHECK((input_only.gradient.array() == T(0)).all());
}

/// Whatever an arena holds changes no bit, and ordinary numbers raise no floating-point exception.
template <class T>
void check_conditioner_memory(const ConditionerSubject<T>& c) {
  INFO("stale memory");
  std::mt19937_64 rng{seed + 4};
  for (const Index n : {1, 2, 7, 128, 130}) {
    const Matrix<T> in = normals<T>(c.input_size(), n, rng);
    const Matrix<T> w = normals<T>(c.output_size(), n, rng);
    Start<T> start;
    start.context = normals<T>(c.context_size(), n, rng);
    start.rest = Rest::of_arena;
    bijou::Arena arena;
    const TilePass<T> expected = c.run(in, w, start, arena);
    for (const std::uint64_t pattern : stale_patterns) {
      INFO(n << " events in memory full of " << std::hex << pattern);
      fill_with(pattern, arena);
      std::feclearexcept(FE_ALL_EXCEPT);
      const TilePass<T> actual = c.run(in, w, start, arena);
      const int raised = std::fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
      CHECK(raised == 0);
      check_same_bits(per_event(actual), per_event(expected));
      check_same_bits(actual.gradient, expected.gradient);
    }
  }
}

void check_conditioner_against_double(const ConditionerSubject<float>& in_float,
                                      const ConditionerSubject<double>& in_double, const Matrix<float>& x,
                                      const Matrix<float>& context) {
  INFO("float against double");
  std::mt19937_64 rng{seed + 5};
  const auto exact = in_double.copy();
  exact->set_parameters(in_float.parameters().cast<double>());
  const Matrix<float> w = normals<float>(in_double.output_size(), x.cols(), rng);
  Start<float> start;
  start.context = context;
  Start<double> start_exact;
  start_exact.context = context.cast<double>();
  const TilePass<float> actual = in_float.run(x, w, start);
  const TilePass<double> expected = exact->run(x.cast<double>(), w.cast<double>(), start_exact);
  check_close(per_event(actual), per_event(expected), Tolerance<float>::gradient);
  check_close(actual.gradient, expected.gradient, 10 * Tolerance<float>::gradient);
}

}  // namespace

void check_conditioner_laws(const ConditionerSubject<double>& in_double, const ConditionerSubject<float>& in_float,
                            bool kinks) {
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  const Matrix<double> in = normals<double>(in_double.input_size(), 37, rng);
  const Matrix<double> context = normals<double>(in_double.context_size(), 37, rng);
  const Matrix<float> x_float = in.cast<float>();
  const Matrix<float> context_float = context.cast<float>();
  check_conditioner_gradients(in_double, in.leftCols(5), context.leftCols(5), kinks);
  check_conditioner_columns<double>(in_double, in, context);
  check_conditioner_columns<float>(in_float, x_float, context_float);
  check_conditioner_accumulation<double>(in_double, in, context);
  check_conditioner_accumulation<float>(in_float, x_float, context_float);
  check_conditioner_memory(in_double);
  check_conditioner_memory(in_float);
  check_conditioner_against_double(in_float, in_double, x_float, context_float);
}

}  // namespace laws
