#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/numerics/packet_functions.hpp>
#include <bijou/transformers/spline_edges.hpp>
#include <bijou/transformers/spline_maps.hpp>
#include <array>
#include <bit>
#include <cstddef>
#include <limits>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif

/// The bins of splines, for one packet of events: their sizes from raw numbers, the one in which an event lies, and the
/// way back.
namespace bijou::detail {

/// One packet for each of K bins; in an arena if K is known at run time only.
template <class T, int K>
class PacketsOfBins {
 public:
  PacketsOfBins(Arena&, Index) {}
  Simd<T>& operator[](Index k) { return packets_[static_cast<std::size_t>(k)]; }
  const Simd<T>& operator[](Index k) const { return packets_[static_cast<std::size_t>(k)]; }

 private:
  std::array<Simd<T>, static_cast<std::size_t>(K)> packets_;
};

template <class T>
class PacketsOfBins<T, Eigen::Dynamic> {
 public:
  PacketsOfBins(Arena& arena, Index bins) : packets_(arena.template objects<Simd<T>>(bins)) {}
  Simd<T>& operator[](Index k) { return packets_[k]; }
  const Simd<T>& operator[](Index k) const { return packets_[k]; }

 private:
  Simd<T>* packets_;
};

/// How many bins there are: a constant, or a number.
template <int K>
struct BinCount {
  constexpr BinCount(Index = K) {}
  constexpr operator Index() const { return K; }
};
template <>
struct BinCount<Eigen::Dynamic> {
  Index count;
  constexpr BinCount(Index bins) : count(bins) {}
  constexpr operator Index() const { return count; }
};

/// e^a for -60 <= a <= 60, without what exp does for numbers beyond; a NaN stays one.
template <class T>
EIGEN_STRONG_INLINE Simd<T> exp_of_bounded(Simd<T> a) {
  const Reduced<T> x = reduce(a);
  const Simd<T> power = from_bits<T>((x.bits << fraction_bits<T>)+std::bit_cast<Word<T>>(T(1)));
  return multiply_add(power, expm1_of_rest(x.rest), power);
}

/// The gradient of a loss for the sizes of the bins: `before` for those below the event's, `inside` for its own, 0 for
/// those above.
template <class T>
struct SizeGradient {
  Simd<T> before;
  Simd<T> inside;
};

/// Bins whose shares in an interval are floor + (1 - n floor) softmax of n rows of logits, see BinMap.
template <class T, int K, BinMap Map>
class SoftmaxBins {
  using V = Simd<T>;

 public:
  SoftmaxBins(Arena& arena, BinCount<K> bins, V length)
      : bins_(bins), length_(length), exponentials_(arena, bins), logit_slopes_(arena, bins) {}

  static constexpr Index rows(Index bins) { return Map::halves_ends ? bins - 1 : bins; }

  /// From the rows first, first + 1, ... for the events n, n + 1, ... KeepSlopes: whether pull_back will follow.
  template <bool KeepSlopes>
  EIGEN_STRONG_INLINE void compute(const ConstTile<T>& parameters, Index first, Index n) {
    const Index count = rows(bins_);
    V sum;
    if constexpr (Map::bounded) {
      sum = sum_of_rows(count, [&](Index k) {
        const SoftmaxLogit<V> logit = Map::logit(parameters.load(first + k, n));
        if constexpr (KeepSlopes) logit_slopes_[k] = logit.slope;
        exponentials_[k] = exp_of_bounded(logit.value);
        return exponentials_[k];
      });
    } else {
      V largest = V(-(std::numeric_limits<T>::max)());
      for (Index k = 0; k < count; ++k) {
        const SoftmaxLogit<V> logit = Map::logit(parameters.load(first + k, n));
        if constexpr (KeepSlopes) logit_slopes_[k] = logit.slope;
        exponentials_[k] = logit.value;
        largest = maximum(logit.value, largest);
      }
      sum = sum_of_rows(count, [&](Index k) {
        exponentials_[k] = exp_of_bounded(maximum(exponentials_[k] - largest, V::of(lowest)));
        return exponentials_[k];
      });
    }
    scale_ = length_ * V::of(1 - static_cast<double>(rows(bins_)) * Map::floor(rows(bins_))) / sum;
    if constexpr (Map::halves_ends) {
      exponentials_[0] = V::of(0.5) * exponentials_[0];
      exponentials_[bins_ - 1] = exponentials_[0];
      if constexpr (KeepSlopes) logit_slopes_[bins_ - 1] = logit_slopes_[0];
    }
  }

  /// Opaque, so that it is the same number in a sum: no multiplication and addition in one rounding.
  EIGEN_STRONG_INLINE V size(Index k) const {
    if constexpr (has_floor)
      return multiply_add(exponentials_[k], scale_, length_ * V::of(floor_of(k)));
    else
      return opaque(exponentials_[k] * scale_);
  }

  /// dL/dlogit_j = c p_j (dL/dsize_j - sum_i p_i dL/dsize_i) with c = length (1 - n floor), through the logits to the
  /// raw numbers. The event's bin is `index`, begins at a distance `start` from the end of the interval and has `size`.
  EIGEN_STRONG_INLINE void pull_back(const SizeGradient<T>& g, V index, V start, V size, Tile<T>& gradient, Index first,
                                     Index n) const {
    if constexpr (has_floor) {  // c times the shares before the event's bin and in it
      start = start - length_ * index * V::of(floor_of(1));
      V floor = V::of(floor_of(1));
      if constexpr (Map::halves_ends) {
        start = start + select(V::of(0) < index, length_ * V::of(floor_of(1) - floor_of(0)), V::of(0));
        const V last = V::of(bins_ - 1);
        floor = select(V::of(0) < index, select(index < last, floor, V::of(floor_of(0))), V::of(floor_of(0)));
      }
      size = size - length_ * floor;
    }
    const V whole = length_ * V::of(1 - static_cast<double>(rows(bins_)) * Map::floor(rows(bins_)));
    const V mean = (g.before * start + g.inside * size) / whole;
    const V before = (g.before - mean) * scale_;
    const V inside = (g.inside - mean) * scale_;
    const V above = -mean * scale_;
    const auto gradient_of = [&](Index k) {
      const V at = V::of(k);
      const V of_size = select(at < index, before, select(index < at, above, inside));
      return of_size * exponentials_[k] * logit_slopes_[k];
    };
    for (Index k = 0; k < rows(bins_); ++k) gradient.store(first + k, n, gradient_of(k));
    if constexpr (Map::halves_ends) gradient.store(first, n, gradient.load(first, n) + gradient_of(bins_ - 1));
  }

 private:
  static constexpr bool has_floor = Map::floor(2) > 0;
  // Below the largest logit. So products with shares stay out of the subnormal range; beside a floor what is cut off is
  // less than the rounding of double.
  static constexpr double lowest = has_floor ? -40 : -60;

  /// term(0) + term(1) + ..., of many terms in four sums: what rounding does to the sum of many bins moves all knots.
  template <class Term>
  EIGEN_STRONG_INLINE static V sum_of_rows(Index count, Term term) {
    V sums[4] = {V::of(0), V::of(0), V::of(0), V::of(0)};
    Index k = 0;
    for (; count > 16 && k + 4 <= count; k += 4) {
      for (Index i = 0; i < 4; ++i) sums[i] = sums[i] + term(k + i);
    }
    for (; k < count; ++k) sums[0] = sums[0] + term(k);
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }

  double floor_of(Index k) const {
    const double floor = Map::floor(rows(bins_));
    return Map::halves_ends && (k == 0 || k == bins_ - 1) ? floor / 2 : floor;
  }

  [[no_unique_address]] BinCount<K> bins_;
  V length_;
  V scale_;
  PacketsOfBins<T, K> exponentials_;  // up to a common factor, the shares without the floor
  PacketsOfBins<T, K> logit_slopes_;
};

/// Bins of the same size, without parameters.
template <class T, int K>
class EqualBins {
  using V = Simd<T>;

 public:
  EqualBins(Arena&, BinCount<K> bins, V length) : size_(length / V::of(static_cast<Index>(bins))) {}
  static constexpr Index rows(Index) { return 0; }
  template <bool KeepSlopes>
  void compute(const ConstTile<T>&, Index, Index) {}
  V size(Index) const { return size_; }
  void pull_back(const SizeGradient<T>&, V, V, V, Tile<T>&, Index, Index) const {}

 private:
  V size_;
};

/// The raw slopes at the knots 0, 1, ..., K: those of the interior, and what EndSlopes has at the ends.
template <class T, int K, EndSlopes Ends, SplineMap Map>
class KnotSlopes {
  using V = Simd<T>;

 public:
  static constexpr Index rows(Index bins) {
    return Ends == EndSlopes::one ? bins - 1 : Ends == EndSlopes::free ? bins + 1 : bins;
  }

  EIGEN_STRONG_INLINE static V load(const ConstTile<T>& parameters, Index first, Index n, BinCount<K> bins,
                                    Index knot) {
    if constexpr (Ends == EndSlopes::one) {
      if (knot == 0 || knot == bins) return V::of(Map::unit_slope);
      return parameters.load(first + knot - 1, n);
    } else {
      return parameters.load(first + (Ends == EndSlopes::shared && knot == bins ? 0 : knot), n);
    }
  }

  /// left and right: dL/draw at the two ends of the event's bin.
  EIGEN_STRONG_INLINE static void store_gradient(V left, V right, V index, Tile<T>& gradient, Index first, Index n,
                                                 BinCount<K> bins) {
    const V zero = V::of(0);
    const auto if_here = [&](Index k, V value) {
      const V at = V::of(k);
      return select(at < index, zero, select(index < at, zero, value));
    };
    V from_left = zero;
    if constexpr (Ends == EndSlopes::shared) from_left = if_here(bins - 1, right);
    const Index skipped = Ends == EndSlopes::one ? 1 : 0;
    if constexpr (Ends == EndSlopes::one) from_left = if_here(0, right);
    for (Index knot = skipped; knot < bins; ++knot) {
      gradient.store(first + knot - skipped, n, from_left + if_here(knot, left));
      from_left = if_here(knot, right);
    }
    if constexpr (Ends == EndSlopes::free) gradient.store(first + bins, n, from_left);
  }
};

/// For pieces that have no slopes of their own.
template <class T>
struct NoSlopes {
  static constexpr Index rows(Index) { return 0; }
  static Simd<T> load(const ConstTile<T>&, Index, Index, Index, Index) { return Simd<T>::of(0); }
  static void store_gradient(Simd<T>, Simd<T>, Simd<T>, Tile<T>&, Index, Index, Index) {}
};

/// The bin in which an event lies.
template <class T>
struct Bin {
  Simd<T> index;
  Simd<T> x, width;     // it begins at x
  Simd<T> y, height;    // and there at y
  Simd<T> left, right;  // the raw slopes at its ends
};

}  // namespace bijou::detail

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
