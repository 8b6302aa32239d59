// A flow trained by the processes of an MPI job, each with events of its own, on one machine or several:
//   mpirun -np 4 several_machines [--epochs N] [--threads N] [--checkpoint FILE] [--deadline SECONDS]
// Without mpirun it is a job of one process. docs/several_machines.md is the guide.
#include <bijou/bijou.hpp>
#include <bijou/distributed/fit.hpp>
#include <bijou/distributed/mpi.hpp>
#include <bijou/io/checkpoint.hpp>
#include <cstdint>
#include <iostream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>

namespace {

struct Options {
  bijou::Index epochs = 20;
  int threads = 1;
  std::string checkpoint = {};
  double deadline = 300;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (i + 1 == argc) throw std::invalid_argument("several_machines: expected a value after " + name);
    const std::string value = argv[i + 1];
    const auto read = [&](auto& number) {
      std::istringstream text(value);
      if (!(text >> number)) throw std::invalid_argument("several_machines: expected a number after " + name);
    };
    if (name == "--epochs")
      read(options.epochs);
    else if (name == "--threads")
      read(options.threads);
    else if (name == "--checkpoint")
      options.checkpoint = value;
    else if (name == "--deadline")
      read(options.deadline);
    else
      throw std::invalid_argument("several_machines: expected --epochs, --threads, --checkpoint or --deadline, got " +
                                  name);
  }
  return options;
}

void train(bijou::Mpi& mpi, const Options& options) {
  // The events of this rank: here drawn, elsewhere read from a file of its own. Their generator differs from rank to
  // rank; that of the flow and of fit must not.
  bijou::CounterGenerator own{2024, {.event = static_cast<std::uint64_t>(mpi.rank())}};
  const Eigen::Matrix2Xf events = bijou::datasets::two_moons<float>(40'000 / mpi.size(), 0.05f, own);

  std::mt19937_64 rng{0};
  bijou::flows::NSF<float> flow{{.event_size = 2, .layers = 3, .hidden = {64, 64}}, rng};
  const auto show = [&](const bijou::EpochReport& report) {
    if (mpi.rank() != 0) return;
    std::cout << "epoch " << report.epoch + 1 << ": " << report.train_nll << " nats, validation "
              << *report.validation_nll << ", " << report.seconds << " s" << std::endl;
  };
  const bijou::FitOptions how{.epochs = options.epochs,
                              .batch_size = 1024,
                              .learning_rate = 2e-3,
                              .validation_fraction = 0.1,
                              .threads = options.threads,
                              .callback = show};
  if (options.checkpoint.empty())
    bijou::fit(bijou::Sharded{mpi}, flow, events, how, rng);
  else
    bijou::Checkpoints(options.checkpoint).fit(bijou::Sharded{mpi}, flow, events, how, rng);

  // All ranks have the same flow; one is enough to tell.
  if (mpi.rank() != 0) return;
  std::mt19937_64 other{1};
  const Eigen::Matrix2Xf held_out = bijou::datasets::two_moons<float>(20'000, 0.05f, other);
  std::cout << "new events: " << flow.nll(held_out) << " nats, the exact density has "
            << bijou::datasets::two_moons_entropy(0.05) << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  try {
    options = parse(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
  return bijou::Mpi::run([&](bijou::Mpi& mpi) { train(mpi, options); }, {.deadline = options.deadline});
}
