#pragma once

#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/real_nvp.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/distributions/uniform.hpp>
#include <cstdint>
#include <random>

// Flows of two coordinates whose densities are far from normal.
namespace flows {

using namespace bijou;

// Larger weights than those of a fresh network bend more.
template <class Flow>
Flow bent(Flow flow, double factor = 2) {
  flow.set_parameters(static_cast<typename Flow::Scalar>(factor) * flow.parameters());
  return flow;
}

template <class T>
auto maf(std::uint64_t seed) {
  std::mt19937_64 rng{seed};
  return bent(TransformedDistribution{StandardNormal<T, 2>{}, Chain{MAF<T, 2, 16, 16>{rng}, Permute<2>{1, 0},
                                                                    MAF<T, 2, 16, 16>{rng}, Permute<2>{1, 0}}});
}

template <class T>
auto real_nvp(std::uint64_t seed) {
  std::mt19937_64 rng{seed};
  return bent(TransformedDistribution{
      StandardNormal<T, 2>{}, Chain{RealNVP<T, 2, 16, 16>{1, rng}, Permute<2>{1, 0}, RealNVP<T, 2, 16, 16>{1, rng}}});
}

// Smooth, of parts of all kinds, with a base that is trained and sizes known at run time.
template <class T>
auto mixed(std::uint64_t seed) {
  std::mt19937_64 rng{seed};
  using Smooth = Autoregressive<2, AffineTransformer<T, scale_maps::SoftplusFloor>, Made<T, activations::Tanh, 12>>;
  using Mixed = Coupling<Eigen::Dynamic, AffineTransformer<T, scale_maps::SigmoidFloor>, Mlp<T, activations::Silu>>;
  return TransformedDistribution{DiagonalNormal<T, 2>{{T(0.3), T(-0.2)}, {T(1.2), T(0.8)}},
                                 Chain{Invert{Smooth{rng}}, Permute<2>{1, 0}, Mixed{2, 1, {8, 9}, rng},
                                       Affine<T, 2>{{T(0.5), T(0)}, {T(1.5), T(-0.7)}}, Smooth{rng}}};
}

template <class T>
auto boxed(std::uint64_t seed) {
  std::mt19937_64 rng{seed};
  return TransformedDistribution{Uniform<T, 2>{{T(-1), T(-1)}, {T(1), T(1)}},
                                 Chain{MAF<T, 2, 16>{rng}, Permute<2>{1, 0}, MAF<T, 2, 16>{rng}}};
}

}  // namespace flows
