#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/transformers/transformer.hpp>
#include <utility>

namespace bijou {

/// x_i = f(z_i; theta_i), log|det dx/dz| = sum_i ln df/dz_i: a transformer as a bijector of its own, whose parameters
/// are trained and the same for all events.
///
/// @f[
///   x_i = f(z_i; \theta_i), \qquad \ln\left|\det\frac{\partial x}{\partial z}\right| = \sum_i \ln f^\prime(z_i;
///   \theta_i)
/// @f]
///
/// D: number of coordinates or Eigen::Dynamic. S: a Transformer. Parameters: K x D, one column for each coordinate; all
/// 0 unless given. Throws std::invalid_argument for a matrix of another shape or with numbers that are not finite.
///
/// @code{.cpp}
/// bijou::Elementwise<2, bijou::AffineTransformer<double>> f;  // the identity: z = s(a) x + t with t = a = 0
/// const Eigen::Vector2d x = f.forward(Eigen::Vector2d(1.0, 2.0));
/// @endcode
template <int D, Transformer S>
class Elementwise : public BijectorCalls<Elementwise<D, S>> {
  using T = typename S::Scalar;

 public:
  using Scalar = T;
  /// Raw parameters of all coordinates, K x D.
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, D>;
  /// The same in the object itself, if all sizes are known at compile time.
  using Parameters =
      Eigen::Matrix<T, Eigen::Dynamic, D, Eigen::ColMajor, detail::most_of_matrix(detail::most_parameters<S>()), D>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "Elementwise";
  static constexpr const char* formula = "x_i = f(z_i; theta_i)";
  static_assert(D == Eigen::Dynamic || D > 0, "Elementwise: events need at least one row");

  explicit Elementwise(S transformer = {})
  requires(D != Eigen::Dynamic)
      : Elementwise(std::move(transformer), D) {}
  explicit Elementwise(Index event_size, S transformer = {})
  requires(D == Eigen::Dynamic)
      : Elementwise(std::move(transformer), event_size) {}

  /// parameters: K x D.
  Elementwise(S transformer, const Matrix& parameters) : transformer_(std::move(transformer)) {
    detail::require_coordinates(name, parameters.cols());
    detail::require_transformer_for(name, transformer_, parameters.cols());
    detail::require_size(name, "columns of parameters", transformer_.parameters_per_coordinate(), parameters.rows());
    parameters_ = parameters;
    detail::require_parameters(name, *this);
  }

  /// With parameters of 0.
  static Elementwise of_size(Index event_size, S transformer = {}) { return {std::move(transformer), event_size}; }

  Index event_size() const { return parameters_.cols(); }
  static constexpr bool maps_in_order() { return true; }
  const S& transformer() const { return transformer_; }
  /// theta, K x D.
  const Parameters& parameters() const { return parameters_; }

  static constexpr auto members() {
    return Members{part("transformer", &Elementwise::transformer_), parameter("parameters", &Elementwise::parameters_)};
  }

  using BijectorCalls<Elementwise>::forward;
  using BijectorCalls<Elementwise>::inverse;

  void forward(Evaluation<T> e) const {
    evaluate(e, [&](const TransformerEvaluation<T>& coordinate) { transformer_.forward(coordinate); });
  }
  void inverse(Evaluation<T> e) const {
    evaluate(e, [&](const TransformerEvaluation<T>& coordinate) { transformer_.inverse(coordinate); });
  }
  void forward_pullback(Pullback<T> p) const {
    pull_back(p, [&](const TransformerPullback<T>& coordinate) { transformer_.forward_pullback(coordinate); });
  }
  void inverse_pullback(Pullback<T> p) const {
    pull_back(p, [&](const TransformerPullback<T>& coordinate) { transformer_.inverse_pullback(coordinate); });
  }

 private:
  Elementwise(S transformer, Index event_size) : transformer_(std::move(transformer)) {
    detail::require_coordinates(name, event_size);
    detail::require_transformer_for(name, transformer_, event_size);
    parameters_.setZero(transformer_.parameters_per_coordinate(), event_size);
  }

  void fill(Tile<T> theta, Index i) const {
    for (Index k = 0; k < theta.rows(); ++k) theta.row(k).setConstant(parameters_(k, i));
  }

  template <class Transform>
  void evaluate(Evaluation<T>& e, Transform transform) const {
    const Arena::Frame frame(e.pass.arena);
    const Tile<T> theta = e.pass.arena.template tile<T>(parameters_.rows(), e.input.cols());
    for (Index i = 0; i < e.input.rows(); ++i) {
      fill(theta, i);
      transform({theta, e.input.row(i), e.output.row(i), e.log_det, e.pass, i});
    }
  }

  template <class Transform>
  void pull_back(Pullback<T>& p, Transform transform) const {
    const Arena::Frame frame(p.pass.arena);
    auto [d_transformer, d_parameters] = gradients(*this, p);
    const Tile<T> theta = p.pass.arena.template tile<T>(parameters_.rows(), p.input.cols());
    const Tile<T> d_theta = p.pass.arena.template tile<T>(parameters_.rows(), p.input.cols());
    for (Index i = 0; i < p.input.rows(); ++i) {
      fill(theta, i);
      transform({theta, p.input.row(i), p.output.row(i), p.output_gradient.row(i), p.log_det_gradient, d_theta,
                 p.input_gradient.row(i), p.pass, i});
      d_parameters.col(i) += d_theta.rowwise().sum();
    }
  }

  S transformer_;
  Parameters parameters_;
};

}  // namespace bijou
