#include <bijou/training/one_rank.hpp>
#include <Eigen/Core>
#include <random>
#include <stdexcept>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("one rank works on everything", "[fit]") {
  detail::OneRank team;
  const detail::EventCounts counts = team.count({.validation_fraction = 0.25}, 100);
  CHECK(counts.train == 75);
  CHECK(counts.own_train == 75);
  CHECK(counts.validation == 25);
  CHECK(counts.own_validation == 25);
  const auto is = [](const detail::Share& share, Index first, Index count) {
    return share.first == first && share.count == count && share.total == count;
  };
  CHECK(is(team.of_training(75), 0, 75));
  CHECK(is(team.of_validation(counts), 75, 25));
  CHECK(is(team.of_batch(60, 15), 60, 15));
  CHECK(team.most_of_batch(30) == 30);
  Eigen::VectorXd gradient;
  CHECK(team.mean(team.of_batch(0, 3), gradient, [] { return 0.1f; }) == 0.1f);
  CHECK(team.first_of("text") == "text");
  CHECK_FALSE(team.all(false));
}

TEST_CASE("one rank shuffles with the generator and throws what is thrown", "[fit]") {
  detail::OneRank team;
  std::mt19937_64 rng{1}, same{1};
  std::vector<Index> order{0, 1, 2, 3, 4}, expected = order;
  team.shuffle_all(order, rng);
  team.shuffle_epoch(order, rng);
  shuffle(expected, same);
  shuffle(expected, same);
  CHECK(order == expected);
  CHECK(message_of([&] { team.together<std::invalid_argument>([] { throw std::invalid_argument("wrong"); }); }) ==
        "wrong");
}
