#pragma once

#include <bijou/core/index.hpp>
#include <bijou/io/array_view.hpp>
#include <bijou/io/atomic_file.hpp>
#include <bijou/io/byte_order.hpp>
#include <bijou/io/byte_source.hpp>
#include <bijou/io/convert_number.hpp>
#include <bijou/io/file_bytes.hpp>
#include <bijou/io/npy_header.hpp>
#include <bijou/io/tensor.hpp>
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bijou {
namespace detail {

/// The array whose header comes next, as a matrix with a column for each row of the array.
template <class T>
class NpyArrayReader {
 public:
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;

  explicit NpyArrayReader(ByteSource& source) : source_(source), header_(read_npy_header(source)) {
    if (header_.dimensions() > 2) {
      source.refuse("an array of ", header_.dimensions(),
                    " dimensions, expected at most 2; array.reshape(len(array), -1) has an event in each row");
    }
    rows_ = header_.dimensions() == 0 ? 1 : header_.shape[0];
    columns_ = header_.dimensions() == 2 ? header_.shape[1] : 1;
    const bool has_fractions =
        header_.type == TensorType::f16 || header_.type == TensorType::f32 || header_.type == TensorType::f64;
    if (std::integral<T> && has_fractions)
      source.refuse("numbers of type ", python_name(header_.type), ", expected whole ones");
  }

  Matrix read() {
    Matrix matrix(columns_, rows_);
    const bool is_in_order = !header_.is_fortran || rows_ == 1 || columns_ == 1;
    if (header_.type == tensor_type_of<T> && header_.type != TensorType::boolean && is_in_order)
      source_.read(matrix.data(), static_cast<std::size_t>(matrix.size()) * sizeof(T), numbers);
    else
      read_in_pieces(matrix, !is_in_order);
    return matrix;
  }

 private:
  static constexpr const char* numbers = "the numbers";

  void read_in_pieces(Matrix& matrix, bool is_fortran) {
    constexpr Index most = 8192;
    std::vector<unsigned char> bytes(most * size_of(header_.type));
    for (Index first = 0; first < matrix.size(); first += most) {
      const Index count = (std::min)(most, matrix.size() - first);
      source_.read(bytes.data(), static_cast<std::size_t>(count) * size_of(header_.type), numbers);
      const Tensor piece{"", header_.type, {count}, bytes.data()};
      piece.for_each([&](Index i, auto value) {
        const Index at = first + i;
        T& number = is_fortran ? matrix(at / rows_, at % rows_) : matrix.data()[at];
        const std::uint64_t offset = source_.offset() - static_cast<std::uint64_t>(count - i) * size_of(header_.type);
        if (header_.type == TensorType::boolean && value != 0 && value != 1)
          source_.refuse_at(offset, "a boolean is ", text_of_number(value), ", expected 0 or 1");
        if (!converted(value, number)) {
          source_.refuse_at(offset, text_of_number(value), " in row ", is_fortran ? at % rows_ : at / columns_,
                            ", column ", is_fortran ? at / rows_ : at % columns_, " is out of the range of ",
                            python_name(tensor_type_of<T>));
        }
      });
    }
  }

  ByteSource& source_;
  NpyHeader header_;
  Index rows_;  // of the array
  Index columns_;
};

}  // namespace detail

/// As read_npy, of bytes in memory; path: for messages.
template <class T>
Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> parse_npy(std::string_view bytes,
                                                           const std::filesystem::path& path = "bytes") {
  return detail::with_source(bytes, path,
                             [](detail::ByteSource& source) { return detail::NpyArrayReader<T>(source).read(); });
}

/// The array of a .npy file, as numpy.save writes it, with events as columns: an array of N rows of D numbers, in
/// Python one event in each row, is a D x N matrix. An array of one dimension, N numbers, is N events of one, 1 x N; a
/// single number is 1 x 1. Versions 1 to 3 of the format; C or Fortran order; float16 to float64, integers and
/// booleans, little-endian. T: float, double, an integer type or bool. Floating-point results are rounded from what is
/// in the file; a number beyond the range of T is refused, and so are fractions for a whole T. Infinities and NaN stay
/// what they are. Throws FileError with the file, the place in it and the reason.
///
/// @code{.cpp}
/// #include <bijou/io/npy.hpp>
///
/// int main() {
///   const Eigen::MatrixXf events = Eigen::MatrixXf::Random(3, 1000);
///   bijou::write_npy("events.npy", events);  // in Python: numpy.load("events.npy").shape == (1000, 3)
///   const Eigen::MatrixXd same = bijou::read_npy<double>("events.npy");  // 3 x 1000
/// }
/// @endcode
template <class T>
Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> read_npy(const std::filesystem::path& path) {
  const FileBytes bytes(path);
  return parse_npy<T>(detail::text_of(bytes), path);
}

/// Writes a .npy file, version 1, C order: N rows of D numbers for a D x N matrix, one dimension for what is a row or a
/// column by its type (array_view.hpp). Throws FileError if that fails; what was there before stays then.
inline void write_npy(const std::filesystem::path& path, const ArrayView& array) {
  AtomicFile file(path);
  const std::string start = detail::npy_start(array.type(), array.shape());
  file.write(start.data(), start.size());
  const std::size_t size = size_of(array.type());
  detail::write_numbers(file, array.data(), array.byte_count() / size, size);
  file.commit();
}

}  // namespace bijou
