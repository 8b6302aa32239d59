#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/io/array_view.hpp>
#include <bijou/io/atomic_file.hpp>
#include <bijou/io/convert_number.hpp>
#include <bijou/io/file_bytes.hpp>
#include <bijou/io/tensor.hpp>
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <hdf5.h>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace bijou {
namespace detail {

/// An object of HDF5, closed by the function that belongs to its kind; negative: there is none.
class Hdf5Handle {
 public:
  Hdf5Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Hdf5Handle(const Hdf5Handle&) = delete;
  Hdf5Handle& operator=(const Hdf5Handle&) = delete;
  ~Hdf5Handle() {
    if (id_ >= 0) close_(id_);
  }
  hid_t get() const { return id_; }
  bool is_valid() const { return id_ >= 0; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

/// While it lives, HDF5 prints no errors, which are reported by exceptions.
class Hdf5Silence {
 public:
  Hdf5Silence() {
    H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  Hdf5Silence(const Hdf5Silence&) = delete;
  Hdf5Silence& operator=(const Hdf5Silence&) = delete;
  ~Hdf5Silence() { H5Eset_auto2(H5E_DEFAULT, print_, data_); }

 private:
  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
};

/// What HDF5 says was wrong, at the innermost call.
inline std::string hdf5_reason() {
  std::string reason = "HDF5 gives no reason";
  const auto take = [](unsigned, const H5E_error2_t* error, void* text) -> herr_t {
    if (error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, take, &reason);
  return reason;
}

inline hid_t hdf5_type(TensorType type) {
  switch (type) {
    case TensorType::boolean:
    case TensorType::u8:
      return H5T_NATIVE_UINT8;
    case TensorType::i8:
      return H5T_NATIVE_INT8;
    case TensorType::u16:
      return H5T_NATIVE_UINT16;
    case TensorType::i16:
      return H5T_NATIVE_INT16;
    case TensorType::u32:
      return H5T_NATIVE_UINT32;
    case TensorType::i32:
      return H5T_NATIVE_INT32;
    case TensorType::u64:
      return H5T_NATIVE_UINT64;
    case TensorType::i64:
      return H5T_NATIVE_INT64;
    case TensorType::f32:
      return H5T_NATIVE_FLOAT;
    default:
      return H5T_NATIVE_DOUBLE;
  }
}

/// For external links, which would read other files.
inline herr_t refuse_external_link(const char*, const char*, const char*, const char*, unsigned*, hid_t, void* is_met) {
  *static_cast<bool*>(is_met) = true;
  return -1;
}

/// Reads all rows of a dataset as numbers that hold every one of the file, and converts them.
template <class Wide, class Matrix>
void read_hdf5_in_pieces(hid_t data, hid_t space, Matrix& matrix, const std::filesystem::path& path,
                         const std::string& place) {
  using T = typename Matrix::Scalar;
  const Index rows = matrix.cols(), columns = matrix.rows();
  const Index most = (std::max)(Index{1}, Index{8192} / columns);
  Eigen::Matrix<Wide, Eigen::Dynamic, Eigen::Dynamic> piece(columns, (std::min)(most, rows));
  for (Index first = 0; first < rows; first += most) {
    const Index count = (std::min)(most, rows - first);
    const hsize_t start[2] = {static_cast<hsize_t>(first), 0};
    const hsize_t extents[2] = {static_cast<hsize_t>(count), static_cast<hsize_t>(columns)};
    if (H5Sget_simple_extent_ndims(space) > 0)
      H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nullptr, extents, nullptr);
    const Hdf5Handle in_memory(H5Screate_simple(2, extents, nullptr), H5Sclose);
    if (H5Dread(data, hdf5_type(tensor_type_of<Wide>), in_memory.get(), space, H5P_DEFAULT, piece.data()) < 0)
      throw_file_error_at(path, place, hdf5_reason());
    for (Index n = 0; n < count; ++n) {
      for (Index i = 0; i < columns; ++i) {
        if (converted(piece(i, n), matrix(i, first + n))) continue;
        throw_file_error_at(path, place, text_of_number(piece(i, n)), " in row ", first + n, ", column ", i,
                            " is out of the range of ", python_name(tensor_type_of<T>));
      }
    }
  }
}

/// The lengths of an array of one or two dimensions, as rows and columns of a table.
inline std::pair<Index, Index> hdf5_shape(hid_t space, const std::filesystem::path& path, const std::string& place) {
  const int dimensions = H5Sget_simple_extent_ndims(space);
  if (H5Sget_simple_extent_type(space) == H5S_NULL) throw_file_error_at(path, place, "has no numbers");
  if (dimensions < 0 || dimensions > 2)
    throw_file_error_at(path, place, "an array of ", dimensions, " dimensions, expected at most 2");
  hsize_t extents[2] = {1, 1};
  H5Sget_simple_extent_dims(space, extents, nullptr);
  constexpr auto most = static_cast<hsize_t>((std::numeric_limits<Index>::max)()) / sizeof(double);
  if (extents[0] > most || (extents[0] > 0 && extents[1] > most / extents[0]))
    throw_file_error_at(path, place, "an array of ", extents[0], " x ", extents[1], " numbers is too large");
  return {static_cast<Index>(extents[0]), static_cast<Index>(extents[1])};
}

}  // namespace detail

/// A dataset of an HDF5 file, as h5py or pandas' to_hdf write it, with events as columns: N rows of D numbers are a D x
/// N matrix, one dimension of N numbers is 1 x N. dataset: its path in the file, "events" or "group/events". Any
/// floating-point or integer type, h5py's booleans, any order of bytes, chunked and compressed as the installed HDF5
/// can read it. T: float, double or an integer type. Results are rounded; numbers beyond the range of T are refused,
/// and so are fractions for a whole T and what lies in other files, by an external link or otherwise. Throws FileError.
/// Needs HDF5's C library (Debian: libhdf5-dev; `pkg-config --cflags --libs hdf5`).
///
/// @code{.cpp}
/// #include <bijou/io/hdf5.hpp>
///
/// int main() {
///   const Eigen::MatrixXf events = Eigen::MatrixXf::Random(3, 1000);
///   bijou::write_hdf5("events.h5", "training/events", events);
///   // in Python: h5py.File("events.h5")["training/events"].shape == (1000, 3)
///   const Eigen::MatrixXd same = bijou::read_hdf5<double>("events.h5", "training/events");  // 3 x 1000
/// }
/// @endcode
template <class T>
requires(!std::same_as<T, bool>)
Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> read_hdf5(const std::filesystem::path& path,
                                                           const std::string& dataset) {
  using detail::Hdf5Handle;
  (void)FileBytes(path);  // says better than HDF5 why it cannot be read
  const detail::Hdf5Silence silence;
  const std::string place = "dataset " + dataset;
  const Hdf5Handle file(H5Fopen(path.string().c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!file.is_valid()) detail::throw_file_error(path, "cannot be read: ", detail::hdf5_reason());
  const Hdf5Handle links(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  bool is_elsewhere = false;
  H5Pset_elink_cb(links.get(), detail::refuse_external_link, &is_elsewhere);
  const Hdf5Handle data(H5Dopen2(file.get(), dataset.c_str(), links.get()), H5Dclose);
  if (is_elsewhere) detail::throw_file_error_at(path, place, "lies in another file");
  if (!data.is_valid()) detail::throw_file_error_at(path, place, detail::hdf5_reason());

  const Hdf5Handle properties(H5Dget_create_plist(data.get()), H5Pclose);
  if (H5Pget_layout(properties.get()) == H5D_VIRTUAL || H5Pget_external_count(properties.get()) != 0)
    detail::throw_file_error_at(path, place, "lies in another file");
  const Hdf5Handle type(H5Dget_type(data.get()), H5Tclose);
  const H5T_class_t kind = H5Tget_class(type.get());
  const bool is_whole = kind == H5T_INTEGER || kind == H5T_ENUM;
  if ((!is_whole && (kind != H5T_FLOAT || std::integral<T>)) || H5Tget_size(type.get()) > 8)
    detail::throw_file_error_at(path, place, "expected ", std::integral<T> ? "whole numbers" : "numbers",
                                " of 64 bits at most");
  const Hdf5Handle space(H5Dget_space(data.get()), H5Sclose);
  const auto [rows, columns] = detail::hdf5_shape(space.get(), path, place);

  Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> matrix(columns, rows);
  if (matrix.size() == 0) return matrix;
  const hid_t wanted = detail::hdf5_type(tensor_type_of<T>);
  if (H5Tequal(type.get(), wanted) > 0) {
    if (H5Dread(data.get(), wanted, H5S_ALL, H5S_ALL, H5P_DEFAULT, matrix.data()) < 0)
      detail::throw_file_error_at(path, place, detail::hdf5_reason());
  } else if (!is_whole) {
    detail::read_hdf5_in_pieces<double>(data.get(), space.get(), matrix, path, place);
  } else if (kind == H5T_INTEGER && H5Tget_sign(type.get()) == H5T_SGN_NONE) {
    detail::read_hdf5_in_pieces<std::uint64_t>(data.get(), space.get(), matrix, path, place);
  } else {
    detail::read_hdf5_in_pieces<std::int64_t>(data.get(), space.get(), matrix, path, place);
  }
  return matrix;
}

/// Writes an HDF5 file with this one dataset, and the groups in its path: N rows of D numbers for a D x N matrix, one
/// dimension for what is a row or a column by its type (array_view.hpp); booleans as whole numbers. The file is put
/// together in memory. Throws FileError if that fails; what was there before stays then.
inline void write_hdf5(const std::filesystem::path& path, const std::string& dataset, const ArrayView& array) {
  using detail::Hdf5Handle;
  const detail::Hdf5Silence silence;
  const auto require = [&](bool is_done) {
    if (!is_done) detail::throw_file_error_at(path, "dataset " + dataset, "cannot be written: ", detail::hdf5_reason());
  };
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  require(H5Pset_fapl_core(access.get(), std::size_t{1} << 20, false) >= 0);  // in memory, no file behind it
  const Hdf5Handle file(H5Fcreate(path.string().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
  require(file.is_valid());
  {
    std::vector<hsize_t> extents;
    for (const Index extent : array.shape()) extents.push_back(static_cast<hsize_t>(extent));
    const Hdf5Handle space(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), H5Sclose);
    const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(links.get(), 1);
    const hid_t type = detail::hdf5_type(array.type());
    const Hdf5Handle data(
        H5Dcreate2(file.get(), dataset.c_str(), type, space.get(), links.get(), H5P_DEFAULT, H5P_DEFAULT), H5Dclose);
    require(data.is_valid());
    require(array.byte_count() == 0 || H5Dwrite(data.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.data()) >= 0);
  }
  require(H5Fflush(file.get(), H5F_SCOPE_GLOBAL) >= 0);
  const ssize_t size = H5Fget_file_image(file.get(), nullptr, 0);
  require(size > 0);
  std::vector<char> image(static_cast<std::size_t>(size));
  require(H5Fget_file_image(file.get(), image.data(), image.size()) == size);
  AtomicFile out(path);
  out.write(image.data(), image.size());
  out.commit();
}

}  // namespace bijou
