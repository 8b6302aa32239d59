#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/batch_gradient.hpp>
#include <bijou/core/description.hpp>
#include <bijou/core/function_ref.hpp>
#include <bijou/core/parameters.hpp>
#include <bijou/distributions/context.hpp>
#include <bijou/distributions/distribution.hpp>
#include <bijou/distributions/draw_into.hpp>
#include <bijou/distributions/sample.hpp>
#include <bijou/numerics/finite.hpp>
#include <limits>
#include <type_traits>

namespace bijou {

/// The calls of a density on batches, made once from its functions on tiles: log_prob, sample, nll, nll_gradient, score
/// and the flat vector of parameters. A type takes them with `class P : public DistributionCalls<P, T, D>` and
/// `using DistributionCalls<P, T, D>::log_prob;` beside its own function of that name.
///
/// A batch is D x N, one event per column, any Eigen expression; a vector known at compile time is one event and gives
/// a scalar. A batch of the wrong number of rows throws std::invalid_argument. NaN or infinity in an event gives NaN or
/// -infinity for that event alone. Results can be written into any Eigen object or block of the right size.
///
/// Every call takes a Workspace as its last argument; with one that is used again, nothing is taken from the heap after
/// the first call of a size, but for what is returned and for an expression that has to be computed, such as 2 * x.
template <class Self, class T, int D>
class DistributionCalls {
 public:
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  using Events = Eigen::Matrix<T, D, Eigen::Dynamic>;

  Index parameter_count() const { return bijou::parameter_count(self()); }

  /// The density @f$ p(x \mid c) @f$ under a context, with all calls of this one; see Conditioned. context: C x M, C =
  /// context_size(); one column holds for all events, N columns go with N events. A matrix with a name, or a block or
  /// map of one, is not copied: it must outlive the result, as must the flow. Throws std::invalid_argument for a
  /// context of the wrong number of rows.
  template <detail::EigenExpression C>
  auto given(C&& context) const& {
    static_assert(requires { self().context_size(); }, "given: this distribution never reads a context");
    constexpr bool is_of_scalar = std::is_same_v<typename std::remove_cvref_t<C>::Scalar, T>;
    static_assert(is_of_scalar, "given: the context has another scalar type than the flow");
    using View = detail::ColumnsView<T>;
    if constexpr (!is_of_scalar)
      return Conditioned<Self, View>(self(), View(nullptr, 0, 0, Eigen::OuterStride<>(0)));
    else if constexpr (detail::is_lent<C>)
      return Conditioned<Self, View>(self(), View(context.derived().data(), context.rows(), context.cols(),
                                                  Eigen::OuterStride<>(context.derived().outerStride())));
    else
      return Conditioned<Self, typename std::remove_cvref_t<C>::PlainObject>(self(), std::forward<C>(context));
  }
  /// Refused: the view would outlive the flow.
  template <detail::EigenExpression C>
  auto given(C&& context) const&& {
    static_assert(!detail::EigenExpression<C>, "given: the flow is a temporary, which ends before its view: name it");
    return self().given(std::forward<C>(context));
  }

  /// All parameters in one vector, in the order of the list.
  Vector parameters() const {
    Vector values(parameter_count());
    copy_parameters(self(), values);
    return values;
  }

  /// Throws std::invalid_argument, and changes nothing, if the size is not parameter_count() or a value is one that the
  /// constructors refuse: not finite, a scale of 0.
  template <class V>
  void set_parameters(const Eigen::MatrixBase<V>& values) {
    static_assert(std::is_same_v<typename V::Scalar, T>, "set_parameters: values of another scalar type than the flow");
    detail::require_size(Self::name, "parameters", parameter_count(), values.size());
    const Eigen::Ref<const Vector> flat(values.derived());
    Self& object = static_cast<Self&>(*this);
    detail::require_parameters(Self::name, object, flat.data());
    assign_parameters(object, flat);
  }

  /// ln p of each column of x in nats: a vector of N, or a scalar for a single event.
  template <class X>
  auto log_prob(const Eigen::DenseBase<X>& x, WorkspaceArgument workspace = {}) const {
    auto result = detail::make_per_event<T, X>(x.cols());
    evaluate(x, *workspace, writer(detail::numbers_of_events(result)));
    return result;
  }

  /// The same into a vector of N.
  template <class X, detail::WritableExpression Out>
  void log_prob(const Eigen::DenseBase<X>& x, Out&& out, WorkspaceArgument workspace = {}) const {
    require_vector<Out>(out, x.cols());
    evaluate(x, *workspace, writer(out));
  }

  /// n draws, D x n.
  template <class Rng>
  Events sample(Index n, Rng&& rng, WorkspaceArgument workspace = {}) const {
    Events x = make_events(n);
    draw_events(x, rng, *workspace, [](const detail::TileOfBatch&, const Sums&) {});
    return x;
  }

  /// Fills the columns of x with draws.
  template <detail::WritableExpression X, class Rng>
  void sample(X&& x, Rng&& rng, WorkspaceArgument workspace = {}) const {
    draw_events(x, rng, *workspace, [](const detail::TileOfBatch&, const Sums&) {});
  }

  /// n draws and their log densities in nats, {events, log_prob}, for the cost of the draws.
  template <class Rng>
  Sample<T, D> sample_with_log_prob(Index n, Rng&& rng, WorkspaceArgument workspace = {}) const {
    Sample<T, D> result{make_events(n), Vector(n)};
    sample_with_log_prob(result.events, result.log_prob, rng, workspace);
    return result;
  }

  /// The same into the columns of x and a vector.
  template <detail::WritableExpression X, detail::WritableExpression Out, class Rng>
  void sample_with_log_prob(X&& x, Out&& log_prob, Rng&& rng, const WorkspaceArgument& workspace = {}) const {
    require_vector<Out>(log_prob, x.cols());
    draw_events(x, rng, *workspace, writer(log_prob));
  }

  /// Mean negative log-likelihood of the columns of x, in nats. Throws std::invalid_argument for an empty batch.
  ///
  /// @f[ -\frac{1}{N} \sum_n \ln p(x_n) @f]
  template <class X>
  T nll(const Eigen::DenseBase<X>& x, WorkspaceArgument workspace = {}) const {
    require_not_empty(x);
    detail::GroupSums sums;
    evaluate(x, *workspace,
             [&](const detail::TileOfBatch& at, const Sums& log_prob) { sums[at.group] += log_prob.sum(); });
    return negative_mean(sums.total(), x.cols());
  }

  /// The same to rounding, and its gradient for the parameters, written to a vector of parameter_count().
  template <class X, class Gradient>
  T nll_gradient(const Eigen::DenseBase<X>& x, Gradient&& gradient, WorkspaceArgument workspace = {}) const {
    require_gradient(x, gradient);
    const auto& events = detail::in_memory(x);
    return write_nll_gradient(x.cols(), loader(events), ParameterGradient<T>(gradient.data(), gradient.size()),
                              *workspace);
  }

  /// @f$ \nabla_x \ln p(x_n) @f$, the gradient of ln p with respect to x, a column for each event; 0 where ln p is
  /// -infinity, NaN where it is NaN.
  template <class X>
  auto score(const Eigen::DenseBase<X>& x, WorkspaceArgument workspace = {}) const {
    require_events(x);
    detail::events_t<T, D, X> result(x.rows(), x.cols());
    write_score(x, result, *workspace);
    return result;
  }

  /// The same into the columns of `out`, D x N.
  template <class X, detail::WritableExpression Out>
  void score(const Eigen::DenseBase<X>& x, Out&& out, WorkspaceArgument workspace = {}) const {
    static_assert(std::is_same_v<typename std::remove_cvref_t<Out>::Scalar, T>,
                  "score: the result has another scalar type than the flow");
    if (out.rows() != x.rows() || out.cols() != x.cols()) {
      detail::throw_invalid_argument(Self::name, "the score must have the shape of the events");
    }
    write_score(x, out, *workspace);
  }

 protected:
  const Self& self() const { return static_cast<const Self&>(*this); }

  Events make_events(Index n) const {
    require_fitting_parts();
    if (n < 0) detail::throw_invalid_argument(Self::name, "cannot draw ", n, " events");
    return Events(self().event_size(), n);
  }

  void require_fitting_parts() const {
    if (self().event_size() == 0) detail::throw_invalid_argument(Self::name, "has been moved from: nothing is inside");
    if constexpr (requires { self().require_parts(); }) self().require_parts();
    if (const Index size = bijou::context_size(self()); size > 0) {
      detail::throw_invalid_argument(Self::name, "expected a context of ", size,
                                     " rows, got none: call given(context)");
    }
  }

  // `auto` as there, so that the sentence is a compiler's first error.
  template <class X>
  auto require_events(const Eigen::DenseBase<X>& x) const {
    require_fitting_parts();
    detail::require_events(Self::name, self(), x);
    if constexpr (detail::HoldsContext<Self>) self().require_events_of_context(x.cols());
  }

  template <class X>
  void require_not_empty(const Eigen::DenseBase<X>& x) const {
    if (x.cols() == 0) detail::throw_invalid_argument(Self::name, "the mean over a batch needs at least one event");
  }

  template <class X, class Gradient>
  auto require_gradient(const Eigen::DenseBase<X>& x, Gradient& gradient) const {
    static_assert(!std::is_const_v<Gradient> && bool(Gradient::Flags & Eigen::LvalueBit),
                  "nll_gradient: the gradient is const");
    static_assert(std::is_same_v<typename Gradient::Scalar, T>,
                  "nll_gradient: a gradient of another scalar type than the flow");
    static_assert(detail::is_contiguous_vector<Gradient>,
                  "nll_gradient: the gradient must be a vector contiguous in memory: an Eigen vector, a segment of "
                  "one, or a column of a matrix");
    require_events(x);
    require_not_empty(x);
    detail::require_size(Self::name, "a gradient", self().parameter_count(), gradient.size());
  }

  template <class Out>
  static void require_vector(const Out& out, Index size) {
    using O = std::remove_cvref_t<Out>;
    static_assert(std::is_same_v<typename O::Scalar, T> && bool(O::IsVectorAtCompileTime),
                  "log_prob: the densities go to a vector of the flow's scalar type");
    detail::require_size(Self::name, "a vector for the densities", size, out.size());
  }

  static T negative_mean(double sum, Index events) { return static_cast<T>(-sum / static_cast<double>(events)); }

  // What follows is compiled once for each density: batches come in and results go out through these.
  using Load = detail::FunctionRef<Tile<T>(const detail::TileOfBatch&)>;
  using WriteSums = detail::FunctionRef<void(const detail::TileOfBatch&, const Sums&)>;
  using WriteTile = detail::FunctionRef<void(const detail::TileOfBatch&, Tile<T>)>;

  /// load(tile of a batch) for a batch that stays alive.
  template <class X>
  static auto loader(const X& events) {
    if constexpr (detail::lies_in_memory<X>)
      return view_loader(detail::view_of(events));
    else
      return [&events](const detail::TileOfBatch& at) { return detail::load_events<T>(events, at); };
  }
  static auto view_loader(detail::ConstBatchView<T> events) {
    return [events](const detail::TileOfBatch& at) { return detail::load_events<T>(events, at); };
  }

  /// store(tile of a batch, tile) into the columns of x.
  template <class X>
  static auto storer(X& x) {
    if constexpr (detail::lies_in_memory<X>)
      return view_storer(detail::view_of(x));
    else
      return [&x](const detail::TileOfBatch& at, Tile<T> tile) { detail::store_events<T>(tile, x, at); };
  }
  static auto view_storer(detail::BatchView<T> x) {
    return [x](const detail::TileOfBatch& at, Tile<T> tile) { detail::store_events<T>(tile, x, at); };
  }

  /// out(n) = the sum of event n.
  static auto writer(T* out) {
    return [out](const detail::TileOfBatch& at, const Sums& sums) {
      for (Index n = 0; n < at.count; ++n) out[at.first + n] = static_cast<T>(sums(n));
    };
  }
  template <class Out>
  static auto writer(Out& out) {
    return [&out](const detail::TileOfBatch& at, const Sums& sums) {
      for (Index n = 0; n < at.count; ++n) out(at.first + n) = static_cast<T>(sums(n));
    };
  }

  template <class X>
  void evaluate(const Eigen::DenseBase<X>& x, Workspace& workspace, WriteSums write) const {
    require_events(x);
    const auto& events = detail::in_memory(x);
    evaluate_tiles(x.cols(), loader(events), workspace, write);
  }

  void evaluate_tiles(Index events, Load load, Workspace& workspace, WriteSums write) const {
    detail::for_each_tile_of_groups(events, workspace, [&](const detail::TileOfBatch& at) {
      const Sums log_prob = at.arena.sums(at.count);
      using Cache = detail::cache_t<Self, T>;
      Cache cache{};
      Pass<T> pass = detail::pass_for(self(), at, false);
      self().log_prob(DensityEvaluation<T, Cache>{load(at), log_prob, cache, pass});
      write(at, log_prob);
    });
  }

  /// Fills x with draws, in the calling thread, then maps noise to events tile by tile.
  template <class X, class Rng>
  void draw_events(X& x, Rng& rng, Workspace& workspace, WriteSums write) const {
    detail::require_generator<Rng>();
    if constexpr (UniformRandomBitGenerator<Rng>) {
      require_events(x);
      if constexpr (detail::HoldsContext<Self>) self().require_apart_from_context(x);
      const auto store = storer(x);
      if (const Index rows = detail::noise_size(self()); rows != x.rows()) {
        Arena& arena = detail::WorkspaceAccess::arena(workspace, 0);
        const Arena::Frame frame(arena);
        using Noise = Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>>;
        Noise noise(arena.template zeros<T>(rows * x.cols()).data(), rows, x.cols());
        self().draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>>(noise), rng);
        map_draws(x.cols(), loader(noise), workspace, write, store);
      } else {
        detail::draw_into(self(), x, rng, workspace);
        map_draws(x.cols(), loader(x), workspace, write, store);
      }
    }
  }

  void map_draws(Index events, Load load, Workspace& workspace, WriteSums write,
                 [[maybe_unused]] WriteTile store) const {
    detail::for_each_tile_of_groups(events, workspace, [&](const detail::TileOfBatch& at) {
      const ConstTile<T> drawn = load(at);
      const Sums log_prob = at.arena.sums(at.count);
      using Cache = detail::cache_t<Self, T>;
      Cache cache{};
      Pass<T> pass = detail::pass_for(self(), at, false);
      if constexpr (detail::MapsNoise<Self>) {
        const Tile<T> out = at.arena.template tile<T>(self().event_size(), at.count);
        self().map_noise(NoiseEvaluation<T, Cache>{drawn, out, log_prob, cache, pass});
        store(at, out);
      } else {
        self().log_prob(DensityEvaluation<T, Cache>{drawn, log_prob, cache, pass});
      }
      write(at, log_prob);
    });
  }

  /// One tile of a batch: ln p, and the gradients of weight * sum of ln p, that for the context where someone reads it.
  /// done(log_prob, input_gradient).
  void pull_back_tile(Load load, const detail::TileOfBatch& at, T weight, ParameterGradient<T> gradient,
                      detail::FunctionRef<void(const Sums&, Tile<T>)> done,
                      const WriteTile* write_context_gradient = nullptr) const {
    Arena& arena = at.arena;
    const ConstTile<T> input = load(at);
    const Tile<T> input_gradient = arena.template tile<T>(input.rows(), at.count);
    const Sums log_prob = arena.sums(at.count);
    Row<T> weights = arena.template row<T>(at.count);
    weights.setConstant(weight);
    using Cache = detail::cache_t<Self, T>;
    Cache cache{};
    Pass<T> pass = detail::pass_for(self(), at, true);
    if (write_context_gradient) {
      pass.context_gradient.rebind(arena.template tile<T>(pass.context.rows(), at.count));
      pass.context_gradient.setZero();
    }
    self().log_prob(DensityEvaluation<T, Cache>{input, log_prob, cache, pass});
    self().log_prob_pullback(DensityPullback<T, Cache>{input, weights, input_gradient, gradient, cache, pass});
    done(log_prob, input_gradient);
    if (write_context_gradient) (*write_context_gradient)(at, pass.context_gradient);
  }

  T write_nll_gradient(Index events, Load load, ParameterGradient<T> total, Workspace& workspace,
                       const WriteTile* write_context_gradient = nullptr) const {
    const T weight = T(-1) / static_cast<T>(events);
    const double sum = detail::sum_gradient<T>(
        events, total, workspace, [&](const detail::TileOfBatch& at, ParameterGradient<T> gradient) {
          double of_tile = 0;
          pull_back_tile(
              load, at, weight, gradient, [&](const Sums& log_prob, const Tile<T>&) { of_tile = log_prob.sum(); },
              write_context_gradient);
          return of_tile;
        });
    return negative_mean(sum, events);
  }

  template <class X, class Out>
  void write_score(const Eigen::DenseBase<X>& x, Out& out, Workspace& workspace) const {
    require_events(x);
    const auto& events = detail::in_memory(x);
    const auto store = storer(out);
    write_score_of_tiles(x.cols(), loader(events), workspace, store);
  }

  void write_score_of_tiles(Index events, Load load, Workspace& workspace, WriteTile store) const {
    detail::for_each_tile_of_groups(events, workspace, [&](const detail::TileOfBatch& at) {
      pull_back_tile(load, at, T(1), ParameterGradient<T>(nullptr, 0), [&](const Sums& log_prob, Tile<T> gradient) {
        for (Index n = 0; n < at.count; ++n) {
          const T value = static_cast<T>(log_prob(n));
          if (value < std::numeric_limits<T>::lowest()) gradient.col(n).setZero();
          if (detail::is_nan(value)) gradient.col(n).setConstant(value);
        }
        store(at, gradient);
      });
    });
  }
};

}  // namespace bijou
