// Chains of many layers as they are built, before any training.
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/real_nvp.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/conditioners/residual.hpp>
#include <vector>

#include "support/laws.hpp"

using bijou::Chain;
using bijou::DynamicChain;
using bijou::Index;
using Reverse = bijou::Reverse<Eigen::Dynamic>;

namespace {

template <class Layer, class Make>
auto deep(Make make) {
  std::mt19937_64 rng{3};
  std::vector<Chain<Layer, Reverse>> layers;
  for (int i = 0; i < 64; ++i) layers.emplace_back(make(rng), Reverse{});
  return DynamicChain{layers};
}

// Both directions are finite even for events of 100 standard deviations, stay near the identity, and come back.
template <class F>
void check_deep(const F& f) {
  std::mt19937_64 rng{4};
  const laws::Matrix<float> noise = laws::normals<float>(f.event_size(), 128, rng);
  for (const float sigma : {1.0f, 10.0f, 100.0f}) {
    const laws::Matrix<float> in = sigma * noise;
    for (const laws::Direction direction : laws::directions) {
      INFO(f.event_size() << " coordinates, sigma " << sigma << ", " << laws::text(direction));
      const laws::Values<float> there = laws::map(f, direction, in);
      CHECK(there.value.allFinite());
      CHECK(there.log_det.allFinite());
      const laws::Values<float> back = laws::map(f, laws::opposite(direction), there.value);
      CHECK((back.value - in).cwiseAbs().maxCoeff() < 1e-5f * sigma);
      CHECK((there.value - in).norm() < 0.3f * in.norm());
      if (sigma > 2) continue;
      CHECK((there.value - in).norm() < 0.01f * in.norm());
      CHECK(there.log_det.cwiseAbs().maxCoeff() < 0.2f);
    }
  }
}

}  // namespace

TEST_CASE("64 layers as built: RealNVP", "[deep_chains]") {
  using Layer = bijou::RealNVP<float, Eigen::Dynamic>;
  for (const Index d : {2, 19}) {
    check_deep(deep<Layer>([&](auto& rng) { return Layer{d, d / 2, {64, 64}, rng}; }));
  }
}

TEST_CASE("64 layers as built: MAF", "[deep_chains]") {
  using Layer = bijou::MAF<float, Eigen::Dynamic>;
  for (const Index d : {2, 19}) {
    check_deep(deep<Layer>([&](auto& rng) { return Layer{d, {64, 64}, rng}; }));
  }
}

TEST_CASE("64 layers as built: IAF", "[deep_chains]") {
  using Layer = bijou::IAF<float, Eigen::Dynamic>;
  for (const Index d : {2, 19}) {
    check_deep(deep<Layer>([&](auto& rng) { return Layer{d, {64, 64}, rng}; }));
  }
}

TEST_CASE("64 layers as built: residual networks of five hidden layers", "[deep_chains]") {
  namespace activations = bijou::activations;
  using Affine = bijou::AffineTransformer<float>;
  using Masked = bijou::Autoregressive<Eigen::Dynamic, Affine, bijou::Made<float, activations::Relu, bijou::Residual>>;
  using Coupled = bijou::Coupling<Eigen::Dynamic, Affine, bijou::Mlp<float, activations::Relu, bijou::Residual>>;
  const bijou::NetworkOptions network{64, 64, 64, 64, 64};
  for (const Index d : {2, 19}) {
    check_deep(deep<Masked>([&](auto& rng) { return Masked{d, network, rng}; }));
    check_deep(deep<Coupled>([&](auto& rng) { return Coupled{d, d / 2, network, rng}; }));
  }
}
