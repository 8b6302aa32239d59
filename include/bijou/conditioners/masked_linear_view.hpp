#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/core/function_ref.hpp>
#include <bijou/numerics/staircase_product.hpp>
#include <bijou/numerics/staircase_vector.hpp>
#include <algorithm>
#include <cstddef>

namespace bijou {

/// The products of a masked matrix with tiles, over numbers that lie elsewhere: in a MaskedLinear, or among the
/// constants of a program.
///
/// @f[ y = W x + b @f]
///
/// T: float or double. Tiles of more than one event run with the events in SIMD packets; a single event, which must
/// come as a contiguous column (Arena::units), with the packets along the rows of W.
template <class T>
class MaskedLinearView {
 public:
  /// Called as rows of a result are done, so that work on them can begin.
  using RowsDone = detail::FunctionRef<void(Index row, Index count)>;

  /// weight: rows x columns, row-major; bias: a number for each row. All must outlive the view.
  constexpr MaskedLinearView(const T* weight, const T* bias, Index rows, Index columns, detail::StaircaseView shape)
      : weight_(weight), bias_(bias), rows_(rows), columns_(columns), shape_(shape) {}

  /// Units.
  constexpr Index rows() const { return rows_; }
  /// Inputs.
  constexpr Index columns() const { return columns_; }
  /// Weights and biases.
  Index parameter_count() const { return rows_ * columns_ + rows_; }

  /// How many columns row r sees.
  Index visible(Index r) const { return shape_.rows[r].end; }
  /// The first row of step s; for the number of steps, the number of rows.
  Index first_row(int s) const { return shape_.row_steps[s]; }

  /// Rows first, ..., last - 1 of y = W x + b. done(row, count) is called when so many rows of y are there, still hot.
  EIGEN_STRONG_INLINE void multiply(Index first, Index last, ConstTile<T> x, Tile<T> y, int threads,
                                    RowsDone done) const {
    if (first == last) return;
    if (x.cols() == 1) {
      detail::multiply_vector(first, last, weight_, columns_, shape_.rows, shape_.alike, bias_, x.data(), y.data(),
                              y.outerStride());
      done(first, last - first);
      return;
    }
    detail::for_row_ranges<T>(first, last, columns_ * x.cols(), threads, [&](Index from, Index to) {
      detail::multiply_rows<T>(from, to, {weight_, columns_, 1}, shape_.rows, bias_, x.data(), x.outerStride(),
                               y.data(), y.outerStride(), x.cols(), done);
    });
  }

  /// Rows first, ..., last - 1 of x = W^T y, which is dL/dx for y = dL/dy.
  EIGEN_STRONG_INLINE void multiply_transposed(Index first, Index last, ConstTile<T> y, Tile<T> x, int threads,
                                               RowsDone done) const {
    if (first == last) return;
    if (y.cols() == 1) {
      T* const out = x.data() + first;
      std::fill_n(out, last - first, T(0));
      for (Index r = shape_.columns[first].begin; r < rows_; ++r) {
        detail::add_scaled(y(r, 0), weight_ + r * columns_ + first, (std::min)(visible(r) - first, last - first), out);
      }
      done(first, last - first);
      return;
    }
    detail::for_row_ranges<T>(first, last, rows_ * y.cols(), threads, [&](Index from, Index to) {
      detail::multiply_rows<T>(from, to, {weight_, 1, columns_}, shape_.columns, static_cast<const T*>(nullptr),
                               y.data(), y.outerStride(), x.data(), x.outerStride(), y.cols(), done);
    });
  }

  /// dL/dW += y x^T and dL/db += sum over events of y, for y = dL/dy, at the place of this layer in a flat gradient.
  EIGEN_STRONG_INLINE void add_gradient(ConstTile<T> y, ConstTile<T> x, T* gradient, int threads, Arena& arena) const {
    Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>> d_bias(gradient + rows_ * columns_, rows_);
    if (x.cols() == 1) {
      for (Index r = 0; r < rows_; ++r) detail::add_scaled(y(r, 0), x.data(), visible(r), gradient + r * columns_);
      d_bias += y.col(0);
      return;
    }
    const Arena::Frame frame(arena);
    const Tile<T> transposed = arena.tile<T>(x.cols(), columns_);
    detail::transpose(x.data(), columns_, x.cols(), x.outerStride(), transposed.data(), transposed.outerStride());
    detail::for_row_ranges<T>(0, rows_, x.cols() * columns_, threads, [&](Index from, Index to) {
      detail::add_product<T>(from, to, {y.data(), y.outerStride(), 1}, x.cols(), shape_.rows, transposed.data(),
                             transposed.outerStride(), gradient, columns_);
    });
    d_bias += y.rowwise().sum();
  }

 private:
  const T* weight_;
  const T* bias_;
  Index rows_;
  Index columns_;
  detail::StaircaseView shape_;
};

}  // namespace bijou
