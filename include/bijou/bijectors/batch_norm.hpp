#pragma once

#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/elementwise.hpp>
#include <bijou/bijectors/standardize.hpp>
#include <bijou/core/initialize.hpp>
#include <bijou/core/moments.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/transformers/affine.hpp>
#include <string>

namespace bijou {

/// z_i = e^a_i (x_i - m_i) / s_i + t_i with trained t and a; m and s are mean and deviation of the data that reach it,
/// stored: log|det dz/dx| = sum_i (a_i - ln s_i), exactly, in both directions. Papamakarios et al. 2017 (MAF), equation
/// 16, as they evaluate. `initialize` finds m and s, and `fit` finds them anew at the start of each epoch.
///
/// @f[
///   z_i = e^{a_i} \frac{x_i - m_i}{s_i} + t_i, \qquad \ln\left|\det\frac{\partial z}{\partial x}\right| = \sum_i
///   (a_i - \ln s_i)
/// @f]
///
/// nflows and others train with the moments of each minibatch and evaluate with running averages of them. Then the loss
/// is not the likelihood of any flow, and events of a minibatch depend on each other. Here m and s are constants during
/// an epoch: the loss in training is the likelihood, its gradient exact, and a call const.
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. The identity until `initialize`. A constant
/// coordinate gets deviation 1 and a warning on stderr that names it.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto data = bijou::datasets::two_moons<float>(1'000, 0.05f, rng);
/// bijou::TransformedDistribution flow{
///     bijou::StandardNormal<float, 2>{},
///     bijou::Chain{bijou::MAF<float, 2>{{32}, rng}, bijou::BatchNorm<float, 2>{}, bijou::MAF<float, 2>{{32}, rng}}};
/// bijou::fit(flow, data, {.epochs = 2}, rng);
/// @endcode
template <class T, int D>
class BatchNorm : public BijectorCalls<BatchNorm<T, D>> {
  using Map = Elementwise<D, AffineTransformer<T, scale_maps::Exp>>;
  using Parts = Chain<Standardize<T, D>, Map>;

 public:
  using Scalar = T;
  using Vector = Eigen::Matrix<T, D, 1>;
  using Cache = typename Parts::template Cache<T>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "BatchNorm";
  static constexpr const char* formula = "z_i = e^a_i (x_i - m_i) / s_i + t_i";

  BatchNorm()
  requires(D != Eigen::Dynamic)
      : BatchNorm(Index{D}, 0) {}
  explicit BatchNorm(Index event_size)
  requires(D == Eigen::Dynamic)
      : BatchNorm(detail::require_coordinates(name, event_size), 0) {}

  /// With moments and with t and a, 2 x D, that are known, as after training; fit finds the moments anew.
  BatchNorm(const Vector& mean, const Vector& deviation, const typename Map::Matrix& parameters)
      : parts_(Standardize<T, D>(mean, deviation), Map({}, parameters)) {}

  std::string shape() const { return std::to_string(event_size()); }
  Index event_size() const { return parts_.event_size(); }
  const Vector& mean() const { return std::get<0>(parts_.bijectors()).mean(); }
  const Vector& deviation() const { return std::get<0>(parts_.bijectors()).deviation(); }
  /// t and a, 2 x D.
  const typename Map::Parameters& parameters() const { return std::get<1>(parts_.bijectors()).parameters(); }

  static constexpr auto members() { return Members{part("parts", &BatchNorm::parts_)}; }

  bool is_initialized() const { return parts_.is_initialized(); }
  bool learns_each_epoch() const { return true; }
  /// What has no finite moments is not learned: fit will find that the loss is not finite.
  void initialize(const detail::LearningBatch<T>& batch) {
    Vector mean(event_size()), deviation(event_size());
    detail::find_moments(name, batch.events, mean, deviation, batch.ranks);
    if (!detail::all_finite(mean.data(), mean.size())) return;
    parts_ = Parts(Standardize<T, D>(mean, deviation), std::get<1>(parts_.bijectors()));
  }

  using BijectorCalls<BatchNorm>::forward;
  using BijectorCalls<BatchNorm>::inverse;

  void forward(Evaluation<T, Cache> e) const { parts_.forward(e); }
  void inverse(Evaluation<T, Cache> e) const { parts_.inverse(e); }
  void forward_pullback(Pullback<T, Cache> p) const { parts_.forward_pullback(p); }
  void inverse_pullback(Pullback<T, Cache> p) const { parts_.inverse_pullback(p); }

 private:
  BatchNorm(Index event_size, int) : parts_(nothing_learned(event_size), Map::of_size(event_size)) {}

  static Standardize<T, D> nothing_learned([[maybe_unused]] Index event_size) {
    if constexpr (D == Eigen::Dynamic)
      return Standardize<T, D>(event_size);
    else
      return Standardize<T, D>();
  }

  Parts parts_;
};

}  // namespace bijou
