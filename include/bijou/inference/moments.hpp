#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/batch_gradient.hpp>
#include <bijou/distributions/calls_of.hpp>
#include <algorithm>
#include <cmath>
#include <string_view>

namespace bijou {

/// Mean and covariance of D coordinates, with the standard errors that the spread of the draws gives, all in double.
struct Moments {
  Eigen::VectorXd mean;              // D
  Eigen::VectorXd mean_error;        // D
  Eigen::MatrixXd covariance;        // D x D
  Eigen::MatrixXd covariance_error;  // D x D
};

namespace detail {

/// n draws of anything that can be drawn from, also of a view under a context.
template <class P, class Rng>
auto draws_of(const P& p, Index n, Rng& rng, Workspace& workspace) {
  if constexpr (requires { p.sample(n, rng, workspace); })
    return p.sample(n, rng, workspace);
  else
    return bijou::sample(p, n, rng, workspace);
}

inline void require_draws(std::string_view caller, Index n) {
  if (n < 2) throw_invalid_argument(caller, "an error needs at least 2 draws, got ", n);
}

/// Sums of `size` numbers over a batch, on the threads of the workspace, added group by group in order.
/// add(tile of a batch, sums).
template <class Add>
Eigen::VectorXd sums_over_tiles(Index size, Index events, Workspace& workspace, Add add) {
  Eigen::VectorXd total(size);
  sum_gradient<double>(events, ParameterGradient<double>(total.data(), size), workspace,
                       [&](const TileOfBatch& at, ParameterGradient<double> sums) {
                         add(at, sums.data());
                         return 0.0;
                       });
  return total;
}

/// Mean and covariance of the columns of x, D x n: first the mean, then products of differences to it.
template <class X>
Moments moments_of(const X& x, Workspace& workspace) {
  const Index d = x.rows();
  const auto count = static_cast<double>(x.cols());
  Moments result;
  result.mean = sums_over_tiles(d, x.cols(), workspace, [&](const TileOfBatch& at, double* sums) {
    for (Index n = at.first; n < at.first + at.count; ++n) {
      for (Index i = 0; i < d; ++i) sums[i] += static_cast<double>(x(i, n));
    }
  });
  result.mean /= count;
  // Of each pair i, j the sums of r_i r_j and of its square, where r = x - mean.
  const Eigen::VectorXd sums =
      sums_over_tiles(2 * d * d, x.cols(), workspace, [&](const TileOfBatch& at, double* of_pairs) {
        double* const r = at.arena.template zeros<double>(d).data();
        for (Index n = at.first; n < at.first + at.count; ++n) {
          for (Index i = 0; i < d; ++i) r[i] = static_cast<double>(x(i, n)) - result.mean(i);
          for (Index i = 0; i < d; ++i) {
            double* const products = of_pairs + 2 * d * i;
            for (Index j = 0; j <= i; ++j) {
              const double product = r[i] * r[j];
              products[j] += product;
              products[d + j] += product * product;
            }
          }
        }
      });
  result.mean_error.resize(d);
  result.covariance.resize(d, d);
  result.covariance_error.resize(d, d);
  for (Index i = 0; i < d; ++i) {
    for (Index j = 0; j <= i; ++j) {
      const double product = sums(2 * d * i + j) / count;
      const double spread = sums(2 * d * i + d + j) / count - product * product;
      result.covariance(i, j) = result.covariance(j, i) = product * count / (count - 1);
      result.covariance_error(i, j) = result.covariance_error(j, i) = std::sqrt((std::max)(spread, 0.0) / (count - 1));
    }
    result.mean_error(i) = std::sqrt(result.covariance(i, i) / count);
  }
  return result;
}

}  // namespace detail

/// Mean and covariance of a density from n draws, which are held at once (D x n). The errors are those of a density
/// whose fourth moments exist; of heavier tails they say too little. Throws std::invalid_argument for fewer than 2
/// draws.
///
/// @f[
///   m_i = \frac{1}{n} \sum_k x_{ik}, \qquad C_{ij} = \frac{1}{n - 1} \sum_k (x_{ik} - m_i)(x_{jk} - m_j), \qquad
///   \text{error}(m_i) = \sqrt{C_{ii} / n}
/// @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::flows::MAF<float, 2> flow{{.layers = 2}, rng};
/// const bijou::Moments m = bijou::moments(flow, 10'000, rng);
/// const double is_zero = m.mean(0) / m.mean_error(0);
/// @endcode
template <class P, class Rng>
Moments moments(const P& p, Index n, Rng&& rng, WorkspaceArgument workspace = {}) {
  detail::require_draws("moments", n);
  return detail::moments_of(detail::draws_of(p, n, rng, *workspace), *workspace);
}

}  // namespace bijou
