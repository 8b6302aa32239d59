// The same program on every platform of run.sh: trains, saves, loads, draws, and is refused. What it prints is
// compared.
//   program FILE [OTHER...]   saves the trained flow to FILE; reads the others, flows of other platforms
#include <bijou/bijou.hpp>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>
#if !defined(WITHOUT_FILES)
#include <bijou/io/load.hpp>
#include <bijou/io/save.hpp>
#endif

namespace {

// FNV-1a of the bits of numbers, the same for either order of bytes.
unsigned long long hash(const Eigen::Ref<const Eigen::MatrixXd>& numbers) {
  std::uint64_t sum = 0xcbf29ce484222325u;
  for (const double number : numbers.reshaped()) {
    const auto bits = std::bit_cast<std::uint64_t>(number);
    for (int i = 0; i < 64; i += 8) sum = (sum ^ (bits >> i & 0xffu)) * 0x100000001b3u;
  }
  return sum;
}

auto make_flow(std::uint64_t seed) {
  std::mt19937_64 rng{seed};
  return bijou::TransformedDistribution{
      bijou::StandardNormal<double, 2>{},
      bijou::Chain{bijou::MAF<double, 2, 16>{rng}, bijou::Reverse<2>{}, bijou::MAF<double, 2, 16>{rng}}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return EXIT_FAILURE;
  std::mt19937_64 rng{1};
  const Eigen::MatrixXd noise = bijou::StandardNormal<double, 2>{}.sample(5'000, rng);
  std::printf("noise %016llx\n", hash(noise));

  auto flow = make_flow(2);
  std::printf("initial %016llx\n", hash(flow.parameters()));
  const Eigen::Matrix2Xd data = bijou::datasets::two_moons<double>(500, 0.05, rng);
  bijou::fit(flow, data, {.epochs = 20, .batch_size = 100, .learning_rate = 1e-2}, rng);
  std::printf("nll %.17g\n", flow.nll(data));
  std::printf("draws %.17g\n", flow.sample(1'000, rng).norm());
  std::printf("trained %016llx\n", hash(flow.parameters()));

#if !defined(WITHOUT_FILES)
  bijou::save(flow, argv[1]);
  for (int i = 1; i < argc; ++i) {
    auto loaded = make_flow(3);
    bijou::load(argv[i], loaded);
    std::printf("file %016llx\n", hash(loaded.parameters()));
  }
#endif

  std::fflush(stdout);
  const Eigen::MatrixXd wrong = Eigen::MatrixXd::Zero(3, 1);
#if defined(__cpp_exceptions)
  try {
    std::printf("nll of wrong events %g\n", flow.nll(wrong));
  } catch (const std::invalid_argument& error) {
    std::printf("caught %s\n", error.what());
    return EXIT_SUCCESS;
  }
#else
  std::printf("nll of wrong events %g\n", flow.nll(wrong));  // prints the message and aborts
#endif
  return EXIT_FAILURE;
}
