#pragma once

#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/invert.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/real_nvp.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/conditioners/activations.hpp>
#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/distributions/uniform.hpp>
#include <bijou/transformers/scale_maps.hpp>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

// Flows of two or three coordinates whose densities are far from normal.
namespace bent_flows {

using namespace bijou;

/// Weights and biases of all layers uniform in +-factor/sqrt(fan-in), the last ones too: a fresh layer is near the
/// identity.
template <class Flow>
Flow bent(Flow flow, std::uint64_t seed, double factor = 2) {
  using T = typename Flow::Scalar;
  std::mt19937_64 rng{seed + 1000};
  double bound = 0;
  for_each_named_parameter(flow, [&](const std::string& path, auto& member) {
    if (path.find("layers") == path.npos) return;
    if (path.ends_with("weight")) bound = factor / std::sqrt(static_cast<double>(member.cols()));
    for (Index j = 0; j < member.cols(); ++j) {
      for (Index i = 0; i < member.rows(); ++i) member(i, j) = static_cast<T>(bound * (2 * uniform(rng) - 1));
    }
  });
  return flow;
}

template <class T>
auto maf(std::uint64_t seed) {
  std::mt19937_64 rng{seed};
  return bent(TransformedDistribution{StandardNormal<T, 2>{}, Chain{MAF<T, 2, 16, 16>{rng}, Permute<2>{1, 0},
                                                                    MAF<T, 2, 16, 16>{rng}, Permute<2>{1, 0}}},
              seed);
}

template <class T>
auto real_nvp(std::uint64_t seed) {
  std::mt19937_64 rng{seed};
  return bent(TransformedDistribution{StandardNormal<T, 2>{}, Chain{RealNVP<T, 2, 16, 16>{1, rng}, Permute<2>{1, 0},
                                                                    RealNVP<T, 2, 16, 16>{1, rng}}},
              seed);
}

/// Smooth, of parts of all kinds, with a base that is trained and sizes known at run time.
template <class T>
auto mixed(std::uint64_t seed) {
  std::mt19937_64 rng{seed};
  using Smooth = Autoregressive<2, AffineTransformer<T, scale_maps::SoftplusFloor>, Made<T, activations::Tanh>>;
  using Mixed = Coupling<Eigen::Dynamic, AffineTransformer<T, scale_maps::SigmoidFloor>, Mlp<T, activations::Silu>>;
  return bent(TransformedDistribution{DiagonalNormal<T, 2>{{T(0.3), T(-0.2)}, {T(1.2), T(0.8)}},
                                      Chain{Invert{Smooth{{12}, rng}}, Permute<2>{1, 0}, Mixed{2, 1, {8, 9}, rng},
                                            Affine<T, 2>{{T(0.5), T(0)}, {T(1.5), T(-0.7)}}, Smooth{{12}, rng}}},
              seed, 1);
}

template <class T>
auto boxed(std::uint64_t seed) {
  std::mt19937_64 rng{seed};
  return bent(TransformedDistribution{Uniform<T, 2>{{T(-1), T(-1)}, {T(1), T(1)}},
                                      Chain{MAF<T, 2, 16>{rng}, Permute<2>{1, 0}, MAF<T, 2, 16>{rng}}},
              seed, 1);
}

/// Three coordinates and a number of layers known at run time.
template <class T>
auto layers(std::uint64_t seed) {
  std::mt19937_64 rng{seed};
  using Layer = Chain<MAF<T, 3, 20>, Permute<3>>;
  std::vector<Layer> members;
  for (int i = 0; i < 4; ++i) members.emplace_back(MAF<T, 3, 20>{rng}, Permute<3>{2, 0, 1});
  return bent(TransformedDistribution{StandardNormal<T, 3>{}, DynamicChain{members}}, seed, 1);
}

/// All sizes known at run time, three coordinates.
template <class T>
auto sizes_at_run_time(std::uint64_t seed) {
  std::mt19937_64 rng{seed};
  constexpr int dynamic = Eigen::Dynamic;
  using Vector = Eigen::Vector<T, dynamic>;
  return bent(TransformedDistribution{DiagonalNormal<T, dynamic>{Vector::Ones(3), Vector::Constant(3, T(2))},
                                      Chain{MAF<T, dynamic>{3, {9, 8}, rng}, Permute<dynamic>{{1, 2, 0}},
                                            RealNVP<T, dynamic>{3, 1, {7}, rng},
                                            Affine<T, dynamic>{Vector::Ones(3), Vector::Constant(3, T(2))}}},
              seed, 1);
}

template <class T>
auto box_at_run_time(std::uint64_t) {
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  return TransformedDistribution{Uniform<T, Eigen::Dynamic>{Vector::Zero(3), Vector::Ones(3)},
                                 Reverse<Eigen::Dynamic>{}};
}

/// A flow whose base is a flow whose base is a flow.
template <class T>
auto nested(std::uint64_t seed) {
  std::mt19937_64 rng{seed};
  const TransformedDistribution inner{DiagonalNormal<T, 2>{{T(0.3), T(-0.2)}, {T(1.2), T(0.8)}},
                                      RealNVP<T, 2, 8>{1, rng}};
  const TransformedDistribution middle{inner, Affine<T, 2>{{T(0.5), T(0)}, {T(1.5), T(-0.7)}}};
  return bent(TransformedDistribution{middle, Chain{Reverse<2>{}, MAF<T, 2, 8>{rng}}}, seed);
}

}  // namespace bent_flows
