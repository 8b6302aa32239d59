// One rank of a training job, for test.sh: `program MODE [PATH]`. Ranks that come to their end print a number of their
// parameters' bits; rank 0 prints those of the last one for all.
#include <bijou/bijou.hpp>
#include <bijou/distributed/fit.hpp>
#include <bijou/distributed/mpi.hpp>
#include <bijou/io/checkpoint.hpp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using Matrix = Eigen::MatrixXd;

bijou::flows::MAF<double, 2> make_flow() {
  std::mt19937_64 rng{1};
  return {{.layers = 2, .hidden = {16}}, rng};
}

Matrix two_moons() {
  std::mt19937_64 rng{2};
  return bijou::datasets::two_moons<double>(2'000, 0.05, rng);
}

/// Of 2'000 events, the last rank none.
Matrix shard_of(const Matrix& data, int rank, int size) {
  if (size == 1) return data;
  const bijou::Index parts = size - 1;
  const bijou::Index first = data.cols() * rank / parts;
  return rank == size - 1 ? Matrix(2, 0) : Matrix(data.middleCols(first, data.cols() * (rank + 1) / parts - first));
}

std::uint64_t bits_of(const Eigen::VectorXd& parameters) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const double x : parameters) hash = (hash ^ std::bit_cast<std::uint64_t>(x)) * 0x100000001b3;
  return hash;
}

/// Refuses ranks with other bits, and prints those of all.
void print_bits(bijou::Mpi& mpi, const Eigen::VectorXd& parameters) {
  const std::uint64_t own = bits_of(parameters);
  std::uint64_t first = own;
  mpi.broadcast(std::as_writable_bytes(std::span(&first, 1)), 0);
  if (first != own) throw std::runtime_error("has other parameters than rank 0");
  if (mpi.rank() == 0) std::printf("%016llx\n", static_cast<unsigned long long>(own));
}

/// Sums of few numbers and of so many that each rank sums a share, against what each must find.
template <class T>
void sum(bijou::Mpi& mpi, std::size_t count) {
  const auto number = [&](std::size_t i, int rank) {
    return static_cast<T>((i * 7 + 13 * static_cast<std::size_t>(rank)) % 1000);
  };
  std::vector<T> values(count), expected(count, 0), tenths(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = number(i, mpi.rank());
    tenths[i] = values[i] / 10;
    for (int rank = 0; rank < mpi.size(); ++rank) expected[i] += number(i, rank);
  }
  const auto refuse = [&](const char* why) { throw std::runtime_error(why + std::to_string(count) + " numbers"); };
  for (int i = 0; i < 2; ++i) {  // memory that was used before
    std::vector<T> sums = values;
    mpi.sum(std::span(sums));
    if (sums != expected) refuse("a wrong sum of ");
  }
  mpi.sum(std::span(tenths));
  std::vector<T> of_first = tenths;
  mpi.broadcast(std::as_writable_bytes(std::span(of_first)), 0);
  if (of_first != tenths) refuse("not the bits of rank 0: ");
}

void sums(bijou::Mpi& mpi) {
  for (const std::size_t count : {0, 1, 5, 4'095, 8'192, 12'289, 16'383, 16'384, 100'003}) {
    sum<float>(mpi, count);
    sum<double>(mpi, count);
  }
}

/// 200 steps with and without the others.
void compare(bijou::Mpi& mpi) {
  const Matrix data = two_moons();
  const bijou::FitOptions options{.epochs = 10, .batch_size = 100, .clip_norm = 5};
  auto flow = make_flow(), alone = make_flow();
  std::mt19937_64 rng{3}, same{3};
  bijou::fit(mpi, flow, data, options, rng);
  bijou::fit(alone, data, options, same);
  const double distance = (flow.parameters() - alone.parameters()).lpNorm<Eigen::Infinity>();
  if (mpi.rank() == 0) std::printf("distance %.2g\n", distance);
  if (!(distance <= 1e-12)) throw std::runtime_error("the parameters are not those of one process");
  print_bits(mpi, flow.parameters());
}

/// Checkpoints as often as they can be written.
void keep(bijou::Mpi& mpi, const std::string& how, const std::string& path) {
  const Matrix data = two_moons();
  bijou::FitOptions options{.epochs = 15, .batch_size = 100, .validation_fraction = 0.2};
  auto flow = make_flow();
  std::mt19937_64 rng{3};
  bijou::Checkpoints checkpoints(path, {.every_seconds = 1e-9});
  double started = 1;
  mpi.sum(std::span(&started, 1));
  if (mpi.rank() == 0) std::ofstream(path + ".started") << started;
  if (how == "sharded")
    checkpoints.fit(bijou::Sharded{mpi}, flow, shard_of(data, mpi.rank(), mpi.size()), options, rng);
  else
    checkpoints.fit(bijou::Replicated{mpi}, flow, data, options, rng);
  print_bits(mpi, flow.parameters());
}

/// The second rank does what ends a job.
void misbehave(bijou::Mpi& mpi, const std::string& how) {
  Matrix shard = shard_of(two_moons(), mpi.rank(), mpi.size());
  if (how == "bad_event" && mpi.rank() == 1) shard(0, 5) = std::numeric_limits<double>::infinity();
  if (how == "bad_file" && mpi.rank() == 1) throw std::runtime_error("events.csv, line 7: no number");
  bijou::FitOptions options{.epochs = 1'000'000, .batch_size = 100};
  options.callback = [&](const bijou::EpochReport& report) {
    if (report.epoch != 3 || mpi.rank() != 1) return;
    if (how == "stop") std::raise(SIGSTOP);
    if (how == "kill") std::raise(SIGKILL);
    if (how == "exit") std::exit(0);
    if (how == "_exit") ::_exit(0);
    if (how == "callback") throw std::runtime_error("no more paper");
  };
  if ((how == "return" || how == "no_share") && mpi.rank() == 1) return;
  if (how == "no_share") sum<float>(mpi, 100'000);
  auto flow = make_flow();
  std::mt19937_64 rng{3};
  bijou::fit(bijou::Sharded{mpi}, flow, shard, options, rng);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "compare";
  const char* const deadline = std::getenv("BIJOU_TEST_DEADLINE");
  const bijou::MpiOptions options{.deadline = deadline ? std::atof(deadline) : 60};
  if (mode == "unwind") {
    try {
      bijou::Mpi mpi(options);
      misbehave(mpi, "bad_file");
    } catch (const std::exception&) {  // too late: the destructor has ended all
      return 0;
    }
  }
  return bijou::Mpi::run(
      [&](bijou::Mpi& mpi) {
        if (mode == "compare")
          compare(mpi);
        else if (mode == "sums")
          sums(mpi);
        else if (mode == "replicated" || mode == "sharded")
          keep(mpi, mode, argv[2]);
        else
          misbehave(mpi, mode);
      },
      options);
}
