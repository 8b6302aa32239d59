#pragma once

#include <bijou/transformers/spline.hpp>

namespace bijou {

namespace detail {

/// f = y + h theta in bins of equal width.
template <class T, int K, BinMap Map>
struct LinearPiece {
  using V = Simd<T>;
  using Widths = EqualBins<T, K>;
  using Heights = SoftmaxBins<T, K, Map>;
  using Slopes = NoSlopes<T>;
  static constexpr bool fits(Index bins) { return Map::floor(bins) * static_cast<double>(bins) < 1; }

  struct Point {
    V theta;
    V share;
    V slope;
  };

  EIGEN_STRONG_INLINE static Point at_x(const Bin<T>& bin, V x) { return point(bin, (x - bin.x) / bin.width); }
  EIGEN_STRONG_INLINE static Point at_z(const Bin<T>& bin, V z) { return point(bin, (z - bin.y) / bin.height); }

  static V log_slope_derivative(const Bin<T>&, const Point&) { return V::of(0); }

  // l = ln f' contains ln h.
  EIGEN_STRONG_INLINE static PieceGradient<T> pull_back(const Bin<T>& bin, const Point& p, V g, V l) {
    return {{}, {g, g * p.share + l / bin.height}, {}, {}};
  }

 private:
  EIGEN_STRONG_INLINE static Point point(const Bin<T>& bin, V fraction) {
    const V theta = minimum(fraction, V::of(1));
    return {theta, theta, bin.height / bin.width};
  }
};

}  // namespace detail

/// z = f(x), piecewise linear on an interval: the integral of a histogram with K bins of equal width, whose contents
/// are the softmax of K parameters (nflows; Mueller et al. 2019, Neural Importance Sampling). InvertTransformer makes
/// the grid of VEGAS of it (Lepage 1978): x goes through K bins of free widths as z goes through equal ones, and the
/// parameters are the logarithms of the widths.
///
/// @f[ z = y_k + h_k\,\frac{x - x_k}{w}, \qquad h = \text{softmax}(\theta) \cdot (\text{high} - \text{low}) @f]
///
/// The inverse evaluates f, forward its inverse; outside the interval both are the identity. T: float or double. K:
/// number of bins or Eigen::Dynamic. Map: a BinMap of spline_maps. Rows of N events. Throws std::invalid_argument as
/// RationalQuadraticSpline does.
///
/// @code{.cpp}
/// Eigen::MatrixXd contents(4, 1);
/// contents << 1, 2, 4, 1;
/// const bijou::LinearSpline<double, 4> histogram{0, 8};
/// const bijou::TransformedDistribution p{bijou::Uniform<double, 1>{Eigen::Vector<double, 1>(0),
///                                                                  Eigen::Vector<double, 1>(8)},
///                                        bijou::Elementwise<1, bijou::LinearSpline<double, 4>>{
///                                            histogram, contents.array().log().matrix()}};
/// @endcode
template <class T, int K = 8, BinMap Map = spline_maps::Softmax>
class LinearSpline : public detail::Spline<T, K, spline_edges::Interval, detail::LinearPiece<T, K, Map>> {
  using Edges = spline_edges::Interval;
  using Base = detail::Spline<T, K, Edges, detail::LinearPiece<T, K, Map>>;

 public:
  static constexpr const char* name = "LinearSpline";
  static constexpr const char* formula = "z = f(x), linear in K bins";

  static std::array<Policy, 1> policies() { return {{{"map", policy_name<Map>}}}; }

  LinearSpline()
  requires(K != Eigen::Dynamic)
      : LinearSpline(static_cast<T>(Edges::low), static_cast<T>(Edges::high)) {}
  LinearSpline(T low, T high)
  requires(K != Eigen::Dynamic)
      : Base(name, K, low, high) {}
  explicit LinearSpline(Index bins)
  requires(K == Eigen::Dynamic)
      : LinearSpline(bins, static_cast<T>(Edges::low), static_cast<T>(Edges::high)) {}
  LinearSpline(Index bins, T low, T high)
  requires(K == Eigen::Dynamic)
      : Base(name, bins, low, high) {}
};

}  // namespace bijou
