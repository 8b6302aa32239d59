#include <bijou/io/npy_header.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/file_error_of.hpp"

using namespace bijou;

namespace {

std::string file_of(const std::string& dictionary, const std::string& numbers) {
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(dictionary.size()) + '\0' + dictionary + numbers;
}

detail::NpyHeader header_of(const std::string& bytes) {
  return detail::with_source(bytes, "x.npy", detail::read_npy_header);
}

std::string error_of(const std::string& bytes) {
  return file_error_of([&] { header_of(bytes); });
}

std::string error_of_dictionary(const std::string& dictionary) { return error_of(file_of(dictionary, "")); }

std::string error_of_type(const std::string& type) {
  return error_of_dictionary("{'descr': " + type + ", 'fortran_order': False, 'shape': (0,)}");
}

std::string error_of_shape(const std::string& shape) {
  return error_of_dictionary("{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + "}");
}

}  // namespace

TEST_CASE("the header of a .npy file is read as Python reads it", "[io]") {
  const auto header = header_of(file_of("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }  \n", "12345678"));
  CHECK(header.type == TensorType::f32);
  CHECK_FALSE(header.is_fortran);
  CHECK(header.shape == std::vector<Index>{1, 2});
  const auto other = header_of(file_of("{\"shape\":(),'fortran_order':True,\n\t'descr':\"|b1\"}", "1"));
  CHECK(other.type == TensorType::boolean);
  CHECK(other.is_fortran);
  CHECK(other.shape.empty());
  CHECK(header_of(file_of("{'descr': '<i8', 'fortran_order': False, 'shape': (0, 9223372036854775807,)}", "")).shape ==
        std::vector<Index>{0, 9223372036854775807});
  CHECK(header_of(file_of("{'descr': '<i1', 'fortran_order': False, 'shape': (2,)}", "12")).type == TensorType::i8);
}

TEST_CASE("a header is written as numpy writes it", "[io]") {
  const auto bytes = detail::npy_start(TensorType::f64, {2, 3});
  CHECK(bytes ==
        file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }" + std::string(58, ' ') + "\n", ""));
  CHECK(bytes.size() == 128);
  CHECK(detail::npy_start(TensorType::u8, {5}).find("'|u1', 'fortran_order': False, 'shape': (5,), }") == 20);
  CHECK(detail::npy_start(TensorType::f32, {}).find("'shape': (), }") != std::string::npos);
  for (const detail::NpyType& known : detail::npy_types)
    CHECK(header_of(detail::npy_start(known.type, {0, 7})).type == known.type);
}

TEST_CASE("a .npy file that ends early is refused at every byte", "[io]") {
  CHECK(error_of("") == "x.npy: the file is empty");
  const std::string bytes = file_of("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n", "12345678");
  CHECK(header_of(bytes).shape.size() == 2);
  for (std::size_t size = 1; size < bytes.size(); ++size)
    CHECK(error_of(bytes.substr(0, size)) != "nothing was thrown");
  CHECK(error_of(bytes.substr(0, 3)) == "x.npy: no .npy file");
  CHECK(error_of(bytes.substr(0, 7)) == "x.npy, byte 7: the bytes end inside the header");
  CHECK(error_of(bytes.substr(0, 9)) == "x.npy, byte 9: the bytes end inside the header");
  CHECK(error_of(bytes.substr(0, 20)) == "x.npy: a header of 60 bytes, but 10 follow");
  CHECK(error_of(bytes.substr(0, 72)) == "x.npy: an array of 1 x 2 float32 has 8 bytes, but 2 follow the header");
  CHECK(error_of(bytes + "9") == "x.npy: an array of 1 x 2 float32 has 8 bytes, but 9 follow the header");
}

TEST_CASE("what is no header of numbers is refused", "[io]") {
  CHECK(error_of("a,b\n1,2\n") == "x.npy: no .npy file");
  CHECK(error_of(std::string("\x93NUMPY\x04\x00", 8)) ==
        "x.npy, byte 6: version 4.0 of the .npy format is not supported, only 1.0, 2.0 and 3.0");
  CHECK(error_of(std::string("\x93NUMPY\x01\x01", 8)).find("version 1.1 of") != std::string::npos);
  CHECK(error_of(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff{", 13)) ==
        "x.npy: a header of 4294967295 bytes, but 1 follow");
  CHECK(error_of(std::string("\x93NUMPY\x03\x00\x00\x00\x01\x00", 12) + std::string(70'000, ' ')) ==
        "x.npy: a header of 65536 bytes, expected at most 65535");
  CHECK(error_of_dictionary("") == "x.npy, byte 10: expected {, the header ends");
  CHECK(error_of_dictionary("{'descr' '<f8'}") == "x.npy, byte 19: expected :, got '");
  CHECK(error_of_dictionary("{descr: '<f8'}") == "x.npy, byte 11: expected a string, got d");
  CHECK(error_of_dictionary("{'descr: }") == "x.npy, byte 11: a string in the header does not end");
  CHECK(error_of_dictionary("{'descr': '<f8', 'descr': '<f8'}") == "x.npy, byte 27: the header has a second descr");
  CHECK(error_of_dictionary("{'title': 1}") == "x.npy, byte 11: the header has an unknown key title");
  CHECK(error_of_dictionary("{}") == "x.npy, byte 10: the header does not say descr");
  CHECK(error_of_dictionary("{'descr': '<f8', 'shape': (1,)}") ==
        "x.npy, byte 10: the header does not say fortran_order");
  CHECK(error_of_dictionary("{'descr': '<f8', 'fortran_order': False}") ==
        "x.npy, byte 10: the header does not say shape");
  CHECK(error_of_dictionary("{'fortran_order': Maybe}") == "x.npy, byte 28: expected True or False, got M");
  CHECK(error_of_dictionary("{'fortran_order': True 'shape'}") == "x.npy, byte 33: expected }, got '");
  CHECK(error_of_dictionary("{'descr': '<f8', 'fortran_order': False, 'shape': (0,)} + evil()") ==
        "x.npy, byte 66: the header goes on behind its dictionary");
}

TEST_CASE("types that are no numbers are refused by name", "[io]") {
  const std::string start = "x.npy, byte 20: ";
  CHECK(error_of_type("'>f8'") == start +
                                      "numbers of type >f8 are big-endian, expected little-endian ones, as of "
                                      "array.astype('<f8')");
  CHECK(error_of_type("'<c16'") == start + "the array has complex numbers (<c16), expected numbers");
  CHECK(error_of_type("'<U3'") == start + "the array has text (<U3), expected numbers");
  CHECK(error_of_type("'|S3'") == start + "the array has text (|S3), expected numbers");
  CHECK(error_of_type("'|O'") == start + "the array has Python objects (|O), expected numbers");
  CHECK(error_of_type("'<M8[D]'") == start + "the array has times (<M8[D]), expected numbers");
  CHECK(error_of_type("'|V8'") == start + "the array has records (|V8), expected numbers");
  CHECK(error_of_type("[('a', '<f8')]") == start + "the array has records, expected numbers");
  CHECK(error_of_type("('<f8', (2,))") == start + "the array has subarrays, expected numbers");
  for (const char* type : {"'<f16'", "'f8'", "'=f8'", "'|f8'", "''", "'<'", "'<f8 '"})
    CHECK(error_of_type(type).find("are not supported, only float16 to float64, integers and booleans") !=
          std::string::npos);
  CHECK(error_of_type("3") == start + "expected a string, got 3");
}

TEST_CASE("shapes that no file has are refused", "[io]") {
  const std::string start = "x.npy, byte 60: ";
  CHECK(error_of_shape("3") == start + "expected (, got 3");
  CHECK(error_of_shape("(3)") == "x.npy, byte 62: expected ,, got )");
  CHECK(error_of_shape("(-1, 3)") == "x.npy, byte 61: expected a length, got -");
  CHECK(error_of_shape("(,)") == "x.npy, byte 61: expected a length, got ,");
  CHECK(error_of_shape("(3, , 4)") == "x.npy, byte 64: expected a length, got ,");
  CHECK(error_of_shape("(03, 4)") == "x.npy, byte 61: a length in the shape begins with 0");
  CHECK(error_of_shape("(3, 4 5)") == "x.npy, byte 66: expected ), got 5");
  CHECK(error_of_shape("(3.0, 4)") == "x.npy, byte 62: expected ,, got .");
  CHECK(error_of_shape("(3, 4") == "x.npy, byte 65: expected ), got }");
  CHECK(error_of_shape("(9223372036854775808,)") == "x.npy, byte 61: a length in the shape is too large");
  CHECK(error_of_shape("(99999999999999999999999,)") == "x.npy, byte 61: a length in the shape is too large");
  CHECK(error_of_shape("(4294967296, 4294967296)") ==
        "x.npy: an array of 4294967296 x 4294967296 float64 has more than 2^64 bytes, but 0 follow the header");
  // 2^61 numbers of 8 bytes are 2^64 bytes, 0 where numbers overflow.
  CHECK(error_of_shape("(2305843009213693952,)") ==
        "x.npy: an array of 2305843009213693952 float64 has more than 2^64 bytes, but 0 follow the header");
  CHECK(error_of_shape("(9223372036854775807, 9223372036854775807, 9223372036854775807)").find("more than 2^64") !=
        std::string::npos);
  CHECK(error_of(detail::npy_start(TensorType::f64, std::vector<Index>(65, 1)) + "12345678").find("more than 64 dim") !=
        std::string::npos);
  CHECK(error_of_shape("()") == "x.npy: an array of one float64 has 8 bytes, but 0 follow the header");
}
