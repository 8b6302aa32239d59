#pragma once

#include <bijou/numerics/random.hpp>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

/// The rows to train with, to stop training by, and to judge by.
struct Split {
  std::vector<Eigen::Index> train, validation, test;
};

/// Shares of at least one row each, drawn at random.
inline Split split_rows(Eigen::Index rows, double validation, double test, std::mt19937_64& rng) {
  std::vector<Eigen::Index> order(static_cast<std::size_t>(rows));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  for (std::size_t i = order.size(); i > 1; --i) {
    const auto j = static_cast<std::size_t>(bijou::uniform(rng) * static_cast<double>(i));
    std::swap(order[i - 1], order[j < i ? j : i - 1]);
  }
  const auto count = [&](double share) {
    return (std::max<std::ptrdiff_t>)(std::llround(share * static_cast<double>(rows)), 1);
  };
  const auto first_of_validation = order.end() - count(test) - count(validation);
  const auto first_of_test = order.end() - count(test);
  return {{order.begin(), first_of_validation}, {first_of_validation, first_of_test}, {first_of_test, order.end()}};
}
