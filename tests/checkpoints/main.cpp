// Trains a small flow and prints its parameters' bits as one number: `program PATH` with checkpoints at every step,
// `program` without any.
#include <bijou/bijou.hpp>
#include <bijou/io/checkpoint.hpp>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <random>

int main(int argc, char** argv) try {
  std::mt19937_64 rng{0};
  const auto data = bijou::datasets::two_moons<float>(2'000, 0.05f, rng);
  bijou::flows::MAF<float, 2> flow{{.layers = 2, .hidden = {16}}, rng};
  const bijou::FitOptions options{.epochs = 40, .batch_size = 100, .validation_fraction = 0.2};
  if (argc > 1) {
    bijou::Checkpoints checkpoints(argv[1], {.every_seconds = 1e-9});
    checkpoints.fit(flow, data, options, rng);
  } else {
    bijou::fit(flow, data, options, rng);
  }
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const float x : flow.parameters()) hash = (hash ^ std::bit_cast<std::uint32_t>(x)) * 0x100000001b3;
  std::printf("%016llx\n", static_cast<unsigned long long>(hash));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
