#pragma once

#include <bijou/core/initialize.hpp>
#include <bijou/distributions/distribution_calls.hpp>
#include <algorithm>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace bijou {

namespace detail {

/// What Product and DynamicProduct share. Parts: a tuple or a vector of distributions.
template <class Self, class Parts, class T, int D>
class ProductOf : public DistributionCalls<Self, T, D> {
 public:
  using Scalar = T;
  static constexpr int static_event_size = D;
  static constexpr const char* type_name = "Product";
  static constexpr const char* formula = "x = (x_0, x_1, ...), x_k ~ p_k";

  Index event_size() const {
    return sum_of([](const auto& part) { return bijou::event_size(part); });
  }
  Index noise_size() const {
    return sum_of([](const auto& part) { return detail::noise_size(part); });
  }
  Index context_size() const {
    Index size = 0;
    for_each_part([&](const auto& part) { size = (std::max)(size, bijou::context_size(part)); });
    return size;
  }
  const Parts& parts() const { return parts_; }

  static constexpr auto members() { return Members{part("parts", &ProductOf::parts_)}; }

  void require_parts() const {
    Index context = 0;
    for_each_part([&](const auto& part) {
      if constexpr (requires { part.require_parts(); }) part.require_parts();
      context = require_common_context(Self::name, {context, bijou::context_size(part)});
    });
  }

  bool is_initialized() const {
    bool all = true;
    for_each_part([&](const auto& part) { all = all && bijou::is_initialized(part); });
    return all;
  }
  void initialize(const LearningBatch<T>& batch) {
    Index first = 0;
    for_each_element(parts_, [&](auto& part, std::size_t) {
      const Index size = bijou::event_size(part);
      const ColumnsView<T> rows(batch.events.data() + first, size, batch.events.cols(),
                                Eigen::OuterStride<>(batch.events.outerStride()));
      initialize_part(part, LearningBatch<T>{rows, batch.contexts, batch.is_epoch, batch.ranks});
      first += size;
    });
  }

  using DistributionCalls<Self, T, D>::log_prob;

  template <class Cache>
  void log_prob(DensityEvaluation<T, Cache> e) const {
    this->self().start(e.cache, e.pass.arena);
    Index first = 0;
    this->self().for_each_part_and_cache(e.cache, [&]<class C>(const auto& part, C& cache) {
      const Index size = bijou::event_size(part);
      part.log_prob(DensityEvaluation<T, C>{e.input.slice(first, size), e.log_prob, cache, e.pass});
      first += size;
    });
  }

  template <class Cache>
  void log_prob_pullback(DensityPullback<T, Cache> p) const {
    Index first = 0;
    T* gradient = p.parameter_gradient.data();
    this->self().for_each_part_and_cache(p.cache, [&]<class C>(const auto& part, C& cache) {
      const Index size = bijou::event_size(part);
      const Index count = p.parameter_gradient.size() > 0 ? parameter_count(part) : 0;
      part.log_prob_pullback(DensityPullback<T, C>{p.input.slice(first, size), p.log_prob_gradient,
                                                   p.input_gradient.slice(first, size),
                                                   ParameterGradient<T>(gradient, count), cache, p.pass});
      first += size;
      gradient += count;
    });
  }

  /// Fills `events` with the draws or the noise of the parts; map_noise makes events of them.
  template <class Rng>
  void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> events, Rng& rng) const {
    for (Index n = 0; n < events.cols(); ++n) {
      Index first = 0;
      for_each_part([&](const auto& part) {
        const Index size = detail::noise_size(part);
        part.draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>>(events.block(first, n, size, 1)), rng);
        first += size;
      });
    }
  }

  void scale_noise(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> noise, T temperature) const {
    Index first = 0;
    for_each_part([&](const auto& part) {
      const Index size = detail::noise_size(part);
      detail::scale_noise(part,
                          Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>>(noise.middleRows(first, size)),
                          temperature);
      first += size;
    });
  }

 protected:
  explicit ProductOf(Parts parts) : parts_(std::move(parts)) { require_parts(); }

  template <class Cache>
  void map_noise_of_parts(const NoiseEvaluation<T, Cache>& n) const {
    this->self().start(n.cache, n.pass.arena);
    Index first = 0;
    Index first_noise = 0;
    this->self().for_each_part_and_cache(n.cache, [&]<class P, class C>(const P& part, C& cache) {
      const Index size = bijou::event_size(part);
      const Index noise_size = detail::noise_size(part);
      const ConstTile<T> noise = n.noise.slice(first_noise, noise_size);
      Tile<T> output = n.output.slice(first, size);
      if constexpr (MapsNoise<P>) {
        part.map_noise(NoiseEvaluation<T, C>{noise, output, n.log_prob, cache, n.pass});
      } else {
        output = noise;
        part.log_prob(DensityEvaluation<T, C>{noise, n.log_prob, cache, n.pass});
      }
      first += size;
      first_noise += noise_size;
    });
  }

 private:
  template <class F>
  void for_each_part(F f) const {
    for_each_element(parts_, [&](const auto& part, std::size_t) { f(part); });
  }
  template <class Size>
  Index sum_of(Size size) const {
    Index sum = 0;
    for_each_part([&](const auto& part) { sum += size(part); });
    return sum;
  }

  Parts parts_;
};

template <class... Ps>
inline constexpr int product_size =
    ((Ps::static_event_size == Eigen::Dynamic) || ...) ? Eigen::Dynamic : (Ps::static_event_size + ...);

}  // namespace detail

/// ln p(x) = sum of ln p_k(x_k), for an event x that is x_0, x_1, ... one after the other: consecutive coordinates from
/// independent distributions of any kinds.
///
/// @f[ p(x) = \prod_k p_k(x^{(k)}) @f]
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
class Product : public detail::ProductOf<Product<Ps...>, std::tuple<Ps...>,
                                         typename std::tuple_element_t<0, std::tuple<Ps...>>::Scalar,
                                         detail::product_size<Ps...>> {
  using T = typename std::tuple_element_t<0, std::tuple<Ps...>>::Scalar;

 public:
  static_assert((detail::require_distribution<Ps>(), ..., true));
  static_assert((std::is_same_v<typename Ps::Scalar, T> && ...),
                "Product: the parts have different scalar types, float and double");
  static constexpr const char* name = "Product";
  /// What each part keeps.
  using Cache = detail::Pack<detail::cache_t<Ps, T>...>;

  explicit Product(Ps... parts)
      : detail::ProductOf<Product, std::tuple<Ps...>, T, detail::product_size<Ps...>>(
            std::tuple<Ps...>(std::move(parts)...)) {}

  void map_noise(NoiseEvaluation<T, Cache> n) const
  requires(detail::MapsNoise<Ps> || ...)
  {
    this->map_noise_of_parts(n);
  }

  // For ProductOf.
  static void start(Cache&, Arena&) {}
  template <class F>
  void for_each_part_and_cache(Cache& cache, F f) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (f(std::get<I>(this->parts()), cache.template get<I>()), ...);
    }(std::index_sequence_for<Ps...>{});
  }
};

}  // namespace bijou
