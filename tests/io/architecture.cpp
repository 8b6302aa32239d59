#include <bijou/bijou.hpp>
#include <bijou/io/architecture.hpp>

#include "support/catch.hpp"
#include "support/message_of_file.hpp"
#include "support/temporary_folder.hpp"

using namespace bijou;

namespace {

struct Own {
  using Scalar = double;
  Affine<double, 2> first{{0, 0}, {1, 1}};
  std::vector<AnyBijector<double>> others{Reverse<2>{}, Reverse<2>{}, Permute<2>{1, 0}};
  static constexpr auto members() { return bijou::Members{part("first", &Own::first), part("others", &Own::others)}; }
};

struct OwnActivation : activations::Relu {};

std::string refusal(const std::string& architecture) {
  const TemporaryFolder folder;
  SafetensorsWriter writer;
  if (!architecture.empty()) writer.set_metadata("architecture", architecture);
  writer.write(folder / "a");
  return message_of_file(folder / "a", [&] { detail::architecture_in(SafetensorsFile(folder / "a")); });
}

}  // namespace

TEST_CASE("the architecture of an object is its tree of types, policies and parts", "[io]") {
  const detail::Json json = detail::architecture_of(Own{});
  CHECK(json.dump() ==
        R"({"type":"own type","first":{"type":"Affine","shape":"2"},"others":[{"type":"Reverse","shape":"2"},)"
        R"({"type":"Reverse","shape":"2"},{"type":"Permute","shape":"2"}]})");
  CHECK(detail::type_text(json) == "own type{Affine, 2 x Reverse, Permute}");
  std::mt19937_64 rng{1};
  const Mlp<float, OwnActivation> network{2, 3, {4}, rng};
  CHECK(detail::architecture_of(network).dump() ==
        R"({"type":"Mlp","activation":"own policy","connections":"FeedForward","shape":"2 -> 4 -> 3"})");
  // What says its shape itself is no tree.
  CHECK(detail::architecture_of(Standardize<float, 3>{}).dump() == R"({"type":"Standardize","shape":"3"})");
  CHECK(detail::type_text(detail::architecture_of(std::tuple{Reverse<2>{}, Reverse<2>{}})) == "{2 x Reverse}");
}

TEST_CASE("the architecture of a file is checked", "[io]") {
  CHECK(refusal(R"({"type":"a","more":[{"text":"]]\"[["}]})") == "nothing was thrown");
  CHECK(refusal("").find("there is no architecture in the file") == 0);
  CHECK(refusal("{") == "the architecture is not JSON");
  CHECK(refusal(std::string(1'000'000, '[')) == "the architecture is nested too deep");
  CHECK(refusal("{\"a\":" + std::string(250, '[') + std::string(250, ']') + "}") ==
        "the architecture is nested too deep");
}
