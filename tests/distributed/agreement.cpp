#include <bijou/distributed/agreement.hpp>
#include <stdexcept>

#include "support/catch.hpp"
#include "support/in_process_team.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

/// f(agreement, rank) on ranks that all come to their end.
template <class F>
void agree(int size, F f) {
  const auto ends = on_ranks(size, [&](InProcessRank& rank) {
    detail::Agreement<InProcessRank> ranks(rank);
    f(ranks, rank.rank());
  });
  CHECK(ends == no_errors(size));
}

}  // namespace

TEST_CASE("what one rank refuses, all refuse with the sentence of the lowest", "[distributed]") {
  agree(4, [](auto& ranks, int rank) {
    const auto message = [&](auto check) {
      return message_of([&] { ranks.template together<std::invalid_argument>(check); });
    };
    expect_text(message([] {}), "nothing was thrown");
    expect_text(message([&] {
                  if (rank > 1) throw std::invalid_argument("bad " + std::to_string(rank));
                }),
                "bad 2 (rank 2 of 4)");
    expect_text(message([] { throw std::invalid_argument("bad everywhere"); }), "bad everywhere");
  });
}

TEST_CASE("ranks agree on texts and answers", "[distributed]") {
  agree(3, [](auto& ranks, int rank) {
    expect_text(ranks.first_of(""), "");
    expect_text(ranks.first_of(rank == 0 ? "" : "from " + std::to_string(rank)), "from 1");
    expect(ranks.all(true), "yes");
    expect(!ranks.all(rank != 2), "no");
    expect(ranks.gathered(rank + 0.5) == std::vector<double>{0.5, 1.5, 2.5}, "the numbers of all");
    expect_text(ranks.name_of_rank(1), "rank 1 of 3");
  });
}

TEST_CASE("the rank with another checksum is found", "[distributed]") {
  agree(4, [](auto& ranks, int rank) {
    const std::uint64_t usual = 0x0123'4567'89ab'cdef;
    expect(ranks.odd_one(usual) == -1, "none");
    expect(ranks.odd_one(rank == 0 ? usual + 1 : usual) == 0, "rank 0");
    expect(ranks.odd_one(rank == 3 ? usual ^ std::uint64_t{1} << 63 : usual) == 3, "rank 3");
    expect(ranks.odd_one(rank / 2 == 1 ? usual : usual + 1) == 2, "the first that differs from rank 0 in a tie");
    const auto say = [](const std::string& name) { return name + " is odd"; };
    expect_text(message_of([&] { ranks.template require_same<std::invalid_argument>(rank == 1 ? 5 : 6, say); }),
                "rank 1 of 4 is odd");
  });
}

TEST_CASE("an exception on one rank alone aborts, one on all does not", "[distributed]") {
  const auto ends = on_ranks(2, [](InProcessRank& rank) {
    detail::Agreement<InProcessRank> ranks(rank);
    const std::string together = message_of([&] {
      ranks.or_abort(
          "work", [&] { ranks.template together<std::invalid_argument>([] { throw std::invalid_argument("bad"); }); });
    });
    expect_text(together, "bad");
    expect(ranks.all(true), "all still there");
    ranks.or_abort("work", [&] {
      if (rank.rank() == 1) throw std::runtime_error("out of ink");
      ranks.all(true);
    });
  });
  CHECK(ends == std::vector<std::string>{"rank 1: work has ended here alone: out of ink", "out of ink"});
}
