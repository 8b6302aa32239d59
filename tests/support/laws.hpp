#pragma once

#include <cstdint>
#include <vector>

#include "support/law_types.hpp"
#include "support/subject.hpp"

/// What every bijector must satisfy. A type joins with one line in its test file:
///
///     laws::check_bijector(registry::maker<registry::bijectors::MAF>);
///
/// The function makes an instance for either scalar, with the same draws. A law is a function of a Subject; the laws
/// are compiled once, see value_laws.cpp, batch_laws.cpp and tile_laws.cpp.
namespace laws {

struct Options {
  std::vector<double> factors{1.0, 0.0, 1e-8, 30.0};  // the laws hold with the parameters of the instance times these
  Index rows = 3;                                     // for types that take events of any size
  bool kinks = false;                                 // whether it is smooth only in pieces, as with relu
  double largest = 1e3;                               // numbers up to this size have finite images
};

inline constexpr std::uint64_t seed = 20240521;

/// Makes an instance with its parameters times a factor.
template <class T>
using InstanceMaker = std::function<Instance<T>(double factor)>;

void check_laws(const InstanceMaker<double>& in_double, const InstanceMaker<float>& in_float, const Options& options);

template <class T, class Make>
InstanceMaker<T> instance_maker(const Make& make) {
  return [make](double factor) {
    std::mt19937_64 rng{seed};
    auto b = make(T{}, rng);
    Instance<T> instance(new SubjectOf<T, decltype(b)>(std::move(b)));
    if (factor != 1) instance->set_parameters(instance->parameters() * static_cast<T>(factor));
    return instance;
  };
}

template <class Make>
void check_bijector(const Make& make, [[maybe_unused]] const Options& options = {}) {
  if constexpr (joins<decltype(make(double{}, std::declval<std::mt19937_64&>()))>) {
    check_laws(instance_maker<double>(make), instance_maker<float>(make), options);
  }
}

template <class T>
void check_same_values(const Values<T>& actual, const Values<T>& expected) {
  check_same_bits(actual.value, expected.value);
  check_same_bits(actual.log_det, expected.log_det);
}

/// The maps and pullbacks of two bijectors that must do the same, to the last bit.
template <class A, class E, class T>
void check_same_map(const A& actual, const E& expected, const Matrix<T>& in) {
  std::mt19937_64 rng{seed};
  const Matrix<T> w = normals<T>(in.rows(), in.cols(), rng);
  const Vector<T> v = normals<T>(in.cols(), 1, rng);
  for (const Direction direction : directions) {
    INFO(text(direction));
    check_same_values(map(actual, direction, in), map(expected, direction, in));
    const Pulled<T> gradients = pull_back(actual, direction, in, w, v);
    const Pulled<T> same = pull_back(expected, direction, in, w, v);
    check_same_bits(gradients.input, same.input);
    check_same_bits(gradients.parameters, same.parameters);
  }
}

/// A batch may be row-major, a block, an expression or an array; members, if there are any, do what the free functions
/// do.
template <class T, class B>
void check_forms_of(const B& b, Direction direction, const Matrix<T>& in) {
  INFO((std::is_same_v<T, double> ? "double, " : "float, ") << text(direction));
  const Values<T> expected = map(b, direction, in);
  const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> row_major = in;
  const Eigen::Matrix<T, B::static_event_size, Eigen::Dynamic> as_declared = in;
  const Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic> array = in;
  const Matrix<T> doubled = T(2) * in;
  Matrix<T> padded = Matrix<T>::Constant(in.rows() + 3, in.cols() + 3, T(7));
  padded.block(1, 2, in.rows(), in.cols()) = in;
  const auto check = [&](const char* form, const Values<T>& values) {
    INFO(form);
    check_same_values(values, expected);
  };
  check("row-major", map(b, direction, row_major));
  check("rows as declared", map(b, direction, as_declared));
  check("array", map(b, direction, array));
  check("expression", map(b, direction, T(0.5) * doubled));
  check("block", map(b, direction, padded.block(1, 2, in.rows(), in.cols())));
  const bool there = direction == Direction::forward;
  check("free functions", there ? Values<T>{bijou::forward(b, in), bijou::forward_log_det(b, in)}
                                : Values<T>{bijou::inverse(b, in), bijou::inverse_log_det(b, in)});
  if constexpr (requires { b.forward_log_det(in); }) {
    check("members",
          there ? Values<T>{b.forward(in), b.forward_log_det(in)} : Values<T>{b.inverse(in), b.inverse_log_det(in)});
  }
  // Pullbacks take the same forms.
  const Matrix<T> w = T(3) * in;
  const Vector<T> v = Vector<T>::LinSpaced(in.cols(), T(-1), T(1));
  const Pulled<T> gradients = pull_back(b, direction, in, w, v);
  const auto check_gradients = [&](const Pulled<T>& same) {
    check_same_bits(same.input, gradients.input);
    check_same_bits(same.parameters, gradients.parameters);
  };
  check_gradients(pull_back(b, direction, row_major, T(3) * array, v.transpose()));
  check_gradients(pull_back(b, direction, as_declared, w, T(1) * v.array()));
}

/// Takes the same function as check_bijector.
template <class Make>
void check_forms(const Make& make, [[maybe_unused]] Index rows) {
  std::mt19937_64 rng{seed};
  if constexpr (joins<decltype(make(double{}, rng))>) {
    for (const Direction direction : directions) {
      check_forms_of(make(double{}, rng), direction, normals<double>(rows, 140, rng));
      check_forms_of(make(float{}, rng), direction, normals<float>(rows, 140, rng));
    }
  }
}

}  // namespace laws
