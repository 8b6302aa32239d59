#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <bijou/core/simd.hpp>
#include <ctime>

/// The machine's own limit, as this translation unit is compiled: floating-point operations per second of
/// independent fused multiply-adds (or multiplies and adds) on one core. The median of several short runs, in processor
/// time, as the benchmarks' own rates are.
template <class T>
double measure_fma_peak() {
  using bijou::detail::broadcast;
  using bijou::detail::Packet;
  constexpr int chains = 12;  // latency times throughput of a core of today, in sixteen registers
  constexpr int rounds = 2'000'000;
  double rates[9];
  for (double& rate : rates) {
    T seed = T(0.5);
    benchmark::DoNotOptimize(seed);
    const Packet<T> factor = broadcast(seed);
    Packet<T> a = factor, b = factor, c = factor, d = factor, e = factor, f = factor, g = factor, h = factor,
              i = factor, j = factor, k = factor, l = factor;
    const std::clock_t start = std::clock();
    for (int r = 0; r < rounds; ++r) {
      using Eigen::internal::pmadd;
      a = pmadd(a, factor, factor), b = pmadd(b, factor, factor), c = pmadd(c, factor, factor);
      d = pmadd(d, factor, factor), e = pmadd(e, factor, factor), f = pmadd(f, factor, factor);
      g = pmadd(g, factor, factor), h = pmadd(h, factor, factor), i = pmadd(i, factor, factor);
      j = pmadd(j, factor, factor), k = pmadd(k, factor, factor), l = pmadd(l, factor, factor);
    }
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    using Eigen::internal::padd;
    T sum = Eigen::internal::predux(
        padd(padd(padd(a, b), padd(c, d)), padd(padd(padd(e, f), padd(g, h)), padd(padd(i, j), padd(k, l)))));
    benchmark::DoNotOptimize(sum);
    rate = 2.0 * chains * bijou::detail::packet_size<T> * rounds / seconds;
  }
  std::nth_element(rates, rates + 4, rates + 9);
  return rates[4];
}
