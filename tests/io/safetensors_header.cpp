#include <bijou/io/safetensors_header.hpp>
#include <string>

#include "support/catch.hpp"

using namespace bijou;

namespace {

std::string error_of(const std::string& text) {
  detail::SafetensorsHeader header;
  return detail::SafetensorsHeaderReader(header).read(text);
}

}  // namespace

TEST_CASE("a header of safetensors is what its tensors are", "[io]") {
  const Tensor a{"a", TensorType::f64, {2, 3}};
  const Tensor b{"b \"quoted\"", TensorType::boolean, {}};
  const std::string text = detail::safetensors_header({&a, &b}, {{"key", "value"}});
  CHECK(text.size() % 8 == 0);
  CHECK(text.substr(0, text.find_last_of('}') + 1) ==
        R"({"__metadata__":{"key":"value"},"a":{"dtype":"F64","shape":[2,3],"data_offsets":[0,48]},)"
        R"("b \"quoted\"":{"dtype":"BOOL","shape":[],"data_offsets":[48,49]}})");
  detail::SafetensorsHeader header;
  REQUIRE(detail::SafetensorsHeaderReader(header).read(text).empty());
  CHECK(header.metadata.at("key") == "value");
  REQUIRE(header.tensors.size() == 2);
  CHECK(header.tensors[0].tensor.shape == std::vector<Index>{2, 3});
  CHECK(header.tensors[1].tensor.name == "b \"quoted\"");
  CHECK(header.tensors[1].tensor.type == TensorType::boolean);
  CHECK(header.tensors[1].begin == 48);
  CHECK(header.tensors[1].end == 49);
}

TEST_CASE("a header of safetensors of another form is refused", "[io]") {
  const std::string good = R"("dtype":"F32","shape":[1],"data_offsets":[0,4])";
  CHECK(error_of("{\"a\":{" + good + "}}").empty());
  CHECK(error_of("{}").empty());
  CHECK(error_of("").find("not JSON") != std::string::npos);
  CHECK(error_of("{").find("not JSON at byte 2") != std::string::npos);
  CHECK(error_of("{} x").find("not JSON") != std::string::npos);
  CHECK(error_of("{\"\xff\":1}").find("not JSON") != std::string::npos);
  CHECK(error_of("[]") == "the header is an array, not an object");
  CHECK(error_of("1") == "the header is a number, not an object");
  CHECK(error_of("null") == "the header is null, not an object");
  CHECK(error_of("{\"a\":1}") == "\"a\" is a number, not an object");
  CHECK(error_of("{\"a\":[]}") == "\"a\" is an array, not an object");
  CHECK(error_of("{\"a\":{" + good + "},\"a\":{" + good + "}}") == "the name \"a\" occurs twice");
  CHECK(error_of("{\"a\":{" + good + ",\"dtype\":\"F32\"}}") == "\"a\" has \"dtype\" twice");
  CHECK(error_of("{\"a\":{" + good + ",\"more\":1}}") == "tensor \"a\" has \"more\", which is not part of the format");
  CHECK(error_of(R"({"a":{"shape":[1],"data_offsets":[0,4]}})") == "tensor \"a\" has no dtype");
  CHECK(error_of(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})") == "tensor \"a\" has no shape");
  CHECK(error_of(R"({"a":{"dtype":"F32","shape":[1]}})") == "tensor \"a\" has no data_offsets");
  CHECK(error_of(R"({"a":{"dtype":"F8_E4M3"}})") == "tensor \"a\" has the unknown type \"F8_E4M3\"");
  CHECK(error_of(R"({"a":{"dtype":4}})") == "tensor \"a\" has a number as its dtype");
  CHECK(error_of(R"({"a":{"dtype":["F32"]}})") == "tensor \"a\" has an array as its dtype");
  CHECK(error_of(R"({"a":{"shape":3}})") == "tensor \"a\" has a number as its shape");
  CHECK(error_of(R"({"a":{"shape":"3"}})") == "tensor \"a\" has a string as its shape");
  CHECK(error_of(R"({"a":{"shape":[-1]}})") == "tensor \"a\" has a negative number as its shape");
  CHECK(error_of(R"({"a":{"shape":[1.0]}})") ==
        "tensor \"a\" has a number with a fraction or beyond 64 bits as its shape");
  CHECK(error_of(R"({"a":{"shape":[18446744073709551616]}})") ==
        "tensor \"a\" has a number with a fraction or beyond 64 bits as its shape");
  CHECK(error_of(R"({"a":{"shape":[18446744073709551615]}})") == "tensor \"a\" has an extent that no memory holds");
  CHECK(error_of(R"({"a":{"shape":[true]}})") == "tensor \"a\" has a truth value as its shape");
  CHECK(error_of(R"({"a":{"shape":[[1]]}})") == "tensor \"a\" has an array as its shape");
  CHECK(error_of(R"({"a":{"shape":[{}]}})") == "tensor \"a\" has an object as its shape");
  CHECK(error_of(R"({"a":{"data_offsets":[0]}})") == "tensor \"a\" has fewer than two offsets");
  CHECK(error_of(R"({"a":{"data_offsets":[0,4,8]}})") == "tensor \"a\" has more than two offsets");
  CHECK(error_of(R"({"__metadata__":[]})") == "\"__metadata__\" is an array, not an object");
  CHECK(error_of(R"({"__metadata__":{"a":1}})") ==
        "__metadata__ is not a map of strings to strings: \"a\" is a number");
  CHECK(error_of(R"({"__metadata__":{"a":{}}})") ==
        "__metadata__ is not a map of strings to strings: \"a\" is an object");
  CHECK(error_of(R"({"__metadata__":{"a":"b","a":"c"}})") == "\"__metadata__\" has \"a\" twice");
  CHECK(error_of(R"({"__metadata__":{},"__metadata__":{}})") == "the name \"__metadata__\" occurs twice");
}

TEST_CASE("JSON that is nested a million deep is refused at once", "[io]") {
  const std::string deep(1'000'000, '[');
  CHECK(error_of(deep) == "the header is an array, not an object");
  CHECK(error_of("{\"a\":" + deep) == "\"a\" is an array, not an object");
  CHECK(error_of("{\"a\":{\"shape\":" + deep) == "tensor \"a\" has an array as its shape");
}
