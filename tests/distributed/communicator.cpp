#include <bijou/distributed/communicator.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/in_process_team.hpp"

using namespace bijou;

namespace {

struct WithoutDouble {
  int rank() const { return 0; }
  int size() const { return 1; }
  void sum(std::span<float>) {}
  void broadcast(std::span<std::byte>, int) {}
  void abort(std::string_view) {}
};

}  // namespace

static_assert(Communicator<Alone>);
static_assert(Communicator<InProcessRank>);
static_assert(!Communicator<WithoutDouble>);
static_assert(!Communicator<int>);

TEST_CASE("one process alone changes nothing", "[distributed]") {
  Alone alone;
  std::vector<double> values{1, 2};
  alone.sum(std::span(values));
  alone.broadcast(std::as_writable_bytes(std::span(values)), 0);
  alone.abort("nobody is there to hear");
  CHECK(values == std::vector<double>{1, 2});
  CHECK(alone.rank() == 0);
  CHECK(alone.size() == 1);
}

TEST_CASE("ranks in one process are a communicator", "[distributed]") {
  const auto ends = on_ranks(3, [](InProcessRank& rank) {
    std::vector<float> values{1.0f, static_cast<float>(rank.rank())};
    rank.sum(std::span(values));
    expect(values == std::vector<float>{3, 3}, "the sums");
    double own = rank.rank();
    rank.broadcast(std::as_writable_bytes(std::span(&own, 1)), 2);
    expect(own == 2, "the number of rank 2");
    rank.sum(std::span<float>());
  });
  CHECK(ends == no_errors(3));
}

TEST_CASE("ranks in one process do not wait for what does not come", "[distributed]") {
  const auto left = on_ranks(2, [](InProcessRank& rank) {
    double own = 0;
    if (rank.rank() == 0) rank.sum(std::span(&own, 1));
  });
  CHECK(left == std::vector<std::string>{"a rank has left", ""});
  const auto aborted = on_ranks(2, [](InProcessRank& rank) {
    double own = 0;
    if (rank.rank() == 1) return rank.abort("out of ink");
    rank.sum(std::span(&own, 1));
  });
  CHECK(aborted[0].find(aborted[0].front() == 'a' ? "a rank has left" : "rank 1: out of ink") == 0);
  const auto different = on_ranks(2, [](InProcessRank& rank) {
    std::vector<double> own(rank.rank() == 0 ? 1 : 2);
    rank.sum(std::span(own));
  });
  CHECK(different[0] == "ranks make different calls");
  CHECK(different[1] == "ranks make different calls");
}
