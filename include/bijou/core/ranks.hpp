#pragma once

#include <bijou/core/index.hpp>
#include <Eigen/Core>
#include <cstddef>
#include <vector>

namespace bijou::detail {

/// What ranks that learn together need of each other, see distributed/.
struct RankSums {
  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// Sums of all ranks, in place, with the same bits on each.
  virtual void sum(double* values, Index count) const = 0;

 protected:
  ~RankSums() = default;
};

/// The ranks whose events are learned from together, each with some of them or none; by default this one alone. All
/// ranks make the same calls with as many numbers.
class Ranks {
 public:
  Ranks() = default;
  explicit Ranks(const RankSums& sums) : sums_(&sums) {}

  bool is_first() const { return sums_ == nullptr || sums_->rank() == 0; }

  // Templates, so that their Eigen code is compiled only where there are several ranks or data to learn from.

  /// values: an Eigen vector or matrix of double.
  template <class Values>
  void sum(Values& values) const {
    if (sums_) sums_->sum(values.data(), values.size());
  }

  /// The greatest of all ranks for each element.
  template <class Vector>
  void greatest(Vector& values) const {
    if (sums_) values = gathered(values).rowwise().maxCoeff();
  }

  /// How many events the ranks before this one have, and all of them.
  struct Place {
    Index first, total;
  };
  Place place(Index own) const {
    if (sums_ == nullptr) return {0, own};
    std::vector<double> counts(static_cast<std::size_t>(sums_->size()), 0.0);
    counts[static_cast<std::size_t>(sums_->rank())] = static_cast<double>(own);
    sums_->sum(counts.data(), sums_->size());
    Place place{0, 0};
    for (int rank = 0; rank < sums_->size(); ++rank) {
      const auto count = static_cast<Index>(counts[static_cast<std::size_t>(rank)]);
      if (rank < sums_->rank()) place.first += count;
      place.total += count;
    }
    return place;
  }

 private:
  /// A column for each rank.
  template <class Vector>
  auto gathered(const Vector& own) const {
    using Matrix = Eigen::Matrix<typename Vector::Scalar, Eigen::Dynamic, Eigen::Dynamic>;
    Matrix all = Matrix::Zero(own.size(), sums_->size());
    all.col(sums_->rank()) = own;
    sum(all);
    return all;
  }

  const RankSums* sums_ = nullptr;
};

}  // namespace bijou::detail
