#pragma once

#include <bijou/transformers/transformer.hpp>
#include <vector>

#include "support/laws.hpp"

/// What every transformer must satisfy. A type joins with one line in its test file:
///
///     laws::check_transformer([]<class T>(T, auto&) { return bijou::AffineTransformer<T, bijou::scale_maps::Exp>{};
///     });
namespace laws {

struct TransformerOptions {
  std::vector<double> factors{1.0, 0.0, 1e-8, 30.0};  // the laws hold with normal parameters times these
  double low = -1e3;                                  // and with inputs from low to high
  double high = 1e3;
  double undecided = 0;          // the share of differences that may say nothing, as at kinks
  bool ill_conditioned = false;  // whether a few units in the last place of an argument may change much
};

/// A pass of one coordinate, and its pullback.
template <class T>
struct CoordinatePass {
  Vector<T> value;
  Vector<double> log_det;
  Vector<T> input_gradient;
  Matrix<T> parameters_gradient;
};

/// The arguments of a pass over one coordinate and its pullback, K x N and N each.
template <class T>
struct CoordinateEvents {
  Matrix<T> parameters;
  Vector<T> input;
  Vector<T> output_gradient;
  Vector<T> log_det_gradient;

  CoordinateEvents head(Index n) const {
    return {parameters.leftCols(n), input.head(n), output_gradient.head(n), log_det_gradient.head(n)};
  }
};

/// How a coordinate is run: what its log-dets are added to, and in which memory.
struct CoordinateStart {
  double log_det = 0;
  Rest rest = Rest::nan;
};

/// A transformer behind a function.
template <class T>
using Coordinate = std::function<CoordinatePass<T>(Direction, const CoordinateEvents<T>&, const CoordinateStart&,
                                                   bijou::Arena& arena)>;

template <class S, class T = typename S::Scalar>
Coordinate<T> coordinate_of(const S& s) {
  static_assert(bijou::Transformer<S>);
  return [=](Direction direction, const CoordinateEvents<T>& events, const CoordinateStart& start,
             bijou::Arena& arena) -> CoordinatePass<T> {
    const bijou::Arena::Frame frame(arena);
    bijou::Pass<T> pass{.arena = arena, .keep_for_pullback = true};
    const Index n = events.input.size();
    const auto empty = [&] {
      bijou::Row<T> row = arena.row<T>(n);
      if (start.rest == Rest::nan) row.setConstant(T(7));
      return row;
    };
    const bijou::Tile<T> parameters = tile_of(events.parameters, arena, start.rest);
    const bijou::Row<T> input = row_of(events.input, arena);
    const bijou::Row<T> output = empty();
    bijou::Sums log_det = arena.sums(n);
    log_det += start.log_det;
    const bijou::TransformerEvaluation<T> e{parameters, input, output, log_det, pass};
    const bijou::Tile<T> parameters_gradient = empty_tile<T>(parameters.rows(), n, arena, start.rest);
    const bijou::Row<T> input_gradient = empty();
    const bijou::TransformerPullback<T> p{parameters,
                                          input,
                                          output,
                                          row_of(events.output_gradient, arena),
                                          row_of(events.log_det_gradient, arena),
                                          parameters_gradient,
                                          input_gradient,
                                          pass};
    if (direction == Direction::forward) {
      s.forward(e);
      s.forward_pullback(p);
    } else {
      s.inverse(e);
      s.inverse_pullback(p);
    }
    return {output.matrix().transpose(), log_det.matrix().transpose(), input_gradient.matrix().transpose(),
            parameters_gradient.matrix()};
  };
}

template <class T>
CoordinatePass<T> run(const Coordinate<T>& f, Direction direction, const CoordinateEvents<T>& events) {
  bijou::Arena arena;
  return f(direction, events, {}, arena);
}

void check_coordinate(const Coordinate<double>& in_double, const Coordinate<float>& in_float,
                      Index parameters_per_coordinate, const TransformerOptions& options);

template <class Make>
void check_transformer(const Make& make, const TransformerOptions& options = {}) {
  std::mt19937_64 rng{seed};
  std::mt19937_64 again{seed};
  const auto s = make(double{}, rng);
  const auto s_float = make(float{}, again);
  CHECK(s_float.parameters_per_coordinate() == s.parameters_per_coordinate());
  check_coordinate(coordinate_of(s), coordinate_of(s_float), s.parameters_per_coordinate(), options);
}

}  // namespace laws
