#pragma once

#include <bijou/bijectors/chain.hpp>
#include <vector>

namespace bijou {

/// A chain of members of one type whose number is known at run time: forward(z) = f_0(f_1(...(z))). Throws
/// std::invalid_argument when it is empty or its members have different event sizes.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Layer = bijou::Chain<bijou::MAF<float, 2, 32>, bijou::Reverse<2>>;
/// std::vector<Layer> layers;
/// for (int i = 0; i < 5; ++i) layers.emplace_back(bijou::MAF<float, 2, 32>{rng}, bijou::Reverse<2>{});
/// const bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::DynamicChain{layers}};
/// @endcode
template <class B>
class DynamicChain {
 public:
  static_assert(Bijector<B>, "DynamicChain: this is not a Bijector; see bijou/core/concepts.hpp for what one needs");
  using Scalar = detail::scalar_t<B>;
  static constexpr int static_event_size = B::static_event_size;
  static constexpr const char* name = "DynamicChain";

  std::vector<B> bijectors;

  explicit DynamicChain(std::vector<B> members) : bijectors(std::move(members)) {
    if (bijectors.empty()) detail::throw_invalid_argument(name, "give at least one bijector");
    for (const B& b : bijectors) {
      detail::require_common_size(name, {bijou::event_size(bijectors.front()), bijou::event_size(b)});
    }
  }

  Index event_size() const { return bijou::event_size(bijectors.front()); }

  static constexpr auto parameter_list() { return std::tuple{named("bijectors", &DynamicChain::bijectors)}; }
  static constexpr auto state_list() { return parameter_list(); }

  /// What one step keeps, and its output.
  template <class T>
  struct Step {
    detail::cache_t<B, T> member;
    std::optional<Tile<T>> output;
  };
  template <class T>
  struct Cache {
    Step<T>* steps = nullptr;
  };

  template <class T>
  void forward(ConstTile<T> z, Tile<T> x, Row<T> log_det, Cache<T>& cache, Pass<T>& pass) const {
    run<detail::Forward>(z, x, log_det, cache, pass);
  }
  template <class T>
  void inverse(ConstTile<T> x, Tile<T> z, Row<T> log_det, Cache<T>& cache, Pass<T>& pass) const {
    run<detail::Inverse>(x, z, log_det, cache, pass);
  }
  template <class T>
  void forward_pullback(ConstTile<T> z, ConstTile<T>, ConstTile<T> x_gradient, ConstRow<T> log_det_gradient,
                        Tile<T> z_gradient, ParameterGradient<T> gradient, Cache<T>& cache, Pass<T>& pass) const {
    run_back<detail::Forward>(z, x_gradient, log_det_gradient, z_gradient, gradient, cache, pass);
  }
  template <class T>
  void inverse_pullback(ConstTile<T> x, ConstTile<T>, ConstTile<T> z_gradient, ConstRow<T> log_det_gradient,
                        Tile<T> x_gradient, ParameterGradient<T> gradient, Cache<T>& cache, Pass<T>& pass) const {
    run_back<detail::Inverse>(x, z_gradient, log_det_gradient, x_gradient, gradient, cache, pass);
  }

  auto forward(const auto& z) const { return bijou::forward(*this, z); }
  auto inverse(const auto& x) const { return bijou::inverse(*this, x); }
  auto forward_log_det(const auto& z) const { return bijou::forward_log_det(*this, z); }
  auto inverse_log_det(const auto& x) const { return bijou::inverse_log_det(*this, x); }

 private:
  Index size() const { return static_cast<Index>(bijectors.size()); }

  template <class Direction>
  std::size_t position(Index step) const {
    return static_cast<std::size_t>(std::is_same_v<Direction, detail::Forward> ? size() - 1 - step : step);
  }

  template <class Direction, class T>
  void run(const ConstTile<T>& in, Tile<T> out, Row<T> log_det, Cache<T>& cache, Pass<T>& pass) const {
    cache.steps = pass.arena.template objects<Step<T>>(size());
    for (Index s = 0; s < size(); ++s) {
      cache.steps[s].output.emplace(s + 1 < size() ? pass.arena.template tile<T>(in.rows(), in.cols()) : out);
    }
    for (Index s = 0; s < size(); ++s) {
      std::optional<Arena::Frame> frame;
      if (!pass.keep) frame.emplace(pass.arena);
      Direction::apply(bijectors[position<Direction>(s)], input_of(s, in, cache), *cache.steps[s].output, log_det,
                       cache.steps[s].member, pass);
    }
  }

  template <class T>
  static ConstTile<T> input_of(Index s, const ConstTile<T>& in, const Cache<T>& cache) {
    return s == 0 ? in : detail::as_const(*cache.steps[s - 1].output);
  }

  template <class Direction, class T>
  void run_back(const ConstTile<T>& in, const ConstTile<T>& out_gradient, const ConstRow<T>& log_det_gradient,
                Tile<T> in_gradient, ParameterGradient<T> gradient, Cache<T>& cache, Pass<T>& pass) const {
    Index offset[2] = {0, gradient.size()};
    const Arena::Frame frame(pass.arena);
    Tile<T> other = pass.arena.template tile<T>(in.rows(), in.cols());
    for (Index s = size() - 1; s >= 0; --s) {
      const Arena::Frame inner(pass.arena);
      const B& member = bijectors[position<Direction>(s)];
      const Index count = parameter_count(member);
      const bool from_front = std::is_same_v<Direction, detail::Forward>;
      const Index at = from_front ? offset[0] : offset[1] - count;
      Direction::pullback(member, input_of(s, in, cache), detail::as_const(*cache.steps[s].output),
                          s == size() - 1 ? out_gradient : detail::as_const(s % 2 == 0 ? other : in_gradient),
                          log_det_gradient, s % 2 == 0 ? in_gradient : other,
                          ParameterGradient<T>(gradient.data() + at, count), cache.steps[s].member, pass);
      (from_front ? offset[0] : offset[1]) = from_front ? at + count : at;
    }
  }
};

}  // namespace bijou
