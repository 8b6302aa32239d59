#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/core/members.hpp>
#include <bijou/numerics/random.hpp>
#include <cmath>
#include <type_traits>

/// How a convolution keeps its weights: as they are, with weight norm, or with a learned scale for each output channel.
/// Each knows the weights w and biases b that the products run with, and how their gradients become those of its
/// members.
namespace bijou {

namespace detail {

/// The weights and biases that a convolution is computed with.
template <class T>
struct WeightsInUse {
  const T* weight;  // outputs x depth
  const T* bias;    // outputs
};

template <class T>
using WeightMatrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using WeightMap = Eigen::Map<WeightMatrix<T>>;

/// Numbers uniform in +-1/sqrt(depth), as torch's layers start with.
template <class M, class Rng>
void draw_uniform(M& numbers, Index depth, Rng& rng) {
  if constexpr (!std::is_same_v<Rng, NoNumbers>) {
    const double bound = 1 / std::sqrt(static_cast<double>(depth));
    for (auto& number : numbers.reshaped()) number = static_cast<typename M::Scalar>(bound * (2 * uniform(rng) - 1));
  }
}

}  // namespace detail

/// Weights of a convolution as they are: outputs x (inputs * taps), row by row as torch's, uniform in +-1/sqrt(fan-in)
/// at the start.
template <class T>
class FreeWeights {
 public:
  /// Outputs x depth, row-major as torch's.
  using Matrix = detail::WeightMatrix<T>;
  /// One number for each output.
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;

  template <class Rng>
  FreeWeights(Index outputs, Index depth, Rng& rng)
      : weight_(Matrix::Zero(outputs, depth)), bias_(Vector::Zero(outputs)) {
    detail::draw_uniform(weight_, depth, rng);
    detail::draw_uniform(bias_, depth, rng);
  }

  static constexpr auto members() {
    return Members{parameter("weight", &FreeWeights::weight_), parameter("bias", &FreeWeights::bias_)};
  }

  /// The weights as they are kept, outputs x depth.
  const Matrix& weight() const { return weight_; }
  /// One for each output.
  const Vector& bias() const { return bias_; }
  /// Channels that the convolution gives.
  Index outputs() const { return weight_.rows(); }
  /// Numbers that each output is a sum of: inputs * taps.
  Index depth() const { return weight_.cols(); }
  /// Numbers of all members.
  Index parameter_count() const { return weight_.size() + bias_.size(); }

  /// w and b, in the arena unless they are members.
  detail::WeightsInUse<T> in_use(Arena&) const { return {weight_.data(), bias_.data()}; }
  /// Adds to the gradient for the members: add(dL/dw, dL/db) adds those for what is in use.
  template <class Add>
  void add_gradient(T* gradient, Arena&, Add add) const {
    add(gradient, gradient + weight_.size());
  }

 private:
  Matrix weight_;
  Vector bias_;
};

/// Glow's convolution with a zero start, with one kappa for each output, all 0 at the start. Kingma and Dhariwal 2018,
/// Glow: Generative Flow with Invertible 1x1 Convolutions.
///
/// @f[ w_o = e^{3 \kappa_o} W_o, \qquad b_o = e^{3 \kappa_o} B_o @f]
///
/// dL/dW = e^(3 kappa) dL/dw, dL/dkappa_o = 3 (sum of w dL/dw over row o + b_o dL/db_o).
template <class T>
class ZeroWeights {
 public:
  /// Outputs x depth, row-major as torch's.
  using Matrix = detail::WeightMatrix<T>;
  /// One number for each output.
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  /// How much faster the logarithms of the scales move than kappa.
  static constexpr T rate = T(3);

  template <class Rng>
  ZeroWeights(Index outputs, Index depth, Rng&)
      : weight_(Matrix::Zero(outputs, depth)), bias_(Vector::Zero(outputs)), log_scale_(Vector::Zero(outputs)) {}

  static constexpr auto members() {
    return Members{parameter("weight", &ZeroWeights::weight_), parameter("bias", &ZeroWeights::bias_),
                   parameter("log_scale", &ZeroWeights::log_scale_)};
  }

  /// The weights as they are kept, outputs x depth.
  const Matrix& weight() const { return weight_; }
  /// One for each output.
  const Vector& bias() const { return bias_; }
  /// kappa, one for each output.
  const Vector& log_scale() const { return log_scale_; }
  /// Channels that the convolution gives.
  Index outputs() const { return weight_.rows(); }
  /// Numbers that each output is a sum of: inputs * taps.
  Index depth() const { return weight_.cols(); }
  /// Numbers of all members.
  Index parameter_count() const { return weight_.size() + 2 * bias_.size(); }

  /// w and b, in the arena unless they are members.
  detail::WeightsInUse<T> in_use(Arena& arena) const {
    T* const numbers = arena.template row<T>(weight_.size() + outputs()).data();
    T* const bias = numbers + weight_.size();
    for (Index o = 0; o < outputs(); ++o) {
      const T scale = std::exp(rate * log_scale_(o));
      detail::WeightMap<T>(numbers, outputs(), depth()).row(o) = scale * weight_.row(o);
      bias[o] = scale * bias_(o);
    }
    return {numbers, bias};
  }
  /// Adds to the gradient for the members: add(dL/dw, dL/db) adds those for what is in use.
  template <class Add>
  void add_gradient(T* gradient, Arena& arena, Add add) const {
    const Arena::Frame frame(arena);
    const auto flat = arena.template zeros<T>(weight_.size() + outputs());
    T* const d_weight = const_cast<T*>(flat.data());
    T* const d_bias = d_weight + weight_.size();
    add(d_weight, d_bias);
    const detail::WeightMap<T> of_weight(d_weight, outputs(), depth());
    detail::WeightMap<T> to_weight(gradient, outputs(), depth());
    T* const to_bias = gradient + weight_.size();
    T* const to_log_scale = to_bias + outputs();
    for (Index o = 0; o < outputs(); ++o) {
      const T scale = std::exp(rate * log_scale_(o));
      to_weight.row(o) += scale * of_weight.row(o);
      to_bias[o] += scale * d_bias[o];
      to_log_scale[o] += rate * scale * (weight_.row(o).dot(of_weight.row(o)) + bias_(o) * d_bias[o]);
    }
  }

 private:
  Matrix weight_;
  Vector bias_;
  Vector log_scale_;
};

/// Weight norm of each row o of the weights. Salimans and Kingma 2016, Weight Normalization. v is normal with the
/// variance 2 / fan-in, g = |v|, and the biases are 0 at the start.
///
/// @f[ w_o = g_o \frac{v_o}{|v_o|} @f]
///
/// dL/dg = v . dL/dw / |v|, dL/dv = g / |v| (dL/dw - dL/dg v / |v|), which is orthogonal to v. A row v of zeros counts
/// as weights of zero.
template <class T>
class NormalizedWeights {
 public:
  /// Outputs x depth, row-major as torch's.
  using Matrix = detail::WeightMatrix<T>;
  /// One number for each output.
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;

  template <class Rng>
  NormalizedWeights(Index outputs, Index depth, Rng& rng)
      : direction_(Matrix::Zero(outputs, depth)), gain_(Vector::Zero(outputs)), bias_(Vector::Zero(outputs)) {
    if constexpr (!std::is_same_v<Rng, detail::NoNumbers>) {
      const double deviation = std::sqrt(2 / static_cast<double>(depth));
      for (T& number : direction_.reshaped()) number = static_cast<T>(deviation * normal(rng));
      gain_ = direction_.rowwise().norm();
    }
  }

  static constexpr auto members() {
    return Members{parameter("direction", &NormalizedWeights::direction_), parameter("gain", &NormalizedWeights::gain_),
                   parameter("bias", &NormalizedWeights::bias_)};
  }

  /// v, outputs x depth.
  const Matrix& direction() const { return direction_; }
  /// g, one for each output.
  const Vector& gain() const { return gain_; }
  /// One for each output.
  const Vector& bias() const { return bias_; }
  /// Channels that the convolution gives.
  Index outputs() const { return direction_.rows(); }
  /// Numbers that each output is a sum of: inputs * taps.
  Index depth() const { return direction_.cols(); }
  /// Numbers of all members.
  Index parameter_count() const { return direction_.size() + 2 * bias_.size(); }

  /// w and b, in the arena unless they are members.
  detail::WeightsInUse<T> in_use(Arena& arena) const {
    T* const weight = arena.template row<T>(direction_.size()).data();
    for (Index o = 0; o < outputs(); ++o) {
      detail::WeightMap<T>(weight, outputs(), depth()).row(o) = gain_(o) * inverse_norm(o) * direction_.row(o);
    }
    return {weight, bias_.data()};
  }
  /// Adds to the gradient for the members: add(dL/dw, dL/db) adds those for what is in use.
  template <class Add>
  void add_gradient(T* gradient, Arena& arena, Add add) const {
    const Arena::Frame frame(arena);
    T* const d_weight = const_cast<T*>(arena.template zeros<T>(direction_.size()).data());
    T* const to_gain = gradient + direction_.size();
    add(d_weight, to_gain + outputs());
    const detail::WeightMap<T> of_weight(d_weight, outputs(), depth());
    detail::WeightMap<T> to_direction(gradient, outputs(), depth());
    for (Index o = 0; o < outputs(); ++o) {
      const T inverse = inverse_norm(o);
      const T d_gain = inverse * direction_.row(o).dot(of_weight.row(o));
      to_gain[o] += d_gain;
      to_direction.row(o) += gain_(o) * inverse * (of_weight.row(o) - d_gain * inverse * direction_.row(o));
    }
  }

 private:
  T inverse_norm(Index o) const {
    const T norm = direction_.row(o).norm();
    return norm > T(0) ? T(1) / norm : T(0);
  }

  Matrix direction_;
  Vector gain_;
  Vector bias_;
};

}  // namespace bijou
