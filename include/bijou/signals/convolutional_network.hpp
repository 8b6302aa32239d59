#pragma once

#include <bijou/conditioners/activations.hpp>
#include <bijou/conditioners/any_activation.hpp>
#include <bijou/conditioners/conditioner.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/policy_name.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/signals/convolution.hpp>
#include <bijou/signals/event_pieces.hpp>
#include <bijou/signals/panel.hpp>
#include <bijou/signals/signal_shape.hpp>
#include <array>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace bijou {

/// The layers of a ConvolutionalNetwork, and the context that it reads.
struct ConvolutionalNetworkOptions {
  Index width = 64;                   // channels of each hidden layer
  std::vector<int> kernels{3, 1, 3};  // the size of the kernel of each layer, odd; at least two layers
  bool residual = false;              // hidden layers in residual blocks of two; then an odd number of them
  Index context_channels = 0;         // of a context with the pixels of the input: so many numbers at each
  Index global_context = 0;           // rows of the context that hold for all pixels; below the others
};

/// The network of Glow's couplings, with outputs that are 0 at the start, or with residual blocks, as nflows'
/// ConvResidualNet, of which the outputs are convolutions of h. Kingma and Dhariwal 2018, Glow.
///
/// @f[
///   h_0 = A(w_0 * x + b_0), \qquad h_l = A(w_l * h_{l-1} + b_l), \qquad \text{output} = e^{3 \kappa} \odot (w * h + b)
/// @f]
/// @f[ h \leftarrow h + w^\prime * A\bigl(w * A(h) + b\bigr) + b^\prime \quad \text{(residual)} @f]
///
/// Input: `input` channels x pixels in the order of events. Output: the `parameters` of each number of `channels` more
/// channels, for Coupling: row (channel * pixels + pixel) * parameters + k. The context, if any, is added to the first
/// layer: through a convolution of its own where it has pixels, and through a linear map to all pixels where it has
/// none.
///
/// T: float or double. A: the activation. Throws std::invalid_argument for shapes and options that make no network.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::ConvolutionalNetwork<float> network{{.channels = 2, .height = 4, .width = 4}, 2, 2, {.width = 64},
/// rng}; const auto outputs = network.output_size();  // shift and scale of 2 x 4 x 4 numbers: 64
/// @endcode
template <class T, class A = activations::Relu>
requires(Activation<A> || std::is_same_v<A, detail::AnyActivation>)
class ConvolutionalNetwork {
 public:
  using Scalar = T;
  static constexpr const char* name = "ConvolutionalNetwork";
  static constexpr bool is_autoregressive = false;

  template <UniformRandomBitGenerator Rng>
  ConvolutionalNetwork(const SignalShape& input, Index channels, Index parameters,
                       const ConvolutionalNetworkOptions& options, Rng& rng, A activation = {})
      : activation_(activation),
        channels_(require_outputs(channels, parameters, input, options)),
        parameters_(parameters),
        height_(input.height),
        width_of_signal_(input.width),
        kernels_(options.kernels),
        residual_(options.residual),
        last_(input.with_channels(options.width), channels * parameters, {options.kernels.back()}, rng) {
    for (std::size_t l = 0; l + 1 < kernels_.size(); ++l) {
      layers_.emplace_back(input.with_channels(l == 0 ? input.channels : options.width), options.width,
                           Kernel{kernels_[l]}, rng);
    }
    if (options.context_channels > 0) {
      context_layers_.emplace_back(input.with_channels(options.context_channels), options.width, Kernel{kernels_[0]},
                                   rng);
    }
    if (options.global_context > 0) {
      global_layers_.emplace_back(SignalShape{options.global_context, 1, 1}, options.width, Kernel{1}, rng);
    }
  }

  Index input_size() const { return layers_.empty() ? 0 : layers_.front().inputs() * pixels(); }
  Index output_size() const { return channels_ * parameters_ * pixels(); }
  Index context_size() const { return local_size() + global_size(); }
  /// Channels of each hidden layer.
  Index width() const { return last_.inputs(); }
  /// The hidden layers.
  const std::vector<Convolution<T>>& layers() const { return layers_; }
  /// The layer of the outputs.
  const Convolution<T, ZeroWeights>& last() const { return last_; }

  static constexpr auto members() {
    return Members{part("layers", &ConvolutionalNetwork::layers_),
                   part("last", &ConvolutionalNetwork::last_),
                   part("context_layers", &ConvolutionalNetwork::context_layers_),
                   part("global_layers", &ConvolutionalNetwork::global_layers_),
                   structure("channels", &ConvolutionalNetwork::channels_),
                   structure("parameters", &ConvolutionalNetwork::parameters_),
                   structure("height", &ConvolutionalNetwork::height_),
                   structure("width", &ConvolutionalNetwork::width_of_signal_),
                   structure("kernels", &ConvolutionalNetwork::kernels_),
                   structure("residual", &ConvolutionalNetwork::residual_)};
  }

  std::array<Policy, 1> policies() const { return {{{"activation", policy_name_of(activation_)}}}; }

  /// "2 x 4 x 4 -> 64 -> 64 -> 4 x 4 x 4".
  std::string shape() const {
    const SignalShape input{input_size() / pixels(), height_, width_of_signal_};
    std::string text = detail::text_of(input);
    if (context_size() > 0) text.append(" | ").append(std::to_string(context_size()));
    for (const auto& layer : layers_) text.append(" -> ").append(std::to_string(layer.outputs()));
    return text.append(" -> ").append(detail::text_of(input.with_channels(channels_ * parameters_)));
  }

  /// What is kept of some events: views into the arena, hidden rows pixel after pixel.
  struct Piece {
    ConstTile<T> input;    // of these events
    ConstTile<T> context;  // theirs
    Tile<T> hidden;        // activations, layer after layer
    Tile<T> sums;          // what they are the activations of, if a pullback needs it
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
    const ConstTile<T> above = detail::with_whole_packets(p.output_gradient, arena);
    const Tile<T> gradients = arena.template tile<T>((std::min)(count(), Index{3}) * hidden_rows(), events);
    const auto gradient_of = [&](Index l) { return gradients.slice(l % 3 * hidden_rows(), hidden_rows()); };
    T* at = p.parameter_gradient.size() > 0 ? const_cast<T*>(p.parameter_gradient.data()) : nullptr;

    for (Index l = count(); l-- > 0;) {
      const Tile<T> gradient = gradient_of(l);
      const auto done = [&](Index pixel, Index first, Index events_done) {
        differentiate(l, {pixel * width(), width(), first, events_done}, p.cache, gradient, gradient_of(l + 2));
      };
      if (l + 1 == count())
        last_.pull_back(above, output_rows(), gradient, hidden_order(), threads, arena, done);
      else
        layer(l + 1).pull_back(gradient_of(l + 1), hidden_order(), gradient, hidden_order(), threads, arena, done);
      if (at == nullptr) continue;
      const ConstTile<T> values = p.cache.hidden.slice(l * hidden_rows(), hidden_rows());
      if (l + 1 == count())
        last_.add_gradient(above, output_rows(), values, hidden_order(), at + offset_of_last(), threads, arena);
      else
        layer(l + 1).add_gradient(gradient_of(l + 1), hidden_order(), values, hidden_order(), at + offset_of(l + 1),
                                  threads, arena);
    }
    if (at) layer(0).add_gradient(gradient_of(0), hidden_order(), p.cache.input, event_order(), at, threads, arena);
    pull_back_context(p, gradient_of(0), at);
    const Tile<T> input_gradient = detail::place_with_whole_packets(p.input_gradient, arena);
    layer(0).pull_back(gradient_of(0), hidden_order(), input_gradient, event_order(), threads, arena, nothing);
    if (input_gradient.data() != p.input_gradient.data()) p.input_gradient = input_gradient;
  }

  static Index require_outputs(Index channels, Index parameters, const SignalShape& input,
                               const ConvolutionalNetworkOptions& options) {
    detail::require_network(name, input, channels, parameters, options.width);
    if (options.kernels.size() < 2) {
      detail::throw_invalid_argument(name, "expected the kernels of at least two layers, got ", options.kernels.size());
    }
    if (options.residual && options.kernels.size() % 2 == 1) {
      detail::throw_invalid_argument(name, "residual blocks take an odd number of hidden layers, got ",
                                     options.kernels.size() - 1);
    }
    if (options.context_channels < 0 || options.global_context < 0) {
      detail::throw_invalid_argument(name, "expected a context of at least 0 rows, got ",
                                     (std::min)(options.context_channels, options.global_context));
    }
    return channels;
  }

  static constexpr auto nothing = Convolution<T>::nothing;

  Index pixels() const { return height_ * width_of_signal_; }
  /// Hidden layers.
  Index count() const { return static_cast<Index>(layers_.size()); }
  const Convolution<T>& layer(Index l) const { return layers_[static_cast<std::size_t>(l)]; }
  /// As many as have two hidden layers in the cache.
  Index events_at_once() const { return detail::events_at_once<T>(2 * hidden_rows()); }
  Index hidden_rows() const { return width() * pixels(); }
  Index local_size() const { return context_layers_.empty() ? 0 : context_layers_.front().inputs() * pixels(); }
  Index global_size() const { return global_layers_.empty() ? 0 : global_layers_.front().inputs(); }
  detail::SignalRows event_order() const { return {pixels(), 1}; }
  detail::SignalRows hidden_order() const { return {pixels(), width()}; }
  detail::SignalRows output_rows() const { return {pixels(), parameters_}; }
  bool adds_skip(Index l) const { return residual_ && l >= 2 && l % 2 == 0; }
  bool activates(Index l) const { return !residual_ || l + 1 != count(); }
  bool keeps_sums() const { return residual_ || activation_.derivative_needs_input; }

  Index offset_of(Index l) const {
    Index offset = 0;
    for (Index k = 0; k < l; ++k) offset += layer(k).parameter_count();
    return offset;
  }
  Index offset_of_last() const { return offset_of(count()); }

  void evaluate_piece(ConditionerEvaluation<T, Piece>& e) const {
    Piece& cache = e.cache;
    Arena& arena = e.pass.arena;
    const Index events = e.input.cols();
    const int threads = e.pass.threads;
    const bool keeps = e.pass.keep_for_pullback;
    cache.input.rebind(detail::with_whole_packets(e.input, arena));
    if (context_size() > 0) cache.context.rebind(detail::with_whole_packets(e.pass.context, arena));
    // Layers take turns where no pullback will follow.
    const Index value_slots = keeps ? count() : (std::min)(count(), Index{2});
    const Index sum_slots = !keeps_sums() ? 0 : keeps ? count() : (std::min)(count(), Index{3});
    cache.hidden.rebind(arena.template tile<T>(value_slots * hidden_rows(), events));
    if (sum_slots > 0) cache.sums.rebind(arena.template tile<T>(sum_slots * hidden_rows(), events));
    const auto value_of = [&](Index l) { return cache.hidden.slice(l % value_slots * hidden_rows(), hidden_rows()); };
    const auto sum_of = [&](Index l) {
      return sum_slots > 0 ? cache.sums.slice(l % sum_slots * hidden_rows(), hidden_rows()) : value_of(l);
    };
    const Tile<T> global = global_values(cache, threads, arena);

    for (Index l = 0; l < count(); ++l) {
      const Tile<T> sum = sum_of(l);
      const Tile<T> value = value_of(l);
      const auto done = [&](Index pixel, Index first, Index events_done) {
        const detail::Panel panel{pixel * width(), width(), first, events_done};
        if (l == 0 && global.rows() > 0) add_panel(panel, sum, global, panel.row);
        if (adds_skip(l)) add_panel(panel, sum, sum_of(l - 2), 0);
        activate(l, panel, sum, value);
      };
      if (l > 0) {
        layer(l).evaluate(value_of(l - 1), hidden_order(), sum, hidden_order(), threads, arena, done);
      } else if (context_layers_.empty()) {
        layer(l).evaluate(cache.input, event_order(), sum, hidden_order(), threads, arena, done);
      } else {
        layer(l).evaluate(cache.input, event_order(), sum, hidden_order(), threads, arena, nothing);
        context_layers_.front().evaluate_and_add(cache.context.slice(0, local_size()), event_order(), sum,
                                                 hidden_order(), threads, arena, done);
      }
    }
    const Tile<T> output = detail::place_with_whole_packets(e.output, arena);
    last_.evaluate(value_of(count() - 1), hidden_order(), output, output_rows(), threads, arena, nothing);
    if (output.data() != e.output.data()) e.output = output;
  }

  /// The linear map of the context that holds for all pixels.
  Tile<T> global_values(const Piece& cache, int threads, Arena& arena) const {
    if (global_layers_.empty()) return {};
    const Tile<T> values = arena.template tile<T>(width(), cache.input.cols());
    global_layers_.front().evaluate(cache.context.slice(local_size(), global_size()), {1, 1}, values, {1, 1}, threads,
                                    arena, nothing);
    return values;
  }

  /// Adds dL/dcontext and the gradients of the layers of the context; gradient: that for the sums of the first layer.
  void pull_back_context(ConditionerPullback<T, Piece>& p, Tile<T> gradient, T* at) const {
    Arena& arena = p.pass.arena;
    const int threads = p.pass.threads;
    const bool wants = p.pass.context_gradient.rows() > 0;
    if (at) at += offset_of_last() + last_.parameter_count();
    if (context_size() == 0 || (!wants && !at)) return;
    Tile<T> to_context{};
    if (wants) {
      to_context.rebind(arena.template tile<T>(context_size(), gradient.cols()));
    }
    if (!context_layers_.empty()) {
      const auto& context = context_layers_.front();
      if (wants)
        context.pull_back(gradient, hidden_order(), to_context.slice(0, local_size()), event_order(), threads, arena,
                          nothing);
      if (at) {
        context.add_gradient(gradient, hidden_order(), p.cache.context.slice(0, local_size()), event_order(), at,
                             threads, arena);
        at += context.parameter_count();
      }
    }
    if (!global_layers_.empty()) {
      const auto& context = global_layers_.front();
      Tile<T> sum = arena.template tile<T>(width(), gradient.cols());
      sum = gradient.slice(0, width());
      for (Index pixel = 1; pixel < pixels(); ++pixel) sum += gradient.slice(pixel * width(), width());
      if (wants)
        context.pull_back(sum, {1, 1}, to_context.slice(local_size(), global_size()), {1, 1}, threads, arena, nothing);
      if (at)
        context.add_gradient(sum, {1, 1}, p.cache.context.slice(local_size(), global_size()), {1, 1}, at, threads,
                             arena);
    }
    if (wants) p.pass.context_gradient += to_context;
  }

  /// to(r, :) += from(r - first, :).
  static void add_panel(const detail::Panel& panel, Tile<T> to, ConstTile<T> from, Index first) {
    detail::for_each_packet<T>(panel,
                               [&](Index r, Index n) { to.store(r, n, to.load(r, n) + from.load(r - first, n)); });
  }

  /// The values of hidden layer l from the sums.
  void activate(Index l, const detail::Panel& panel, ConstTile<T> sum, Tile<T> value) const {
    if (!activates(l)) {
      detail::for_each_packet<T>(panel, [&](Index r, Index n) { value.store(r, n, sum.load(r, n)); });
      return;
    }
    detail::with_activation(activation_, [&]<class B>(B) {
      detail::for_each_packet<T>(panel, [&](Index r, Index n) { value.store(r, n, B::value(sum.load(r, n))); });
    });
  }

  /// From dL/dh to dL/d(sum) of hidden layer l.
  void differentiate(Index l, const detail::Panel& panel, const Piece& cache, Tile<T> gradient,
                     ConstTile<T> skip) const {
    if (activates(l)) {
      const ConstTile<T> values = cache.hidden.slice(l * hidden_rows(), hidden_rows());
      const ConstTile<T> sums = keeps_sums() ? cache.sums.slice(l * hidden_rows(), hidden_rows())
                                             : Tile<T>(cache.hidden.slice(l * hidden_rows(), hidden_rows()));
      detail::with_activation(activation_, [&]<class B>(B) {
        detail::for_each_packet<T>(panel, [&](Index r, Index n) {
          gradient.store(r, n, B::derivative(sums.load(r, n), values.load(r, n)) * gradient.load(r, n));
        });
      });
    }
    if (adds_skip(l + 2) && l + 2 < count()) add_panel(panel, gradient, skip, 0);
  }

  [[no_unique_address]] A activation_;
  Index channels_;
  Index parameters_;
  Index height_;
  Index width_of_signal_;
  std::vector<int> kernels_;
  bool residual_;
  std::vector<Convolution<T>> layers_;
  Convolution<T, ZeroWeights> last_;
  std::vector<Convolution<T>> context_layers_;  // none or one
  std::vector<Convolution<T>> global_layers_;
};

}  // namespace bijou
