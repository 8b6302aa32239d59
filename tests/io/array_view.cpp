#include <bijou/io/array_view.hpp>
#include <vector>

#include "support/catch.hpp"

using namespace bijou;

namespace {

template <class T>
std::vector<T> numbers_of(const ArrayView& view) {
  REQUIRE(view.type() == tensor_type_of<T>);
  REQUIRE(view.byte_count() % sizeof(T) == 0);
  const auto* const first = static_cast<const T*>(view.data());
  return {first, first + view.byte_count() / sizeof(T)};
}

}  // namespace

TEST_CASE("an array has a row for each column of the matrix", "[io]") {
  Eigen::Matrix<float, 2, 3> events;
  events << 1, 2, 3, 4, 5, 6;
  const std::vector<Index> shape{3, 2};
  const std::vector<float> rows{1, 4, 2, 5, 3, 6};
  CHECK(ArrayView(events).data() == events.data());
  CHECK(ArrayView(events).shape() == shape);
  CHECK(numbers_of<float>(events) == rows);
  const Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> row_major = events.array();
  CHECK(ArrayView(row_major).shape() == shape);
  CHECK(numbers_of<float>(row_major) == rows);
  const ArrayView expression = 2 * events;
  CHECK(numbers_of<float>(expression) == std::vector<float>{2, 8, 4, 10, 6, 12});
  CHECK(numbers_of<float>(events.bottomRows(1)) == std::vector<float>{4, 5, 6});
  const ArrayView copy = ArrayView(events.array() + 1);
  CHECK(numbers_of<float>(copy) == std::vector<float>{2, 5, 3, 6, 4, 7});
}

TEST_CASE("a row or a column by its type is an array of one dimension", "[io]") {
  const Eigen::VectorXi column = Eigen::VectorXi::LinSpaced(3, 1, 3);
  const Eigen::RowVectorXi row = column.transpose();
  const std::vector<Index> shape{3};
  CHECK(ArrayView(column).shape() == shape);
  CHECK(ArrayView(row).shape() == shape);
  CHECK(ArrayView(row).data() == row.data());
  CHECK(numbers_of<int>(row) == std::vector<int>{1, 2, 3});
  const Eigen::Matrix<int, 2, 3, Eigen::RowMajor> matrix{{1, 2, 3}, {4, 5, 6}};
  CHECK(numbers_of<int>(matrix.col(1)) == std::vector<int>{2, 5});
  CHECK(ArrayView(matrix.row(1)).shape() == shape);
  CHECK(ArrayView(column.array() > 1).type() == TensorType::boolean);
  CHECK(ArrayView(Eigen::MatrixXd(0, 5)).byte_count() == 0);
}
