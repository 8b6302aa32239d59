#pragma once

#include <bijou/bijectors/bijector.hpp>
#include <bijou/core/batch.hpp>
#include <bijou/core/description.hpp>
#include <bijou/core/initialize.hpp>
#include <string_view>

/// The calls of a bijector on batches: D x N, one event per column, any Eigen expression; a vector known at compile
/// time is one event and gives a scalar log-det.
namespace bijou {

/// Events and the log-det of the map that made them: one number for each, in nats.
template <class Events, class LogDet>
struct ValueAndLogDet {
  /// The mapped events, D x N.
  Events value;
  /// ln|det| for each event, in nats.
  LogDet log_det;
};

/// What comes back through a map: the gradient for its input, D x N, and for its parameters, flat in the order of the
/// list.
template <class Events, class T>
struct Gradients {
  /// dL/dinput, D x N.
  Events input;
  /// dL/dparameters, flat.
  Eigen::Vector<T, Eigen::Dynamic> parameters;
};

namespace detail {

/// One tile of a batch on its way through a bijector.
template <class T>
struct TileOfMap {
  ConstTile<T> input;
  Tile<T> output;
  Sums log_det;
  Pass<T>& pass;
};

/// The same, and back.
template <class T>
struct TileOfPullback : TileOfMap<T> {
  ConstTile<T> output_gradient;
  ConstRow<T> log_det_gradient;
  Tile<T> input_gradient;
};

/// contexts: C x N, or no rows. log_det: of N numbers, or null.
template <class T>
void map_tiles(ConstBatchView<T> input, ConstBatchView<T> contexts, BatchView<T> output, T* log_det,
               FunctionRef<void(const TileOfMap<T>&)> map) {
  Arena arena;
  for_each_tile(input.cols(), arena, [&](const TileOfBatch& at) {
    Pass<T> pass{arena};
    if (contexts.rows() > 0) pass.context.rebind(load_events<T>(contexts, at));
    const TileOfMap<T> tile{load_events<T>(input, at), arena.tile<T>(output.rows(), at.count), arena.sums(at.count),
                            pass};
    map(tile);
    store_events<T>(tile.output, output, at);
    if (!log_det) return;
    for (Index n = 0; n < at.count; ++n) log_det[at.first + n] = static_cast<T>(tile.log_det(n));
  });
}

template <class T>
void pull_back_tiles(ConstBatchView<T> input, ConstBatchView<T> output_gradient, ConstBatchView<T> log_det_gradient,
                     BatchView<T> input_gradient, FunctionRef<void(const TileOfPullback<T>&)> map_and_pull_back) {
  Arena arena;
  for_each_tile(input.cols(), arena, [&](const TileOfBatch& at) {
    Pass<T> pass{.arena = arena, .keep_for_pullback = true};
    const TileOfPullback<T> tile{
        {load_events<T>(input, at), arena.tile<T>(input.rows(), at.count), arena.sums(at.count), pass},
        load_events<T>(output_gradient, at),
        load_events<T>(log_det_gradient, at).row(0),
        arena.tile<T>(input.rows(), at.count)};
    map_and_pull_back(tile);
    store_events<T>(tile.input_gradient, input_gradient, at);
  });
}

template <class Direction, class B, class T>
void map_batch(const B& b, ConstBatchView<T> input, ConstBatchView<T> contexts, BatchView<T> output, T* log_det) {
  map_tiles<T>(input, contexts, output, log_det, [&b](const TileOfMap<T>& t) {
    cache_t<B, T> cache{};
    Direction::apply(b, Evaluation<T, cache_t<B, T>>{t.input, t.output, t.log_det, cache, t.pass});
  });
}

/// parameter_gradient: added to.
template <class Direction, class B, class T>
void pull_back_batch(const B& b, ConstBatchView<T> input, ConstBatchView<T> output_gradient,
                     ConstBatchView<T> log_det_gradient, BatchView<T> input_gradient,
                     ParameterGradient<T> parameter_gradient) {
  pull_back_tiles<T>(
      input, output_gradient, log_det_gradient, input_gradient, [&b, parameter_gradient](const TileOfPullback<T>& t) {
        cache_t<B, T> cache{};
        Direction::apply(b, Evaluation<T, cache_t<B, T>>{t.input, t.output, t.log_det, cache, t.pass});
        Direction::pullback(b, Pullback<T, cache_t<B, T>>{t.input, t.output, t.output_gradient, t.log_det_gradient,
                                                          t.input_gradient, parameter_gradient, cache, t.pass});
      });
}

template <class Direction, class B, class X>
auto value_and_log_det(const B& b, const Eigen::DenseBase<X>& input) {
  using T = working_scalar_t<B, typename X::Scalar>;
  require_bijector<B>();
  require_events(name_of<B>("bijector"), b, input);
  const auto& events = in_memory(input);
  ValueAndLogDet<events_t<T, B::static_event_size, X>, per_event_t<T, X>> result{
      events_t<T, B::static_event_size, X>(input.rows(), input.cols()), make_per_event<T, X>(input.cols())};
  map_batch<Direction>(b, view_of(events), no_batch<T>(), view_of(result.value), numbers_of_events(result.log_det));
  return result;
}

template <class Direction, class B, class X, class G, class L>
auto pullback(const B& b, const Eigen::DenseBase<X>& input, const Eigen::DenseBase<G>& output_gradient,
              const Eigen::DenseBase<L>& log_det_gradient) {
  using T = working_scalar_t<B, typename X::Scalar>;
  constexpr std::string_view name = name_of<B>("bijector");
  require_bijector<B>();
  require_events(name, b, input);
  if (output_gradient.rows() != input.rows() || output_gradient.cols() != input.cols()) {
    throw_invalid_argument(name, "the gradient for the output must have the shape of the input");
  }
  require_size(name, "a gradient for the log-det", input.cols(), log_det_gradient.size());
  const Eigen::RowVector<T, Eigen::Dynamic> log_det_gradients = log_det_gradient.derived().reshaped().transpose();
  const auto& events = in_memory(input);
  const auto& output_gradients = in_memory(output_gradient);
  Gradients<events_t<T, B::static_event_size, X>, T> result{
      events_t<T, B::static_event_size, X>(input.rows(), input.cols()),
      Eigen::Vector<T, Eigen::Dynamic>::Zero(parameter_count(b))};
  pull_back_batch<Direction>(b, view_of(events), view_of(output_gradients), view_of(log_det_gradients),
                             view_of(result.input),
                             ParameterGradient<T>(result.parameters.data(), result.parameters.size()));
  return result;
}

/// The batch as the next bijector or the base sees it: z = f^-1(x).
template <class B, class T>
Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> inverse_of(const B& b, const LearningBatch<T>& batch) {
  Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> z(batch.events.rows(), batch.events.cols());
  map_batch<Inverse, B, T>(b, view_of(batch.events), view_of(batch.contexts), view_of(z), nullptr);
  return z;
}

}  // namespace detail

/// Each column of z mapped to data, with the log-det: {value, log_det}.
///
/// @f[ x = f(z), \qquad \ln\left|\det\frac{\partial f}{\partial z}\right| @f]
template <class B, class Z>
auto forward_and_log_det(const B& b, const Eigen::DenseBase<Z>& z) {
  return detail::value_and_log_det<detail::Forward>(b, z);
}

/// Each column of x mapped to noise, with the log-det: {value, log_det}.
///
/// @f[ z = f^{-1}(x), \qquad \ln\left|\det\frac{\partial f^{-1}}{\partial x}\right| @f]
template <class B, class X>
auto inverse_and_log_det(const B& b, const Eigen::DenseBase<X>& x) {
  return detail::value_and_log_det<detail::Inverse>(b, x);
}

template <class B, class Z>
auto forward(const B& b, const Eigen::DenseBase<Z>& z) {
  return forward_and_log_det(b, z).value;
}

template <class B, class X>
auto inverse(const B& b, const Eigen::DenseBase<X>& x) {
  return inverse_and_log_det(b, x).value;
}

template <class B, class Z>
auto forward_log_det(const B& b, const Eigen::DenseBase<Z>& z) {
  return forward_and_log_det(b, z).log_det;
}

template <class B, class X>
auto inverse_log_det(const B& b, const Eigen::DenseBase<X>& x) {
  return inverse_and_log_det(b, x).log_det;
}

/// Gradients of L(x, log_det) with x, log_det = forward_and_log_det(z), given g = dL/dx (D x N) and w = dL/dlog_det
/// (N). For z, and for the parameters in the same way:
///
/// @f[
///   \frac{\partial L}{\partial z} = \left(\frac{\partial x}{\partial z}\right)^{\!T} g + w\, \frac{\partial}{\partial
///   z} \ln\left|\det\frac{\partial x}{\partial z}\right|
/// @f]
template <class B, class Z, class G, class L>
auto forward_pullback(const B& b, const Eigen::DenseBase<Z>& z, const Eigen::DenseBase<G>& x_gradient,
                      const Eigen::DenseBase<L>& log_det_gradient) {
  return detail::pullback<detail::Forward>(b, z, x_gradient, log_det_gradient);
}

/// Gradients of L(z, log_det) with z, log_det = inverse_and_log_det(x), given g = dL/dz (D x N) and w = dL/dlog_det
/// (N). For x, and for the parameters in the same way:
///
/// @f[
///   \frac{\partial L}{\partial x} = \left(\frac{\partial z}{\partial x}\right)^{\!T} g + w\, \frac{\partial}{\partial
///   x} \ln\left|\det\frac{\partial z}{\partial x}\right|
/// @f]
template <class B, class X, class G, class L>
auto inverse_pullback(const B& b, const Eigen::DenseBase<X>& x, const Eigen::DenseBase<G>& z_gradient,
                      const Eigen::DenseBase<L>& log_det_gradient) {
  return detail::pullback<detail::Inverse>(b, x, z_gradient, log_det_gradient);
}

/// The same calls as members, for types that want them: `class Affine : public BijectorCalls<Affine<T, D>>`, with
/// `using BijectorCalls<Affine>::forward; using BijectorCalls<Affine>::inverse;` beside their maps of the same names.
template <class Self>
class BijectorCalls {
 public:
  template <class Z>
  auto forward(const Eigen::DenseBase<Z>& z) const {
    return bijou::forward(self(), z);
  }
  template <class X>
  auto inverse(const Eigen::DenseBase<X>& x) const {
    return bijou::inverse(self(), x);
  }
  template <class Z>
  auto forward_log_det(const Eigen::DenseBase<Z>& z) const {
    return bijou::forward_log_det(self(), z);
  }
  template <class X>
  auto inverse_log_det(const Eigen::DenseBase<X>& x) const {
    return bijou::inverse_log_det(self(), x);
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }
};

}  // namespace bijou
