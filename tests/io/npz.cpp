#include <bijou/io/npz.hpp>
#include <cstring>
#include <fstream>
#include <utility>

#include "io/table_data.hpp"
#include "support/archive.hpp"
#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

using namespace bijou;

namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

/// The bytes of an archive of these names and bytes.
std::string archive_of(const Members& members, zip_int32_t method = ZIP_CM_STORE) {
  const TemporaryFolder folder;
  write_archive(folder / "a", members, method);
  return bytes_of(folder / "a");
}

std::string array_of(const std::string& numbers, Index count) {
  return detail::npy_start(TensorType::u8, {count}) + numbers;
}

/// Changes a number of the member's header before its bytes and, if there is one, of that in the directory at the end.
void change(std::string& archive, std::size_t offset, std::size_t directory_offset, std::uint32_t value,
            std::size_t size = 4) {
  const std::size_t local = archive.find("PK\x03\x04");
  const std::size_t directory = archive.find("PK\x01\x02");
  REQUIRE(local != std::string::npos);
  REQUIRE(directory != std::string::npos);
  std::memcpy(archive.data() + local + offset, &value, size);
  std::memcpy(archive.data() + directory + directory_offset, &value, size);
}
void change_size(std::string& archive, std::uint32_t size) { change(archive, 22, 24, size); }
void change_compressed_size(std::string& archive, std::uint32_t size) { change(archive, 18, 20, size); }
void change_method(std::string& archive, std::uint32_t method) { change(archive, 8, 10, method, 2); }

std::string error_of(const std::string& archive, const std::string& name = "a") {
  return file_error_of([&] { NpzFile::of_bytes(archive, "x.npz").read<double>(name); });
}

}  // namespace

TEST_CASE("what numpy.savez writes is read", "[io]") {
  NpzFile file(data_file("arrays.npz"));
  CHECK(file.names() == std::vector<std::string>{"events", "weights", "count"});
  CHECK(file.has("count"));
  CHECK_FALSE(file.has("events.npy"));
  CHECK(file.read<double>("events") == data_events());
  CHECK(file.read<float>("weights") == Eigen::RowVector2f(0.25f, 0.75f));
  CHECK(file.read<int>("count")(0) == 2);
  CHECK(file.read<float>("events") == data_events().cast<float>());  // again
  NpzFile moved = std::move(file);
  CHECK(moved.read<int>("count")(0) == 2);

  CHECK(read_npz<double>(data_file("deflated.npz"), "events") == data_events());
  CHECK(read_npz<float>(data_file("deflated.npz"), "zeros") == Eigen::MatrixXf::Zero(500, 4));
}

TEST_CASE("what write_npz writes is read again", "[io]") {
  const TemporaryFolder folder;
  const Eigen::MatrixXf events = Eigen::MatrixXf::Random(3, 20'000);
  const Eigen::VectorX<bool> accepted = events.row(0).array() > 0;
  const auto write = [&](const std::string& name, bool deflate) {
    write_npz(folder / name, {{"events", events}, {"accepted", accepted}, {"none", Eigen::MatrixXi(2, 0)}},
              {.deflate = deflate});
    NpzFile file(folder / name);
    CHECK(file.names() == std::vector<std::string>{"events", "accepted", "none"});
    CHECK(file.read<float>("events") == events);
    CHECK(file.read<bool>("accepted") == accepted.transpose());
    CHECK(file.read<int>("none").rows() == 2);
    return bytes_of(folder / name);
  };
  const std::string stored = write("a", false);
  CHECK(stored == write("b", false));
  CHECK(write("c", true).size() < stored.size());

  CHECK(message_of([&] { write_npz(folder / "d", {}); }) == "write_npz: expected at least one array");
  CHECK(message_of([&] { write_npz(folder / "d", {{"", events}}); }) == "write_npz: an array has no name");
  CHECK(message_of([&] { write_npz(folder / "d", {{"a", events}, {"a", accepted}}); }) ==
        "write_npz: two arrays are named a");
  CHECK_FALSE(std::filesystem::exists(folder / "d"));
  CHECK(file_error_of([&] { write_npz(folder / "none/d", {{"a", events}}); }) ==
        (folder / "none/d").string() + ": cannot be opened for writing: No such file or directory");
}

TEST_CASE("members that are no arrays are passed over or refused by name", "[io]") {
  const std::string archive = archive_of({{"notes.txt", "text"}, {"a.npy", array_of("123", 3)}, {"b.npy", "text"}});
  NpzFile file = NpzFile::of_bytes(archive, "x.npz");
  CHECK(file.names() == std::vector<std::string>{"a", "b"});
  CHECK(file.read<int>("a") == Eigen::RowVector3i('1', '2', '3'));
  CHECK(error_of(archive, "b") == "x.npz, array b: no .npy file");
  CHECK(error_of(archive, "c") == "x.npz: there is no array c, only a, b");
  CHECK(error_of(archive_of({{"notes.txt", "text"}})) == "x.npz: there is no array a, only others than arrays");
  CHECK(error_of(archive_of({{"a.npy", detail::npy_start(TensorType::f32, {1}) + std::string("\0\0\x80\xff", 4)}})) ==
        "nothing was thrown");
  CHECK(error_of(archive_of({{"a.npy", array_of("12", 3)}})) ==
        "x.npz, array a: an array of 3 uint8 has 3 bytes, but 2 follow the header");
  CHECK(error_of(archive_of({{"a.npy", array_of("12", Index{1} << 60)}})) ==
        "x.npz, array a: an array of 1152921504606846976 uint8 has 1152921504606846976 bytes, but 2 follow the header");
  std::string refused = array_of("", 0);
  refused.replace(refused.find("|u1"), 3, ">f8");
  CHECK(error_of(archive_of({{"a.npy", refused}})).find("x.npz, array a, byte 20: numbers of type >f8") == 0);
}

TEST_CASE("what is no archive is refused", "[io]") {
  CHECK(error_of("") == "x.npz: the file is empty");
  CHECK(error_of("a,b\n1,2\n").find("x.npz: cannot be opened as a zip archive: ") == 0);
  CHECK(file_error_of([] { NpzFile("none.npz"); }) == "none.npz: cannot be read: No such file or directory");
  for (const char* name : {"arrays.npz", "deflated.npz"}) {
    const std::string archive = bytes_of(data_file(name));
    for (std::size_t size = 0; size < archive.size(); ++size)
      CHECK(error_of(archive.substr(0, size), "events") != "nothing was thrown");
  }
}

TEST_CASE("archives whose sizes lie are refused", "[io]") {
  const std::string deflated = archive_of({{"a.npy", array_of(std::string(1000, '1'), 1000)}}, ZIP_CM_DEFLATE);
  const std::string stored = archive_of({{"a.npy", array_of("123", 3)}});
  REQUIRE(error_of(deflated) == "nothing was thrown");
  REQUIRE(error_of(stored) == "nothing was thrown");

  std::string archive = deflated;
  change_size(archive, 4'000'000'000);
  CHECK(error_of(archive).find("x.npz, member a.npy: cannot have 4000000000 bytes, as the archive says, from ") == 0);
  archive = deflated;
  change_size(archive, 1127);
  CHECK(error_of(archive) == "x.npz, array a: an array of 1000 uint8 has 1000 bytes, but 999 follow the header");
  archive = deflated;
  change_compressed_size(archive, 10'000);
  CHECK(error_of(archive) != "nothing was thrown");
  archive = stored;
  change_size(archive, 132);
  CHECK(error_of(archive) == "x.npz, member a.npy: cannot have 132 bytes, as the archive says, from 131");
  // The array agrees with what the archive says, and the bytes do not.
  archive = archive_of({{"a.npy", array_of(std::string(1000, '1'), 2000)}}, ZIP_CM_DEFLATE);
  change_size(archive, 2128);
  CHECK(error_of(archive) != "nothing was thrown");
  archive = archive_of({{"a.npy", array_of(std::string(2000, '1'), 1000)}}, ZIP_CM_DEFLATE);
  change_size(archive, 1128);
  CHECK(error_of(archive) != "nothing was thrown");
}

TEST_CASE("archives that are damaged or of another kind are refused", "[io]") {
  const std::string stored = archive_of({{"a.npy", array_of("123", 3)}, {"b.npy", array_of("45", 2)}});
  std::string archive = stored;
  archive[archive.find("123")] = '9';
  CHECK(error_of(archive) == "x.npz, array a: CRC error");
  CHECK(error_of(archive, "b") == "nothing was thrown");
  archive = stored;
  change_method(archive, 12);
  CHECK(error_of(archive) == "x.npz, member a.npy: is compressed by method 12, expected 0 (stored) or 8 (deflated)");
  archive = stored;
  change(archive, 6, 8, 1, 2);
  CHECK(error_of(archive) == "x.npz, member a.npy: is encrypted");
  // Two of one name, and two that share their bytes.
  archive = stored;
  for (std::size_t at = 0; (at = archive.find("b.npy", at)) != std::string::npos;) archive[at] = 'a';
  CHECK(error_of(archive) == "x.npz: cannot be opened as a zip archive: File already exists");
  const std::size_t second = archive.find("PK\x01\x02", archive.find("PK\x01\x02") + 1);
  const std::size_t first = archive.find("PK\x01\x02");
  archive.replace(second, 46, archive.substr(first, 46));
  CHECK(error_of(archive) != "nothing was thrown");
}
