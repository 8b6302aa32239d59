#pragma once

#include <bijou/numerics/random.hpp>
#include <functional>
#include <random>

#include "support/tolerance.hpp"

namespace laws {

using DoubleMap = std::function<Matrix<double>(const Matrix<double>&)>;

/// How far results move when every input moves by a few units in the last place of T of the largest number in its
/// column of `size`: no algorithm in that arithmetic can be expected to do better.
template <class T>
Matrix<double> rounding_noise(const DoubleMap& f, const Matrix<double>& in, const Matrix<double>& size) {
  const Matrix<double> still = f(in);
  Matrix<double> noise = Matrix<double>::Zero(still.rows(), still.cols());
  std::mt19937_64 rng{20240522};
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

}  // namespace laws
