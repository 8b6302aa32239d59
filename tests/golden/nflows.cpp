#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/conditioners/made.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/transformers/affine.hpp>
#include <random>

#include "support/golden.hpp"

// The numbers were made with `python from_nflows.py` in this folder: nflows 0.14, torch 2.15.0, float64.

using namespace bijou;

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
