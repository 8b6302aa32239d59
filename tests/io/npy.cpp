#include <bijou/io/npy.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "io/table_data.hpp"
#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace bijou;

namespace {

template <class T>
std::string bytes_of_array(const std::vector<T>& numbers, const std::vector<Index>& shape) {
  std::string bytes = detail::npy_start(tensor_type_of<T>, shape);
  bytes.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T));
  return bytes;
}

template <class T, class Stored>
std::string error_of_array(const std::vector<Stored>& numbers, const std::vector<Index>& shape) {
  return file_error_of([&] { parse_npy<T>(bytes_of_array(numbers, shape), "x.npy"); });
}

std::string error_of_file(const char* name) {
  const std::string message = file_error_of([&] { read_npy<double>(data_file(name)); });
  const std::string start = data_file(name).string();
  CHECK(message.rfind(start, 0) == 0);
  return message.substr((std::min)(start.size(), message.size()));
}

}  // namespace

TEST_CASE("what numpy writes has its events in columns here", "[io]") {
  const Eigen::MatrixXd events = data_events();
  for (const char* name : {"c_order_f8.npy", "fortran_order_f4.npy", "half_f2.npy", "version_2.npy", "version_3.npy"}) {
    CAPTURE(name);
    CHECK(read_npy<double>(data_file(name)) == events);
    CHECK(read_npy<float>(data_file(name)) == events.cast<float>());
  }
  CHECK(read_npy<std::int16_t>(data_file("fortran_order_i2.npy")) == events.cast<std::int16_t>());
  CHECK(read_npy<std::int64_t>(data_file("fortran_order_i2.npy")) == events.cast<std::int64_t>());
  CHECK(read_npy<bool>(data_file("booleans.npy")) == (events.array() > 0).matrix());
  CHECK(read_npy<float>(data_file("booleans.npy")) == (events.array() > 0).cast<float>().matrix());
  CHECK(read_npy<std::int64_t>(data_file("one_dimension_i8.npy")) ==
        Eigen::RowVector<std::int64_t, 4>(7, -8, 9, std::int64_t{1} << 60));
  CHECK(read_npy<double>(data_file("one_dimension_i8.npy")) == Eigen::RowVector4d(7, -8, 9, 0x1p60));
  CHECK(read_npy<double>(data_file("number_u1.npy")) == Eigen::Matrix<double, 1, 1>(200.0));
  const auto none = read_npy<double>(data_file("no_events.npy"));
  CHECK(none.rows() == 3);
  CHECK(none.cols() == 0);
}

TEST_CASE("what numpy writes besides numbers is refused", "[io]") {
  CHECK(error_of_file("big_endian.npy").find("numbers of type >f8 are big-endian") != std::string::npos);
  CHECK(error_of_file("complex.npy").find("has complex numbers (<c16)") != std::string::npos);
  CHECK(error_of_file("text.npy").find("has text (<U1)") != std::string::npos);
  CHECK(error_of_file("records.npy").find("has records") != std::string::npos);
  CHECK(error_of_file("times.npy").find("has times (<M8[D])") != std::string::npos);
  CHECK(error_of_file("objects.npy").find("has Python objects (|O)") != std::string::npos);
  CHECK(error_of_file("three_dimensions.npy") ==
        ": an array of 3 dimensions, expected at most 2; array.reshape(len(array), -1) has an event in each row");
  CHECK(error_of_file("none.npy") == ": cannot be read: No such file or directory");
}

TEST_CASE("a file that numpy has written is refused without its end", "[io]") {
  for (const char* name : {"c_order_f8.npy", "fortran_order_f4.npy", "version_3.npy"}) {
    const std::string bytes = bytes_of(data_file(name));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(name, size);
      CHECK(file_error_of([&] { parse_npy<double>(std::string_view(bytes).substr(0, size)); }) != "nothing was thrown");
    }
  }
}

TEST_CASE("write_npy gives the bytes of numpy", "[io]") {
  const TemporaryFolder folder;
  write_npy(folder / "a.npy", data_events());
  CHECK(bytes_of(folder / "a.npy") == bytes_of(data_file("c_order_f8.npy")));
  write_npy(folder / "a.npy", Eigen::RowVector<std::int64_t, 4>(7, -8, 9, std::int64_t{1} << 60));
  CHECK(bytes_of(folder / "a.npy") == bytes_of(data_file("one_dimension_i8.npy")));
  write_npy(folder / "a.npy", data_events().array() > 0);
  CHECK(bytes_of(folder / "a.npy") == bytes_of(data_file("booleans.npy")));
  write_npy(folder / "a.npy", Eigen::MatrixXd(3, 0));
  CHECK(bytes_of(folder / "a.npy") == bytes_of(data_file("no_events.npy")));
  CHECK(file_error_of([&] { write_npy(folder / "none/a.npy", data_events()); }) ==
        (folder / "none/a.npy").string() + ": cannot be opened for writing: No such file or directory");
}

TEMPLATE_TEST_CASE("what write_npy writes is read again", "[io]", float, double, std::int8_t, std::uint8_t,
                   std::int16_t, std::uint16_t, std::int32_t, std::uint32_t, std::int64_t, std::uint64_t) {
  using Limits = std::numeric_limits<TestType>;
  const TemporaryFolder folder;
  Eigen::Matrix<TestType, 2, 3> events;
  events << (Limits::max)(), Limits::lowest(), TestType(1), TestType(2), TestType(3), TestType(4);
  write_npy(folder / "a.npy", events);
  CHECK(read_npy<TestType>(folder / "a.npy") == events);
  const Eigen::Matrix<TestType, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> row_major = events;
  write_npy(folder / "a.npy", row_major.leftCols(2));
  CHECK(read_npy<TestType>(folder / "a.npy") == events.leftCols(2));
}

TEST_CASE("long arrays are converted as a whole", "[io]") {
  constexpr Index rows = 20'001, columns = 3;
  std::vector<float> numbers(rows * columns);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i);
  std::string bytes = bytes_of_array(numbers, {rows, columns});
  const Eigen::MatrixXd events = parse_npy<double>(bytes);
  for (Index n = 0; n < rows; ++n) CHECK(events(2, n) == static_cast<double>(3 * n + 2));
  const std::size_t order = bytes.find("False");
  bytes.replace(order, 5, "True ");
  const Eigen::MatrixXf of_fortran = parse_npy<float>(bytes);
  for (Index n = 0; n < rows; ++n) CHECK(of_fortran(2, n) == static_cast<float>(n + 2 * rows));
}

TEST_CASE("numbers beyond the range are refused with their place", "[io]") {
  CHECK(error_of_array<float, double>({1, 2, 3, 1e300}, {2, 2}) ==
        "x.npy, byte 152: 1e+300 in row 1, column 1 is out of the range of float32");
  CHECK(error_of_array<std::int8_t, std::int64_t>({1, -129}, {2}) ==
        "x.npy, byte 136: -129 in row 1, column 0 is out of the range of int8");
  CHECK(error_of_array<std::int64_t, std::uint64_t>({std::uint64_t{1} << 63}, {}) ==
        "x.npy, byte 128: 9223372036854775808 in row 0, column 0 is out of the range of int64");
  CHECK(error_of_array<int, double>({1}, {1}) == "x.npy: numbers of type float64, expected whole ones");
  CHECK(error_of_array<int, double>({}, {0}) == "x.npy: numbers of type float64, expected whole ones");
  std::string booleans = detail::npy_start(TensorType::boolean, {3}) + std::string("\x00\x01\x02", 3);
  CHECK(file_error_of([&] { parse_npy<double>(booleans, "x.npy"); }) ==
        "x.npy, byte 130: a boolean is 2, expected 0 or 1");
  CHECK(file_error_of([&] { parse_npy<bool>(booleans, "x.npy"); }) ==
        "x.npy, byte 130: a boolean is 2, expected 0 or 1");
  std::string fortran = bytes_of_array<double>({1, 2, 3, -1e300, 5, 6}, {2, 3});
  fortran.replace(fortran.find("False"), 5, "True ");
  CHECK(file_error_of([&] { parse_npy<float>(fortran, "x.npy"); }) ==
        "x.npy, byte 152: -1e+300 in row 1, column 1 is out of the range of float32");
}

TEST_CASE("infinities and NaN stay what they are", "[io]") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto numbers = parse_npy<float>(bytes_of_array<double>({infinity, -infinity, std::nan("")}, {3}));
  CHECK(numbers(0) == std::numeric_limits<float>::infinity());
  CHECK(numbers(1) == -std::numeric_limits<float>::infinity());
  CHECK(std::isnan(numbers(2)));
}
