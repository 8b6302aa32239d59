#pragma once

#include <bijou/conditioners/conditioner.hpp>
#include <bijou/core/initialize.hpp>
#include <bijou/core/moments.hpp>
#include <string>
#include <utility>

namespace bijou {

/// Contexts as they come become numbers of size 1, with the mean and deviation of the contexts to train with. The
/// network of an Embed. Not trained; the identity until `initialize`, which fit calls.
///
/// @f[ e_i(c) = \frac{c_i - \text{mean}_i}{\text{deviation}_i} @f]
///
/// T: float or double. C: the number of rows or Eigen::Dynamic. Rows are treated as Standardize treats coordinates.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::MAF<float, 2> layer{bijou::NetworkOptions{{32}, 3}, rng};
/// bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{},
///                                     bijou::Embed{bijou::StandardizeContext<float>{3}, layer}};
/// @endcode
template <class T, int C = Eigen::Dynamic>
class StandardizeContext {
 public:
  using Scalar = T;
  using Vector = Eigen::Vector<T, C>;
  using Cache = NoCache;
  static constexpr const char* name = "StandardizeContext";
  static constexpr const char* formula = "(c_i - mean_i) / deviation_i";

  StandardizeContext()
  requires(C != Eigen::Dynamic)
      : StandardizeContext(Index{C}) {}
  explicit StandardizeContext(Index context_size) : is_initialized_(context_size == 0) {
    if (context_size < 0)
      detail::throw_invalid_argument(name, "expected a context of 0 rows or more, got ", context_size);
    if (C != Eigen::Dynamic) detail::require_size(name, "a context", C, context_size);
    mean_.setZero(context_size);
    deviation_.setOnes(context_size);
  }

  /// With numbers that are known; nothing is learned then.
  StandardizeContext(Vector mean, Vector deviation)
      : mean_(std::move(mean)), deviation_(std::move(deviation)), is_initialized_(true) {
    detail::require_size(name, "a deviation", mean_.size(), deviation_.size());
    detail::require_no_error(name, state_error());
  }

  std::string shape() const { return std::to_string(input_size()); }
  Index input_size() const { return mean_.size(); }
  Index output_size() const { return mean_.size(); }
  static constexpr Index context_size() { return 0; }
  const Vector& mean() const { return mean_; }
  const Vector& deviation() const { return deviation_; }

  static constexpr auto members() {
    return Members{state("mean", &StandardizeContext::mean_), state("deviation", &StandardizeContext::deviation_),
                   state("is_initialized", &StandardizeContext::is_initialized_)};
  }

  std::string state_error() const {
    for (Index i = 0; i < mean_.size(); ++i) {
      if (detail::finite(mean_(i)) && FiniteReciprocal::holds(deviation_(i))) continue;
      return detail::joined({"expected a finite mean and a deviation that is not 0, got ", mean_(i), " and ",
                             deviation_(i), " in row ", i});
    }
    return {};
  }

  bool is_initialized() const { return is_initialized_; }
  void initialize(const detail::LearningBatch<T>& batch) {
    detail::find_moments(name, batch.contexts, mean_, deviation_, batch.ranks, "row");
    is_initialized_ = true;
  }

  void evaluate(ConditionerEvaluation<T, Cache> e) const {
    for (Index i = 0; i < e.input.rows(); ++i) e.output.row(i) = (e.input.row(i) - mean_(i)) * (T(1) / deviation_(i));
  }
  void pullback(ConditionerPullback<T, Cache> p) const {
    for (Index i = 0; i < p.input_gradient.rows(); ++i) {
      p.input_gradient.row(i) = p.output_gradient.row(i) * (T(1) / deviation_(i));
    }
  }

 private:
  Vector mean_;
  Vector deviation_;
  bool is_initialized_;
};

}  // namespace bijou
