#pragma once

#include <bijou/conditioners/activations.hpp>
#include <bijou/core/batch.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/numerics/staircase_product.hpp>
#include <bijou/numerics/staircase_vector.hpp>
#include <algorithm>
#include <cmath>
#include <concepts>
#include <optional>
#include <vector>

namespace bijou {

namespace detail {

/// A conditional flow needs its context in the pass.
template <class T>
void require_context(const char* caller, Index expected, const Pass<T>& pass) {
  if (pass.context.rows() != expected) {
    throw_invalid_argument(caller, "expected a context of " + std::to_string(expected) + " rows, got " +
                                       std::to_string(pass.context.rows()));
  }
}

}  // namespace detail

/// How the hidden layers of a network follow each other.
enum class Connections {
  /// h_l = A(W_l h_{l-1} + b_l).
  feed_forward,
  /// One linear layer, then blocks of two: h <- h + W' A(W A(h) + b) + b', and the output is linear in h (the residual
  /// MADE of nflows). Takes an odd number of hidden layers of one size.
  residual
};

/// h_0 = input, h_l = A(W_l h_{l-1} + b_l), output = W_L h_{L-1} + b_L, with masks given by degrees.
///
/// Every input, hidden unit and output has a degree; they are sorted by it. A hidden unit sees the units before it of
/// its own or a smaller degree, an output only those of a smaller degree (Germain et al. 2015, Eqs. (8) and (9) up to
/// the numbering). So every weight matrix is a staircase: row r has entries in the first ends[r] columns and zeros
/// behind, which are neither read nor written. The network can be evaluated degree by degree, each unit once. With
/// residual connections the same holds, since a unit is added to a unit of its own degree.
///
/// T: float or double. A: the activation. This is what Made and Mlp are made of; a step is one degree.
template <class T, Activation A>
class Network {
 public:
  static_assert(std::floating_point<T>, "a network works in float or double");
  using Scalar = T;
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  using Degrees = std::vector<int>;

  /// weight: out x in, row-major as torch's; bias: out.
  struct Layer {
    Matrix weight;
    Vector bias;
    static constexpr auto parameter_list() {
      return std::tuple{named("weight", &Layer::weight), named("bias", &Layer::bias)};
    }
  };

  std::vector<Layer> layers;

  static constexpr auto parameter_list() { return std::tuple{named("layers", &Network::layers)}; }

  /// Degrees of the inputs, of each hidden layer and of the outputs, each sorted; hidden ones lie in [0, steps) and
  /// outputs in [1, steps]. Weights and biases are uniform in +-1/sqrt(fan-in) (torch's Linear).
  template <class Rng>
  Network(const Degrees& input, const std::vector<Degrees>& hidden, const Degrees& output, int steps, Rng& rng,
          Connections connections = Connections::feed_forward)
      : steps_(steps), input_steps_(first_of_each(input, 0)), residual_(connections == Connections::residual) {
    if (residual_ && (hidden.size() % 2 == 0 || std::any_of(hidden.begin(), hidden.end(),
                                                            [&](const Degrees& h) { return h != hidden.front(); }))) {
      detail::throw_invalid_argument("Network",
                                     "residual connections take an odd number of hidden layers with the same degrees");
    }
    const Degrees* before = &input;
    for (const Degrees& layer : hidden) {
      add_layer(*before, layer, 0, rng);
      before = &layer;
    }
    add_layer(*before, output, 1, rng);
  }

  Index input_size() const { return layers.front().weight.cols(); }
  Index output_size() const { return layers.back().weight.rows(); }
  int steps() const { return steps_; }

  /// How many inputs of layer l its row r sees.
  Index visible(std::size_t l, Index r) const { return shapes_[l].ends[static_cast<std::size_t>(r)]; }

  /// Views into the arena: hidden units of all layers one below the other, and what went into their activation if its
  /// derivative or a residual connection needs that. For a single event, in their place input, hidden units, what went
  /// into their activations, and outputs in one array.
  struct Cache {
    std::optional<ConstTile<T>> input;
    std::optional<Tile<T>> hidden;
    std::optional<Tile<T>> before;
    T* single = nullptr;
    int threads = 1;
  };

  /// Takes the memory for a pass over `input` (input_size() x N); rows of it may be filled in later, before the step
  /// that sees them.
  void start(const ConstTile<T>& input, Cache& cache, Pass<T>& pass) const {
    cache.input.emplace(input);
    cache.threads = pass.threads;
    if (input.cols() == 1) {
      cache.single = pass.arena.template row<T>(input_size() + 2 * hidden_size_ + output_size()).data();
      return;
    }
    cache.hidden.emplace(pass.arena.template tile<T>(hidden_size_, input.cols()));
    if (keeps_sums()) cache.before.emplace(pass.arena.template tile<T>(hidden_size_, input.cols()));
  }

  /// Computes the hidden units and the outputs of steps first, ..., last - 1. output: output_size() x N.
  void evaluate_steps(int first, int last, Tile<T> output, const Cache& cache) const {
    if (cache.single) {
      evaluate_single(first, last, output, cache);
      return;
    }
    Index offset = 0;
    ConstTile<T> in = *cache.input;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const bool is_hidden = l + 1 < layers.size();
      const Index size = layers[l].weight.rows();
      Tile<T> value = is_hidden ? detail::rows_of(*cache.hidden, offset, size) : output;
      Tile<T> sum = is_hidden && keeps_sums() ? detail::rows_of(*cache.before, offset, size) : value;
      multiply(l, first, last, in, sum, cache.threads, [&](Index r, Index rows) {
        if (!is_hidden) return;
        if (adds_skip(l)) rows_of(sum, r, rows) += rows_of(*cache.before, offset - 2 * size + r, rows);
        activate(l, rows_of(sum, r, rows), rows_of(value, r, rows));
      });
      new (&in) ConstTile<T>(detail::as_const(value));
      offset += size;
    }
  }

  /// What a pullback works on: dL/d(W h + b) of all hidden units, and of the outputs; for a single event also both in
  /// one array, and behind them the gradient for the inputs.
  struct Sums {
    Tile<T> hidden;
    ConstTile<T> output;
    T* single = nullptr;
  };

  Sums start_pullback(const ConstTile<T>& output_gradient, Pass<T>& pass) const {
    if (output_gradient.cols() > 1) {
      return {pass.arena.template tile<T>(hidden_size_, output_gradient.cols()), output_gradient};
    }
    T* single = pass.arena.template row<T>(hidden_size_ + output_size() + input_size()).data();
    return {{single, 0, 0, Eigen::OuterStride<>(0)}, output_gradient, single};
  }

  /// dL/dinput (written, input_size() x N) for the inputs of steps first, ..., last - 1, once the output gradients of
  /// these and all later steps are there. In each layer: dL/dh = W^T dL/d(sums above), dL/dsum = A' dL/dh.
  void pull_back_steps(int first, int last, const Sums& sums, Tile<T> input_gradient, const Cache& cache) const {
    if (cache.single) {
      pull_back_single(first, last, sums, input_gradient, cache);
      return;
    }
    Index offset = hidden_size_;
    ConstTile<T> above = sums.output;
    for (std::size_t l = layers.size(); l-- > 0;) {
      const bool to_hidden = l > 0;
      const Index size = layers[l].weight.cols();
      offset -= to_hidden ? size : 0;
      Tile<T> below = to_hidden ? detail::rows_of(sums.hidden, offset, size) : input_gradient;
      multiply_transposed(l, first, last, above, below, cache.threads, [&](Index r, Index rows) {
        if (!to_hidden) return;
        differentiate(l - 1, offset + r, rows, cache, rows_of(below, r, rows));
        if (adds_skip(l + 1)) rows_of(below, r, rows) += rows_of(sums.hidden, offset + 2 * size + r, rows);
      });
      new (&above) ConstTile<T>(detail::as_const(below));
    }
  }

  /// Adds dL/dW = dL/dsum h^T and dL/db = sum over events of dL/dsum, once all steps have been pulled back.
  void add_parameter_gradient(const Sums& sums, ParameterGradient<T> gradient, const Cache& cache,
                              Pass<T>& pass) const {
    if (cache.single) {
      add_parameter_gradient_single(sums, gradient.data(), cache);
      return;
    }
    T* at = gradient.data();
    Index offset = 0;
    ConstTile<T> in = *cache.input;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const Arena::Frame frame(pass.arena);
      const Index rows = layers[l].weight.rows();
      const Index cols = layers[l].weight.cols();
      const bool is_hidden = l + 1 < layers.size();
      const ConstTile<T> sum = is_hidden ? detail::as_const(detail::rows_of(sums.hidden, offset, rows)) : sums.output;
      Tile<T> transposed = pass.arena.template tile<T>(in.cols(), cols);
      detail::transpose(in.data(), cols, in.cols(), in.outerStride(), transposed.data(), transposed.outerStride());
      const auto& ends = shapes_[l].ends;
      detail::for_row_ranges<T>(0, rows, in.cols() * cols, cache.threads, [&](Index from, Index to) {
        detail::add_product<T>(
            from, to, {sum.data(), sum.outerStride(), 1}, in.cols(),
            [&](Index r) { return ends[static_cast<std::size_t>(r)]; }, transposed.data(), transposed.outerStride(), at,
            cols);
      });
      at += rows * cols;
      Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>(at, rows) += sum.rowwise().sum();
      at += rows;
      if (is_hidden) new (&in) ConstTile<T>(detail::as_const(detail::rows_of(*cache.hidden, offset, rows)));
      offset += rows;
    }
  }

 private:
  /// Where the staircase of one layer ends in each row and begins in each column, and the first row of each step.
  struct Shape {
    std::vector<Index> ends;
    std::vector<Index> begins;
    std::vector<Index> steps;
  };

  template <class Rng>
  void add_layer(const Degrees& in, const Degrees& out, int offset, Rng& rng) {
    const auto rows = static_cast<Index>(out.size());
    const auto cols = static_cast<Index>(in.size());
    Shape shape;
    for (const int degree : out) {
      shape.ends.push_back(std::upper_bound(in.begin(), in.end(), degree - offset) - in.begin());
    }
    for (const int degree : in) {
      shape.begins.push_back(std::lower_bound(out.begin(), out.end(), degree + offset) - out.begin());
    }
    shape.steps = first_of_each(out, offset);
    const double bound = 1.0 / std::sqrt(static_cast<double>(std::max<Index>(cols, 1)));
    const auto draw = [&] { return static_cast<T>(bound * (2.0 * uniform(rng) - 1.0)); };
    Layer layer{Matrix::Zero(rows, cols), Vector(rows)};
    for (Index r = 0; r < rows; ++r) {
      for (Index i = 0; i < shape.ends[static_cast<std::size_t>(r)]; ++i) layer.weight(r, i) = draw();
    }
    for (Index r = 0; r < rows; ++r) layer.bias(r) = draw();
    if (offset == 0) hidden_size_ += rows;
    layers.push_back(std::move(layer));
    shapes_.push_back(std::move(shape));
  }

  /// Entry s is the first unit of step s, that is of degree s + offset; the last entry is the number of units.
  std::vector<Index> first_of_each(const Degrees& degrees, int offset) const {
    std::vector<Index> first;
    for (int s = 0; s < steps_; ++s) {
      first.push_back(std::lower_bound(degrees.begin(), degrees.end(), s + offset) - degrees.begin());
    }
    first.push_back(static_cast<Index>(degrees.size()));
    return first;
  }

  void evaluate_single(int first, int last, Tile<T> output, const Cache& cache) const {
    const auto begin = static_cast<std::size_t>(first);
    const auto end = static_cast<std::size_t>(last);
    T* in = cache.single;
    for (Index i = input_steps_[begin]; i < input_steps_[end]; ++i) in[i] = (*cache.input)(i, 0);
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const auto& [weight, bias] = layers[l];
      const auto& ends = shapes_[l].ends;
      const bool is_hidden = l + 1 < layers.size();
      const Index from = shapes_[l].steps[begin];
      const Index to = shapes_[l].steps[end];
      T* out = in + weight.cols() + (is_hidden ? 0 : hidden_size_);
      detail::multiply_vector(
          from, to, weight.data(), weight.cols(), [&](Index r) { return ends[static_cast<std::size_t>(r)]; },
          bias.data(), in, out);
      if (!is_hidden) {
        for (Index r = from; r < to; ++r) output(r, 0) = out[r];
        return;
      }
      T* sum = out + hidden_size_;
      if (adds_skip(l)) detail::add_scaled(T(1), sum - 2 * weight.rows() + from, to - from, out + from);
      if (keeps_sums()) std::copy(out + from, out + to, sum + from);
      if (!is_linear(l)) {
        detail::transform(to - from, [](Simd<T> a) { return A::value(a); }, out + from, out + from);
      }
      in = out;
    }
  }

  void pull_back_single(int first, int last, const Sums& sums, Tile<T> input_gradient, const Cache& cache) const {
    const auto begin = static_cast<std::size_t>(first);
    const auto end = static_cast<std::size_t>(last);
    T* above = sums.single + hidden_size_;
    for (Index r = shapes_.back().steps[begin]; r < shapes_.back().steps[end]; ++r) above[r] = sums.output(r, 0);
    T* const to_inputs = above + output_size();
    T* const hidden = cache.single + input_size();
    Index offset = hidden_size_;
    for (std::size_t l = layers.size(); l-- > 0;) {
      const Matrix& w = layers[l].weight;
      const bool to_hidden = l > 0;
      const auto& steps = to_hidden ? shapes_[l - 1].steps : input_steps_;
      const Index from = steps[begin];
      const Index size = steps[end] - from;
      offset -= to_hidden ? w.cols() : 0;
      T* below = (to_hidden ? sums.single + offset : to_inputs) + from;
      std::fill_n(below, size, T(0));
      if (size > 0) {
        for (Index r = shapes_[l].begins[static_cast<std::size_t>(from)]; r < w.rows(); ++r) {
          const Index row_end = shapes_[l].ends[static_cast<std::size_t>(r)];
          detail::add_scaled(above[r], w.data() + r * w.cols() + from, (std::min)(row_end - from, size), below);
        }
      }
      if (to_hidden && !is_linear(l - 1)) {
        const T* value = hidden + offset + from;
        detail::transform(
            size, [](auto b, auto v, auto g) { return A::derivative(b, v) * g; }, below,
            keeps_sums() ? value + hidden_size_ : value, value, below);
      }
      if (to_hidden && adds_skip(l + 1)) {
        detail::add_scaled(T(1), sums.single + offset + 2 * w.cols() + from, size, below);
      }
      above = below - from;
    }
    for (Index i = input_steps_[begin]; i < input_steps_[end]; ++i) input_gradient(i, 0) = to_inputs[i];
  }

  void add_parameter_gradient_single(const Sums& sums, T* at, const Cache& cache) const {
    const T* in = cache.single;
    const T* sum = sums.single;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const Index rows = layers[l].weight.rows();
      const Index cols = layers[l].weight.cols();
      for (Index r = 0; r < rows; ++r) {
        detail::add_scaled(sum[r], in, shapes_[l].ends[static_cast<std::size_t>(r)], at + r * cols);
      }
      at += rows * cols;
      detail::add_scaled(T(1), sum, rows, at);
      at += rows;
      in += cols;
      sum += rows;
    }
  }

  template <class Finish>
  void multiply(std::size_t l, int first, int last, const ConstTile<T>& in, Tile<T> out, int threads,
                Finish finish) const {
    const T* const w = layers[l].weight.data();
    const T* const bias = layers[l].bias.data();
    const Index cols = layers[l].weight.cols();
    const auto& ends = shapes_[l].ends;
    const auto& steps = shapes_[l].steps;
    detail::for_row_ranges<T>(steps[static_cast<std::size_t>(first)], steps[static_cast<std::size_t>(last)],
                              cols * in.cols(), threads, [&](Index from, Index to) {
                                detail::multiply_rows<T>(
                                    from, to, {w, cols, 1}, [](Index) { return Index{0}; },
                                    [&](Index r) { return ends[static_cast<std::size_t>(r)]; }, bias, in.data(),
                                    in.outerStride(), out.data(), out.outerStride(), in.cols(), finish);
                              });
  }

  template <class Finish>
  void multiply_transposed(std::size_t l, int first, int last, const ConstTile<T>& in, Tile<T> out, int threads,
                           Finish finish) const {
    const auto& begins = shapes_[l].begins;
    const auto& steps = l == 0 ? input_steps_ : shapes_[l - 1].steps;
    const Matrix& w = layers[l].weight;
    detail::for_row_ranges<T>(steps[static_cast<std::size_t>(first)], steps[static_cast<std::size_t>(last)],
                              w.rows() * in.cols(), threads, [&](Index from, Index to) {
                                detail::multiply_rows<T>(
                                    from, to, {w.data(), 1, w.cols()},
                                    [&](Index r) { return begins[static_cast<std::size_t>(r)]; },
                                    [&](Index) { return w.rows(); }, static_cast<const T*>(nullptr), in.data(),
                                    in.outerStride(), out.data(), out.outerStride(), in.cols(), finish);
                              });
  }

  bool keeps_sums() const { return A::derivative_needs_input || residual_; }
  /// Whether the sums of the layer before the last are added to those of hidden layer l: it ends a block.
  bool adds_skip(std::size_t l) const { return residual_ && l >= 2 && l % 2 == 0 && l + 1 < layers.size(); }
  /// Whether hidden layer l has no activation: the last one, when residual.
  bool is_linear(std::size_t l) const { return residual_ && l + 2 == layers.size(); }

  // The rows of a tile lie one after the other, so a block of whole rows is one array.
  void activate(std::size_t l, Tile<T> sum, Tile<T> value) const {
    if (is_linear(l)) {
      value = sum;
      return;
    }
    detail::for_each_packet<T>(sum.rows() * sum.outerStride(), [&](Index i) {
      detail::store(value.data() + i, A::value(Simd<T>(detail::load(sum.data() + i))).value);
    });
  }

  void differentiate(std::size_t l, Index first, Index rows, const Cache& cache, Tile<T> gradient) const {
    if (is_linear(l)) return;
    const Index at = first * gradient.outerStride();
    const T* value = cache.hidden->data() + at;
    const T* before = keeps_sums() ? cache.before->data() + at : value;
    detail::for_each_packet<T>(rows * gradient.outerStride(), [&](Index i) {
      using V = Simd<T>;
      const V slope = A::derivative(V(detail::load(before + i)), V(detail::load(value + i)));
      detail::store(gradient.data() + i, (slope * V(detail::load(gradient.data() + i))).value);
    });
  }

  static Tile<T> rows_of(Tile<T> tile, Index first, Index count) { return detail::rows_of(tile, first, count); }

  std::vector<Shape> shapes_;
  int steps_;
  std::vector<Index> input_steps_;
  bool residual_;
  Index hidden_size_ = 0;
};

}  // namespace bijou
