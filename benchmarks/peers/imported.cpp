// A flow that zuko has trained, opened from its state_dict as torch.save writes it: one line of JSON with the time to
// the first draw, what a batch costs, and ln p of the events of a file.
//
//   bijou_imported STATE_DICT EVENTS.npy SECONDS REPETITIONS
#include <bijou/bijou.hpp>
#include <bijou/io/npy.hpp>
#include <bijou/io/torch_file.hpp>
#include <bijou/io/zuko.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <random>
#include <string>
#include <vector>

namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// The median of repetitions, each as many calls as fill so many seconds.
template <class Call>
double seconds_of(double seconds, int repetitions, Call call) {
  call();
  int calls = 1;
  const auto run = [&] {
    const double start = now();
    for (int i = 0; i < calls; ++i) call();
    return now() - start;
  };
  while (run() < seconds) calls *= 2;
  std::vector<double> times;
  for (int i = 0; i < repetitions; ++i) times.push_back(run() / calls);
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

void run(const std::string& path, const std::string& events, double seconds, int repetitions) {
  const double start = now();
  const auto flow = bijou::zuko_flow<float>(bijou::TorchFile(path));
  bijou::Workspace workspace;
  std::mt19937_64 rng{0};
  Eigen::MatrixXf draw = flow.sample(1, rng, workspace);
  const double first_draw = now() - start;
  const Eigen::MatrixXf x = bijou::read_npy<float>(events);
  Eigen::VectorXf log_prob(x.cols());
  Eigen::MatrixXf draws(x.rows(), x.cols());
  const double of_log_prob = seconds_of(seconds, repetitions, [&] { flow.log_prob(x, log_prob, workspace); });
  const double of_sample = seconds_of(seconds, repetitions, [&] { flow.sample(draws, rng, workspace); });
  std::printf("{\"parameters\": %td, \"first_draw\": %.6g, \"log_prob\": %.6g, \"sample\": %.6g, \"values\": [",
              flow.parameter_count(), first_draw, of_log_prob, of_sample);
  for (bijou::Index n = 0; n < x.cols(); ++n)
    std::printf("%s%.9g", n == 0 ? "" : ", ", static_cast<double>(log_prob(n)));
  std::printf("]}\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: bijou_imported STATE_DICT EVENTS.npy SECONDS REPETITIONS\n");
    return 2;
  }
  try {
    run(argv[1], argv[2], std::stod(argv[3]), std::stoi(argv[4]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
