#pragma once

#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/conditioners/activations.hpp>
#include <bijou/conditioners/made.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/scale_maps.hpp>
#include <cstdint>
#include <random>

#include "support/catch.hpp"
#include "support/compared_entries.hpp"

/// What the tests of losses share: small flows without kinks, and gradients against differences.
namespace losses {

using bijou::Index;

using Layer = bijou::Autoregressive<2, bijou::AffineTransformer<double, bijou::scale_maps::Exp>,
                                    bijou::Made<double, bijou::activations::Tanh>>;
using Flow =
    bijou::TransformedDistribution<bijou::StandardNormal<double, 2>, bijou::Chain<Layer, bijou::Reverse<2>, Layer>>;

/// Parameters far from those of a fresh flow, which is the identity.
inline Flow made(const bijou::NetworkOptions& options, std::uint64_t seed) {
  std::mt19937_64 rng{seed};
  Flow flow{{}, bijou::Chain{Layer{options, rng}, bijou::Reverse<2>{}, Layer{options, rng}}};
  Eigen::VectorXd parameters = flow.parameters();
  for (double& p : parameters) p = 0.3 * bijou::normal(rng);
  flow.set_parameters(parameters);
  return flow;
}

inline Flow flow(std::uint64_t seed) { return made({{6}}, seed); }
inline Flow conditional_flow(std::uint64_t seed) { return made({{6}, 2}, seed); }

inline Eigen::MatrixXd normals(Index rows, Index columns, std::mt19937_64& rng) {
  Eigen::MatrixXd x(rows, columns);
  for (double& each : x.reshaped()) each = bijou::normal(rng);
  return x;
}

/// A gradient against central differences of fourth order of loss(flow), in double.
template <class F, class Loss>
void check_differences(F flow, const Eigen::VectorXd& gradient, Loss loss, double tolerance = 1e-7) {
  const Eigen::VectorXd at = flow.parameters();
  Eigen::VectorXd numeric = gradient;
  for (const Index i : compared_entries(at.size())) {
    const auto moved = [&](double h) {
      Eigen::VectorXd parameters = at;
      parameters(i) += h;
      flow.set_parameters(parameters);
      return static_cast<double>(loss(flow));
    };
    const double h = 1e-3;
    numeric(i) = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
  }
  INFO("greatest difference " << (gradient - numeric).cwiseAbs().maxCoeff() << " of " << numeric.cwiseAbs().maxCoeff());
  CHECK((gradient - numeric).cwiseAbs().maxCoeff() < tolerance * (1 + numeric.cwiseAbs().maxCoeff()));
}

}  // namespace losses
