#pragma once

#include <bijou/distributions/distribution.hpp>
#include <bijou/inference/stochastic_layer.hpp>
#include <cmath>
#include <numbers>
#include <utility>

namespace bijou {

/// An energy with velocities beside the coordinates, for events of 2 D rows, x above v: the target of a StochasticFlow
/// with UnderdampedLangevinLayers, whose base is a Product{base, StandardNormal}.
///
/// @f[ \ln p(x, v) = \ln p(x) + \ln N(v; 0, I) @f]
///
/// E: an energy of a size known at compile time.
///
/// @code{.cpp}
/// const bijou::WithVelocities target{bijou::datasets::DoubleWell<double>{}};
/// const double log_p = bijou::log_prob(target, Eigen::Vector4d(0.0, 0.0, 0.0, 0.0));  // -ln(2 pi)
/// @endcode
template <EnergyOfValues E>
class WithVelocities {
  using T = typename E::Scalar;

 public:
  using Scalar = T;
  static_assert(E::static_event_size != Eigen::Dynamic, "WithVelocities: the energy has a size known at run time only");
  static constexpr int static_event_size = 2 * E::static_event_size;
  static constexpr const char* name = "WithVelocities";
  using Cache = detail::cache_t<E, T>;

  explicit WithVelocities(E energy) : energy_(std::move(energy)) {}

  static constexpr Index event_size() { return static_event_size; }

  void log_prob(DensityEvaluation<T, Cache> e) const {
    energy_.log_prob(DensityEvaluation<T, Cache>{e.input.slice(0, size), e.log_prob, e.cache, e.pass});
    for (Index i = size; i < 2 * size; ++i) {
      e.log_prob -= e.input.row(i).square() * T(0.5);
      e.log_prob -= std::log(2 * std::numbers::pi) / 2;
    }
  }
  void log_prob_pullback(DensityPullback<T, Cache> p) const
  requires Energy<E>
  {
    energy_.log_prob_pullback(DensityPullback<T, Cache>{p.input.slice(0, size), p.log_prob_gradient,
                                                        p.input_gradient.slice(0, size),
                                                        ParameterGradient<T>(nullptr, 0), p.cache, p.pass});
    for (Index i = size; i < 2 * size; ++i) p.input_gradient.row(i) = -p.log_prob_gradient * p.input.row(i);
  }
  void hessian_product(HessianProduct<T> h) const
  requires detail::HasHessianProduct<E>
  {
    energy_.hessian_product(
        HessianProduct<T>{h.input.slice(0, size), h.vector.slice(0, size), h.output.slice(0, size), h.pass});
    for (Index i = size; i < 2 * size; ++i) h.output.row(i) = -h.vector.row(i);
  }

 private:
  static constexpr Index size = E::static_event_size;
  E energy_;
};

/// Underdamped Langevin dynamics without a test as a layer of a StochasticFlow, in events of coordinates x above
/// velocities v of unit mass (Bussi & Parrinello 2007; Wu, Koehler & Noe 2020, section 3.3 and the proofs). With s the
/// score of the energy at lambda, friction gamma and step h, a step is
///
/// @f[
///   \begin{aligned} v_{1/2} &= v + \frac{h}{2} \bigl(s(x) - \gamma v + \kappa \xi\bigr), \qquad \kappa = \sqrt{4
///   \gamma / h} \\ x^\prime &= x + h\, v_{1/2} \\ v^\prime &= \frac{v_{1/2} + \frac{h}{2} \bigl(s(x^\prime) + \kappa
///   \xi^\prime\bigr)}{1 + \gamma h / 2} \\ \Delta S &= \frac{|\xi|^2 + |\xi^\prime|^2 - |\xi^\prime - k v^\prime|^2 -
///   |\xi - k v|^2}{2}, \qquad k = \sqrt{\gamma h} \end{aligned}
/// @f]
///
/// Weights are exact at any step size. T: float or double. Trained: whether the step size is a parameter. Throws
/// std::invalid_argument for options out of range, and a friction that is not finite and above 0.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::StochasticFlow flow{
///     bijou::Product{bijou::StandardNormal<double, 2>{}, bijou::StandardNormal<double, 2>{}},
///     bijou::WithVelocities{bijou::datasets::DoubleWell<double>{}},
///     bijou::StochasticChain{bijou::UnderdampedLangevinLayer<double>{{.step_size = 0.05, .lambda = 1}, 1.0}}};
/// const Eigen::VectorXd log_w = flow.sample(1000, rng).log_weights;
/// @endcode
template <class T, bool Trained = false>
class UnderdampedLangevinLayer : public detail::LayerBase<T, Trained> {
  using Base = detail::LayerBase<T, Trained>;

 public:
  static constexpr const char* name = "UnderdampedLangevinLayer";

  /// Where each step began.
  struct Cache {
    Tile<T>* starts = nullptr;
  };

  explicit UnderdampedLangevinLayer(const LayerOptions& options = {}, double friction = 1)
      : Base(name, options), friction_(friction) {
    detail::require_no_error(name, state_error());
  }

  /// The friction, above 0; per unit of time.
  double friction() const { return friction_; }

  static constexpr auto members() {
    return Members{Base::step_size_member(&UnderdampedLangevinLayer::log_step_size_),
                   state("steps", &UnderdampedLangevinLayer::steps_),
                   state("lambda", &UnderdampedLangevinLayer::lambda_),
                   state("friction", &UnderdampedLangevinLayer::friction_)};
  }

  std::string state_error() const {
    if (!(detail::finite(friction_) && friction_ > 0))
      return detail::joined({"expected a finite friction above 0, got ", friction_});
    return Base::state_error();
  }

  // Backwards the same steps are taken with the velocities turned around.
  template <class Path>
  void transition(Evaluation<T, Cache> e, const Path& path) const {
    Arena& arena = e.pass.arena;
    const Index count = e.input.cols();
    if (e.pass.keep_for_pullback) {
      e.cache.starts = arena.template objects<Tile<T>>(this->steps());
      for (Index s = 0; s < this->steps(); ++s) {
        e.cache.starts[s].rebind(arena.template tile<T>(e.input.rows(), count));
      }
    }
    const Arena::Frame frame(arena);
    const auto energy = path.energy(this->lambda());
    Tile<T> state = e.output;
    state = e.input;
    if (path.is_backward) turn(state);
    Step step(e.input.rows(), count, arena);
    for (Index s = 0; s < this->steps(); ++s) {
      if (e.pass.keep_for_pullback) e.cache.starts[s] = state;
      take(energy, path, s, state, step);
      step.add_log_ratio(e.log_det, coefficients());
      state = step.end;
    }
    if (path.is_backward) turn(state);
  }

  template <class Path>
  void transition_pullback(Pullback<T, Cache> p, const Path& path) const {
    Arena& arena = p.pass.arena;
    const Arena::Frame frame(arena);
    const auto energy = path.energy(this->lambda());
    const Index rows = p.input.rows();
    const Index count = p.input.cols();
    Tile<T> gradient = p.input_gradient;
    gradient = p.output_gradient;
    if (path.is_backward) turn(gradient);
    Step step(rows, count, arena);
    double step_gradient = 0;
    for (Index s = this->steps() - 1; s >= 0; --s) {
      take(energy, path, s, p.cache.starts[s], step);
      step_gradient += pull_back_step(energy, path, step, p.cache.starts[s], p.log_det_gradient, gradient);
    }
    if (path.is_backward) turn(gradient);
    Base::add_step_size_gradient(*this, p, step_gradient * static_cast<double>(this->step_size()));
  }

 private:
  struct Coefficients {
    T h, friction, noise, k, end;  // noise = h/2 kappa = sqrt(gamma h), end = 1 / (1 + gamma h / 2)
  };

  Coefficients coefficients() const {
    const T h = this->step_size();
    const T gamma = static_cast<T>(friction_);
    return {h, gamma, std::sqrt(gamma * h), std::sqrt(gamma * h), 1 / (1 + gamma * h / 2)};
  }

  static void turn(Tile<T> state) {
    auto v = state.slice(state.rows() / 2, state.rows() / 2);
    v = -v;
  }

  /// A step with all that its pullback needs; first and second noise, rows D.
  struct Step {
    Index size;
    Tile<T> first, second, back_first, back_second, half, score_start, score_end, end;

    Step(Index rows, Index count, Arena& arena)
        : size(rows / 2),
          first(arena.tile<T>(size, count)),
          second(arena.tile<T>(size, count)),
          back_first(arena.tile<T>(size, count)),
          back_second(arena.tile<T>(size, count)),
          half(arena.tile<T>(size, count)),
          score_start(arena.tile<T>(rows, count)),
          score_end(arena.tile<T>(rows, count)),
          end(arena.tile<T>(rows, count)) {}

    void add_log_ratio(Sums log_ratio, const Coefficients&) const {
      for (Index i = 0; i < size; ++i) {
        const auto half_square = [](const Tile<T>& noise, Index row) {
          return noise.row(row).template cast<double>().square() * 0.5;
        };
        log_ratio += half_square(first, i);
        log_ratio += half_square(second, i);
        log_ratio -= half_square(back_first, i);
        log_ratio -= half_square(back_second, i);
      }
    }
  };

  template <class E, class Path>
  void take(const E& energy, const Path& path, Index number, const Tile<T>& state, Step& step) const {
    const Coefficients c = coefficients();
    const Index size = step.size;
    const Arena::Frame frame(path.at.arena);
    const Sums unused = path.at.arena.sums(state.cols());
    for (Index n = 0; n < state.cols(); ++n) {
      CounterGenerator rng = path.noise(number).of(path.at.first + n);
      for (Index i = 0; i < size; ++i) step.first(i, n) = static_cast<T>(normal(rng));
      for (Index i = 0; i < size; ++i) step.second(i, n) = static_cast<T>(normal(rng));
    }
    const Tile<T> x = state.slice(0, size);
    const Tile<T> v = state.slice(size, size);
    Tile<T> next_x = step.end.slice(0, size);
    Tile<T> next_v = step.end.slice(size, size);
    detail::evaluate_energy<E, T>(energy, path.at, state, unused, step.score_start);
    step.half = v * (1 - c.friction * c.h / 2) + c.h / 2 * step.score_start.slice(0, size) + c.noise * step.first;
    next_x = x + c.h * step.half;
    next_v = v;  // the score of x does not depend on it
    detail::evaluate_energy<E, T>(energy, path.at, step.end, unused, step.score_end);
    next_v = (step.half + c.h / 2 * step.score_end.slice(0, size) + c.noise * step.second) * c.end;
    step.back_first = step.second - c.k * next_v;
    step.back_second = step.first - c.k * v;
  }

  // gradient: dL/d(x', v'), becomes dL/d(x, v). Returns dL/dh.
  template <class E, class Path>
  double pull_back_step(const E& energy, const Path& path, const Step& step, const Tile<T>& start, ConstRow<T> ratio,
                        Tile<T> gradient) const {
    const Coefficients c = coefficients();
    const Index size = step.size;
    Arena& arena = path.at.arena;
    const Arena::Frame frame(arena);
    Tile<T> d_x = gradient.slice(0, size);
    Tile<T> d_v = gradient.slice(size, size);
    const Tile<T> v = start.slice(size, size);
    const Tile<T> next_v = step.end.slice(size, size);
    // Delta S: d(-|b|^2 / 2) = k b dv for both noises back, and -b (-v) dk.
    double d_k = 0;
    for (Index i = 0; i < size; ++i) {
      d_k += (ratio * (step.back_first.row(i) * next_v.row(i) + step.back_second.row(i) * v.row(i)))
                 .template cast<double>()
                 .sum();
      Row<T> row = d_v.row(i);
      row += c.k * ratio * step.back_first.row(i);
    }
    // v' = (v_half + h/2 s(x') + noise xi') end.
    const T noise_slope = c.noise / (2 * c.h);  // d sqrt(gamma h) / dh
    double d_h = d_k * static_cast<double>(noise_slope);
    for (Index i = 0; i < size; ++i) {
      d_h += (d_v.row(i) * c.end *
              (step.score_end.row(i) / 2 + noise_slope * step.second.row(i) - next_v.row(i) * (c.friction / 2)))
                 .template cast<double>()
                 .sum();
    }
    d_v *= c.end;
    add_curvature(energy, path, step.end, d_v, c.h / 2, d_x);
    // x' = x + h v_half.
    for (Index i = 0; i < size; ++i) d_h += (d_x.row(i) * step.half.row(i)).template cast<double>().sum();
    d_v += c.h * d_x;
    // v_half = v (1 - gamma h / 2) + h/2 s(x) + noise xi.
    for (Index i = 0; i < size; ++i) {
      d_h +=
          (d_v.row(i) * (step.score_start.row(i) / 2 - v.row(i) * (c.friction / 2) + noise_slope * step.first.row(i)))
              .template cast<double>()
              .sum();
    }
    add_curvature(energy, path, start, d_v, c.h / 2, d_x);
    d_v *= 1 - c.friction * c.h / 2;
    for (Index i = 0; i < size; ++i) {
      Row<T> row = d_v.row(i);
      row += c.k * ratio * step.back_second.row(i);
    }
    return d_h;
  }

  /// d_x += factor H v, H the second derivatives of ln p for the coordinates.
  template <class E, class Path>
  static void add_curvature(const E& energy, const Path& path, const Tile<T>& state, const Tile<T>& v, T factor,
                            Tile<T> d_x) {
    Arena& arena = path.at.arena;
    const Arena::Frame frame(arena);
    const Index size = v.rows();
    const Tile<T> direction = arena.template tile<T>(2 * size, v.cols());
    const Tile<T> product = arena.template tile<T>(2 * size, v.cols());
    Tile<T> top = direction.slice(0, size), bottom = direction.slice(size, size);
    top = v;
    bottom.setZero();
    detail::hessian_product<E, T>(energy, path.at, state, direction, product);
    d_x += factor * product.slice(0, size);
  }

  double friction_;
};

}  // namespace bijou
