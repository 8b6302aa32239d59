#pragma once

#include <bijou/bijectors/act_norm.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/flows/any_bijector.hpp>
#include <bijou/flows/embed.hpp>
#include <bijou/flows/forward.hpp>
#include <bijou/flows/signal_levels.hpp>
#include <bijou/signals/context_rows.hpp>
#include <bijou/signals/each_pixel.hpp>
#include <bijou/signals/mel_upsampling.hpp>
#include <bijou/signals/pixel_orders.hpp>
#include <bijou/signals/wave_net.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/invert.hpp>
#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace bijou {

/// The coupling of a step of FloWaveNet: the first channels x_a pass, the others become z_b, with ln s clipped softly
/// to (-3, 3).
///
/// @f[ z_b = \frac{x_b - t}{s(a)}, \qquad \ln s(a) = \frac{a}{1 + |a| / 3}, \quad (t, a) = \text{WaveNet}(x_a; c) @f]
template <class T>
using WaveCoupling =
    Coupling<Eigen::Dynamic, InvertTransformer<AffineTransformer<T, scale_maps::BoundedExp>>, WaveNet<T>>;

/// A step of FloWaveNet, from data to noise: ActNorm for each channel, a coupling, which may read a context, and the
/// halves of the channels change places.
///
/// @f[ z = \text{swap}\Bigl(\text{coupling}\bigl(\text{ActNorm}(x)\bigr)\Bigr) @f]
template <class T>
using FloWaveNetStep = Chain<EachPixel<ActNorm<T, Eigen::Dynamic>>, AnyBijector<T>, Permute<Eigen::Dynamic>>;

namespace flows {

/// The options of FloWaveNet. The defaults are those of the paper.
struct FloWaveNetOptions {
  /// Length of an event, which 2^blocks divides. with_samples makes of a flow one for another length.
  Index samples = 0;
  /// Of an event: 1 for mono.
  Index channels = 1;
  /// Channels of the context (the bands of a spectrogram), 0: the flow has none. Row channel * frames + frame.
  Index context_channels = 0;
  /// By how much the layers of a MelUpsampling multiply the frames of the context, 16 and 16 for frames of 256 samples.
  /// None: the context has a frame for each sample.
  std::vector<int> upsampling = {};
  /// Squeezes, each with its steps; at least 1.
  int blocks = 8;
  /// Steps in each block; at least 1.
  int flows = 6;
  /// Gated layers of each network.
  Index layers = 2;
  /// Channels of each gated layer.
  Index width = 256;
  /// Size of the kernels of the networks, odd.
  Index kernel = 3;
  /// After how many blocks half of the channels leave; 0: never.
  int blocks_per_split = 4;
};

}  // namespace flows

namespace detail {

/// Samples for each frame of the context.
inline Index samples_per_frame(const flows::FloWaveNetOptions& options) {
  Index product = 1;
  for (const int factor : options.upsampling) product *= factor;
  return product;
}

template <class T>
struct FloWaveNetParts {
  const flows::FloWaveNetOptions& options;
  bool has_started;  // whether ActNorm has learned

  bool splits_after(int block) const {
    return options.blocks_per_split > 0 && block < options.blocks && block % options.blocks_per_split == 0;
  }
  Index context_rows() const { return options.context_channels * options.samples; }

  /// The first channels pass. rows: those of the context, with the pixels of the shape.
  template <class C, class Rng>
  AnyBijector<T> coupling(const SignalShape& shape, Index layers, const std::vector<int>& rows, Rng& rng) const {
    const Index passed = shape.channels / 2, context = static_cast<Index>(rows.size()) / shape.pixels();
    C coupling({}, WaveNet<T>(shape.with_channels(passed), shape.channels - passed, 2,
                              {options.width, layers, options.kernel, context}, rng));
    if (context == 0) return coupling;
    return Embed<ContextRows<T>, C>(ContextRows<T>(context_rows(), rows), std::move(coupling));
  }

  template <class Rng>
  FloWaveNetStep<T> step(const SignalShape& shape, const std::vector<int>& context, Rng& rng) const {
    using Norm = ActNorm<T, Eigen::Dynamic>;
    const Norm norm =
        has_started ? Norm(Eigen::Matrix<T, 2, Eigen::Dynamic>::Zero(2, shape.channels)) : Norm(shape.channels);
    const std::vector<int> first_half(context.begin(),
                                      context.begin() + static_cast<std::ptrdiff_t>(context.size() / 2));
    std::vector<int> swapped(static_cast<std::size_t>(shape.size()));
    std::iota(swapped.begin(), swapped.end(), 0);
    std::rotate(swapped.begin(), swapped.begin() + shape.size() / 2, swapped.end());
    return FloWaveNetStep<T>(EachPixel(shape.pixels(), norm),
                             coupling<WaveCoupling<T>>(shape, options.layers, first_half, rng),
                             Permute<Eigen::Dynamic>(std::move(swapped)));
  }

  /// The blocks from this one on. context: its rows in the order of the channels at signals of this shape.
  template <class Rng>
  DynamicChain<AnyBijector<T>> block(const SignalShape& shape, int number, std::vector<int> context, Rng& rng) const {
    const SignalShape inside = squeezed(shape);
    if (!context.empty()) {
      const Index channels = static_cast<Index>(context.size()) / shape.pixels();
      const std::vector<int> order = squeeze(shape.with_channels(channels)).indices();
      std::vector<int> before = std::move(context);
      context.clear();
      for (const int i : order) context.push_back(before[static_cast<std::size_t>(i)]);
    }
    std::vector<FloWaveNetStep<T>> steps;
    for (int i = 0; i < options.flows; ++i) {
      steps.push_back(step(inside, context, rng));
      std::rotate(context.begin(), context.begin() + static_cast<std::ptrdiff_t>(context.size() / 2), context.end());
    }
    AnyBijector<T> all_steps = DynamicChain<FloWaveNetStep<T>>(std::move(steps));
    const AnyBijector<T> in_time = squeeze(shape);  // the noise in the order of the samples
    if (number == options.blocks) return signal_level<T>(shape, std::move(all_steps), in_time);
    if (!splits_after(number)) {
      AnyBijector<T> next = block(inside, number + 1, std::move(context), rng);
      return signal_level<T>(shape, std::move(all_steps), std::move(next), in_time);
    }
    constexpr Index exit_layers = 2;
    AnyBijector<T> exit = coupling<ExitCoupling<T, WaveNet<T>>>(inside, exit_layers, context, rng);
    AnyBijector<T> next = block(inside.with_channels(inside.channels / 2), number + 1, std::move(context), rng);
    return signal_level<T>(shape, std::move(all_steps), std::move(exit), std::move(next), in_time);
  }

  template <class Rng>
  AnyBijector<T> whole(Rng& rng) const {
    std::vector<int> context(static_cast<std::size_t>(context_rows()));
    std::iota(context.begin(), context.end(), 0);
    AnyBijector<T> blocks = block({options.channels, 1, options.samples}, 1, std::move(context), rng);
    if (options.context_channels == 0 || options.upsampling.empty()) return blocks;
    const Index frames = options.samples / samples_per_frame(options);
    MelUpsampling<T> network(options.context_channels, frames, options.upsampling);
    return Embed<MelUpsampling<T>, AnyBijector<T>>(std::move(network), std::move(blocks));
  }
};

inline void require_flo_wave_net(const char* caller, const flows::FloWaveNetOptions& options) {
  require_at_least_one(caller, "sample", options.samples);
  require_at_least_one(caller, "channel", options.channels);
  require_at_least_one(caller, "block", options.blocks);
  require_at_least_one(caller, "flow in each block", options.flows);
  for (const int factor : options.upsampling) {
    if (factor < 1) throw_invalid_argument(caller, "expected factors of upsampling of at least 1, got ", factor);
  }
  if (options.context_channels < 0 || options.blocks_per_split < 0) {
    throw_invalid_argument(caller, "expected context_channels and blocks_per_split of at least 0, got ",
                           options.context_channels, " and ", options.blocks_per_split);
  }
  if (options.context_channels == 0 && !options.upsampling.empty()) {
    throw_invalid_argument(caller, "expected context_channels of at least 1 where there is upsampling, got 0");
  }
  const Index squeezes = options.blocks < 31 ? Index{1} << options.blocks : 0;
  if (squeezes == 0 || options.samples % squeezes != 0) {
    throw_invalid_argument(caller, "expected a number of samples that 2^blocks divides, got ", options.samples,
                           " samples and ", options.blocks, " blocks");
  }
  if (options.samples % samples_per_frame(options) != 0) {
    throw_invalid_argument(caller, "expected a number of samples that the ", samples_per_frame(options),
                           " samples of a frame divide, got ", options.samples);
  }
}

}  // namespace detail

namespace flows {

/// FloWaveNet (Kim, Lee, Song, Kim & Yoon 2019): a flow of raw audio, whose draws are made in one pass. From data to
/// noise each block squeezes in time and runs its steps: ActNorm, a coupling with a WaveNet that is not causal, and the
/// halves of the channels change places. After each `blocks_per_split` blocks the second half leaves with the density
/// N(mu, e^g) that a WaveNet gives it from the half that stays. All noise is in the standard normal base, in the order
/// of the samples: what a number of noise acts on is near its own place. What leaves, y, under what stays, h:
///
/// @f[ z = e^{-g(h)} \odot \bigl(y - \mu(h)\bigr) @f]
///
/// A context has `context_channels` rows for each frame, such as the bands of a mel spectrogram. It is upsampled to the
/// audio (MelUpsampling, trained with the rest), squeezed and swapped along with it; each coupling reads the first half
/// of its channels, an exit all of them.
///
/// T: float or double. FloWaveNetOptions describes the options. All calls are those of TransformedDistribution. The
/// networks start at zero; ActNorm is started by fit or initialize. Parameters do not depend on the length. ClipWindows
/// is for long clips. Throws std::invalid_argument for options out of range.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const Eigen::MatrixXf crops = Eigen::MatrixXf::Random(64, 100);  // 100 of 64 samples
/// bijou::flows::FloWaveNet<float> flow{{.samples = 64, .blocks = 3, .flows = 2, .width = 16}, rng};
/// bijou::fit(flow, crops, {.epochs = 1, .batch_size = 16}, rng);
/// const Eigen::MatrixXf drawn = bijou::sample_at_temperature(flow.with_samples(256), 1, 0.8, rng);
/// @endcode
template <class T>
class FloWaveNet : public TransformedDistribution<StandardNormal<T, Eigen::Dynamic>, AnyBijector<T>, FloWaveNet<T>> {
  using Base = TransformedDistribution<StandardNormal<T, Eigen::Dynamic>, AnyBijector<T>, FloWaveNet<T>>;

 public:
  static constexpr const char* name = "flows::FloWaveNet";

  template <UniformRandomBitGenerator Rng>
  FloWaveNet(const FloWaveNetOptions& options, Rng& rng) : FloWaveNet(options, rng, false) {}

  /// What it was made of.
  const FloWaveNetOptions& options() const { return options_; }

  /// The same flow for events of another length.
  FloWaveNet with_samples(Index samples) const {
    FloWaveNetOptions options = options_;
    options.samples = samples;
    bijou::detail::NoNumbers rng;
    FloWaveNet flow(options, rng, this->is_initialized());
    flow.set_parameters(this->parameters());
    return flow;
  }

  /// Lengths are multiples of so many samples: 2^blocks, and those of a frame of the context.
  Index unit() const { return std::lcm(Index{1} << options_.blocks, bijou::detail::samples_per_frame(options_)); }

  /// On how many samples to either side of its unit a sample of noise depends, and the other way round. That of the
  /// paper: sum over blocks i of 2^i flows (half-width of a WaveNet); with a context as much as it adds.
  Index receptive_half_width() const {
    const bijou::detail::FloWaveNetParts<T> parts{options_, true};
    const Index half = options_.kernel / 2;
    Index width = 0;
    for (int block = 1; block <= options_.blocks; ++block) {
      const Index of_exit = parts.splits_after(block) ? 4 * half : 0;
      width += (options_.flows * (half << options_.layers) + of_exit) << block;
    }
    if (options_.context_channels == 0) return width;
    return width + static_cast<Index>(options_.upsampling.size()) * bijou::detail::samples_per_frame(options_);
  }

 private:
  template <class Rng>
  FloWaveNet(const FloWaveNetOptions& options, Rng& rng, bool has_started)
      : Base(StandardNormal<T, Eigen::Dynamic>(checked(options).channels * options.samples),
             bijou::detail::FloWaveNetParts<T>{checked(options), has_started}.whole(rng)),
        options_(options) {}

  static const FloWaveNetOptions& checked(const FloWaveNetOptions& options) {
    bijou::detail::require_flo_wave_net(name, options);
    return options;
  }

  FloWaveNetOptions options_;
};

}  // namespace flows
}  // namespace bijou
