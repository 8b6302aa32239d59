#pragma once

#include <bijou/bijectors/bijector.hpp>
#include <bijou/conditioners/conditioner.hpp>
#include <bijou/transformers/transformer.hpp>
#include <cmath>

/// The smallest types of each concept: what its table promises and nothing else, not even a default constructor. Their
/// values are known by hand.
namespace archetypes {

using bijou::Index;

/// x = z + shift in two coordinates: no cache, no name, no event_size().
template <class T>
struct Shift {
  using Scalar = T;
  static constexpr int static_event_size = 2;
  Eigen::Vector<T, 2> shift;
  explicit Shift(const Eigen::Vector<T, 2>& by) : shift(by) {}
  static constexpr auto members() { return bijou::Members{bijou::parameter("shift", &Shift::shift)}; }

  void forward(bijou::Evaluation<T> e) const { e.output = e.input.colwise() + shift.array(); }
  void inverse(bijou::Evaluation<T> e) const { e.output = e.input.colwise() - shift.array(); }
  void forward_pullback(bijou::Pullback<T> p) const {
    p.input_gradient = p.output_gradient;
    auto [d_shift] = bijou::gradients(*this, p);
    d_shift += p.output_gradient.rowwise().sum();
  }
  void inverse_pullback(bijou::Pullback<T> p) const {
    p.input_gradient = p.output_gradient;
    auto [d_shift] = bijou::gradients(*this, p);
    d_shift -= p.output_gradient.rowwise().sum();
  }
};

/// x = e^a z in every coordinate, any number of rows. A pass keeps e^a, and the pullback reads it from there.
template <class T>
struct Stretch {
  using Scalar = T;
  static constexpr int static_event_size = Eigen::Dynamic;
  static constexpr const char* name = "Stretch";
  Index size;
  Eigen::Vector<T, 1> log_scale;
  Stretch(Index rows, T a) : size(rows), log_scale(a) {}
  static constexpr auto members() {
    return bijou::Members{bijou::state("size", &Stretch::size), bijou::parameter("log_scale", &Stretch::log_scale)};
  }
  Index event_size() const { return size; }

  struct Cache {
    T* scale = nullptr;
  };

  void forward(bijou::Evaluation<T, Cache> e) const {
    e.output = e.input * start(e);
    e.log_det += log_det();
  }
  void inverse(bijou::Evaluation<T, Cache> e) const {
    e.output = e.input / start(e);
    e.log_det -= log_det();
  }
  void forward_pullback(bijou::Pullback<T, Cache> p) const {
    p.input_gradient = p.output_gradient * *p.cache.scale;
    auto [d_log_scale] = bijou::gradients(*this, p);
    d_log_scale += (p.output_gradient * p.output).sum() + static_cast<T>(size) * p.log_det_gradient.sum();
  }
  void inverse_pullback(bijou::Pullback<T, Cache> p) const {
    p.input_gradient = p.output_gradient / *p.cache.scale;
    auto [d_log_scale] = bijou::gradients(*this, p);
    d_log_scale -= (p.output_gradient * p.output).sum() + static_cast<T>(size) * p.log_det_gradient.sum();
  }

 private:
  double log_det() const { return static_cast<double>(size) * static_cast<double>(log_scale(0)); }
  T start(bijou::Evaluation<T, Cache>& e) const {
    e.cache.scale = e.pass.arena.template row<T>(1).data();
    return *e.cache.scale = std::exp(log_scale(0));
  }
};

/// x = (z_1, z_0), in any scalar.
struct Swap {
  static constexpr int static_event_size = 2;
  explicit Swap(int) {}
  static constexpr auto members() { return bijou::Members<>{}; }
  template <class T>
  void forward(bijou::Evaluation<T> e) const {
    e.output = e.input.colwise().reverse();
  }
  template <class T>
  void inverse(bijou::Evaluation<T> e) const {
    e.output = e.input.colwise().reverse();
  }
  template <class T>
  void forward_pullback(bijou::Pullback<T> p) const {
    p.input_gradient = p.output_gradient.colwise().reverse();
  }
  template <class T>
  void inverse_pullback(bijou::Pullback<T> p) const {
    p.input_gradient = p.output_gradient.colwise().reverse();
  }
};

/// x = -2 z or its inverse in any scalar, with a cache: the factor, by which a pass has multiplied.
struct Opposite {
  static constexpr int static_event_size = Eigen::Dynamic;
  Index size;
  explicit Opposite(Index rows) : size(rows) {}
  static constexpr auto members() { return bijou::Members{bijou::state("size", &Opposite::size)}; }
  Index event_size() const { return size; }

  template <class T>
  struct Cache {
    T factor = 0;
  };
  template <class T>
  void forward(bijou::Evaluation<T, Cache<T>> e) const {
    e.cache.factor = T(-2);
    e.output = e.input * e.cache.factor;
    e.log_det += static_cast<double>(size) * std::log(2.0);
  }
  template <class T>
  void inverse(bijou::Evaluation<T, Cache<T>> e) const {
    e.cache.factor = T(-0.5);
    e.output = e.input * e.cache.factor;
    e.log_det -= static_cast<double>(size) * std::log(2.0);
  }
  template <class T>
  void forward_pullback(bijou::Pullback<T, Cache<T>> p) const {
    p.input_gradient = p.output_gradient * p.cache.factor;
  }
  template <class T>
  void inverse_pullback(bijou::Pullback<T, Cache<T>> p) const {
    p.input_gradient = p.output_gradient * p.cache.factor;
  }
};

/// x = factor z + a: one parameter for each coordinate, and the factor as state.
template <class T>
struct Additive {
  using Scalar = T;
  T factor;
  explicit Additive(T by) : factor(by) {}
  static constexpr auto members() { return bijou::Members{bijou::state("factor", &Additive::factor)}; }
  Index parameters_per_coordinate() const { return 1; }

  void forward(bijou::TransformerEvaluation<T> e) const {
    e.output = e.input * factor + e.parameters.row(0);
    e.log_det += std::log(static_cast<double>(factor));
  }
  void inverse(bijou::TransformerEvaluation<T> e) const {
    e.output = (e.input - e.parameters.row(0)) / factor;
    e.log_det -= std::log(static_cast<double>(factor));
  }
  void forward_pullback(bijou::TransformerPullback<T> p) const {
    p.input_gradient = p.output_gradient * factor;
    p.parameters_gradient.row(0) = p.output_gradient;
  }
  void inverse_pullback(bijou::TransformerPullback<T> p) const {
    p.input_gradient = p.output_gradient / factor;
    p.parameters_gradient.row(0) = -p.input_gradient;
  }
};

/// A conditioner: output k is (k + 1) weight (sum of the inputs + sum of the context).
template <class T>
struct Total {
  using Scalar = T;
  Index inputs;
  Index outputs;
  Index context;
  Eigen::Vector<T, 1> weight;
  Total(Index in, Index out, Index side, T w) : inputs(in), outputs(out), context(side), weight(w) {}
  static constexpr auto members() {
    return bijou::Members{bijou::state("inputs", &Total::inputs), bijou::state("outputs", &Total::outputs),
                          bijou::parameter("weight", &Total::weight), bijou::state("context", &Total::context)};
  }
  Index input_size() const { return inputs; }
  Index output_size() const { return outputs; }
  Index context_size() const { return context; }

  struct Cache {
    bijou::Row<T> sum{};
  };
  void evaluate(bijou::ConditionerEvaluation<T, Cache> e) const {
    new (&e.cache.sum) bijou::Row<T>(e.pass.arena.template row<T>(e.input.cols()));
    e.cache.sum = e.input.colwise().sum();
    if (context > 0) e.cache.sum += e.pass.context.colwise().sum();
    for (Index k = 0; k < outputs; ++k) e.output.row(k) = static_cast<T>(k + 1) * weight(0) * e.cache.sum;
  }
  void pullback(bijou::ConditionerPullback<T, Cache> p) const {
    const bijou::Arena::Frame frame(p.pass.arena);
    bijou::Row<T> g = p.pass.arena.template row<T>(p.output_gradient.cols());
    g.setZero();
    for (Index k = 0; k < outputs; ++k) g += static_cast<T>(k + 1) * p.output_gradient.row(k);
    auto [d_weight] = bijou::gradients(*this, p);
    d_weight += (g * p.cache.sum).sum();
    for (Index i = 0; i < inputs; ++i) p.input_gradient.row(i) = weight(0) * g;
    for (Index i = 0; i < p.pass.context_gradient.rows(); ++i) p.pass.context_gradient.row(i) += weight(0) * g;
  }
};

/// A sequential conditioner with one output for each input: output i is weight (x_0 + ... + x_{i-1}).
template <class T>
struct Prefix {
  using Scalar = T;
  Index size;
  Eigen::Vector<T, 1> weight;
  Prefix(Index inputs, T w) : size(inputs), weight(w) {}
  static constexpr auto members() {
    return bijou::Members{bijou::parameter("weight", &Prefix::weight), bijou::state("size", &Prefix::size)};
  }
  Index input_size() const { return size; }
  Index output_size() const { return size; }
  Index context_size() const { return 0; }

  struct Cache {
    bijou::ConstTile<T> input{};
    bijou::Tile<T> sums{};  // row i: x_0 + ... + x_{i-1}
  };
  using Evaluation = bijou::ConditionerEvaluation<T, Cache>;
  using Pullback = bijou::ConditionerPullback<T, Cache>;

  Index steps() const { return size; }
  void start(Evaluation e) const {
    e.cache.input.rebind(e.input);
    e.cache.sums.rebind(e.pass.arena.template tile<T>(size, e.input.cols()));
  }
  void evaluate_steps(int first, int last, Evaluation e) const {
    for (Index i = first; i < last; ++i) {
      if (i == 0)
        e.cache.sums.row(i).setZero();
      else
        e.cache.sums.row(i) = e.cache.sums.row(i - 1) + e.cache.input.row(i - 1);
      e.output.row(i) = weight(0) * e.cache.sums.row(i);
    }
  }
  void evaluate(Evaluation e) const {
    start(e);
    evaluate_steps(0, static_cast<int>(size), e);
  }

  class Back {
   public:
    Back(const Prefix& prefix, Pullback p)
        : prefix_(prefix), p_(p), sum_(p.pass.arena.template row<T>(p.output_gradient.cols())) {
      sum_.setZero();
    }
    // x_{i-1} completes step i; the last input belongs to no step.
    void steps(int first, int last) {
      if (last == prefix_.size) p_.input_gradient.row(last - 1).setZero();
      for (Index i = last - 1; i >= first; --i) {
        sum_ += prefix_.weight(0) * p_.output_gradient.row(i);
        if (i > 0) p_.input_gradient.row(i - 1) = sum_;
      }
    }
    void finish() {
      auto [d_weight] = bijou::gradients(prefix_, p_);
      d_weight += (p_.output_gradient * p_.cache.sums).sum();
    }

   private:
    const Prefix& prefix_;
    Pullback p_;
    bijou::Row<T> sum_;
  };
  Back start_pullback(Pullback p) const { return Back(*this, p); }
  void pullback(Pullback p) const {
    const bijou::Arena::Frame frame(p.pass.arena);
    Back back = start_pullback(p);
    back.steps(0, static_cast<int>(size));
    back.finish();
  }
};

}  // namespace archetypes
