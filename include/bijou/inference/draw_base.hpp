#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/core/batch.hpp>
#include <bijou/core/pass.hpp>
#include <bijou/distributions/distribution.hpp>
#include <bijou/numerics/counter_generator.hpp>
#include <cstdint>

namespace bijou::detail {

/// z: one event for each column of a tile, drawn from the base with the noise of its place in the batch, and ln p of
/// them added to log_prob. So the same seed gives the same draws on any number of threads.
template <class Base, class T>
void draw_base(const Base& base, std::uint64_t seed, const TileOfBatch& at, Pass<T>& pass, Tile<T> z,
               const Sums& log_prob) {
  const Arena::Frame frame(at.arena);
  const Index rows = noise_size(base);
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
  Eigen::Map<Matrix> event(at.arena.template zeros<T>(rows).data(), rows, 1);
  const Tile<T> noise = MapsNoise<Base> ? at.arena.template tile<T>(rows, at.count) : z;
  for (Index n = 0; n < at.count; ++n) {
    CounterGenerator rng{seed, {.event = static_cast<std::uint64_t>(at.first + n)}};
    base.draw(Eigen::Ref<Matrix>(event), rng);
    for (Index i = 0; i < rows; ++i) noise(i, n) = event(i, 0);
  }
  using Cache = cache_t<Base, T>;
  Cache cache{};
  if constexpr (MapsNoise<Base>)
    base.map_noise(NoiseEvaluation<T, Cache>{noise, z, log_prob, cache, pass});
  else
    base.log_prob(DensityEvaluation<T, Cache>{z, log_prob, cache, pass});
}

}  // namespace bijou::detail
