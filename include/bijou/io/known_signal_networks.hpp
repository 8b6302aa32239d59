#pragma once

#include <bijou/conditioners/any_activation.hpp>
#include <bijou/core/index.hpp>
#include <bijou/flows/any_conditioner.hpp>
#include <bijou/io/known_policies.hpp>
#include <bijou/io/model_part.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/numerics/stencil.hpp>
#include <bijou/signals/context_rows.hpp>
#include <bijou/signals/convolutional_network.hpp>
#include <bijou/signals/mel_upsampling.hpp>
#include <bijou/signals/signal_shape.hpp>
#include <bijou/signals/wave_net.hpp>
#include <string>
#include <vector>

/// How the networks of flows on images and sounds are made from a model file.
namespace bijou::detail {

/// What both networks have: the pixels and the outputs, checked before memory is taken.
template <class T>
class KnownSignalNetwork {
 public:
  explicit KnownSignalNetwork(const ModelPart<T>& part)
      : part_(part),
        height_(count("height")),
        width_(count("width")),
        channels_(count("channels")),
        parameters_(count("parameters")) {}

 protected:
  /// A single number from 1 to a million.
  Index count(const std::string& member) const { return require_count(part_.template value<Index>(member), member); }
  Index require_count(Index value, const std::string& what) const {
    if (value < 1 || value > 1'000'000) part_.fail("has a ", what, " of ", value, ", expected 1 to 1000000");
    return value;
  }
  Index taps_of(Index kernel) const {
    if (kernel < 1 || kernel % 2 == 0 || (height_ == 1 ? kernel : kernel * kernel) > Stencil::most_taps) {
      part_.fail("has a kernel of size ", kernel);
    }
    return height_ == 1 ? kernel : kernel * kernel;
  }
  /// The channels that a matrix of weights for so many taps reads.
  Index inputs_of(const std::string& member, Index taps) const {
    return require_count(part_.extent(member, 1) / taps, "number of channels");
  }
  SignalShape shape(Index channels) const { return {channels, height_, width_}; }
  Index outputs() const { return channels_ * parameters_; }

  const ModelPart<T>& part_;
  Index height_;
  Index width_;
  Index channels_;
  Index parameters_;
};

/// A ConvolutionalNetwork whose activation is decided at run time.
template <class T>
struct KnownConvolutionalNetwork : KnownSignalNetwork<T> {
  using Base = KnownSignalNetwork<T>;
  using Base::Base;

  ConvolutionalNetwork<T, AnyActivation> make() const {
    const ModelPart<T>& part = this->part_;
    ConvolutionalNetworkOptions options;
    options.kernels = part.template values<int>("kernels");
    options.residual = part.template value<int>("residual") != 0;
    if (options.kernels.size() < 2) part.fail("has ", options.kernels.size(), " kernels, expected at least 2");
    options.width = part.extent("layers.0.weight", 0);
    const Index first_taps = this->taps_of(options.kernels.front());
    const Index inputs = this->inputs_of("layers.0.weight", first_taps);
    for (std::size_t l = 0; l + 1 < options.kernels.size(); ++l) {
      const Index depth = (l == 0 ? inputs : options.width) * this->taps_of(options.kernels[l]);
      part.require_shape("layers." + std::to_string(l) + ".weight", {options.width, depth});
    }
    part.require_shape("last.weight", {this->outputs(), options.width * this->taps_of(options.kernels.back())});
    if (part.has_tensor("context_layers.0.weight")) {
      options.context_channels = this->inputs_of("context_layers.0.weight", first_taps);
      part.require_shape("context_layers.0.weight", {options.width, options.context_channels * first_taps});
    }
    if (part.has_tensor("global_layers.0.weight")) {
      options.global_context = this->inputs_of("global_layers.0.weight", 1);
      part.require_shape("global_layers.0.weight", {options.width, options.global_context});
    }
    const std::string name = part.option("activation");
    const auto activation = AnyActivation::of_name(name);
    if (!activation) {
      part.fail("has the unknown activation \"", name, "\"; known are: ", listed(AnyActivation::names()));
    }
    NoNumbers rng;
    return {this->shape(inputs), this->channels_, this->parameters_, options, rng, *activation};
  }
};

template <class T>
struct KnownWaveNet : KnownSignalNetwork<T> {
  using Base = KnownSignalNetwork<T>;
  using Base::Base;

  WaveNet<T> make() const {
    const ModelPart<T>& part = this->part_;
    WaveNetOptions options;
    options.kernel = this->count("kernel");
    const Index taps = this->taps_of(options.kernel);
    const Index width = options.width = part.extent("front.direction", 0);
    const Index inputs = this->inputs_of("front.direction", taps);
    part.require_shape("front.direction", {width, inputs * taps});
    part.require_shape("end.direction", {width, width});
    part.require_shape("last.weight", {this->outputs(), width});
    const auto of_layer = [](const char* name, Index l) { return name + std::to_string(l) + ".direction"; };
    options.layers = 0;
    while (options.layers < 30 && part.has_tensor(of_layer("gates.", options.layers))) ++options.layers;
    if (options.layers == 0) part.fail("has no tensor \"gates.0.direction\"");
    if (part.has_tensor(of_layer("context_layers.", 0)))
      options.context_channels = this->inputs_of(of_layer("context_layers.", 0), 1);
    for (Index l = 0; l < options.layers; ++l) {
      part.require_shape(of_layer("gates.", l), {2 * width, width * taps});
      part.require_shape(of_layer("mixes.", l), {l + 1 < options.layers ? 2 * width : width, width});
      if (options.context_channels > 0)
        part.require_shape(of_layer("context_layers.", l), {2 * width, options.context_channels});
    }
    NoNumbers rng;
    return {this->shape(inputs), this->channels_, this->parameters_, options, rng};
  }
};

template <class T>
MelUpsampling<T> known_mel_upsampling(const ModelPart<T>& part) {
  const auto count = [&](const char* member) {
    const auto value = part.template value<Index>(member);
    if (value < 1 || value > 1'000'000) part.fail("has ", value, " ", member, ", expected 1 to 1000000");
    return value;
  };
  const auto kernel = [](std::size_t l) { return "layers." + std::to_string(l) + ".kernel"; };
  std::vector<int> factors;
  while (part.has_tensor(kernel(factors.size()))) {
    const Index columns = part.extent(kernel(factors.size()), 1);
    if (columns < 2 || columns % 2 != 0 || columns > 1'000'000) part.fail("has a kernel of ", columns, " samples");
    part.require_shape(kernel(factors.size()), {3, columns});
    factors.push_back(static_cast<int>(columns / 2));
  }
  if (factors.empty()) part.fail("has no tensor \"layers.0.kernel\"");
  return {count("bands"), count("frames"), factors};
}

/// Known: KnownTypes<T>.
template <template <class> class Known, class T>
void add_known_signal_networks(Known<T>& known) {
  using Part = ModelPart<T>;
  using Any = AnyConditioner<T>;
  known.add_conditioner(
      "ConvolutionalNetwork", +[](const Part& part) -> Any { return KnownConvolutionalNetwork<T>(part).make(); });
  known.add_conditioner(
      "ContextRows", +[](const Part& part) -> Any {
        return ContextRows<T>(part.template value<Index>("input_size"), part.template values<int>("rows"));
      });
  known.add_conditioner("MelUpsampling", +[](const Part& part) -> Any { return known_mel_upsampling(part); });
  known.add_conditioner("WaveNet", +[](const Part& part) -> Any { return KnownWaveNet<T>(part).make(); });
}

}  // namespace bijou::detail
