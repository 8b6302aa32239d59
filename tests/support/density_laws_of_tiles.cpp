#include "support/densities.hpp"
#include "support/density_laws.hpp"
#include "support/tolerance.hpp"

namespace laws {

namespace {

/// Largest difference, relative to the larger of 1 and the largest entry.
using densities::distance;

/// A batch, its tiles, its columns as matrices and as vectors have the same densities; sums are added to.
void check_batches(const Density& p, const DensityOptions& options) {
  INFO("batches");
  const double rounding = 64 * p.epsilon();
  const RealMatrix x = draws_of(p, 300, options.seed);
  const RealVector log_p = p.log_prob(x);
  REQUIRE(log_p.size() == 300);
  REQUIRE(log_p.allFinite());
  for (const Index n : {0, 1, 7, 127, 128, 129}) {
    INFO(n << " columns");
    check_close(p.log_prob(x.middleCols(100, n)), log_p.segment(100, n), rounding);
    if (n > 128 || n == 0) continue;
    const RealVector weights = RealVector::Ones(n);
    check_close(p.run_tile(x.leftCols(n), weights, 0, 0).log_prob, log_p.head(n), rounding);
    check_close(p.run_tile(x.leftCols(n), weights, -4, 0).log_prob, (log_p.head(n).array() - 4).matrix(), rounding);
  }
  RealVector columns(300);
  RealVector events(300);
  for (Index n = 0; n < 300; ++n) {
    columns(n) = p.log_prob(x.col(n))(0);
    events(n) = p.log_prob_of_event(x.col(n));
  }
  check_close(columns, log_p, rounding);
  check_close(events, log_p, rounding);
  check_same_bits(p.log_prob(x), log_p);
}

}  // namespace

/// Both gradients of a pullback against differences of L = sum_n w_n ln p(x_n); that for the parameters is added.
void check_density_pullback(const Density& p, const DensityOptions& options) {
  for (const Index n : {1, 9, 128}) {
    INFO("pullback of " << n << " events");
    const RealMatrix x = draws_of(p, n, options.seed + 1);
    const RealVector weight = RealVector::LinSpaced(n, -1, 2);
    const DensityPass pass = p.run_tile(x, weight, 0, 10);
    RealMatrix by_x(x.rows(), n);
    for (Index i = 0; i < x.rows(); ++i) {
      RealMatrix above = x;
      RealMatrix below = x;
      above.row(i).array() += options.step;
      below.row(i).array() -= options.step;
      const RealVector slope = (p.log_prob(above) - p.log_prob(below)) / (2 * options.step);
      by_x.row(i) = slope.cwiseProduct(weight).transpose();
    }
    if (options.bounded) by_x = by_x.array().isFinite().select(by_x, pass.input_gradient);
    CHECK(distance(pass.input_gradient, by_x) < 1e-7);

    if (n == 128) continue;
    const std::unique_ptr<Density> changed = p.copy();
    const auto sum = [&](const RealVector& values) {
      changed->assign_parameters(values);
      return weight.dot(changed->log_prob(x));
    };
    const RealVector gradient = pass.gradient.array() - 10;
    CHECK(densities::distance_from_differences(gradient, sum, p.parameters(), options.step) < 1e-7);
  }
}

namespace {

/// A pullback whose gradient for the parameters nobody reads gives the same input gradient and touches nothing else.
void check_unread_gradient(const Density& p, const DensityOptions& options) {
  const RealMatrix x = draws_of(p, 100, options.seed + 2);
  const RealVector weight = RealVector::LinSpaced(100, -1, 2);
  const DensityPass read = p.run_tile(x, weight, 0, 0);
  const DensityPass unread = p.run_tile(x, weight, 0, std::nullopt);
  check_same_bits(unread.log_prob, read.log_prob);
  check_same_bits(unread.input_gradient, read.input_gradient);
  CHECK((unread.gradient.array() == 7).all());
}

/// The same seed gives the same draws, n draws are the first n of more, and draw fills the columns that it is given.
void check_draws(const Density& p, const DensityOptions& options) {
  INFO("draws");
  std::mt19937_64 rng{options.seed};
  std::mt19937_64 same{options.seed};
  const RealMatrix x = p.sample(200, rng);
  CHECK(x.rows() == p.event_size());
  CHECK(x.cols() == 200);
  check_same_bits(p.sample(200, same), x);
  CHECK(rng == same);
  CHECK(p.sample(200, rng) != x);
  // Networks sum the units of one event in another order.
  const double rounding = 64 * p.epsilon();
  for (const Index n : {1, 127, 128, 129, 1000}) {
    const Index common = std::min<Index>(n, 200);
    check_close(draws_of(p, n, options.seed).leftCols(common), x.leftCols(common), rounding);
  }
  CHECK(draws_of(p, 0, options.seed).cols() == 0);
  CHECK(draws_of(p, 200, options.seed + 1) != x);

  rng.seed(options.seed);
  same.seed(options.seed);
  const RealMatrix whole = p.draw_into(0, 50, 50, rng);
  const RealMatrix part = p.draw_into(3, 50, 60, same);
  CHECK(rng == same);
  check_same_bits(part.middleCols(3, 50), whole);
  CHECK((part.leftCols(3).array() == 0).all());
  CHECK((part.rightCols(7).array() == 0).all());
}

/// A NaN or an infinity in one coordinate stays in its event, whose density is then NaN or 0. Events of other tiles and
/// of its own tile keep their bits.
void check_bad_columns(const Density& p, const DensityOptions& options) {
  INFO("bad columns");
  const double infinity = std::numeric_limits<double>::infinity();
  const RealMatrix good = draws_of(p, 300, options.seed + 3);
  const RealVector log_p = p.log_prob(good);
  const RealVector weight = RealVector::Ones(128);
  const RealMatrix gradient = p.run_tile(good.leftCols(128), weight, 0, 0).input_gradient;
  for (Index coordinate = 0; coordinate < good.rows(); ++coordinate) {
    for (const double wrong : {std::numeric_limits<double>::quiet_NaN(), infinity, -infinity}) {
      INFO(wrong << " in coordinate " << coordinate);
      RealMatrix x = good;
      x(coordinate, 3) = wrong;
      x(coordinate, 200) = wrong;
      RealVector with_wrong = p.log_prob(x);
      RealMatrix gradient_with_wrong = p.run_tile(x.leftCols(128), weight, 0, 0).input_gradient;
      for (const Index n : {3, 200}) {
        CHECK((std::isnan(with_wrong(n)) || with_wrong(n) == -infinity));
        if (std::isnan(wrong)) CHECK(std::isnan(with_wrong(n)));
        with_wrong(n) = log_p(n);
      }
      gradient_with_wrong.col(3) = gradient.col(3);
      check_same_bits(with_wrong, log_p);
      check_same_bits(gradient_with_wrong, gradient);
    }
  }
}

/// A copy has a life of its own; copies and moves take the whole value.
void check_density_copies(const Density& p, const DensityOptions& options) {
  INFO("copies");
  const RealMatrix x = draws_of(p, 20, options.seed + 4);
  const RealVector log_p = p.log_prob(x);
  const RealMatrix draws = draws_of(p, 20, options.seed);
  const auto check_same = [&](const Density& q) {
    check_same_bits(q.parameters(), p.parameters());
    check_same_bits(q.log_prob(x), log_p);
    check_same_bits(draws_of(q, 20, options.seed), draws);
  };
  const std::unique_ptr<Density> copy = p.copy();
  check_same(*copy);
  if (p.parameter_count() > 0) {
    copy->assign_parameters((copy->parameters().array() * 0.5 + 0.25).matrix());
    CHECK(copy->log_prob(x) != log_p);
    check_same(p);
  }
  copy->assign_copy(p);
  check_same(*copy);
  const std::unique_ptr<Density> moved = copy->move();
  check_same(*moved);
  copy->assign_move(*moved);
  check_same(*copy);
}

}  // namespace

/// In float everything lies as close to the same in double, with the same parameters, as options.float_error says.
void check_float_density(const Density& in_float, Density& in_double, const DensityOptions& options) {
  INFO("float against double");
  in_double.assign_parameters(in_float.parameters());
  const RealMatrix x = draws_of(in_float, 100, options.seed + 5);
  const RealVector weight = RealVector::LinSpaced(100, -1, 2);
  const DensityPass actual = in_float.run_tile(x, weight, 0, 0);
  const DensityPass expected = in_double.run_tile(x, weight.cast<float>().cast<double>(), 0, 0);
  CHECK(distance(actual.log_prob, expected.log_prob) < options.float_error);
  CHECK(distance(actual.input_gradient, expected.input_gradient) < 10 * options.float_error);
  CHECK(distance(actual.gradient, expected.gradient) < 10 * options.float_error);
  CHECK(distance(x, draws_of(in_double, 100, options.seed + 5)) < 10 * options.float_error);
}

void check_density(const Density& p, const DensityOptions& options) {
  check_batches(p, options);
  check_unread_gradient(p, options);
  check_draws(p, options);
  check_bad_columns(p, options);
  check_density_copies(p, options);
}

}  // namespace laws
