#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/bijectors/hidden_sizes.hpp>
#include <bijou/core/initialize.hpp>
#include <utility>

namespace bijou {

/// A bijector on the coordinates first, ..., first + m - 1, the m coordinates of its own events; the others pass.
/// Several with shorter and shorter slices make a flow multi-scale: some coordinates are ready early, as in Dinh et al.
/// 2017 (RealNVP), section 3.6, and cost nothing in the layers further on.
///
/// D: number of coordinates or Eigen::Dynamic. B: a Bijector of a known number of coordinates, which reads the same
/// context. Throws std::invalid_argument unless the slice lies inside the event.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Half = bijou::MAF<float, 2>;
/// const bijou::TransformedDistribution flow{
///     bijou::StandardNormal<float, 4>{},
///     bijou::Chain{bijou::MAF<float, 4>{{32}, rng}, bijou::OnSlice<4, Half>{2, Half{{32}, rng}}}};
/// @endcode
template <int D, class B>
class OnSlice : public BijectorCalls<OnSlice<D, B>> {
 public:
  static_assert((detail::require_bijector<B>(), true));
  static_assert(D == Eigen::Dynamic || B::static_event_size == Eigen::Dynamic || B::static_event_size <= D,
                "OnSlice: the bijector has more coordinates than the events");
  using Scalar = detail::scalar_t<B>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "OnSlice";
  static constexpr const char* formula = "x[first, first + m) = f(z[first, first + m)), others pass";
  template <class T>
  using Cache = detail::cache_t<B, T>;

  OnSlice(Index first, B bijector)
  requires(D != Eigen::Dynamic)
      : OnSlice(D, first, std::move(bijector), 0) {}
  OnSlice(Index event_size, Index first, B bijector)
  requires(D == Eigen::Dynamic)
      : OnSlice(event_size, first, std::move(bijector), 0) {}

  Index event_size() const { return event_size_; }
  Index context_size() const { return bijou::context_size(bijector_); }
  /// The first coordinate that is changed.
  Index first() const { return first_; }
  const B& bijector() const { return bijector_; }

  static constexpr auto members() {
    return std::tuple{state("event_size", &OnSlice::event_size_), state("first", &OnSlice::first_),
                      part("bijector", &OnSlice::bijector_)};
  }

  bool is_initialized() const { return bijou::is_initialized(bijector_); }
  bool learns_each_epoch() const { return bijou::learns_each_epoch(bijector_); }
  template <class T>
  void initialize(const detail::LearningBatch<T>& batch) {
    const detail::ColumnsView<T>& all = batch.events;
    const detail::ColumnsView<T> slice(all.data() + first_, count(), all.cols(),
                                       Eigen::OuterStride<>(all.outerStride()));
    detail::initialize_part(bijector_, detail::LearningBatch<T>{slice, batch.contexts, batch.is_epoch});
  }

  using BijectorCalls<OnSlice>::forward;
  using BijectorCalls<OnSlice>::inverse;

  template <class T>
  void forward(Evaluation<T, Cache<T>> e) const {
    evaluate<detail::Forward>(e);
  }
  template <class T>
  void inverse(Evaluation<T, Cache<T>> e) const {
    evaluate<detail::Inverse>(e);
  }
  template <class T>
  void forward_pullback(Pullback<T, Cache<T>> p) const {
    pull_back<detail::Forward>(p);
  }
  template <class T>
  void inverse_pullback(Pullback<T, Cache<T>> p) const {
    pull_back<detail::Inverse>(p);
  }

 private:
  OnSlice(Index event_size, Index first, B bijector, int)
      : event_size_(event_size), first_(first), bijector_(std::move(bijector)) {
    if (count() < 1)
      detail::throw_invalid_argument(name, "expected a bijector with a number of coordinates of its own");
    if (first < 0 || first > event_size - count()) {
      detail::throw_invalid_argument(name, "the coordinates ", first, " to ", first + count() - 1,
                                     " are not inside events of ", event_size, " rows");
    }
  }

  Index count() const { return bijou::event_size(bijector_); }

  template <class Direction, class T>
  void evaluate(Evaluation<T, Cache<T>>& e) const {
    copy_others<T>(e.input, e.output);
    Direction::apply(bijector_, Evaluation<T, Cache<T>>{e.input.slice(first_, count()), e.output.slice(first_, count()),
                                                        e.log_det, e.cache, e.pass});
  }

  template <class Direction, class T>
  void pull_back(Pullback<T, Cache<T>>& p) const {
    copy_others<T>(p.output_gradient, p.input_gradient);
    const auto slice = [&](const auto& tile) { return tile.slice(first_, count()); };
    Direction::pullback(
        bijector_, Pullback<T, Cache<T>>{slice(p.input), slice(p.output), slice(p.output_gradient), p.log_det_gradient,
                                         slice(p.input_gradient), p.parameter_gradient, p.cache, p.pass});
  }

  template <class T>
  void copy_others(ConstTile<T> from, Tile<T> into) const {
    for (Index i = 0; i < from.rows(); ++i) {
      if (i < first_ || i >= first_ + count()) into.row(i) = from.row(i);
    }
  }

  Index event_size_;
  Index first_;
  B bijector_;
};

template <class B>
OnSlice(Index, Index, B) -> OnSlice<Eigen::Dynamic, detail::without_hidden_sizes_t<B>>;

}  // namespace bijou
