#pragma once

#include <bijou/conditioners/activations.hpp>
#include <bijou/conditioners/any_activation.hpp>
#include <bijou/conditioners/conditioner.hpp>
#include <bijou/conditioners/context_role.hpp>
#include <bijou/conditioners/feed_forward.hpp>
#include <bijou/conditioners/transform_units.hpp>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace bijou::detail {

/// The passes of a network, over layers that it owns (NetworkLayers) or that are constants (ConstantLayers).
///
/// h_0 = (context, input), h_l = A(W_l h_{l-1} + b_l), output = W_L h_{L-1} + b_L, with masks given by degrees: step s
/// computes the hidden units of degree s and the outputs of degree s + 1.
template <class Layers, class A, class Connections>
class NetworkPasses : public Layers {
  using T = typename Layers::Scalar;

 public:
  static constexpr const char* name = "Network";
  using Scalar = T;
  using Layers::context_layer_at;
  using Layers::context_layer_count;
  using Layers::context_size;
  using Layers::first_input;
  using Layers::hidden_size;
  using Layers::layer_at;
  using Layers::layer_count;
  using Layers::steps;

  // 0 for a network that has been moved from.
  Index input_size() const { return layer_count() == 0 ? 0 : layer_at(0).columns() - joined_size(); }
  Index output_size() const { return layer_count() == 0 ? 0 : layer_at(hidden_layers()).rows(); }

  /// Views into the arena; H hidden units in all layers. A single event has its units in contiguous columns.
  struct Cache {
    ConstTile<T> given;  // input_size() x N, the input as the caller gave it
    Tile<T> joined;      // (context_size() + input_size()) x N, context above input; no rows if `given` does for that
    Tile<T> hidden;      // H x N, activations, layer after layer
    Tile<T> preactivations;  // H x N, W h + b, if a pullback needs them, else no rows
    Tile<T> context;         // C x N, and the values of the context layers, if there are such
    Tile<T> context_units;
    int threads = 1;
  };
  using Evaluation = ConditionerEvaluation<T, Cache>;
  using Pullback = ConditionerPullback<T, Cache>;

  /// Takes the memory for a pass over e.input; rows of it may be filled in later, before the step that sees them.
  void start(Evaluation e) const {
    if (context_size() > 0 && e.pass.context.rows() != context_size()) {
      throw_invalid_argument(name, "expected a context of ", context_size(), " rows, got ", e.pass.context.rows());
    }
    const Index events = e.input.cols();
    Arena& arena = e.pass.arena;
    e.cache.given.rebind(e.input);
    e.cache.threads = e.pass.threads;
    e.cache.joined.rebind(joins(events) ? arena.template units<T>(layer_at(0).columns(), events) : Tile<T>());
    if (joins(events)) {
      if (joined_size() > 0) e.cache.joined.slice(0, joined_size()) = e.pass.context;
      const Index seen = first_column(steps());
      e.cache.joined.slice(seen, layer_at(0).columns() - seen).setZero();
    }
    e.cache.hidden.rebind(arena.template units<T>(hidden_size(), events));
    if (keeps_preactivations()) e.cache.preactivations.rebind(arena.template units<T>(hidden_size(), events));
    if constexpr (has_context_layers) start_context(e);
  }

  /// Computes the hidden units and the outputs of steps first, ..., last - 1.
  void evaluate_steps(int first, int last, Evaluation e) const {
    const Cache& cache = e.cache;
    if (joins(e.input.cols())) {
      for (Index k = first_column(first); k < first_column(last); ++k) {
        if (k < joined_size()) continue;
        if (e.input.cols() == 1)
          cache.joined(k, 0) = cache.given(k - joined_size(), 0);
        else
          cache.joined.row(k) = cache.given.row(k - joined_size());
      }
    }
    ConstTile<T> in = input_of(cache);
    Index offset = 0;
    for (std::size_t l = 0; l < layer_count(); ++l) {
      const auto& layer = layer_at(l);
      const Index size = layer.rows();
      const bool is_hidden = l < hidden_layers();
      const Tile<T> value = is_hidden ? cache.hidden.slice(offset, size) : e.output;
      const Tile<T> sum = is_hidden && keeps_preactivations() ? cache.preactivations.slice(offset, size) : value;
      layer.multiply(layer.first_row(first), layer.first_row(last), in, sum, cache.threads, [&](Index r, Index rows) {
        if (!is_hidden) return;
        if constexpr (has_context_layers) enter_context(l, r, cache, sum.slice(r, rows));
        if (connections_.adds_skip(l, hidden_layers())) {
          sum.slice(r, rows) += cache.preactivations.slice(offset - 2 * size + r, rows);
        }
        activate(l, sum.slice(r, rows), value.slice(r, rows));
      });
      in.rebind(value);
      offset += size;
    }
  }

  void evaluate(Evaluation e) const {
    start(e);
    evaluate_steps(0, steps(), e);
  }

  /// A pullback in steps, from the last to the first.
  class StepwisePullback {
   public:
    StepwisePullback(const NetworkPasses& network, Pullback p)
        : network_(network),
          p_(p),
          hidden_(p.pass.arena.template units<T>(network.hidden_size(), p.output_gradient.cols())),
          joined_(network.joins(p.output_gradient.cols())
                      ? p.pass.arena.template units<T>(network.layer_at(0).columns(), p.output_gradient.cols())
                      : Tile<T>()) {
      if constexpr (has_context_layers) {
        context_units_.rebind(p.pass.arena.template units<T>(p.cache.context_units.rows(), p.output_gradient.cols()));
        before_gates_.rebind(p.pass.arena.template units<T>(p.cache.context_units.rows(), p.output_gradient.cols()));
      }
    }

    /// dL/dinput for the inputs of degrees first, ..., last - 1 (and for those that no output sees, with the last
    /// step), once the output gradients of these and all later steps are there. In each layer: dL/dh = W^T dL/d(W h +
    /// b) of the layer above, dL/d(pre-activation) = A' dL/dh.
    void steps(int first, int last) {
      const Cache& cache = p_.cache;
      ConstTile<T> above = p_.output_gradient;
      Index offset = network_.hidden_size();
      for (std::size_t l = network_.layer_count(); l-- > 0;) {
        const auto& layer = network_.layer_at(l);
        const Index size = layer.columns();
        if (l == 0) {
          const Tile<T> below = joined_.rows() > 0 ? joined_ : p_.input_gradient;
          layer.multiply_transposed(network_.first_column(first), network_.last_column(last), above, below,
                                    cache.threads, [](Index, Index) {});
          break;
        }
        offset -= size;
        const Tile<T> below = hidden_.slice(offset, size);
        const auto& lower = network_.layer_at(l - 1);
        layer.multiply_transposed(lower.first_row(first), lower.first_row(last), above, below, cache.threads,
                                  [&](Index r, Index rows) {
                                    network_.differentiate(l - 1, offset + r, cache, below.slice(r, rows));
                                    if (network_.connections_.adds_skip(l + 1, network_.hidden_layers())) {
                                      below.slice(r, rows) += sum_gradient(l + 1, offset + 2 * size + r, r, rows);
                                    }
                                    if constexpr (has_context_layers) leave_context(l - 1, r, below.slice(r, rows));
                                  });
        above.rebind(below);
      }
      if (joined_.rows() == 0) return;
      for (Index k = network_.first_column(first); k < network_.last_column(last); ++k) {
        if (k >= network_.joined_size()) p_.input_gradient.row(k - network_.joined_size()) = joined_.row(k);
      }
    }

    /// Adds dL/dcontext, and dL/dW = dL/dsum h^T, dL/db = sum over events of dL/dsum, once all steps are done.
    void finish() {
      const Index joined_size = network_.joined_size();
      if (joined_size > 0 && p_.pass.context_gradient.rows() > 0)
        p_.pass.context_gradient += joined_.slice(0, joined_size);
      if constexpr (has_context_layers) pull_back_context();
      if (p_.parameter_gradient.size() == 0) return;
      T* gradient = p_.parameter_gradient.data();
      ConstTile<T> in = network_.input_of(p_.cache);
      Index offset = 0;
      for (std::size_t l = 0; l < network_.layer_count(); ++l) {
        const auto& layer = network_.layer_at(l);
        const bool is_hidden = l < network_.hidden_layers();
        const ConstTile<T> sum = is_hidden ? ConstTile<T>(hidden_.slice(offset, layer.rows())) : p_.output_gradient;
        layer.add_gradient(sum, in, gradient, p_.cache.threads, p_.pass.arena);
        gradient += layer.parameter_count();
        if (is_hidden) in.rebind(p_.cache.hidden.slice(offset, layer.rows()));
        offset += layer.rows();
      }
      Index row = 0;
      for (std::size_t k = 0; k < network_.context_layer_count(); ++k) {
        const auto& layer = network_.context_layer_at(k);
        const Tile<T> sum = context_units_.slice(row, layer.rows());
        layer.add_gradient(sum, p_.cache.context, gradient, p_.cache.threads, p_.pass.arena);
        gradient += layer.parameter_count();
        row += layer.rows();
      }
    }

   private:
    /// The gradient for what hidden layer l adds to layer l + 2.
    ConstTile<T> sum_gradient(std::size_t l, Index offset, Index r, Index rows) const {
      if constexpr (has_context_layers) {
        if (network_.role(l) == ContextRole::gate && network_.context_size() > 0)
          return before_gates_.slice(network_.context_row(l) + r, rows);
      }
      return hidden_.slice(offset, rows);
    }

    /// From the gradient for units r, ... of hidden layer l to that for W h + b and for the layer of the context.
    void leave_context(std::size_t l, Index r, Tile<T> gradient) {
      const ContextRole role = network_.role(l);
      if (role == ContextRole::none || network_.context_size() == 0) return;
      const Index at = network_.context_row(l) + r;
      const ConstTile<T> context = p_.cache.context_units.slice(at, gradient.rows());
      Tile<T> context_gradient = context_units_.slice(at, gradient.rows());
      if (role == ContextRole::addend) {
        context_gradient = gradient;
      } else if (role == ContextRole::activated_addend) {
        with_activation(network_.activation_, [&]<class B>(B) {
          transform_units([](Simd<T> c, Simd<T> g) { return B::derivative(c, B::value(c)) * g; }, context_gradient,
                          context, ConstTile<T>(gradient));
        });
      } else {
        // h = h_before + s(c) t: with g = dL/dh, dL/dc = g s' t = g (1 - s) (h - h_before), and dL/dt = g s.
        const Index row = network_.hidden_row(l) + r;
        const Tile<T> sums = p_.cache.preactivations;
        transform_units([](Simd<T> c, Simd<T> g, Simd<T> h, Simd<T> before) { return g * sigmoid(-c) * (h - before); },
                        context_gradient, context, ConstTile<T>(gradient),
                        ConstTile<T>(sums.slice(row, gradient.rows())),
                        ConstTile<T>(sums.slice(network_.hidden_row(l - 2) + r, gradient.rows())));
        Tile<T> before = before_gates_.slice(at, gradient.rows());
        before = gradient;
        transform_units([](Simd<T> c, Simd<T> g) { return sigmoid(c) * g; }, gradient, context, ConstTile<T>(gradient));
      }
    }

    /// Adds dL/dcontext of the context layers.
    void pull_back_context() {
      if (p_.pass.context_gradient.rows() == 0) return;
      const Arena::Frame frame(p_.pass.arena);
      const Tile<T> gradient = p_.pass.arena.template units<T>(network_.context_size(), p_.output_gradient.cols());
      Index row = 0;
      for (std::size_t k = 0; k < network_.context_layer_count(); ++k) {
        const auto& layer = network_.context_layer_at(k);
        const Tile<T> sum = context_units_.slice(row, layer.rows());
        layer.multiply_transposed(0, network_.context_size(), sum, gradient, p_.cache.threads, [](Index, Index) {});
        p_.pass.context_gradient += gradient;
        row += layer.rows();
      }
    }

    const NetworkPasses& network_;
    Pullback p_;
    Tile<T> hidden_;           // dL/d(W h + b) of all hidden units, H x N
    Tile<T> joined_;           // gradient for (context, input); no rows if p_.input_gradient does for that
    Tile<T> context_units_{};  // gradient for the values of the context layers
    Tile<T> before_gates_{};   // that for h_l where a gate follows
  };

  StepwisePullback start_pullback(Pullback p) const { return StepwisePullback(*this, p); }

  void pullback(Pullback p) const {
    const Arena::Frame frame(p.pass.arena);
    StepwisePullback back = start_pullback(p);
    back.steps(0, steps());
    back.finish();
  }

 protected:
  template <class... Arguments>
  explicit NetworkPasses(A activation, Connections connections, Arguments&&... of_layers)
      : Layers(std::forward<Arguments>(of_layers)...), activation_(activation), connections_(connections) {}

  [[no_unique_address]] A activation_;
  [[no_unique_address]] Connections connections_;

 private:
  static constexpr bool has_context_layers = Connections::has_context_layers;
  bool keeps_preactivations() const { return activation_.derivative_needs_input || connections_.keeps_preactivations; }
  std::size_t hidden_layers() const { return layer_count() - 1; }

  /// How many rows of the context stand above the input.
  Index joined_size() const { return connections_.joins_context ? context_size() : 0; }

  /// A single event's input is copied to a contiguous column, an input with a context to the tile below it.
  bool joins(Index events) const { return events == 1 || joined_size() > 0; }
  static ConstTile<T> input_of(const Cache& cache) {
    return cache.joined.rows() > 0 ? ConstTile<T>(cache.joined) : cache.given;
  }

  /// The first column of the first layer with degree s. Columns of degree steps() or more are seen by no unit; a
  /// pullback treats them with the last step.
  Index first_column(int s) const { return first_input(s); }
  Index last_column(int s) const { return s == steps() ? layer_at(0).columns() : first_column(s); }

  ContextRole role(std::size_t l) const { return connections_.context_role(l, hidden_layers()); }
  Index hidden_row(std::size_t l) const { return static_cast<Index>(l) * layer_at(0).rows(); }
  /// Where the context layer of hidden layer l stands among all.
  Index context_row(std::size_t l) const {
    Index row = 0;
    for (std::size_t before = 0; before < l; ++before) {
      if (role(before) != ContextRole::none) row += layer_at(0).rows();
    }
    return row;
  }

  /// The values of the context layers, W c + b.
  void start_context(Evaluation& e) const {
    if (context_size() == 0) return;
    Arena& arena = e.pass.arena;
    const Index events = e.input.cols();
    e.cache.context.rebind(arena.template units<T>(context_size(), events));
    e.cache.context = e.pass.context;
    const Index rows = static_cast<Index>(context_layer_count()) * layer_at(0).rows();
    e.cache.context_units.rebind(arena.template units<T>(rows, events));
    Index row = 0;
    for (std::size_t k = 0; k < context_layer_count(); ++k) {
      const auto& layer = context_layer_at(k);
      layer.multiply(0, layer.rows(), e.cache.context, e.cache.context_units.slice(row, layer.rows()), e.cache.threads,
                     [](Index, Index) {});
      row += layer.rows();
    }
  }

  /// What the context does to units r, ... of hidden layer l.
  void enter_context(std::size_t l, Index r, const Cache& cache, Tile<T> sum) const {
    if (role(l) == ContextRole::none || context_size() == 0) return;
    const ConstTile<T> context = cache.context_units.slice(context_row(l) + r, sum.rows());
    if (role(l) == ContextRole::addend)
      sum += context;
    else if (role(l) == ContextRole::activated_addend)
      with_activation(activation_, [&]<class B>(B) {
        transform_units([](Simd<T> c, Simd<T> s) { return s + B::value(c); }, sum, context, ConstTile<T>(sum));
      });
    else
      transform_units([](Simd<T> c, Simd<T> s) { return s * sigmoid(c); }, sum, context, ConstTile<T>(sum));
  }

  void activate(std::size_t l, ConstTile<T> sum, Tile<T> value) const {
    if (connections_.activates(l, hidden_layers()))
      with_activation(activation_,
                      [&]<class B>(B) { transform_units([](Simd<T> a) { return B::value(a); }, value, sum); });
    else
      value = sum;
  }

  /// gradient *= A' for hidden units first, ... of layer l.
  void differentiate(std::size_t l, Index first, const Cache& cache, Tile<T> gradient) const {
    if (!connections_.activates(l, hidden_layers())) return;
    const ConstTile<T> value = cache.hidden.slice(first, gradient.rows());
    const ConstTile<T> before = keeps_preactivations() ? cache.preactivations.slice(first, gradient.rows()) : value;
    with_activation(activation_, [&]<class B>(B) {
      transform_units([](Simd<T> b, Simd<T> v, Simd<T> g) { return B::derivative(b, v) * g; }, gradient, before, value,
                      ConstTile<T>(gradient));
    });
  }
};

}  // namespace bijou::detail
