#include <bijou/bijectors/affine.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/io/checkpoint.hpp>
#include <bijou/io/csv_log.hpp>
#include <bijou/training/fit.hpp>
#include <bijou/training/minimize.hpp>
#include <algorithm>
#include <optional>
#include <random>
#include <stdexcept>

#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

using namespace bijou;

namespace {

EpochReport epoch(Index index, std::optional<double> validation = {}) {
  return {index, 4, 1.5, validation, 0.001, 0.25 * static_cast<double>(index + 1)};
}

}  // namespace

TEST_CASE("CsvLog: a row is in the file after each epoch or step", "[io]") {
  const TemporaryFolder folder;
  CsvLog log(folder / "a.csv");
  log(epoch(0));
  CHECK(bytes_of(folder / "a.csv") == "epoch,train_nll,learning_rate,seconds\n1,1.5,0.001,0.25\n");
  CsvLog copy = log;
  copy(epoch(1));
  CHECK(bytes_of(folder / "a.csv") == "epoch,train_nll,learning_rate,seconds\n1,1.5,0.001,0.25\n2,1.5,0.001,0.5\n");
  CHECK(message_of([&] { log(epoch(2, 1.0)); }) ==
        "CsvLog: expected a row with the names of the first row, epoch, ...; " + (folder / "a.csv").string());
  CHECK(message_of([&] { log.row({{"epoch", 1}}); }).starts_with("CsvLog: expected a row with the names"));

  CsvLog steps(folder / "b.csv");
  steps(StepReport{0, 2, -3, 0.5, 0.125});
  CHECK(bytes_of(folder / "b.csv") == "step,loss,learning_rate,seconds\n1,-3,0.5,0.125\n");

  CsvLog own(folder / "c.csv");
  own.row({{"n", 1}, {"a,b", 0.1}});
  own.row({{"n", 2}, {"a,b", 0.2}});
  CHECK(bytes_of(folder / "c.csv") == "n,\"a,b\"\n1,0.1\n2,0.2\n");
}

TEST_CASE("CsvLog: a new run replaces the file with its first row, one that goes on keeps what was before", "[io]") {
  const TemporaryFolder folder;
  const auto path = folder / "a.csv";
  const std::string header = "epoch,train_nll,validation_nll,learning_rate,seconds\n";
  const std::string first = "1,9,8,0.1,7\n", second = "2,6,5,0.1,4\n", third = "3,1.5,2,0.001,0.75\n";
  const auto after = [&](const std::string& before, Index index) {
    write_bytes(path, before);
    CsvLog log(path);
    CHECK(bytes_of(path) == before);
    log(epoch(index, 2.0));
    return bytes_of(path);
  };
  CHECK(after(header + first + second, 0) == header + "1,1.5,2,0.001,0.25\n");
  CHECK(after(header + first + second, 2) == header + first + second + third);
  CHECK(after(header + first + second + "3,7,7,0.1,9\n4,7,7,0.1,9\n", 2) == header + first + second + third);
  CHECK(after(header + first + "2,6", 2) == header + first + third);  // killed within a row
  CHECK(after("epoch,another\n1,2\n", 2) == header + third);
  CHECK(after("", 2) == header + third);
  CHECK_FALSE(std::filesystem::exists(folder / "a.csv.part"));
}

TEST_CASE("CsvLog: in fit that is ended and goes on, and in minimize", "[io]") {
  const TemporaryFolder folder;
  std::mt19937_64 rng{1};
  const Eigen::Matrix2Xd data = StandardNormal<double, 2>{}.sample(100, rng);
  const TransformedDistribution fresh{StandardNormal<double, 2>{}, Affine<double, 2>{{0.0, 0.0}, {1.0, 1.0}}};
  const auto rows = [&](const char* name) {
    const std::string text = bytes_of(folder / name);
    return std::count(text.begin(), text.end(), '\n') - 1;
  };
  const FitOptions options{.epochs = 6, .validation_fraction = 0.2};
  const auto run = [&](Index last) {
    FitOptions with_log = options;
    with_log.callback = callbacks(CsvLog{folder / "a.csv"}, [&](const EpochReport& report) {
      if (report.epoch == last) throw std::runtime_error("killed");
    });
    std::mt19937_64 same{2};
    auto flow = fresh;
    Checkpoints(folder / "checkpoint", {.every_epochs = 2}).fit(flow, data, with_log, same);
  };
  CHECK_THROWS_AS(run(4), std::runtime_error);  // after the row of epoch 5, before its checkpoint
  CHECK(rows("a.csv") == 5);
  run(-1);
  CHECK(rows("a.csv") == 6);
  const std::string text = bytes_of(folder / "a.csv");
  for (int i = 1; i <= 6; ++i) CHECK(text.find("\n" + std::to_string(i) + ",") != std::string::npos);

  auto flow = fresh;
  const auto loss = [&](Index, Eigen::VectorXd& gradient, Workspace& workspace) {
    return flow.nll_gradient(data, gradient, workspace);
  };
  minimize(flow, loss, {.steps = 7, .callback = CsvLog{folder / "b.csv"}});
  CHECK(rows("b.csv") == 7);
}

TEST_CASE("CsvLog: what cannot be written says why", "[io]") {
  const TemporaryFolder folder;
  CHECK(file_error_of([&] { CsvLog(folder / "none/a.csv"); }) ==
        (folder / "none/a.csv").string() + ": cannot be opened for writing: No such file or directory");
  if (!std::filesystem::is_character_file("/dev/full")) return;
  CsvLog full("/dev/full");
  CHECK(file_error_of([&] { full(epoch(0)); }) == "/dev/full: cannot be written: No space left on device");
}
