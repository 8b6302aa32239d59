#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/frozen.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/rotation.hpp>
#include <bijou/bijectors/standardize.hpp>
#include <bijou/core/fill_members.hpp>
#include <array>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("fill_members: parameters and state in the order of the list, matrices row by row", "[fill_members]") {
  Chain chain{Affine<float, 2>{{0, 0}, {1, 1}}, Standardize<float, 2>{}, Permute<2>{0, 1},
              Frozen{Affine<float, 2>{{0, 0}, {1, 1}}}, Rotation<float, 2>{Eigen::Matrix<float, 2, 3>::Ones()}};
  const std::array<float, 10> parameters{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const std::array<double, 11> state{11, 12, 13, 14, 1, 1, 0, 15, 16, 17, 18};
  detail::fill_members(chain, std::span<const float>(parameters), std::span<const double>(state));
  CHECK(std::get<0>(chain.bijectors()).shift() == Eigen::Vector2f(1, 2));
  CHECK(std::get<0>(chain.bijectors()).scale() == Eigen::Vector2f(3, 4));
  CHECK(std::get<4>(chain.bijectors()).vectors() == Eigen::MatrixXf{{5, 6, 7}, {8, 9, 10}});
  CHECK(std::get<1>(chain.bijectors()).mean() == Eigen::Vector2f(11, 12));
  CHECK(std::get<1>(chain.bijectors()).deviation() == Eigen::Vector2f(13, 14));
  CHECK(std::get<1>(chain.bijectors()).is_initialized());
  CHECK(std::get<2>(chain.bijectors()).indices() == std::array{1, 0});
  CHECK(std::get<3>(chain.bijectors()).bijector().scale() == Eigen::Vector2f(17, 18));
}

TEST_CASE("fill_members: refuses another count", "[fill_members]") {
  Affine<double, 2> affine{{0, 0}, {1, 1}};
  const std::array<double, 5> numbers{1, 2, 3, 4, 5};
  const auto fill = [&](std::size_t parameters, std::size_t state) {
    return message_of([&] {
      detail::fill_members(affine, std::span<const double>(numbers).first(parameters),
                           std::span<const double>(numbers).first(state));
    });
  };
  CHECK(fill(4, 0) == "nothing was thrown");
  CHECK(fill(5, 0) == "fill_members: expected parameters of size 4, got 5");
  CHECK(fill(3, 0) == "fill_members: expected parameters of size 4, got 3");
  CHECK(fill(4, 1) == "fill_members: expected state of size 0, got 1");
}
