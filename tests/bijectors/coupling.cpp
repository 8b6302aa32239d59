#include <bijou/bijectors/coupling.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/invert.hpp>
#include <limits>

#include "registry.hpp"
#include "support/archetypes.hpp"
#include "support/conditional_laws.hpp"
#include "support/message_of.hpp"

namespace scale_maps = bijou::scale_maps;
using bijou::AffineTransformer;
using bijou::Coupling;
using bijou::InvertTransformer;
using bijou::Mlp;
using bijou::activations::Silu;

template <class T>
using Smooth = Coupling<5, AffineTransformer<T, scale_maps::SigmoidFloor>, Mlp<T, Silu>>;
template <class T>
using Inverted = Coupling<Eigen::Dynamic, InvertTransformer<AffineTransformer<T>>, Mlp<T, Silu>>;

static_assert(bijou::Bijector<Smooth<float>>);
static_assert(bijou::Bijector<Smooth<double>>);
static_assert(bijou::Bijector<Inverted<float>>);

namespace {

const auto make_smooth = []<class T>(T, auto& rng) { return Smooth<T>{2, {6, 5}, rng}; };

}  // namespace

TEST_CASE("Coupling: laws", "[coupling]") {
  laws::check_bijector(make_smooth);
  laws::check_bijector(registry::maker<registry::bijectors::Coupling, registry::dynamic>);
  laws::check_forms(registry::maker<registry::bijectors::Coupling>, 3);
}

TEST_CASE("Coupling: laws, from noise to data", "[coupling]") {
  laws::check_bijector([]<class T>(T, auto& rng) { return Inverted<T>{3, 1, {5}, rng}; });
}

TEST_CASE("Coupling: laws with a context", "[coupling]") {
  std::mt19937_64 rng{laws::seed};
  using Transformer = AffineTransformer<double, scale_maps::SigmoidFloor>;
  laws::check_conditional(Coupling<3, Transformer, Mlp<double, Silu>>{1, {{7}, 2}, rng}, 2);
}

TEMPLATE_TEST_CASE("Coupling: the first coordinates pass, the others see them and themselves", "[coupling]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 rng{laws::seed};
  const Smooth<T> f{2, {6, 5}, rng};
  CHECK(f.num_passed() == 2);
  CHECK(f.event_size() == 5);
  const laws::Matrix<T> in = laws::normals<T>(5, 9, rng);
  for (const laws::Direction direction : laws::directions) {
    INFO(laws::text(direction));
    const auto still = laws::map(f, direction, in);
    laws::check_same_bits(still.value.topRows(2), in.topRows(2));
    for (Eigen::Index i = 0; i < 5; ++i) {
      for (const T value : {T(17), std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity()}) {
        INFO("coordinate " << i << " is " << value);
        laws::Matrix<T> moved = in;
        moved.row(i).setConstant(value);
        const auto result = laws::map(f, direction, moved);
        laws::check_same_bits(result.value.topRows(2), moved.topRows(2));
        for (Eigen::Index j = 2; j < 5; ++j) {
          if (j == i || i < 2)
            CHECK((result.value.row(j).array() != still.value.row(j).array()).all());
          else
            laws::check_same_bits(result.value.row(j), still.value.row(j));
        }
      }
    }
  }
}

TEST_CASE("Coupling: refuses a split that leaves nothing, and parts that do not fit", "[coupling]") {
  std::mt19937_64 rng{1};
  using Transformer = AffineTransformer<double>;
  using Backwards = InvertTransformer<Transformer>;
  using Conditioner = Mlp<double, Silu>;
  using Static = Coupling<4, Transformer, Conditioner>;
  using Dynamic = Coupling<Eigen::Dynamic, Backwards, Conditioner>;
  const bijou::NetworkOptions hidden{3};
  for (const int given : {0, 4, -1, 5}) {
    const std::string expected = "num_passed must satisfy 1 <= num_passed < 4, got " + std::to_string(given);
    CHECK(message_of([&] { Static(given, hidden, rng); }) == "Coupling: " + expected);
    CHECK(message_of([&] { Dynamic(4, given, hidden, rng); }) == "Coupling: " + expected);
  }
  CHECK(message_of([&] { Dynamic(1, 1, hidden, rng); }) == "Coupling: expected events of at least 2 rows, got 1");
  CHECK(message_of([&] { Static(2, bijou::NetworkOptions{0}, rng); }) ==
        "Mlp: a hidden layer needs at least one unit, got 0");
  CHECK(message_of([&] { Static(Transformer{}, Conditioner(2, 3, hidden, rng)); }) ==
        "Coupling: the conditioner's output is not a multiple of the transformer's parameters");
  CHECK(message_of([&] { Static(Transformer{}, Conditioner(2, 2, hidden, rng)); }) ==
        "Coupling: expected parts for events of size 4, got 3");
  CHECK(message_of([&] { Dynamic(Backwards{}, Conditioner(0, 2, hidden, rng)); }) ==
        "Coupling: expected events of at least 2 rows, got 1");
  CHECK(message_of([&] { Dynamic(Backwards{}, Conditioner(2, 0, hidden, rng)); }) ==
        "Coupling: num_passed must satisfy 1 <= num_passed < 2, got 2");
  CHECK(Dynamic(Backwards{}, Conditioner(2, 6, hidden, rng)).event_size() == 5);
}

TEST_CASE("Coupling: refuses events without their context", "[coupling]") {
  std::mt19937_64 rng{1};
  const Coupling<2, AffineTransformer<double>, Mlp<double>> f{1, {{6, 6}, 3}, rng};
  CHECK(message_of([&] { f.inverse(Eigen::Vector2d(1, 1)); }) == "Network: expected a context of 3 rows, got 0");
}

TEST_CASE("Coupling: of the smallest parts, with their state", "[coupling]") {
  using Smallest = Coupling<3, archetypes::Additive<double>, archetypes::Total<double>>;
  const Smallest f{archetypes::Additive<double>(2), archetypes::Total<double>(1, 2, 0, 10)};
  CHECK(f.forward(Eigen::Vector3d(1, 2, 3)) == Eigen::Vector3d(1, 4 + 10, 6 + 20));
  CHECK(f.forward_log_det(Eigen::Vector3d(1, 2, 3)) == Approx(2 * std::log(2.0)));
  std::vector<std::string> states;
  bijou::for_each_named_state(f, [&](const std::string& name, const auto&) { states.push_back(name); });
  CHECK(states == std::vector<std::string>{"transformer.factor", "conditioner.inputs", "conditioner.outputs",
                                           "conditioner.context"});
  const auto make = []<class T>(T, auto&) {
    return Coupling<Eigen::Dynamic, archetypes::Additive<T>, archetypes::Total<T>>{
        archetypes::Additive<T>(T(1.5)), archetypes::Total<T>(2, 3, 0, T(0.25))};
  };
  laws::check_bijector(make, {.factors = {1, 0, 1e-8, 3}});
  laws::check_conditional(Smallest{archetypes::Additive<double>(2), archetypes::Total<double>(2, 1, 2, 0.25)}, 2);
}

// Summed in float, the log-det would be off by about 1e-4 of itself.
TEST_CASE("Coupling: the log-det of many coordinates in float", "[coupling]") {
  std::mt19937_64 rng{1};
  using Transformer = AffineTransformer<float, scale_maps::Exp>;
  Coupling<Eigen::Dynamic, Transformer, Mlp<float>> f{12289, 1, {2}, rng};
  Eigen::VectorXf p = Eigen::VectorXf::Zero(bijou::parameter_count(f));
  p.tail(2 * 12288).setConstant(0.1f);  // the bias of the output: every shift and log-scale
  bijou::assign_parameters(f, p);
  const double expected = 12288 * static_cast<double>(0.1f);
  const Eigen::VectorXf event = Eigen::VectorXf::Ones(12289);
  CHECK(f.inverse_log_det(event) == Approx(expected).epsilon(1e-6));
  CHECK(f.forward_log_det(event) == Approx(-expected).epsilon(1e-6));
}

TEST_CASE("Coupling refuses a network that gives parameters for another number of coordinates", "[coupling]") {
  struct Twice : bijou::Mlp<double> {
    Twice(bijou::Index inputs, bijou::Index outputs, const bijou::NetworkOptions& options, std::mt19937_64& rng)
        : Mlp(inputs, 2 * outputs, options, rng) {}
  };
  using Layer = bijou::Coupling<3, bijou::AffineTransformer<double>, Twice>;
  using LayerX = bijou::Coupling<Eigen::Dynamic, bijou::AffineTransformer<double>, Twice>;
  std::mt19937_64 rng{1};
  const std::string expected = "Coupling: expected parts for events of size 3, got 4";
  CHECK(message_of([&] { Layer{2, {8}, rng}; }) == expected);
  CHECK(message_of([&] { LayerX{3, 2, {8}, rng}; }) == expected);
}
