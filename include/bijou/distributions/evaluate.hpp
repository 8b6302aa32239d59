#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/numerics/random.hpp>

/// The public surface of a base density, from the functions on tiles that it holds.
namespace bijou::detail {

/// log p of each column of x: a vector of N, or a scalar for a single event. In nats.
template <class P, class X>
auto log_prob(const P& p, const Eigen::DenseBase<X>& x) {
  using T = typename P::Scalar;
  static_assert(Distribution<P>, "not a Distribution: see bijou/core/concepts.hpp for the expressions that it needs");
  require_events(p, x);
  const auto& events = in_memory(x);
  auto result = make_per_event<T, X>(x.cols());
  Arena arena;
  for_each_tile(x.cols(), [&](Index first, Index count) {
    const Arena::Frame frame(arena);
    Row<T> log_p = arena.row<T>(count);
    log_p.setZero();
    p.log_prob(as_const(load_events<T>(events, first, count, arena)), log_p);
    for (Index n = 0; n < count; ++n) entry<T>(result, first + n) = log_p(n);
  });
  return result;
}

/// n draws, D x n.
template <class P, class Rng>
auto sample(const P& p, Index n, Rng& rng) {
  if (n < 0) throw_invalid_argument(P::name, "cannot draw " + std::to_string(n) + " events");
  Eigen::Matrix<typename P::Scalar, P::static_event_size, Eigen::Dynamic> events(p.event_size(), n);
  p.draw(events, rng);
  return events;
}

}  // namespace bijou::detail
