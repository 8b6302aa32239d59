#include <bijou/conditioners/masked_linear.hpp>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "support/laws.hpp"

using bijou::Index;
using bijou::MaskedLinear;
using bijou::detail::Staircase;

namespace {

// Nine columns, seven rows, of degrees with gaps and repeats.
Staircase shape() { return Staircase({0, 0, 0, 1, 1, 2, 3, 3, 5}, {0, 1, 1, 2, 2, 2, 3}, 0, 4); }

template <class T>
MaskedLinear<T> layer() {
  std::mt19937_64 rng{laws::seed};
  return MaskedLinear<T>(shape(), 1, rng);
}

}  // namespace

TEST_CASE("MaskedLinear: weights in the staircase alone, in its own draws", "[masked_linear]") {
  const MaskedLinear<double> a = layer<double>();
  CHECK(a.rows() == 7);
  CHECK(a.columns() == 9);
  for (Index r = 0; r < 7; ++r) {
    CHECK(a.visible(r) == shape().rows[static_cast<std::size_t>(r)].end);
    for (Index k = 0; k < 9; ++k) CHECK((a.weight()(r, k) != 0) == (k < a.visible(r)));
  }
  CHECK(a.weight().cwiseAbs().maxCoeff() <= 1.0 / 3);
  CHECK(a.bias().cwiseAbs().maxCoeff() <= 1.0 / 3);
  std::vector<std::string> names;
  bijou::for_each_named_parameter(a, [&](const std::string& name, const auto&) { names.push_back(name); });
  CHECK(names == std::vector<std::string>{"weight", "bias"});
  CHECK(a.weight().cast<float>() == layer<float>().weight());
}

TEST_CASE("MaskedLinear: numbers that are to be replaced are 0", "[masked_linear]") {
  bijou::detail::NoNumbers rng;
  const MaskedLinear<double> a(shape(), 1, rng);
  CHECK((a.weight().array() == 0).all());
  CHECK((a.bias().array() == 0).all());
  CHECK(a.weight().rows() == layer<double>().weight().rows());
}

TEST_CASE("MaskedLinear: the scale multiplies the same draws", "[masked_linear]") {
  std::mt19937_64 rng{laws::seed};
  const MaskedLinear<double> small(shape(), 0.01, rng);
  CHECK(small.weight().isApprox(0.01 * layer<double>().weight(), 1e-14));
  CHECK(small.bias().isApprox(0.01 * layer<double>().bias(), 1e-14));
  const MaskedLinear<double> without_columns(Staircase({}, {0, 0}, 0, 1), 1, rng);
  CHECK(without_columns.bias().cwiseAbs().maxCoeff() <= 1);
}
