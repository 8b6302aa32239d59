#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/bijectors/sequence.hpp>
#include <array>
#include <utility>

#include "support/archetypes.hpp"
#include "support/laws.hpp"

using bijou::Chain;
using bijou::DynamicChain;
using bijou::Invert;

namespace {

using Layer = bijou::MAF<float, Eigen::Dynamic>;

template <std::size_t Length>
auto chain_of(const Layer& layer) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return Chain{(static_cast<void>(I), layer)...};
  }(std::make_index_sequence<Length>{});
}

// Bytes of the arena after a pass of 128 events.
template <class B>
std::size_t memory_of(const B& b, bool pullback, laws::Direction direction) {
  using laws::Matrix;
  laws::Start<float> start;
  start.pullback = pullback;
  const Matrix<float> in = Matrix<float>::Ones(b.event_size(), 128);
  bijou::Arena arena;
  laws::SubjectOf<float, B>(b).run_tile(direction, in, in, laws::Vector<float>::Ones(128), start, arena);
  return arena.capacity();
}

}  // namespace

TEST_CASE("positions: from the last member or from the first", "[sequence]") {
  CHECK(bijou::detail::position(true, 0, 3) == 2);
  CHECK(bijou::detail::position(true, 2, 3) == 0);
  CHECK(bijou::detail::position(false, 0, 3) == 0);
  CHECK(bijou::detail::position(false, 2, 3) == 2);
}

// Members give back their memory and take two tiles in turn.
TEST_CASE("the memory of an evaluation does not grow with the length of a chain", "[sequence]") {
  std::mt19937_64 rng{1};
  const Layer layer{20, {32, 32}, rng};
  const DynamicChain two{std::vector<Layer>(2, layer)};
  const DynamicChain three{std::vector<Layer>(3, layer)};
  const DynamicChain deep{std::vector<Layer>(200, layer)};
  for (const laws::Direction direction : laws::directions) {
    INFO(laws::text(direction));
    const std::size_t expected = memory_of(three, false, direction);
    CHECK(memory_of(deep, false, direction) == expected);
    CHECK(memory_of(chain_of<3>(layer), false, direction) <= expected);
    CHECK(memory_of(chain_of<20>(layer), false, direction) <= expected);
    const std::size_t tile = 20 * 9 * 64;  // 20 rows of 128 floats, 9 cache lines apart
    CHECK(expected <= memory_of(two, false, direction) + tile + 4096);
    // A pass for a pullback keeps what each member computed.
    CHECK(memory_of(deep, true, direction) > 50 * expected);
  }
}

namespace {

// All archetypes of one size, behind one another; `times` affects none of them but the log scale.
template <class T>
auto smallest() {
  return Chain{archetypes::Shift<T>({T(0.5), T(-1)}),
               archetypes::Swap(0),
               archetypes::Stretch<T>(2, T(0.25)),
               archetypes::Opposite(2),
               Invert{archetypes::Stretch<T>(2, T(0.5))},
               Invert{archetypes::Opposite(2)},
               Invert{archetypes::Swap(0)}};
}

}  // namespace

TEST_CASE("chains of the smallest bijectors satisfy the laws", "[sequence]") {
  const laws::Options options{.factors = {1, 0, 1e-8, 3}};
  const auto make = []<class T>(T, auto&) { return smallest<T>(); };
  laws::check_bijector(make, options);
  laws::check_forms(make, 2);
  laws::check_bijector(
      []<class T>(T, auto&) {
        using Link = Chain<archetypes::Stretch<T>, archetypes::Opposite>;
        const Link link{archetypes::Stretch<T>(3, T(0.25)), archetypes::Opposite(3)};
        return DynamicChain{std::vector<Link>(3, link)};
      },
      options);
}

TEST_CASE("chains of members that take any scalar, with caches", "[sequence]") {
  const Chain f{archetypes::Opposite(2), archetypes::Swap(0), archetypes::Opposite(2)};
  static_assert(std::is_same_v<decltype(f)::Scalar, bijou::AnyScalar>);
  CHECK(f.forward(Eigen::Vector2f(1, 2)) == Eigen::Vector2f(8, 4));
  CHECK(f.inverse(Eigen::Vector2d(8, 4)) == Eigen::Vector2d(1, 2));
  const DynamicChain g{archetypes::Opposite(2), archetypes::Opposite(2)};
  CHECK(g.forward(Eigen::Vector2f(1, 2)) == Eigen::Vector2f(4, 8));
  CHECK(bijou::forward_pullback(g, Eigen::Vector2d(1, 2), Eigen::Vector2d(1, 1), Eigen::Vector<double, 1>(0.0)).input ==
        Eigen::Vector2d(4, 4));
}

// A flow as built changes events little, so that any depth trains from the start.
TEST_CASE("layers of networks whose last weights are 0 are the identity to the last bit", "[sequence]") {
  std::mt19937_64 rng{1};
  Layer layer{3, {8}, rng};
  bijou::assign_parameters(layer, Eigen::VectorXf::Zero(bijou::parameter_count(layer)));
  const DynamicChain f{std::vector<Layer>(64, layer)};
  const laws::Matrix<float> in = 100 * laws::normals<float>(3, 20, rng);
  CHECK(f.forward(in) == in);
  CHECK(f.inverse(in) == in);
}
