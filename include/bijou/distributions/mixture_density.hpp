#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/distributions/distribution.hpp>
#include <bijou/numerics/random.hpp>
#include <algorithm>
#include <cmath>
#include <limits>

/// What mixtures of diagonal normals share, whether their parameters are the same for all events or come from a
/// network: p(x) = sum_k w_k prod_i N(x_i; loc_ki, scale_ki^2), w = softmax(logits). K components, D coordinates, N
/// events.
///
/// A source says what the parameters are:
///
/// | expression | meaning |
/// |---|---|
/// | `source.components()` | K |
/// | `source.logit(k, n)` | logit k of the packet of events n |
/// | `auto c = source.coordinate(k, i)` | the parameters of coordinate i in component k |
/// | `c.loc(n)`, `c.scale(n)`, `c.inverse_scale(n)`, `c.log_scale(n)` | for the packet of events n |
namespace bijou::detail {

/// K sums for each of N events, in double whatever the scalar T of the terms.
template <class T>
class ComponentSums {
 public:
  ComponentSums(Index components, Index events, Arena& arena)
      : events_(events),
        stride_((events + Simd<T>::size - 1) / Simd<T>::size * Simd<T>::size),
        sums_(arena.zeros<double>(components * stride_)),
        greatest_(arena.zeros<double>(events)) {}

  Sums row(Index k) { return Sums(sums_.data() + k * stride_, events_); }

  /// sum(n) += ln sum_k e^(row k), and the share of each e^(row k) in its sum, K x N. Where all rows are -infinity, so
  /// is the sum, and the shares are 0.
  void log_sum_exp(Sums sum, Tile<T> shares, Arena& arena) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    greatest_.setConstant(-infinity);
    for (Index k = 0; k < shares.rows(); ++k) {
      const double* const values = row(k).data();
      for (Index n = 0; n < events_; ++n) greatest_(n) = values[n] > greatest_(n) ? values[n] : greatest_(n);
    }
    for (Index n = 0; n < events_; ++n) greatest_(n) = greatest_(n) > -infinity ? greatest_(n) : 0.0;
    const Frame frame(arena);
    Row<T> total = arena.row<T>(events_);
    for (Index k = 0; k < shares.rows(); ++k) {
      const double* const values = row(k).data();
      for (Index n = 0; n < events_; ++n) shares(k, n) = static_cast<T>(values[n] - greatest_(n));
      for (Index n = 0; n < events_; n += Simd<T>::size) {
        const Simd<T> e = exp(shares.load(k, n));
        shares.store(k, n, e);
        total.store(n, k == 0 ? e : total.load(n) + e);
      }
    }
    sum += greatest_.transpose();
    const Simd<T> least((std::numeric_limits<T>::min)());
    for (Index n = 0; n < events_; n += Simd<T>::size) {
      sum.add(n, log(total.load(n)));
      const Simd<T> inverse = Simd<T>::of(1) / maximum(total.load(n), least);
      for (Index k = 0; k < shares.rows(); ++k) shares.store(k, n, shares.load(k, n) * inverse);
    }
  }

 private:
  using Frame = Arena::Frame;
  Index events_;
  Index stride_;
  ParameterGradient<double> sums_;
  ParameterGradient<double> greatest_;
};

/// log_prob(n) += ln sum_k e^logit_k prod_i N(...), without the norm of the weights; responsibilities: the share of
/// each component in the density, K x N, written.
template <class T, class Source>
void add_mixture_log_prob(const Source& source, ConstTile<T> input, Sums log_prob, Tile<T> responsibilities,
                          Arena& arena) {
  const Arena::Frame frame(arena);
  ComponentSums<T> sums(source.components(), input.cols(), arena);
  for (Index k = 0; k < source.components(); ++k) {
    Sums sum = sums.row(k);
    for (Index n = 0; n < input.cols(); n += Simd<T>::size) sum.add(n, source.logit(k, n));
    for (Index i = 0; i < input.rows(); ++i) {
      const auto c = source.coordinate(k, i);
      for (Index n = 0; n < input.cols(); n += Simd<T>::size) {
        const Simd<T> u = (input.load(i, n) - c.loc(n)) * c.inverse_scale(n);
        sum.add(n, Simd<T>::of(-0.5) * u * u - c.log_scale(n));
      }
    }
  }
  log_prob -= 0.91893853320467274178 * static_cast<double>(input.rows());  // ln(2 pi) / 2
  sums.log_sum_exp(log_prob, responsibilities, arena);
}

/// With g = dL/dln p, responsibilities r and u = (x - loc) / scale: dL/dlogit_k = g r_k (the norm of the weights
/// aside), dL/dx = -sum_k g r_k u / scale, dL/dloc = g r_k u / scale, dL/dln scale = g r_k (u^2 - 1).
///
/// take(k, i, by_loc, by_log_scale) is called with the last two, a row for the events each.
template <class T, class Source, class Take>
void pull_back_mixture(const Source& source, ConstTile<T> input, ConstTile<T> responsibilities, ConstRow<T> g,
                       Tile<T> input_gradient, Arena& arena, Take take) {
  const Arena::Frame frame(arena);
  Row<T> by_loc = arena.row<T>(input.cols());
  Row<T> by_log_scale = arena.row<T>(input.cols());
  for (Index k = 0; k < source.components(); ++k) {
    for (Index i = 0; i < input.rows(); ++i) {
      const auto c = source.coordinate(k, i);
      for (Index n = 0; n < input.cols(); n += Simd<T>::size) {
        const Simd<T> inverse = c.inverse_scale(n);
        const Simd<T> u = (input.load(i, n) - c.loc(n)) * inverse;
        const Simd<T> weight = g.load(n) * responsibilities.load(k, n);
        const Simd<T> weighted = weight * u;
        by_loc.store(n, weighted * inverse);
        by_log_scale.store(n, weighted * u - weight);
        const Simd<T> before = k == 0 ? Simd<T>::of(0) : input_gradient.load(i, n);
        input_gradient.store(i, n, before - by_loc.load(n));
      }
      take(k, i, by_loc, by_log_scale);
    }
  }
}

/// Events of noise, D normal numbers and a uniform one, which chooses the component by the weights, K x N.
template <class T, class Source>
void map_mixture_noise(const Source& source, ConstTile<T> weights, ConstTile<T> noise, Tile<T> output, Arena& arena) {
  const Arena::Frame frame(arena);
  Row<T> chosen = arena.row<T>(output.cols());
  for (Index n = 0; n < output.cols(); ++n) {
    const auto u = static_cast<double>(noise(output.rows(), n));
    double sum = 0;
    Index last = 0;
    for (Index k = 0; k < weights.rows() && (k == 0 || u >= sum); ++k) {
      sum += static_cast<double>(weights(k, n));
      if (weights(k, n) > T(0)) last = k;
    }
    chosen(n) = static_cast<T>(last);
  }
  for (Index k = 0; k < source.components(); ++k) {
    for (Index i = 0; i < output.rows(); ++i) {
      const auto c = source.coordinate(k, i);
      for (Index n = 0; n < output.cols(); n += Simd<T>::size) {
        const Simd<T> x = c.loc(n) + c.scale(n) * noise.load(i, n);
        const Simd<T> is_chosen = abs(chosen.load(n) - Simd<T>::of(k)) < Simd<T>::of(0.5);
        output.store(i, n, k == 0 ? x : select(is_chosen, x, output.load(i, n)));
      }
    }
  }
}

/// The noise of mixtures, D + 1 x N.
template <class T, class Rng>
void draw_mixture_noise(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> noise, Rng& rng) {
  const Index last = noise.rows() - 1;
  for (Index n = 0; n < noise.cols(); ++n) {
    for (Index i = 0; i < last; ++i) noise(i, n) = static_cast<T>(normal(rng));
    noise(last, n) = static_cast<T>(uniform(rng));
  }
}

/// Deviations from the means are multiplied by the temperature; the choice of the component stays.
template <class T>
void scale_mixture_noise(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> noise, T temperature) {
  noise.topRows(noise.rows() - 1) *= temperature;
}

}  // namespace bijou::detail
