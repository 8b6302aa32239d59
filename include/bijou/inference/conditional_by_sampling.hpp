#pragma once

#include <bijou/bijectors/coordinate_order.hpp>
#include <bijou/inference/entropy.hpp>
#include <bijou/inference/log_weights.hpp>
#include <bijou/inference/moments.hpp>
#include <bijou/inference/pareto_k.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/numerics/random_student_t.hpp>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace bijou {

/// Weighted draws that stand for a conditional density, and how much they are worth.
template <class T>
struct ConditionalBySampling {
  Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> events;  // D x n, with the fixed coordinates at their values
  Eigen::VectorXd log_weights;                              // n; ln p(x) - ln of the proposal for the free coordinates
  double effective_sample_size;                             // see effective_sample_size
  double pareto_k;                                          // see pareto_k; above 0.7 the draws miss what matters
  Estimate log_marginal;                                    // ln p of the fixed coordinates, in nats
};

namespace detail {

/// Multivariate Student's t with `degrees` degrees of freedom around a mean, x = mean + L z sqrt(degrees / 2 / g), z
/// normal, g ~ Gamma(degrees / 2); L L^T is the given covariance, so that it is wider than the normal of that.
///
/// Real: double. A template so that its Eigen code is compiled only where there is such a proposal.
template <class Real>
class StudentTProposal {
 public:
  using Vector = Eigen::Vector<Real, Eigen::Dynamic>;
  using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic>;
  static constexpr double degrees = 5;

  StudentTProposal(Vector mean, const Matrix& covariance) : mean_(std::move(mean)), l_(cholesky(covariance)) {
    const auto d = static_cast<double>(mean_.size());
    log_norm_ = std::lgamma(0.5 * (degrees + d)) - std::lgamma(0.5 * degrees) -
                0.5 * d * std::log(degrees * std::numbers::pi) - l_.diagonal().array().log().sum();
  }

  /// Draws x and returns ln of its density.
  template <class Rng>
  double draw(Vector& x, Rng& rng) const {
    for (double& each : x) each = normal(rng);
    const double stretch = 0.5 * degrees / gamma_of_large_shape(rng, 0.5 * degrees);
    const double squares = x.squaredNorm() * stretch;
    x = mean_ + l_.template triangularView<Eigen::Lower>() * x * std::sqrt(stretch);
    const auto d = static_cast<double>(x.size());
    return log_norm_ - 0.5 * (degrees + d) * std::log1p(squares / degrees);
  }

  /// The lower factor of a covariance. A coordinate that depends linearly on those before gets 1e-6 of its deviation.
  static Matrix cholesky(const Matrix& covariance) {
    Matrix l = Matrix::Zero(covariance.rows(), covariance.cols());
    for (Index i = 0; i < l.rows(); ++i) {
      for (Index j = 0; j < i; ++j) l(i, j) = (covariance(i, j) - l.row(i).head(j).dot(l.row(j).head(j))) / l(j, j);
      const double rest = covariance(i, i) - l.row(i).head(i).squaredNorm();
      l(i, i) = std::sqrt((std::max)({rest, 1e-12 * covariance(i, i), 1e-300}));
    }
    return l;
  }

 private:
  Vector mean_;
  Matrix l_;
  double log_norm_;
};

/// The free coordinates of events of which the others are fixed. Real: of moments and weights.
template <class P, class Real = double>
class ConditionalSampler {
  using T = typename P::Scalar;
  using Proposal = StudentTProposal<Real>;
  using Vector = typename Proposal::Vector;
  using Matrix = typename Proposal::Matrix;
  using Events = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;

 public:
  template <class V>
  ConditionalSampler(std::string_view caller, const P& p, std::span<const int> fixed, const V& values, Index draws,
                     Workspace& workspace)
      : p_(p), workspace_(workspace), fixed_(fixed.begin(), fixed.end()), values_(values) {
    require_draws(caller, draws);
    require_coordinate_list(caller, p.event_size(), fixed);
    if (fixed.empty() || static_cast<Index>(fixed.size()) == p.event_size()) {
      throw_invalid_argument(caller, "expected between 1 and ", p.event_size() - 1, " fixed coordinates, got ",
                             fixed.size());
    }
    require_size(caller, "values of the fixed coordinates", static_cast<Index>(fixed.size()), values.size());
    require_each(caller, "a fixed value must be finite", values_, [](T value) { return finite(value); });
    const std::vector<int> order = first_then_others(p.event_size(), fixed_);
    free_.assign(order.begin() + static_cast<std::ptrdiff_t>(fixed_.size()), order.end());
  }

  template <class Rng>
  ConditionalBySampling<T> draw(Index n, Rng& rng) const {
    const Index pilot = (std::max)(Index{1000}, 20 * p_.event_size());
    Proposal proposal = from_moments(moments_of(draws_of(p_, pilot, rng, workspace_), workspace_));
    for (int round = 0; round < 3; ++round) {
      Events events(p_.event_size(), pilot);
      const Vector log_weights = draw_weighted(proposal, events, rng);
      if (!(log_weights.maxCoeff() > -std::numeric_limits<double>::infinity())) break;
      proposal = from_weighted(events, log_weights);
    }
    ConditionalBySampling<T> result;
    result.events.resize(p_.event_size(), n);
    result.log_weights = draw_weighted(proposal, result.events, rng);
    result.effective_sample_size = bijou::effective_sample_size(result.log_weights);
    result.pareto_k = bijou::pareto_k(result.log_weights);
    result.log_marginal = log_evidence(result.log_weights);
    return result;
  }

 private:
  Index count() const { return static_cast<Index>(free_.size()); }

  /// Of a normal of these moments the mean and the covariance of the free coordinates where the others are fixed:
  /// m + C_rf C_ff^-1 (v - m_f) and C_rr - C_rf C_ff^-1 C_fr, by the factor of the covariance with the fixed ones
  /// first.
  Proposal from_moments(const Moments& moments) const {
    std::vector<int> order = fixed_;
    order.insert(order.end(), free_.begin(), free_.end());
    const Vector& mean = moments.mean;
    const Matrix& covariance = moments.covariance;
    const Matrix l = Proposal::cholesky(covariance(order, order));
    const auto k = static_cast<Index>(fixed_.size());
    Vector z(k);
    for (Index i = 0; i < k; ++i) {
      const double above = static_cast<double>(values_(i)) - mean(order[static_cast<std::size_t>(i)]);
      z(i) = (above - l.row(i).head(i).dot(z.head(i))) / l(i, i);
    }
    const Matrix rest = l.bottomRightCorner(count(), count());
    return Proposal(Vector(mean(free_)) + l.bottomLeftCorner(count(), k) * z, rest * rest.transpose());
  }

  /// The mean and the covariance of weighted draws, the weights to a power below 1 where few of them carry the sum.
  Proposal from_weighted(const Events& events, const Vector& log_weights) const {
    const double enough = 5.0 * static_cast<double>(count() + 2);
    double power = 1;
    while (bijou::effective_sample_size(power * log_weights) < enough && power > 1e-3) power /= 2;
    const Vector shares = ScaledWeights<Vector>(power * log_weights).shares();
    const Matrix x = events(free_, Eigen::seqN(0, events.cols())).template cast<Real>();
    const Vector mean = x * shares;
    const Matrix centred = x.colwise() - mean;
    return Proposal(mean, centred * shares.asDiagonal() * centred.transpose());
  }

  /// Fills events, D x n, and gives the logarithms of their weights; what is no number has none.
  template <class Rng>
  Vector draw_weighted(const Proposal& proposal, Events& events, Rng& rng) const {
    Vector x(count()), log_proposal(events.cols());
    for (Index n = 0; n < events.cols(); ++n) {
      log_proposal(n) = proposal.draw(x, rng);
      for (Index i = 0; i < count(); ++i) events(free_[static_cast<std::size_t>(i)], n) = static_cast<T>(x(i));
      for (std::size_t i = 0; i < fixed_.size(); ++i) events(fixed_[i], n) = values_(static_cast<Index>(i));
    }
    Vector log_weights = log_densities_of(p_, events, workspace_) - log_proposal;
    for (double& each : log_weights) {
      if (is_nan(each)) each = -std::numeric_limits<double>::infinity();
    }
    return log_weights;
  }

  const P& p_;
  Workspace& workspace_;
  std::vector<int> fixed_;
  std::vector<int> free_;
  Eigen::Vector<T, Eigen::Dynamic> values_;
};

}  // namespace detail

/// Draws of any density under fixed coordinates, p(x_free | x_fixed), by importance sampling: n weighted draws and
/// their effective number, for any flow and any coordinates. Where the fixed ones are the first of a flow in order,
/// leading_conditional is exact.
///
/// @f[
///   x_{\text{free}} \sim t(x_{\text{free}}), \qquad w = \frac{p(x_{\text{fixed}},
///   x_{\text{free}})}{t(x_{\text{free}})}
/// @f]
///
/// The proposal is a Student's t with 5 degrees of freedom: first of the moments that a normal with the mean and
/// covariance of max(1000, 20 D) draws of p has under the condition, then, three times, of the moments of as many
/// weighted draws. One ellipsoid is all that it can be: for conditional densities of several clusters far from each
/// other, or values that p hardly ever takes, the effective number is small or a cluster is missed without a sign.
/// effective_sample_size and pareto_k of the result tell the former; weights take unweight and weighted_mean. p must
/// be normalised only for log_marginal.
///
/// fixed: different coordinates, not all of them; values: one number for each. Throws std::invalid_argument for what is
/// none, for values that are not finite and for fewer than 2 draws.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::TransformedDistribution flow{
///     bijou::StandardNormal<double, 3>{},
///     bijou::Chain{bijou::RealNVP<double, 3>{1, {32}, rng}, bijou::Reverse<3>{}}};
/// const auto draws = bijou::conditional_by_sampling(flow, {1}, Eigen::Vector<double, 1>(0.5), 1000, rng);
/// const bijou::Estimate mean = bijou::weighted_mean(draws.events.row(0), draws.log_weights);  // E(x_0 | x_1 = 0.5)
/// @endcode
template <class P, class V, class Rng>
auto conditional_by_sampling(const P& p, const std::vector<int>& fixed, const Eigen::DenseBase<V>& values, Index n,
                             Rng&& rng, WorkspaceArgument workspace = {}) {
  return detail::ConditionalSampler<P>("conditional_by_sampling", p, fixed, values.derived(), n, *workspace)
      .draw(n, rng);
}

/// ln of the marginal density of some coordinates at given values, in nats, with its standard error: the evidence of
/// the draws of conditional_by_sampling, with all that is said there. Where they are the first ones of a flow in order,
/// leading_marginal is exact.
///
/// @f[ \ln p(x_{\text{fixed}}) \approx \ln\frac{1}{n} \sum_k w_k @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::RealNVP<double, 3> layer{1, {32}, rng};
/// const bijou::TransformedDistribution flow{bijou::StandardNormal<double, 3>{}, layer};
/// const bijou::Estimate log_p = bijou::marginal_by_sampling(flow, {0, 2}, Eigen::Vector2d(0.5, -1.0), 1000, rng);
/// @endcode
template <class P, class V, class Rng>
Estimate marginal_by_sampling(const P& p, const std::vector<int>& coordinates, const Eigen::DenseBase<V>& values,
                              Index n, Rng&& rng, WorkspaceArgument workspace = {}) {
  return detail::ConditionalSampler<P>("marginal_by_sampling", p, coordinates, values.derived(), n, *workspace)
      .draw(n, rng)
      .log_marginal;
}

}  // namespace bijou
