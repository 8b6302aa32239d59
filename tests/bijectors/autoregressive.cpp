#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/invert.hpp>
#include <limits>

#include "registry.hpp"
#include "support/archetypes.hpp"
#include "support/conditional_laws.hpp"
#include "support/message_of.hpp"

namespace scale_maps = bijou::scale_maps;
using bijou::AffineTransformer;
using bijou::Autoregressive;
using bijou::InvertTransformer;
using bijou::Made;
using bijou::activations::Tanh;

template <class T>
using Smooth = Autoregressive<4, AffineTransformer<T, scale_maps::SoftplusFloor>, Made<T, Tanh>>;
template <class T>
using Inverted = Autoregressive<Eigen::Dynamic, InvertTransformer<AffineTransformer<T>>, Made<T, Tanh>>;

static_assert(bijou::Bijector<Smooth<float>>);
static_assert(bijou::Bijector<Smooth<double>>);
static_assert(bijou::Bijector<Inverted<float>>);

namespace {

const auto make_smooth = []<class T>(T, auto& rng) { return Smooth<T>{{7, 6}, rng}; };

}  // namespace

TEST_CASE("Autoregressive: laws", "[autoregressive]") {
  laws::check_bijector(make_smooth, {.factors = {1, 0, 1e-8, 3}});
  laws::check_bijector(registry::maker<registry::bijectors::Autoregressive, registry::dynamic>,
                       {.factors = {1, 0, 1e-8, 3}});
  laws::check_forms(registry::maker<registry::bijectors::Autoregressive>, 3);
}

TEST_CASE("Autoregressive: laws, from noise to data", "[autoregressive]") {
  laws::check_bijector([]<class T>(T, auto& rng) { return Inverted<T>{3, {5}, rng}; });
}

TEST_CASE("Autoregressive: laws with a context", "[autoregressive]") {
  std::mt19937_64 rng{laws::seed};
  using Transformer = AffineTransformer<double, scale_maps::SoftplusFloor>;
  using Conditional = Autoregressive<Eigen::Dynamic, Transformer, Made<double, Tanh>>;
  laws::check_conditional(Conditional{3, {{8, 7}, 2}, rng}, 2);
  laws::check_conditional(Conditional{1, {{4}, 1}, rng}, 1);
}

// x_i depends on z_0, ..., z_i, and z_i on x_0, ..., x_i.
TEMPLATE_TEST_CASE("Autoregressive: the Jacobian is exactly triangular", "[autoregressive]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 rng{laws::seed};
  const Smooth<T> f{{7, 6}, rng};
  const laws::Matrix<T> in = laws::normals<T>(4, 9, rng);
  for (const laws::Direction direction : laws::directions) {
    INFO(laws::text(direction));
    const auto still = laws::map(f, direction, in);
    for (Eigen::Index i = 0; i < 4; ++i) {
      for (const T value : {T(17), std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity()}) {
        INFO("coordinate " << i << " is " << value);
        laws::Matrix<T> moved = in;
        moved.row(i).setConstant(value);
        const auto result = laws::map(f, direction, moved);
        laws::check_same_bits(result.value.topRows(i), still.value.topRows(i));
        CHECK((result.value.bottomRows(4 - i).array() != still.value.bottomRows(4 - i).array()).all());
      }
    }
  }
}

// D passes of the whole network, each of which settles one more coordinate, give what the stepwise pass gives.
TEMPLATE_TEST_CASE("Autoregressive: forward in one pass is forward in D passes", "[autoregressive]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 rng{laws::seed};
  const Smooth<T> f{{7, 6}, rng};
  const laws::Matrix<T> z = laws::normals<T>(4, 70, rng);
  laws::Matrix<T> x = laws::Matrix<T>::Zero(4, 70);
  for (Eigen::Index i = 0; i < 4; ++i) {
    bijou::Arena arena;
    const laws::Matrix<T> parameters = laws::evaluate(f.conditioner(), x).middleRows(2 * i, 2);
    bijou::Pass<T> pass{arena};
    const bijou::Row<T> out = arena.row<T>(70);
    f.transformer().forward(
        {laws::tile_of(parameters, arena), laws::row_of(laws::Vector<T>(z.row(i)), arena), out, arena.sums(70), pass});
    x.row(i) = out.matrix();
  }
  laws::check_same_bits(f.forward(z), x);
}

TEST_CASE("Autoregressive: refuses parts that do not fit", "[autoregressive]") {
  std::mt19937_64 rng{1};
  using Transformer = AffineTransformer<double>;
  using Conditioner = Made<double, Tanh>;
  using Backwards = InvertTransformer<Transformer>;
  const bijou::NetworkOptions hidden{4};
  using ThreeRows = Autoregressive<3, Transformer, Conditioner>;
  using Dynamic = Autoregressive<Eigen::Dynamic, Backwards, Conditioner>;
  CHECK(message_of([&] { ThreeRows({}, Conditioner(2, 2, hidden, rng)); }) ==
        "Autoregressive: expected a conditioner with input of size 3, got 2");
  CHECK(message_of([&] { ThreeRows({}, Conditioner(3, 3, hidden, rng)); }) ==
        "Autoregressive: expected a conditioner with output of size 6, got 9");
  CHECK(message_of([&] { Dynamic(Backwards{}, Conditioner(2, 1, hidden, rng)); }) ==
        "Autoregressive: expected a conditioner with output of size 4, got 2");
  CHECK(message_of([&] { Dynamic(0, hidden, rng); }) == "Made: events need at least one row, got 0");
  CHECK(message_of([&] { Dynamic(-2, hidden, rng); }) == "Made: events need at least one row, got -2");
  CHECK(message_of([&] { ThreeRows(bijou::NetworkOptions{4, 0}, rng); }) ==
        "Made: a hidden layer needs at least one unit, got 0");
  CHECK(Dynamic(5, hidden, rng).event_size() == 5);
}

TEST_CASE("Autoregressive: refuses events without their context", "[autoregressive]") {
  std::mt19937_64 rng{1};
  using Conditional = Autoregressive<2, AffineTransformer<double>, Made<double>>;
  const Conditional f{{{6, 6}, 1}, rng};
  const Eigen::Matrix2Xd x = Eigen::Matrix2Xd::Ones(2, 5);
  const std::string expected = "Network: expected a context of 1 rows, got 0";
  CHECK(message_of([&] { f.inverse(x); }) == expected);
  CHECK(message_of([&] { f.forward(x); }) == expected);
}

TEST_CASE("Autoregressive: of the smallest parts, with their state", "[autoregressive]") {
  using Smallest = Autoregressive<3, archetypes::Additive<double>, archetypes::Prefix<double>>;
  const Smallest f{archetypes::Additive<double>(2), archetypes::Prefix<double>(3, 10)};
  CHECK(f.forward(Eigen::Vector3d(1, 2, 3)) == Eigen::Vector3d(2, 4 + 20, 6 + 10 * (2 + 24)));
  CHECK(f.forward_log_det(Eigen::Vector3d(1, 2, 3)) == Approx(3 * std::log(2.0)));
  std::vector<std::string> states;
  bijou::for_each_named_state(f, [&](const std::string& name, const auto& value) {
    states.push_back(name);
    CHECK(static_cast<double>(value) == (name == "conditioner.size" ? 3 : 2));
  });
  CHECK(states == std::vector<std::string>{"transformer.factor", "conditioner.size"});
  const auto make = []<class T>(T, auto&) {
    return Autoregressive<Eigen::Dynamic, archetypes::Additive<T>, archetypes::Prefix<T>>{
        archetypes::Additive<T>(T(1.5)), archetypes::Prefix<T>(4, T(0.25))};
  };
  laws::check_bijector(make, {.factors = {1, 0, 1e-8, 3}});
}

// The degrees and sizes of a network rebuild it from a file.
TEST_CASE("Autoregressive: names of the state of its network", "[autoregressive]") {
  std::mt19937_64 rng{1};
  const Smooth<float> f{{7}, rng};
  std::vector<std::string> states;
  bijou::for_each_named_state(f, [&](const std::string& name, const auto&) { states.push_back(name); });
  CHECK(states == std::vector<std::string>{"conditioner.degrees.0", "conditioner.degrees.1", "conditioner.degrees.2",
                                           "conditioner.context_size"});
}

TEST_CASE("Autoregressive refuses a network that does not go coordinate by coordinate", "[autoregressive]") {
  struct OneStep : bijou::Network<double, bijou::activations::Relu> {
    OneStep(bijou::Index inputs, bijou::Index count, const bijou::NetworkOptions&, std::mt19937_64& rng)
        : Network({std::vector<int>(static_cast<std::size_t>(inputs), 0),
                   {0, 0},
                   std::vector<int>(static_cast<std::size_t>(inputs * count), 1)},
                  1, 0, rng) {}
  };
  using Layer = bijou::Autoregressive<3, bijou::AffineTransformer<double>, OneStep>;
  using LayerX = bijou::Autoregressive<Eigen::Dynamic, bijou::AffineTransformer<double>, OneStep>;
  std::mt19937_64 rng{1};
  const std::string expected = "Autoregressive: expected a conditioner with steps of size 3, got 1";
  CHECK(message_of([&] { Layer{{8}, rng}; }) == expected);
  CHECK(message_of([&] { LayerX{3, {8}, rng}; }) == expected);
  CHECK(message_of([&] { Layer{{}, OneStep{3, 2, {8}, rng}}; }) == expected);
}
