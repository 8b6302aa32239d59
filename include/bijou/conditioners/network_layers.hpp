#pragma once

#include <bijou/conditioners/context_role.hpp>
#include <bijou/conditioners/masked_linear.hpp>
#include <bijou/core/index.hpp>
#include <cstddef>
#include <utility>
#include <vector>

namespace bijou::detail {

/// The layers that a Network owns, and the degrees that give them their shapes.
template <class T>
class NetworkLayers {
 public:
  using Scalar = T;
  using Degrees = std::vector<int>;

  Index context_size() const { return context_size_; }
  int steps() const { return steps_; }
  const std::vector<MaskedLinear<T>>& layers() const { return layers_; }
  /// Layers of the context alone, if the connections have them: one for each hidden layer that the context enters.
  const std::vector<MaskedLinear<T>>& context_layers() const { return context_layers_; }

  std::size_t layer_count() const { return layers_.size(); }
  const MaskedLinear<T>& layer_at(std::size_t l) const { return layers_[l]; }
  std::size_t context_layer_count() const { return context_layers_.size(); }
  const MaskedLinear<T>& context_layer_at(std::size_t k) const { return context_layers_[k]; }
  /// Hidden units in all layers.
  Index hidden_size() const { return hidden_size_; }
  /// The first column of the first layer with degree s.
  Index first_input(int s) const { return input_steps_[static_cast<std::size_t>(s)]; }

 protected:
  /// Weights and biases are uniform in +-1/sqrt(fan-in), those of the last layer a thousandth of that.
  template <class Rng, class Connections>
  NetworkLayers(std::vector<Degrees> degrees, int steps, Index context_size, Rng& rng, const Connections& connections)
      : degrees_(std::move(degrees)),
        context_size_(context_size),
        steps_(steps),
        input_steps_(Staircase::first_of_each(degrees_.front(), 0, steps + 1)) {
    connections.require_layers({degrees_.begin() + 1, degrees_.end() - 1});
    for (std::size_t l = 0; l + 1 < degrees_.size(); ++l) {
      const bool is_output = l + 2 == degrees_.size();
      layers_.emplace_back(Staircase(degrees_[l], degrees_[l + 1], is_output ? 1 : 0, steps), is_output ? 0.001 : 1.0,
                           rng);
      if (!is_output) hidden_size_ += layers_.back().rows();
    }
    if (!Connections::has_context_layers || context_size == 0) return;
    const Degrees context(static_cast<std::size_t>(context_size), 0);
    const std::size_t hidden = layers_.size() - 1;
    for (std::size_t l = 0; l < hidden; ++l) {
      if (connections.context_role(l, hidden) == ContextRole::none) continue;
      context_layers_.emplace_back(Staircase(context, degrees_[l + 1], 0, steps), 1.0, rng);
    }
  }

  std::vector<MaskedLinear<T>> layers_;
  std::vector<MaskedLinear<T>> context_layers_;
  std::vector<Degrees> degrees_;  // of context and input, each hidden layer, output
  Index context_size_;

 private:
  int steps_;
  std::vector<Index> input_steps_;  // the first column of each degree
  Index hidden_size_ = 0;
};

}  // namespace bijou::detail
