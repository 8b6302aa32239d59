#pragma once

#include <bijou/bijectors/chain.hpp>
#include <bijou/distributions/evaluate.hpp>
#include <array>
#include <numeric>
#include <optional>

namespace bijou {

/// A flow: x = f(z) with z from the base density, ln p(x) = ln p_base(f^-1(x)) + log|det df^-1/dx|.
///
/// Base: a Distribution. B: a Bijector of the same scalar and event size; anything else fails to compile, or throws
/// std::invalid_argument for sizes known at run time. A batch is D x N, one event per column; a vector known at compile
/// time is one event and gives a scalar. A batch of the wrong number of rows throws std::invalid_argument. NaN or
/// infinity in an event gives NaN or -infinity for that event alone.
///
/// Every call can take a Workspace as its last argument: then nothing is taken from the heap after the first call of a
/// size, but for what is returned.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::MAF<float, 2, 32>{rng}};
/// const Eigen::Matrix2Xf batch = flow.sample(100, rng);
/// Eigen::VectorXf gradient(flow.parameter_count());
/// const float nll = flow.nll_gradient(batch, gradient);
/// flow.set_parameters(flow.parameters() - 1e-3f * gradient);
/// @endcode
template <class Base, class B>
class TransformedDistribution {
 public:
  static_assert(Distribution<Base>,
                "TransformedDistribution: the base is not a Distribution; see bijou/core/concepts.hpp");
  static_assert(Bijector<B>, "TransformedDistribution: not a Bijector; see bijou/core/concepts.hpp");
  using Scalar = typename Base::Scalar;
  using T = Scalar;
  static_assert(detail::takes_scalar<B, T>,
                "TransformedDistribution: base and bijector have different scalar types, float and double");
  static_assert(detail::static_sizes_agree<Base, B>(),
                "TransformedDistribution: base and bijector have different event sizes");
  static constexpr int static_event_size = detail::common_static_size<Base, B>();
  static constexpr const char* name = "TransformedDistribution";
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  using Events = Eigen::Matrix<T, static_event_size, Eigen::Dynamic>;

  Base base;
  B bijector;

  TransformedDistribution(Base base_in, B bijector_in) : base(std::move(base_in)), bijector(std::move(bijector_in)) {
    detail::require_common_size(name, {bijou::event_size(base), bijou::event_size(bijector)});
  }

  static constexpr auto parameter_list() {
    return std::tuple{named("base", &TransformedDistribution::base),
                      named("bijector", &TransformedDistribution::bijector)};
  }
  static constexpr auto state_list() { return parameter_list(); }

  Index event_size() const { return base.event_size(); }

  Index parameter_count() const { return bijou::parameter_count(*this); }

  /// All parameters in one vector, in the order of the list: base, then bijector.
  Vector parameters() const {
    Vector values(parameter_count());
    copy_parameters(*this, values);
    return values;
  }

  /// Throws std::invalid_argument, and changes nothing, if the size is not parameter_count().
  template <class V>
  void set_parameters(const Eigen::MatrixBase<V>& values) {
    static_assert(std::is_same_v<typename V::Scalar, T>, "set_parameters: values of another scalar type than the flow");
    detail::require_size(name, "parameters", parameter_count(), values.size());
    const Eigen::Ref<const Vector> flat(values.derived());
    assign_parameters(*this, flat);
  }

  /// ln p of each column of x in nats: a vector of N, or a scalar for a single event.
  template <class X>
  auto log_prob(const Eigen::DenseBase<X>& x) const {
    Workspace workspace;
    return log_prob(x, workspace);
  }
  template <class X>
  auto log_prob(const Eigen::DenseBase<X>& x, Workspace& workspace) const {
    auto result = detail::make_per_event<T, X>(x.cols());
    write_log_prob(x, [&](Index, Index n, T value) { detail::entry<T>(result, n) = value; }, workspace);
    return result;
  }

  /// The same into a vector of N.
  template <class X, class Out>
  void log_prob(const Eigen::DenseBase<X>& x, Eigen::DenseBase<Out>& out, Workspace& workspace) const {
    static_assert(std::is_same_v<typename Out::Scalar, T> && bool(Out::IsVectorAtCompileTime),
                  "log_prob: the densities go to a vector of the flow's scalar type");
    detail::require_size(name, "a vector for the densities", x.cols(), out.size());
    write_log_prob(x, [&](Index, Index n, T value) { out.derived()(n) = value; }, workspace);
  }

  /// n draws, D x n.
  template <class Rng>
  Events sample(Index n, Rng& rng) const {
    Workspace workspace;
    return sample(n, rng, workspace);
  }
  template <class Rng>
  Events sample(Index n, Rng& rng, Workspace& workspace) const {
    Events x = make_events(n);
    sample(x, rng, workspace);
    return x;
  }

  /// Fills the columns of x with draws.
  template <class X, class Rng>
  void sample(Eigen::DenseBase<X>& x, Rng& rng, Workspace& workspace) const {
    draw(x, rng, workspace, [](Index, T) {});
  }

  /// n draws and their log densities in nats, {events, log_prob}, for the cost of the draws.
  struct Sample {
    Events events;
    Vector log_prob;
  };
  template <class Rng>
  Sample sample_with_log_prob(Index n, Rng& rng) const {
    Workspace workspace;
    return sample_with_log_prob(n, rng, workspace);
  }
  template <class Rng>
  Sample sample_with_log_prob(Index n, Rng& rng, Workspace& workspace) const {
    Sample result{make_events(n), Vector(n)};
    draw(result.events, rng, workspace, [&](Index i, T value) { result.log_prob(i) = value; });
    return result;
  }

  /// Mean negative log-likelihood of the columns of x, in nats. Throws std::invalid_argument for an empty batch.
  template <class X>
  T nll(const Eigen::DenseBase<X>& x) const {
    Workspace workspace;
    return nll(x, workspace);
  }
  template <class X>
  T nll(const Eigen::DenseBase<X>& x, Workspace& workspace) const {
    require_not_empty(x);
    std::array<double, detail::most_groups> sums{};
    write_log_prob(
        x, [&](Index group, Index, T value) { sums[static_cast<std::size_t>(group)] += static_cast<double>(value); },
        workspace);
    return mean_of(sums, x.cols());
  }

  /// The same to rounding, and its gradient for the parameters, written to a vector of parameter_count().
  template <class X, class Gradient>
  T nll_gradient(const Eigen::DenseBase<X>& x, Gradient&& gradient) const {
    Workspace workspace;
    return nll_gradient(x, gradient, workspace);
  }
  template <class X, class Gradient>
  T nll_gradient(const Eigen::DenseBase<X>& x, Gradient&& gradient, Workspace& workspace) const {
    using G = std::remove_reference_t<Gradient>;
    static_assert(!std::is_const_v<G> && bool(G::Flags & Eigen::LvalueBit), "nll_gradient: the gradient is const");
    static_assert(std::is_same_v<typename G::Scalar, T>,
                  "nll_gradient: a gradient of another scalar type than the flow");
    static_assert(bool(G::Flags & Eigen::DirectAccessBit) && G::InnerStrideAtCompileTime == 1,
                  "nll_gradient: the gradient must be contiguous in memory, an Eigen vector or a column of a matrix");
    require_events(x);
    require_not_empty(x);
    detail::require_size(name, "a gradient", parameter_count(), gradient.size());
    ParameterGradient<T> total(gradient.data(), gradient.size());
    detail::for_each_chunk(total.size(), workspace.threads(),
                           [&](Index first, Index count) { total.segment(first, count).setZero(); });
    std::array<double, detail::most_groups> sums{};
    const auto add_value = [&](Index group, Index, Row<T> log_p, Tile<T>) {
      sums[static_cast<std::size_t>(group)] += log_p.template cast<double>().sum();
    };
    // The first group sums in the result, each later one in an array of its own, and these are added in order. Groups
    // run in rounds of one per thread, so that there are no more arrays than threads.
    const Index groups = detail::summing_groups_of(x.cols());
    const Index round = (std::min)(groups, Index{workspace.threads()});
    const Arena::Frame frame(workspace.arena());
    ParameterGradient<T> others = workspace.arena().template zeros<T>(groups > 1 ? round * total.size() : 0);
    for (Index first = 0; first < groups; first += round) {
      const Index last = (std::min)(first + round, groups);
      const auto part = [&](Index group) {
        return group == 0 ? total : ParameterGradient<T>(others.data() + (group - first) * total.size(), total.size());
      };
      run_back(x, T(-1) / static_cast<T>(x.cols()), groups, first, last, part, add_value, workspace);
      add_parts(total, (std::max)(first, Index{1}), last, part, workspace);
    }
    return mean_of(sums, x.cols());
  }

  /// The gradient of ln p with respect to x, a column for each event.
  template <class X>
  auto score(const Eigen::DenseBase<X>& x) const {
    Workspace workspace;
    return score(x, workspace);
  }
  template <class X>
  auto score(const Eigen::DenseBase<X>& x, Workspace& workspace) const {
    require_events(x);
    const Index groups = detail::groups_of(x.cols());
    detail::events_t<T, static_event_size, X> result(x.rows(), x.cols());
    run_back(
        x, T(1), groups, 0, groups, std::nullopt,
        [&](Index, Index first, Row<T>, Tile<T> x_gradient) { detail::store_events(x_gradient, result, first); },
        workspace);
    return result;
  }

 private:
  Events make_events(Index n) const {
    if (n < 0) detail::throw_invalid_argument(name, "cannot draw " + std::to_string(n) + " events");
    return Events(event_size(), n);
  }

  // The parts are public, so their sizes may have changed.
  template <class X>
  void require_events(const Eigen::DenseBase<X>& x) const {
    detail::require_events(*this, x);
    if constexpr (static_event_size == Eigen::Dynamic) {
      detail::require_common_size(name, {bijou::event_size(base), bijou::event_size(bijector)});
    }
  }

  template <class X>
  void require_not_empty(const Eigen::DenseBase<X>& x) const {
    if (x.cols() == 0) detail::throw_invalid_argument(name, "the mean over a batch needs at least one event");
  }

  static T mean_of(const std::array<double, detail::most_groups>& sums, Index events) {
    return static_cast<T>(-std::accumulate(sums.begin(), sums.end(), 0.0) / static_cast<double>(events));
  }

  template <class X, class Write>
  void write_log_prob(const Eigen::DenseBase<X>& x, Write write, Workspace& workspace) const {
    require_events(x);
    const auto& events = detail::in_memory(x);
    detail::for_each_tile(x.cols(), workspace, [&](Index group, Index first, Index count, Arena& arena, int threads) {
      const Arena::Frame frame(arena);
      Tile<T> in = detail::load_events<T>(events, first, count, arena);
      Tile<T> z = arena.tile<T>(in.rows(), count);
      Row<T> log_p = arena.row<T>(count);
      log_p.setZero();
      detail::cache_t<B, T> cache{};
      Pass<T> pass{arena};
      pass.threads = threads;
      detail::inverse(bijector, detail::as_const(in), z, log_p, cache, pass);
      base.log_prob(detail::as_const(z), log_p);
      for (Index n = 0; n < count; ++n) write(group, first + n, log_p(n));
    });
  }

  template <class X, class Rng, class Write>
  void draw(Eigen::DenseBase<X>& x, Rng& rng, Workspace& workspace, Write write) const {
    require_events(x);
    base.draw(x.derived(), rng);
    detail::for_each_tile(x.cols(), workspace, [&](Index, Index first, Index count, Arena& arena, int threads) {
      const Arena::Frame frame(arena);
      Tile<T> z = detail::load_events<T>(x, first, count, arena);
      Tile<T> out = arena.tile<T>(z.rows(), count);
      Row<T> log_det = arena.row<T>(count);
      Row<T> log_p = arena.row<T>(count);
      log_det.setZero();
      log_p.setZero();
      detail::cache_t<B, T> cache{};
      Pass<T> pass{arena};
      pass.threads = threads;
      detail::forward(bijector, detail::as_const(z), out, log_det, cache, pass);
      base.log_prob(detail::as_const(z), log_p);
      detail::store_events(out, x, first);
      for (Index n = 0; n < count; ++n) write(first + n, log_p(n) - log_det(n));
    });
  }

  /// total += the parts of groups first, ..., last - 1, in this order, which are zero afterwards.
  template <class Part>
  static void add_parts(ParameterGradient<T> total, Index first, Index last, Part part, Workspace& workspace) {
    if (first == last) return;
    detail::for_each_chunk(total.size(), workspace.threads(), [&](Index begin, Index count) {
      for (Index group = first; group < last; ++group) {
        auto addend = part(group).segment(begin, count);
        total.segment(begin, count) += addend;
        addend.setZero();
      }
    });
  }

  /// Value and gradient of weight * sum of ln p, tile by tile, for a range of groups. gradient_of(group) is where the
  /// gradient for the parameters is added; std::nullopt in its place means that nobody reads it. done(group, first,
  /// log_p, x_gradient) is called for each tile.
  template <class X, class GradientOf, class Done>
  void run_back(const Eigen::DenseBase<X>& x, T weight, Index groups, Index first_group, Index last_group,
                GradientOf gradient_of, Done done, Workspace& workspace) const {
    constexpr bool wanted = !std::is_same_v<GradientOf, std::nullopt_t>;
    const auto& events = detail::in_memory(x);
    const Index base_count = bijou::parameter_count(base);
    const auto run_tile = [&](Index group, Index first, Index count, Arena& arena, int threads) {
      const Arena::Frame frame(arena);
      Tile<T> in = detail::load_events<T>(events, first, count, arena);
      Tile<T> z = arena.tile<T>(in.rows(), count);
      Tile<T> z_gradient = arena.tile<T>(in.rows(), count);
      Tile<T> in_gradient = arena.tile<T>(in.rows(), count);
      Row<T> log_p = arena.row<T>(count);
      Row<T> weights = arena.row<T>(count);
      log_p.setZero();
      weights.setConstant(weight);
      ParameterGradient<T> flat = [&] {
        if constexpr (wanted)
          return gradient_of(group);
        else
          return arena.zeros<T>(parameter_count());
      }();
      detail::cache_t<B, T> cache{};
      Pass<T> pass{arena, true};
      pass.parameter_gradient = wanted;
      pass.threads = threads;
      detail::inverse(bijector, detail::as_const(in), z, log_p, cache, pass);
      base.log_prob(detail::as_const(z), log_p);
      base.log_prob_pullback(detail::as_const(z), detail::as_const(weights), z_gradient,
                             ParameterGradient<T>(flat.data(), base_count));
      detail::inverse_pullback(bijector, detail::as_const(in), detail::as_const(z), detail::as_const(z_gradient),
                               detail::as_const(weights), in_gradient,
                               ParameterGradient<T>(flat.data() + base_count, flat.size() - base_count), cache, pass);
      done(group, first, log_p, in_gradient);
    };
    detail::for_each_tile(x.cols(), groups, first_group, last_group, workspace, run_tile);
  }
};

}  // namespace bijou
