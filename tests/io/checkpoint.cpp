#include <bijou/bijectors/batch_norm.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/datasets/two_moons.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/flows/any_flow.hpp>
#include <bijou/flows/maf.hpp>
#include <bijou/io/checkpoint.hpp>
#include <bijou/training/sgd.hpp>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

using namespace bijou;

namespace {

struct PowerCut {};

/// Training that ends at a step of the schedule, as if the power had gone; -1: never.
struct Program {
  FitOptions options{.epochs = 7, .batch_size = 32, .learning_rate = 3e-3, .clip_norm = 2, .validation_fraction = 0.2};
  Index contexts = 0;

  template <class Flow, class O>
  Eigen::VectorXf run(Flow flow, O optimizer, Index end, Checkpoints* checkpoints, History* history = nullptr) const {
    std::mt19937_64 rng{5};
    const Eigen::Matrix2Xf data = datasets::two_moons<float>(300, 0.1f, rng);
    const Eigen::MatrixXf context = Eigen::MatrixXf::Constant(contexts, 1, 0.5f);
    FitOptions with_end = options;
    with_end.schedule = [end](Index step, Index total) {
      if (step == end) throw PowerCut{};
      return 1.0 / (1.0 + static_cast<double>(step) / static_cast<double>(total));
    };
    History made;
    if (contexts > 0)
      made = checkpoints ? checkpoints->fit(flow, data, context, with_end, rng, optimizer)
                         : fit(flow, data, context, with_end, rng, optimizer);
    else
      made = checkpoints ? checkpoints->fit(flow, data, with_end, rng, optimizer)
                         : fit(flow, data, with_end, rng, optimizer);
    if (history) *history = made;
    Eigen::VectorXf result(flow.parameter_count() + 4);
    result << flow.parameters(), static_cast<float>(uniform(rng)), static_cast<float>(made.best_epoch),
        static_cast<float>(made.kept_epoch), static_cast<float>(made.train_nll.back());
    return result;
  }
};

flows::MAF<float, 2> small_flow(Index context_size = 0) {
  std::mt19937_64 rng{1};
  return {{.context_size = context_size, .layers = 2, .hidden = {8}}, rng};
}

auto flow_with_batch_norm() {
  std::mt19937_64 rng{1};
  return TransformedDistribution{StandardNormal<float, 2>{},
                                 Chain{BatchNorm<float, 2>{}, MAF<float, 2>{{8}, rng}, BatchNorm<float, 2>{}}};
}

/// Ends of the program at these steps, each of which the next one goes on from.
template <class Flow, class O>
void check_resumes(const Program& program, const Flow& flow, const O& optimizer, const CheckpointOptions& options,
                   const std::vector<Index>& ends) {
  const TemporaryFolder folder;
  History whole, resumed;
  const Eigen::VectorXf expected = program.run(flow, optimizer, -1, nullptr, &whole);
  for (const Index end : ends) {
    INFO("end at step " << end);
    Checkpoints checkpoints(folder / "run", options);
    CHECK_THROWS_AS(program.run(flow, optimizer, end, &checkpoints), PowerCut);
  }
  Program more_threads = program;
  more_threads.options.threads = 2;
  Checkpoints checkpoints(folder / "run", options);
  CHECK(more_threads.run(flow, optimizer, -1, &checkpoints, &resumed) == expected);
  CHECK(resumed.train_nll == whole.train_nll);
  CHECK(resumed.validation_nll == whole.validation_nll);
  // A run that is over stays what it is.
  Checkpoints again(folder / "run", options);
  const Eigen::VectorXf same = program.run(flow, optimizer, 1, &again);
  CHECK(same == expected);
}

}  // namespace

TEST_CASE("a run that was ended goes on to the same bits", "[checkpoint]") {
  const Program program;  // 8 steps an epoch
  const auto adam = AdamW<float>{{.weight_decay = 1e-2}};
  SECTION("by epochs") { check_resumes(program, small_flow(), adam, {.every_epochs = 2}, {0, 5, 17, 21, 55}); }
  SECTION("within an epoch") {
    check_resumes(program, small_flow(), adam, {.every_epochs = 0, .every_seconds = 1e-9}, {1, 9, 12, 15, 16, 50});
  }
  SECTION("SGD with momentum") {
    check_resumes(program, small_flow(), SGD<float>{{.momentum = 0.9}}, {.every_seconds = 1e-9}, {3, 30});
  }
  SECTION("what learns at each epoch") {
    check_resumes(program, flow_with_batch_norm(), adam, {.every_seconds = 1e-9}, {3, 30, 41});
  }
  SECTION("an erased flow") { check_resumes(program, AnyFlow<float>(small_flow()), adam, {}, {20, 40}); }
  SECTION("under a context") {
    Program conditional = program;
    conditional.contexts = 1;
    check_resumes(conditional, small_flow(1), adam, {.every_seconds = 1e-9}, {3, 30});
  }
  SECTION("without a validation set") {
    Program without = program;
    without.options.validation_fraction = 0;
    check_resumes(without, small_flow(), adam, {.every_seconds = 1e-9}, {3, 30});
  }
  SECTION("early stopping") {
    Program impatient = program;
    impatient.options.learning_rate = 0.5;
    impatient.options.patience = 1;
    impatient.options.epochs = 50;
    check_resumes(impatient, small_flow(), adam, {.every_seconds = 1e-9}, {3, 7});
  }
}

TEST_CASE("if only the checkpoint before is left, a run goes on from that", "[checkpoint]") {
  const TemporaryFolder folder;
  const Program program;
  const Eigen::VectorXf expected = program.run(small_flow(), Adam<float>{}, -1, nullptr);
  Checkpoints checkpoints(folder / "run");
  CHECK_THROWS_AS(program.run(small_flow(), Adam<float>{}, 30, &checkpoints), PowerCut);
  CHECK(std::filesystem::exists(folder / "run.previous"));
  CHECK_FALSE(std::filesystem::exists(folder / "run.part"));
  std::filesystem::remove(folder / "run");
  CHECK(program.run(small_flow(), Adam<float>{}, -1, &checkpoints) == expected);
}

TEST_CASE("a run may be made longer", "[checkpoint]") {
  const TemporaryFolder folder;
  const auto train = [&](Index epochs, Checkpoints* checkpoints) {
    std::mt19937_64 rng{5};
    auto flow = small_flow();
    const Eigen::Matrix2Xf data = datasets::two_moons<float>(300, 0.1f, rng);
    const FitOptions options{.epochs = epochs, .batch_size = 64};
    checkpoints ? checkpoints->fit(flow, data, options, rng) : fit(flow, data, options, rng);
    return flow.parameters();
  };
  Checkpoints checkpoints(folder / "run");
  train(3, &checkpoints);
  CHECK(train(5, &checkpoints) == train(5, nullptr));
  Checkpoints anew(folder / "run", {.resume = false});
  CHECK(train(2, &anew) == train(2, nullptr));
}

TEST_CASE("a checkpoint of another run, and what is none, is refused and changes nothing", "[checkpoint]") {
  const TemporaryFolder folder;
  const Program program;
  Checkpoints checkpoints(folder / "run");
  program.run(small_flow(), Adam<float>{}, -1, &checkpoints);
  const auto refused = [&](const Program& other, auto flow, auto optimizer) {
    const Eigen::VectorXf before = flow.parameters();
    const std::string message = file_error_of([&] { other.run(flow, optimizer, -1, &checkpoints); });
    CHECK(flow.parameters() == before);
    return message.substr(folder.path().string().size() + 1);
  };
  Program other = program;
  other.options.batch_size = 16;
  CHECK(refused(other, small_flow(), Adam<float>{}) ==
        "run: is the checkpoint of another run: expected batch_size 16, found 32");
  std::mt19937_64 rng{1};
  const flows::MAF<float, 2> wider{{.layers = 2, .hidden = {9}}, rng};
  CHECK(refused(program, wider, Adam<float>{}).find("run: tensor \"flow.") == 0);
  CHECK(refused(program, small_flow(), SGD<float>{}).find("run: tensor \"optimizer.") == 0);

  // Nor is it a model file.
  CHECK(file_error_of([&] {
          detail::architecture_in(SafetensorsFile(folder / "run"));
        }).find("run: is a checkpoint of a training") != std::string::npos);
  auto flow = small_flow();
  CHECK(file_error_of([&] { load(folder / "run", flow); }).find("the file is a checkpoint of a training") !=
        std::string::npos);

  const std::string whole = bytes_of(folder / "run");
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    write_bytes(folder / "run", whole.substr(0, size));
    CHECK(refused(program, small_flow(), Adam<float>{}).find("run: ") == 0);
  }
  save(small_flow(), folder / "run");
  CHECK(refused(program, small_flow(), Adam<float>{}) == "run: is no checkpoint");
}

TEST_CASE("what cannot be written is found before the first step", "[checkpoint]") {
  const TemporaryFolder folder;
  Checkpoints checkpoints(folder / "none/run");
  const Program program;
  CHECK(file_error_of([&] {
          program.run(small_flow(), Adam<float>{}, 1, &checkpoints);
        }).find("run: cannot be opened for writing: No such file or directory") != std::string::npos);
}

TEST_CASE("options of checkpoints out of range are refused", "[checkpoint]") {
  CHECK(message_of([] { Checkpoints("run", {.every_epochs = -1}); }) ==
        "Checkpoints: expected every_epochs of at least 0, got -1");
  CHECK(message_of([] { Checkpoints("run", {.every_seconds = -1}); }) ==
        "Checkpoints: expected finite every_seconds of at least 0, got -1");
}
