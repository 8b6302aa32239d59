#pragma once

#include <bijou/inference/stochastic_layer.hpp>

namespace bijou {

namespace detail {

/// What a layer keeps of its steps: where each began, and which chains it moved.
template <class T>
struct HamiltonianCache {
  Tile<T>* starts = nullptr;
  Row<T>* moved = nullptr;
};

/// Steps of fresh momenta and leapfrogs. Adjusted: with the test of Metropolis. The layers below are of this kind.
template <class Self, class T, bool Adjusted, bool Trained>
class HamiltonianSteps : public LayerBase<T, Trained> {
  using Base = LayerBase<T, Trained>;

 public:
  using Cache = HamiltonianCache<T>;

  Index leapfrogs() const { return leapfrogs_; }

  static constexpr auto members() {
    return Members{Base::step_size_member(&HamiltonianSteps::log_step_size_), state("steps", &HamiltonianSteps::steps_),
                   state("lambda", &HamiltonianSteps::lambda_), state("leapfrogs", &HamiltonianSteps::leapfrogs_)};
  }

  std::string state_error() const {
    if (leapfrogs_ < 1) return joined({"expected leapfrogs of at least 1, got ", leapfrogs_});
    return Base::state_error();
  }

  template <class Path>
  void transition(Evaluation<T, Cache> e, const Path& path) const {
    Arena& arena = e.pass.arena;
    const Index count = e.input.cols();
    if (e.pass.keep_for_pullback) keep_steps(e.cache, e.input.rows(), count, arena);
    const Arena::Frame frame(arena);
    const auto energy = path.energy(this->lambda());
    Tile<T> output = e.output;
    output = e.input;
    ChainState<T> state{output, arena.sums(count), arena.template tile<T>(e.input.rows(), count)};
    evaluate_energy<decltype(energy), T>(energy, path.at, state.x, state.log_prob, state.score);
    Sums before = arena.sums(count);
    before += state.log_prob;
    StepOutcome<T> outcome(count, arena);
    for (Index step = 0; step < this->steps(); ++step) {
      if (e.pass.keep_for_pullback) e.cache.starts[step] = state.x;
      if constexpr (Adjusted) {
        hamiltonian_step(energy, path.at, state, this->step_size(), leapfrogs_, path.noise(step), outcome);
        if (e.pass.keep_for_pullback) e.cache.moved[step] = outcome.moved;
      } else {
        unadjusted_step(energy, path, state, step, e.log_det);
      }
    }
    if constexpr (Adjusted) add_energy_drop<T>(e.log_det, before, state.log_prob);
  }

  template <class Path>
  void transition_pullback(Pullback<T, Cache> p, const Path& path) const {
    Arena& arena = p.pass.arena;
    const Arena::Frame frame(arena);
    const auto energy = path.energy(this->lambda());
    const Index count = p.input.cols();
    Tile<T> gradient = p.input_gradient;
    gradient = p.output_gradient;
    const Tile<T> score = arena.template tile<T>(p.input.rows(), count);
    const Sums unused = arena.sums(count);
    if constexpr (Adjusted) {
      evaluate_energy<decltype(energy), T>(energy, path.at, p.output, unused, score);
      for (Index i = 0; i < score.rows(); ++i) gradient.row(i) -= p.log_det_gradient * score.row(i);
    }
    double step_gradient = 0;
    for (Index step = this->steps() - 1; step >= 0; --step) {
      step_gradient += pull_back_step(energy, path, step, p, gradient);
    }
    if constexpr (Adjusted) {
      evaluate_energy<decltype(energy), T>(energy, path.at, p.input, unused, score);
      for (Index i = 0; i < score.rows(); ++i) gradient.row(i) += p.log_det_gradient * score.row(i);
    }
    Base::add_step_size_gradient(static_cast<const Self&>(*this), p,
                                 step_gradient * static_cast<double>(this->step_size()));
  }

 protected:
  HamiltonianSteps(const char* caller, const LayerOptions& options, Index leapfrogs)
      : Base(caller, options), leapfrogs_(leapfrogs) {
    require_no_error(caller, state_error());
  }

 private:
  void keep_steps(Cache& cache, Index rows, Index count, Arena& arena) const {
    cache.starts = arena.template objects<Tile<T>>(this->steps());
    cache.moved = arena.template objects<Row<T>>(this->steps());
    for (Index step = 0; step < this->steps(); ++step) {
      cache.starts[step].rebind(arena.template tile<T>(rows, count));
      new (&cache.moved[step]) Row<T>(arena.template row<T>(Adjusted ? count : 0));
    }
  }

  // Delta S = 1/2 |p before|^2 - 1/2 |p after|^2.
  template <class E, class Path>
  void unadjusted_step(const E& energy, const Path& path, ChainState<T>& state, Index step, Sums log_ratio) const {
    Arena& arena = path.at.arena;
    const Arena::Frame frame(arena);
    const Tile<T> momentum = arena.template tile<T>(state.x.rows(), state.x.cols());
    const Sums log_u = arena.sums(state.x.cols());
    draw_momenta(path.at, path.noise(step), momentum, log_u);
    add_half_square<T>(momentum, log_ratio);
    leapfrog(energy, path.at, state, momentum, this->step_size(), leapfrogs_, [](Index) {});
    const Sums after = arena.sums(state.x.cols());
    add_half_square<T>(momentum, after);
    Sums total = log_ratio;
    total -= after;
  }

  // gradient: dL/d(state after the step), becomes that before it. With v = dL/dp and H the second derivatives of ln p,
  // backwards through each leapfrog: x_bar += h/2 H v, v += h x_bar, x_bar += h/2 H v. Returns dL/dh.
  template <class E, class Path>
  double pull_back_step(const E& energy, const Path& path, Index step, const Pullback<T, Cache>& p,
                        Tile<T> gradient) const {
    Arena& arena = path.at.arena;
    const Arena::Frame frame(arena);
    const Index rows = p.input.rows();
    const Index count = p.input.cols();
    const T h = this->step_size();

    // The states of the leapfrogs once more, x_0, ..., x_L with their scores, and the momenta half a step behind each.
    const Index length = leapfrogs_ + 1;
    Tile<T>* const x = arena.template objects<Tile<T>>(length);
    Tile<T>* const score = arena.template objects<Tile<T>>(length);
    Tile<T>* const half = arena.template objects<Tile<T>>(length);
    for (Index l = 0; l < length; ++l) {
      x[l].rebind(arena.template tile<T>(rows, count));
      score[l].rebind(arena.template tile<T>(rows, count));
      half[l].rebind(arena.template tile<T>(rows, count));
    }
    const Tile<T> momentum = arena.template tile<T>(rows, count);
    const Sums unused = arena.sums(count);
    draw_momenta(path.at, path.noise(step), momentum, unused);
    x[0] = p.cache.starts[step];
    evaluate_energy<E, T>(energy, path.at, x[0], unused, score[0]);
    Tile<T> at = momentum;
    for (Index l = 0; l < leapfrogs_; ++l) {
      half[l] = at + h / 2 * score[l];
      x[l + 1] = x[l] + h * half[l];
      evaluate_energy<E, T>(energy, path.at, x[l + 1], unused, score[l + 1]);
      at = half[l] + h / 2 * score[l + 1];
    }

    const Tile<T> x_bar = arena.template tile<T>(rows, count);
    const Tile<T> v = arena.template tile<T>(rows, count);
    const Tile<T> product = arena.template tile<T>(rows, count);
    Tile<T> d_x = x_bar, d_p = v;
    d_x = gradient;
    if constexpr (Adjusted) {
      for (Index i = 0; i < rows; ++i) d_x.row(i) *= p.cache.moved[step];
      d_p.setZero();
    } else {
      for (Index i = 0; i < rows; ++i) d_p.row(i) = -p.log_det_gradient * at.row(i);
    }
    double d_h = 0;
    for (Index l = leapfrogs_ - 1; l >= 0; --l) {
      d_h += 0.5 * dot(score[l + 1], d_p);
      const bool has_momentum_gradient = !Adjusted || l + 1 < leapfrogs_;
      if (has_momentum_gradient) {
        hessian_product<E, T>(energy, path.at, x[l + 1], d_p, product);
        d_x += h / 2 * product;
      }
      d_p += h * d_x;
      d_h += dot(half[l], d_x) + 0.5 * dot(score[l], d_p);
      hessian_product<E, T>(energy, path.at, x[l], d_p, product);
      d_x += h / 2 * product;
    }
    if constexpr (Adjusted) {  // those that stayed keep their gradient
      for (Index i = 0; i < rows; ++i) {
        for (Index n = 0; n < count; ++n) {
          if (p.cache.moved[step](n) > T(0)) gradient(i, n) = d_x(i, n);
        }
      }
    } else {
      gradient = d_x;
    }
    return d_h;
  }

  static double dot(ConstTile<T> a, ConstTile<T> b) {
    double sum = 0;
    for (Index i = 0; i < a.rows(); ++i) sum += (a.row(i) * b.row(i)).template cast<double>().sum();
    return sum;
  }

  Index leapfrogs_;
};

}  // namespace detail

/// Hamiltonian Monte Carlo (Duane et al. 1987) as a layer of a StochasticFlow: fresh momenta m, leapfrogs and a test in
/// each of n steps, accepted with probability a, p the energy at lambda.
///
/// @f[
///   a = \min\bigl(1, e^{H(y, m) - H(y^*, m^*)}\bigr), \quad H(y, m) = -\ln p(y) + \frac{|m|^2}{2}, \qquad \Delta S =
///   \ln p(y_0) - \ln p(y_n)
/// @f]
///
/// The gradient goes through the leapfrogs with the second derivatives of the energy, or differences of scores where it
/// has none, and with the decisions fixed. T: float or double. Trained: whether the step size is a parameter. Throws
/// std::invalid_argument for options out of range.
///
/// @code{.cpp}
/// const bijou::HmcLayer<float> layer{{.steps = 1, .step_size = 0.1, .lambda = 1}, 5};
/// @endcode
template <class T, bool Trained = false>
class HmcLayer : public detail::HamiltonianSteps<HmcLayer<T, Trained>, T, true, Trained> {
 public:
  static constexpr const char* name = "HmcLayer";
  explicit HmcLayer(const LayerOptions& options = {}, Index leapfrogs = 5)
      : detail::HamiltonianSteps<HmcLayer, T, true, Trained>(name, options, leapfrogs) {}
};

/// The Metropolis-adjusted Langevin algorithm (Roberts & Tweedie 1996) as a layer of a StochasticFlow: HmcLayer with
/// one leapfrog, h the step size. Usual is epsilon = h^2 / 2.
///
/// @f[ y^* = y + \frac{h^2}{2} \nabla\ln p(y) + h\, \xi, \qquad \Delta S = \ln p(y_0) - \ln p(y_n) @f]
template <class T, bool Trained = false>
class MalaLayer : public detail::HamiltonianSteps<MalaLayer<T, Trained>, T, true, Trained> {
 public:
  static constexpr const char* name = "MalaLayer";
  explicit MalaLayer(const LayerOptions& options = {})
      : detail::HamiltonianSteps<MalaLayer, T, true, Trained>(name, options, 1) {}
};

/// Overdamped Langevin dynamics without a test as a layer of a StochasticFlow, with the noise of the step back (Wu,
/// Koehler & Noe 2020, section 3.3, where epsilon = h^2 / 2). h is the step size, p the energy at lambda. Weights are
/// exact at any step size.
///
/// @f[
///   y^\prime = y + \frac{h^2}{2} \nabla\ln p(y) + h\, \xi, \qquad \tilde\xi = -\frac{h}{2} \bigl(\nabla\ln p(y) +
///   \nabla\ln p(y^\prime)\bigr) - \xi, \qquad \Delta S = \frac{|\xi|^2 - |\tilde\xi|^2}{2}
/// @f]
template <class T, bool Trained = false>
class OverdampedLangevinLayer
    : public detail::HamiltonianSteps<OverdampedLangevinLayer<T, Trained>, T, false, Trained> {
 public:
  static constexpr const char* name = "OverdampedLangevinLayer";
  explicit OverdampedLangevinLayer(const LayerOptions& options = {})
      : detail::HamiltonianSteps<OverdampedLangevinLayer, T, false, Trained>(name, options, 1) {}
};

}  // namespace bijou
