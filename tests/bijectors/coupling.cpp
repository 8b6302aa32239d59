#include <bijou/bijectors/coupling.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/invert.hpp>
#include <limits>

#include "support/conditional_laws.hpp"

namespace maps = bijou::scale_maps;
using bijou::AffineTransformer;
using bijou::Coupling;
using bijou::InvertTransformer;
using bijou::Mlp;
using bijou::activations::Silu;

template <class T>
using Smooth = Coupling<5, AffineTransformer<T, maps::SigmoidFloor>, Mlp<T, Silu, 6, 5>>;
template <class T>
using Inverted = Coupling<Eigen::Dynamic, InvertTransformer<AffineTransformer<T>>, Mlp<T, Silu>>;

template class bijou::Coupling<5, AffineTransformer<float, maps::SigmoidFloor>, Mlp<float, Silu, 6, 5>>;
template class bijou::Coupling<Eigen::Dynamic, InvertTransformer<AffineTransformer<double>>, Mlp<double, Silu>>;

static_assert(bijou::Bijector<Smooth<float>>);
static_assert(bijou::Bijector<Smooth<double>>);
static_assert(bijou::Bijector<Inverted<float>>);

namespace {

const auto make_smooth = []<class T>(T, auto& rng) { return Smooth<T>{2, rng}; };

}  // namespace

TEST_CASE("Coupling: laws", "[coupling]") {
  laws::check_bijector(make_smooth);
  laws::check_forms(make_smooth, 5);
}

TEST_CASE("Coupling: laws, from noise to data", "[coupling]") {
  laws::check_bijector([]<class T>(T, auto& rng) { return Inverted<T>{3, 1, {5}, rng}; });
}

TEST_CASE("Coupling: laws with a context", "[coupling]") {
  std::mt19937_64 rng{laws::seed};
  using Transformer = AffineTransformer<double, maps::SigmoidFloor>;
  using Conditioner = Mlp<double, Silu, 7>;
  laws::check_conditional(Coupling<3, Transformer, Conditioner>{Transformer{}, Conditioner{1, 4, rng, 2}}, 2);
}

TEMPLATE_TEST_CASE("Coupling: the first coordinates pass, the others see them and themselves", "[coupling]", float,
                   double) {
  using T = TestType;
  std::mt19937_64 rng{laws::seed};
  const Smooth<T> f{2, rng};
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
  const std::vector<int> hidden{3};
  for (const int given : {0, 4, -1, 5}) {
    const std::string expected = "num_passed must satisfy 1 <= num_passed < 4, got " + std::to_string(given);
    CHECK(message_of([&] { Static(given, hidden, rng); }) == "RealNVP: " + expected);
    CHECK(message_of([&] { Dynamic(4, given, hidden, rng); }) == "Coupling: " + expected);
  }
  CHECK(message_of([&] { Dynamic(1, 1, hidden, rng); }) == "Coupling: expected events of at least 2 rows, got 1");
  CHECK(message_of([&] { Static(2, std::vector<int>{0}, rng); }) ==
        "Mlp: a hidden layer needs at least one unit, got 0");
  CHECK(message_of([&] { Static(Transformer{}, Conditioner(2, 3, hidden, rng)); }) ==
        "RealNVP: the conditioner's output is not a multiple of the transformer's parameters");
  CHECK(message_of([&] { Static(Transformer{}, Conditioner(2, 2, hidden, rng)); }) ==
        "RealNVP: expected parts for events of size 4, got 3");
  CHECK(message_of([&] { Dynamic(Backwards{}, Conditioner(0, 2, hidden, rng)); }) ==
        "Coupling: expected events of at least 2 rows, got 1");
  CHECK(message_of([&] { Dynamic(Backwards{}, Conditioner(2, 0, hidden, rng)); }) ==
        "Coupling: num_passed must satisfy 1 <= num_passed < 2, got 2");
  CHECK(Dynamic(Backwards{}, Conditioner(2, 6, hidden, rng)).event_size() == 5);
}
