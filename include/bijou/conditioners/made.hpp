#pragma once

#include <bijou/conditioners/network.hpp>

namespace bijou {

namespace detail {

inline void require_hidden_sizes(const char* caller, const std::vector<int>& sizes) {
  for (const int size : sizes) {
    if (size <= 0)
      throw_invalid_argument(caller, "a hidden layer needs at least one unit, got " + std::to_string(size));
  }
}

}  // namespace detail

/// A masked autoregressive network (MADE, Germain et al. 2015): parameters of coordinate i from x_0, ..., x_{i-1} and
/// the context.
///
/// Input: x (D x N), with the context (C x N) from the pass. Output: the K parameters of coordinate 0, then those of
/// coordinate 1, and so on (D K x N). x_i has degree i + 1, the context degree 0; hidden units take the degrees from 1
/// (from 0 with a context) to D - 1 in equal shares and stand sorted by degree, so every weight matrix is a staircase.
///
/// T: float or double. A: the activation, one of activations. Hidden: the sizes of the hidden layers; leave them out to
/// give them at run time. Throws std::invalid_argument for sizes that are not positive.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Made<float, bijou::activations::Tanh, 64, 64> made{3, 2, rng};  // 3 coordinates, 2 parameters each
/// const bijou::Made<float> same_kind{3, 2, {64, 64}, rng};
/// @endcode
template <class T, Activation A = activations::Relu, int... Hidden>
class Made {
 public:
  using Scalar = T;
  static constexpr const char* name = "Made";
  static_assert(((Hidden > 0) && ...), "Made: a hidden layer needs at least one unit");

  Network<T, A> network;

  static constexpr auto parameter_list() { return std::tuple{named("network", &Made::network)}; }

  template <class Rng>
  Made(Index event_size, Index parameters_per_coordinate, Rng& rng, Index context_size = 0,
       Connections connections = Connections::feed_forward)
      : Made(event_size, parameters_per_coordinate, std::vector<int>{Hidden...}, rng, context_size, connections) {
    static_assert(sizeof...(Hidden) > 0,
                  "Made: give the sizes of the hidden layers, as in MAF<float, 2, 64, 64>{rng} "
                  "or MAF<float, 2>{{64, 64}, rng}");
  }

  template <class Rng>
  Made(Index event_size, Index parameters_per_coordinate, const std::vector<int>& hidden_sizes, Rng& rng,
       Index context_size = 0, Connections connections = Connections::feed_forward)
      : Made(event_size, parameters_per_coordinate, equal_degrees(event_size, hidden_sizes, context_size), rng,
             context_size, connections) {}

  /// With a degree for each hidden unit of each layer, in any order: units are sorted by degree. A template, so that
  /// sizes in braces never mean degrees.
  template <std::same_as<std::vector<std::vector<int>>> HiddenDegrees, class Rng>
  Made(Index event_size, Index parameters_per_coordinate, HiddenDegrees hidden_degrees, Rng& rng,
       Index context_size = 0, Connections connections = Connections::feed_forward)
      : network(input_degrees(event_size, parameters_per_coordinate, context_size),
                sorted_degrees(std::move(hidden_degrees), event_size),
                output_degrees(event_size, parameters_per_coordinate), static_cast<int>(event_size), rng, connections),
        context_size_(context_size) {}

  Index input_size() const { return network.input_size() - context_size_; }
  Index output_size() const { return network.output_size(); }
  Index context_size() const { return context_size_; }

  /// `joined`: context and x one below the other, when there is a context.
  struct Cache {
    typename Network<T, A>::Cache network;
    std::optional<Tile<T>> joined;
  };
  using Sums = typename Network<T, A>::Sums;

  /// Takes the memory for a pass. Rows of x may be filled in later: x_i before evaluate_coordinate(i + 1, ...).
  void start(const ConstTile<T>& x, Cache& cache, Pass<T>& pass) const {
    detail::require_context(name, context_size_, pass);
    if (context_size_ > 0) {
      cache.joined.emplace(pass.arena.template tile<T>(network.input_size(), x.cols()));
      cache.joined->topRows(context_size_) = pass.context;
      network.start(detail::as_const(*cache.joined), cache.network, pass);
    } else {
      network.start(x, cache.network, pass);
    }
  }

  /// Writes the parameters of coordinate i, from the coordinates before it; call it with i = 0, 1, ..., D - 1.
  void evaluate_coordinate(int i, const ConstTile<T>& x, Tile<T> output, Cache& cache) const {
    if (context_size_ > 0 && i > 0) cache.joined->row(context_size_ + i - 1) = x.row(i - 1);
    network.evaluate_steps(i, i + 1, output, cache.network);
  }

  void evaluate(const ConstTile<T>& x, Tile<T> output, Cache& cache, Pass<T>& pass) const {
    start(x, cache, pass);
    if (context_size_ > 0) cache.joined->bottomRows(x.rows()) = x;
    network.evaluate_steps(0, network.steps(), output, cache.network);
  }

  /// The pullback coordinate by coordinate: start, then i = D - 1, ..., 0 (each writes dL/dx_{i-1}, and the last
  /// coordinate also dL/dx_{D-1} = 0), once the gradients for the parameters of coordinate i are there; then finish.
  Sums start_pullback(const ConstTile<T>& output_gradient, Tile<T> x_gradient, std::optional<Tile<T>>& joined,
                      Pass<T>& pass) const {
    joined.emplace(context_size_ > 0 ? pass.arena.template tile<T>(network.input_size(), x_gradient.cols())
                                     : x_gradient);
    return network.start_pullback(output_gradient, pass);
  }

  void pull_back_coordinate(int i, const Sums& sums, Tile<T> x_gradient, Tile<T> joined, const Cache& cache) const {
    network.pull_back_steps(i, i + 1, sums, joined, cache.network);
    if (context_size_ == 0) return;
    if (i + 1 == network.steps()) x_gradient.row(i) = joined.row(context_size_ + i);
    if (i > 0) x_gradient.row(i - 1) = joined.row(context_size_ + i - 1);
  }

  void finish_pullback(const Sums& sums, Tile<T> joined, ParameterGradient<T> gradient, const Cache& cache,
                       Pass<T>& pass) const {
    if (pass.context_gradient.rows() > 0) pass.context_gradient += joined.topRows(context_size_);
    if (pass.parameter_gradient) network.add_parameter_gradient(sums, gradient, cache.network, pass);
  }

  void pullback(const ConstTile<T>& output_gradient, Tile<T> x_gradient, ParameterGradient<T> gradient,
                const Cache& cache, Pass<T>& pass) const {
    const Arena::Frame frame(pass.arena);
    std::optional<Tile<T>> joined;
    const Sums sums = start_pullback(output_gradient, x_gradient, joined, pass);
    network.pull_back_steps(0, network.steps(), sums, *joined, cache.network);
    if (context_size_ > 0) x_gradient = joined->bottomRows(x_gradient.rows());
    finish_pullback(sums, *joined, gradient, cache, pass);
  }

 private:
  using Degrees = std::vector<int>;

  static Degrees input_degrees(Index event_size, Index parameters_per_coordinate, Index context_size) {
    detail::require_coordinates(name, event_size);
    if (parameters_per_coordinate < 1)
      detail::throw_invalid_argument(name, "a coordinate needs at least one parameter");
    if (context_size < 0) detail::throw_invalid_argument(name, "the context cannot have fewer than zero rows");
    Degrees degrees(static_cast<std::size_t>(context_size), 0);
    for (Index i = 0; i < event_size; ++i) degrees.push_back(static_cast<int>(i + 1));
    return degrees;
  }

  static Degrees output_degrees(Index event_size, Index parameters_per_coordinate) {
    Degrees degrees;
    for (Index i = 0; i < event_size * parameters_per_coordinate; ++i) {
      degrees.push_back(static_cast<int>(i / parameters_per_coordinate + 1));
    }
    return degrees;
  }

  static std::vector<Degrees> equal_degrees(Index event_size, const std::vector<int>& hidden_sizes,
                                            Index context_size) {
    detail::require_hidden_sizes(name, hidden_sizes);
    const int lowest = context_size > 0 || event_size < 2 ? 0 : 1;
    const int count = (std::max)(static_cast<int>(event_size) - lowest, 1);
    std::vector<Degrees> layers;
    for (const int size : hidden_sizes) {
      Degrees& layer = layers.emplace_back();
      for (int j = 0; j < size; ++j) layer.push_back(lowest + j % count);
    }
    return layers;
  }

  static std::vector<Degrees> sorted_degrees(std::vector<Degrees> layers, Index event_size) {
    for (Degrees& layer : layers) {
      if (layer.empty()) detail::throw_invalid_argument(name, "a hidden layer needs at least one unit, got 0");
      std::sort(layer.begin(), layer.end());
      if (layer.front() < 0 || layer.back() > (std::max<Index>)(event_size - 1, 0)) {
        detail::throw_invalid_argument(name, "hidden degrees lie between 0 and D - 1");
      }
    }
    return layers;
  }

  Index context_size_;
};

}  // namespace bijou
