#pragma once

#include <bijou/conditioners/masked_linear_view.hpp>
#include <bijou/core/members.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/numerics/staircase.hpp>
#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

namespace bijou {

/// A linear layer whose W has entries inside its staircase only; nothing outside it is read or written.
///
/// @f[ y = W x + b @f]
///
/// Units are sorted by degree, and a row sees the columns of its own or a smaller degree (outputs: of a smaller
/// degree). The products are those of its view. T: float or double.
template <class T>
class MaskedLinear {
 public:
  /// The weights, units x inputs.
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  /// Called as rows of a result are done, so that work on them can begin.
  using RowsDone = typename MaskedLinearView<T>::RowsDone;

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
    return Members{parameter("weight", &MaskedLinear::weight_), parameter("bias", &MaskedLinear::bias_)};
  }

  const Matrix& weight() const { return weight_; }  // out x in, row-major as torch's
  /// The biases, one for each unit.
  const Vector& bias() const { return bias_; }
  /// Units.
  Index rows() const { return weight_.rows(); }
  /// Inputs.
  Index columns() const { return weight_.cols(); }

  /// How many columns row r sees.
  Index visible(Index r) const { return shape_.rows[static_cast<std::size_t>(r)].end; }
  /// The first row of step s; for the number of steps, the number of rows.
  Index first_row(int s) const { return view().first_row(s); }
  Index parameter_count() const { return weight_.size() + bias_.size(); }

  // The products of the view. It is made here and not kept by callers, for whom that would cost more.
  void multiply(Index first, Index last, ConstTile<T> x, Tile<T> y, int threads, RowsDone done) const {
    view().multiply(first, last, x, y, threads, done);
  }
  /// The gradients for the inputs first to last - 1, x = W^T y, on so many threads.
  void multiply_transposed(Index first, Index last, ConstTile<T> y, Tile<T> x, int threads, RowsDone done) const {
    view().multiply_transposed(first, last, y, x, threads, done);
  }
  /// Adds the gradient for weights and biases, of the gradients y of the units and the inputs x.
  void add_gradient(ConstTile<T> y, ConstTile<T> x, T* gradient, int threads, Arena& arena) const {
    view().add_gradient(y, x, gradient, threads, arena);
  }

  /// The same numbers without owning them.
  MaskedLinearView<T> view() const { return {weight_.data(), bias_.data(), rows(), columns(), shape_.view()}; }

 private:
  Matrix weight_;
  Vector bias_;
  detail::Staircase shape_;
};

}  // namespace bijou
