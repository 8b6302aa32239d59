#include <bijou/signals/pixel_orders.hpp>

#include "support/catch.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

/// The formula of the definition, written out.
Eigen::VectorXd squeezed_by_loops(const SignalShape& shape, Index f, Index rows, const Eigen::VectorXd& in) {
  const SignalShape out = squeezed(shape, f);
  Eigen::VectorXd result(in.size());
  for (Index c = 0; c < shape.channels; ++c) {
    for (Index y = 0; y < shape.height; ++y) {
      for (Index x = 0; x < shape.width; ++x) {
        const Index channel = c * rows * f + (y % rows) * f + x % f;
        result((channel * out.height + y / rows) * out.width + x / f) = in((c * shape.height + y) * shape.width + x);
      }
    }
  }
  return result;
}

}  // namespace

TEST_CASE("squeeze is the formula, and unsqueeze its inverse", "[pixel_orders]") {
  std::mt19937_64 rng{1};
  const auto check = [&](const SignalShape& shape, Index factor, Index rows, const SignalShape& expected) {
    CHECK(squeezed(shape, factor) == expected);
    const Eigen::VectorXd x = laws::normals<double>(shape.size(), 1, rng);
    const Eigen::VectorXd z = squeeze(shape, factor).forward(x);
    CHECK(z == squeezed_by_loops(shape, factor, rows, x));
    CHECK(unsqueeze(shape, factor).forward(z) == x);
    CHECK(unsqueeze(shape, factor).inverse(x) == z);
    CHECK(squeeze(shape, factor).forward_log_det(x) == 0);
  };
  check({1, 4, 4}, 2, 2, {4, 2, 2});
  check({3, 6, 12}, 3, 3, {27, 2, 4});
  check({3, 4, 6}, 1, 1, {3, 4, 6});
  check({2, 1, 16}, 2, 1, {4, 1, 8});  // audio
  check({1, 1, 12}, 3, 1, {3, 1, 4});
}

TEST_CASE("squeeze of four pixels", "[pixel_orders]") {
  // Channel 2 dy + dx holds pixel (dy, dx).
  const auto order = squeeze({1, 2, 4}).indices();
  CHECK(order == std::vector<int>{0, 2, 1, 3, 4, 6, 5, 7});
}

TEST_CASE("checkerboard: the pixels of either colour", "[pixel_orders]") {
  CHECK(checkerboard({1, 2, 4}) == std::vector<int>{0, 2, 5, 7, 1, 3, 4, 6});
  CHECK(checkerboard({1, 2, 4}, true) == std::vector<int>{1, 3, 4, 6, 0, 2, 5, 7});
  CHECK(checkerboard({2, 1, 2}) == std::vector<int>{0, 2, 1, 3});
  CHECK(message_of([] { checkerboard({1, 2, 3}); }) == "checkerboard: expected an even width, got 3");
}

TEST_CASE("channel_order moves the rows of channels", "[pixel_orders]") {
  CHECK(channel_order({3, 1, 2}, {2, 0, 1}) == std::vector<int>{4, 5, 0, 1, 2, 3});
  CHECK(message_of([] { channel_order({3, 1, 2}, {2, 0}); }) == "channel_order: expected channels of size 3, got 2");
  CHECK(message_of([] { channel_order({3, 1, 2}, {2, 0, 0}); }) ==
        "channel_order: expected different coordinates, got 0 twice");
}

TEST_CASE("squeeze refuses what it does not divide", "[pixel_orders]") {
  const std::string expected = "squeeze: expected a height and a width that 2 divides, got ";
  CHECK(message_of([] { squeeze({1, 3, 4}); }) == expected + "3 x 4");
  CHECK(message_of([] { squeeze({1, 4, 3}); }) == expected + "4 x 3");
  CHECK(message_of([] { squeeze({1, 1, 3}); }) == expected + "1 x 3");
  CHECK(message_of([] { unsqueeze({1, 4, 4}, 0); }) == "unsqueeze: expected a factor of at least 1, got 0");
  CHECK(message_of([] { squeeze({0, 4, 4}); }) ==
        "squeeze: a signal needs at least one channel and one pixel, got 0 x 4 x 4");
}
