#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/numerics/small_matrices.hpp>
#include <bijou/numerics/staircase_product.hpp>
#include <bijou/numerics/triangular.hpp>
#include <bijou/signals/channel_matrices.hpp>
#include <string>
#include <utility>

namespace bijou {

/// z_p = W x_p at each of P pixels, W a C x C matrix: the invertible 1x1 convolution of Kingma & Dhariwal 2018 (Glow),
/// section 3.2. Events are C x P, channel slowest. log|det dz/dx| = P ln|det W|. The matrix, its determinant and its
/// inverse are computed in double, once for each tile.
///
/// @f[ z_{\cdot p} = W x_{\cdot p}, \qquad \ln\left|\det\frac{\partial z}{\partial x}\right| = P \ln|\det W| @f]
///
/// T: float or double. Matrix: how W is made of parameters, PLUMatrix, which cannot become singular, or FreeMatrix.
/// Throws std::invalid_argument unless there is a pixel.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::InvertibleConvolution<float> f{16, bijou::PLUMatrix<float>{4, rng}};  // 4 channels, 16 pixels
/// const Eigen::VectorXf x = f.forward(Eigen::VectorXf(Eigen::VectorXf::Ones(64)));
/// @endcode
template <class T, class Matrix = PLUMatrix<T>>
class InvertibleConvolution : public BijectorCalls<InvertibleConvolution<T, Matrix>> {
 public:
  using Scalar = T;
  static constexpr int static_event_size = Eigen::Dynamic;
  static constexpr const char* name = "InvertibleConvolution";
  static constexpr const char* formula = "z[:, p] = W x[:, p]";

  InvertibleConvolution(Index pixels, Matrix matrix) : pixels_(pixels), matrix_(std::move(matrix)) {
    if (pixels < 1) detail::throw_invalid_argument(name, "expected at least 1 pixel, got ", pixels);
  }

  std::string shape() const { return detail::joined({channels(), " x ", pixels_}); }
  Index event_size() const { return pixels_ * channels(); }
  /// P.
  Index pixels() const { return pixels_; }
  /// C.
  Index channels() const { return matrix_.size(); }
  /// W, as its parameters make it.
  const Matrix& matrix() const { return matrix_; }

  static constexpr auto members() {
    return Members{structure("pixels", &InvertibleConvolution::pixels_),
                   part("matrix", &InvertibleConvolution::matrix_)};
  }

  using BijectorCalls<InvertibleConvolution>::forward;
  using BijectorCalls<InvertibleConvolution>::inverse;

  void forward(Evaluation<T> e) const {
    const Arena::Frame frame(e.pass.arena);
    const Numbers w(*this, e.pass.arena);
    multiply(w.rounded(w.inverse), 1, e.input, e.output, w);
    e.log_det -= static_cast<double>(pixels_) * w.log_det;
  }

  void inverse(Evaluation<T> e) const {
    const Arena::Frame frame(e.pass.arena);
    const Numbers w(*this, e.pass.arena);
    multiply(w.rounded(w.matrix), 1, e.input, e.output, w);
    e.log_det += static_cast<double>(pixels_) * w.log_det;
  }

  // x = W^-1 z: with a = W^-T dL/dx, dL/dz = a, dL/dW = -sum_p a x^T, and the log-det is -P ln|det W|.
  void forward_pullback(Pullback<T> p) const {
    const Arena::Frame frame(p.pass.arena);
    const Numbers w(*this, p.pass.arena);
    multiply(w.rounded(w.inverse), channels(), p.output_gradient, p.input_gradient, w);
    add_gradient(-1, p.input_gradient, p.output, w, p);
  }

  // z = W x: dL/dx = W^T dL/dz, dL/dW = sum_p dL/dz x^T.
  void inverse_pullback(Pullback<T> p) const {
    const Arena::Frame frame(p.pass.arena);
    const Numbers w(*this, p.pass.arena);
    multiply(w.rounded(w.matrix), channels(), p.output_gradient, p.input_gradient, w);
    add_gradient(1, p.output_gradient, p.input, w, p);
  }

 private:
  /// W and its inverse, row after row.
  struct Numbers {
    Arena& arena;
    Index size;
    double* matrix;
    double* inverse;
    double log_det;
    detail::DepthRange* all;  // of each row all columns

    Numbers(const InvertibleConvolution& f, Arena& memory)
        : arena(memory),
          size(f.channels()),
          matrix(memory.template zeros<double>(size * size).data()),
          inverse(memory.template zeros<double>(size * size).data()),
          all(memory.template objects<detail::DepthRange>(size)) {
      f.matrix_.write(matrix);
      std::copy_n(matrix, size * size, inverse);
      log_det = detail::invert_in_place(inverse, size, memory.template objects<Index>(size));
      std::fill_n(all, size, detail::DepthRange{0, size});
    }

    /// In the scalar of the events.
    const T* rounded(const double* numbers) const {
      T* const made = arena.template zeros<T>(size * size).data();
      std::transform(numbers, numbers + size * size, made, [](double x) { return static_cast<T>(x); });
      return made;
    }
  };

  /// out = M in at each pixel, or M^T in: row_step = 1 takes the rows of M, row_step = C its columns.
  void multiply(const T* m, Index depth_step, ConstTile<T> in, Tile<T> out, const Numbers& w) const {
    const Index row_step = depth_step == 1 ? channels() : 1, stride = pixels_ * in.outerStride();
    for (Index p = 0; p < pixels_; ++p) {
      detail::multiply_rows<T>(0, channels(), {m, row_step, depth_step}, w.all, nullptr,
                               in.data() + p * in.outerStride(), stride, out.data() + p * out.outerStride(),
                               pixels_ * out.outerStride(), in.cols(), [](Index, Index) {});
    }
  }

  /// dL/dW = sign sum_p g x^T, and that of the log-det.
  void add_gradient(double sign, ConstTile<T> g, ConstTile<T> x, const Numbers& w, Pullback<T>& p) const {
    if (p.parameter_gradient.size() == 0) return;
    using V = Simd<T>;
    if (g.cols() % V::size != 0) {  // with zeros behind the last event
      g.rebind(detail::copy_of<T>(g, w.arena));
      x.rebind(detail::copy_of<T>(x, w.arena));
    }
    double* const d = w.arena.template zeros<double>(w.size * w.size).data();
    constexpr Index most = 4;
    for (Index i = 0; i < w.size; ++i) {
      for (Index j = 0; j < w.size; j += most) {
        const Index count = (std::min)(most, w.size - j);
        V sums[most] = {V(T(0)), V(T(0)), V(T(0)), V(T(0))};
        for (Index pixel = 0; pixel < pixels_; ++pixel) {
          for (Index n = 0; n < g.cols(); n += V::size) {
            const V factor = g.load(i * pixels_ + pixel, n);
            for (Index k = 0; k < count; ++k)
              sums[k] = multiply_add(factor, x.load((j + k) * pixels_ + pixel, n), sums[k]);
          }
        }
        for (Index k = 0; k < count; ++k)
          d[i * w.size + j + k] = sign * static_cast<double>(Eigen::internal::predux(sums[k].value));
      }
    }
    const double l = sign * static_cast<double>(pixels_) * static_cast<double>(p.log_det_gradient.sum());
    matrix_.add_gradient(d, l, w.inverse, p.parameter_gradient);
  }

  Index pixels_;
  Matrix matrix_;
};

}  // namespace bijou
