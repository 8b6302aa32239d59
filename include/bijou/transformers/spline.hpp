#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/transformers/spline_bins.hpp>
#include <bijou/transformers/transformer.hpp>
#include <string>
#include <string_view>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif

namespace bijou::detail {

/// What is wrong with the ends of the interval of a spline; empty if nothing is.
template <class T>
std::string interval_error(T low, T high) {
  if (low < high && finite(high - low) && finite(T(1) / (high - low))) return {};
  return joined({"expected low < high with a finite distance and a finite reciprocal of it, got ", low, " and ", high});
}

/// Which side of z = f(x) a pass starts from.
enum class From { x, z };

/// dL/d of what a piece of a spline depends on.
template <class T>
struct PieceGradient {
  SizeGradient<T> widths;
  SizeGradient<T> heights;
  Simd<T> left, right;  // raw slopes
};

/// What all splines share: a strictly increasing map z = f(x) of an interval onto itself in K pieces, one for each bin
/// of x, and what is outside. The inverse of the transformer, x to z, evaluates f.
///
/// T: float or double. K: the number of bins or Eigen::Dynamic. Edges: one of spline_edges. Piece: the formula inside a
/// bin, with
///
/// | member | meaning |
/// |---|---|
/// | `Widths`, `Heights`, `Slopes` | bins of x, bins of z, raw slopes at the knots |
/// | `at_x(bin, x)`, `at_z(bin, z)` | a `Point` with `theta`, the fraction of the bin's width, `share`, that of its height, and `slope` = f'(x) |
/// | `log_slope_derivative(bin, point)` | d ln f'/dx |
/// | `pull_back(bin, point, g, l)` | the `PieceGradient` of g f(x) + l ln f'(x) |
///
/// Parameters: the rows of the widths, of the heights, of the slopes.
template <class T, int K, SplineEdges Edges, class Piece>
class Spline {
  static_assert(K == Eigen::Dynamic || K >= 2, "a spline has at least two bins");
  using V = Simd<T>;
  using Widths = typename Piece::Widths;
  using Heights = typename Piece::Heights;
  using Slopes = typename Piece::Slopes;

 public:
  using Scalar = T;

  static constexpr auto members() {
    return Members{state("low", &Spline::low_), state("high", &Spline::high_), structure("bins", &Spline::bins_)};
  }

  std::string state_error() const { return interval_error(low_, high_); }

  static constexpr int most_parameters =
      K == Eigen::Dynamic ? Eigen::Dynamic : static_cast<int>(Widths::rows(K) + Heights::rows(K) + Slopes::rows(K));

  constexpr Index bins() const { return count(); }
  T low() const { return low_; }
  T high() const { return high_; }
  constexpr Index parameters_per_coordinate() const { return first_slope() + Slopes::rows(bins()); }

  void forward(TransformerEvaluation<T> e) const { evaluate<From::z>(e); }
  void inverse(TransformerEvaluation<T> e) const { evaluate<From::x>(e); }
  void forward_pullback(TransformerPullback<T> p) const { pull_back<From::z>(p); }
  void inverse_pullback(TransformerPullback<T> p) const { pull_back<From::x>(p); }

 protected:
  Spline(std::string_view name, Index bins, T low, T high) : low_(low), high_(high), bins_(bins) {
    if (bins < 2) throw_invalid_argument(name, "expected at least 2 bins, got ", bins);
    if (!Piece::fits(bins)) throw_invalid_argument(name, "the floors of ", bins, " bins fill more than the interval");
    require_no_error(name, state_error());
  }

 private:
  constexpr BinCount<K> count() const { return BinCount<K>(bins_); }
  constexpr Index first_height() const { return Widths::rows(bins()); }
  constexpr Index first_slope() const { return first_height() + Heights::rows(bins()); }

  /// An event as the pieces see it.
  struct Place {
    V at;      // in the interval
    V excess;  // how far the event lies outside; 0 inside
  };

  Place place(V value) const {
    const V low(low_);
    const V high(high_);
    if constexpr (Edges::outside == Outside::periodic) {
      const V period = high - low;
      const V turns = nearest_integer((value - V::of(0.5) * (low + high)) / period);
      value = value - turns * period;
      return {maximum(minimum(value, high), low), V::of(0)};
    } else {
      const V at = maximum(minimum(value, high), low);
      return {at, value - at};
    }
  }

  struct Bins {
    Widths widths;
    Heights heights;
    Bins(Arena& arena, BinCount<K> count, V length) : widths(arena, count, length), heights(arena, count, length) {}
  };

  /// The next knot. With many bins what rounding took from the sum before is added, too (Kahan 1965), so that their
  /// knots are as exact as those of few.
  EIGEN_STRONG_INLINE void add_size(V& knot, V& lost, V size) const {
    if (count() <= 16) {
      knot = knot + size;
      return;
    }
    const V corrected = size - lost;
    const V next = knot + corrected;
    lost = (next - knot) - corrected;
    knot = next;
  }

  /// The size of bin k that begins at `start`. The last one ends where the interval does, whatever was rounded in the
  /// sum of those before, so that the slope there is that of the last knot, from both sides.
  EIGEN_STRONG_INLINE V last_or(Index k, V start, V size) const {
    if (k + 1 < count()) return size;
    const V rest = V(high_) - start;
    return select(V::of(0.5) * size < rest, rest, size);
  }

  /// Computes the bins of the events n, n + 1, ... and finds theirs.
  template <From Side, bool ForPullback>
  EIGEN_STRONG_INLINE Bin<T> locate(const ConstTile<T>& parameters, Index n, V at, Bins& bins) const {
    bins.widths.template compute<ForPullback>(parameters, 0, n);
    bins.heights.template compute<ForPullback>(parameters, first_height(), n);
    const auto raw_slope = [&](Index knot) { return Slopes::load(parameters, first_slope(), n, count(), knot); };
    const V low(low_);
    Bin<T> bin{V::of(0), low, bins.widths.size(0), low, bins.heights.size(0), raw_slope(0), raw_slope(1)};
    Bin<T> next = bin;
    V lost_x = V::of(0);
    V lost_y = V::of(0);
    for (Index k = 1; k < count(); ++k) {
      add_size(next.x, lost_x, next.width);
      add_size(next.y, lost_y, next.height);
      next.width = last_or(k, next.x, bins.widths.size(k));
      next.height = last_or(k, next.y, bins.heights.size(k));
      next.left = next.right;
      next.right = raw_slope(k + 1);
      const V before = at < (Side == From::x ? next.x : next.y);
      const auto keep = [&](V& chosen, V other) { chosen = select(before, chosen, other); };
      keep(bin.index, V::of(k));
      keep(bin.x, next.x);
      keep(bin.y, next.y);
      keep(bin.width, next.width);
      keep(bin.height, next.height);
      keep(bin.left, next.left);
      keep(bin.right, next.right);
    }
    return bin;
  }

  template <From Side>
  static typename Piece::Point point_of(const Bin<T>& bin, V at) {
    if constexpr (Side == From::x)
      return Piece::at_x(bin, at);
    else
      return Piece::at_z(bin, at);
  }

  template <From Side>
  void evaluate(TransformerEvaluation<T>& e) const {
    const Arena::Frame frame(e.pass.arena);
    Bins bins(e.pass.arena, count(), V(high_) - V(low_));
    for (Index n = 0; n < e.input.size(); n += V::size) {
      const V value = e.input.load(n);
      const Place event = place(value);
      const Bin<T> bin = locate<Side, false>(e.parameters, n, event.at, bins);
      const auto point = point_of<Side>(bin, event.at);
      // Not above the end: what a pass takes for inside, the way back does too.
      V image = minimum(Side == From::x ? bin.y + bin.height * point.share : bin.x + bin.width * point.theta, V(high_));
      V log_det = log(point.slope);
      if constexpr (Side == From::z) log_det = -log_det;
      if constexpr (Edges::outside == Outside::identity) {
        const V outside = V::of(0) < abs(event.excess);
        image = select(outside, value, image);
        log_det = select(outside, V::of(0), log_det);
      } else if constexpr (Edges::outside == Outside::line) {
        image = image + (Side == From::x ? event.excess * point.slope : event.excess / point.slope);
      }
      e.output.store(n, image);
      e.log_det.add(n, log_det);
    }
  }

  // With g = dL/doutput, w = dL/dlog_det and l = ln f'(x). From x: dL/dx = g f' + w dl/dx, and the parameters have the
  // gradient of g f(x) + w l(x). From z: dL/dz = (g - w dl/dx) / f', and the parameters that of -(dL/dz) f(x) - w l(x).
  // On a line outside, f(x) is a constant and f'(x) times the excess of x, so its gradient goes to l.
  template <From Side>
  void pull_back(TransformerPullback<T>& p) const {
    const Arena::Frame frame(p.pass.arena);
    Bins bins(p.pass.arena, count(), V(high_) - V(low_));
    for (Index n = 0; n < p.input.size(); n += V::size) {
      const Place event = place(p.input.load(n));
      const Bin<T> bin = locate<Side, true>(p.parameters, n, event.at, bins);
      const auto point = point_of<Side>(bin, event.at);
      const V outside = V::of(0) < abs(event.excess);
      const auto if_inside = [&](V value) {
        if constexpr (Edges::outside == Outside::periodic)
          return value;
        else
          return select(outside, V::of(0), value);
      };
      V g = p.output_gradient.load(n);
      V w = p.log_det_gradient.load(n);
      const V of_log_slope = w * if_inside(Piece::log_slope_derivative(bin, point));
      V input_gradient = Side == From::x ? g * point.slope + of_log_slope : (g - of_log_slope) / point.slope;
      if constexpr (Edges::outside == Outside::identity) {
        input_gradient = select(outside, g, input_gradient);
        w = if_inside(w);
      }
      if constexpr (Side == From::z) {
        g = -input_gradient;
        w = -w;
      }
      if constexpr (Edges::outside == Outside::line)
        w = w + g * (Side == From::x ? event.excess * point.slope : event.excess);
      PieceGradient<T> gradient = Piece::pull_back(bin, point, if_inside(g), w);
      if constexpr (Edges::outside == Outside::line) {  // outside only one slope counts; rounding aside, the rest is 0
        gradient.widths = {if_inside(gradient.widths.before), if_inside(gradient.widths.inside)};
        gradient.heights = {if_inside(gradient.heights.before), if_inside(gradient.heights.inside)};
        gradient.left = select(V::of(0) < event.excess, V::of(0), gradient.left);
        gradient.right = select(event.excess < V::of(0), V::of(0), gradient.right);
      }
      p.input_gradient.store(n, input_gradient);
      const V low(low_);
      bins.widths.pull_back(gradient.widths, bin.index, bin.x - low, bin.width, p.parameters_gradient, 0, n);
      bins.heights.pull_back(gradient.heights, bin.index, bin.y - low, bin.height, p.parameters_gradient,
                             first_height(), n);
      Slopes::store_gradient(gradient.left, gradient.right, bin.index, p.parameters_gradient, first_slope(), n,
                             count());
    }
  }

  T low_;
  T high_;
  Index bins_;
};

}  // namespace bijou::detail

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
