#include <bijou/bijou.hpp>
#include <bijou/io/constant_expression.hpp>
#include <bijou/io/load_any.hpp>

#include "io/known.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

template <class P>
std::string refusal(const P& p) {
  detail::MembersByPath members;
  visit_object(const_cast<P&>(p), nullptr, false, members);
  return message_of([&] { detail::ConstantExpression<typename P::Scalar>(detail::architecture_of(p), members); });
}

struct OwnBijector {
  static constexpr int static_event_size = 2;
  static constexpr const char* name = "OwnBijector";
  static constexpr auto members() { return bijou::Members<>{}; }
  template <class T>
  void forward(Evaluation<T> e) const {
    e.output = e.input;
  }
  template <class T>
  void inverse(Evaluation<T> e) const {
    e.output = e.input;
  }
  template <class T>
  void forward_pullback(Pullback<T> p) const {
    p.input_gradient = p.output_gradient;
  }
  template <class T>
  void inverse_pullback(Pullback<T> p) const {
    p.input_gradient = p.output_gradient;
  }
};

}  // namespace

// tests/constants compiles and runs what it writes.
TEST_CASE("constant expression: types and making of all parts", "[io]") {
  TransformedDistribution p{DiagonalNormal<float, 2>{{0, 0}, {1, 1}}, Chain{Permute<2>{1, 0}, ActNorm<float, 2>{}}};
  detail::MembersByPath members;
  visit_object(p, nullptr, false, members);
  const detail::ConstantExpression<float> expression(detail::architecture_of(p), members);
  CHECK(expression.root().type == "Part4");
  CHECK(expression.root().value ==
        "Part4(Part0(Eigen::Matrix<float, 2, 1>::Zero(), Eigen::Matrix<float, 2, 1>::Ones()), "
        "Part3(Part1(std::array{1, 0}),\n    Part2()))");
  CHECK(expression.headers().contains("bijectors/act_norm.hpp"));
  CHECK(expression.declarations().find("using Part2 = bijou::ActNorm<float, 2>;") != std::string::npos);
}

TEST_CASE("constant expression: what has no form without the heap is named", "[io]") {
  const TransformedDistribution own{StandardNormal<float, 2>{}, OwnBijector{}};
  CHECK(
      refusal(own).starts_with("write_header: \"OwnBijector\" at bijector has no form without the heap; known are: "
                               "TransformedDistribution, "));
  std::mt19937_64 rng{0};
  using Each = PerCoordinate<AffineTransformer<float>, AdditiveTransformer<float>>;
  const Autoregressive<2, Each, Made<float>> layer(Each({0, 1}, {}, {}), {{4}}, rng);
  CHECK(refusal(TransformedDistribution{StandardNormal<float, 2>{}, layer})
            .starts_with("write_header: \"PerCoordinate\" at bijector.transformer has no form"));
  const flows::GlowOptions options{.shape = {1, 2, 2}, .levels = 1, .steps = 1, .width = 2};
  CHECK(refusal(flows::Glow<float>{options, rng})
            .starts_with("write_header: \"flows::Glow\" at the root has no form without the heap"));
}
