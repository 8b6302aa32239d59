#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/bijectors/positive_diagonal.hpp>
#include <bijou/numerics/triangular.hpp>
#include <string>

namespace bijou {

/// z = L U x + shift, with L lower triangular with ones and U upper triangular with a positive diagonal d:
/// log|det dz/dx| = sum_i ln d_i. A matrix that mixes the coordinates, learned; between other layers it does what
/// permutations do, and more. nflows' LULinear: the same formula from data to noise, parameters in the same order
/// (rows below the diagonal of L, rows above that of U), d_i = softplus(a_i) + 1e-3. Starts at the identity.
///
/// @f[ z = L\,U x + \text{shift}, \qquad \ln\left|\det\frac{\partial z}{\partial x}\right| = \sum_i \ln d_i @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. O(D^2) for an event in both directions. Never
/// singular: d_i >= 1e-3 for all parameters.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::TransformedDistribution flow{
///     bijou::StandardNormal<float, 3>{},
///     bijou::Chain{bijou::LULinear<float, 3>{}, bijou::MAF<float, 3>{{32}, rng}, bijou::LULinear<float, 3>{}}};
/// @endcode
template <class T, int D>
class LULinear : public BijectorCalls<LULinear<T, D>> {
  using Lower = detail::StrictlyLower<T>;
  using Upper = detail::StrictlyUpper<T>;

 public:
  using Scalar = T;
  using Vector = Eigen::Matrix<T, D, 1>;
  using Entries = Eigen::Matrix<T, detail::strict_triangle_size<D>, 1>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "LULinear";
  static constexpr const char* formula = "z = L U x + shift";
  static_assert(D == Eigen::Dynamic || D > 0, "LULinear: events need at least one row");

  LULinear()
  requires(D != Eigen::Dynamic)
      : LULinear(Index{D}, 0) {}
  explicit LULinear(Index event_size)
  requires(D == Eigen::Dynamic)
      : LULinear(event_size, 0) {}

  std::string shape() const { return std::to_string(event_size()); }
  Index event_size() const { return shift_.size(); }
  /// The entries of L below the diagonal and of U above it, row after row, D (D - 1) / 2 each.
  const Entries& lower() const { return lower_; }
  /// The entries of U above its diagonal, row by row.
  const Entries& upper() const { return upper_; }
  /// a, of which the diagonal of U is softplus(a) + 1e-3.
  const Vector& diagonal() const { return diagonal_; }
  const Vector& shift() const { return shift_; }

  static constexpr auto members() {
    return Members{parameter("lower", &LULinear::lower_), parameter("upper", &LULinear::upper_),
                   parameter("diagonal", &LULinear::diagonal_), parameter("shift", &LULinear::shift_)};
  }

  using BijectorCalls<LULinear>::forward;
  using BijectorCalls<LULinear>::inverse;

  void forward(Evaluation<T> e) const {
    const Arena::Frame frame(e.pass.arena);
    const Diagonal d(diagonal_, e.pass.arena);
    Tile<T> work = e.pass.arena.template tile<T>(e.input.rows(), e.input.cols());
    work = e.input.colwise() - shift_.array();
    detail::solve_triangle<T>(l(), nullptr, work);
    detail::solve_triangle<T>(u(), d.data(), work);
    e.output = work;
    e.log_det -= d.log_det();
  }

  void inverse(Evaluation<T> e) const {
    const Arena::Frame frame(e.pass.arena);
    const Diagonal d(diagonal_, e.pass.arena);
    Tile<T> work = detail::copy_of<T>(e.input, e.pass.arena);
    detail::multiply_triangle<T>(u(), d.data(), work);
    detail::multiply_triangle<T>(l(), nullptr, work);
    e.output = work.colwise() + shift_.array();
    e.log_det += d.log_det();
  }

  // With y = U x and h = dL/dy: dL/dx = U^T h, h = L^T dL/dz; that solved for dL/dz, and the parameters as below.
  void forward_pullback(Pullback<T> p) const {
    const Arena::Frame frame(p.pass.arena);
    const Diagonal d(diagonal_, p.pass.arena);
    const Tile<T> x = detail::copy_of<T>(p.output, p.pass.arena);
    const Tile<T> y = product_with_upper(x, d, p.pass.arena);
    Tile<T> h = detail::copy_of<T>(p.output_gradient, p.pass.arena);
    detail::solve_triangle<T>(detail::Transposed<Upper>{u()}, d.data(), h);
    add_to_upper(T(-1), h, x, d, p);
    detail::solve_triangle<T>(detail::Transposed<Lower>{l()}, nullptr, h);
    add_to_lower(T(-1), h, y, p);
    p.input_gradient = h;
  }

  void inverse_pullback(Pullback<T> p) const {
    const Arena::Frame frame(p.pass.arena);
    const Diagonal d(diagonal_, p.pass.arena);
    const Tile<T> x = detail::copy_of<T>(p.input, p.pass.arena);
    const Tile<T> y = product_with_upper(x, d, p.pass.arena);
    Tile<T> h = detail::copy_of<T>(p.output_gradient, p.pass.arena);
    add_to_lower(T(1), h, y, p);
    detail::multiply_triangle<T>(detail::Transposed<Lower>{l()}, nullptr, h);
    add_to_upper(T(1), h, x, d, p);
    detail::multiply_triangle<T>(detail::Transposed<Upper>{u()}, d.data(), h);
    p.input_gradient = h;
  }

 private:
  using Diagonal = detail::PositiveDiagonal<T>;

  LULinear(Index event_size, int)
      : lower_(Entries::Zero(Lower::count(detail::require_coordinates(name, event_size)))),
        upper_(Entries::Zero(Upper::count(event_size))),
        diagonal_(Vector::Constant(event_size, Diagonal::of_one())),
        shift_(Vector::Zero(event_size)) {}

  Lower l() const { return {lower_.data(), event_size()}; }
  Upper u() const { return {upper_.data(), event_size()}; }

  Tile<T> product_with_upper(ConstTile<T> x, const Diagonal& d, Arena& arena) const {
    Tile<T> y = detail::copy_of<T>(x, arena);
    detail::multiply_triangle<T>(u(), d.data(), y);
    return y;
  }

  // sign = 1: dL/dL_ij = sum_n dL/dz_i y_j, dL/dshift = sum_n dL/dz; -1 with dL/dz of the other direction.
  void add_to_lower(T sign, ConstTile<T> z_gradient, ConstTile<T> y, Pullback<T>& p) const {
    if (p.parameter_gradient.size() == 0) return;
    auto [d_lower, d_upper, d_diagonal, d_shift] = gradients(*this, p);
    detail::add_outer_products<Lower, T>(sign, z_gradient, y, d_lower.data());
    d_shift += sign * z_gradient.rowwise().sum();
  }

  // dL/dU_ij = sum_n h_i x_j, and for the diagonal as PositiveDiagonal has it.
  void add_to_upper(T sign, ConstTile<T> h, ConstTile<T> x, const Diagonal& d, Pullback<T>& p) const {
    if (p.parameter_gradient.size() == 0) return;
    auto [d_lower, d_upper, d_diagonal, d_shift] = gradients(*this, p);
    detail::add_outer_products<Upper, T>(sign, h, x, d_upper.data());
    d.add_gradient(sign, h, x, p.log_det_gradient.sum(), d_diagonal);
  }

  Entries lower_;
  Entries upper_;
  Vector diagonal_;
  Vector shift_;
};

}  // namespace bijou
