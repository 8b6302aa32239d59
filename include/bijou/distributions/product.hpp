#pragma once

#include <bijou/core/initialize.hpp>
#include <bijou/distributions/distribution_calls.hpp>
#include <algorithm>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace bijou {

/// ln p(x) = sum of ln p_k(x_k), for an event x that is x_0, x_1, ... one after the other: consecutive coordinates from
/// independent distributions of any kinds.
///
/// Ps: Distributions of one scalar, each with the number of coordinates that it takes. Parts with a context all read
/// that of the product. Throws std::invalid_argument for contexts of different sizes.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Product p{bijou::Uniform<double, 1>{Eigen::Vector<double, 1>(0.0), Eigen::Vector<double, 1>(1.0)},
///                        bijou::StandardNormal<double, 2>{}};
/// const Eigen::Matrix3Xd x = p.sample(100, rng);  // one uniform coordinate, two normal ones
/// @endcode
template <class... Ps>
class Product
    : public DistributionCalls<Product<Ps...>, typename std::tuple_element_t<0, std::tuple<Ps...>>::Scalar,
                               ((Ps::static_event_size == Eigen::Dynamic) || ...) ? Eigen::Dynamic
                                                                                  : (Ps::static_event_size + ...)> {
  using T = typename std::tuple_element_t<0, std::tuple<Ps...>>::Scalar;

 public:
  static_assert((detail::require_distribution<Ps>(), ..., true));
  static_assert((std::is_same_v<typename Ps::Scalar, T> && ...),
                "Product: the parts have different scalar types, float and double");
  using Scalar = T;
  static constexpr int static_event_size =
      ((Ps::static_event_size == Eigen::Dynamic) || ...) ? Eigen::Dynamic : (Ps::static_event_size + ...);
  static constexpr const char* name = "Product";
  static constexpr const char* formula = "x = (x_0, x_1, ...), x_k ~ p_k";

  explicit Product(Ps... parts) : parts_(std::move(parts)...) { require_parts(); }

  Index event_size() const {
    return sum_of([](const auto& part) { return bijou::event_size(part); });
  }
  Index noise_size() const {
    return sum_of([](const auto& part) { return detail::noise_size(part); });
  }
  Index context_size() const {
    return std::apply([](const Ps&... part) { return (std::max)({bijou::context_size(part)...}); }, parts_);
  }
  const std::tuple<Ps...>& parts() const { return parts_; }

  static constexpr auto members() { return std::tuple{part("parts", &Product::parts_)}; }

  void require_parts() const {
    for_each_part([](const auto& part, auto) {
      if constexpr (requires { part.require_parts(); }) part.require_parts();
    });
    std::apply([](const Ps&... part) { detail::require_common_context(name, {bijou::context_size(part)...}); }, parts_);
  }

  bool is_initialized() const {
    return std::apply([](const Ps&... part) { return (bijou::is_initialized(part) && ...); }, parts_);
  }
  void initialize(const detail::LearningBatch<T>& batch) {
    Index first = 0;
    detail::for_each_element(parts_, [&](auto& part, std::size_t) {
      const Index size = bijou::event_size(part);
      const detail::ColumnsView<T> rows(batch.events.data() + first, size, batch.events.cols(),
                                        Eigen::OuterStride<>(batch.events.outerStride()));
      detail::initialize_part(part, detail::LearningBatch<T>{rows, batch.contexts});
      first += size;
    });
  }

  /// What each part keeps.
  using Cache = std::tuple<detail::cache_t<Ps, T>...>;

  using DistributionCalls<Product, T, static_event_size>::log_prob;

  void log_prob(DensityEvaluation<T, Cache> e) const {
    Index first = 0;
    for_each_part([&]<class P>(const P& part, auto at) {
      const Index size = bijou::event_size(part);
      part.log_prob(DensityEvaluation<T, detail::cache_t<P, T>>{e.input.slice(first, size), e.log_prob,
                                                                std::get<at>(e.cache), e.pass});
      first += size;
    });
  }

  void log_prob_pullback(DensityPullback<T, Cache> p) const {
    Index first = 0;
    T* gradient = p.parameter_gradient.data();
    for_each_part([&]<class P>(const P& part, auto at) {
      const Index size = bijou::event_size(part);
      const Index count = p.parameter_gradient.size() > 0 ? parameter_count(part) : 0;
      part.log_prob_pullback(DensityPullback<T, detail::cache_t<P, T>>{
          p.input.slice(first, size), p.log_prob_gradient, p.input_gradient.slice(first, size),
          ParameterGradient<T>(gradient, count), std::get<at>(p.cache), p.pass});
      first += size;
      gradient += count;
    });
  }

  /// Fills `events` with the draws or the noise of the parts; map_noise makes events of them.
  template <class Rng>
  void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> events, Rng& rng) const {
    for (Index n = 0; n < events.cols(); ++n) {
      Index first = 0;
      for_each_part([&](const auto& part, auto) {
        const Index size = detail::noise_size(part);
        part.draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>>(events.block(first, n, size, 1)), rng);
        first += size;
      });
    }
  }

  void map_noise(NoiseEvaluation<T, Cache> n) const
  requires(detail::MapsNoise<Ps> || ...)
  {
    Index first = 0;
    Index first_noise = 0;
    for_each_part([&]<class P>(const P& part, auto at) {
      const Index size = bijou::event_size(part);
      const Index noise_size = detail::noise_size(part);
      const ConstTile<T> noise = n.noise.slice(first_noise, noise_size);
      Tile<T> output = n.output.slice(first, size);
      auto& cache = std::get<at>(n.cache);
      if constexpr (detail::MapsNoise<P>) {
        part.map_noise(NoiseEvaluation<T, detail::cache_t<P, T>>{noise, output, n.log_prob, cache, n.pass});
      } else {
        output = noise;
        part.log_prob(DensityEvaluation<T, detail::cache_t<P, T>>{noise, n.log_prob, cache, n.pass});
      }
      first += size;
      first_noise += noise_size;
    });
  }

 private:
  /// f(part, its number as a constant).
  template <class F>
  void for_each_part(F f) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (f(std::get<I>(parts_), std::integral_constant<std::size_t, I>{}), ...);
    }(std::index_sequence_for<Ps...>{});
  }
  template <class Size>
  Index sum_of(Size size) const {
    return std::apply([&](const Ps&... part) { return (size(part) + ...); }, parts_);
  }

  std::tuple<Ps...> parts_;
};

}  // namespace bijou
