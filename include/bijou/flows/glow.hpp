#pragma once

#include <bijou/bijectors/act_norm.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/flows/any_bijector.hpp>
#include <bijou/flows/forward.hpp>
#include <bijou/flows/signal_levels.hpp>
#include <bijou/signals/convolutional_network.hpp>
#include <bijou/signals/dequantize.hpp>
#include <bijou/signals/each_pixel.hpp>
#include <bijou/signals/invertible_convolution.hpp>
#include <bijou/signals/pixel_orders.hpp>
#include <bijou/transformers/affine.hpp>
#include <utility>
#include <vector>

namespace bijou {

/// The coupling of a step of Glow: the first channels x_a pass, the others become z_b.
///
/// @f[ z_b = s(a) \odot x_b + t, \qquad s(a) = \text{sigmoid}(a + 2) + 10^{-3}, \quad (t, a) = \text{network}(x_a) @f]
template <class T>
using ImageCoupling = Coupling<Eigen::Dynamic, AffineTransformer<T, scale_maps::SigmoidFloor>, ConvolutionalNetwork<T>>;

/// A step of Glow, from data to noise: ActNorm for each channel, an invertible 1x1 convolution W, a coupling.
///
/// @f[ z = \text{coupling}\bigl(W\, \text{ActNorm}(x)\bigr) @f]
template <class T>
using GlowStep = Chain<EachPixel<ActNorm<T, Eigen::Dynamic>>, InvertibleConvolution<T>, ImageCoupling<T>>;

namespace flows {

/// The options of Glow. Levels: a squeeze by 2, `steps` steps, and half of the channels leave, but for the last level.
struct GlowOptions {
  /// Of an event: channels, height, width; a height of 1 is a sound. 2^levels divides height and width.
  SignalShape shape = {};
  /// Rows of the context, the same for all pixels, such as one for each class; 0: the flow has none.
  Index context_size = 0;
  /// How often an image is squeezed; at least 1.
  int levels = 2;
  /// Steps in each level; at least 1.
  int steps = 8;
  /// Channels of the hidden layers of each network.
  Index width = 64;
  /// The sizes of the kernels of the networks in steps, odd, one for each layer.
  std::vector<int> kernels = {3, 1, 3};
  /// alpha of logit_scaling, which stands outermost then; 0: data are taken as they are.
  double logit = 0;
};

}  // namespace flows

namespace detail {

template <class T>
struct GlowParts {
  const flows::GlowOptions& options;

  ConvolutionalNetworkOptions network(std::vector<int> kernels) const {
    return {.width = options.width, .kernels = std::move(kernels), .global_context = options.context_size};
  }

  template <class C, class Rng>
  C coupling(const SignalShape& shape, std::vector<int> kernels, Rng& rng) const {
    const Index passed = shape.channels / 2;
    return C({}, ConvolutionalNetwork<T>(shape.with_channels(passed), shape.channels - passed, 2,
                                         network(std::move(kernels)), rng));
  }

  template <class Rng>
  GlowStep<T> step(const SignalShape& shape, Rng& rng) const {
    ActNorm<T, Eigen::Dynamic> norm(shape.channels);
    PLUMatrix<T> matrix(shape.channels, rng);
    return GlowStep<T>(EachPixel(shape.pixels(), std::move(norm)),
                       InvertibleConvolution<T>(shape.pixels(), std::move(matrix)),
                       coupling<ImageCoupling<T>>(shape, options.kernels, rng));
  }

  /// The level of images of this shape, and those further from the data, as one map.
  template <class Rng>
  DynamicChain<AnyBijector<T>> level(const SignalShape& shape, int number, Rng& rng) const {
    const SignalShape inside = squeezed(shape);
    std::vector<GlowStep<T>> steps;
    for (int i = 0; i < options.steps; ++i) steps.push_back(step(inside, rng));
    AnyBijector<T> all_steps = DynamicChain<GlowStep<T>>(std::move(steps));
    if (number == options.levels) return signal_level<T>(shape, std::move(all_steps));
    AnyBijector<T> exit = coupling<ExitCoupling<T>>(inside, {3, 3}, rng);
    AnyBijector<T> next = level(inside.with_channels(inside.channels / 2), number + 1, rng);
    return signal_level<T>(shape, std::move(all_steps), std::move(exit), std::move(next));
  }
};

template <class T, class Rng>
AnyBijector<T> make_glow(const char* caller, const flows::GlowOptions& options, Rng& rng) {
  require_shape(caller, options.shape);
  require_at_least_one(caller, "level", options.levels);
  require_at_least_one(caller, "step", options.steps);
  require_at_least_one(caller, "channel as the width", options.width);
  if (options.context_size < 0) {
    throw_invalid_argument(caller, "expected a context_size of at least 0, got ", options.context_size);
  }
  const Index factor = options.levels < 31 ? Index{1} << options.levels : 0;
  const SignalShape& shape = options.shape;
  if (factor == 0 || shape.width % factor != 0 || (shape.height > 1 && shape.height % factor != 0)) {
    throw_invalid_argument(caller, "expected a height and a width that 2^levels divides, got ", shape.height, " x ",
                           shape.width, " and ", options.levels, " levels");
  }
  DynamicChain<AnyBijector<T>> levels = GlowParts<T>{options}.level(shape, 1, rng);
  if (options.logit == 0) return levels;
  return DynamicChain<AnyBijector<T>>(
      std::vector<AnyBijector<T>>{logit_scaling<T>(shape.size(), options.logit), std::move(levels)});
}

}  // namespace detail

namespace flows {

/// Glow (Kingma & Dhariwal 2018): a multi-scale flow of images or, with a height of 1, of sounds. From data to noise
/// each level squeezes, runs its steps (ActNorm, invertible 1x1 convolution, coupling with a convolutional network),
/// and splits the channels: half of them go on to the next level, the others leave with the density N(mu, e^g) that a
/// network gives them from those that stay. What leaves stays in its rows of the event; all noise is in the standard
/// normal base. Level l, of which h_0 is the image:
///
/// @f[
///   (h_{l+1}, y_l) = \text{steps}_l\bigl(\text{squeeze}(h_l)\bigr), \qquad z_l = e^{-g(h_{l+1})} \odot \bigl(y_l -
///   \mu(h_{l+1})\bigr)
/// @f]
///
/// T: float or double. GlowOptions describes the options. All calls are those of TransformedDistribution. The networks
/// start at zero; ActNorm is started by fit or initialize. For images of several kinds take a mixture as the base of
/// the same maps: TransformedDistribution{MixtureOfGaussians<T, Eigen::Dynamic>{shape.size(), 20, rng}, glow.bijector}.
/// Throws std::invalid_argument for options out of range.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const Eigen::MatrixXi grey = Eigen::MatrixXi::Constant(64, 500, 3);  // 500 images of 8 x 8, levels 0 to 16
/// bijou::flows::Glow<float> flow{{.shape = {1, 8, 8}, .levels = 2, .steps = 2, .width = 16, .logit = 0.02}, rng};
/// bijou::fit(flow, bijou::dequantize<float>(grey, 17, rng), {.epochs = 1}, rng);
/// const Eigen::MatrixXi drawn = bijou::quantize(bijou::sample_at_temperature(flow, 10, 0.7, rng), 17);
/// @endcode
template <class T>
class Glow : public TransformedDistribution<StandardNormal<T, Eigen::Dynamic>, AnyBijector<T>, Glow<T>> {
 public:
  static constexpr const char* name = "flows::Glow";

  template <UniformRandomBitGenerator Rng>
  Glow(const GlowOptions& options, Rng& rng)
      : TransformedDistribution<StandardNormal<T, Eigen::Dynamic>, AnyBijector<T>, Glow>(
            StandardNormal<T, Eigen::Dynamic>(bijou::detail::require_shape(name, options.shape).size()),
            bijou::detail::make_glow<T>(name, options, rng)) {}
};

}  // namespace flows
}  // namespace bijou
