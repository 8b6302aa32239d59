#include <cmath>

#include "support/law_parts.hpp"
#include "support/message_of.hpp"

namespace laws {

template <class T>
void check_sizes(const Subject<T>& b, Direction direction, const Matrix<T>& in) {
  INFO("sizes of batches: " << text(direction));
  constexpr double rounding = 4 * Tolerance<T>::rounding;  // one event sums in another order, and maps amplify that
  std::mt19937_64 rng{seed + 4};
  const Matrix<T> w = normals<T>(in.rows(), in.cols(), rng);
  const Vector<T> v = normals<T>(in.cols(), 1, rng);
  const Values<T> whole = b.map(direction, in);
  const Pulled<T> whole_gradients = b.pull_back(direction, in, w, v);
  for (const Index n : {Index{0}, Index{1}, Index{7}, Index{128}, Index{129}}) {
    INFO(n << " columns");
    const Values<T> values = b.map(direction, in.leftCols(n));
    check_close(values.value, whole.value.leftCols(n), rounding);
    check_close(values.log_det, whole.log_det.head(n), rounding);
    const Pulled<T> gradients = b.pull_back(direction, in.leftCols(n), w.leftCols(n), v.head(n));
    check_close(gradients.input, whole_gradients.input.leftCols(n), rounding);
    CHECK(gradients.parameters.size() == b.parameter_count());
    if (n == 0) CHECK((gradients.parameters.array() == T(0)).all());
  }
  Values<T> events{Matrix<T>(in.rows(), in.cols()), Vector<T>(in.cols())};
  Values<T> columns = events;
  Matrix<T> input_gradient(in.rows(), in.cols());
  Vector<double> sum = Vector<double>::Zero(b.parameter_count());
  Vector<double> sum_of_sizes = sum;
  for (Index n = 0; n < in.cols(); ++n) {
    const Values<T> event = b.map_event(direction, in.col(n));
    events.value.col(n) = event.value;
    events.log_det(n) = event.log_det(0);
    const Values<T> column = b.map(direction, in.col(n));
    columns.value.col(n) = column.value;
    columns.log_det(n) = column.log_det(0);
    const Pulled<T> gradients = b.pull_back(direction, in.col(n), w.col(n), v.segment(n, 1));
    input_gradient.col(n) = gradients.input;
    sum += gradients.parameters.template cast<double>();
    sum_of_sizes += gradients.parameters.template cast<double>().cwiseAbs();
  }
  check_close(events.value, whole.value, rounding);
  check_close(events.log_det, whole.log_det, rounding);
  check_close(columns.value, whole.value, rounding);
  check_close(columns.log_det, whole.log_det, rounding);
  check_close(input_gradient, whole_gradients.input, rounding);
  check_within(whole_gradients.parameters.template cast<double>(), sum, rounding, sum_of_sizes.cwiseMax(1.0),
               Matrix<double>::Zero(sum.size(), 1));
}

template <class T>
void check_bad_columns(const Subject<T>& b, Direction direction, const Matrix<T>& in) {
  INFO("bad columns: " << text(direction));
  std::mt19937_64 rng{seed + 5};
  const Matrix<T> w = normals<T>(in.rows(), in.cols(), rng);
  const Vector<T> v = normals<T>(in.cols(), 1, rng);
  const Values<T> good = b.map(direction, in);
  const Pulled<T> good_gradients = b.pull_back(direction, in, w, v);
  constexpr T infinity = std::numeric_limits<T>::infinity();
  for (const T value : {std::numeric_limits<T>::quiet_NaN(), infinity, -infinity}) {
    for (Index row = 0; row < in.rows(); ++row) {
      for (const Index column : {Index{5}, in.cols() - 1}) {
        INFO(value << " in (" << row << ", " << column << ")");
        Matrix<T> spoilt = in;
        spoilt(row, column) = value;
        Values<T> values = b.map(direction, spoilt);
        Pulled<T> gradients = b.pull_back(direction, spoilt, w, v);
        CHECK_FALSE((values.value.col(column).allFinite() && std::isfinite(values.log_det(column))));
        values.value.col(column) = good.value.col(column);
        values.log_det(column) = good.log_det(column);
        gradients.input.col(column) = good_gradients.input.col(column);
        check_same_values(values, good);
        check_same_bits(gradients.input, good_gradients.input);
      }
    }
  }
}

template <class T>
void check_refusals(const Subject<T>& b, Index rows) {
  INFO("refusals");
  const Matrix<T> right = Matrix<T>::Ones(rows, 4);
  const Vector<T> v = Vector<T>::Ones(4);
  for (const Direction direction : directions) {
    for (const Index given : {rows - 1, rows + 1, Index{0}}) {
      if (b.event_size() == Eigen::Dynamic) continue;
      const Matrix<T> wrong = Matrix<T>::Ones(given, 4);
      const std::string expected =
          b.name() + ": expected events of " + std::to_string(rows) + " rows, got " + std::to_string(given);
      CHECK(message_of([&] { b.map(direction, wrong); }) == expected);
      CHECK(message_of([&] { b.pull_back(direction, wrong, wrong, v); }) == expected);
    }
    const std::string shape = b.name() + ": the gradient for the output must have the shape of the input";
    CHECK(message_of([&] { b.pull_back(direction, right, Matrix<T>::Ones(rows + 1, 4), v); }) == shape);
    CHECK(message_of([&] { b.pull_back(direction, right, Matrix<T>::Ones(rows, 3), v); }) == shape);
    CHECK(message_of([&] { b.pull_back(direction, right, right, v.head(3)); }) ==
          b.name() + ": expected a gradient for the log-det of size 4, got 3");
  }
}

template void check_sizes(const Subject<float>&, Direction, const Matrix<float>&);
template void check_bad_columns(const Subject<float>&, Direction, const Matrix<float>&);
template void check_refusals(const Subject<float>&, Index);
template void check_sizes(const Subject<double>&, Direction, const Matrix<double>&);
template void check_bad_columns(const Subject<double>&, Direction, const Matrix<double>&);
template void check_refusals(const Subject<double>&, Index);

}  // namespace laws
