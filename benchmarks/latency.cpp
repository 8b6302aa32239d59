// How long one call for a single event takes: log_prob and sample of a compile-time-sized flow, 3 x [MAF(128, 128) +
// reverse] in float, through a workspace. Google Benchmark gives means, a control loop asks for the tail: the median,
// the 99.9th percentile and the worst of many calls, in microseconds, each call timed by itself. The column beside them
// is what the clock itself costs.
#include <bijou/bijou.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <vector>

namespace {

constexpr std::size_t calls = 200'000;

struct Quantiles {
  double median;
  double p999;
  double worst;
};

template <class Call>
Quantiles measure(Call call) {
  std::vector<double> microseconds(calls);
  for (std::size_t i = 0; i < 1000; ++i) call();
  for (double& each : microseconds) {
    const auto start = std::chrono::steady_clock::now();
    call();
    each = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
  }
  std::sort(microseconds.begin(), microseconds.end());
  return {microseconds[calls / 2], microseconds[calls * 999 / 1000], microseconds.back()};
}

template <int D>
void run() {
  std::mt19937_64 rng{0};
  using Layer = bijou::MAF<float, D, 128, 128>;
  const bijou::TransformedDistribution flow{
      bijou::StandardNormal<float, D>{},
      bijou::Chain{Layer{rng}, bijou::Reverse<D>{}, Layer{rng}, bijou::Reverse<D>{}, Layer{rng}, bijou::Reverse<D>{}}};
  bijou::Workspace workspace;
  Eigen::Matrix<float, D, 1> x = flow.sample(1, rng).col(0);
  Eigen::Matrix<float, 1, 1> log_p;
  const Quantiles density = measure([&] { flow.log_prob(x, log_p, workspace); });
  const Quantiles draw = measure([&] { flow.sample(x, rng, workspace); });
  const Quantiles clock = measure([] {});
  std::printf("%3d   log_prob %8.2f %8.2f %9.2f   sample %8.2f %8.2f %9.2f   clock %5.2f\n", D, density.median,
              density.p999, density.worst, draw.median, draw.p999, draw.worst, clock.median);
}

}  // namespace

int main() {
  std::printf("  D   microseconds: median, 99.9th percentile, worst of %zu calls\n", calls);
  run<2>();
  run<6>();
  run<21>();
}
