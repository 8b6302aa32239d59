#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/invert.hpp>
#include <limits>

#include "support/conditional_laws.hpp"

namespace maps = bijou::scale_maps;
using bijou::AffineTransformer;
using bijou::Autoregressive;
using bijou::InvertTransformer;
using bijou::Made;
using bijou::activations::Tanh;

template <class T>
using Smooth = Autoregressive<4, AffineTransformer<T, maps::SoftplusFloor>, Made<T, Tanh, 7, 6>>;
template <class T>
using Inverted = Autoregressive<Eigen::Dynamic, InvertTransformer<AffineTransformer<T>>, Made<T, Tanh>>;

template class bijou::Autoregressive<4, AffineTransformer<float, maps::SoftplusFloor>, Made<float, Tanh, 7, 6>>;
template class bijou::Autoregressive<Eigen::Dynamic, InvertTransformer<AffineTransformer<double>>, Made<double, Tanh>>;

static_assert(bijou::Bijector<Smooth<float>>);
static_assert(bijou::Bijector<Smooth<double>>);
static_assert(bijou::Bijector<Inverted<float>>);

namespace {

const auto make_smooth = []<class T>(T, auto& rng) { return Smooth<T>{rng}; };

}  // namespace

TEST_CASE("Autoregressive: laws", "[autoregressive]") {
  laws::check_bijector(make_smooth, {.factors = {1, 0, 1e-8, 3}});
  laws::check_forms(make_smooth, 4);
}

TEST_CASE("Autoregressive: laws, from noise to data", "[autoregressive]") {
  laws::check_bijector([]<class T>(T, auto& rng) { return Inverted<T>{3, {5}, rng}; });
}

TEST_CASE("Autoregressive: laws with a context", "[autoregressive]") {
  std::mt19937_64 rng{laws::seed};
  using Transformer = AffineTransformer<double, maps::SoftplusFloor>;
  laws::check_conditional(
      Autoregressive<3, Transformer, Made<double, Tanh, 8, 7>>{Transformer{}, Made<double, Tanh, 8, 7>{3, 2, rng, 2}},
      2);
  laws::check_conditional(
      Autoregressive<1, Transformer, Made<double, Tanh, 4>>{Transformer{}, Made<double, Tanh, 4>{1, 2, rng, 1}}, 1);
}

// x_i depends on z_0, ..., z_i, and z_i on x_0, ..., x_i.
TEMPLATE_TEST_CASE("Autoregressive: the Jacobian is exactly triangular", "[autoregressive]", float, double) {
  using T = TestType;
  std::mt19937_64 rng{laws::seed};
  const Smooth<T> f{rng};
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
TEMPLATE_TEST_CASE("Autoregressive: forward in one pass is forward in D passes", "[autoregressive]", float, double) {
  using T = TestType;
  std::mt19937_64 rng{laws::seed};
  const Smooth<T> f{rng};
  const laws::Matrix<T> z = laws::normals<T>(4, 70, rng);
  laws::Matrix<T> x = laws::Matrix<T>::Zero(4, 70);
  for (Eigen::Index i = 0; i < 4; ++i) {
    bijou::Arena arena;
    const laws::Matrix<T> parameters = laws::evaluate(f.conditioner, x).middleRows(2 * i, 2);
    bijou::Row<T> out = arena.row<T>(70);
    bijou::Row<T> log_det = arena.row<T>(70);
    log_det.setZero();
    f.transformer.forward(bijou::detail::as_const(laws::tile_of(parameters, arena)),
                          bijou::detail::as_const(laws::row_of(laws::Vector<T>(z.row(i)), arena)), out, log_det);
    x.row(i) = out.matrix();
  }
  laws::check_same_bits(f.forward(z), x);
}

TEST_CASE("Autoregressive: refuses parts that do not fit", "[autoregressive]") {
  std::mt19937_64 rng{1};
  using Transformer = AffineTransformer<double>;
  using Conditioner = Made<double, Tanh>;
  using Backwards = InvertTransformer<Transformer>;
  const std::vector<int> hidden{4};
  using ThreeRows = Autoregressive<3, Transformer, Conditioner>;
  using Dynamic = Autoregressive<Eigen::Dynamic, Backwards, Conditioner>;
  CHECK(message_of([&] { ThreeRows({}, Conditioner(2, 2, hidden, rng)); }) ==
        "MAF: expected a conditioner with input of size 3, got 2");
  CHECK(message_of([&] { ThreeRows({}, Conditioner(3, 3, hidden, rng)); }) ==
        "MAF: expected a conditioner with output of size 6, got 9");
  CHECK(message_of([&] { Dynamic(Backwards{}, Conditioner(2, 1, hidden, rng)); }) ==
        "Autoregressive: expected a conditioner with output of size 4, got 2");
  CHECK(message_of([&] { Dynamic(0, hidden, rng); }) == "Made: events need at least one row, got 0");
  CHECK(message_of([&] { Dynamic(-2, hidden, rng); }) == "Made: events need at least one row, got -2");
  CHECK(message_of([&] { ThreeRows(std::vector<int>{4, 0}, rng); }) ==
        "Made: a hidden layer needs at least one unit, got 0");
  CHECK(Dynamic(5, hidden, rng).event_size() == 5);
}
