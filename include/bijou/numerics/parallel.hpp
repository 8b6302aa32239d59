#pragma once

#include <bijou/core/function_ref.hpp>
#include <bijou/core/index.hpp>
#include <algorithm>
#include <exception>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace bijou::detail {

/// Calls body(i, thread) for 0 <= i < count on at most `threads` threads; thread is a number below `threads`. Serial
/// when the program is compiled without OpenMP. The first exception of a body is thrown again in the caller.
inline void parallel_for(Index count, [[maybe_unused]] int threads, FunctionRef<void(Index, int)> body) {
#ifdef _OPENMP
  if (threads > 1 && count > 1) {
    std::exception_ptr error;
    const int team = static_cast<int>(std::min<Index>(count, threads));
#pragma omp parallel for schedule(dynamic, 1) num_threads(team)
    for (Index i = 0; i < count; ++i) {
#ifdef __cpp_exceptions
      try {
        body(i, omp_get_thread_num());
      } catch (...) {
#pragma omp critical(bijou_parallel_for)
        if (!error) error = std::current_exception();
      }
#else
      body(i, omp_get_thread_num());
#endif
    }
    if (error) std::rethrow_exception(error);
    return;
  }
#endif
  for (Index i = 0; i < count; ++i) body(i, 0);
}

/// Calls body(first, count) for the pieces of a long array, on at most `threads` threads. The pieces depend on its size
/// alone.
inline void for_each_chunk(Index size, int threads, FunctionRef<void(Index, Index)> body) {
  constexpr Index piece = Index{1} << 14;
  parallel_for((size + piece - 1) / piece, threads,
               [&](Index i, int) { body(i * piece, std::min<Index>(piece, size - i * piece)); });
}

/// Calls f(first, count) for blocks of 256 numbers. A block of each of a few arrays fits into the first-level cache, so
/// that several vectorised expressions on the blocks cost one pass over memory.
template <class F>
void for_each_cache_block(Index size, int threads, F f) {
  constexpr Index block = 256;
  for_each_chunk(size, threads, [&](Index begin, Index count) {
    const Index end = begin + count;
    for (Index first = begin; first < end; first += block) f(first, (std::min)(block, end - first));
  });
}

}  // namespace bijou::detail
