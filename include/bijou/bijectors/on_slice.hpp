#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/bijectors/coordinate_order.hpp>
#include <bijou/bijectors/hidden_sizes.hpp>
#include <bijou/core/initialize.hpp>
#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace bijou {

/// A bijector on some coordinates, as many as its own events have; the others pass. The coordinates are first, ...,
/// first + m - 1, or a list of m of them in any order, in which the bijector takes them.
///
/// @f[
///   x_S = f(z_S), \quad x_i = z_i \text{ for } i \notin S, \qquad \ln\left|\det\frac{\partial x}{\partial z}\right| =
///   \ln\left|\det\frac{\partial x_S}{\partial z_S}\right|
/// @f]
///
/// With shorter and shorter slices a flow is multi-scale: some coordinates are ready early, as in Dinh et al. 2017
/// (RealNVP), section 3.6, and cost nothing in the layers further on. With a list of all coordinates a coupling passes
/// on any set of them, and an autoregressive map takes them in any order; evens_first and odds_first are such lists.
///
/// D: number of coordinates or Eigen::Dynamic. B: a Bijector of a known number of coordinates, which reads the same
/// context. Throws std::invalid_argument unless the coordinates are different ones of the event.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Half = bijou::MAF<float, 2>;
/// using Coupling = bijou::RealNVP<float, 4>;
/// const bijou::TransformedDistribution flow{
///     bijou::StandardNormal<float, 4>{},
///     bijou::Chain{bijou::OnSlice<4, Half>{2, Half{{32}, rng}},
///                  bijou::OnSlice<4, Coupling>{bijou::odds_first(4), Coupling{2, {32}, rng}}}};
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
  /// In the object itself if the number is known at compile time.
  using Coordinates = std::conditional_t<
      B::static_event_size == Eigen::Dynamic, std::vector<int>,
      std::array<int, static_cast<std::size_t>(B::static_event_size == Eigen::Dynamic ? 0 : B::static_event_size)>>;
  static constexpr const char* formula = "x[coordinates] = f(z[coordinates]), others pass";

  OnSlice(Index first, B bijector)
  requires(D != Eigen::Dynamic)
      : OnSlice(D, first, std::move(bijector), 0) {}
  OnSlice(Index event_size, Index first, B bijector)
  requires(D == Eigen::Dynamic)
      : OnSlice(event_size, first, std::move(bijector), 0) {}
  OnSlice(const std::vector<int>& coordinates, B bijector)
  requires(D != Eigen::Dynamic)
      : OnSlice(D, std::span(coordinates), std::move(bijector), 0) {}
  OnSlice(Index event_size, const std::vector<int>& coordinates, B bijector)
  requires(D == Eigen::Dynamic)
      : OnSlice(event_size, std::span(coordinates), std::move(bijector), 0) {}
  /// Takes nothing from the heap.
  template <std::size_t Count>
  requires(D != Eigen::Dynamic)
  OnSlice(const std::array<int, Count>& coordinates, B bijector)
      : OnSlice(D, std::span<const int>(coordinates), std::move(bijector), 0) {}

  Index event_size() const { return bijou::event_size(bijector_) == 0 ? 0 : event_size_; }
  Index context_size() const { return bijou::context_size(bijector_); }
  /// Those that are changed, in the bijector's order.
  const Coordinates& coordinates() const { return coordinates_; }
  const B& bijector() const { return bijector_; }

  static constexpr auto members() {
    return Members{structure("event_size", &OnSlice::event_size_), state("coordinates", &OnSlice::coordinates_),
                   part("bijector", &OnSlice::bijector_)};
  }

  std::string state_error() const { return detail::coordinate_list_error(event_size_, coordinates_); }

  bool is_initialized() const { return bijou::is_initialized(bijector_); }
  bool learns_each_epoch() const { return bijou::learns_each_epoch(bijector_); }
  template <class T>
  void initialize(const detail::LearningBatch<T>& batch) {
    Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> slice(count(), batch.events.cols());
    for (Index i = 0; i < count(); ++i) slice.row(i) = batch.events.row(coordinate(i));
    detail::initialize_part(
        bijector_, detail::LearningBatch<T>{detail::columns_of(slice), batch.contexts, batch.is_epoch, batch.ranks});
  }

  /// What the bijector keeps, and its events if they had to be collected.
  template <class T>
  struct Cache {
    detail::cache_t<B, T> inside;
    Tile<T> input;
    Tile<T> output;
  };

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
  static Coordinates of_count([[maybe_unused]] Index count) {
    Coordinates coordinates{};
    if constexpr (B::static_event_size == Eigen::Dynamic) coordinates.resize(static_cast<std::size_t>(count));
    return coordinates;
  }
  static Coordinates slice(Index event_size, Index first, Index count) {
    if (count >= 1 && (first < 0 || first > event_size - count)) {
      detail::throw_invalid_argument(name, "the coordinates ", first, " to ", first + count - 1,
                                     " are not inside events of ", event_size, " rows");
    }
    Coordinates coordinates = of_count((std::max)(count, Index{0}));
    std::iota(coordinates.begin(), coordinates.end(), static_cast<int>(first));
    return coordinates;
  }
  static Coordinates list(Index count, std::span<const int> given) {
    require_own_size(count);
    detail::require_size(name, "coordinates", count, static_cast<Index>(given.size()));
    Coordinates coordinates = of_count(count);
    std::copy(given.begin(), given.end(), coordinates.begin());
    return coordinates;
  }
  static void require_own_size(Index count) {
    if (count < 1) detail::throw_invalid_argument(name, "expected a bijector with a number of coordinates of its own");
  }

  // By reference: the coordinates are found before the bijector is moved from.
  OnSlice(Index event_size, Index first, B&& bijector, int)
      : event_size_(event_size),
        coordinates_(slice(event_size, first, bijou::event_size(bijector))),
        bijector_(std::move(bijector)) {
    require_own_size(bijou::event_size(bijector_));
    detail::require_coordinate_list(name, event_size, coordinates_);
  }
  OnSlice(Index event_size, std::span<const int> coordinates, B&& bijector, int)
      : event_size_(event_size),
        coordinates_(list(bijou::event_size(bijector), coordinates)),
        bijector_(std::move(bijector)) {
    detail::require_coordinate_list(name, event_size, coordinates_);
  }

  Index count() const { return static_cast<Index>(coordinates_.size()); }
  /// Whether the rows of a tile lie as the bijector takes them.
  bool is_contiguous() const {
    const auto is_gap = [](int i, int next) { return next != i + 1; };
    return std::adjacent_find(coordinates_.begin(), coordinates_.end(), is_gap) == coordinates_.end();
  }

  template <class Direction, class T>
  void evaluate(Evaluation<T, Cache<T>>& e) const {
    copy_others<T>(e.input, e.output);
    Cache<T>& cache = e.cache;
    const auto apply = [&](ConstTile<T> input, Tile<T> output) {
      Direction::apply(bijector_, Evaluation<T, detail::cache_t<B, T>>{input, output, e.log_det, cache.inside, e.pass});
    };
    if (is_contiguous()) {
      const Index first = coordinates_.front();
      apply(e.input.slice(first, count()), e.output.slice(first, count()));
    } else {
      cache.input.rebind(collect<T>(e.input, e.pass.arena));
      cache.output.rebind(e.pass.arena.template tile<T>(count(), e.input.cols()));
      apply(cache.input, cache.output);
      distribute<T>(cache.output, e.output);
    }
  }

  template <class Direction, class T>
  void pull_back(Pullback<T, Cache<T>>& p) const {
    const Arena::Frame frame(p.pass.arena);
    copy_others<T>(p.output_gradient, p.input_gradient);
    const auto pull_back = [&](ConstTile<T> input, ConstTile<T> output, ConstTile<T> output_gradient,
                               Tile<T> input_gradient) {
      Direction::pullback(
          bijector_, Pullback<T, detail::cache_t<B, T>>{input, output, output_gradient, p.log_det_gradient,
                                                        input_gradient, p.parameter_gradient, p.cache.inside, p.pass});
    };
    if (is_contiguous()) {
      const auto slice = [&](const auto& tile) { return tile.slice(coordinates_.front(), count()); };
      pull_back(slice(p.input), slice(p.output), slice(p.output_gradient), slice(p.input_gradient));
    } else {
      const Tile<T> input_gradient = p.pass.arena.template tile<T>(count(), p.input.cols());
      pull_back(p.cache.input, p.cache.output, collect<T>(p.output_gradient, p.pass.arena), input_gradient);
      distribute<T>(input_gradient, p.input_gradient);
    }
  }

  /// The rows that pass; of a list all rows, as those of the bijector are written afterwards.
  template <class T>
  void copy_others(ConstTile<T> from, Tile<T> into) const {
    const bool is_slice = is_contiguous();
    for (Index i = 0; i < from.rows(); ++i) {
      if (!is_slice || i < coordinates_.front() || i > coordinates_.back()) into.row(i) = from.row(i);
    }
  }
  template <class T>
  Tile<T> collect(ConstTile<T> from, Arena& arena) const {
    const Tile<T> rows = arena.template tile<T>(count(), from.cols());
    for (Index i = 0; i < count(); ++i) rows.row(i) = from.row(coordinate(i));
    return rows;
  }
  template <class T>
  void distribute(ConstTile<T> rows, Tile<T> into) const {
    for (Index i = 0; i < count(); ++i) into.row(coordinate(i)) = rows.row(i);
  }
  Index coordinate(Index i) const { return coordinates_[static_cast<std::size_t>(i)]; }

  Index event_size_;
  Coordinates coordinates_;
  B bijector_;
};

template <class B>
OnSlice(Index, Index, B) -> OnSlice<Eigen::Dynamic, detail::without_hidden_sizes_t<B>>;
template <class B>
OnSlice(Index, std::vector<int>, B) -> OnSlice<Eigen::Dynamic, detail::without_hidden_sizes_t<B>>;

}  // namespace bijou
