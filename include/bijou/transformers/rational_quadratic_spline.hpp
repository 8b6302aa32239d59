#pragma once

#include <bijou/transformers/spline.hpp>

namespace bijou {

namespace detail {

/// The rational-quadratic piece of Gregory and Delbourgo 1982, eq. 4 of Durkan et al. 2019. With theta the fraction of
/// the bin's width w, h its height, and a, b the slopes at its ends over h / w:
///
///     f = y + h theta (theta + a (1 - theta)) / D,   D = 1 + (a + b - 2) theta (1 - theta) >= 1/2
///     f' = (h / w) N / D^2,                          N = b theta^2 + 2 theta (1 - theta) + a (1 - theta)^2
template <class T, int K, EndSlopes Ends, SplineMap Map>
struct RationalQuadraticPiece {
  using V = Simd<T>;
  using Widths = SoftmaxBins<T, K, Map>;
  using Heights = SoftmaxBins<T, K, Map>;
  using Slopes = KnotSlopes<T, K, Ends, Map>;
  static constexpr bool fits(Index bins) { return Map::floor(bins) * static_cast<double>(bins) < 1; }

  struct Point {
    V theta, rest;  // rest = 1 - theta
    V a, b;
    V numerator, inverse_denominator;  // N, 1 / D
    V share;
    V slope;
  };

  EIGEN_STRONG_INLINE static Point at_x(const Bin<T>& bin, V x) {
    const V theta = minimum((x - bin.x) / bin.width, V::of(1));
    return point(slopes_of(bin), theta, V::of(1) - theta);
  }

  /// With eta = (z - y) / h the equation is quadratic in theta. Its discriminant is that of eq. 6 to 8 of Durkan et
  /// al. 2019, in a form that is never negative, t^2 + 4 eta (1 - eta) with t = a (1 - eta) - b eta; and neither theta
  /// nor 1 - theta is a difference.
  EIGEN_STRONG_INLINE static Point at_z(const Bin<T>& bin, V z) {
    const RelativeSlopes s = slopes_of(bin);
    const V eta = minimum((z - bin.y) / bin.height, V::of(1));
    const V eta_rest = V::of(1) - eta;
    const V t = s.a * eta_rest - s.b * eta;
    const V size = minimum(abs(t), V::of(1e18));  // its square is finite
    const V root = sqrt(multiply_add(size, size, V::of(4) * eta * eta_rest)) + size;
    const V negative = t < V::of(0);
    const V theta = select(negative, root, eta + eta);
    const V rest = select(negative, eta_rest + eta_rest, root);
    const V normalizer = V::of(1) / (theta + rest);
    return point(s, minimum(theta * normalizer, V::of(1)), rest * normalizer);
  }

  EIGEN_STRONG_INLINE static V log_slope_derivative(const Bin<T>& bin, const Point& p) {
    return by_theta(p) / bin.width;
  }

  // With A the share, q = theta (1 - theta), u = dL/dtheta, e_a = dL/dln a, e_b = dL/dln b:
  //   dA/dtheta = N / D^2,  dA/da = (1 - A) q / D,  dA/db = -A q / D
  //   dl/da = (1 - theta)^2 / N - 2 q / D,  dl/db = theta^2 / N - 2 q / D,  l = ln f'
  // Then a and b contain w / h, theta contains the knot and w, and l contains ln(h / w).
  EIGEN_STRONG_INLINE static PieceGradient<T> pull_back(const Bin<T>& bin, const Point& p, V g, V l) {
    const V gh = g * bin.height;
    const V by_numerator = l / p.numerator;
    const V q = p.theta * p.rest * p.inverse_denominator;
    const V e_a = p.a * multiply_add(p.rest * p.rest, by_numerator, q * (gh - gh * p.share - l - l));
    const V e_b = p.b * multiply_add(p.theta * p.theta, by_numerator, q * (-gh * p.share - l - l));
    const V u = multiply_add(gh * p.numerator, p.inverse_denominator * p.inverse_denominator, l * by_theta(p));
    const V of_ratio = e_a + e_b - l;
    const V inverse_width = V::of(1) / bin.width;
    return {{-u * inverse_width, (of_ratio - u * p.theta) * inverse_width},
            {g, g * p.share - of_ratio / bin.height},
            normal_or_zero(e_a * Map::Slope::log_scale_slope(bin.left)),
            normal_or_zero(e_b * Map::Slope::log_scale_slope(bin.right))};
  }

 private:
  struct RelativeSlopes {
    V a, b;
    V ratio;  // h / w
  };

  EIGEN_STRONG_INLINE static RelativeSlopes slopes_of(const Bin<T>& bin) {
    const V inverse = bin.width / bin.height;
    return {Map::Slope::scale(bin.left) * inverse, Map::Slope::scale(bin.right) * inverse, bin.height / bin.width};
  }

  EIGEN_STRONG_INLINE static Point point(const RelativeSlopes& s, V theta, V rest) {
    const V q = theta * rest;
    const V numerator = multiply_add(s.b * theta, theta, multiply_add(s.a * rest, rest, q + q));
    const V inverse = V::of(1) / multiply_add(s.a + s.b - V::of(2), q, V::of(1));
    // At most 1, so that a piece ends where the next begins.
    const V share = minimum(theta * multiply_add(s.a, rest, theta) * inverse, V::of(1));
    return {theta, rest, s.a, s.b, numerator, inverse, share, s.ratio * (numerator * inverse) * inverse};
  }

  /// d ln f'/dtheta.
  EIGEN_STRONG_INLINE static V by_theta(const Point& p) {
    const V odd = p.rest - p.theta;
    const V of_numerator = (odd + p.b * p.theta - p.a * p.rest) / p.numerator;
    return V::of(2) * (of_numerator - (p.a + p.b - V::of(2)) * odd * p.inverse_denominator);
  }
};

}  // namespace detail

/// The monotone rational-quadratic spline of Durkan et al. 2019, Neural Spline Flows: z = f(x) maps an interval onto
/// itself in K pieces, quotients of quadratic functions with a continuous derivative. As in nflows, zuko and
/// AffineTransformer the network gives the map from data to noise: the inverse evaluates f, forward solves a quadratic
/// equation, and both cost about the same. The other direction is InvertTransformer.
///
/// @f[
///   f = y + h\,\theta\,\frac{\theta + a (1 - \theta)}{1 + (a + b - 2)\,\theta (1 - \theta)}, \qquad \theta = \frac{x
///   - x_k}{w}, \quad a = \frac{w}{h} f^\prime(x_k), \quad b = \frac{w}{h} f^\prime(x_{k+1})
/// @f]
///
/// T: float or double. K: number of bins, or Eigen::Dynamic for one that is known at run time. Edges: what is at and
/// beyond the ends of the interval, one of spline_edges; by default the identity beyond [-5, 5]. Map: how raw numbers
/// become bins and slopes, one of spline_maps; by default zuko's, for which all 0 is the identity. Parameters for each
/// coordinate: K widths, K heights, then the slopes at the knots, of which Edges says how many; one width and one
/// height fewer with spline_maps::HalvedEnds. Rows of N events.
///
/// Throws std::invalid_argument unless low < high are finite, with fewer than two bins, or with so many that the least
/// widths fill the interval.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Transformer = bijou::RationalQuadraticSpline<float, 8>;
/// using Layer = bijou::Autoregressive<2, Transformer, bijou::Made<float, bijou::activations::Relu>>;
/// const bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{},
///                                           bijou::Chain{Layer{{64, 64}, rng}, bijou::Reverse<2>{},
///                                                        Layer{{64, 64}, rng}}};
/// const bijou::RationalQuadraticSpline<double, 16, bijou::spline_edges::Interval> on_unit_interval;
/// @endcode
template <class T, int K = 8, SplineEdges Edges = spline_edges::IdentityTails,
          SplineMap Map = spline_maps::SoftClipped<>>
class RationalQuadraticSpline
    : public detail::Spline<T, K, Edges, detail::RationalQuadraticPiece<T, K, Edges::end_slopes, Map>> {
  using Base = detail::Spline<T, K, Edges, detail::RationalQuadraticPiece<T, K, Edges::end_slopes, Map>>;

 public:
  static constexpr const char* name = "RationalQuadraticSpline";
  static constexpr const char* formula = "z = f(x), rational-quadratic in K bins";

  static std::array<Policy, 2> policies() { return {{{"edges", policy_name<Edges>}, {"map", policy_name<Map>}}}; }

  RationalQuadraticSpline()
  requires(K != Eigen::Dynamic)
      : RationalQuadraticSpline(static_cast<T>(Edges::low), static_cast<T>(Edges::high)) {}
  RationalQuadraticSpline(T low, T high)
  requires(K != Eigen::Dynamic)
      : Base(name, K, low, high) {}
  explicit RationalQuadraticSpline(Index bins)
  requires(K == Eigen::Dynamic)
      : RationalQuadraticSpline(bins, static_cast<T>(Edges::low), static_cast<T>(Edges::high)) {}
  RationalQuadraticSpline(Index bins, T low, T high)
  requires(K == Eigen::Dynamic)
      : Base(name, bins, low, high) {}
};

}  // namespace bijou
