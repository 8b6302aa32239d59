#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/transformers/scale_maps.hpp>
#include <cmath>
#include <limits>
#include <string>

namespace bijou {

/// x = z_0 + (z - z_0) (r + gamma) / (alpha + r) with r = |z - z_0|: events move away from z_0 or towards it. Rezende &
/// Mohamed 2015, equations 13 and 14, where x = z + beta h (z - z_0), h = 1 / (alpha + r), gamma = alpha + beta > 0
/// (their appendix A.2). ln|det dx/dz| = (D - 1) ln(1 + beta h) + ln(1 + beta alpha h^2). The inverse is in closed
/// form.
///
/// @f[
///   x = z_0 + \frac{r + \gamma}{r + \alpha}\,(z - z_0), \qquad \ln\left|\det\frac{\partial x}{\partial z}\right| =
///   (D - 1) \ln(1 + \beta h) + \ln(1 + \beta \alpha h^2)
/// @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. Parameters: z_0 (drawn normal), and [a, c] with
/// alpha = softplus(a) + 1e-3, gamma = softplus(c) + 1e-3, so that it is invertible for all. O(D) for an event in both
/// directions. Starts at the identity, gamma = alpha.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Radial<float, 2> f{rng};
/// const Eigen::Vector2f x = f.forward(Eigen::Vector2f(1.0f, 2.0f));
/// @endcode
template <class T, int D>
class Radial : public BijectorCalls<Radial<T, D>> {
  using Map = scale_maps::SoftplusFloor;

 public:
  using Scalar = T;
  using Vector = Eigen::Matrix<T, D, 1>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "Radial";
  static constexpr const char* formula = "x = z_0 + (z - z_0) (r + gamma) / (r + alpha)";
  static_assert(D == Eigen::Dynamic || D > 0, "Radial: events need at least one row");

  template <UniformRandomBitGenerator Rng>
  requires(D != Eigen::Dynamic)
  explicit Radial(Rng& rng) : Radial(drawn(D, rng), {T(0), T(0)}) {}
  template <UniformRandomBitGenerator Rng>
  requires(D == Eigen::Dynamic)
  Radial(Index event_size, Rng& rng) : Radial(drawn(event_size, rng), {T(0), T(0)}) {}

  /// unconstrained: a and c.
  Radial(const Vector& center, const Eigen::Vector<T, 2>& unconstrained)
      : center_(center), unconstrained_(unconstrained) {
    detail::require_coordinates(name, center.size());
    detail::require_parameters(name, *this);
  }

  std::string shape() const { return std::to_string(event_size()); }
  Index event_size() const { return center_.size(); }
  /// z_0.
  const Vector& center() const { return center_; }
  /// alpha > 0.
  T alpha() const { return Map::scale(V(unconstrained_(0))).first(); }
  /// gamma > 0: above alpha events move outwards, below it inwards.
  T gamma() const { return Map::scale(V(unconstrained_(1))).first(); }

  static constexpr auto members() {
    return Members{parameter("center", &Radial::center_), parameter("unconstrained", &Radial::unconstrained_)};
  }

  using BijectorCalls<Radial>::forward;
  using BijectorCalls<Radial>::inverse;

  void forward(Evaluation<T> e) const {
    for (Index n = 0; n < e.input.cols(); n += V::size) {
      const Local at(*this, distance(e.input, n));
      for (Index i = 0; i < e.input.rows(); ++i) {
        const V c(center_(i));
        e.output.store(i, n, multiply_add(e.input.load(i, n) - c, at.ratio, c));
      }
      e.log_det.add(n, at.log_det(e.input.rows()));
    }
  }

  // R = |x - z_0| = r (r + gamma) / (alpha + r): r^2 + (gamma - R) r - alpha R = 0.
  void inverse(Evaluation<T> e) const {
    const V a(alpha());
    const V c(gamma());
    for (Index n = 0; n < e.input.cols(); n += V::size) {
      const V far = distance(e.input, n);
      const V half = V::of(0.5) * (far - c);
      const V scale = scale_of_squares(far);
      const V root = sqrt((half * scale) * (half * scale) + (a * scale) * (far * scale)) / scale;
      // The larger of the two roots, without a difference of numbers that are nearly equal.
      const V sum = root + abs(half);
      const V r = select(V::of(0) < half, sum, a * (far / sum));
      const Local at(*this, r);
      for (Index i = 0; i < e.input.rows(); ++i) {
        const V center(center_(i));
        e.output.store(i, n, (e.input.load(i, n) - center) / at.ratio + center);
      }
      e.log_det.add(n, -at.log_det(e.input.rows()));
    }
  }

  // With d = z - z_0, A = (r + gamma) h, l the log-det, g = dL/dx and v = dL/dlog_det:
  // dL/dz = A g + (dA/dr (d . g) + v dl/dr) d / r.
  void forward_pullback(Pullback<T> p) const {
    const Arena::Frame frame(p.pass.arena);
    auto [d_center, d_unconstrained] = gradients(*this, p);
    Sensitivities sums(p);
    for (Index n = 0; n < p.input.cols(); n += V::size) {
      const Local at(*this, distance(p.input, n));
      const V v = p.log_det_gradient.load(n);
      const V d_g = product(p.input, p.output_gradient, n);
      const V radial = (at.ratio_slope() * d_g + v * at.log_det_slope(p.input.rows())) * at.reciprocal_r;
      for (Index i = 0; i < p.input.rows(); ++i) {
        const V d = p.input.load(i, n) - V(center_(i));
        p.input_gradient.store(i, n, at.ratio * p.output_gradient.load(i, n) + radial * d);
      }
      sums.store(n, at, d_g, v, p.input.rows());
    }
    add_to_parameters(sums, d_unconstrained);
    d_center += p.output_gradient.rowwise().sum() - p.input_gradient.rowwise().sum();
  }

  // J = A across d and B = dR/dr along it: dL/dx = q / A + (1/B - 1/A) d (d . q) / r^2, q = dL/dz - v dl/dr d / r. For
  // the parameters as above, with -dL/dx in the place of g and -v in that of v.
  void inverse_pullback(Pullback<T> p) const {
    const Arena::Frame frame(p.pass.arena);
    auto [d_center, d_unconstrained] = gradients(*this, p);
    Sensitivities sums(p);
    for (Index n = 0; n < p.input.cols(); n += V::size) {
      const Local at(*this, distance(p.output, n));
      const V v = p.log_det_gradient.load(n);
      const V d_g = product(p.output, p.output_gradient, n);
      const V along = d_g * at.reciprocal_r;  // dL/dz along d
      const V along_q = along - v * at.log_det_slope(p.input.rows());
      const V along_x = along_q / at.slope;
      const V radial = (along_x - along / at.ratio) * at.reciprocal_r;
      for (Index i = 0; i < p.input.rows(); ++i) {
        const V d = p.output.load(i, n) - V(center_(i));
        p.input_gradient.store(i, n, p.output_gradient.load(i, n) / at.ratio + radial * d);
      }
      sums.store(n, at, -along_x * at.r, -v, p.input.rows());
    }
    add_to_parameters(sums, d_unconstrained);
    d_center += p.output_gradient.rowwise().sum() - p.input_gradient.rowwise().sum();
  }

 private:
  using V = Simd<T>;

  /// The map at a distance r from the center: ratio = A, slope = dR/dr = (r (r + 2 alpha) + alpha gamma) h^2, which has
  /// no difference of numbers that are nearly equal.
  struct Local {
    V r, h, alpha, beta, ratio, slope, reciprocal_r;

    Local(const Radial& f, V distance)
        : r(distance),
          h(V::of(1) / (V(f.alpha()) + r)),
          alpha(f.alpha()),
          beta(f.gamma() - f.alpha()),
          ratio((r + V(f.gamma())) * h),
          slope((r * h) * ((r + alpha + alpha) * h) + (alpha * h) * (V(f.gamma()) * h)),
          reciprocal_r(select(V::of(0) < r, V::of(1) / maximum(r, V((std::numeric_limits<T>::min)())), r)) {}

    V log_ratio() const {
      const V change = beta * h;
      return select(change < V::of(-0.5), log(ratio), log1p(change));
    }
    V log_slope() const {
      const V change = (beta * h) * (alpha * h);
      return select(change < V::of(-0.5), log(slope), log1p(change));
    }
    V log_det(Index size) const { return V::of(size - 1) * log_ratio() + log_slope(); }
    /// dA/dr
    V ratio_slope() const { return -(beta * h) * h; }
    /// dl/dr
    V log_det_slope(Index size) const {
      const V of_slope = V::of(-2) * (beta * h) * (alpha * h) * h / slope;
      return V::of(size - 1) * ratio_slope() / ratio + of_slope;
    }
  };

  /// dL/dalpha and dL/dgamma of each event.
  struct Sensitivities {
    Row<T> of_alpha, of_gamma;
    explicit Sensitivities(Pullback<T>& p)
        : of_alpha(p.pass.arena.template row<T>(p.input.cols())),
          of_gamma(p.pass.arena.template row<T>(p.input.cols())) {}

    // dA/dalpha = -A h, dA/dgamma = h, dB/dalpha = h ((2 r + gamma) h - 2 B), dB/dgamma = alpha h^2.
    void store(Index n, const Local& at, V d_g, V v, Index size) {
      const V of_ratio = d_g + v * V::of(size - 1) / at.ratio;
      const V of_slope = v / at.slope;
      const V sum = (at.r + at.r + at.alpha + at.beta) * at.h;
      of_alpha.store(n, at.h * (of_slope * (sum - V::of(2) * at.slope) - of_ratio * at.ratio));
      of_gamma.store(n, at.h * (of_ratio + of_slope * at.alpha * at.h));
    }
  };

  template <class Rng>
  static Vector drawn(Index event_size, Rng& rng) {
    Vector numbers(detail::require_coordinates(name, event_size));
    for (T& number : numbers) number = static_cast<T>(normal(rng));
    return numbers;
  }

  /// A power of 2 by which numbers of this size can be multiplied so that their squares do not overflow; mostly 1.
  static V scale_of_squares(V size) {
    constexpr int half = std::numeric_limits<T>::max_exponent / 2;
    return select(size < V(std::ldexp(T(1), half - 8)), V::of(1), V(std::ldexp(T(1), -half - 8)));
  }

  /// |x - z_0| for the events of one packet, at most a quarter of the largest number, where the map no longer moves
  /// events.
  V distance(ConstTile<T> x, Index n) const {
    V largest(T(0));
    for (Index i = 0; i < x.rows(); ++i) largest = maximum(largest, abs(x.load(i, n) - V(center_(i))));
    const V scale = scale_of_squares(largest);
    V sum(T(0));
    for (Index i = 0; i < x.rows(); ++i) {
      const V d = (x.load(i, n) - V(center_(i))) * scale;
      sum = multiply_add(d, d, sum);
    }
    return minimum(sqrt(sum) / scale, V((std::numeric_limits<T>::max)() / 4));
  }
  /// (x - z_0) . g
  V product(ConstTile<T> x, ConstTile<T> g, Index n) const {
    V sum(T(0));
    for (Index i = 0; i < x.rows(); ++i) sum = multiply_add(x.load(i, n) - V(center_(i)), g.load(i, n), sum);
    return sum;
  }

  template <class Gradient>
  void add_to_parameters(const Sensitivities& sums, Gradient& d_unconstrained) const {
    const auto slope = [](T a, T scale) { return scale * Map::log_scale_slope(V(a)).first(); };
    d_unconstrained(0) += sums.of_alpha.sum() * slope(unconstrained_(0), alpha());
    d_unconstrained(1) += sums.of_gamma.sum() * slope(unconstrained_(1), gamma());
  }

  Vector center_;
  Eigen::Vector<T, 2> unconstrained_;
};

}  // namespace bijou
