// The time of a step of fit on the ranks of an MPI job: D = 21, five MAF layers of (256, 256) units, float, batches of
// 2048 in all, replicated. Arguments: threads of each rank, steps, and
// "mpi", "alone" or "plain", which is without a communicator. Rank 0 prints ranks, threads and the median of the
// milliseconds of a step; run.sh compares.
#include <bijou/bijou.hpp>
#include <bijou/distributed/fit.hpp>
#include <bijou/distributed/mpi.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 1;
  const bijou::Index steps = argc > 2 ? std::atol(argv[2]) : 40;
  const std::string_view how = argc > 3 ? argv[3] : "mpi";
  return bijou::Mpi::run([&](bijou::Mpi& mpi) {
    std::mt19937_64 rng{0};
    Eigen::MatrixXf data(21, 4 * 2048);
    for (float& x : data.reshaped()) x = static_cast<float>(bijou::normal(rng));
    bijou::flows::MAF<float> flow{{.event_size = 21, .layers = 5, .hidden = {256, 256}}, rng};

    std::vector<double> milliseconds;
    Clock::time_point before;
    bijou::FitOptions options{.epochs = (steps + 3) / 4, .batch_size = 2048, .threads = threads};
    options.schedule = [&](bijou::Index step, bijou::Index) {  // asked once in each step
      const Clock::time_point now = Clock::now();
      // Not the first steps, in which memory is taken, nor the pause between epochs.
      if (step > 4 && step % 4 != 0)
        milliseconds.push_back(std::chrono::duration<double, std::milli>(now - before).count());
      before = now;
      return 1.0;
    };
    bijou::Alone alone;
    if (how == "plain")
      bijou::fit(flow, data, options, rng);  // no communicator
    else if (how == "alone")
      bijou::fit(alone, flow, data, options, rng);
    else
      bijou::fit(mpi, flow, data, options, rng);
    if (mpi.rank() == 0) std::printf("%d %d %.3f\n", mpi.size(), threads, median(milliseconds));
  });
}
