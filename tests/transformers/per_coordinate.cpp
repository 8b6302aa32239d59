#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/elementwise.hpp>
#include <bijou/conditioners/made.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/formula.hpp>
#include <bijou/transformers/invert.hpp>
#include <bijou/transformers/per_coordinate.hpp>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"
#include "support/transformer_laws.hpp"

using namespace bijou;

namespace {

template <class T>
using Affine2 = AffineTransformer<T>;
template <class T>
using Double = FormulaTransformer<T, registry::transformers::DoubleFormula>;
template <class T>
using Mixed = PerCoordinate<Affine2<T>, Double<T>, InvertTransformer<Affine2<T>>>;

}  // namespace

TEST_CASE("PerCoordinate: laws, whichever transformer the coordinate has", "[per_coordinate]") {
  laws::check_transformer(registry::maker_of_scalar<registry::transformers::PerCoordinate>);
  laws::check_transformer([]<class T>(T, auto&) { return Mixed<T>{{0}, {}, {}, {}}; });
  laws::check_transformer([]<class T>(T, auto&) { return Mixed<T>{{1}, {}, {}, {}}; });
}

TEST_CASE("layers with a transformer for each coordinate satisfy the laws", "[per_coordinate]") {
  laws::check_bijector([]<class T>(T, auto& rng) {
    using Layer = Autoregressive<3, Mixed<T>, Made<T, activations::Tanh>>;
    return Layer{Mixed<T>{{1, 0, 2}, {}, {}, {}}, {6}, rng};
  });
  laws::check_bijector([]<class T>(T, auto& rng) {
    using Layer = Coupling<Eigen::Dynamic, Mixed<T>, Mlp<T, activations::Tanh>>;
    return Layer{3, Mixed<T>{{2, 0, 1}, {}, {}, {}}, 1, {6}, rng};
  });
  laws::check_bijector([]<class T>(T, auto&) {
    Eigen::Matrix<T, Eigen::Dynamic, 2> parameters(2, 2);
    parameters << T(1), T(7), T(0.5), T(7);
    return Elementwise<2, Mixed<T>>{Mixed<T>{{0, 1}, {}, {}, {}}, parameters};
  });
}

TEST_CASE("a coordinate goes through its own transformer", "[per_coordinate]") {
  Eigen::Matrix2d parameters;
  parameters << 1, 7, 0.5, 7;  // t, a; the second coordinate has none
  const Elementwise<2, Mixed<double>> f{Mixed<double>{{0, 1}, {}, {}, {}}, parameters};
  const Elementwise<1, Affine2<double>> affine{{}, parameters.leftCols<1>()};
  const Eigen::Vector2d z(0.3, -0.7);
  CHECK(f.forward(z)(0) == affine.forward(z.head<1>())(0));
  CHECK(f.forward(z)(1) == Approx(-1.4).epsilon(1e-15));
}

TEST_CASE("what PerCoordinate and layers with it refuse", "[per_coordinate]") {
  std::mt19937_64 rng{1};
  CHECK(message_of([] { Mixed<float>{{0, 3}, {}, {}, {}}; }) == "PerCoordinate: expected numbers from 0 to 2, got 3");
  CHECK(message_of([] { Mixed<float>{{-1}, {}, {}, {}}; }) == "PerCoordinate: expected numbers from 0 to 2, got -1");
  const Mixed<float> two{{0, 1}, {}, {}, {}};
  CHECK(message_of([&] { Elementwise<3, Mixed<float>>{two}; }) ==
        "Elementwise: expected a transformer for events of size 3, got 2");
  CHECK(message_of([&] {
          Autoregressive<3, Mixed<float>, Made<float>>{two, {4}, rng};
        }).find("expected a transformer for events of size 3, got 2") != std::string::npos);
  CHECK(message_of([&] {
          Coupling<3, Mixed<float>, Mlp<float>>{two, 1, {4}, rng};
        }).find("expected a transformer for events of size 3, got 2") != std::string::npos);
}
