#include <bijou/bijectors/on_slice.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/bijectors/standardize.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("OnSlice: laws", "[on_slice]") {
  laws::check_bijector(registry::maker<registry::bijectors::OnSlice>, {.factors = {1}, .kinks = true});
  laws::check_bijector(registry::maker<registry::bijectors::OnSlice, registry::dynamic>,
                       {.factors = {1}, .kinks = true});
}

TEST_CASE("OnSlice changes its coordinates and no others", "[on_slice]") {
  const OnSlice<4, Affine<double, 2>> f{1, Affine<double, 2>{{1, 2}, {10, 0.5}}};
  const Eigen::Vector4d z(1, 2, 3, 4);
  CHECK(f.forward(z) == Eigen::Vector4d(1, 21, 3.5, 4));
  CHECK(f.inverse(f.forward(z)) == z);
  CHECK(f.forward_log_det(z) == Approx(std::log(5.0)));
  // All of them, one of one, and a bijector without a scalar.
  const OnSlice<2, Affine<double, 2>> all{0, Affine<double, 2>{{1, 2}, {10, 0.5}}};
  CHECK(all.forward(Eigen::Vector2d(2, 3)) == Eigen::Vector2d(21, 3.5));
  const OnSlice<1, Permute<1>> one{0, Permute<1>{0}};
  CHECK(one.forward(Eigen::Matrix<double, 1, 1>(7))(0) == 7);
  const OnSlice swap{3, 1, Permute<2>{1, 0}};
  CHECK(swap.forward(Eigen::Vector3f(1, 2, 3)) == Eigen::Vector3f(1, 3, 2));
}

TEST_CASE("OnSlice hands its coordinates to what learns from data", "[on_slice]") {
  std::mt19937_64 rng{1};
  const laws::Matrix<double> x = laws::normals<double>(3, 50, rng);
  TransformedDistribution flow{StandardNormal<double, 3>{},
                               OnSlice<3, Standardize<double, 2>>{1, Standardize<double, 2>{}}};
  initialize(flow, x);
  CHECK(flow.bijector.bijector().mean().isApprox(x.bottomRows(2).rowwise().mean(), 1e-14));
}

TEST_CASE("OnSlice under a context", "[on_slice]") {
  std::mt19937_64 rng{1};
  using Inside = MAF<double, 2>;
  const Inside inside{NetworkOptions{{6}, 1}, rng};
  const TransformedDistribution flow{StandardNormal<double, 4>{}, OnSlice<4, Inside>{2, inside}};
  const TransformedDistribution part{StandardNormal<double, 2>{}, inside};
  const laws::Matrix<double> context = laws::normals<double>(1, 5, rng);
  const laws::Matrix<double> x = laws::normals<double>(4, 5, rng);
  const Eigen::VectorXd expected =
      part.given(context).log_prob(x.bottomRows(2)) + StandardNormal<double, 2>{}.log_prob(x.topRows(2));
  CHECK(flow.given(context).log_prob(x).isApprox(expected, 1e-14));
}

TEST_CASE("OnSlice refuses a slice that is not inside", "[on_slice]") {
  const Affine<double, 2> inside{{1, 2}, {10, 0.5}};
  using Map = OnSlice<3, Affine<double, 2>>;
  CHECK(message_of([&] { Map{2, inside}; }) == "OnSlice: the coordinates 2 to 3 are not inside events of 3 rows");
  CHECK(message_of([&] { Map{-1, inside}; }) == "OnSlice: the coordinates -1 to 0 are not inside events of 3 rows");
  using Any = OnSlice<3, Reverse<Eigen::Dynamic>>;
  CHECK(message_of([&] { Any{0, Reverse<Eigen::Dynamic>{}}; }) ==
        "OnSlice: expected a bijector with a number of coordinates of its own");
}
