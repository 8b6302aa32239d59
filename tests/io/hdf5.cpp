#include <bijou/io/hdf5.hpp>
#include <cmath>
#include <cstdint>
#include <limits>

#include "io/table_data.hpp"
#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace bijou;

namespace {

template <class T>
auto read(const char* dataset) {
  return read_hdf5<T>(data_file("datasets.h5"), dataset);
}

template <class T = double>
std::string error_of(const char* dataset) {
  const std::string message = file_error_of([&] { read<T>(dataset); });
  const std::string start = data_file("datasets.h5").string() + ", dataset " + dataset + ": ";
  return message.rfind(start, 0) == 0 ? message.substr(start.size()) : message;
}

}  // namespace

TEST_CASE("what h5py writes has its events in columns here", "[io]") {
  const Eigen::MatrixXd events = data_events();
  CHECK(read<double>("events") == events);
  CHECK(read<float>("events") == events.cast<float>());
  CHECK(read<double>("big_endian") == events);
  CHECK(read<std::uint8_t>("booleans") == (events.array() > 0).cast<std::uint8_t>().matrix());
  CHECK(read<double>("booleans") == (events.array() > 0).cast<double>().matrix());
  CHECK(read<std::int64_t>("whole") == Eigen::RowVector<std::int64_t, 3>(7, -8, std::int64_t{1} << 40));
  CHECK(read<float>("whole") == Eigen::RowVector3f(7, -8, 0x1p40f));
  CHECK(read<std::uint64_t>("unsigned")(0) == std::uint64_t{1} << 63);
  CHECK(read<double>("unsigned")(0) == 0x1p63);
  CHECK(read<double>("number")(0) == 3.5);
  CHECK(read<double>("no_events").rows() == 3);
  CHECK(read<double>("no_events").cols() == 0);
  const auto special = read<float>("not_finite");
  CHECK(special(0) == std::numeric_limits<float>::infinity());
  CHECK(special(1) == -std::numeric_limits<float>::infinity());
  CHECK(std::isnan(special(2)));
  const auto pieces = read<double>("group/deflated");  // in more than one piece
  REQUIRE(pieces.cols() == 5000);
  for (Index i = 0; i < 10'000; ++i) CHECK(pieces(i % 2, i / 2) == static_cast<double>(i % 100));
}

TEST_CASE("datasets that are no tables of numbers are refused", "[io]") {
  CHECK(error_of<float>("beyond") == "1e+300 in row 1, column 0 is out of the range of float32");
  CHECK(error_of<std::int8_t>("whole") == "1099511627776 in row 2, column 0 is out of the range of int8");
  CHECK(error_of<std::int64_t>("unsigned") == "9223372036854775808 in row 0, column 0 is out of the range of int64");
  CHECK(error_of<int>("events") == "expected whole numbers of 64 bits at most");
  CHECK(error_of("text") == "expected numbers of 64 bits at most");
  CHECK(error_of("nothing") == "has no numbers");
  CHECK(error_of("three_dimensions") == "an array of 3 dimensions, expected at most 2");
  CHECK(error_of("elsewhere") == "lies in another file");
  CHECK(error_of("none") == "object 'none' doesn't exist");
  CHECK(error_of("group") == "not a dataset");
  CHECK(error_of("") != "nothing was thrown");
}

TEST_CASE("what is no HDF5 file is refused", "[io]") {
  const TemporaryFolder folder;
  CHECK(file_error_of([&] { read_hdf5<double>(folder / "a.h5", "x"); }) ==
        (folder / "a.h5").string() + ": cannot be read: No such file or directory");
  write_bytes(folder / "a.h5", "a,b\n1,2\n");
  CHECK(file_error_of([&] { read_hdf5<double>(folder / "a.h5", "x"); }) ==
        (folder / "a.h5").string() + ": cannot be read: file signature not found");
  const std::string bytes = bytes_of(data_file("datasets.h5"));
  for (std::size_t size = 0; size < bytes.size(); size += 509) {
    write_bytes(folder / "a.h5", bytes.substr(0, size));
    CHECK(file_error_of([&] { read_hdf5<double>(folder / "a.h5", "events"); }) != "nothing was thrown");
  }
}

TEMPLATE_TEST_CASE("what write_hdf5 writes is read again", "[io]", float, double, std::int8_t, std::uint16_t,
                   std::int32_t, std::uint64_t) {
  using Limits = std::numeric_limits<TestType>;
  const TemporaryFolder folder;
  Eigen::Matrix<TestType, 2, 3> events;
  events << (Limits::max)(), Limits::lowest(), TestType(1), TestType(2), TestType(3), TestType(4);
  write_hdf5(folder / "a.h5", "x", events);
  CHECK(read_hdf5<TestType>(folder / "a.h5", "x") == events);
  write_hdf5(folder / "a.h5", "group/of/x", events.row(1));
  CHECK(read_hdf5<TestType>(folder / "a.h5", "group/of/x") == events.row(1));
  CHECK(file_error_of([&] { read_hdf5<TestType>(folder / "a.h5", "x"); }) != "nothing was thrown");
}

TEST_CASE("write_hdf5 says what cannot be written", "[io]") {
  const TemporaryFolder folder;
  write_hdf5(folder / "a.h5", "none", Eigen::MatrixXd(3, 0));
  CHECK(read_hdf5<double>(folder / "a.h5", "none").rows() == 3);
  const std::string before = bytes_of(folder / "a.h5");
  CHECK(file_error_of([&] {
          write_hdf5(folder / "a.h5", "", Eigen::MatrixXd(3, 1));
        }).find((folder / "a.h5").string() + ", dataset : cannot be written: ") == 0);
  CHECK(bytes_of(folder / "a.h5") == before);
  CHECK(file_error_of([&] { write_hdf5(folder / "none/a.h5", "x", data_events()); }) ==
        (folder / "none/a.h5").string() + ": cannot be opened for writing: No such file or directory");
}
