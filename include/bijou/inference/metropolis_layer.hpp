#pragma once

#include <bijou/inference/stochastic_layer.hpp>

namespace bijou {

/// Metropolis steps (Metropolis et al. 1953) as a layer of a StochasticFlow, of step size s and accepted with
/// probability a, p the energy at lambda; Delta S of n steps (Wu, Koehler & Noe 2020, Eq. (8)).
///
/// @f[
///   y^* = y + s\, \xi, \qquad a = \min\left(1, \frac{p(y^*)}{p(y)}\right), \qquad \Delta S = \ln p(y_0) - \ln p(y_n)
/// @f]
///
/// The gradient goes through the steps with the decisions fixed; the part that comes from how often a step is accepted
/// is left out, as in the paper's code: training is biased by it, weights are exact.
///
/// T: float or double. Trained: whether the step size is a parameter. Throws std::invalid_argument for options out of
/// range.
///
/// @code{.cpp}
/// const bijou::MetropolisLayer<float> layer{{.steps = 20, .step_size = 0.25, .lambda = 0.5}};
/// @endcode
template <class T, bool Trained = false>
class MetropolisLayer : public detail::LayerBase<T, Trained> {
  using Base = detail::LayerBase<T, Trained>;

 public:
  static constexpr const char* name = "MetropolisLayer";
  using Cache = NoCache;

  explicit MetropolisLayer(const LayerOptions& options = {}) : Base(name, options) {}

  static constexpr auto members() {
    return Members{Base::step_size_member(&MetropolisLayer::log_step_size_), state("steps", &MetropolisLayer::steps_),
                   state("lambda", &MetropolisLayer::lambda_)};
  }

  template <class Path>
  void transition(Evaluation<T, Cache> e, const Path& path) const {
    Arena& arena = e.pass.arena;
    const Arena::Frame frame(arena);
    const auto energy = path.energy(this->lambda());
    Tile<T> output = e.output;
    output = e.input;
    detail::ChainState<T> state{output, arena.sums(e.input.cols()), arena.template tile<T>(0, e.input.cols())};
    detail::evaluate_energy<decltype(energy), T>(energy, path.at, state.x, state.log_prob);
    Sums before = arena.sums(e.input.cols());
    before += state.log_prob;
    detail::StepOutcome<T> outcome(e.input.cols(), arena);
    for (Index step = 0; step < this->steps(); ++step) {
      detail::metropolis_step(energy, path.at, state, this->step_size(), path.noise(step), outcome);
    }
    detail::add_energy_drop<T>(e.log_det, before, state.log_prob);
  }

  // With s the score at the first and the last state: dL/dfirst = dL/dlast + l (s(first) - s(last)), l = dL/dDelta S.
  // last = first + s sum xi, so that dL/dln s = (dL/dlast - l s(last)) (last - first).
  template <class Path>
  void transition_pullback(Pullback<T, Cache> p, const Path& path) const {
    Arena& arena = p.pass.arena;
    const Arena::Frame frame(arena);
    const auto energy = path.energy(this->lambda());
    const Index count = p.input.cols();
    const Tile<T> score = arena.template tile<T>(p.input.rows(), count);
    const Sums unused = arena.sums(count);
    detail::evaluate_energy<decltype(energy), T>(energy, path.at, p.output, unused, score);
    double step_gradient = 0;
    for (Index i = 0; i < p.input.rows(); ++i) {
      p.input_gradient.row(i) = p.output_gradient.row(i) - p.log_det_gradient * score.row(i);
      step_gradient += (p.input_gradient.row(i) * (p.output.row(i) - p.input.row(i))).template cast<double>().sum();
    }
    detail::evaluate_energy<decltype(energy), T>(energy, path.at, p.input, unused, score);
    for (Index i = 0; i < p.input.rows(); ++i) {
      Row<T> gradient = p.input_gradient.row(i);
      gradient += p.log_det_gradient * score.row(i);
    }
    Base::add_step_size_gradient(*this, p, step_gradient);
  }
};

}  // namespace bijou
