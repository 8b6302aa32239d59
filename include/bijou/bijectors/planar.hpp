#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/numerics/bracketed_root.hpp>
#include <bijou/numerics/random.hpp>
#include <cmath>
#include <limits>
#include <string>

namespace bijou {

/// x = z + c tanh(w . z + b), log|det dx/dz| = ln(1 + c . w (1 - tanh^2)): Rezende & Mohamed 2015, Variational
/// Inference with Normalizing Flows, equations 10 to 12. Invertible by constraint, c = u + (m(w . u) - w . u) w / |w|^2
/// with m(a) > -1 (their appendix A.1); here m(a) = a for a >= 0 and 0.999 (e^(a / 0.999) - 1) below, since with their
/// m(a) = ln(1 + e^a) - 1 c is infinite at w = 0, and m(a) rounds to -1 for large u. So c = u wherever u may stay.
///
/// @f[
///   x = z + c \tanh(w \cdot z + b), \qquad \ln\left|\det\frac{\partial x}{\partial z}\right| = \ln\bigl(1 + c \cdot
///   w\,(1 - \tanh^2(w \cdot z + b))\bigr)
/// @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. O(D) for an event; the inverse finds one root,
/// bracketed, along w. Starts near the identity: w and u are drawn with deviation 0.1 / sqrt(D), b is 0.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Planar<float, 2> f{rng};
/// const Eigen::Vector2f x = f.forward(Eigen::Vector2f(1.0f, 2.0f));
/// @endcode
template <class T, int D>
class Planar : public BijectorCalls<Planar<T, D>> {
 public:
  using Scalar = T;
  using Vector = Eigen::Matrix<T, D, 1>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "Planar";
  static constexpr const char* formula = "x = z + c tanh(w.z + b)";
  static_assert(D == Eigen::Dynamic || D > 0, "Planar: events need at least one row");

  template <UniformRandomBitGenerator Rng>
  requires(D != Eigen::Dynamic)
  explicit Planar(Rng& rng) : Planar(drawn(D, rng), drawn(D, rng), T(0)) {}
  template <UniformRandomBitGenerator Rng>
  requires(D == Eigen::Dynamic)
  Planar(Index event_size, Rng& rng) : Planar(drawn(event_size, rng), drawn(event_size, rng), T(0)) {}

  Planar(const Vector& w, const Vector& u, T b) : w_(w), u_(u), b_(b) {
    detail::require_coordinates(name, w.size());
    detail::require_size(name, "u", w.size(), u.size());
    detail::require_parameters(name, *this);
  }

  std::string shape() const { return std::to_string(event_size()); }
  Index event_size() const { return w_.size(); }
  /// w, D.
  const Vector& w() const { return w_; }
  /// u, D, before the constraint.
  const Vector& u() const { return u_; }
  /// b.
  T b() const { return b_(0); }

  static constexpr auto members() {
    return Members{parameter("w", &Planar::w_), parameter("u", &Planar::u_), parameter("b", &Planar::b_)};
  }

  using BijectorCalls<Planar>::forward;
  using BijectorCalls<Planar>::inverse;

  void forward(Evaluation<T> e) const {
    const Arena::Frame frame(e.pass.arena);
    const Step step = make_step(e.pass.arena);
    for (Index n = 0; n < e.input.cols(); n += V::size) {
      const V y = along(w_.data(), e.input, n) + V(b_(0));
      move(step.c, tanh(y), e.input, e.output, n);
      e.log_det.add(n, step.log_slope(y));
    }
  }

  void inverse(Evaluation<T> e) const {
    const Arena::Frame frame(e.pass.arena);
    const Step step = make_step(e.pass.arena);
    for (Index n = 0; n < e.input.cols(); n += V::size) {
      const V y = step.solve(along(w_.data(), e.input, n) + V(b_(0)));
      move(step.c, -tanh(y), e.input, e.output, n);
      e.log_det.add(n, -step.log_slope(y));
    }
  }

  // With y = w . z + b, t = tanh y, g = dL/dx, v = dL/dlog_det, l = ln(1 + m t'): dL/dy = g . c t' + v dl/dy and
  // dL/dz = g + w dL/dy.
  void forward_pullback(Pullback<T> p) const {
    const Arena::Frame frame(p.pass.arena);
    const Step step = make_step(p.pass.arena);
    Sensitivities s(p);
    for (Index n = 0; n < p.input.cols(); n += V::size) {
      const V y = along(w_.data(), p.input, n) + V(b_(0));
      const V v = p.log_det_gradient.load(n);
      const V d_y = along(step.c, p.output_gradient, n) * step.slope_of_tanh(y) + v * step.log_slope_derivative(y);
      s.store(n, tanh(y), d_y, v * step.log_slope_by_m(y));
      move(w_.data(), d_y, p.output_gradient, p.input_gradient, n);
    }
    add_to_parameters(step, s, p.input, p.output_gradient, T(1), p);
  }

  // dL/dx = q - w t' (c . q) / (1 + m t') with q = dL/dz - v w dl/dy, since log_det = -l. For the parameters as above,
  // with -dL/dx in the place of g and -v in that of v.
  void inverse_pullback(Pullback<T> p) const {
    const Arena::Frame frame(p.pass.arena);
    const Step step = make_step(p.pass.arena);
    Sensitivities s(p);
    for (Index n = 0; n < p.input.cols(); n += V::size) {
      const V y = along(w_.data(), p.output, n) + V(b_(0));
      const V v = p.log_det_gradient.load(n);
      const V from_log_det = v * step.log_slope_derivative(y);
      const V c_q = along(step.c, p.output_gradient, n) - V(step.m) * from_log_det;
      const V d_y = -(from_log_det + step.slope_of_tanh(y) * c_q * exp(-step.log_slope(y)));
      s.store(n, tanh(y), d_y, -v * step.log_slope_by_m(y));
      move(w_.data(), d_y, p.output_gradient, p.input_gradient, n);
    }
    add_to_parameters(step, s, p.output, p.input_gradient, T(-1), p);
  }

 private:
  using V = Simd<T>;
  static constexpr double limit = 0.999;  // m > -limit

  /// The map along w, y -> y + m tanh y, and the direction c in which events move. In double, but for what packets use.
  struct Step {
    const T* c;
    T m;
    double a;        // w . u
    double square;   // |w|^2, 0 if it is too small to divide by
    double stretch;  // c = u + stretch w

    static V slope_of_tanh(V y) { return exp(V::of(-2) * log_cosh(y)); }
    V log_slope(V y) const { return log1p(V(m) * slope_of_tanh(y)); }
    V log_slope_by_m(V y) const { return slope_of_tanh(y) / (V::of(1) + V(m) * slope_of_tanh(y)); }
    V log_slope_derivative(V y) const { return V(T(-2) * m) * tanh(y) * log_slope_by_m(y); }

    /// y with y + m tanh y = sum.
    V solve(V sum) const {
      const V reach = V(std::abs(m)) * V::of(1.001);
      // For a large m, where the step would saturate: y + m tanh y with tanh y = y.
      const V start =
          m > T(0) ? select(abs(sum) < V(m), sum / V(T(1) + m), sum - detail::with_sign_of(sum, V(m))) : sum;
      return detail::bracketed_root<T>(sum - reach, sum + reach, start, [&](V y) {
        return detail::ValueAndSlope<T>{y + V(m) * tanh(y) - sum, V::of(1) + V(m) * slope_of_tanh(y)};
      });
    }
  };

  /// tanh y, dL/dy and dL/dm of each event.
  struct Sensitivities {
    Row<T> t, d_y, d_m;
    explicit Sensitivities(Pullback<T>& p)
        : t(p.pass.arena.template row<T>(p.input.cols())),
          d_y(p.pass.arena.template row<T>(p.input.cols())),
          d_m(p.pass.arena.template row<T>(p.input.cols())) {}
    void store(Index n, V a, V b, V c) {
      t.store(n, a);
      d_y.store(n, b);
      d_m.store(n, c);
    }
  };

  template <class Rng>
  static Vector drawn(Index event_size, Rng& rng) {
    Vector numbers(detail::require_coordinates(name, event_size));
    const double deviation = 0.1 / std::sqrt(static_cast<double>(event_size));
    for (T& number : numbers) number = static_cast<T>(deviation * normal(rng));
    return numbers;
  }

  Step make_step(Arena& arena) const {
    Step step{};
    double square = 0;
    for (Index i = 0; i < event_size(); ++i) {
      const auto w = static_cast<double>(w_(i));
      square += w * w;
      step.a += w * static_cast<double>(u_(i));
    }
    step.square = square < (std::numeric_limits<double>::min)() ? 0 : square;
    const double m = step.a < 0 ? limit * std::expm1(step.a / limit) : step.a;
    step.stretch = step.a < 0 && step.square > 0 ? (m - step.a) / step.square : 0;
    step.m = static_cast<T>(m);
    T* const c = arena.template zeros<T>(event_size()).data();
    for (Index i = 0; i < event_size(); ++i) {
      c[i] = static_cast<T>(static_cast<double>(u_(i)) + step.stretch * static_cast<double>(w_(i)));
    }
    step.c = c;
    return step;
  }

  /// direction . x for the events of one packet.
  static V along(const T* direction, ConstTile<T> x, Index n) {
    V sum(T(0));
    for (Index i = 0; i < x.rows(); ++i) sum = multiply_add(V(direction[i]), x.load(i, n), sum);
    return sum;
  }
  /// output = input + direction size
  static void move(const T* direction, V size, ConstTile<T> input, Tile<T> output, Index n) {
    for (Index i = 0; i < input.rows(); ++i) {
      output.store(i, n, multiply_add(V(direction[i]), size, input.load(i, n)));
    }
  }

  // dL/dc = sum_n g t, dL/dm = sum_n v dl/dm; w and b also through y. Then c = u + k w, k = (m - a) / |w|^2, m = m(a),
  // a = w . u.
  void add_to_parameters(const Step& step, const Sensitivities& s, ConstTile<T> z, ConstTile<T> g, T sign,
                         Pullback<T>& p) const {
    if (p.parameter_gradient.size() == 0) return;
    auto [d_w, d_u, d_b] = gradients(*this, p);
    const Index size = event_size();
    const auto sum_of = [](const auto& terms) { return terms.template cast<double>().sum(); };
    const auto d_c = [&](Index i) { return static_cast<double>(sign) * sum_of(g.row(i) * s.t); };
    double along_w = 0;  // dL/dk
    for (Index i = 0; i < size; ++i) along_w += d_c(i) * static_cast<double>(w_(i));
    const bool bends = step.a < 0;
    const double slope = bends ? std::exp(step.a / limit) : 1.0;  // dm/da
    const double k_by_a = bends && step.square > 0 ? std::expm1(step.a / limit) / step.square : 0.0;
    const double k_by_square = step.square > 0 ? -step.stretch / step.square : 0.0;
    const double d_a = sum_of(s.d_m) * slope + along_w * k_by_a;
    for (Index i = 0; i < size; ++i) {
      const double of_c = d_c(i);
      const auto w = static_cast<double>(w_(i));
      d_u(i) += static_cast<T>(of_c + d_a * w);
      d_w(i) += static_cast<T>(sum_of(z.row(i) * s.d_y) + step.stretch * of_c + d_a * static_cast<double>(u_(i)) +
                               2 * along_w * k_by_square * w);
    }
    d_b(0) += s.d_y.sum();
  }

  Vector w_;
  Vector u_;
  Eigen::Vector<T, 1> b_;
};

}  // namespace bijou
