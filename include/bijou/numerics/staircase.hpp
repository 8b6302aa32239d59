#pragma once

#include <bijou/core/index.hpp>
#include <algorithm>
#include <vector>

/// The shape of a masked weight matrix. Units are sorted by degree, so that its entries form a staircase: row r has its
/// entries in the columns 0 <= k < end(r) with end nondecreasing, column k in the rows begin(k) <= r < rows.
namespace bijou::detail {

/// The terms of one sum of a product: begin <= k < end.
struct DepthRange {
  Index begin;
  Index end;
};

struct Staircase {
  std::vector<DepthRange> rows;     // the columns of each row
  std::vector<DepthRange> columns;  // the rows of each column
  std::vector<Index> row_steps;     // the first row of each degree, and the number of rows

  Staircase() = default;

  /// in, out: degrees of the columns and rows, sorted. Row r sees the columns of degree <= out[r] - offset (0 for
  /// hidden units, 1 for outputs), as in Germain et al. 2015, Eqs. (8) and (9). Rows have degrees offset, ..., offset +
  /// steps - 1.
  Staircase(const std::vector<int>& in, const std::vector<int>& out, int offset, int steps)
      : row_steps(first_of_each(out, offset, steps)) {
    const auto size = [](const std::vector<int>& units) { return static_cast<Index>(units.size()); };
    for (const int degree : out) {
      rows.push_back({0, std::upper_bound(in.begin(), in.end(), degree - offset) - in.begin()});
    }
    for (const int degree : in) {
      columns.push_back({std::lower_bound(out.begin(), out.end(), degree + offset) - out.begin(), size(out)});
    }
  }

  /// Entry s is the first unit of degree s + offset; the last entry is the number of units.
  static std::vector<Index> first_of_each(const std::vector<int>& degrees, int offset, int steps) {
    std::vector<Index> first;
    first.reserve(static_cast<std::size_t>(steps) + 1);
    for (int s = 0; s < steps; ++s) {
      first.push_back(std::lower_bound(degrees.begin(), degrees.end(), s + offset) - degrees.begin());
    }
    first.push_back(static_cast<Index>(degrees.size()));
    return first;
  }
};

}  // namespace bijou::detail
