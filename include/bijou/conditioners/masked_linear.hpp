#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/core/function_ref.hpp>
#include <bijou/core/members.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/numerics/staircase_product.hpp>
#include <bijou/numerics/staircase_vector.hpp>
#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

namespace bijou {

/// y = W x + b, where W has entries inside its staircase only; nothing outside it is read or written.
///
/// Units are sorted by degree, and a row sees the columns of its own or a smaller degree (outputs: of a smaller
/// degree). Tiles of more than one event run with the events in SIMD packets; a single event, which must come as a
/// contiguous column (Arena::units), with the packets along the rows of W. T: float or double.
template <class T>
class MaskedLinear {
 public:
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  using RowsDone = detail::FunctionRef<void(Index row, Index count)>;

  /// The staircase is that of numerics/staircase.hpp. Weights and biases are uniform in +-scale/sqrt(columns) (torch's
  /// Linear for a scale of 1).
  template <class Rng>
  MaskedLinear(detail::Staircase shape, double scale, Rng& rng) : shape_(std::move(shape)) {
    const auto rows = static_cast<Index>(shape_.rows.size());
    const auto columns = static_cast<Index>(shape_.columns.size());
    weight_ = Matrix::Zero(rows, columns);
    bias_ = Vector::Zero(rows);
    if constexpr (std::is_same_v<Rng, detail::NoNumbers>) return;
    const double bound = scale / std::sqrt(static_cast<double>(std::max<Index>(columns, 1)));
    const auto draw = [&] { return static_cast<T>(bound * (2.0 * uniform(rng) - 1.0)); };
    for (Index r = 0; r < rows; ++r) {
      for (Index k = 0; k < visible(r); ++k) weight_(r, k) = draw();
    }
    for (Index r = 0; r < rows; ++r) bias_(r) = draw();
  }

  static constexpr auto members() {
    return std::tuple{parameter("weight", &MaskedLinear::weight_), parameter("bias", &MaskedLinear::bias_)};
  }

  const Matrix& weight() const { return weight_; }  // out x in, row-major as torch's
  const Vector& bias() const { return bias_; }
  Index rows() const { return weight_.rows(); }
  Index columns() const { return weight_.cols(); }

  /// How many columns row r sees.
  Index visible(Index r) const { return shape_.rows[static_cast<std::size_t>(r)].end; }
  /// The first row of step s; for the number of steps, the number of rows.
  Index first_row(int s) const { return shape_.row_steps[static_cast<std::size_t>(s)]; }

  /// Rows first, ..., last - 1 of y = W x + b. done(row, count) is called when so many rows of y are there, still hot.
  void multiply(Index first, Index last, ConstTile<T> x, Tile<T> y, int threads, RowsDone done) const {
    if (first == last) return;
    if (x.cols() == 1) {
      detail::multiply_vector(first, last, weight_.data(), columns(), shape_, bias_.data(), x.data(), y.data(),
                              y.outerStride());
      done(first, last - first);
      return;
    }
    detail::for_row_ranges<T>(first, last, columns() * x.cols(), threads, [&](Index from, Index to) {
      detail::multiply_rows<T>(from, to, {weight_.data(), columns(), 1}, shape_.rows.data(), bias_.data(), x.data(),
                               x.outerStride(), y.data(), y.outerStride(), x.cols(), done);
    });
  }

  /// Rows first, ..., last - 1 of x = W^T y, which is dL/dx for y = dL/dy.
  void multiply_transposed(Index first, Index last, ConstTile<T> y, Tile<T> x, int threads, RowsDone done) const {
    if (first == last) return;
    if (y.cols() == 1) {
      T* const out = x.data() + first;
      std::fill_n(out, last - first, T(0));
      for (Index r = shape_.columns[static_cast<std::size_t>(first)].begin; r < rows(); ++r) {
        detail::add_scaled(y(r, 0), weight_.data() + r * columns() + first,
                           (std::min)(visible(r) - first, last - first), out);
      }
      done(first, last - first);
      return;
    }
    detail::for_row_ranges<T>(first, last, rows() * y.cols(), threads, [&](Index from, Index to) {
      detail::multiply_rows<T>(from, to, {weight_.data(), 1, columns()}, shape_.columns.data(),
                               static_cast<const T*>(nullptr), y.data(), y.outerStride(), x.data(), x.outerStride(),
                               y.cols(), done);
    });
  }

  /// dL/dW += y x^T and dL/db += sum over events of y, for y = dL/dy, at the place of this layer in a flat gradient.
  void add_gradient(ConstTile<T> y, ConstTile<T> x, T* gradient, int threads, Arena& arena) const {
    Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>> d_bias(gradient + weight_.size(), rows());
    if (x.cols() == 1) {
      for (Index r = 0; r < rows(); ++r) detail::add_scaled(y(r, 0), x.data(), visible(r), gradient + r * columns());
      d_bias += y.col(0);
      return;
    }
    const Arena::Frame frame(arena);
    const Tile<T> transposed = arena.tile<T>(x.cols(), columns());
    detail::transpose(x.data(), columns(), x.cols(), x.outerStride(), transposed.data(), transposed.outerStride());
    detail::for_row_ranges<T>(0, rows(), x.cols() * columns(), threads, [&](Index from, Index to) {
      detail::add_product<T>(from, to, {y.data(), y.outerStride(), 1}, x.cols(), shape_.rows.data(), transposed.data(),
                             transposed.outerStride(), gradient, columns());
    });
    d_bias += y.rowwise().sum();
  }

 private:
  Matrix weight_;
  Vector bias_;
  detail::Staircase shape_;
};

namespace detail {

/// out(r, n) = f(in(r, n)...) for tiles of units of one shape (Arena::units), with a Simd<T> at a time; out may be an
/// in. Rows are computed to the end of their last packet. A single event's units are one vector; behind its end nothing
/// changes.
template <class T, class F, class... In>
EIGEN_STRONG_INLINE void transform_units(F f, Tile<T> out, In... in) {
  constexpr Index width = Simd<T>::size;
  if (out.cols() == 1) {
    for (Index r = 0; r < out.rows(); r += width) {
      Simd<T> values = f(in.load(r, 0)...);
      if (r + width > out.rows()) {
        const Simd<T> end(static_cast<T>(out.rows() - r));
        values = select(Simd<T>(load(lane_numbers<T>.data())) < end, values, out.load(r, 0));
      }
      out.store(r, 0, values);
    }
    return;
  }
  for (Index r = 0; r < out.rows(); ++r) {
    for (Index n = 0; n < out.cols(); n += width) out.store(r, n, f(in.load(r, n)...));
  }
}

}  // namespace detail
}  // namespace bijou
