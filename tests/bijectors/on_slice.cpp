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

TEST_CASE("OnSlice on coordinates in any order: laws", "[on_slice]") {
  laws::check_bijector(
      []<class T>(T, auto& rng) {
        using Inside = MAF<T, Eigen::Dynamic>;
        return OnSlice(5, {3, 0, 4}, registry::layer<Inside>(NetworkOptions{6}, rng));
      },
      {.factors = {1}, .kinks = true});
}

TEST_CASE("OnSlice takes a list of coordinates", "[on_slice]") {
  const OnSlice<4, Affine<double, 2>> f{{3, 1}, Affine<double, 2>{{1, 2}, {10, 0.5}}};
  const Eigen::Vector4d z(1, 2, 3, 4);
  CHECK(f.forward(z) == Eigen::Vector4d(1, 3, 3, 41));
  CHECK(f.inverse(f.forward(z)) == z);
  CHECK(f.coordinates() == std::array{3, 1});
  const OnSlice<4, Affine<double, 2>> slice{{1, 2}, Affine<double, 2>{{1, 2}, {10, 0.5}}};
  CHECK(slice.forward(z) == Eigen::Vector4d(1, 21, 3.5, 4));
}

TEST_CASE("a coupling passes on every set of coordinates", "[on_slice]") {
  std::mt19937_64 rng{1};
  for (const Index size : {2, 3, 7}) {
    for (unsigned mask = 1; mask + 1 < 1u << size; ++mask) {
      std::vector<int> passed;
      for (int i = 0; i < size; ++i) {
        if (mask >> i & 1) passed.push_back(i);
      }
      RealNVP<double, Eigen::Dynamic> coupling(size, static_cast<Index>(passed.size()), NetworkOptions{4}, rng);
      for_each_parameter(coupling, [&](auto& p) { p.setRandom(); });
      const OnSlice f(size, first_then_others(size, passed), coupling);
      const laws::Matrix<double> z = laws::normals<double>(size, 3, rng);
      const laws::Matrix<double> x = f.forward(z);
      INFO(size << " coordinates, mask " << mask);
      CHECK(f.inverse(x).isApprox(z, 1e-12));
      bool others_change = true;
      for (int i = 0; i < size; ++i) {
        if (mask >> i & 1)
          CHECK(x.row(i) == z.row(i));
        else
          others_change = others_change && (x.row(i).array() != z.row(i).array()).all();
      }
      CHECK(others_change);
    }
  }
}

TEST_CASE("OnSlice hands its coordinates to what learns from data", "[on_slice]") {
  std::mt19937_64 rng{1};
  const laws::Matrix<double> x = laws::normals<double>(3, 50, rng);
  TransformedDistribution flow{StandardNormal<double, 3>{},
                               OnSlice<3, Standardize<double, 2>>{1, Standardize<double, 2>{}}};
  initialize(flow, x);
  CHECK(flow.bijector.bijector().mean().isApprox(x.bottomRows(2).rowwise().mean(), 1e-14));
  TransformedDistribution listed{StandardNormal<double, 3>{},
                                 OnSlice<3, Standardize<double, 2>>{{2, 0}, Standardize<double, 2>{}}};
  initialize(listed, x);
  CHECK(listed.bijector.bijector().mean()(0) == flow.bijector.bijector().mean()(1));
  CHECK(listed.bijector.bijector().mean()(1) == Approx(x.row(0).mean()));
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
  CHECK(message_of([&] { Map{{0, 3}, inside}; }) == "OnSlice: expected coordinates from 0 to 2, got 3");
  CHECK(message_of([&] { Map{{1, 1}, inside}; }) == "OnSlice: expected different coordinates, got 1 twice");
  CHECK(message_of([&] { Map{{0, 1, 2}, inside}; }) == "OnSlice: expected coordinates of size 2, got 3");
  using Any = OnSlice<3, Reverse<Eigen::Dynamic>>;
  CHECK(message_of([&] { Any{0, Reverse<Eigen::Dynamic>{}}; }) ==
        "OnSlice: expected a bijector with a number of coordinates of its own");
}
