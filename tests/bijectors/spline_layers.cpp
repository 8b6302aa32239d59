#include "registry.hpp"
#include "support/laws.hpp"

using namespace bijou;

// Splines in each of the bijectors that take a transformer.

namespace {

const laws::Options options{.factors = {1, 0, 1e-8}};

}  // namespace

TEST_CASE("an autoregressive layer of splines: laws", "[spline]") {
  laws::check_bijector(
      []<class T>(T, auto& rng) {
        using Spline = RationalQuadraticSpline<T, 4>;
        using Layer = Autoregressive<registry::rows, Spline, Made<T, activations::Tanh>>;
        return registry::layer<Layer>(NetworkOptions{6}, rng);
      },
      options);
}

TEST_CASE("a coupling layer of splines: laws", "[spline]") {
  laws::check_bijector(
      []<class T>(T, auto& rng) {
        using Spline = RationalQuadraticSpline<T, Eigen::Dynamic, spline_edges::LinearTails>;
        using Layer = Coupling<registry::rows, Spline, Mlp<T, activations::Tanh>>;
        const Spline spline(4);
        return Layer(spline, Mlp<T, activations::Tanh>(1, 2 * spline.parameters_per_coordinate(), {6}, rng));
      },
      options);
}

TEST_CASE("an elementwise spline: laws", "[spline]") {
  laws::check_bijector(
      []<class T>(T, auto& rng) {
        const RationalQuadraticSpline<T, 4> spline;
        return Elementwise<3, RationalQuadraticSpline<T, 4>>(
            spline, laws::normals<T>(spline.parameters_per_coordinate(), 3, rng));
      },
      options);
}
