#include <cfenv>

#include "support/law_parts.hpp"
#include "support/stale_memory.hpp"

namespace laws {

template <class T>
void check_accumulation(const Subject<T>& b, Direction direction, const Matrix<T>& in) {
  INFO("accumulation: " << text(direction));
  std::mt19937_64 rng{seed + 6};
  const Matrix<T> w = normals<T>(in.rows(), in.cols(), rng);
  const Vector<T> v = normals<T>(in.cols(), 1, rng);
  const TilePass<T> from_zero = b.run_tile(direction, in, w, v, {});
  Start<T> start;
  start.log_det = normals<double>(in.cols(), 1, rng);
  start.gradient = normals<T>(b.parameter_count(), 1, rng);
  const TilePass<T> result = b.run_tile(direction, in, w, v, start);
  check_same_bits(result.value, from_zero.value);
  check_same_bits(result.input_gradient, from_zero.input_gradient);
  check_close(result.log_det, start.log_det + from_zero.log_det, Tolerance<double>::rounding * 10);
  check_close(result.gradient, start.gradient + from_zero.gradient, Tolerance<T>::rounding * 10);
  Start<T> input_only;
  input_only.wants_gradient = false;
  check_same_bits(b.run_tile(direction, in, w, v, input_only).input_gradient, from_zero.input_gradient);
  Start<T> without_pullback;
  without_pullback.pullback = false;
  const TilePass<T> pass = b.run_tile(direction, in, w, v, without_pullback);
  check_same_bits(pass.value, from_zero.value);
  check_same_bits(pass.log_det, from_zero.log_det);
  const Pulled<T> outside = b.pull_back(direction, in, w, v);
  check_same_bits(outside.input, from_zero.input_gradient);
  check_same_bits(outside.parameters, from_zero.gradient);
}

template <class T>
void check_stale_memory(const Subject<T>& b, Direction direction, const Matrix<T>& in) {
  INFO("stale memory: " << text(direction));
  std::mt19937_64 rng{seed + 8};
  for (const Index n : {1, 2, 7, 128, 130}) {
    const Matrix<T> events = in.leftCols(n);
    const Matrix<T> w = normals<T>(in.rows(), n, rng);
    const Vector<T> v = normals<T>(n, 1, rng);
    for (const bool pullback : {true, false}) {
      Start<T> start;
      start.rest = Rest::of_arena;
      start.pullback = pullback;
      bijou::Arena arena;
      const TilePass<T> expected = b.run_tile(direction, events, w, v, start, arena);
      for (const std::uint64_t pattern : stale_patterns) {
        INFO(n << " events in memory full of " << std::hex << pattern << std::dec << (pullback ? "" : ", no pullback"));
        fill_with(pattern, arena);
        std::feclearexcept(FE_ALL_EXCEPT);
        const TilePass<T> actual = b.run_tile(direction, events, w, v, start, arena);
        const int raised = std::fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
        CHECK(raised == 0);
        check_same_bits(actual.value, expected.value);
        check_same_bits(actual.log_det, expected.log_det);
        check_same_bits(actual.input_gradient, expected.input_gradient);
        check_same_bits(actual.gradient, expected.gradient);
      }
    }
  }
}

template void check_accumulation(const Subject<float>&, Direction, const Matrix<float>&);
template void check_accumulation(const Subject<double>&, Direction, const Matrix<double>&);
template void check_stale_memory(const Subject<float>&, Direction, const Matrix<float>&);
template void check_stale_memory(const Subject<double>&, Direction, const Matrix<double>&);

}  // namespace laws
