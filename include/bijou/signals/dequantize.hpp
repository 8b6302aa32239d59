#pragma once

#include <bijou/bijectors/box.hpp>
#include <bijou/core/batch.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/numerics/random.hpp>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>

/// Densities of whole numbers, such as grey levels: noise makes them continuous, and a density of that is a bound on
/// the code length of the whole numbers (Uria et al. 2013; Theis et al. 2016, section 3.1).
namespace bijou {

namespace detail {

inline void require_levels(std::string_view caller, Index levels) {
  if (levels < 1) throw_invalid_argument(caller, "expected at least 1 level, got ", levels);
}

}  // namespace detail

/// A number in [-1/2, 1/2) for each q in 0, ..., Q - 1, with a uniform u of its own. q: D x N, of any scalar; T: float
/// or double. Throws std::invalid_argument for a q that is no such number.
///
/// @f[ y = \frac{q + u}{Q} - \frac{1}{2}, \qquad u \sim U[0, 1) @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const Eigen::MatrixXi grey = Eigen::MatrixXi::Constant(64, 100, 7);  // of 17 levels
/// const Eigen::MatrixXf y = bijou::dequantize<float>(grey, 17, rng);
/// const Eigen::MatrixXi same = bijou::quantize(y, 17);
/// @endcode
template <class T, class Q, UniformRandomBitGenerator Rng>
Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> dequantize(const Eigen::DenseBase<Q>& q, Index levels, Rng& rng) {
  detail::require_levels("dequantize", levels);
  const auto& numbers = detail::in_memory(q);
  Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> y(q.rows(), q.cols());
  for (Index n = 0; n < q.cols(); ++n) {
    for (Index i = 0; i < q.rows(); ++i) {
      const auto level = static_cast<double>(numbers.derived().coeff(i, n));
      if (!(level >= 0 && level < static_cast<double>(levels) && level == std::floor(level))) {
        detail::throw_invalid_argument("dequantize", "expected whole numbers from 0 to ", levels - 1, ", got ", level,
                                       " in column ", n, ", row ", i, " (counting from 0)");
      }
      y(i, n) = static_cast<T>((level + uniform(rng)) / static_cast<double>(levels) - 0.5);
    }
  }
  return y;
}

/// The levels that numbers of [-1/2, 1/2) stand for; what is below or above gets the lowest or the highest, and so does
/// NaN the lowest.
///
/// @f[ q = \left\lfloor \left(y + \tfrac{1}{2}\right) Q \right\rfloor @f]
template <class Y>
Eigen::MatrixXi quantize(const Eigen::DenseBase<Y>& y, Index levels) {
  detail::require_levels("quantize", levels);
  const auto& numbers = detail::in_memory(y);
  Eigen::MatrixXi q(y.rows(), y.cols());
  for (Index n = 0; n < y.cols(); ++n) {
    for (Index i = 0; i < y.rows(); ++i) {
      const double level =
          std::floor((static_cast<double>(numbers.derived().coeff(i, n)) + 0.5) * static_cast<double>(levels));
      q(i, n) = level >= 0 ? static_cast<int>((std::min)(level, static_cast<double>(levels - 1))) : 0;
    }
  }
  return q;
}

/// What D whole numbers of Q levels cost each, in bits, under a density of y = (q + u) / Q - 1/2, the mean over events.
/// With the mean over u it is a bound on their code length. log_prob: ln p(y) of each event in nats, a vector of N.
///
/// @f[ -\frac{1}{N} \sum_n \frac{\ln p(y_n)}{D \ln 2} + \log_2 Q @f]
///
/// @code{.cpp}
/// const Eigen::VectorXf log_p = Eigen::VectorXf::Zero(100);                  // of a uniform density
/// const double bits = bijou::bits_per_dimension(log_p, 64, 17);              // log2(17)
/// @endcode
template <class L>
double bits_per_dimension(const Eigen::DenseBase<L>& log_prob, Index event_size, Index levels) {
  detail::require_coordinates("bits_per_dimension", event_size);
  detail::require_levels("bits_per_dimension", levels);
  if (log_prob.size() == 0) detail::throw_invalid_argument("bits_per_dimension", "expected at least 1 event, got 0");
  const double mean = log_prob.derived().template cast<double>().mean();
  return -mean / (static_cast<double>(event_size) * std::numbers::ln2) + std::log2(static_cast<double>(levels));
}

/// The logit scaling of Dinh et al. 2017, section 4.1, guarded at both ends, for y in [-1/2, 1/2), as a bijector whose
/// forward gives y. It is a Box whose bounds lie alpha / 2 / (1 - alpha) beyond -1/2 and 1/2, so bits_per_dimension of
/// the density of y needs no further terms. For data with many values at the ends, such as black pixels. Throws
/// std::invalid_argument unless 0 < alpha < 1.
///
/// @f[
///   z = \text{logit}\left(\frac{\alpha}{2} + (1 - \alpha) \left(y + \tfrac{1}{2}\right)\right), \qquad \text{logit}(p)
///   = \ln\frac{p}{1 - p}
/// @f]
///
/// @code{.cpp}
/// const bijou::Box<float, Eigen::Dynamic> scaling = bijou::logit_scaling<float>(64, 0.02);
/// @endcode
template <class T>
Box<T, Eigen::Dynamic> logit_scaling(Index event_size, double alpha) {
  detail::require_coordinates("logit_scaling", event_size);
  if (!(alpha > 0 && alpha < 1)) {
    detail::throw_invalid_argument("logit_scaling", "expected alpha in (0, 1), got ", alpha);
  }
  const auto bound = static_cast<T>(0.5 + 0.5 * alpha / (1 - alpha));
  const auto bounds = Eigen::Vector<T, Eigen::Dynamic>::Constant(event_size, bound);
  return {-bounds, bounds};
}

}  // namespace bijou
