#pragma once

#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/frozen.hpp>
#include <bijou/core/initialize.hpp>
#include <bijou/core/moments.hpp>
#include <string>

namespace bijou {

/// x_i = deviation_i z_i + mean_i, with the mean and the standard deviation of the data: the map between data as they
/// come and numbers of size 1, nearest to the data in a flow. The density stays in the units of the data. Not trained;
/// the identity until `initialize`, which fit calls.
///
/// @f[ x_i = \sigma_i z_i + \mu_i, \qquad \ln\left|\det\frac{\partial x}{\partial z}\right| = \sum_i \ln\sigma_i @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. A constant coordinate gets deviation 1 and a warning
/// on stderr that names it.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const Eigen::Matrix2Xf data = 1e5f * Eigen::Matrix2Xf::Random(2, 1000);
/// bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{},
///                                     bijou::Chain{bijou::Standardize<float, 2>{}, bijou::MAF<float, 2>{{32}, rng}}};
/// bijou::fit(flow, data, {.epochs = 2}, rng);
/// @endcode
template <class T, int D>
class Standardize : public BijectorCalls<Standardize<T, D>> {
 public:
  using Scalar = T;
  using Vector = Eigen::Matrix<T, D, 1>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "Standardize";
  static constexpr const char* formula = "x_i = deviation_i z_i + mean_i";

  Standardize()
  requires(D != Eigen::Dynamic)
      : Standardize(Index{D}, 0) {}
  explicit Standardize(Index event_size)
  requires(D == Eigen::Dynamic)
      : Standardize(event_size, 0) {}

  /// With numbers that are known; nothing is learned then.
  Standardize(const Vector& mean, const Vector& deviation)
      : map_(Affine<T, D>{mean, deviation}), is_initialized_(true) {}

  std::string shape() const { return std::to_string(event_size()); }
  Index event_size() const { return map_.event_size(); }
  static constexpr bool maps_in_order() { return true; }
  const Vector& mean() const { return map_.bijector().shift(); }
  const Vector& deviation() const { return map_.bijector().scale(); }

  static constexpr auto members() {
    return Members{part("map", &Standardize::map_), state("is_initialized", &Standardize::is_initialized_)};
  }

  bool is_initialized() const { return is_initialized_; }
  void initialize(const detail::LearningBatch<T>& batch) {
    Vector mean(event_size()), deviation(event_size());
    detail::find_moments(name, batch.events, mean, deviation, batch.ranks);
    map_ = Frozen{Affine<T, D>{mean, deviation}};
    is_initialized_ = true;
  }

  using BijectorCalls<Standardize>::forward;
  using BijectorCalls<Standardize>::inverse;

  void forward(Evaluation<T> e) const { map_.forward(e); }
  void inverse(Evaluation<T> e) const { map_.inverse(e); }
  void forward_pullback(Pullback<T> p) const { map_.forward_pullback(p); }
  void inverse_pullback(Pullback<T> p) const { map_.inverse_pullback(p); }

 private:
  Standardize(Index event_size, int)
      : map_(Affine<T, D>{Vector::Zero(detail::require_coordinates(name, event_size)), Vector::Ones(event_size)}) {}

  Frozen<Affine<T, D>> map_;
  bool is_initialized_ = false;
};

}  // namespace bijou
