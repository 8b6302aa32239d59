#pragma once

#include <bijou/core/index.hpp>
#include <bijou/core/ranks.hpp>
#include <bijou/numerics/random.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace bijou::detail {

/// Clusters of the columns of x (D x N, finite): where they lie, how wide they are in each coordinate, and their shares
/// of the events.
struct Clusters {
  Eigen::MatrixXd centers;     // D x K
  Eigen::MatrixXd deviations;  // D x K, at least a thousandth of that of all events
  Eigen::VectorXd shares;      // K, positive, of sum 1
};

/// The generator of Steele, Lea & Flood (2014).
struct SplitMix64 {
  using result_type = std::uint64_t;
  std::uint64_t state = 0;
  static constexpr result_type(min)() { return 0; }
  static constexpr result_type(max)() { return ~std::uint64_t{0}; }
  result_type operator()() {
    std::uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
};

/// The k-means of Lloyd (1982) from the seeds of Arthur & Vassilvitskii, "k-means++" (2007): the best of four starts.
/// All coordinates count in units of their deviation. Of more than 20,000 events so many are drawn. The generator is
/// its own, so that the same events give the same clusters. Each rank gets the events of all, or those that are drawn:
/// cut in any way, the same events in the same order give the same clusters.
///
/// Matrix: Eigen::MatrixXd. A template so that its Eigen code is compiled only where there is a mixture.
template <class Matrix>
class KMeans {
  using Vector = Eigen::Vector<typename Matrix::Scalar, Eigen::Dynamic>;

 public:
  KMeans(const Matrix& x, Index clusters, const Ranks& ranks = {}) : clusters_(clusters) {
    const Index most = 20'000;
    const auto [first, total] = ranks.place(x.cols());
    const Index count = (std::min)(total, most);
    events_.setZero(x.rows(), count);
    for (Index n = 0; n < count; ++n) {
      const auto all = static_cast<std::uint64_t>(total);
      const Index own = (count == total ? n : static_cast<Index>(uniform_index(rng_, all))) - first;
      if (own >= 0 && own < x.cols()) events_.col(n) = x.col(own);
    }
    ranks.sum(events_);
    mean_ = (events_ / static_cast<double>(count)).rowwise().sum();
    events_.colwise() -= mean_;
    deviation_ = events_.cwiseAbs().rowwise().maxCoeff();  // at first a unit in which squares exist
    const auto scale = [this] {
      deviation_ = (deviation_.array() > 0).select(deviation_, 1.0);
      for (Index n = 0; n < events_.cols(); ++n) events_.col(n).array() /= deviation_.array();
    };
    scale();
    const Vector unit = deviation_;
    deviation_ = events_.rowwise().squaredNorm().array().sqrt() / std::sqrt(static_cast<double>(count));
    scale();
    deviation_.array() *= unit.array();
  }

  Clusters find() {
    Matrix best;
    double least = std::numeric_limits<double>::infinity();
    for (int start = 0; start < 4; ++start) {
      Matrix centers = seeds();
      const double sum = improve(centers);
      if (sum >= least) continue;
      least = sum;
      best = centers;
    }
    assign(best);
    return describe(best);
  }

 private:
  /// Events, each drawn with a probability that grows as the square of its distance from those before.
  Matrix seeds() {
    Matrix centers(events_.rows(), clusters_);
    Vector nearest = Vector::Ones(events_.cols());
    for (Index k = 0; k < clusters_; ++k) {
      double left = uniform(rng_) * nearest.sum();
      Index chosen = 0;
      while (chosen + 1 < events_.cols() && (left -= nearest(chosen)) >= 0) ++chosen;
      centers.col(k) = events_.col(chosen);
      const Vector distance = (events_.colwise() - centers.col(k)).colwise().squaredNorm().transpose();
      nearest = k == 0 ? distance : Vector(nearest.cwiseMin(distance));
    }
    return centers;
  }

  /// The sum of squared distances from the nearest centers. Notes these, and the event that is farthest from its own.
  double assign(const Matrix& centers) {
    nearest_.resize(static_cast<std::size_t>(events_.cols()));
    double sum = 0;
    double farthest = -1;
    for (Index n = 0; n < events_.cols(); ++n) {
      Index own = 0;
      const double distance = (centers.colwise() - events_.col(n)).colwise().squaredNorm().minCoeff(&own);
      nearest_[static_cast<std::size_t>(n)] = own;
      sum += distance;
      if (distance > farthest) {
        farthest = distance;
        farthest_ = n;
      }
    }
    return sum;
  }

  double improve(Matrix& centers) {
    double sum = std::numeric_limits<double>::infinity();
    for (int round = 0; round < 50; ++round) {
      const double now = assign(centers);
      if (!(now < sum * (1 - 1e-6))) return (std::min)(now, sum);
      sum = now;
      Matrix sums = Matrix::Zero(centers.rows(), clusters_);
      Vector counts = Vector::Zero(clusters_);
      for (Index n = 0; n < events_.cols(); ++n) {
        sums.col(nearest_[static_cast<std::size_t>(n)]) += events_.col(n);
        counts(nearest_[static_cast<std::size_t>(n)]) += 1;
      }
      for (Index k = 0; k < clusters_; ++k) {
        if (counts(k) > 0)
          centers.col(k) = sums.col(k) / counts(k);
        else
          centers.col(k) = events_.col(farthest_);
      }
    }
    return sum;
  }

  Clusters describe(const Matrix& centers) const {
    Matrix squares = Matrix::Zero(centers.rows(), clusters_);
    Vector counts = Vector::Zero(clusters_);
    for (Index n = 0; n < events_.cols(); ++n) {
      const Index k = nearest_[static_cast<std::size_t>(n)];
      squares.col(k) += (events_.col(n) - centers.col(k)).cwiseAbs2();
      counts(k) += 1;
    }
    Clusters found{centers, squares, (counts.array() + 1) / static_cast<double>(events_.cols() + clusters_)};
    for (Index k = 0; k < clusters_; ++k) {
      found.centers.col(k) = mean_.array() + deviation_.array() * centers.col(k).array();
      found.deviations.col(k) =
          deviation_.array() * (squares.col(k).array() / (std::max)(counts(k), 1.0)).sqrt().cwiseMax(1e-3);
    }
    return found;
  }

  Index clusters_;
  Matrix events_;  // in units of their deviation, from their mean
  Vector mean_;
  Vector deviation_;
  std::vector<Index> nearest_;
  Index farthest_ = 0;
  SplitMix64 rng_;
};

}  // namespace bijou::detail
