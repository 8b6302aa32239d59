#include <bijou/bijou.hpp>
#include <sstream>

#include "support/catch.hpp"

using namespace bijou;

namespace {

struct Own {
  using Scalar = float;
  static constexpr int static_event_size = 3;
  Eigen::Vector2f weights{1, 2};
  static constexpr auto members() { return bijou::Members{parameter("weights", &Own::weights)}; }
};

}  // namespace

TEST_CASE("a flow prints as a table of its parts", "[description]") {
  std::mt19937_64 rng{1};
  const TransformedDistribution flow{
      DiagonalNormal<float, 3>{{0, 0, 0}, {1, 1, 1}},
      Chain{Autoregressive<3, AffineTransformer<float>, Made<float>>{NetworkOptions{{8, 7}, 2}, rng}, Reverse<3>{}}};
  std::ostringstream out;
  out << flow;
  CHECK(
      out.str() ==
      "part                                  formula                                 shape                 parameters\n"
      "TransformedDistribution               x = f(z), z ~ base                      3 | 2                 165\n"
      "  base: DiagonalNormal                x_i ~ N(loc_i, scale_i^2)               3                     6\n"
      "  bijector: Chain                     x = f_0(f_1(... (z)))                   3 | 2                 159\n"
      "    0: MAF                            x_i = f(z_i; theta_i(x_0 ... x_{i-1}))  3 | 2                 159\n"
      "      transformer: AffineTransformer  z = s(a) x + t                                                0\n"
      "      conditioner: Made                                                       3 | 2 -> 8 -> 7 -> 6  159\n"
      "    1: Reverse                        x_j = z[D-1-j]                          3                     0\n");
}

TEST_CASE("own types, frozen parts and flows of any type in a table", "[description]") {
  CHECK(description(Own{}) ==
        "part      formula  shape  parameters\n"
        "own type           3      2\n");
  std::mt19937_64 rng{1};
  const Frozen frozen{Affine<float, 2>{{0, 0}, {1, 1}}};
  CHECK(description(frozen) ==
        "part                formula                      shape  parameters\n"
        "Frozen              x = f(z), not trained        2      0\n"
        "  bijector: Affine  x_i = scale_i z_i + shift_i  2      0\n");
  const flows::MAF<float, 2> flow{{.layers = 1, .hidden = {4}}, rng};
  CHECK(description(AnyFlow<float>(flow)) == description(flow));
  CHECK(description(Reverse<Eigen::Dynamic>{}).find("any") != std::string::npos);
}
