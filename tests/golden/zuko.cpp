#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/invert.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/conditioners/made.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/rational_quadratic_spline.hpp>
#include <random>

#include "support/golden.hpp"

// The numbers were made with `python from_zuko.py` in this folder: zuko 1.6.0, torch 2.15.0, float64.

using namespace bijou;

// zuko.flows.MAF(3, transforms=3, hidden_features=(16, 12)): the second transform has the coordinates in reverse order.
TEST_CASE("MAF agrees with zuko", "[golden]") {
  std::mt19937_64 rng{0};
  using Layer = Autoregressive<3, AffineTransformer<double, scale_maps::SoftClippedExp>, Made<double>>;
  const NetworkOptions sizes{16, 12};
  golden::Numbers<3> zuko{};
  zuko.log_prob << -13.09301944141373, -16.021736760240017, -11.2773054795515, -6.909078669260229, -11.713040331486853,
      -5.273909296050332, -22.64837644797715, -12.79442335859834;
  zuko.first_score << 1.4894521690238292, -7.508990588143154, -9.070226718466394;
  zuko.gradient_norm = 30.475342087332248;
  zuko.gradient_product = 10.529800041702924;
  zuko.draws.reshaped() << 0.8606763158144031, 0.8107673788890555, 0.532910446584652, 1.6741895934415414,
      0.6127751050942153, -0.13743570651087536;
  golden::check(
      TransformedDistribution{StandardNormal<double, 3>{}, Chain{Layer{sizes, rng}, Reverse<3>{}, Layer{sizes, rng},
                                                                 Reverse<3>{}, Layer{sizes, rng}}},
      zuko);
}

// zuko.flows.NSF(3, transforms=2, bins=8, hidden_features=(16, 12)).
TEST_CASE("NSF agrees with zuko", "[golden]") {
  std::mt19937_64 rng{0};
  using Layer = Autoregressive<3, RationalQuadraticSpline<double, 8>, Made<double>>;
  const NetworkOptions sizes{16, 12};
  golden::Numbers<3> zuko{};
  zuko.log_prob << -7.191284582082621, -6.989267960277302, -5.545347917919558, -7.537499973194021, -7.099565784346475,
      -6.608894904585115, -7.094653403849418, -7.270212638931322;
  zuko.first_score << 7.436679939082974, -14.197005799253237, -1.7393047036809937;
  zuko.gradient_norm = 7.996342260597162;
  zuko.gradient_product = 8.63491473256586;
  zuko.draws.reshaped() << 0.1289155508287515, 0.918065867539248, 1.1394879537884737, 0.7878973679451987,
      0.7439031325786802, -0.32495354462342085;
  golden::check(TransformedDistribution{StandardNormal<double, 3>{},
                                        Chain{Layer{sizes, rng}, Reverse<3>{}, Layer{sizes, rng}, Reverse<3>{}}},
                zuko);
}

// zuko.flows.RealNVP(5, transforms=3, hidden_features=(7, 6)): coordinates 0, 2 and 4 are passed on, then 1 and 3, then
// 0, 2 and 4 again.
TEST_CASE("RealNVP agrees with zuko", "[golden]") {
  std::mt19937_64 rng{0};
  using Layer = Coupling<5, AffineTransformer<double, scale_maps::SoftClippedExp>, Mlp<double>>;
  const Permute<5> even{0, 2, 4, 1, 3};  // Invert{even} brings coordinates 0, 2 and 4 to the front on the way to noise
  const Permute<5> odd{1, 3, 0, 2, 4};
  const NetworkOptions sizes{7, 6};
  golden::Numbers<5> zuko{};
  zuko.log_prob << -7.928279590596711, -12.395511288825313, -11.29386477095674, -11.072691404337938,
      -10.097638905182688, -10.444001332341887, -12.832333790547537, -7.987514201694643;
  zuko.first_score << -0.5098996546765466, -1.0133473640773996, -2.088751263225362, -0.25764253546177746,
      1.0465860236199185;
  zuko.gradient_norm = 6.509802285886682;
  zuko.gradient_product = -4.042295252925605;
  zuko.draws.reshaped() << -0.28374394884827014, 0.9991191691324706, 1.2336436719057746, 0.5203117317596989,
      -0.14284036204466968, -1.0385708412464398, -1.4705697343552158, -0.48545354199633, -0.33532358622494446,
      -0.25333199352215635;
  golden::check(TransformedDistribution{StandardNormal<double, 5>{},
                                        Chain{Invert{even}, Layer{3, sizes, rng}, even, Invert{odd},
                                              Layer{2, sizes, rng}, odd, Invert{even}, Layer{3, sizes, rng}, even}},
                zuko);
}
