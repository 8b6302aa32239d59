#pragma once

#include <bijou/core/index.hpp>
#include <bijou/io/tensor.hpp>
#include <cstddef>
#include <memory>
#include <vector>

namespace bijou {

/// The numbers of an Eigen matrix as an array for a file. The D x N matrix of a batch is an array of N rows of D
/// numbers, one event in each row, as tables are in Python; what has one row or one column by its type, say the
/// log_prob of a batch, is an array of one dimension. Refers to the matrix; of an expression it keeps the values.
///
/// @code{.cpp}
/// #include <bijou/io/array_view.hpp>
///
/// const Eigen::Matrix2Xd events = Eigen::Matrix2Xd::Zero(2, 100);
/// const bijou::ArrayView view = events;
/// std::printf("%ld rows of %ld numbers\n", long(view.shape()[0]), long(view.shape()[1]));
/// @endcode
class ArrayView {
 public:
  template <class Derived>
  ArrayView(const Eigen::DenseBase<Derived>& matrix) : type_(tensor_type_of<typename Derived::Scalar>) {
    using Scalar = typename Derived::Scalar;
    if constexpr (Derived::IsVectorAtCompileTime)
      shape_ = {matrix.size()};
    else
      shape_ = {matrix.cols(), matrix.rows()};
    if constexpr (is_in_place<Derived>) {
      data_ = matrix.derived().data();
    } else {
      const auto values = std::make_shared<const Eigen::Array<Scalar, Eigen::Dynamic, Eigen::Dynamic>>(matrix);
      data_ = values->data();
      values_ = values;
    }
  }

  /// The type of its numbers.
  TensorType type() const { return type_; }
  const std::vector<Index>& shape() const { return shape_; }
  /// The last index of the shape runs fastest.
  const void* data() const { return data_; }
  /// How many bytes its numbers take.
  std::size_t byte_count() const {
    std::size_t count = size_of(type_);
    for (const Index extent : shape_) count *= static_cast<std::size_t>(extent);
    return count;
  }

 private:
  /// Whether the columns lie one after the other in memory.
  template <class Derived>
  static constexpr bool is_in_place = std::is_base_of_v<Eigen::PlainObjectBase<Derived>, Derived> &&
                                      (Derived::IsVectorAtCompileTime || !Derived::IsRowMajor);

  TensorType type_;
  std::vector<Index> shape_;
  const void* data_ = nullptr;
  std::shared_ptr<const void> values_;
};

}  // namespace bijou
