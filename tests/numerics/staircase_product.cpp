#include <bijou/core/arena.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/numerics/staircase_product.hpp>
#include <algorithm>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using namespace bijou;

namespace {

using Ends = std::vector<Index>;

Index at(const Ends& ends, Index r) { return ends[static_cast<std::size_t>(r)]; }

std::vector<detail::DepthRange> ranges_of(const Ends& begins, const Ends& ends) {
  std::vector<detail::DepthRange> ranges;
  for (std::size_t r = 0; r < ends.size(); ++r) ranges.push_back({begins[r], ends[r]});
  return ranges;
}

// A staircase of `steps` steps: nondecreasing numbers between 0 and depth, with repeats, zeros and jumps.
Ends random_ends(Index rows, Index depth, int steps, std::mt19937_64& rng) {
  Ends values;
  for (int s = 0; s < steps; ++s) {
    values.push_back(static_cast<Index>(uniform_index(rng, static_cast<std::uint64_t>(depth) + 1)));
  }
  Ends ends;
  for (Index r = 0; r < rows; ++r) ends.push_back(values[uniform_index(rng, values.size())]);
  std::sort(ends.begin(), ends.end());
  return ends;
}

template <class T>
T random_number(std::mt19937_64& rng) {
  return static_cast<T>(2 * uniform(rng) - 1);
}

// C = bias + A B over begin <= k < end for rows first, ..., last - 1, with A row-major or column-major. Whatever lies
// outside the staircase in A, the rows of B that no row of it reaches and the rest of each row of B are NaN.
template <class T>
void check_multiply(Index rows, Index depth, Index cols, const Ends& begins, const Ends& ends, Index first, Index last,
                    bool transposed, bool with_bias, std::mt19937_64& rng) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const T untouched = T(-77);
  Arena arena;
  std::vector<T> a(static_cast<std::size_t>(std::max<Index>(rows * depth, 1)), nan);
  const detail::LeftFactor<T> left{a.data(), transposed ? 1 : depth, transposed ? rows : 1};
  std::vector<bool> reached(static_cast<std::size_t>(depth));
  for (Index r = first; r < last; ++r) {
    for (Index k = at(begins, r); k < at(ends, r); ++k) {
      a[static_cast<std::size_t>(r * left.row_step + k * left.depth_step)] = random_number<T>(rng);
      reached[static_cast<std::size_t>(k)] = true;
    }
  }
  std::vector<T> bias;
  for (Index r = 0; r < rows; ++r) bias.push_back(random_number<T>(rng));
  Tile<T> b = arena.tile<T>(depth, cols);
  std::fill_n(b.data(), depth * b.outerStride(), nan);
  for (Index k = 0; k < depth; ++k) {
    if (!reached[static_cast<std::size_t>(k)]) continue;
    for (Index n = 0; n < cols; ++n) b(k, n) = random_number<T>(rng);
  }
  Tile<T> c = arena.tile<T>(rows, cols);
  c.setConstant(untouched);

  Index done = first;
  bool in_order = true;
  detail::multiply_rows<T>(first, last, left, ranges_of(begins, ends).data(), with_bias ? bias.data() : nullptr,
                           b.data(), b.outerStride(), c.data(), c.outerStride(), cols, [&](Index r, Index count) {
                             in_order = in_order && r == done && count > 0;
                             done += count;
                           });

  double worst = 0;
  bool outside_kept = true;
  for (Index r = 0; r < rows; ++r) {
    for (Index n = 0; n < cols; ++n) {
      if (r < first || r >= last) {
        outside_kept = outside_kept && c(r, n) == untouched;
        continue;
      }
      double sum = with_bias ? static_cast<double>(bias[static_cast<std::size_t>(r)]) : 0.0;
      for (Index k = at(begins, r); k < at(ends, r); ++k) {
        sum += static_cast<double>(left(r, k)) * static_cast<double>(b(k, n));
      }
      const double error = std::abs(static_cast<double>(c(r, n)) - sum);
      worst = error <= worst ? worst : error;  // a NaN is kept
    }
  }
  INFO(rows << " x " << depth << " x " << cols << ", rows " << first << " to " << last
            << (transposed ? ", transposed" : "") << (with_bias ? ", bias" : ""));
  CHECK(worst <= static_cast<double>(std::numeric_limits<T>::epsilon()) * static_cast<double>(depth + 2));
  CHECK(outside_kept);
  CHECK(in_order);
  CHECK(done == last);
}

// C += A B on the columns i < end(r) of each row; what lies behind keeps its bits. Past the last column B is NaN.
template <class T>
void check_add(Index rows, Index depth, Index cols, const Ends& ends, bool transposed, std::mt19937_64& rng) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  Arena arena;
  std::vector<T> a;
  for (Index i = 0; i < std::max<Index>(rows * depth, 1); ++i) a.push_back(random_number<T>(rng));
  const detail::LeftFactor<T> left{a.data(), transposed ? 1 : depth, transposed ? rows : 1};
  Tile<T> b = arena.tile<T>(depth, cols);
  std::fill_n(b.data(), depth * b.outerStride(), nan);
  const Index widest = ends.empty() ? 0 : ends.back();
  for (Index n = 0; n < depth; ++n) {
    for (Index i = 0; i < widest; ++i) b(n, i) = random_number<T>(rng);
  }
  // Dense, as weights are, and a guard behind the last row.
  std::vector<T> c;
  for (Index i = 0; i < rows * cols + 16; ++i) c.push_back(random_number<T>(rng));
  const std::vector<T> before = c;

  detail::add_product<T>(0, rows, left, depth, ranges_of(Ends(ends.size(), 0), ends).data(), b.data(), b.outerStride(),
                         c.data(), cols);

  double worst = 0;
  bool outside_kept = std::equal(c.end() - 16, c.end(), before.end() - 16);
  for (Index r = 0; r < rows; ++r) {
    for (Index i = 0; i < cols; ++i) {
      const auto place = static_cast<std::size_t>(r * cols + i);
      if (i >= at(ends, r)) {
        outside_kept = outside_kept && c[place] == before[place];
        continue;
      }
      auto sum = static_cast<double>(before[place]);
      for (Index n = 0; n < depth; ++n) sum += static_cast<double>(left(r, n)) * static_cast<double>(b(n, i));
      const double error = std::abs(static_cast<double>(c[place]) - sum);
      worst = error <= worst ? worst : error;
    }
  }
  INFO(rows << " x " << depth << " x " << cols << (transposed ? ", transposed" : ""));
  CHECK(worst <= static_cast<double>(std::numeric_limits<T>::epsilon()) * static_cast<double>(depth + 2));
  CHECK(outside_kept);
}

}  // namespace

TEMPLATE_TEST_CASE("multiply_rows is a triple loop over the staircase", "[staircase_product]", float, double) {
  std::mt19937_64 rng{1};
  for (const Index rows : {1, 2, 5, 6, 7, 8, 9, 12, 13, 31}) {
    for (const Index depth : {0, 1, 2, 3, 11, 40}) {
      for (const Index cols : {1, 2, 3, 4, 5, 8, 15, 16, 17, 33, 128}) {
        const Ends zeros(static_cast<std::size_t>(rows), 0);
        const bool with_bias = uniform(rng) < 0.5;
        const Ends ends = random_ends(rows, depth, 1 + static_cast<int>(uniform_index(rng, 6)), rng);
        check_multiply<TestType>(rows, depth, cols, zeros, ends, 0, rows, false, with_bias, rng);
        const Ends begins = random_ends(rows, depth, 1 + static_cast<int>(uniform_index(rng, 6)), rng);
        const Ends full(static_cast<std::size_t>(rows), depth);
        check_multiply<TestType>(rows, depth, cols, begins, full, 0, rows, true, with_bias, rng);
      }
    }
  }
}

TEMPLATE_TEST_CASE("multiply_rows computes only the rows asked for", "[staircase_product]", float, double) {
  std::mt19937_64 rng{2};
  for (int repeat = 0; repeat < 200; ++repeat) {
    const auto rows = static_cast<Index>(1 + uniform_index(rng, 30));
    const auto depth = static_cast<Index>(uniform_index(rng, 30));
    const auto cols = static_cast<Index>(1 + uniform_index(rng, 40));
    const auto first = static_cast<Index>(uniform_index(rng, static_cast<std::uint64_t>(rows) + 1));
    const auto last = first + static_cast<Index>(uniform_index(rng, static_cast<std::uint64_t>(rows - first) + 1));
    const Ends ends = random_ends(rows, depth, 4, rng);
    const Ends zeros(static_cast<std::size_t>(rows), 0);
    check_multiply<TestType>(rows, depth, cols, zeros, ends, first, last, false, true, rng);
  }
}

TEMPLATE_TEST_CASE("multiply_rows with ranges that begin and end in steps", "[staircase_product]", float, double) {
  std::mt19937_64 rng{3};
  for (int repeat = 0; repeat < 200; ++repeat) {
    const auto rows = static_cast<Index>(1 + uniform_index(rng, 20));
    const auto depth = static_cast<Index>(1 + uniform_index(rng, 25));
    const auto cols = static_cast<Index>(1 + uniform_index(rng, 20));
    const Ends begins = random_ends(rows, depth, 4, rng);
    Ends ends = random_ends(rows, depth, 4, rng);
    for (std::size_t r = 0; r < ends.size(); ++r) ends[r] = std::max(ends[r], begins[r]);
    check_multiply<TestType>(rows, depth, cols, begins, ends, 0, rows, repeat % 2 == 0, true, rng);
  }
}

TEMPLATE_TEST_CASE("add_product is a triple loop over the staircase", "[staircase_product]", float, double) {
  std::mt19937_64 rng{4};
  for (const Index rows : {1, 2, 5, 6, 7, 8, 9, 12, 13, 31}) {
    for (const Index depth : {0, 1, 3, 40, 128}) {
      for (const Index cols : {0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33, 70}) {
        const Ends ends = random_ends(rows, cols, 1 + static_cast<int>(uniform_index(rng, 6)), rng);
        check_add<TestType>(rows, depth, cols, ends, uniform(rng) < 0.5, rng);
        check_add<TestType>(rows, depth, cols, Ends(static_cast<std::size_t>(rows), cols), false, rng);
      }
    }
  }
}

TEST_CASE("no rows and no columns are no work", "[staircase_product]") {
  std::mt19937_64 rng{5};
  const Ends ends{1, 2, 3};
  const Ends begins{0, 0, 0};
  check_multiply<double>(3, 3, 0, begins, ends, 0, 3, false, true, rng);
  check_multiply<double>(3, 3, 4, begins, ends, 1, 1, false, true, rng);
  check_add<double>(0, 3, 4, {}, false, rng);
  check_add<double>(3, 3, 4, {0, 0, 0}, false, rng);
}

TEST_CASE("rows are shared in ranges of whole blocks, and not at all when there is little to do",
          "[staircase_product]") {
  const auto ranges_of = [](Index first, Index last, Index work_per_row, int threads) {
    std::vector<std::pair<Index, Index>> ranges;  // in order: these tests are compiled without OpenMP
    detail::for_row_ranges<float>(first, last, work_per_row, threads,
                                  [&](Index from, Index to) { ranges.emplace_back(from, to); });
    return ranges;
  };
  const std::vector<std::pair<Index, Index>> whole{{3, 203}};
  CHECK(ranges_of(3, 203, 1 << 20, 1) == whole);
  CHECK(ranges_of(3, 203, 1, 2) == whole);
  const auto ranges = ranges_of(3, 203, 1 << 20, 2);
  CHECK(ranges.size() > 2);
  Index next = 3;
  for (const auto& [from, to] : ranges) {
    CHECK(from == next);
    CHECK((from - 3) % detail::block_rows<float> == 0);
    CHECK(to > from);
    next = to;
  }
  CHECK(next == 203);
}
