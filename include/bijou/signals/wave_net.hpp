#pragma once

#include <bijou/conditioners/conditioner.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/signals/convolution.hpp>
#include <bijou/signals/event_pieces.hpp>
#include <bijou/signals/panel.hpp>
#include <bijou/signals/signal_shape.hpp>
#include <string>
#include <vector>

namespace bijou {

/// The layers of a WaveNet, and the context that it reads.
struct WaveNetOptions {
  Index width = 64;            // channels of each layer
  Index layers = 2;            // gated layers, with dilations 1, 2, 4, ...
  Index kernel = 3;            // size, odd
  Index context_channels = 0;  // of a context with the pixels of the input: so many numbers at each
};

/// The network of FloWaveNet's couplings, not causal. h = relu(front * x); for l = 0, 1, ... with f and g convolutions
/// of h with dilation 2^l plus linear maps of the context c at each pixel:
/// @f[
///   o = \tanh f \; \sigma(g), \qquad h \leftarrow \sqrt{1/2}\,(h + R_l o), \qquad s \leftarrow s + S_l o,
/// @f]
/// then outputs (w relu(E relu(s)) + b) e^(3 kappa) that are 0 at the start. R, S and E are linear maps at each pixel.
/// All layers but the last have weight norm. Kim, Lee, Song, Kim and Yoon 2019, FloWaveNet: A Generative Flow for Raw
/// Audio.
///
/// Input: `input` channels x pixels in the order of events. Output: the `parameters` of each number of `channels` more
/// channels, for Coupling: row (channel * pixels + pixel) * parameters + k. The context is channel after channel.
///
/// T: float or double. Throws std::invalid_argument for shapes and options that make no network.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::SignalShape half{.channels = 4, .height = 1, .width = 128};
/// const bijou::WaveNet<float> network{half, 4, 2, {.width = 32, .context_channels = 80}, rng};
/// @endcode
template <class T>
class WaveNet {
  using Layer = Convolution<T, NormalizedWeights>;

 public:
  using Scalar = T;
  static constexpr const char* name = "WaveNet";
  static constexpr bool is_autoregressive = false;

  template <UniformRandomBitGenerator Rng>
  WaveNet(const SignalShape& input, Index channels, Index parameters, const WaveNetOptions& options, Rng& rng)
      : channels_(require_outputs(input, channels, parameters, options)),
        parameters_(parameters),
        height_(input.height),
        width_of_signal_(input.width),
        kernel_(options.kernel),
        front_(input, options.width, {options.kernel}, rng),
        end_(input.with_channels(options.width), options.width, {1}, rng),
        last_(input.with_channels(options.width), channels * parameters, {1}, rng) {
    const SignalShape hidden = input.with_channels(options.width);
    for (Index l = 0; l < options.layers; ++l) {
      gates_.emplace_back(hidden, 2 * options.width, Kernel{options.kernel, Index{1} << l}, rng);
      if (options.context_channels > 0) {
        context_layers_.emplace_back(input.with_channels(options.context_channels), 2 * options.width, Kernel{1}, rng);
      }
      mixes_.emplace_back(hidden, l + 1 < options.layers ? 2 * options.width : options.width, Kernel{1}, rng);
    }
  }

  Index input_size() const { return front_.inputs() * pixels(); }
  Index output_size() const { return channels_ * parameters_ * pixels(); }
  Index context_size() const { return context_layers_.empty() ? 0 : context_layers_.front().inputs() * pixels(); }
  /// Channels of each layer.
  Index width() const { return last_.inputs(); }
  /// Gated layers.
  Index layers() const { return static_cast<Index>(gates_.size()); }

  static constexpr auto members() {
    return Members{part("front", &WaveNet::front_),
                   part("gates", &WaveNet::gates_),
                   part("context_layers", &WaveNet::context_layers_),
                   part("mixes", &WaveNet::mixes_),
                   part("end", &WaveNet::end_),
                   part("last", &WaveNet::last_),
                   structure("channels", &WaveNet::channels_),
                   structure("parameters", &WaveNet::parameters_),
                   structure("height", &WaveNet::height_),
                   structure("width", &WaveNet::width_of_signal_),
                   structure("kernel", &WaveNet::kernel_)};
  }

  /// "4 x 1 x 128 -> 2 x 32 -> 8 x 1 x 128": input, gated layers and their channels, output.
  std::string shape() const {
    const SignalShape input{front_.inputs(), height_, width_of_signal_};
    std::string text = detail::text_of(input);
    if (context_size() > 0) text.append(" | ").append(std::to_string(context_size()));
    text.append(detail::joined({" -> ", layers(), " x ", width(), " -> "}));
    return text.append(detail::text_of(input.with_channels(channels_ * parameters_)));
  }

  /// What is kept of some events: views into the arena, layer after layer, rows pixel after pixel.
  struct Piece {
    ConstTile<T> input;    // of these events
    ConstTile<T> context;  // theirs
    Tile<T> hidden;        // h before each layer
    Tile<T> gates;         // at each pixel tanh f, then sigma(g)
    Tile<T> outputs;       // o
    Tile<T> ends;          // relu(s), then relu of its linear map
  };
  using Cache = detail::PiecesCache<Piece>;

  void evaluate(ConditionerEvaluation<T, Cache> e) const {
    detail::require_context(name, context_size(), e.pass);
    detail::evaluate_in_pieces(e, events_at_once(),
                               [&](ConditionerEvaluation<T, Piece> piece) { evaluate_piece(piece); });
  }

  void pullback(ConditionerPullback<T, Cache> p) const {
    detail::pull_back_in_pieces(p, events_at_once(),
                                [&](ConditionerPullback<T, Piece> piece) { pull_back_piece(piece); });
  }

 private:
  void pull_back_piece(ConditionerPullback<T, Piece>& p) const {
    Arena& arena = p.pass.arena;
    const Index events = p.output_gradient.cols();
    const int threads = p.pass.threads;
    const Piece& cache = p.cache;
    const Index rows = width() * pixels();
    T* const at = p.parameter_gradient.size() > 0 ? const_cast<T*>(p.parameter_gradient.data()) : nullptr;
    const ConstTile<T> above = detail::with_whole_packets(p.output_gradient, arena);
    const Tile<T> of_end = arena.template tile<T>(rows, events);
    const Tile<T> of_hidden = arena.template tile<T>(rows, events);
    // At each pixel the gradient for R o, which is sqrt(1/2) dL/dh of the next layer, then that for S o, of all layers.
    const Tile<T> of_mix = arena.template tile<T>(2 * rows, events);
    const Tile<T> of_skips = of_mix.slice(width(), 2 * rows - width());
    const Tile<T> of_gates = arena.template tile<T>(2 * rows, events);
    const Tile<T> of_outputs = arena.template tile<T>(rows, events);
    const Tile<T> of_context = take_context_gradient(p);

    // To the sum of the skips, s. together: channels at each pixel of the gradient's tile.
    const auto through_relu = [&](Tile<T> gradient, Index together, ConstTile<T> values) {
      return [this, gradient, together, values](Index pixel, Index first, Index count) {
        const Index shift = pixel * (together - width());
        detail::for_each_packet<T>(panel(pixel, first, count), [&](Index r, Index n) {
          const Simd<T> zero = Simd<T>::of(0);
          gradient.store(r + shift, n, select(zero < values.load(r, n), gradient.load(r + shift, n), zero));
        });
      };
    };
    const ConstTile<T> skips = cache.ends.slice(0, rows), end = cache.ends.slice(rows, rows);
    last_.pull_back(above, output_order(), of_end, order(), threads, arena, through_relu(of_end, width(), end));
    end_.pull_back(of_end, order(), of_skips, double_order(), threads, arena,
                   through_relu(of_skips, 2 * width(), skips));
    if (at) {
      end_.add_gradient(of_end, order(), skips, order(), at + offset_of_end(), threads, arena);
      last_.add_gradient(above, output_order(), end, order(), at + offset_of_end() + end_.parameter_count(), threads,
                         arena);
    }
    for (Index l = layers(); l-- > 0;) {
      const bool is_last = l + 1 == layers();
      const ConstTile<T> gates = cache.gates.slice(2 * l * rows, 2 * rows);
      const ConstTile<T> hidden = cache.hidden.slice(l * rows, rows);
      const ConstTile<T> mixed = is_last ? of_skips : of_mix;
      mix(l).pull_back(mixed, double_order(), of_outputs, order(), threads, arena,
                       [&](Index pixel, Index first, Index count) {
                         pull_back_gate(panel(pixel, first, count), gates, of_outputs, of_gates);
                       });
      if (at) {
        mix(l).add_gradient(mixed, double_order(), cache.outputs.slice(l * rows, rows), order(), at + offset_of_mix(l),
                            threads, arena);
      }
      gate(l).pull_back(of_gates, double_order(), of_hidden, order(), threads, arena,
                        [&](Index pixel, Index first, Index count) {
                          const Simd<T> zero = Simd<T>::of(0), factor = Simd<T>::of(root_half);
                          detail::for_each_packet<T>(panel(pixel, first, count), [&](Index r, Index n) {
                            // h also reaches the next layer, with the factor that stands in the gradient for R o.
                            const Index mixed_row = r + pixel * width();
                            Simd<T> gradient = of_hidden.load(r, n);
                            if (!is_last) gradient = gradient + of_mix.load(mixed_row, n);
                            if (l > 0)
                              of_mix.store(mixed_row, n, factor * gradient);
                            else
                              of_hidden.store(r, n, select(zero < hidden.load(r, n), gradient, zero));
                          });
                        });
      if (of_context.rows() > 0) {
        context_layer(l).pull_back_and_add(of_gates, double_order(), of_context, event_order(), threads, arena);
      }
      if (!at) continue;
      gate(l).add_gradient(of_gates, double_order(), hidden, order(), at + offset_of_gate(l), threads, arena);
      if (!context_layers_.empty()) {
        context_layer(l).add_gradient(of_gates, double_order(), cache.context, event_order(),
                                      at + offset_of_context_layer(l), threads, arena);
      }
    }
    const Tile<T> input_gradient = detail::place_with_whole_packets(p.input_gradient, arena);
    front_.pull_back(of_hidden, order(), input_gradient, event_order(), threads, arena, nothing);
    if (input_gradient.data() != p.input_gradient.data()) p.input_gradient = input_gradient;
    if (at) front_.add_gradient(of_hidden, order(), cache.input, event_order(), at, threads, arena);
    if (of_context.rows() > 0) p.pass.context_gradient += of_context;
  }

  static constexpr auto nothing = Layer::nothing;

  static Index require_outputs(const SignalShape& input, Index channels, Index parameters,
                               const WaveNetOptions& options) {
    detail::require_network(name, input, channels, parameters, options.width);
    if (options.layers < 1 || options.layers > 30) {
      detail::throw_invalid_argument(name, "expected 1 to 30 layers, got ", options.layers);
    }
    if (options.context_channels < 0) {
      detail::throw_invalid_argument(name, "expected a context of at least 0 channels, got ", options.context_channels);
    }
    return channels;
  }

  static const Layer& at_index(const std::vector<Layer>& layers, Index l) {
    return layers[static_cast<std::size_t>(l)];
  }
  const Layer& gate(Index l) const { return at_index(gates_, l); }
  const Layer& context_layer(Index l) const { return at_index(context_layers_, l); }
  const Layer& mix(Index l) const { return at_index(mixes_, l); }

  Index pixels() const { return height_ * width_of_signal_; }
  /// As many as have h, the gates and what is added to h in the cache.
  Index events_at_once() const { return detail::events_at_once<T>(4 * width() * pixels()); }
  detail::SignalRows event_order() const { return {pixels(), 1}; }
  detail::SignalRows order() const { return {pixels(), width()}; }
  detail::SignalRows double_order() const { return {pixels(), 2 * width()}; }
  detail::SignalRows output_order() const { return {pixels(), parameters_}; }
  detail::Panel panel(Index pixel, Index first, Index events) const {
    return {pixel * width(), width(), first, events};
  }

  // Where the members stand in a flat gradient.
  static Index size_of(const std::vector<Layer>& layers, Index count) {
    Index size = 0;
    for (Index l = 0; l < count; ++l) size += at_index(layers, l).parameter_count();
    return size;
  }
  Index offset_of_gate(Index l) const { return front_.parameter_count() + size_of(gates_, l); }
  Index offset_of_context_layer(Index l) const { return offset_of_gate(layers()) + size_of(context_layers_, l); }
  Index offset_of_mix(Index l) const {
    return offset_of_context_layer(static_cast<Index>(context_layers_.size())) + size_of(mixes_, l);
  }
  Index offset_of_end() const { return offset_of_mix(layers()); }

  void evaluate_piece(ConditionerEvaluation<T, Piece>& e) const {
    Piece& cache = e.cache;
    Arena& arena = e.pass.arena;
    const Index events = e.input.cols();
    const int threads = e.pass.threads;
    const Index rows = width() * pixels();
    const Index kept = e.pass.keep_for_pullback ? layers() : 1;  // layers take the same place where no pullback follows
    cache.input.rebind(detail::with_whole_packets(e.input, arena));
    if (context_size() > 0) cache.context.rebind(detail::with_whole_packets<T>(e.pass.context, arena));
    cache.hidden.rebind(arena.template tile<T>(kept * rows, events));
    cache.gates.rebind(arena.template tile<T>(2 * kept * rows, events));
    cache.outputs.rebind(arena.template tile<T>(kept * rows, events));
    cache.ends.rebind(arena.template tile<T>(2 * rows, events));
    const Arena::Frame frame(arena);
    const Tile<T> mixed = arena.template tile<T>(2 * rows, events);
    const Tile<T> skips = cache.ends.slice(0, rows), end = cache.ends.slice(rows, rows);
    const auto relu = [&](Tile<T> values) {
      return [this, values](Index pixel, Index first, Index count) {
        detail::for_each_packet<T>(panel(pixel, first, count), [&](Index r, Index n) {
          values.store(r, n, maximum(values.load(r, n), Simd<T>::of(0)));
        });
      };
    };
    const Tile<T> first_hidden = cache.hidden.slice(0, rows);
    front_.evaluate(cache.input, event_order(), first_hidden, order(), threads, arena, relu(first_hidden));
    for (Index l = 0; l < layers(); ++l) {
      const Index slot = l % kept;
      const bool is_last = l + 1 == layers();
      const Tile<T> gates = cache.gates.slice(2 * slot * rows, 2 * rows);
      const Tile<T> outputs = cache.outputs.slice(slot * rows, rows);
      const Tile<T> hidden = cache.hidden.slice(slot * rows, rows);
      const Tile<T> next = is_last ? hidden : cache.hidden.slice((l + 1) % kept * rows, rows);
      const auto activate = [&](Index pixel, Index first, Index count) {
        detail::for_each_packet<T>(panel(pixel, first, count), [&](Index r, Index n) {
          const Index f = r + pixel * width(), g = f + width();
          const Simd<T> value = tanh(gates.load(f, n)), opening = sigmoid(gates.load(g, n));
          gates.store(f, n, value);
          gates.store(g, n, opening);
          outputs.store(r, n, value * opening);
        });
      };
      if (context_layers_.empty()) {
        gate(l).evaluate(hidden, order(), gates, double_order(), threads, arena, activate);
      } else {
        gate(l).evaluate(hidden, order(), gates, double_order(), threads, arena, nothing);
        context_layer(l).evaluate_and_add(cache.context, event_order(), gates, double_order(), threads, arena,
                                          activate);
      }
      const auto share_out = [&](Index pixel, Index first, Index count) {
        detail::for_each_packet<T>(panel(pixel, first, count), [&](Index r, Index n) {
          const Index residual = r + (is_last ? 0 : pixel * width()), skip = residual + (is_last ? 0 : width());
          if (!is_last) next.store(r, n, Simd<T>::of(root_half) * (hidden.load(r, n) + mixed.load(residual, n)));
          const Simd<T> sum = l == 0 ? mixed.load(skip, n) : skips.load(r, n) + mixed.load(skip, n);
          skips.store(r, n, is_last ? maximum(sum, Simd<T>::of(0)) : sum);
        });
      };
      mix(l).evaluate(outputs, order(), mixed, {pixels(), mix(l).outputs()}, threads, arena, share_out);
    }
    end_.evaluate(skips, order(), end, order(), threads, arena, relu(end));
    const Tile<T> output = detail::place_with_whole_packets(e.output, arena);
    last_.evaluate(end, order(), output, output_order(), threads, arena, nothing);
    if (output.data() != e.output.data()) e.output = output;
  }

  /// df = do sigma(g) (1 - tanh^2 f), dg = do tanh(f) sigma(g) (1 - sigma(g)).
  void pull_back_gate(const detail::Panel& at, ConstTile<T> gates, ConstTile<T> of_outputs, Tile<T> of_gates) const {
    const Simd<T> one = Simd<T>::of(1);
    detail::for_each_packet<T>(at, [&](Index r, Index n) {
      const Index f = r + at.row, g = f + width();
      const Simd<T> value = gates.load(f, n), opening = gates.load(g, n);
      const Simd<T> gradient = of_outputs.load(r, n) * opening;
      of_gates.store(f, n, gradient * (one - value) * (one + value));
      of_gates.store(g, n, gradient * value * (one - opening));
    });
  }

  /// Zeros to add the gradient for the context to, or nothing if nobody reads it.
  Tile<T> take_context_gradient(const ConditionerPullback<T, Piece>& p) const {
    if (context_size() == 0 || p.pass.context_gradient.rows() == 0) return {};
    Tile<T> gradient = p.pass.arena.template tile<T>(context_size(), p.output_gradient.cols());
    gradient.setZero();
    return gradient;
  }

  static constexpr double root_half = 0.70710678118654752440;

  Index channels_;
  Index parameters_;
  Index height_;
  Index width_of_signal_;
  Index kernel_;
  Layer front_;
  std::vector<Layer> gates_;           // 2 width outputs each: f, then g
  std::vector<Layer> context_layers_;  // as many, or none
  std::vector<Layer> mixes_;           // R, then S; in the last layer S alone
  Layer end_;
  Convolution<T, ZeroWeights> last_;
};

}  // namespace bijou
