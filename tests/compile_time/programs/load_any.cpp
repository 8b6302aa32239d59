// A flow whose type is in its file: all known types are compiled.
#include <bijou/io/load_any.hpp>
#include <random>

int main(int, char** argv) {
  std::mt19937_64 rng{0};
  const bijou::AnyFlow<float> flow = bijou::load<float>(argv[1]);
  return flow.sample(1'000, rng).allFinite() ? 0 : 1;
}
