#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/conditioners/feed_forward_with_context.hpp>
#include <bijou/conditioners/made.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/conditioners/residual.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/rational_quadratic_spline.hpp>
#include <random>

#include "support/golden.hpp"
#include "support/under_context.hpp"

// The numbers were made with `python from_nflows.py` in this folder: nflows 0.14, torch 2.15.0, float64.

using namespace bijou;

namespace {

/// Five bins, tails='linear', tail_bound=3; the interval differs from the default, so layers are made of parts.
using Spline = RationalQuadraticSpline<double, 5, spline_edges::IdentityTails, spline_maps::SoftplusFloor>;

}  // namespace

// Two of MaskedAffineAutoregressiveTransform(4, 10, num_blocks=1, use_residual_blocks=False).
TEST_CASE("a masked affine autoregressive flow agrees with nflows", "[golden]") {
  std::mt19937_64 rng{0};
  using Layer = Autoregressive<4, AffineTransformer<double, scale_maps::SoftplusFloor>, Made<double>>;
  golden::Numbers<4> nflows{};
  nflows.log_prob << -7.860404890278964, -8.304162683488858, -8.298663281277214, -8.485699095215079, -8.261813899409512,
      -7.919003719890304, -7.961925988947911, -7.871502906263096;
  nflows.first_score << 0.11619564941793226, -0.7028269566125895, -0.03511562612302191, -0.05201964134252624;
  nflows.gradient_norm = 1.8375952275683476;
  nflows.gradient_product = 0.18894555216682896;
  nflows.draws.reshaped() << 3.8911908818795737, 1.682246467236932, 3.888307553679629, 0.02152794492983006,
      -2.2345705162998875, -1.3873273482023112, -1.0250512782125196, 0.7348323734831466;
  golden::check(TransformedDistribution{StandardNormal<double, 4>{},
                                        Chain{Layer{{10, 10}, rng}, Reverse<4>{}, Layer{{10, 10}, rng}}},
                nflows);
}

// Two of AffineCouplingTransform, which pass the first 2 and the first 3 of 5 coordinates on.
TEST_CASE("an affine coupling flow agrees with nflows", "[golden]") {
  std::mt19937_64 rng{0};
  using Layer = Coupling<5, AffineTransformer<double, scale_maps::SigmoidFloor>, Mlp<double>>;
  golden::Numbers<5> nflows{};
  nflows.log_prob << -8.24005574918592, -10.28020309010172, -9.209217206803508, -10.078908172381022, -8.244411950937863,
      -10.0994608567804, -9.789065993663895, -8.410467267471043;
  nflows.first_score << -0.844411908375093, -1.017676028647446, -1.1586639536789427, -0.47341114728842765,
      1.150273930831899;
  nflows.gradient_norm = 1.3426589142806549;
  nflows.gradient_product = 0.6314125355806147;
  nflows.draws.reshaped() << -0.12075255983219607, 1.4335430387975951, 1.5124005001352245, 0.40601670201891965,
      0.44618378100642797, -0.23377997940899237, -0.18689787293014132, -0.5906147412344834, -1.5138289776963627,
      -0.07248280262950246;
  golden::check(TransformedDistribution{StandardNormal<double, 5>{},
                                        Chain{Layer{2, {7, 6}, rng}, Reverse<5>{}, Layer{3, {7, 6}, rng}}},
                nflows);
}

// Two of the same with context_features=3, num_blocks=2, activation=torch.tanh, as sbi has them.
TEST_CASE("a masked affine flow of tanh with a context agrees with nflows", "[golden]") {
  std::mt19937_64 rng{0};
  using Conditioner = Made<double, activations::Tanh, FeedForwardWithContext>;
  using Layer = Autoregressive<4, AffineTransformer<double, scale_maps::SoftplusFloor>, Conditioner>;
  const NetworkOptions network{{10, 10, 10}, 3};
  golden::Numbers<4> nflows{};
  nflows.log_prob << -10.054287020951927, -10.283345267498902, -10.29268042599328, -9.923452771170801,
      -10.380236490705117, -9.739831581457954, -10.449231136521703, -10.084609837441977;
  nflows.first_score << -0.0022998290574449687, -0.10462733659674715, -0.2683509296361281, 0.3298445620082569;
  nflows.gradient_norm = 4.85579307362888;
  nflows.gradient_product = -8.498337331698274;
  nflows.draws.reshaped() << 6.4024334595686385, 3.390530751977958, 0.6659114600293154, 5.855143983057042,
      -1.9026836809819232, -0.9580426129828937, -3.1635912379694235, 4.580955225035274;
  golden::check(UnderContext{TransformedDistribution{StandardNormal<double, 4>{},
                                                     Chain{Layer{network, rng}, Reverse<4>{}, Layer{network, rng}}},
                             Eigen::VectorXd(Eigen::Vector3d(0.5, -1, 2))},
                nflows);
}

// Two of MaskedAffineAutoregressiveTransform(4, 10, context_features=3, num_blocks=2), which are residual by default.
TEST_CASE("a residual masked flow with a context agrees with nflows", "[golden]") {
  std::mt19937_64 rng{0};
  using Conditioner = Made<double, activations::Relu, ResidualWithContext>;
  using Layer = Autoregressive<4, AffineTransformer<double, scale_maps::SoftplusFloor>, Conditioner>;
  const NetworkOptions network{{10, 10, 10, 10, 10}, 3};
  golden::Numbers<4> nflows{};
  nflows.log_prob << -9.178041101662506, -9.319041109736665, -8.464830807050156, -9.830331931752845,
      -10.192650613919756, -11.847952176711393, -10.142882369845983, -8.90381153219241;
  nflows.first_score << 0.23508515392587293, -0.7013685586610444, -0.4258542704961849, -1.9212125935491478;
  nflows.gradient_norm = 7.008325357026514;
  nflows.gradient_product = -5.042322599097461;
  nflows.draws.reshaped() << 0.7666098979130357, 9.65724775803814, 0.5845259988206818, -1.0512256282060122,
      2.7968700352516245, -6.197444402745779, 12.636266493601216, 129.49178931634407;
  golden::check(UnderContext{TransformedDistribution{StandardNormal<double, 4>{},
                                                     Chain{Layer{network, rng}, Reverse<4>{}, Layer{network, rng}}},
                             Eigen::VectorXd(Eigen::Vector3d(0.5, -1, 2))},
                nflows);
}

// Two of AffineCouplingTransform with ResidualNet(inputs, outputs, 8, context_features=3) of two blocks.
TEST_CASE("a coupling flow of residual networks with gates agrees with nflows", "[golden]") {
  std::mt19937_64 rng{0};
  using Conditioner = Mlp<double, activations::Relu, GatedResidual>;
  using Layer = Coupling<5, AffineTransformer<double, scale_maps::SigmoidFloor>, Conditioner>;
  const NetworkOptions network{{8, 8, 8, 8, 8}, 3};
  golden::Numbers<5> nflows{};
  nflows.log_prob << -6.950709756621926, -20.646436846891763, -29.984282927275977, -11.884034662169952,
      -8.189587878905868, -33.631824364998025, -17.95093428853316, -7.265000750614738;
  nflows.first_score << -1.1105355081505035, -0.9004399762254163, -1.3167102518889964, 0.4620717812719327,
      0.7218257749558779;
  nflows.gradient_norm = 21.662135952397453;
  nflows.gradient_product = 19.58427647526862;
  nflows.draws.reshaped() << 0.20257671825702095, 2.082198842055317, 1.5718907441516192, 1.1714771402028616,
      -0.7584390377375456, -2.1430636850054987, 1.6920975482300162, -0.17103747261371993, -0.8141382238240482,
      -1.802828334581899;
  golden::check(
      UnderContext{TransformedDistribution{StandardNormal<double, 5>{},
                                           Chain{Layer{2, network, rng}, Reverse<5>{}, Layer{3, network, rng}}},
                   Eigen::VectorXd(Eigen::Vector3d(0.5, -1, 2))},
      nflows);
}

// Two of MaskedPiecewiseRationalQuadraticAutoregressiveTransform, networks as above.
TEST_CASE("a masked rational-quadratic autoregressive flow agrees with nflows", "[golden]") {
  std::mt19937_64 rng{0};
  const Spline spline(-3, 3);
  const Made<double> network{4, spline.parameters_per_coordinate(), {10, 10}, rng};
  const Autoregressive<4, Spline, Made<double>> layer{spline, network};
  golden::Numbers<4> nflows{};
  nflows.log_prob << -6.261561051431071, -8.558289376257765, -5.987448723359691, -9.332409984647049, -7.38634671971602,
      -7.2807474925752835, -9.204025614700473, -6.347597155257509;
  nflows.first_score << -3.7357318061241767, -1.3196575178390584, -1.812769907869464, -1.2755657219479275;
  nflows.gradient_norm = 4.271115252139531;
  nflows.gradient_product = -4.041215839495435;
  nflows.draws.reshaped() << 1.0970501428100414, 1.347139278728074, 0.9658532569626745, -0.42187635665169043,
      -0.9570846441141878, -0.6141349657569, -0.1536808494131734, 0.17488398141870953;
  golden::check(TransformedDistribution{StandardNormal<double, 4>{}, Chain{layer, Reverse<4>{}, layer}}, nflows);
}

// Two of PiecewiseRationalQuadraticCouplingTransform, which pass the first 2 and the first 3 of 5 coordinates on.
TEST_CASE("a rational-quadratic coupling flow agrees with nflows", "[golden]") {
  std::mt19937_64 rng{0};
  const Spline spline(-3, 3);
  using Layer = Coupling<5, Spline, Mlp<double>>;
  const auto layer = [&](int passed) {
    return Layer{spline, Mlp<double>{passed, (5 - passed) * spline.parameters_per_coordinate(), {7, 6}, rng}};
  };
  golden::Numbers<5> nflows{};
  nflows.log_prob << -11.309837225274023, -10.213676000815006, -8.260891347092242, -9.996688073372072,
      -9.229802610977778, -8.51223821136114, -10.109015707536582, -11.445540763233696;
  nflows.first_score << 0.7892866006835304, -1.4463261696670549, -1.7961355648357407, 1.1464947860014094,
      0.9407319805650606;
  nflows.gradient_norm = 4.593467363322345;
  nflows.gradient_product = -2.7831642480971297;
  nflows.draws.reshaped() << 0.32842771456357917, 0.32122090950764975, 0.64953825813826, 1.006192338787325,
      0.4602002397397698, 0.047431799172029, -0.7371353040883659, -1.1568753465429933, -1.0154153185038184,
      -0.05054076366647292;
  golden::check(TransformedDistribution{StandardNormal<double, 5>{}, Chain{layer(2), Reverse<5>{}, layer(3)}}, nflows);
}
