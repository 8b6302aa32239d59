#pragma once

#include <benchmark/benchmark.h>

#include <bijou/numerics/simd.hpp>
#include <algorithm>
#include <chrono>

/// The machine's own limit, as this translation unit is compiled: floating-point operations per second of
/// independent fused multiply-adds (or multiplies and adds) on one core. The best of several runs.
template <class T>
double measure_fma_peak() {
  using bijou::detail::broadcast;
  using bijou::detail::Packet;
  constexpr int chains = 12;  // latency times throughput of a core of today, in sixteen registers
  constexpr int rounds = 10'000'000;
  double rates[9];
  for (double& rate : rates) {
    T seed = T(0.5);
    benchmark::DoNotOptimize(seed);
    const Packet<T> factor = broadcast(seed);
    // Different numbers, or the compiler would compute one chain for all.
    const auto start_of = [&](int chain) { return broadcast(seed + static_cast<T>(chain)); };
    Packet<T> a = start_of(0), b = start_of(1), c = start_of(2), d = start_of(3), e = start_of(4), f = start_of(5),
              g = start_of(6), h = start_of(7), i = start_of(8), j = start_of(9), k = start_of(10), l = start_of(11);
    const auto start = std::chrono::steady_clock::now();
    for (int r = 0; r < rounds; ++r) {
      using Eigen::internal::pmadd;
      a = pmadd(a, factor, factor), b = pmadd(b, factor, factor), c = pmadd(c, factor, factor);
      d = pmadd(d, factor, factor), e = pmadd(e, factor, factor), f = pmadd(f, factor, factor);
      g = pmadd(g, factor, factor), h = pmadd(h, factor, factor), i = pmadd(i, factor, factor);
      j = pmadd(j, factor, factor), k = pmadd(k, factor, factor), l = pmadd(l, factor, factor);
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    using Eigen::internal::padd;
    T sum = Eigen::internal::predux(
        padd(padd(padd(a, b), padd(c, d)), padd(padd(padd(e, f), padd(g, h)), padd(padd(i, j), padd(k, l)))));
    benchmark::DoNotOptimize(sum);
    rate = 2.0 * chains * bijou::detail::packet_size<T> * rounds / seconds;
  }
  return *std::max_element(rates, rates + 9);
}
