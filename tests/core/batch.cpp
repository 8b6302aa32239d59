#include <bijou/core/batch.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "support/archetypes.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

Eigen::Matrix3Xd some_events(Index n) {
  Eigen::Matrix3Xd events(3, n);
  for (Index i = 0; i < events.size(); ++i) events.data()[i] = std::sin(static_cast<double>(i));
  return events;
}

struct Any {
  static constexpr int static_event_size = Eigen::Dynamic;
};

}  // namespace

TEST_CASE("tiles cover a batch once and in order", "[batch]") {
  for (const Index events : {0, 1, 127, 128, 129, 256, 1000}) {
    std::vector<Index> counts;
    Index next = 0;
    Arena arena;
    detail::for_each_tile(events, arena, [&](const detail::TileOfBatch& at) {
      CHECK(at.first == next);
      CHECK(&at.arena == &arena);
      CHECK(at.threads == 1);
      counts.push_back(at.count);
      next += at.count;
    });
    CHECK(next == events);
    CHECK(detail::tiles_of(events) == static_cast<Index>(counts.size()));
    for (std::size_t i = 0; i + 1 < counts.size(); ++i) CHECK(counts[i] == detail::tile_events);
    if (!counts.empty()) CHECK(counts.back() > 0);
  }
}

TEST_CASE("a tile gives its memory back before the next one", "[batch]") {
  Arena arena;
  const double* first = nullptr;
  detail::for_each_tile(1000, arena, [&](const detail::TileOfBatch& at) {
    const double* data = at.arena.zeros<double>(100).data();
    if (first == nullptr) first = data;
    CHECK(data == first);
  });
}

TEST_CASE("groups of tiles cover a batch once, in order and in equal shares", "[batch]") {
  for (const Index events : {1, 128, 129, 1000, 10'000, 100'000}) {
    INFO(events);
    Workspace workspace;  // one thread: groups come in order
    std::vector<Index> tiles(static_cast<std::size_t>(detail::groups_of(events)));
    Index next = 0;
    detail::for_each_tile_of_groups(events, workspace, [&](const detail::TileOfBatch& at) {
      CHECK(at.first == next);
      next += at.count;
      ++tiles[static_cast<std::size_t>(at.group)];
    });
    CHECK(next == events);
    const auto [least, most] = std::minmax_element(tiles.begin(), tiles.end());
    CHECK(*least >= 1);
    CHECK(*most - *least <= 1);
  }
}

TEST_CASE("in how many groups a batch is cut depends on its size alone", "[batch]") {
  CHECK(detail::groups_of(0) == 1);
  CHECK(detail::groups_of(1) == 1);
  CHECK(detail::groups_of(128) == 1);
  CHECK(detail::groups_of(129) == 2);
  CHECK(detail::groups_of(1'000'000) == detail::most_groups);
  CHECK(detail::summing_groups_of(0) == 1);
  CHECK(detail::summing_groups_of(128) == 1);
  CHECK(detail::summing_groups_of(129) == 2);
  CHECK(detail::summing_groups_of(7 * 128) == 3);
  CHECK(detail::summing_groups_of(1'000'000) == 8);
}

TEST_CASE("events go into a tile and back, from any storage", "[batch]") {
  Arena arena;
  const Eigen::Matrix3Xd events = some_events(200);
  const detail::TileOfBatch at{0, 128, 72, arena, 1};
  const auto check = [&](const auto& batch) {
    const Tile<double> tile = detail::load_events<double>(batch, at);
    CHECK(tile.cols() == 72);
    CHECK(tile.matrix() == events.rightCols(72));
  };
  check(events);
  check(Eigen::Matrix<double, 3, Eigen::Dynamic, Eigen::RowMajor>(events));
  check(events.array());
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(3, 200);
  const Tile<double> tile = detail::load_events<double>(events, at);
  detail::store_events<double>(tile, result, at);
  CHECK(result.rightCols(72) == events.rightCols(72));
  CHECK(result.leftCols(128).isZero(0));
}

TEST_CASE("what lies in memory is taken as it is, an expression is evaluated once", "[batch]") {
  const Eigen::Matrix3Xd events = some_events(5);
  CHECK(detail::in_memory(events).data() == events.data());
  const auto block = events.middleCols(1, 2);
  CHECK(detail::in_memory(block).data() == events.data() + 3);
  int evaluations = 0;
  const auto counted = events.unaryExpr([&](double x) {
    ++evaluations;
    return x;
  });
  CHECK(detail::in_memory(counted) == events);
  CHECK(evaluations == 15);
}

// Results go to matrices, vectors and blocks, also temporary ones, and not to what is const or an expression.
static_assert(detail::WritableExpression<Eigen::MatrixXd&>);
static_assert(detail::WritableExpression<Eigen::Block<Eigen::MatrixXd>>);
static_assert(detail::WritableExpression<Eigen::Map<Eigen::VectorXf>>);
static_assert(!detail::WritableExpression<const Eigen::MatrixXd&>);
static_assert(!detail::WritableExpression<const Eigen::Map<const Eigen::VectorXf>>);
static_assert(!detail::WritableExpression<decltype(-Eigen::MatrixXd())>);
static_assert(!detail::WritableExpression<std::vector<double>&>);
static_assert(detail::is_single_event<Eigen::Vector3d> && !detail::is_single_event<Eigen::MatrixXd>);
static_assert(std::is_same_v<detail::per_event_t<float, Eigen::VectorXf>, float>);
static_assert(std::is_same_v<detail::events_t<float, Eigen::Dynamic, Eigen::Matrix3Xf>, Eigen::Matrix3Xf>);
static_assert(std::is_same_v<detail::events_t<float, 3, Eigen::MatrixXf>, Eigen::Matrix3Xf>);

TEST_CASE("a batch of the wrong number of rows is refused, of any number if the map takes any", "[batch]") {
  const archetypes::Shift<double> shift({1, 2});
  const Eigen::MatrixXd three = Eigen::MatrixXd::Zero(3, 4);
  CHECK(message_of([&] { detail::require_events("Shift", shift, three); }) ==
        "Shift: expected events of 2 rows, got 3");
  CHECK_NOTHROW(detail::require_events("Shift", shift, three.topRows(2)));
  CHECK_NOTHROW(detail::require_events("Any", Any{}, three));
}
