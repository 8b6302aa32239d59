#include <bijou/numerics/triangular.hpp>
#include <random>
#include <vector>

#include "support/laws.hpp"

using namespace bijou;
using namespace bijou::detail;

namespace {

template <class T>
struct Problem {
  static constexpr Index size = 9;
  std::vector<T> entries;
  std::vector<T> diagonal;
  laws::Matrix<T> x;

  explicit Problem(Index events) {
    std::mt19937_64 rng{1};
    for (Index i = 0; i < StrictlyLower<T>::count(size); ++i) entries.push_back(static_cast<T>(0.3 * normal(rng)));
    for (Index i = 0; i < size; ++i) diagonal.push_back(static_cast<T>(1 + uniform(rng)));
    x = laws::normals<T>(size, events, rng);
  }
  template <class Triangle>
  laws::Matrix<T> matrix(const Triangle& triangle, bool with_diagonal) const {
    laws::Matrix<T> m = laws::Matrix<T>::Identity(size, size);
    for (Index i = 0; i < size; ++i) {
      if (with_diagonal) m(i, i) = diagonal[static_cast<std::size_t>(i)];
      for (Index j = 0; j < size; ++j) {
        if (Triangle::is_lower ? j < i : j > i) m(i, j) = triangle(i, j);
      }
    }
    return m;
  }
};

template <class T, class Triangle>
void check(const Problem<T>& problem, const Triangle& triangle) {
  const double tolerance = 100 * static_cast<double>(std::numeric_limits<T>::epsilon());
  for (const bool with_diagonal : {true, false}) {
    Arena arena;
    const laws::Matrix<T> m = problem.matrix(triangle, with_diagonal);
    Tile<T> tile = arena.tile<T>(problem.x.rows(), problem.x.cols());
    tile = problem.x.array();
    const T* const diagonal = with_diagonal ? problem.diagonal.data() : nullptr;
    multiply_triangle<T>(triangle, diagonal, tile);
    laws::check_close(tile, m * problem.x, tolerance);
    solve_triangle<T>(triangle, diagonal, tile);
    laws::check_close(tile, problem.x, tolerance);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("triangular products and solutions are those of the whole matrix", "[triangular]", float, double) {
  using T = TestType;
  for (const Index events : {1, 7, 64, 77}) {
    const Problem<T> problem(events);
    const StrictlyLower<T> lower{problem.entries.data(), Problem<T>::size};
    const StrictlyUpper<T> upper{problem.entries.data(), Problem<T>::size};
    check(problem, lower);
    check(problem, upper);
    check(problem, Transposed<StrictlyLower<T>>{lower});
    check(problem, Transposed<StrictlyUpper<T>>{upper});
  }
}

TEMPLATE_TEST_CASE("outer products are added to the entries of a triangle", "[triangular]", float, double) {
  using T = TestType;
  Arena arena;
  const Problem<T> problem(21);
  std::mt19937_64 rng{2};
  const laws::Matrix<T> g = laws::normals<T>(9, 21, rng);
  Tile<T> x_tile = arena.tile<T>(9, 21);
  Tile<T> g_tile = arena.tile<T>(9, 21);
  x_tile = problem.x.array();
  g_tile = g.array();
  const laws::Matrix<T> products = T(-1) * g * problem.x.transpose();
  std::vector<T> lower(36, T(2)), upper(36, T(2));
  add_outer_products<StrictlyLower<T>, T>(T(-1), g_tile, x_tile, lower.data());
  add_outer_products<StrictlyUpper<T>, T>(T(-1), g_tile, x_tile, upper.data());
  std::size_t below = 0, above = 0;
  for (Index i = 0; i < 9; ++i) {
    for (Index j = 0; j < i; ++j) CHECK(lower[below++] == Approx(2 + products(i, j)).margin(1e-4));
    for (Index j = i + 1; j < 9; ++j) CHECK(upper[above++] == Approx(2 + products(i, j)).margin(1e-4));
  }
}
