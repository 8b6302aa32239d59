#include <bijou/bijectors/maf.hpp>
#include <bijou/flows/stack.hpp>

#include "support/catch.hpp"
#include "support/laws.hpp"

using namespace bijou;

TEST_CASE("a stack is its layers with a permutation after each", "[stack]") {
  using Layer = MAF<double, 3>;
  std::mt19937_64 rng{1};
  const flows::FlowOptions options{.layers = 2, .hidden = {4}, .standardize = false};
  const auto made = detail::make_stack<Layer, 3>(3, options, rng, [&](Index size, const NetworkOptions& network) {
    CHECK(size == 3);
    return Layer{network, rng};
  });
  std::mt19937_64 same{1};
  const Layer first{{4}, same}, second{{4}, same};
  const Permute<3> reversal{2, 1, 0};
  const laws::Matrix<double> x = laws::normals<double>(3, 5, rng);
  laws::check_same_values(laws::map(made, laws::Direction::inverse, x),
                          laws::map(Chain{first, reversal, second, reversal}, laws::Direction::inverse, x));
}
