#include <bijou/distributed/team.hpp>
#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/in_process_team.hpp"

using namespace bijou;

namespace {

/// The batches of an epoch on all ranks: each event of a rank once, each batch with an event, all ranks with the same
/// totals.
template <bool is_sharded>
void check_epoch(const std::vector<Index>& sizes, Index batch_size, double fraction) {
  const int size = static_cast<int>(sizes.size());
  INFO(size << " ranks, the first with " << sizes[0] << ", batches of " << batch_size);
  const FitOptions options{.batch_size = batch_size, .validation_fraction = fraction};
  std::vector<std::vector<Index>> totals(sizes.size());
  Index trained = 0, validated = 0, all = 0;
  std::mutex mutex;
  const auto ends = on_ranks(size, [&](InProcessRank& rank) {
    const auto r = static_cast<std::size_t>(rank.rank());
    detail::Team<InProcessRank, is_sharded> team(rank);
    const detail::EventCounts counts = team.count(options, sizes[r]);
    expect(counts.own_train + counts.own_validation == sizes[r], "all events of the rank");
    const Index batch = std::min(batch_size, counts.train);
    Index used = 0;
    for (Index first = 0; first < counts.train; first += batch) {
      const detail::Share share = team.of_batch(first, std::min(batch, counts.train - first));
      expect(share.count >= 0 && share.count <= team.most_of_batch(batch), "a share of a batch");
      if (is_sharded) expect(share.first == used, "no gap");
      expect(share.total > 0 && share.total < batch + size, "a batch of about the size");
      used += share.count;
      totals[r].push_back(share.total);
    }
    const detail::Share validation = team.of_validation(counts);
    const detail::Share training = team.of_training(counts.train);
    const std::lock_guard lock(mutex);
    trained += used;
    validated += validation.count;
    all = counts.train + counts.validation;
    expect(validation.total == counts.validation && training.total == counts.train, "totals");
    if (is_sharded) expect(training.count == counts.own_train && used == counts.own_train, "all events to train with");
  });
  CHECK(ends == no_errors(size));
  for (const auto& of_rank : totals) CHECK(of_rank == totals[0]);
  CHECK(std::accumulate(totals[0].begin(), totals[0].end(), Index{0}) == trained);
  CHECK(trained + validated == all);
  CHECK(validated == std::llround(fraction * static_cast<double>(all)));
}

}  // namespace

TEST_CASE("shares of batches make up an epoch", "[distributed]") {
  for (const double fraction : {0.0, 0.1, 0.37}) {
    for (const Index batch_size : {4, 7, 32, 1000}) {
      check_epoch<true>({100}, batch_size, fraction);
      check_epoch<true>({50, 51}, batch_size, fraction);
      check_epoch<true>({0, 200, 1, 3}, batch_size, fraction);
      check_epoch<true>({1, 1, 1, 7}, batch_size, fraction);
      check_epoch<false>({101, 101, 101}, batch_size, fraction);
    }
  }
}

TEST_CASE("numbers of events whose product is no Index", "[distributed]") {
  const Index many = Index{1} << 40;
  const auto ends = on_ranks(2, [&](InProcessRank& rank) {
    detail::Team<InProcessRank, true> team(rank);
    const detail::EventCounts counts = team.count({}, rank.rank() == 0 ? many : 3 * many);
    const detail::Share share = team.of_batch(counts.train - many, many);
    expect(share.first + share.count == counts.own_train, "the last events of the rank");
    expect(std::abs(static_cast<double>(share.count) / static_cast<double>(counts.own_train) - 0.25) < 1e-9,
           "a quarter");
  });
  CHECK(ends == no_errors(2));
}

TEST_CASE("means over ranks are over events", "[distributed]") {
  const auto ends = on_ranks(2, [&](InProcessRank& rank) {
    detail::Team<InProcessRank, false> team(rank);
    const bool is_first = rank.rank() == 0;
    const detail::Share share{0, is_first ? Index{1} : Index{3}, 4};
    Eigen::VectorXd gradient = Eigen::VectorXd::Constant(2, is_first ? 8 : 4);
    const double loss = team.mean(share, gradient, [&] { return is_first ? 2.0 : 6.0; });
    expect(loss == 5, "the mean loss");
    expect(gradient == Eigen::Vector2d(5, 5), "the mean gradient");
    expect(team.mean({0, is_first ? Index{0} : Index{4}, 4}, [&] { return 3.0f; }) == 3, "a mean without a share");
  });
  CHECK(ends == no_errors(2));
}

TEST_CASE("the orders of a sharded epoch follow from two numbers and differ from rank to rank", "[distributed]") {
  std::vector<std::vector<Index>> orders(3);
  const auto ends = on_ranks(3, [&](InProcessRank& rank) {
    detail::Team<InProcessRank, true> team(rank);
    team.count({}, 50);
    std::mt19937_64 rng{1};
    struct {
      FitOptions options{};
      Index events = 50;
      std::vector<Index> all_order{}, order{};
    } run, again;
    run.order.resize(50);
    std::iota(run.order.begin(), run.order.end(), Index{0});
    team.shuffle_epoch(run.order, rng);
    detail::Team<InProcessRank, true> resumed(rank);
    resumed.count({}, 50);
    expect(resumed.take_seeds(team.seeds()), "two numbers");
    expect(!resumed.take_seeds("nothing"), "no numbers");
    expect(resumed.take_seeds(team.seeds()), "two numbers");
    resumed.order_anew(again);
    expect(again.order == run.order, "the same order");
    expect_text(team.events_text(50), "50 + 50 + 50");
    orders[static_cast<std::size_t>(rank.rank())] = run.order;
  });
  CHECK(ends == no_errors(3));
  CHECK(orders[0] != orders[1]);
  CHECK(orders[1] != orders[2]);
}
