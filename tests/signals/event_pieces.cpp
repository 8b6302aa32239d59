#include <bijou/signals/event_pieces.hpp>
#include <vector>

#include "support/catch.hpp"

using namespace bijou;

namespace {

struct Piece {
  Index first = -1;
};
using Cache = detail::PiecesCache<Piece>;

}  // namespace

TEST_CASE("events_at_once: at least 32, in steps of 32", "[event_pieces]") {
  CHECK(detail::events_at_once<float>(1'000'000'000) == 32);
  CHECK(detail::events_at_once<float>(2048) == 128);
  CHECK(detail::events_at_once<double>(2048) == 64);
  CHECK(detail::events_at_once<float>(1) % 32 == 0);
}

TEST_CASE("a tile in pieces: all events once, with their context and what is kept", "[event_pieces]") {
  for (const Index events : {0, 1, 32, 33, 100}) {
    INFO(events << " events");
    Arena arena;
    Tile<double> in = arena.tile<double>(3, events);
    const Tile<double> out = arena.tile<double>(2, events);
    Tile<double> context = arena.tile<double>(4, events);
    const Tile<double> of_context = arena.tile<double>(4, events);
    for (Index n = 0; n < events; ++n) {
      in.col(n).setConstant(static_cast<double>(n));
      context.col(n).setConstant(static_cast<double>(n));
    }
    Cache cache;
    Pass<double> pass{.arena = arena, .keep_for_pullback = true, .context = context, .context_gradient = of_context};
    ConditionerEvaluation<double, Cache> e{in, out, cache, pass};
    Index seen = 0;
    detail::evaluate_in_pieces(e, 32, [&](ConditionerEvaluation<double, Piece> piece) {
      piece.cache.first = seen;
      CHECK(piece.output.data() == out.data() + seen);
      CHECK((piece.input.cols() == 32 || seen + piece.input.cols() == events));
      CHECK((piece.input.row(0) == piece.pass.context.row(3)).all());
      CHECK(piece.input(0, 0) == static_cast<double>(seen));
      seen += piece.input.cols();
    });
    CHECK(seen == events);
    const Tile<double> in_gradient = arena.tile<double>(3, events);
    ConditionerPullback<double, Cache> p{out, in_gradient, ParameterGradient<double>(nullptr, 0), cache, pass};
    seen = 0;
    detail::pull_back_in_pieces(p, 32, [&](ConditionerPullback<double, Piece> piece) {
      CHECK(piece.cache.first == seen);
      CHECK(piece.input_gradient.data() == in_gradient.data() + seen);
      CHECK(piece.pass.context_gradient.data() == of_context.data() + seen);
      seen += piece.output_gradient.cols();
    });
    CHECK(seen == events);
  }
}

TEST_CASE("a tile in pieces without a pullback or a context", "[event_pieces]") {
  Arena arena;
  const Tile<float> in = arena.tile<float>(3, 70), out = arena.tile<float>(2, 70);
  Cache cache;
  Pass<float> pass{.arena = arena};
  ConditionerEvaluation<float, Cache> e{in, out, cache, pass};
  std::vector<const float*> memory;
  detail::evaluate_in_pieces(e, 32, [&](ConditionerEvaluation<float, Piece> piece) {
    CHECK(piece.pass.context.rows() == 0);
    memory.push_back(piece.pass.arena.tile<float>(5, piece.input.cols()).data());
  });
  CHECK(memory.size() == 3);
  CHECK(memory[0] == memory[1]);  // given back after each piece
  CHECK(cache.pieces == nullptr);
}
