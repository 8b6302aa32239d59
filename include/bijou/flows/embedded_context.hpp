#pragma once

#include <bijou/conditioners/conditioner.hpp>
#include <bijou/core/batch.hpp>
#include <bijou/core/initialize.hpp>
#include <bijou/core/pass.hpp>

namespace bijou::detail {

/// The context of one part, made by a network from the context of a pass; kept for the pullback.
template <Conditioner C>
class EmbeddedContext {
  using T = typename C::Scalar;

 public:
  /// The pass of the part. A context that all events share goes through the network once.
  Pass<T> evaluate(const C& network, const Pass<T>& pass) {
    Pass<T> inner = without_context(pass);
    if (network.output_size() == 0) return inner;
    const ConstTile<T> all = pass.context;
    const Index columns = pass.one_context ? 1 : all.cols();
    const ConstTile<T> context(all.data(), all.rows(), columns, all.outerStride());
    embedded_.rebind(pass.arena.template units<T>(network.output_size(), columns));
    Pass<T> own = without_context(pass);
    network.evaluate({context, embedded_, cache_, own});
    inner.context.rebind(for_all_events(pass));
    return inner;
  }

  /// part(pass of the part): the part's pullback. Adds to network_gradient and to the pass's gradient for the context.
  void pull_back(const C& network, ParameterGradient<T> network_gradient, Pass<T>& pass,
                 FunctionRef<void(Pass<T>&)> part) {
    Pass<T> inner = without_context(pass);
    const bool has_output = network.output_size() > 0;
    const bool is_read = network_gradient.size() > 0 || pass.context_gradient.rows() > 0;
    if (has_output) inner.context.rebind(for_all_events(pass));
    if (!has_output || !is_read) {
      part(inner);
      return;
    }
    Arena& arena = pass.arena;
    const Index events = pass.context.cols();
    const Index columns = embedded_.cols();
    inner.context_gradient.rebind(arena.template tile<T>(network.output_size(), events));
    inner.context_gradient.setZero();
    part(inner);

    Tile<T> embedded_gradient = inner.context_gradient;
    if (columns < events) {
      embedded_gradient.rebind(arena.template tile<T>(network.output_size(), columns));
      embedded_gradient.col(0) = inner.context_gradient.rowwise().sum();
    }
    const Tile<T> context_gradient = arena.template tile<T>(network.input_size(), columns);
    Pass<T> own = without_context(pass);
    network.pullback({embedded_gradient, context_gradient, network_gradient, cache_, own});
    // The gradient for one context is the sum over the columns, so that it may stand in the first.
    if (pass.context_gradient.rows() > 0) pass.context_gradient.leftCols(columns) += context_gradient;
  }

 private:
  static Pass<T> without_context(const Pass<T>& pass) {
    return {.arena = pass.arena,
            .keep_for_pullback = pass.keep_for_pullback,
            .one_context = pass.one_context,
            .threads = pass.threads};
  }

  ConstTile<T> for_all_events(const Pass<T>& pass) const {
    if (!pass.one_context) return embedded_;
    return repeat_column<T>(embedded_, pass.context.cols(), pass.arena);
  }

  typename C::Cache cache_{};
  Tile<T> embedded_{};
};

/// Starts a network and the part that reads its output.
template <Conditioner C, class Part, class T>
void initialize_embedded(C& network, Part& part, const LearningBatch<T>& batch) {
  initialize_part(network, batch);
  if (!learns_from(part, batch)) return;
  Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> embedded(network.output_size(), batch.contexts.cols());
  Arena arena;
  for_each_tile(embedded.cols(), arena, [&](const TileOfBatch& at) {
    const ConstTile<T> context = load_events<T>(batch.contexts, at);
    const Tile<T> output = arena.template units<T>(embedded.rows(), at.count);
    typename C::Cache cache{};
    Pass<T> pass{.arena = arena};
    network.evaluate({context, output, cache, pass});
    store_events<T>(output, embedded, at);
  });
  initialize_part(part, LearningBatch<T>{batch.events, columns_of(embedded), batch.is_epoch, batch.ranks});
}

}  // namespace bijou::detail
