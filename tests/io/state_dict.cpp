#include <bijou/io/state_dict.hpp>
#include <cstdint>
#include <limits>

#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/made_file.hpp"

using bijou::detail::StateDict;

TEST_CASE("tensors of a state_dict by name, in a module of its own", "[io]") {
  MadeFile file;
  file.add("flow.net.0.weight", {2, 3}, {1, 2, 3, 4, 5, 6}).add("flow.net.2.bias", {2}, {7, 8});
  file.add<std::int64_t>("flow.order", {2}, {1, 0}).add("epoch", {}, {3});
  StateDict whole(file);
  CHECK(whole.has("flow.net.0.weight"));
  CHECK(!whole.has("net.0.weight"));
  StateDict flow(file, "flow");
  CHECK(flow.has_module("net"));
  CHECK(flow.has_module("net.0"));
  CHECK(!flow.has_module("ne"));
  CHECK(flow.parts_of("net") == std::set<std::string>{"0", "2"});
  CHECK(flow.matrix<double>("net.0.weight")(1, 0) == 4.0);
  CHECK(flow.vector<float>("net.2.bias")(1) == 8.0f);
  CHECK(file_error_of([&] { flow.require_all_taken(); }) ==
        "made: the tensor \"order\" belongs to no part that is known here");
  CHECK(flow.indices("order") == std::vector<int>{1, 0});
  flow.require_all_taken();
  CHECK(whole.numbers<float>("epoch")(0) == 3.0f);
}

TEST_CASE("what a state_dict does not have is refused", "[io]") {
  MadeFile file;
  file.add("net.0.weight", {2, 3}, {1, 2, 3, 4, 5, 6}).add("net.2.weight", {1}, {0.5f});
  file.add("bad", {2}, {1, std::numeric_limits<float>::infinity()}).add<double>("large", {1}, {1e300});
  StateDict dict(file);
  CHECK(file_error_of([&] { dict.matrix<float>("net.1.weight"); }) == "made: has no tensor \"net.1.weight\"");
  CHECK(file_error_of([&] { dict.vector<float>("net.0.weight"); }) ==
        "made: the tensor \"net.0.weight\" is 2 x 3, expected a vector");
  CHECK(file_error_of([&] { dict.vector<float>("bad"); }) ==
        "made: the tensor \"bad\" has numbers that are not finite");
  CHECK(file_error_of([&] { dict.vector<float>("large"); }).find("beyond the range") != std::string::npos);
  CHECK(file_error_of([&] { dict.indices("net.2.weight"); }).find("is not one of indices") != std::string::npos);
  CHECK(file_error_of([&] { dict.count_of("net"); }) == "made: has no tensors of net.1, so that its kind is not known");
  CHECK(file_error_of([&] { StateDict(file, "model"); }) == "made: has no tensors whose names start with \"model.\"");
  CHECK(file_error_of([&] { StateDict(MadeFile{}); }) == "made: has no tensors");
}
