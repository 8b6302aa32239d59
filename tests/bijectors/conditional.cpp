// A conditional flow without its context is refused, and Invert{Invert{f}} is not a copy.
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/invert.hpp>
#include <bijou/bijectors/maf.hpp>
#include <random>
#include <type_traits>

#include "support/catch.hpp"

TEST_CASE("a conditional flow without its context is refused") {
  std::mt19937_64 rng{0};
  using Transformer = bijou::AffineTransformer<double>;
  using Made = bijou::Made<double>;
  using Mlp = bijou::Mlp<double>;
  const bijou::Autoregressive<2, Transformer, Made> maf{Transformer{}, Made{2, 2, {6, 6}, rng, 1}};
  const bijou::Coupling<2, Transformer, Mlp> coupling{Transformer{}, Mlp{1, 2, {6, 6}, rng, 3}};
  const Eigen::Matrix2Xd x = Eigen::Matrix2Xd::Ones(2, 5);
  CHECK_THROWS_WITH(maf.inverse(x), "Made: expected a context of 1 rows, got 0");
  CHECK_THROWS_WITH(maf.forward(x), "Made: expected a context of 1 rows, got 0");
  CHECK_THROWS_WITH(coupling.inverse(x), "Mlp: expected a context of 3 rows, got 0");
}

TEST_CASE("Invert{Invert{f}} inverts twice") {
  std::mt19937_64 rng{0};
  const bijou::MAF<double, 2, 8> f{rng};
  const bijou::Invert twice{bijou::Invert{f}};
  static_assert(std::is_same_v<decltype(twice), const bijou::Invert<bijou::Invert<bijou::MAF<double, 2, 8>>>>);
  const Eigen::Vector2d z(0.3, -0.7);
  CHECK(twice.forward(z) == f.forward(z));
}
