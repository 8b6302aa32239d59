#include <bijou/transformers/spline_bins.hpp>
#include <cmath>

#include "support/sweep.hpp"
#include "support/tiles.hpp"

using bijou::Index;
namespace maps = bijou::spline_maps;

namespace {

/// The sizes of K bins in an interval of length 10 from raw numbers that all events share.
template <class T, class Map, int K>
std::vector<double> sizes_of(const std::vector<double>& raw, Index bins) {
  bijou::Arena arena;
  const bijou::Tile<T> parameters = arena.tile<T>(static_cast<Index>(raw.size()), bijou::Simd<T>::size);
  for (Index k = 0; k < parameters.rows(); ++k) {
    parameters.row(k).setConstant(static_cast<T>(raw[static_cast<std::size_t>(k)]));
  }
  bijou::detail::SoftmaxBins<T, K, Map> made(arena, bijou::detail::BinCount<K>(bins), bijou::Simd<T>(T(10)));
  made.template compute<false>(parameters, 0, 0);
  std::vector<double> sizes;
  for (Index k = 0; k < bins; ++k) sizes.push_back(static_cast<double>(made.size(k).first()));
  return sizes;
}

template <class T, class Map>
void check_sizes(const std::vector<double>& raw, const std::vector<double>& expected) {
  const double tolerance = std::is_same_v<T, double> ? 1e-14 : 1e-6;
  const Index bins = static_cast<Index>(expected.size());
  const auto sizes = sizes_of<T, Map, 4>(raw, bins);
  CHECK(sizes == sizes_of<T, Map, Eigen::Dynamic>(raw, bins));
  for (std::size_t k = 0; k < expected.size(); ++k) CHECK(sizes[k] == Approx(expected[k]).epsilon(tolerance));
}

std::vector<double> softmax(std::vector<double> logits) {
  double sum = 0;
  for (double& each : logits) sum += each = std::exp(each);
  for (double& each : logits) each /= sum;
  return logits;
}

}  // namespace

TEMPLATE_TEST_CASE("exp_of_bounded", "[spline]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const auto values = laws::sweep<T>([](T a) { return std::abs(a) <= T(60); });
  const auto results = laws::by_packet<T>(values, [](auto a) { return bijou::detail::exp_of_bounded(a); });
  double worst = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const laws::Wider<T> exact = std::exp(static_cast<laws::Wider<T>>(values[i]));
    worst = std::max(worst, static_cast<double>(std::abs(static_cast<laws::Wider<T>>(results[i]) - exact) / exact));
  }
  CHECK(worst <= 2 * static_cast<double>(std::numeric_limits<T>::epsilon()));
  // Any NaN stays one, whatever its bits.
  using Word = bijou::detail::Word<T>;
  for (const Word payload : {Word{0}, Word{1}, Word{0x1ff}, Word{0x12345}}) {
    const T nan = std::bit_cast<T>(std::bit_cast<Word>(std::numeric_limits<T>::quiet_NaN()) | payload);
    for (const T result : laws::by_packet<T>({nan}, [](auto a) { return bijou::detail::exp_of_bounded(a); })) {
      CHECK(std::isnan(result));
    }
  }
}

TEMPLATE_TEST_CASE("sizes of bins: shares of a softmax, with a floor", "[spline]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const std::vector<double> raw{0.3, -0.7, 1.1, 0.2};
  auto shares = softmax(raw);
  std::vector<double> plain, with_floor;
  for (const double share : shares) {
    plain.push_back(10 * share);
    with_floor.push_back(10 * (1e-3 + (1 - 4e-3) * share));
  }
  check_sizes<T, maps::Softmax>(raw, plain);
  check_sizes<T, maps::SoftplusFloor>(raw, with_floor);
  const auto three = softmax({0.3, -0.7, 1.1});
  const auto share_of = [&](std::size_t k) { return (three[k] + 0.01 / 3) / 1.01; };
  check_sizes<T, maps::HalvedEnds>({0.3, -0.7, 1.1},
                                   {5 * share_of(0), 10 * share_of(1), 10 * share_of(2), 5 * share_of(0)});
}

TEMPLATE_TEST_CASE("sizes of bins: raw numbers of any size", "[spline]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  for (const double size : {1e2, 1e5, 1e18}) {
    for (const auto& sizes : {sizes_of<T, maps::Softmax, 4>({size, -size, 0, size / 2}, 4),
                              sizes_of<T, maps::SoftplusFloor, 4>({size, -size, 0, size / 2}, 4),
                              sizes_of<T, maps::SoftClipped<>, 4>({size, -size, 0, size / 2}, 4)}) {
      double sum = 0;
      for (const double each : sizes) {
        CHECK(each > 1e-26);
        sum += each;
      }
      CHECK(sum == Approx(10).epsilon(1e-6));
    }
  }
}
