#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/bijectors/positive_diagonal.hpp>
#include <bijou/numerics/triangular.hpp>
#include <string>

namespace bijou {

/// x = L z + shift, with L lower triangular with a positive diagonal d: log|det dx/dz| = sum_i ln d_i. On a standard
/// normal this is the normal distribution with covariance L L^T, learned. TFP's ScaleMatvecTriL, FlowJAX's
/// TriangularAffine; here d_i = softplus(a_i) + 1e-3. Starts at the identity.
///
/// @f[ x = L z + \text{shift}, \qquad \ln\left|\det\frac{\partial x}{\partial z}\right| = \sum_i \ln d_i @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. O(D^2) for an event in both directions. Never
/// singular: d_i >= 1e-3 for all parameters.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto data = bijou::datasets::two_moons<float>(1'000, 0.05f, rng);
/// bijou::TransformedDistribution normal{bijou::StandardNormal<float, 2>{}, bijou::TriangularAffine<float, 2>{}};
/// bijou::fit(normal, data, {.epochs = 5, .learning_rate = 1e-2}, rng);
/// @endcode
template <class T, int D>
class TriangularAffine : public BijectorCalls<TriangularAffine<T, D>> {
  using Lower = detail::StrictlyLower<T>;

 public:
  using Scalar = T;
  using Vector = Eigen::Matrix<T, D, 1>;
  using Entries = Eigen::Matrix<T, detail::strict_triangle_size<D>, 1>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "TriangularAffine";
  static constexpr const char* formula = "x = L z + shift";
  static_assert(D == Eigen::Dynamic || D > 0, "TriangularAffine: events need at least one row");

  TriangularAffine()
  requires(D != Eigen::Dynamic)
      : TriangularAffine(Index{D}, 0) {}
  explicit TriangularAffine(Index event_size)
  requires(D == Eigen::Dynamic)
      : TriangularAffine(event_size, 0) {}

  std::string shape() const { return std::to_string(event_size()); }
  Index event_size() const { return shift_.size(); }
  static constexpr bool maps_in_order() { return true; }
  /// The entries of L below the diagonal, row after row, D (D - 1) / 2.
  const Entries& lower() const { return lower_; }
  /// a, of which the diagonal of L is softplus(a) + 1e-3.
  const Vector& diagonal() const { return diagonal_; }
  const Vector& shift() const { return shift_; }

  static constexpr auto members() {
    return Members{parameter("lower", &TriangularAffine::lower_), parameter("diagonal", &TriangularAffine::diagonal_),
                   parameter("shift", &TriangularAffine::shift_)};
  }

  using BijectorCalls<TriangularAffine>::forward;
  using BijectorCalls<TriangularAffine>::inverse;

  void forward(Evaluation<T> e) const {
    const Arena::Frame frame(e.pass.arena);
    const Index rows = e.input.rows();
    const Diagonal d(diagonal_.head(rows), e.pass.arena);
    Tile<T> work = detail::copy_of<T>(e.input, e.pass.arena);
    detail::multiply_triangle<T>(l(rows), d.data(), work);
    e.output = work.colwise() + shift_.head(rows).array();
    e.log_det += d.log_det();
  }

  void inverse(Evaluation<T> e) const {
    const Arena::Frame frame(e.pass.arena);
    const Index rows = e.input.rows();
    const Diagonal d(diagonal_.head(rows), e.pass.arena);
    Tile<T> work = e.pass.arena.template tile<T>(rows, e.input.cols());
    work = e.input.colwise() - shift_.head(rows).array();
    detail::solve_triangle<T>(l(rows), d.data(), work);
    e.output = work;
    e.log_det -= d.log_det();
  }

  // dL/dz = L^T dL/dx
  void forward_pullback(Pullback<T> p) const {
    const Arena::Frame frame(p.pass.arena);
    const Diagonal d(diagonal_, p.pass.arena);
    Tile<T> g = detail::copy_of<T>(p.output_gradient, p.pass.arena);
    add_to_parameters(T(1), g, detail::copy_of<T>(p.input, p.pass.arena), d, p);
    detail::multiply_triangle<T>(detail::Transposed<Lower>{l(event_size())}, d.data(), g);
    p.input_gradient = g;
  }

  // dL/dx = L^-T dL/dz; for the parameters as above, with -dL/dx in the place of dL/dx and -dL/dlog_det.
  void inverse_pullback(Pullback<T> p) const {
    const Arena::Frame frame(p.pass.arena);
    const Diagonal d(diagonal_, p.pass.arena);
    Tile<T> g = detail::copy_of<T>(p.output_gradient, p.pass.arena);
    detail::solve_triangle<T>(detail::Transposed<Lower>{l(event_size())}, d.data(), g);
    p.input_gradient = g;
    add_to_parameters(T(-1), g, detail::copy_of<T>(p.output, p.pass.arena), d, p);
  }

 private:
  using Diagonal = detail::PositiveDiagonal<T>;

  TriangularAffine(Index event_size, int)
      : lower_(Entries::Zero(Lower::count(detail::require_coordinates(name, event_size)))),
        diagonal_(Vector::Constant(event_size, Diagonal::of_one())),
        shift_(Vector::Zero(event_size)) {}

  /// Its first rows.
  Lower l(Index rows) const { return {lower_.data(), rows}; }

  // dL/dL_ij = sum_n dL/dx_i z_j, dL/dshift = sum_n dL/dx, and for the diagonal as PositiveDiagonal has it.
  void add_to_parameters(T sign, ConstTile<T> g, ConstTile<T> z, const Diagonal& d, Pullback<T>& p) const {
    if (p.parameter_gradient.size() == 0) return;
    auto [d_lower, d_diagonal, d_shift] = gradients(*this, p);
    detail::add_outer_products<Lower, T>(sign, g, z, d_lower.data());
    d_shift += sign * g.rowwise().sum();
    d.add_gradient(sign, g, z, p.log_det_gradient.sum(), d_diagonal);
  }

  Entries lower_;
  Vector diagonal_;
  Vector shift_;
};

}  // namespace bijou
