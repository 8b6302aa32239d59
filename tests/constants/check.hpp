#pragma once

// Counts what Eigen takes from the heap, before which it asks whether it may, and any other assertion of Eigen's.
#define EIGEN_RUNTIME_NO_MALLOC
#define eigen_assert(x) (static_cast<bool>(x) ? void() : void(++allocations))

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <random>

/// How often something was taken from the heap.
extern std::size_t allocations;

#include <Eigen/Core>

template <class T>
bool same_bits(T a, T b) {
  return std::memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b);
}

/// How many numbers are not those of the flow that the constants were made of.
template <class Density, class Workspace, class Events, class Numbers>
int wrong_numbers(const Density& density, Workspace& workspace, const Events& x, const Numbers& log_prob,
                  const Events& score, const Events& draws) {
  using T = typename Events::value_type;
  constexpr int D = Density::static_event_size;
  std::mt19937_64 rng{8};
  int wrong = 0;
  for (std::size_t n = 0; n < log_prob.size(); ++n) {
    const Eigen::Map<const Eigen::Vector<T, D>> event(x.data() + n * D);
    Eigen::Vector<T, D> gradient, drawn;
    if (!same_bits(density.log_prob(event, workspace), log_prob[n])) ++wrong;
    density.score(event, gradient, workspace);
    density.sample(drawn, rng, workspace);
    for (int i = 0; i < D; ++i) {
      const std::size_t at = n * D + static_cast<std::size_t>(i);
      if (!same_bits(gradient(i), score[at])) ++wrong;
      if (!same_bits(drawn(i), draws[at])) ++wrong;
    }
  }
  return wrong;
}
