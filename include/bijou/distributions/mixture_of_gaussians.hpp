#pragma once

#include <bijou/core/initialize.hpp>
#include <bijou/distributions/distribution_calls.hpp>
#include <bijou/distributions/mixture_density.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/k_means.hpp>
#include <bijou/numerics/random.hpp>
#include <algorithm>
#include <cmath>

namespace bijou {

/// ln p(x) = ln sum_k w_k prod_i N(x_i; loc_ki, scale_ki^2), w = softmax(logits): a base for data of several clusters.
///
/// @f[ p(x) = \sum_k w_k \prod_i N(x_i; \mu_{ik}, \sigma_{ik}^2), \qquad w = \text{softmax}(\text{logits}) @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. MostComponents: the greatest K, for a mixture that
/// takes nothing from the heap. Trained are logits (K), locs and log_scales (D x K
/// each). Made of a number of components and a generator, it has locs drawn from a standard normal until `initialize`,
/// which fit calls, puts a component on each cluster that k-means finds in the data. Throws std::invalid_argument for
/// no components, for weights and scales that are not positive, numbers that are not finite, and sizes that differ.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto data = bijou::datasets::two_moons<float>(1'000, 0.05f, rng);
/// bijou::MixtureOfGaussians<float, 2> p{8, rng};
/// bijou::fit(p, data, {.epochs = 5}, rng);
/// const Eigen::Matrix2Xf x = p.sample(100, rng);
/// @endcode
template <class T, int D, int MostComponents = Eigen::Dynamic>
class MixtureOfGaussians : public DistributionCalls<MixtureOfGaussians<T, D, MostComponents>, T, D> {
 public:
  using Scalar = T;
  using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1, Eigen::ColMajor, MostComponents, 1>;
  /// One column for each component, D x K.
  using Columns = Eigen::Matrix<T, D, Eigen::Dynamic, D == 1 ? Eigen::RowMajor : Eigen::ColMajor, D,
                                detail::most_of_matrix(MostComponents)>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "MixtureOfGaussians";
  static constexpr const char* formula = "x ~ sum_k w_k N(loc_k, diag(scale_k)^2)";
  static_assert(D == Eigen::Dynamic || D > 0, "MixtureOfGaussians: events need at least one row");

  template <UniformRandomBitGenerator Rng>
  requires(D != Eigen::Dynamic)
  MixtureOfGaussians(Index components, Rng& rng) : MixtureOfGaussians(Index{D}, components, rng, 0) {}

  template <UniformRandomBitGenerator Rng>
  requires(D == Eigen::Dynamic)
  MixtureOfGaussians(Index event_size, Index components, Rng& rng)
      : MixtureOfGaussians(event_size, components, rng, 0) {}

  /// With numbers that are known; nothing is learned from data before training then. weights: K, whatever their sum;
  /// locs and scales: D x K.
  MixtureOfGaussians(const Vector& weights, const Columns& locs, const Columns& scales)
      : logits_(weights), locs_(locs), log_scales_(scales), is_initialized_(true) {
    detail::require_coordinates(name, locs.rows());
    if (weights.size() < 1) detail::throw_invalid_argument(name, "needs at least 1 component, got 0");
    detail::require_size(name, "locs for each component", weights.size(), locs.cols());
    detail::require_size(name, "scales for each component", weights.size(), scales.cols());
    detail::require_size(name, "a scale", locs.rows(), scales.rows());
    detail::require_each(name, "a weight must be finite and positive", weights, is_positive);
    detail::require_each(name, "a scale must be finite and positive", scales.reshaped(), is_positive);
    logits_ = weights.array().log();
    log_scales_ = scales.array().log();
    detail::require_parameters(name, *this);
  }

  Index event_size() const { return components() == 0 ? 0 : locs_.rows(); }
  Index noise_size() const { return event_size() + 1; }
  Index components() const { return logits_.size(); }
  /// ln of the weights up to a constant, K.
  const Vector& logits() const { return logits_; }
  /// Of sum 1.
  Vector weights() const {
    return Vector::NullaryExpr(components(), [norm = Norm(logits_)](Index k) { return norm.weight(k); });
  }
  /// The means, D x K.
  const Columns& locs() const { return locs_; }
  /// The deviations, D x K.
  Columns scales() const { return log_scales_.array().exp(); }
  /// ln of the deviations, D x K.
  const Columns& log_scales() const { return log_scales_; }

  static constexpr auto members() {
    return Members{parameter("logits", &MixtureOfGaussians::logits_), parameter("locs", &MixtureOfGaussians::locs_),
                   parameter<LogOfScale>("log_scales", &MixtureOfGaussians::log_scales_),
                   state("is_initialized", &MixtureOfGaussians::is_initialized_)};
  }

  bool is_initialized() const { return is_initialized_; }
  void initialize(const detail::LearningBatch<T>& batch) {
    const detail::Clusters found =
        detail::KMeans(Eigen::MatrixXd(batch.events.template cast<double>()), components(), batch.ranks).find();
    const auto log_of = [](const auto& numbers) { return numbers.array().log().template cast<T>().eval(); };
    logits_ = log_of(found.shares);
    locs_ = found.centers.template cast<T>();
    log_scales_ = log_of(found.deviations);
    is_initialized_ = true;
  }

  /// The share of each component in the density of each event, K x N.
  struct Cache {
    Tile<T> responsibilities;
  };

  using DistributionCalls<MixtureOfGaussians, T, D>::log_prob;

  void log_prob(DensityEvaluation<T, Cache> e) const {
    e.cache.responsibilities.rebind(e.pass.arena.template tile<T>(components(), e.input.cols()));
    const Norm norm(logits_);
    detail::add_mixture_log_prob<T>(Source{*this, norm.greatest}, e.input, e.log_prob, e.cache.responsibilities,
                                    e.pass.arena);
    e.log_prob -= std::log(norm.sum);
  }

  // dL/dlogit_k = sum_n g (r_k - w_k); the rest as in pull_back_mixture.
  void log_prob_pullback(DensityPullback<T, Cache> p) const {
    auto [d_logits, d_locs, d_log_scales] = gradients(*this, p);
    const T sum = p.log_prob_gradient.sum();
    const Norm norm(logits_);
    for (Index k = 0; k < components(); ++k) {
      d_logits(k) += (p.cache.responsibilities.row(k) * p.log_prob_gradient).sum() - norm.weight(k) * sum;
    }
    const auto add = [&d_locs = d_locs, &d_log_scales = d_log_scales](Index k, Index i, const Row<T>& by_loc,
                                                                      const Row<T>& by_log_scale) {
      d_locs(i, k) += by_loc.sum();
      d_log_scales(i, k) += by_log_scale.sum();
    };
    detail::pull_back_mixture<T>(Source{*this, norm.greatest}, p.input, p.cache.responsibilities, p.log_prob_gradient,
                                 p.input_gradient, p.pass.arena, add);
  }

  /// Fills in noise, D + 1 numbers for each event; map_noise makes events of it.
  template <class Rng>
  void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> noise, Rng& rng) const {
    detail::draw_mixture_noise<T>(noise, rng);
  }
  void scale_noise(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> noise, T temperature) const {
    detail::scale_mixture_noise<T>(noise, temperature);
  }

  void map_noise(NoiseEvaluation<T, Cache> n) const {
    const Arena::Frame frame(n.pass.arena);
    const Tile<T> weights = n.pass.arena.template tile<T>(components(), n.noise.cols());
    const Norm norm(logits_);
    for (Index k = 0; k < components(); ++k) weights.row(k).setConstant(norm.weight(k));
    detail::map_mixture_noise<T>(Source{*this, norm.greatest}, weights, n.noise, n.output, n.pass.arena);
    log_prob(DensityEvaluation<T, Cache>{n.output, n.log_prob, n.cache, n.pass});
  }

 private:
  template <class Rng>
  MixtureOfGaussians(Index event_size, Index components, Rng& rng, int) {
    detail::require_coordinates(name, event_size);
    if (components < 1) detail::throw_invalid_argument(name, "needs at least 1 component, got ", components);
    logits_.setZero(components);
    locs_.resize(event_size, components);
    for (T& loc : locs_.reshaped()) loc = static_cast<T>(normal(rng));
    log_scales_.setZero(event_size, components);
  }

  static bool is_positive(T value) { return detail::finite(value) && value > T(0); }

  /// Weights from logits of any size.
  struct Norm {
    const Vector& logits;
    T greatest;
    double sum = 0;  // of e^(logit - greatest)

    explicit Norm(const Vector& logits_in) : logits(logits_in), greatest(logits_in.maxCoeff()) {
      for (Index k = 0; k < logits.size(); ++k) sum += relative(k);
    }
    T weight(Index k) const { return static_cast<T>(relative(k) / sum); }

   private:
    double relative(Index k) const { return std::exp(static_cast<double>(logits(k) - greatest)); }
  };

  /// The same for all events.
  struct Source {
    const MixtureOfGaussians& p;
    T greatest;  // logit, which the others are taken relative to

    struct Coordinate {
      Simd<T> loc_, scale_, inverse_scale_, log_scale_;
      Simd<T> loc(Index) const { return loc_; }
      Simd<T> scale(Index) const { return scale_; }
      Simd<T> inverse_scale(Index) const { return inverse_scale_; }
      Simd<T> log_scale(Index) const { return log_scale_; }
    };
    Index components() const { return p.components(); }
    Simd<T> logit(Index k, Index) const { return Simd<T>(p.logits_(k) - greatest); }
    Coordinate coordinate(Index k, Index i) const {
      const T a = p.log_scales_(i, k);
      return {Simd<T>(p.locs_(i, k)), Simd<T>(std::exp(a)), Simd<T>(std::exp(-a)), Simd<T>(a)};
    }
  };

  Vector logits_;
  Columns locs_;
  Columns log_scales_;
  bool is_initialized_ = false;
};

}  // namespace bijou
