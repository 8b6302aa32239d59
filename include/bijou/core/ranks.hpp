#pragma once

#include <bijou/core/index.hpp>
#include <Eigen/Core>

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

  /// values: an Eigen vector or matrix of double.
  template <class Values>
  void sum(Values& values) const {
    if (sums_) sums_->sum(values.data(), values.size());
  }

  /// The greatest of all ranks for each element.
  void greatest(Eigen::VectorXd& values) const {
    if (sums_) values = gathered(values).rowwise().maxCoeff();
  }

  /// How many events the ranks before this one have, and all of them.
  struct Place {
    Index first, total;
  };
  Place place(Index own) const {
    if (sums_ == nullptr) return {0, own};
    const Eigen::MatrixXd all = gathered(Eigen::VectorXd::Constant(1, static_cast<double>(own)));
    return {static_cast<Index>(all.leftCols(sums_->rank()).sum()), static_cast<Index>(all.sum())};
  }

 private:
  /// A column for each rank.
  Eigen::MatrixXd gathered(const Eigen::VectorXd& own) const {
    Eigen::MatrixXd all = Eigen::MatrixXd::Zero(own.size(), sums_->size());
    all.col(sums_->rank()) = own;
    sum(all);
    return all;
  }

  const RankSums* sums_ = nullptr;
};

}  // namespace bijou::detail
