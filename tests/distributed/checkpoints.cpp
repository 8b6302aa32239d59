#include <bijou/bijectors/batch_norm.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/standardize.hpp>
#include <bijou/datasets/two_moons.hpp>
#include <bijou/distributed/fit.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/io/checkpoint.hpp>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/in_process_team.hpp"
#include "support/temporary_folder.hpp"

using namespace bijou;

namespace {

struct PowerCut : std::runtime_error {
  PowerCut() : std::runtime_error("power cut") {}
};

/// Training that ends at a step of the schedule, as if the power had gone.
struct Program {
  std::filesystem::path path = {};  // empty: without checkpoints
  Index end = -1;                   // never
  Index epochs = 5;

  Eigen::VectorXd run(const auto& how, const Eigen::MatrixXd& events) const {
    std::mt19937_64 rng{1};
    TransformedDistribution flow{StandardNormal<double, 2>{}, Chain{Standardize<double, 2>{}, MAF<double, 2>{{8}, rng},
                                                                    BatchNorm<double, 2>{}, MAF<double, 2>{{8}, rng}}};
    FitOptions options{.epochs = epochs, .batch_size = 40, .validation_fraction = 0.2};
    options.schedule = [this](Index step, Index) {
      if (step == end) throw PowerCut();
      return 1.0;
    };
    std::optional<Checkpoints> checkpoints;
    if (!path.empty()) checkpoints.emplace(path, CheckpointOptions{.every_epochs = 0, .every_seconds = 1e-9});
    const History history =
        checkpoints ? checkpoints->fit(how, flow, events, options, rng) : fit(how, flow, events, options, rng);
    const auto& norm = std::get<2>(flow.bijector.bijectors());
    Eigen::VectorXd result(flow.parameter_count() + 6);
    result << flow.parameters(), norm.mean(), norm.deviation(), history.validation_nll.back(), uniform(rng);
    return result;
  }

  Eigen::MatrixXd data() const {
    std::mt19937_64 rng{2};
    return datasets::two_moons<double>(250, 0.1, rng);  // 5 steps an epoch
  }
  Eigen::VectorXd alone() const {
    Alone one;
    return run(Replicated{one}, data());
  }
  /// What all ranks have in the end; what the first one that throws says goes to `error`.
  Eigen::VectorXd replicated(int size, std::string* error = nullptr) const {
    return on_all(size, error, [this](InProcessRank& rank) { return run(Replicated{rank}, data()); });
  }
  Eigen::VectorXd sharded(const std::vector<Index>& sizes, std::string* error = nullptr) const {
    return on_all(static_cast<int>(sizes.size()), error, [&](InProcessRank& rank) {
      Index first = 0;
      for (int r = 0; r < rank.rank(); ++r) first += sizes[static_cast<std::size_t>(r)];
      return run(Sharded{rank}, data().middleCols(first, sizes[static_cast<std::size_t>(rank.rank())]));
    });
  }

 private:
  template <class Run>
  static Eigen::VectorXd on_all(int size, std::string* error, Run run) {
    std::vector<Eigen::VectorXd> results(static_cast<std::size_t>(size));
    const auto ends =
        on_ranks(size, [&](InProcessRank& rank) { results[static_cast<std::size_t>(rank.rank())] = run(rank); });
    for (const auto& result : results) CHECK(result == results[0]);
    if (error == nullptr) {
      CHECK(ends == no_errors(size));
    } else {
      *error = ends[0];
      if (error->find("power cut") == std::string::npos) CHECK(ends == std::vector<std::string>(ends.size(), *error));
    }
    return results[0];
  }
};

}  // namespace

TEST_CASE("a replicated run goes on to the same bits, and with other numbers of ranks to the same numbers",
          "[distributed]") {
  const TemporaryFolder folder;
  const Eigen::VectorXd alone = Program{}.alone();
  const Eigen::VectorXd three = Program{}.replicated(3);
  CHECK((alone - three).lpNorm<Eigen::Infinity>() < 1e-12);
  std::string error;
  const auto path = folder / "run";
  for (const Index end : {0, 7, 10, 23}) {
    INFO("end at step " << end);
    Program{path, end}.replicated(3, &error);
    CHECK(error.find("power cut") != std::string::npos);
  }
  CHECK(Program{path}.replicated(3) == three);
  CHECK(Program{path}.replicated(3) == three);  // a run that is over stays what it is
  CHECK(Program{path}.alone() == three);

  const auto other = folder / "other";
  Program{other, 3}.replicated(4, &error);
  CHECK_THROWS_AS((Program{other, 11}.alone()), PowerCut);
  Program{other, 17}.replicated(2, &error);
  CHECK((Program{other}.replicated(1) - alone).lpNorm<Eigen::Infinity>() < 1e-12);
}

TEST_CASE("a sharded run goes on to the same bits", "[distributed]") {
  const TemporaryFolder folder;
  for (const std::vector<Index>& sizes : {std::vector<Index>{100, 150}, {0, 249, 1}, {250}}) {
    INFO(sizes.size() << " ranks");
    const auto path = folder / ("run" + std::to_string(sizes.size()));
    const Eigen::VectorXd expected = Program{}.sharded(sizes);
    std::string error;
    for (const Index end : {0, 7, 10, 23}) Program{path, end}.sharded(sizes, &error);
    CHECK(Program{path}.sharded(sizes) == expected);
    CHECK(Program{path}.sharded(sizes) == expected);
  }
}

TEST_CASE("a checkpoint of other shards is refused on all ranks", "[distributed]") {
  const TemporaryFolder folder;
  const auto path = folder / "run";
  std::string error;
  Program{path, 3}.sharded({100, 150}, &error);
  const auto refused = [&](const std::string& expected) {
    return path.string() + ": is the checkpoint of another run: expected events " + expected + ", found 100 + 150";
  };
  Program{path}.sharded({150, 100}, &error);
  CHECK(error == refused("150 + 100"));
  Program{path}.sharded({100, 50, 100}, &error);
  CHECK(error == refused("100 + 50 + 100"));
  Program{path}.replicated(2, &error);
  CHECK(error == refused("250"));
  CHECK(file_error_of([&] { Program{path}.alone(); }) == refused("250"));
}

TEST_CASE("a checkpoint that rank 0 cannot read or write is the end of all", "[distributed]") {
  const TemporaryFolder folder;
  const auto path = folder / "run";
  write_bytes(path, "no checkpoint");
  std::string error;
  Program{path}.replicated(3, &error);
  CHECK(error.find(path.string() + ": no valid safetensors file") == 0);
  const auto ends = on_ranks(
      2, [&](InProcessRank& rank) { Program{folder / "missing" / "run"}.run(Replicated{rank}, Program{}.data()); });
  CHECK(ends[0].find("cannot be opened for writing") != std::string::npos);
  CHECK(ends[1].find("rank 0: fit has ended here alone: ") == 0);
}
