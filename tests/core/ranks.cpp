#include <bijou/core/ranks.hpp>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using namespace bijou;

namespace {

/// Rank 1 of 3; ranks 0 and 2 have the same numbers in all sums but in their own columns.
struct Middle final : detail::RankSums {
  std::vector<double> others;  // added in turn
  mutable std::size_t next = 0;
  explicit Middle(std::vector<double> added) : others(std::move(added)) {}
  int rank() const override { return 1; }
  int size() const override { return 3; }
  void sum(double* values, Index count) const override {
    for (Index i = 0; i < count; ++i) values[i] += others.at(next++);
  }
};

}  // namespace

TEST_CASE("without other ranks nothing is changed", "[ranks]") {
  const detail::Ranks alone;
  Eigen::VectorXd values = Eigen::Vector2d(1, -2);
  alone.sum(values);
  alone.greatest(values);
  CHECK(values == Eigen::Vector2d(1, -2));
  CHECK(alone.is_first());
  CHECK(alone.place(7).first == 0);
  CHECK(alone.place(7).total == 7);
}

TEST_CASE("sums, the greatest and places over ranks", "[ranks]") {
  const Middle sums({10, 20, /* greatest: two numbers for each rank */ 5, -9, 0, 0, 6, -8, /* place */ 100, 0, 3});
  const detail::Ranks ranks(sums);
  CHECK_FALSE(ranks.is_first());
  Eigen::VectorXd values = Eigen::Vector2d(1, -2);
  ranks.sum(values);
  CHECK(values == Eigen::Vector2d(11, 18));
  values = Eigen::Vector2d(1, -2);
  ranks.greatest(values);
  CHECK(values == Eigen::Vector2d(6, -2));
  const auto [first, total] = ranks.place(7);
  CHECK(first == 100);
  CHECK(total == 110);
}
