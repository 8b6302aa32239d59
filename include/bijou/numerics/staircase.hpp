#pragma once

#include <bijou/core/index.hpp>
#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

/// The shape of a masked weight matrix. Units are sorted by degree, so that its entries form a staircase: row r has its
/// entries in the columns 0 <= k < end(r) with end nondecreasing, column k in the rows begin(k) <= r < rows.
namespace bijou::detail {

/// The terms of one sum of a product: begin <= k < end.
struct DepthRange {
  Index begin;
  Index end;
};

/// The numbers of a staircase, which lie elsewhere.
struct StaircaseView {
  const DepthRange* rows;     // the columns of each row
  const DepthRange* columns;  // the rows of each column
  const int* alike;           // how many rows from each row on have the same columns
  const Index* row_steps;     // the first row of each degree, and the number of rows
};

/// Entry s of `first` is the first unit of degree s + offset; the last entry is the number of units.
constexpr void find_first_of_each(const int* degrees, Index units, int offset, int steps, Index* first) {
  Index unit = 0;
  for (int s = 0; s < steps; ++s) {
    while (unit < units && degrees[unit] < s + offset) ++unit;
    first[s] = unit;
  }
  first[steps] = units;
}

/// Fills the arrays of `shape`, which are those of To: a Staircase or a ConstantStaircase. in, out: degrees of the
/// columns and rows, sorted. Row r sees the columns of degree <= out[r] - offset (0 for hidden units, 1 for outputs),
/// as in Germain et al. 2015, Eqs. (8) and (9). Rows have degrees offset, ..., offset + steps - 1.
template <class To>
constexpr void fill_staircase(const int* in, Index columns, const int* out, Index rows, int offset, int steps,
                              To& shape) {
  const auto at = [](Index i) { return static_cast<std::size_t>(i); };
  Index end = 0;
  for (Index r = 0; r < rows; ++r) {
    while (end < columns && in[end] <= out[r] - offset) ++end;
    shape.rows[at(r)] = {0, end};
  }
  for (Index r = rows - 1; r >= 0; --r) {
    const bool same = r + 1 < rows && shape.rows[at(r)].end == shape.rows[at(r + 1)].end;
    shape.alike[at(r)] = same ? shape.alike[at(r + 1)] + 1 : 1;
  }
  Index begin = 0;
  for (Index k = 0; k < columns; ++k) {
    while (begin < rows && out[begin] < in[k] + offset) ++begin;
    shape.columns[at(k)] = {begin, rows};
  }
  find_first_of_each(out, rows, offset, steps, shape.row_steps.data());
}

struct Staircase {
  std::vector<DepthRange> rows;
  std::vector<DepthRange> columns;
  std::vector<int> alike;
  std::vector<Index> row_steps;

  Staircase() = default;
  Staircase(const std::vector<int>& in, const std::vector<int>& out, int offset, int steps)
      : rows(out.size()), columns(in.size()), alike(out.size()), row_steps(static_cast<std::size_t>(steps) + 1) {
    fill_staircase(in.data(), static_cast<Index>(in.size()), out.data(), static_cast<Index>(out.size()), offset, steps,
                   *this);
  }

  StaircaseView view() const { return {rows.data(), columns.data(), alike.data(), row_steps.data()}; }

  static std::vector<Index> first_of_each(const std::vector<int>& degrees, int offset, int steps) {
    std::vector<Index> first(static_cast<std::size_t>(steps) + 1);
    find_first_of_each(degrees.data(), static_cast<Index>(degrees.size()), offset, steps, first.data());
    return first;
  }
};

/// A staircase that is known at compile time.
template <Index Rows, Index Columns, int Steps>
struct ConstantStaircase {
  std::array<DepthRange, static_cast<std::size_t>(Rows)> rows{};
  std::array<DepthRange, static_cast<std::size_t>(Columns)> columns{};
  std::array<int, static_cast<std::size_t>(Rows)> alike{};
  std::array<Index, static_cast<std::size_t>(Steps) + 1> row_steps{};

  constexpr ConstantStaircase(const int* in, const int* out, int offset) {
    fill_staircase(in, Columns, out, Rows, offset, Steps, *this);
  }

  constexpr StaircaseView view() const { return {rows.data(), columns.data(), alike.data(), row_steps.data()}; }
};

}  // namespace bijou::detail
