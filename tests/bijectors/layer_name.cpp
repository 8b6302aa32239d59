#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/layer_name.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/real_nvp.hpp>
#include <bijou/conditioners/residual.hpp>
#include <bijou/transformers/invert.hpp>
#include <random>
#include <string>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

template <class S, class C>
std::string autoregressive() {
  return Autoregressive<2, S, C>::name;
}
template <class S, class C>
std::string coupling() {
  return Coupling<2, S, C>::name;
}

}  // namespace

TEST_CASE("a layer is called MAF or RealNVP only if it is one", "[layer_name]") {
  using Affine = AffineTransformer<float>;
  CHECK(std::string(MAF<float, 2>::name) == "MAF");
  CHECK(std::string(MAF<double, 2, 8>::name) == "MAF");
  CHECK(std::string(RealNVP<float, 2>::name) == "RealNVP");
  CHECK(std::string(RealNVP<double, Eigen::Dynamic, 8>::name) == "RealNVP");
  CHECK(autoregressive<Affine, Made<float>>() == "MAF");
  CHECK(autoregressive<AffineTransformer<float, scale_maps::SoftplusFloor>, Made<float>>() == "Autoregressive");
  CHECK(autoregressive<Affine, Made<float, activations::Tanh>>() == "Autoregressive");
  CHECK(autoregressive<Affine, Made<float, activations::Relu, Residual>>() == "Autoregressive");
  CHECK(autoregressive<InvertTransformer<Affine>, Made<float>>() == "Autoregressive");
  CHECK(coupling<Affine, Mlp<float>>() == "RealNVP");
  CHECK(coupling<AffineTransformer<float, scale_maps::SigmoidFloor>, Mlp<float>>() == "Coupling");
  CHECK(coupling<Affine, Mlp<float, activations::Silu>>() == "Coupling");
  CHECK(coupling<InvertTransformer<Affine>, Mlp<float>>() == "Coupling");
}

TEST_CASE("messages call a layer by its name", "[layer_name]") {
  std::mt19937_64 rng{1};
  const MAF<float, 2> maf{{4}, rng};
  const Autoregressive<2, AffineTransformer<float>, Made<float, activations::Tanh>> other{{4}, rng};
  const RealNVP<float, 2> real_nvp{1, {4}, rng};
  const Eigen::MatrixXf x(3, 5);
  CHECK(message_of([&] { maf.inverse(x); }) == "MAF: expected events of 2 rows, got 3");
  CHECK(message_of([&] { other.inverse(x); }) == "Autoregressive: expected events of 2 rows, got 3");
  CHECK(message_of([&] { real_nvp.inverse(x); }) == "RealNVP: expected events of 2 rows, got 3");
}
