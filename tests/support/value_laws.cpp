#include "support/law_parts.hpp"
#include "support/pullback.hpp"
#include "support/rounding.hpp"

namespace laws {

template <class T>
void check_round_trip(const Subject<T>& b, Direction direction, const Matrix<T>& in) {
  INFO(text(direction) << " and back");
  const Values<T> there = b.map(direction, in);
  const Values<T> back = b.map(opposite(direction), there.value);
  CHECK(there.value.allFinite());
  CHECK(there.log_det.allFinite());
  const Matrix<double> start = in.template cast<double>();
  const Matrix<double> end = there.value.template cast<double>();
  Matrix<double> size(2 * in.rows(), in.cols());
  size << start, end;
  const auto inverted = [&](const Matrix<double>& x) -> Matrix<double> {
    const Values<T> result = b.map(opposite(direction), x.template cast<T>());
    Matrix<double> all(x.rows() + 1, x.cols());
    all << result.value.template cast<double>(), result.log_det.template cast<double>().transpose();
    return all;
  };
  const Matrix<double> noise = rounding_noise<T>(inverted, end, size);
  check_close(back.value.template cast<double>(), start, Tolerance<T>::round_trip, noise.topRows(in.rows()));
  check_close(back.log_det.template cast<double>().transpose(), -there.log_det.template cast<double>().transpose(),
              Tolerance<T>::round_trip, noise.bottomRows(1));
}

template <class T>
void check_log_det(const Subject<T>& b, Direction direction, const Matrix<T>& in) {
  INFO("log-det of " << text(direction));
  const Index d = in.rows();
  std::vector<Matrix<double>> jacobians(static_cast<std::size_t>(in.cols()), Matrix<double>(d, d));
  for (Index i = 0; i < d; ++i) {
    const auto moved = [&](double h) -> Eigen::ArrayXd {
      Matrix<T> at = in;
      at.row(i).array() += static_cast<T>(h);
      const Matrix<double> value = b.map(direction, at).value.template cast<double>();
      return value.reshaped().array();
    };
    const Eigen::ArrayXd column =
        std::is_same_v<T, double> ? differentiate(moved, 1e-10).value : differentiate_float(moved);
    for (Index n = 0; n < in.cols(); ++n) {
      jacobians[static_cast<std::size_t>(n)].col(i) = column.segment(n * d, d);
    }
  }
  Vector<double> expected(in.cols());
  for (Index n = 0; n < in.cols(); ++n) expected(n) = log_abs_det(jacobians[static_cast<std::size_t>(n)]);
  check_close(b.map(direction, in).log_det, expected, Tolerance<T>::jacobian);
}

void check_gradients(const Subject<double>& b, Direction direction, const Matrix<double>& in, double undecided) {
  INFO("pullback of " << text(direction));
  std::mt19937_64 rng{seed + 2};
  const Matrix<double> w = normals<double>(in.rows(), in.cols(), rng);
  const Vector<double> v = normals<double>(in.cols(), 1, rng);
  const Values<double> still = b.map(direction, in);
  const Instance<double> moving = b.copy();
  const auto losses = [&](const Arguments& at) -> Eigen::ArrayXd {
    moving->set_parameters(at.parameters);
    const Values<double> result = moving->map(direction, at.inputs);
    return (w.array() * (result.value - still.value).array()).colwise().sum().transpose() +
           v.array() * (result.log_det - still.log_det).array();
  };
  const Pulled<double> gradients = b.pull_back(direction, in, w, v);
  check_pullback(losses, {in, b.parameters()}, {gradients.input, gradients.parameters},
                 {.unit = Unit::largest, .undecided = undecided});
}

void check_against_double(const Subject<float>& in_float, const Subject<double>& in_double, Direction direction,
                          const Matrix<float>& in) {
  INFO("float against double: " << text(direction));
  std::mt19937_64 rng{seed + 3};
  const Matrix<float> w = normals<float>(in.rows(), in.cols(), rng);
  const Vector<float> v = normals<float>(in.cols(), 1, rng);
  const Matrix<double> w_exact = w.cast<double>();
  const Vector<double> v_exact = v.cast<double>();
  const auto compare = [&](const char* what, const Matrix<float>& actual, const DoubleMap& exact) {
    INFO(what);
    const Matrix<double> expected = exact(in.cast<double>());
    const double scale = std::max(1.0, expected.size() > 0 ? expected.cwiseAbs().maxCoeff() : 0.0);
    check_within(actual.cast<double>(), expected, Tolerance<float>::gradient,
                 Matrix<double>::Constant(expected.rows(), expected.cols(), scale),
                 rounding_noise<float>(exact, in.cast<double>(), in.cast<double>()));
  };
  using M = Matrix<double>;
  const Values<float> values = in_float.map(direction, in);
  const Pulled<float> gradients = in_float.pull_back(direction, in, w, v);
  compare("value", values.value, [&](const M& x) -> M { return in_double.map(direction, x).value; });
  compare("log-det", values.log_det, [&](const M& x) -> M { return in_double.map(direction, x).log_det; });
  compare("gradient for the input", gradients.input,
          [&](const M& x) -> M { return in_double.pull_back(direction, x, w_exact, v_exact).input; });
  compare("gradient for the parameters", gradients.parameters,
          [&](const M& x) -> M { return in_double.pull_back(direction, x, w_exact, v_exact).parameters; });
}

template void check_round_trip(const Subject<float>&, Direction, const Matrix<float>&);
template void check_round_trip(const Subject<double>&, Direction, const Matrix<double>&);
template void check_log_det(const Subject<float>&, Direction, const Matrix<float>&);
template void check_log_det(const Subject<double>&, Direction, const Matrix<double>&);

}  // namespace laws
