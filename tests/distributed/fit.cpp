#include <bijou/bijectors/batch_norm.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/standardize.hpp>
#include <bijou/datasets/two_moons.hpp>
#include <bijou/distributed/fit.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/in_process_team.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

using Matrix = Eigen::MatrixXd;

auto make_flow() {
  std::mt19937_64 rng{1};
  return TransformedDistribution{StandardNormal<double, 2>{}, Chain{Standardize<double, 2>{}, MAF<double, 2>{{16}, rng},
                                                                    BatchNorm<double, 2>{}, MAF<double, 2>{{16}, rng}}};
}
using Flow = decltype(make_flow());

Matrix two_moons() {
  std::mt19937_64 rng{2};
  return datasets::two_moons<double>(400, 0.1, rng);
}

FitOptions usual_options() {
  return {.epochs = 4, .batch_size = 30, .learning_rate = 3e-3, .clip_norm = 2, .validation_fraction = 0.2};
}

/// A flow after training, and what else there is.
struct Trained {
  Flow flow = make_flow();
  History history = {};
  double draw = 0;  // the next one of the generator

  template <class Train>
  explicit Trained(Train train) {
    std::mt19937_64 rng{3};
    history = train(flow, rng);
    draw = uniform(rng);
  }
  Eigen::VectorXd values() const {
    const auto& [first, maf, norm, last] = flow.bijector.bijectors();
    Eigen::VectorXd all(flow.parameter_count() + 9);
    all << flow.parameters(), first.mean(), first.deviation(), norm.mean(), norm.deviation(), draw;
    return all;
  }
};

/// The rank's columns, cut at these places.
Matrix shard_of(const Matrix& data, const std::vector<Index>& sizes, int rank) {
  Index first = 0;
  for (int r = 0; r < rank; ++r) first += sizes[static_cast<std::size_t>(r)];
  return data.middleCols(first, sizes[static_cast<std::size_t>(rank)]);
}

/// The results of train(rank, flow, rng) on some ranks, which all come to their end.
template <class Train>
std::vector<Trained> train_on(int size, Train train) {
  std::vector<Trained> results(static_cast<std::size_t>(size), Trained([](auto&, auto&) { return History{}; }));
  const auto ends = on_ranks(size, [&](InProcessRank& rank) {
    results[static_cast<std::size_t>(rank.rank())] =
        Trained([&](Flow& flow, std::mt19937_64& rng) { return train(rank, flow, rng); });
  });
  CHECK(ends == no_errors(size));
  for (const Trained& result : results) {
    CHECK(result.values() == results[0].values());
    CHECK(result.history.train_nll == results[0].history.train_nll);
    CHECK(result.history.validation_nll == results[0].history.validation_nll);
    CHECK(result.history.stopped_early == results[0].history.stopped_early);
  }
  return results;
}

/// The ends of ranks that fit like this.
template <class Train>
std::vector<std::string> ends_of(int size, Train train) {
  return on_ranks(size, [&](InProcessRank& rank) {
    Flow flow = make_flow();
    std::mt19937_64 rng{3};
    train(rank, flow, rng);
  });
}

}  // namespace

TEST_CASE("replicated training is that of one process at any number of ranks", "[distributed]") {
  const Matrix data = two_moons();
  const Trained alone([&](Flow& flow, auto& rng) { return fit(flow, data, usual_options(), rng); });
  for (int size = 1; size <= 4; ++size) {
    INFO(size << " ranks");
    const auto train = [&](InProcessRank& rank, Flow& flow, auto& rng) {
      return fit(Replicated{rank}, flow, data, usual_options(), rng);
    };
    const Trained found = train_on(size, train)[0];
    CHECK((found.values() - alone.values()).lpNorm<Eigen::Infinity>() < 1e-12);
    CHECK(found.draw == alone.draw);
    CHECK(found.history.best_epoch == alone.history.best_epoch);
    if (size == 1) {
      CHECK(found.values() == alone.values());
      CHECK(found.history.train_nll == alone.history.train_nll);
    }
    if (size == 3) CHECK(train_on(size, train)[0].values() == found.values());
  }
}

TEST_CASE("sharded training of one rank is that of one process", "[distributed]") {
  const Matrix data = two_moons();
  const Trained alone([&](Flow& flow, auto& rng) { return fit(flow, data, usual_options(), rng); });
  const Trained one = train_on(1, [&](InProcessRank& rank, Flow& flow, auto& rng) {
    return fit(Sharded{rank}, flow, data, usual_options(), rng);
  })[0];
  CHECK(one.values() == alone.values());
  CHECK(one.history.train_nll == alone.history.train_nll);
  CHECK(one.history.validation_nll == alone.history.validation_nll);
}

TEST_CASE("shards may be unequal and empty, and each event counts once", "[distributed]") {
  const Matrix data = two_moons();
  for (const std::vector<Index>& sizes :
       {std::vector<Index>{100, 300}, {0, 399, 1}, {133, 134, 133}, {10, 0, 380, 10}}) {
    const int size = static_cast<int>(sizes.size());
    INFO(size << " ranks, the last with " << sizes.back());
    // With steps of no size the loss of an epoch is the mean over all events.
    int steps = 0;
    const Trained still = train_on(size, [&](InProcessRank& rank, Flow& flow, auto& rng) {
      FitOptions options{.epochs = 1, .batch_size = 30, .learning_rate = 1e-300};
      options.schedule = [&, is_first = rank.rank() == 0](Index step, Index total) {
        expect(total == 14, "14 steps");
        if (is_first) steps = static_cast<int>(step) + 1;
        return 1.0;
      };
      return fit(Sharded{rank}, flow, shard_of(data, sizes, rank.rank()), options, rng);
    })[0];
    CHECK(steps == 14);
    CHECK(still.history.train_nll[0] == Approx(still.flow.nll(data)).epsilon(1e-13));
    const auto& standardize = std::get<0>(still.flow.bijector.bijectors());
    CHECK(standardize.mean().isApprox(Eigen::Vector2d(data.rowwise().mean()), 1e-13));
    CHECK(standardize.deviation().isApprox(
        Eigen::Vector2d((data.colwise() - data.rowwise().mean()).array().square().rowwise().mean().sqrt()), 1e-13));
    // With a part to validate with, training goes as far as in one process.
    const Trained trained = train_on(size, [&](InProcessRank& rank, Flow& flow, auto& rng) {
      return fit(Sharded{rank}, flow, shard_of(data, sizes, rank.rank()), usual_options(), rng);
    })[0];
    const Trained alone([&](Flow& flow, auto& rng) { return fit(flow, data, usual_options(), rng); });
    CHECK(trained.flow.nll(data) == Approx(alone.flow.nll(data)).margin(0.1));
  }
}

TEST_CASE("a context goes with the events of each rank", "[distributed]") {
  std::mt19937_64 seed{1};
  const MAF<double, 2> layer{NetworkOptions{{8}, 1}, seed};
  const TransformedDistribution start{StandardNormal<double, 2>{}, layer};
  const Matrix data = two_moons();
  const Eigen::RowVectorXd context = data.row(0).array() + 1;
  auto alone = start;
  std::mt19937_64 rng{3};
  fit(alone, data, context, {.epochs = 2, .batch_size = 50}, rng);
  const auto ends = on_ranks(3, [&](InProcessRank& rank) {
    auto flow = start;
    std::mt19937_64 same{3};
    fit(rank, flow, data, context, {.epochs = 2, .batch_size = 50}, same);
    expect((flow.parameters() - alone.parameters()).lpNorm<Eigen::Infinity>() < 1e-12, "parameters of one process");
    const Index first = 100 * rank.rank(), count = rank.rank() == 2 ? 200 : 100;
    fit(Sharded{rank}, flow, data.middleCols(first, count), context.middleCols(first, count), {.epochs = 2}, same);
  });
  CHECK(ends == no_errors(3));
}

TEST_CASE("a divergence is the same on all ranks and names the event", "[distributed]") {
  Matrix data = two_moons();
  data(0, 250) = 1e200;  // whose density is 0
  const auto message = [](const auto& how, const Matrix& events, Eigen::VectorXd* parameters = nullptr) {
    std::mt19937_64 rng{3};
    TransformedDistribution flow{StandardNormal<double, 2>{}, MAF<double, 2>{{8}, rng}};
    std::string said;
    try {
      fit(how, flow, events, {.epochs = 3, .batch_size = 100}, rng);
    } catch (const TrainingDiverged& diverged) {
      said = diverged.what();
    }
    if (parameters) *parameters = flow.parameters();
    return said;
  };
  Alone one;
  const std::string alone = message(Replicated{one}, data);
  CHECK(alone.find("the event in column 250 is -inf") != std::string::npos);
  Eigen::VectorXd of_first;
  const auto replicated = on_ranks(3, [&](InProcessRank& rank) {
    Eigen::VectorXd parameters;
    for (int i = 0; i < 2; ++i) expect_text(message(Replicated{rank}, data, &parameters), alone);
    if (rank.rank() == 0) of_first = parameters;
    double sum = 0;  // all are here before it is known
    rank.sum(std::span(&sum, 1));
    expect(parameters == of_first, "the same parameters");
  });
  CHECK(replicated == no_errors(3));
  const auto sharded = on_ranks(2, [&](InProcessRank& rank) {
    throw std::runtime_error(message(Sharded{rank}, shard_of(data, {100, 300}, rank.rank())));
  });
  CHECK(sharded[0] == sharded[1]);
  CHECK(sharded[0].find("the event in column 150 of rank 1 of 2 is -inf") != std::string::npos);
}

TEST_CASE("a bad event on one rank is refused by all, and training may follow", "[distributed]") {
  const Matrix data = two_moons();
  const auto ends = ends_of(3, [&](InProcessRank& rank, Flow& flow, auto& rng) {
    Matrix shard = shard_of(data, {100, 200, 100}, rank.rank());
    if (rank.rank() == 1) shard(1, 7) = std::numeric_limits<double>::quiet_NaN();
    const Eigen::VectorXd before = flow.parameters();
    const auto message = [&](const Matrix& events, const FitOptions& options) {
      return message_of([&] { fit(Sharded{rank}, flow, events, options, rng); });
    };
    expect_text(message(shard, usual_options()),
                "fit: expected finite data, got nan in column 7, row 1 (counting from 0) (rank 1 of 3)");
    expect(flow.parameters() == before, "the flow as it was");
    expect_text(message(shard, {.epochs = 0}), "fit: expected epochs of at least 1, got 0");
    expect_text(message(shard.leftCols(2), {.batch_size = 2}),
                "fit: expected a batch_size of at least 3, an event for each rank, got 2");
    expect_text(message(shard.leftCols(0), {}), "fit: expected at least 2 events, got 0");
    shard(1, 7) = 0;
    fit(Sharded{rank}, flow, shard, {.epochs = 1}, rng);
  });
  CHECK(ends == no_errors(3));
}

TEST_CASE("ranks that do not start alike are told which one differs", "[distributed]") {
  const Matrix data = two_moons();
  const auto first_end = [&](auto change) {
    const auto ends = ends_of(4, [&](InProcessRank& rank, Flow& flow, auto& rng) {
      Matrix own = data;
      FitOptions options = usual_options();
      if (rank.rank() == 2) change(flow, own, options, rng);
      fit(rank, flow, own, options, rng);
    });
    CHECK(ends == std::vector<std::string>(4, ends[0]));
    return ends[0];
  };
  const auto end_with_other = [&](const auto& change) {
    return first_end([&](Flow&, Matrix&, FitOptions& options, auto&) { change(options); });
  };
  const auto differs = [](const std::string& name) {
    return "fit: expected options with the same " + name + " on all ranks, but rank 2 of 4 has others";
  };
  CHECK(end_with_other([](FitOptions& options) { ++options.epochs; }) == differs("epochs"));
  CHECK(end_with_other([](FitOptions& options) { ++options.batch_size; }) == differs("batch_size"));
  CHECK(end_with_other([](FitOptions& options) { options.learning_rate = 1; }) == differs("learning_rate"));
  CHECK(end_with_other([](FitOptions& options) { options.clip_norm = 1e9; }) == differs("clip_norm"));
  CHECK(end_with_other([](FitOptions& options) { options.validation_fraction /= 2; }) ==
        differs("validation_fraction"));
  CHECK(end_with_other([](FitOptions& options) { options.patience += 10; }) == differs("patience"));
  CHECK(end_with_other([](FitOptions& options) { options.schedule = CosineSchedule{}; }) ==
        "fit: expected the same schedule on all ranks, but rank 2 of 4 has others");
  CHECK(first_end([](Flow& flow, Matrix&, FitOptions&, auto&) {
          Eigen::VectorXd parameters = flow.parameters();
          parameters(0) = std::nextafter(parameters(0), 10.0);
          flow.set_parameters(parameters);
        }) == "fit: expected the same flow and optimizer on all ranks, but rank 2 of 4 has others");
  CHECK(first_end([](Flow& flow, Matrix& own, FitOptions&, auto&) { initialize(flow, own); }) ==
        "fit: expected the same flow and optimizer on all ranks, but rank 2 of 4 has others");
  CHECK(first_end([](Flow&, Matrix&, FitOptions&, auto& rng) { rng(); }) ==
        "fit: expected a generator with the same draws on all ranks, but rank 2 of 4 has others");
  CHECK(first_end([](Flow&, Matrix& own, FitOptions&, auto&) { own(0, 9) += 1e-9; }) ==
        "fit: expected the same events on all ranks, but rank 2 of 4 has others; ranks with events of their own are "
        "Sharded");
}

TEST_CASE("ranks with other contexts are told so", "[distributed]") {
  const Matrix data = two_moons();
  const auto ends = ends_of(3, [&](InProcessRank& rank, Flow&, auto& rng) {
    TransformedDistribution flow{StandardNormal<double, 2>{}, MAF<double, 2>{NetworkOptions{{8}, 1}, rng}};
    Eigen::RowVectorXd contexts = data.row(0);
    if (rank.rank() == 1) contexts(4) += 1e-9;
    fit(rank, flow, data, contexts, {.epochs = 1}, rng);
  });
  CHECK(ends == std::vector<std::string>(3,
                                         "fit: expected the same contexts on all ranks, but rank 1 of 3 has others; "
                                         "ranks with events of their own are Sharded"));
}

TEST_CASE("a rank whose parameters change is named after the epoch", "[distributed]") {
  const Matrix data = two_moons();
  const auto ends = ends_of(3, [&](InProcessRank& rank, Flow& flow, auto& rng) {
    FitOptions options{.epochs = 5};
    options.callback = [&](const EpochReport& report) {
      if (rank.rank() == 1 && report.epoch == 2) flow.set_parameters(1.01 * flow.parameters());
    };
    fit(rank, flow, data, options, rng);
  });
  CHECK(ends[0].find("fit: after epoch 2 (counting from 0) rank 1 of 3 has other parameters") == 0);
  CHECK(ends == std::vector<std::string>(3, ends[0]));
}

TEST_CASE("a callback that stops on one rank stops all", "[distributed]") {
  const Matrix data = two_moons();
  const Trained found = train_on(3, [&](InProcessRank& rank, Flow& flow, auto& rng) {
    FitOptions options = usual_options();
    options.callback = [&](const EpochReport& report) { return !(rank.rank() == 2 && report.epoch == 1); };
    return fit(rank, flow, data, options, rng);
  })[0];
  CHECK(found.history.train_nll.size() == 2);
  CHECK(found.history.stopped_early);
}

TEST_CASE("an exception on one rank ends all", "[distributed]") {
  const Matrix data = two_moons();
  const auto ends = ends_of(3, [&](InProcessRank& rank, Flow& flow, auto& rng) {
    FitOptions options = usual_options();
    options.callback = [&](const EpochReport& report) {
      if (rank.rank() == 1 && report.epoch == 1) throw std::runtime_error("no more paper");
    };
    fit(rank, flow, data, options, rng);
  });
  CHECK(ends[1] == "no more paper");
  for (const int r : {0, 2})
    CHECK(ends[static_cast<std::size_t>(r)] == "rank 1: fit has ended here alone: no more paper");
}

TEST_CASE("a rank that leaves early ends all", "[distributed]") {
  const Matrix data = two_moons();
  const auto ends = ends_of(3, [&](InProcessRank& rank, Flow& flow, auto& rng) {
    if (rank.rank() != 1) fit(rank, flow, data, usual_options(), rng);
  });
  CHECK(ends[1].empty());
  for (const int r : {0, 2}) CHECK(ends[static_cast<std::size_t>(r)].find("a rank has left") != std::string::npos);
}
