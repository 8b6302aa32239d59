#include <bijou/conditioners/made.hpp>
#include <bijou/io/constant_declarations.hpp>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

/// What is protected.
struct Declarations : detail::ConstantDeclarations<float> {
  using Base = detail::ConstantDeclarations<float>;
  explicit Declarations(const detail::MembersByPath& members) : Base(members) {}
  using Base::named;
  using Base::named_network;
  using Base::policy;
  using Base::snake_case;
};

}  // namespace

TEST_CASE("constant declarations: an alias for each part, with its place", "[io]") {
  const detail::MembersByPath members;
  Declarations declarations(members);
  CHECK(declarations.named("base", "a.hpp", "Reverse<2>", "").value == "Part0()");
  CHECK(declarations.named("", "b.hpp", "Frozen<Part0>", "Part0()").value == "Part1(Part0())");
  CHECK(declarations.declarations() ==
        "// base\nusing Part0 = bijou::Reverse<2>;\n// the whole\nusing Part1 = bijou::Frozen<Part0>;\n");
  CHECK(declarations.headers() == std::set<std::string>{"a.hpp", "b.hpp"});
}

TEST_CASE("constant declarations: the constants of a network are its numbers", "[io]") {
  std::mt19937_64 rng{0};
  Made<float> made(2, 1, {{3}}, rng);
  detail::MembersByPath members;
  visit_object(made, nullptr, false, members);
  Declarations declarations(members);
  const detail::Json node = {{"type", "Made"}, {"activation", "Relu"}, {"connections", "FeedForward"}};
  CHECK(declarations.named_network(node, "").type == "Part0");
  const std::string& text = declarations.declarations();
  const auto has = [&](const std::string& part) { return text.find(part) != std::string::npos; };
  CHECK(has("static constexpr bijou::Index sizes[] = {2, 3, 2};"));
  CHECK(has("static constexpr int degrees_2[] = {1, 2};"));
  CHECK(
      has("static constexpr float w0[] = {" + detail::constant_list(members.values<float>("layers.0.weight")) + "};"));
  CHECK(has("using Part0 = bijou::ConstantNetwork<Constants0, bijou::activations::Relu, bijou::FeedForward>;"));
  CHECK(declarations.headers().contains("conditioners/feed_forward.hpp"));
}

TEST_CASE("constant declarations: policies of the library only", "[io]") {
  const detail::Json node = {{"map", "SoftClipped"}, {"scale", "Square"}};
  CHECK(Declarations::policy(node, "map", "spline_maps::", {"SoftClipped"}) == "bijou::spline_maps::SoftClipped<>");
  CHECK(message_of([&] { Declarations::policy(node, "scale", "scale_maps::", {"Exp", "Other"}); }) ==
        "write_header: the scale \"Square\" is none of this library's: Exp, Other");
  CHECK(Declarations::snake_case("LULinear") == "lu_linear");
  CHECK(Declarations::snake_case("TriangularAffine") == "triangular_affine");
}
