#include <bijou/bijou.hpp>
#include <bijou/io/write_header.hpp>
#include <fstream>
#include <iterator>

#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

using namespace bijou;

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

// tests/constants compiles and runs what it writes.
TEST_CASE("write_header: a header in the namespace of its name or in another", "[io]") {
  const TemporaryFolder folder;
  const DiagonalNormal<double, 2> p{{1, 2}, {1, 1}};
  write_header(p, folder / "policy.hpp");
  const std::string text = text_of(folder / "policy.hpp");
  CHECK(text.starts_with("#pragma once\n"));
  CHECK(text.find("namespace policy {") != std::string::npos);
  CHECK(text.find("inline constexpr std::array<double, 4> parameters{0x1p+0, 0x1p+1, 0x0p+0, 0x0p+0};") !=
        std::string::npos);
  CHECK(text.find("using Workspace = bijou::FixedWorkspace<") != std::string::npos);
  write_header(p, folder / "2.hpp", "robot_arm");
  CHECK(text_of(folder / "2.hpp").find("namespace robot_arm {") != std::string::npos);
}

TEST_CASE("write_header: refuses names that are none, and what cannot be written", "[io]") {
  const TemporaryFolder folder;
  const DiagonalNormal<double, 2> p{{1, 2}, {1, 1}};
  CHECK(message_of([&] { write_header(p, folder / "my-policy.hpp"); }) ==
        "write_header: \"my-policy\" is no name for a namespace; give one, of letters and digits");
  CHECK(
      message_of([&] { write_header(p, folder / "policy.hpp", "2d"); }).starts_with("write_header: \"2d\" is no name"));
  for (const char* name : {"class", "std", "bijou", "int", "requires"})
    CHECK(message_of([&] { write_header(p, folder / "policy.hpp", name); }).find("is no name for") !=
          std::string::npos);
  CHECK(std::filesystem::is_empty(folder / ""));
  CHECK(file_error_of([&] { write_header(p, folder / "none" / "policy.hpp"); }).find("policy.hpp") !=
        std::string::npos);
}

TEST_CASE("write_header: the workspace is large enough, whatever the numbers", "[io]") {
  std::mt19937_64 rng{0};
  const flows::NSF<float, 3> flow{{.context_size = 2, .layers = 2, .hidden = {9}}, rng};
  const detail::BytesOfOneEvent bytes = detail::bytes_of_one_event(flow);
  CHECK(bytes.of_tiles > 0);
  CHECK(bytes.of_tiles < 100'000);
  detail::BytesOfOneEvent of_any = detail::bytes_of_one_event(AnyFlow<float>(flow));
  CHECK(of_any.of_tiles >= bytes.of_tiles / 2);
}
