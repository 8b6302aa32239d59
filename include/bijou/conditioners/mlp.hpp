#pragma once

#include <bijou/conditioners/made.hpp>

namespace bijou {

/// A multi-layer perceptron: h_0 = (context, x), h_l = A(W_l h_{l-1} + b_l), output = W_L h_{L-1} + b_L.
///
/// Input: x (inputs x N), with the context (C x N) from the pass. Output: outputs x N. T: float or double. A: the
/// activation. Hidden: the sizes of the hidden layers; leave them out to give them at run time. Throws
/// std::invalid_argument for sizes that are not positive.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Mlp<float, bijou::activations::Silu, 64, 64> mlp{3, 6, rng};  // 3 inputs, 6 outputs
/// @endcode
template <class T, Activation A = activations::Relu, int... Hidden>
class Mlp {
 public:
  using Scalar = T;
  static constexpr const char* name = "Mlp";
  static_assert(((Hidden > 0) && ...), "Mlp: a hidden layer needs at least one unit");

  Network<T, A> network;

  static constexpr auto parameter_list() { return std::tuple{named("network", &Mlp::network)}; }

  template <class Rng>
  Mlp(Index inputs, Index outputs, Rng& rng, Index context_size = 0,
      Connections connections = Connections::feed_forward)
      : Mlp(inputs, outputs, std::vector<int>{Hidden...}, rng, context_size, connections) {
    static_assert(sizeof...(Hidden) > 0,
                  "Mlp: give the sizes of the hidden layers, as in RealNVP<float, 2, 64, 64>{1, "
                  "rng} or RealNVP<float, 2>{1, {64, 64}, rng}");
  }

  template <class Rng>
  Mlp(Index inputs, Index outputs, const std::vector<int>& hidden_sizes, Rng& rng, Index context_size = 0,
      Connections connections = Connections::feed_forward)
      : network(degrees(require_context(context_size) + inputs, 0), hidden_degrees(hidden_sizes), degrees(outputs, 1),
                1, rng, connections),
        context_size_(context_size) {}

  Index input_size() const { return network.input_size() - context_size_; }
  Index output_size() const { return network.output_size(); }
  Index context_size() const { return context_size_; }

  using Cache = typename Network<T, A>::Cache;

  void evaluate(const ConstTile<T>& x, Tile<T> output, Cache& cache, Pass<T>& pass) const {
    detail::require_context(name, context_size_, pass);
    if (context_size_ > 0) {
      Tile<T> joined = pass.arena.template tile<T>(network.input_size(), x.cols());
      joined.topRows(context_size_) = pass.context;
      joined.bottomRows(x.rows()) = x;
      network.start(detail::as_const(joined), cache, pass);
    } else {
      network.start(x, cache, pass);
    }
    network.evaluate_steps(0, 1, output, cache);
  }

  void pullback(const ConstTile<T>& output_gradient, Tile<T> x_gradient, ParameterGradient<T> gradient,
                const Cache& cache, Pass<T>& pass) const {
    const Arena::Frame frame(pass.arena);
    const auto sums = network.start_pullback(output_gradient, pass);
    if (context_size_ > 0) {
      Tile<T> joined = pass.arena.template tile<T>(network.input_size(), x_gradient.cols());
      network.pull_back_steps(0, 1, sums, joined, cache);
      x_gradient = joined.bottomRows(x_gradient.rows());
      if (pass.context_gradient.rows() > 0) pass.context_gradient += joined.topRows(context_size_);
    } else {
      network.pull_back_steps(0, 1, sums, x_gradient, cache);
    }
    if (pass.parameter_gradient) network.add_parameter_gradient(sums, gradient, cache, pass);
  }

 private:
  static Index require_context(Index context_size) {
    if (context_size < 0) detail::throw_invalid_argument(name, "the context cannot have fewer than zero rows");
    return context_size;
  }

  static std::vector<int> degrees(Index count, int degree) {
    if (count < 0) detail::throw_invalid_argument(name, "a network cannot have fewer than zero inputs or outputs");
    return std::vector<int>(static_cast<std::size_t>(count), degree);
  }

  static std::vector<std::vector<int>> hidden_degrees(const std::vector<int>& hidden_sizes) {
    detail::require_hidden_sizes(name, hidden_sizes);
    std::vector<std::vector<int>> layers;
    for (const int size : hidden_sizes) layers.push_back(degrees(size, 0));
    return layers;
  }

  Index context_size_;
};

}  // namespace bijou
