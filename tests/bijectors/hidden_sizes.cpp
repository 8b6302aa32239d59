#include <bijou/bijectors/hidden_sizes.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/real_nvp.hpp>
#include <random>
#include <type_traits>

#include "support/catch.hpp"

using bijou::MAF;
using bijou::RealNVP;
using bijou::WithHiddenSizes;

// The sizes add a constructor and nothing else; without sizes it is the layer itself.
static_assert(std::is_base_of_v<MAF<float, 2>, MAF<float, 2, 8>>);
static_assert(sizeof(MAF<float, 2, 8>) == sizeof(MAF<float, 2>));
static_assert(std::is_same_v<MAF<float, 2, 8, 7>, WithHiddenSizes<MAF<float, 2>, 8, 7>>);
static_assert(std::is_same_v<bijou::detail::with_hidden_sizes_t<MAF<float, 2>>, MAF<float, 2>>);
static_assert(bijou::Bijector<MAF<float, 2, 8>>);

namespace {

template <class Layer>
std::vector<bijou::Index> sizes_of(const Layer& layer) {
  std::vector<bijou::Index> sizes;
  for (const auto& linear : layer.conditioner().layers()) sizes.push_back(linear.rows());
  return sizes;
}

}  // namespace

TEST_CASE("WithHiddenSizes: the sizes are those of the type", "[hidden_sizes]") {
  std::mt19937_64 rng{1};
  using Sizes = std::vector<bijou::Index>;
  CHECK(sizes_of(MAF<float, 2, 8>{rng}) == Sizes{8, 4});
  CHECK(sizes_of(MAF<float, 2, 8, 7>{rng}) == Sizes{8, 7, 4});
  CHECK(sizes_of(MAF<float, Eigen::Dynamic, 8, 7>{3, rng}) == Sizes{8, 7, 6});
  CHECK(sizes_of(RealNVP<float, 3, 8, 7>{1, rng}) == Sizes{8, 7, 4});
  CHECK(sizes_of(RealNVP<float, Eigen::Dynamic, 8>{4, 1, rng}) == Sizes{8, 6});
}

TEST_CASE("WithHiddenSizes: is a copy of a layer's parameters, with the names of the layer", "[hidden_sizes]") {
  std::mt19937_64 rng{1};
  std::mt19937_64 again{1};
  const MAF<double, 2, 8> maf{rng};
  const MAF<double, 2> layer{{8}, again};
  CHECK(rng() == again());
  CHECK(maf.inverse(Eigen::Vector2d(0.5, -1)) == layer.inverse(Eigen::Vector2d(0.5, -1)));
  const MAF<double, 2> sliced = maf;
  CHECK(sliced.inverse(Eigen::Vector2d(0.5, -1)) == layer.inverse(Eigen::Vector2d(0.5, -1)));
}
