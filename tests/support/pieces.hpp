#pragma once

#include <cstddef>
#include <random>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/conditioner_laws.hpp"

namespace laws {

/// A conditioner that takes a tile in pieces of some events gives the same bits for all of them as for parts of them
/// (first event, count), and the sum of the gradients of the parts.
template <class C>
void check_pieces(const C& conditioner, const std::vector<std::pair<int, int>>& parts, std::mt19937_64& rng) {
  using T = typename C::Scalar;
  const int events = parts.back().first + parts.back().second;
  const Matrix<T> x = normals<T>(conditioner.input_size(), events, rng);
  const Matrix<T> w = normals<T>(conditioner.output_size(), events, rng);
  const Matrix<T> context = normals<T>(conditioner.context_size(), events, rng);
  Start<T> start;
  start.context = context;
  const TilePass<T> whole = evaluate_and_pull_back(conditioner, x, w, start);
  check_same_bits(evaluate(conditioner, x, context), whole.value);
  Vector<T> sum = Vector<T>::Zero(whole.gradient.size());
  for (const auto& [first, count] : parts) {
    Start<T> part;
    part.context = context.middleCols(first, count);
    const TilePass<T> pass = evaluate_and_pull_back(conditioner, Matrix<T>(x.middleCols(first, count)),
                                                    Matrix<T>(w.middleCols(first, count)), part);
    check_same_bits(per_event(pass), Matrix<double>(per_event(whole).middleCols(first, count)));
    sum += pass.gradient;
  }
  check_close(sum, whole.gradient, 1e-5 * whole.gradient.template cast<double>().cwiseAbs().maxCoeff());
}

}  // namespace laws
