#pragma once

#include <bijou/distributions/product.hpp>
#include <cstddef>
#include <utility>
#include <vector>

namespace bijou {

/// A Product of parts of one type whose number is known at run time; AnyFlow parts may be of any kinds. Throws
/// std::invalid_argument for no parts and for contexts of different sizes.
///
/// @f[ p(x) = \prod_k p_k(x^{(k)}) @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// std::vector<bijou::AnyFlow<double>> parts;
/// parts.emplace_back(bijou::Uniform<double, 1>{Eigen::Vector<double, 1>(0.0), Eigen::Vector<double, 1>(1.0)});
/// parts.emplace_back(bijou::StandardNormal<double, 2>{});
/// const bijou::DynamicProduct p{parts};
/// const Eigen::MatrixXd x = p.sample(100, rng);  // one uniform coordinate, two normal ones
/// @endcode
template <class P>
class DynamicProduct : public detail::ProductOf<DynamicProduct<P>, std::vector<P>, typename P::Scalar, Eigen::Dynamic> {
  using T = typename P::Scalar;

 public:
  static_assert((detail::require_distribution<P>(), true));
  static constexpr const char* name = "DynamicProduct";

  /// What the parts keep, in the arena.
  struct Cache {
    detail::cache_t<P, T>* parts = nullptr;
  };

  explicit DynamicProduct(std::vector<P> parts)
      : detail::ProductOf<DynamicProduct, std::vector<P>, T, Eigen::Dynamic>(std::move(parts)) {
    if (this->parts().empty()) detail::throw_invalid_argument(name, "give at least one part");
  }

  void map_noise(NoiseEvaluation<T, Cache> n) const
  requires detail::MapsNoise<P>
  {
    this->map_noise_of_parts(n);
  }

  // For ProductOf.
  void start(Cache& cache, Arena& arena) const {
    cache.parts = arena.template objects<detail::cache_t<P, T>>(static_cast<Index>(this->parts().size()));
  }
  template <class F>
  void for_each_part_and_cache(const Cache& cache, F f) const {
    for (std::size_t i = 0; i < this->parts().size(); ++i) f(this->parts()[i], cache.parts[i]);
  }
};

}  // namespace bijou
