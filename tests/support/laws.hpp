#pragma once

#include <set>

#include "support/differences.hpp"
#include "support/subject.hpp"

/// What every bijector must satisfy. A type joins with one line in its test file:
///
///     laws::check_bijector([]<class T>(T, auto& rng) { return bijou::MAF<T, 3, 8>{rng}; });
///
/// The function makes an instance for either scalar, with the same draws. A law is a function of a Subject.
namespace laws {

struct Options {
  std::vector<double> factors{1.0, 0.0, 1e-8, 30.0};  // the laws hold with the parameters of the instance times these
  Index rows = 3;                                     // for types that take events of any size
  bool kinks = false;                                 // whether it is smooth only in pieces, as with relu
};

inline constexpr std::uint64_t seed = 20240521;

template <class T>
using Instance = std::unique_ptr<Subject<T>>;

template <class T, class Make>
Instance<T> make_instance(const Make& make, double factor) {
  std::mt19937_64 rng{seed};
  auto b = make(T{}, rng);
  Instance<T> instance = std::make_unique<SubjectOf<T, decltype(b)>>(std::move(b));
  if (factor != 1) instance->set_parameters(instance->parameters() * static_cast<T>(factor));
  return instance;
}

/// Columns of zeros, of equal numbers, of huge numbers, and with one huge number.
template <class T>
Matrix<T> nasty_events(Index rows) {
  Matrix<T> m = Matrix<T>::Zero(rows, 6);
  m.col(1).setConstant(T(0.75));
  m.col(2).setConstant(T(-1e3));
  for (Index i = 0; i < rows; ++i) m(i, 3) = i % 2 == 0 ? T(1e3) : T(-1e3);
  m(0, 4) = T(1e3);
  m(rows - 1, 5) = T(-1e3);
  return m;
}

using DoubleMap = std::function<Matrix<double>(const Matrix<double>&)>;

/// How far results move when every input moves by a few units in the last place of T of the largest number in its
/// column of `size`: no algorithm in that arithmetic can be expected to do better.
template <class T>
Matrix<double> rounding_noise(const DoubleMap& f, const Matrix<double>& in, const Matrix<double>& size) {
  const Matrix<double> still = f(in);
  Matrix<double> noise = Matrix<double>::Zero(still.rows(), still.cols());
  std::mt19937_64 rng{seed + 1};
  for (int trial = 0; trial < 3; ++trial) {
    Matrix<double> moved = in;
    for (Index j = 0; j < in.cols(); ++j) {
      const double unit = 4 * std::numeric_limits<T>::epsilon() * std::max(1.0, size.col(j).cwiseAbs().maxCoeff());
      for (Index i = 0; i < in.rows(); ++i) moved(i, j) += bijou::uniform(rng) < 0.5 ? unit : -unit;
    }
    noise = noise.cwiseMax((f(moved) - still).cwiseAbs());
  }
  return 8 * noise;
}

template <class T>
void check_same_values(const Values<T>& actual, const Values<T>& expected) {
  check_same_bits(actual.value, expected.value);
  check_same_bits(actual.log_det, expected.log_det);
}

/// There and back is the identity, and the log-dets cancel.
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

/// The log-det is ln|det| of the Jacobian by differences.
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

/// Both gradients of a pullback against differences of L = sum(w * value) + sum(v * log_det).
/// At most a share `undecided` of them may say nothing.
inline void check_gradients(const Subject<double>& b, Direction direction, const Matrix<double>& in, double undecided) {
  INFO("pullback of " << text(direction));
  constexpr double tolerance = Tolerance<double>::gradient;
  std::mt19937_64 rng{seed + 2};
  const Matrix<double> w = normals<double>(in.rows(), in.cols(), rng);
  const Vector<double> v = normals<double>(in.cols(), 1, rng);
  const Values<double> still = b.map(direction, in);
  // Without the loss of the unmoved batch, so that what does not move adds no rounding.
  const auto losses = [&](const Subject<double>& at, const Matrix<double>& x) -> Eigen::ArrayXd {
    const Values<double> result = at.map(direction, x);
    return (w.array() * (result.value - still.value).array()).colwise().sum().transpose() +
           v.array() * (result.log_det - still.log_det).array();
  };
  const Pulled<double> gradients = b.pull_back(direction, in, w, v);
  {
    INFO("gradient for the input");
    Matrix<double> numeric(in.rows(), in.cols());
    Matrix<double> error(in.rows(), in.cols());
    for (Index i = 0; i < in.rows(); ++i) {
      const auto moved = [&](double h) {
        Matrix<double> at = in;
        at.row(i).array() += h;
        return losses(b, at);
      };
      const Difference d = differentiate(moved, 1e-9);
      numeric.row(i) = d.value.transpose();
      error.row(i) = d.error.transpose();
    }
    const Matrix<double> scale = gradients.input.cwiseAbs().colwise().maxCoeff().cwiseMax(1.0).replicate(in.rows(), 1);
    check_gradient(gradients.input, numeric, error, scale, tolerance, undecided);
  }
  INFO("gradient for the parameters");
  const Index count = b.parameter_count();
  REQUIRE(gradients.parameters.size() == count);
  if (count == 0) return;
  const Instance<double> copy = b.copy();
  Vector<double> p = b.parameters();
  Vector<double> numeric(count);
  Vector<double> error(count);
  for (Index k = 0; k < count; ++k) {
    const double unmoved = p(k);
    const auto moved = [&](double h) {
      p(k) = unmoved + h;
      copy->set_parameters(p);
      return Eigen::ArrayXd(Eigen::ArrayXd::Constant(1, losses(*copy, in).sum()));
    };
    const Difference d = differentiate(moved, 1e-9);
    p(k) = unmoved;
    numeric(k) = d.value(0);
    error(k) = d.error(0);
  }
  const double scale = std::max(1.0, gradients.parameters.cwiseAbs().maxCoeff());
  check_gradient(gradients.parameters, numeric, error, Vector<double>::Constant(count, scale), tolerance, undecided);
}

/// Everything in float lies as close to the same in double, with the same parameters, as its arithmetic allows.
inline void check_against_double(const Subject<float>& single, const Subject<double>& twice, Direction direction,
                                 const Matrix<float>& in) {
  INFO("float against double: " << text(direction));
  std::mt19937_64 rng{seed + 3};
  const Matrix<float> w = normals<float>(in.rows(), in.cols(), rng);
  const Vector<float> v = normals<float>(in.cols(), 1, rng);
  const Matrix<double> w_twice = w.cast<double>();
  const Vector<double> v_twice = v.cast<double>();
  const auto compare = [&](const char* what, const Matrix<float>& actual, const DoubleMap& exact) {
    INFO(what);
    const Matrix<double> expected = exact(in.cast<double>());
    const double scale = std::max(1.0, expected.size() > 0 ? expected.cwiseAbs().maxCoeff() : 0.0);
    check_within(actual.cast<double>(), expected, Tolerance<float>::gradient,
                 Matrix<double>::Constant(expected.rows(), expected.cols(), scale),
                 rounding_noise<float>(exact, in.cast<double>(), in.cast<double>()));
  };
  using M = Matrix<double>;
  const Values<float> values = single.map(direction, in);
  const Pulled<float> gradients = single.pull_back(direction, in, w, v);
  compare("value", values.value, [&](const M& x) -> M { return twice.map(direction, x).value; });
  compare("log-det", values.log_det, [&](const M& x) -> M { return twice.map(direction, x).log_det; });
  compare("gradient for the input", gradients.input,
          [&](const M& x) -> M { return twice.pull_back(direction, x, w_twice, v_twice).input; });
  compare("gradient for the parameters", gradients.parameters,
          [&](const M& x) -> M { return twice.pull_back(direction, x, w_twice, v_twice).parameters; });
}

/// A column alone, as a compile-time vector and as a matrix, and any number of columns give what the batch gives.
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

/// What is not finite in one column spoils that column, and no bit of another.
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
        CHECK_FALSE(values.value.col(column).allFinite());
        values.value.col(column) = good.value.col(column);
        values.log_det(column) = good.log_det(column);
        gradients.input.col(column) = good_gradients.input.col(column);
        check_same_values(values, good);
        check_same_bits(gradients.input, good_gradients.input);
      }
    }
  }
}

/// A copy has parameters of its own.
template <class T>
void check_copies(const Subject<T>& b, const Matrix<T>& in) {
  INFO("copies");
  const auto check = [&](const Subject<T>& other) {
    for (const Direction direction : directions) check_same_values(other.map(direction, in), b.map(direction, in));
  };
  const Values<T> before = b.map(Direction::forward, in);
  const Values<T> before_back = b.map(Direction::inverse, in);
  const Instance<T> first = b.copy();
  const Instance<T> second = first->copy();
  check(*second);
  first->set_parameters(b.parameters() * T(1.25));
  check_same_values(b.map(Direction::forward, in), before);
  check_same_values(b.map(Direction::inverse, in), before_back);
  check(*second);
  if (b.parameter_count() > 0) CHECK(first->map(Direction::forward, in).value != before.value);
  const Instance<T> moved = b.copy()->move();
  check(*moved);
  first->assign_copy(*second);
  check(*first);
  second->set_parameters(b.parameters() * T(1.25));
  check(*first);
  second->assign_move(*first);
  check(*second);
}

/// Batches and gradients of the wrong shape are refused.
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
      CHECK(refusal([&] { b.map(direction, wrong); }) == expected);
      CHECK(refusal([&] { b.pull_back(direction, wrong, wrong, v); }) == expected);
    }
    const std::string shape = b.name() + ": the gradient for the output must have the shape of the input";
    CHECK(refusal([&] { b.pull_back(direction, right, Matrix<T>::Ones(rows + 1, 4), v); }) == shape);
    CHECK(refusal([&] { b.pull_back(direction, right, Matrix<T>::Ones(rows, 3), v); }) == shape);
    CHECK(refusal([&] { b.pull_back(direction, right, right, v.head(3)); }) ==
          b.name() + ": expected a gradient for the log-det of size 4, got 3");
  }
}

/// A tile's pass adds its log-det; its pullback adds to the gradient for the parameters and writes that for the input,
/// whether or not the former is wanted.
template <class T>
void check_accumulation(const Subject<T>& b, Direction direction, const Matrix<T>& in) {
  INFO("accumulation: " << text(direction));
  std::mt19937_64 rng{seed + 6};
  const Matrix<T> w = normals<T>(in.rows(), in.cols(), rng);
  const Vector<T> v = normals<T>(in.cols(), 1, rng);
  const TilePass<T> from_zero = b.run_tile(direction, in, w, v, {});
  Start<T> start;
  start.log_det = normals<T>(in.cols(), 1, rng);
  start.gradient = normals<T>(b.parameter_count(), 1, rng);
  const TilePass<T> result = b.run_tile(direction, in, w, v, start);
  check_same_bits(result.value, from_zero.value);
  check_same_bits(result.input_gradient, from_zero.input_gradient);
  check_close(result.log_det, start.log_det + from_zero.log_det, Tolerance<T>::rounding * 10);
  check_close(result.gradient, start.gradient + from_zero.gradient, Tolerance<T>::rounding * 10);
  Start<T> input_only;
  input_only.parameter_gradient = false;
  check_same_bits(b.run_tile(direction, in, w, v, input_only).input_gradient, from_zero.input_gradient);
  const Pulled<T> outside = b.pull_back(direction, in, w, v);
  check_same_bits(outside.input, from_zero.input_gradient);
  check_same_bits(outside.parameters, from_zero.gradient);
}

/// Count, order, names and round trip of the parameters.
template <class T>
void check_parameters(const Subject<T>& b) {
  INFO("parameters");
  std::set<std::string> names;
  std::size_t entries = 0;
  std::vector<T> in_order;
  b.for_each_parameter([&](const std::string& name, const T* data, Index size) {
    names.insert(name);
    ++entries;
    CHECK_FALSE(name.empty());
    in_order.insert(in_order.end(), data, data + size);
  });
  CHECK(names.size() == entries);
  REQUIRE(b.parameter_count() == static_cast<Index>(in_order.size()));
  const Vector<T> p = b.parameters();
  CHECK(std::equal(in_order.begin(), in_order.end(), p.data()));
  const Vector<T> other = Vector<T>::LinSpaced(p.size(), T(1), T(2));
  const Instance<T> copy = b.copy();
  copy->set_parameters(other);
  CHECK(copy->parameters() == other);
  CHECK(b.parameters() == p);
}

template <class T, class Make>
void check_laws_of_scalar(const Make& make, const Options& options) {
  INFO((std::is_same_v<T, double> ? "double" : "float") << ", seed " << seed);
  std::mt19937_64 rng{seed + 7};
  const Instance<T> b = make_instance<T>(make, 1);
  const Index rows = b->event_size() == Eigen::Dynamic ? options.rows : b->event_size();
  const Matrix<T> few = normals<T>(rows, 6, rng);
  const Matrix<T> many = normals<T>(rows, 300, rng);
  for (const double factor : options.factors) {
    INFO("parameters times " << factor);
    const Instance<T> at = make_instance<T>(make, factor);
    for (const Direction direction : directions) {
      for (const Matrix<T>& in : {few, nasty_events<T>(rows)}) {
        check_round_trip(*at, direction, in);
        if constexpr (std::is_same_v<T, double>) {
          // Parameters that small put kinks so near that no difference resolves them, unless events are moderate.
          if (options.kinks && factor > 0 && factor < 1 && in.cwiseAbs().maxCoeff() > 10) continue;
          check_gradients(*at, direction, in, options.kinks || factor > 1 ? 0.02 : 0.0);
        } else {
          const Instance<double> twice = make_instance<double>(make, 1);
          twice->set_parameters(at->parameters().template cast<double>());
          check_against_double(*at, *twice, direction, in);
        }
      }
      if (factor <= 1) check_log_det(*at, direction, few);
    }
  }
  for (const Direction direction : directions) {
    check_sizes(*b, direction, many);
    check_bad_columns<T>(*b, direction, many.leftCols(140));
    check_accumulation(*b, direction, few);
  }
  check_copies(*b, few);
  check_refusals(*b, rows);
  check_parameters(*b);
}

template <class Make>
void check_bijector(const Make& make, const Options& options = {}) {
  check_laws_of_scalar<double>(make, options);
  check_laws_of_scalar<float>(make, options);
}

/// A batch may be row-major, a block, an expression or an array; members do what the free functions do.
template <class T, class B>
void check_forms_of(const B& b, Direction direction, const Matrix<T>& in) {
  INFO((std::is_same_v<T, double> ? "double, " : "float, ") << text(direction));
  const Values<T> expected = map(b, direction, in);
  const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> row_major = in;
  const Eigen::Matrix<T, B::static_event_size, Eigen::Dynamic> as_declared = in;
  const Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic> array = in;
  const Matrix<T> twice = T(2) * in;
  Matrix<T> padded = Matrix<T>::Constant(in.rows() + 3, in.cols() + 3, T(7));
  padded.block(1, 2, in.rows(), in.cols()) = in;
  const bool there = direction == Direction::forward;
  const std::pair<const char*, Values<T>> forms[] = {
      {"row-major", map(b, direction, row_major)},
      {"rows as declared", map(b, direction, as_declared)},
      {"array", map(b, direction, array)},
      {"expression", map(b, direction, T(0.5) * twice)},
      {"block", map(b, direction, padded.block(1, 2, in.rows(), in.cols()))},
      {"members",
       there ? Values<T>{b.forward(in), b.forward_log_det(in)} : Values<T>{b.inverse(in), b.inverse_log_det(in)}},
      {"free functions", there ? Values<T>{bijou::forward(b, in), bijou::forward_log_det(b, in)}
                               : Values<T>{bijou::inverse(b, in), bijou::inverse_log_det(b, in)}}};
  for (const auto& [form, values] : forms) {
    INFO(form);
    check_same_values(values, expected);
  }
}

/// Takes the same function as check_bijector.
template <class Make>
void check_forms(const Make& make, Index rows) {
  std::mt19937_64 rng{seed};
  for (const Direction direction : directions) {
    check_forms_of(make(double{}, rng), direction, normals<double>(rows, 140, rng));
    check_forms_of(make(float{}, rng), direction, normals<float>(rows, 140, rng));
  }
}

}  // namespace laws
