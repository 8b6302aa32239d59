#pragma once

#include <bijou/bijectors/act_norm.hpp>
#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/bijectors/batch_norm.hpp>
#include <bijou/bijectors/box.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/elementwise.hpp>
#include <bijou/bijectors/elementwise_formulas.hpp>
#include <bijou/bijectors/frozen.hpp>
#include <bijou/bijectors/invert.hpp>
#include <bijou/bijectors/lu_linear.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/on_slice.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/planar.hpp>
#include <bijou/bijectors/radial.hpp>
#include <bijou/bijectors/random_permutation.hpp>
#include <bijou/bijectors/real_nvp.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/bijectors/rotation.hpp>
#include <bijou/bijectors/standardize.hpp>
#include <bijou/bijectors/triangular_affine.hpp>
#include <bijou/conditioners/made.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/conditioners/periodic_features.hpp>
#include <bijou/conditioners/residual.hpp>
#include <bijou/conditioners/standardize_context.hpp>
#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/distributions/dynamic_product.hpp>
#include <bijou/distributions/laplace.hpp>
#include <bijou/distributions/logistic.hpp>
#include <bijou/distributions/mixture_of_gaussians.hpp>
#include <bijou/distributions/multivariate_normal.hpp>
#include <bijou/distributions/product.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/student_t.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/distributions/uniform.hpp>
#include <bijou/flows/any_bijector.hpp>
#include <bijou/flows/any_conditioner.hpp>
#include <bijou/flows/any_flow.hpp>
#include <bijou/flows/any_transformer.hpp>
#include <bijou/flows/conditional_diagonal_normal.hpp>
#include <bijou/flows/conditional_mixture_of_gaussians.hpp>
#include <bijou/flows/coupling_nsf.hpp>
#include <bijou/flows/embed.hpp>
#include <bijou/flows/flo_wave_net.hpp>
#include <bijou/flows/glow.hpp>
#include <bijou/flows/iaf.hpp>
#include <bijou/flows/maf.hpp>
#include <bijou/flows/mdn.hpp>
#include <bijou/flows/nice.hpp>
#include <bijou/flows/nsf.hpp>
#include <bijou/flows/real_nvp.hpp>
#include <bijou/signals/context_rows.hpp>
#include <bijou/signals/convolutional_network.hpp>
#include <bijou/signals/each_pixel.hpp>
#include <bijou/signals/invertible_convolution.hpp>
#include <bijou/signals/mel_upsampling.hpp>
#include <bijou/signals/wave_net.hpp>
#include <bijou/transformers/additive.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/formula.hpp>
#include <bijou/transformers/formulas.hpp>
#include <bijou/transformers/invert.hpp>
#include <bijou/transformers/linear_spline.hpp>
#include <bijou/transformers/per_coordinate.hpp>
#include <bijou/transformers/rational_quadratic_spline.hpp>
#include <array>
#include <limits>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "support/numbers.hpp"
#include "support/under_context.hpp"

/// All types that flows are made of, each with a maker, for tests of what holds for all of them. A new type joins with
/// a struct and its name in the list at the end; every_type_is_registered.cmake fails for a header that is in no list.
///
/// Bijectors and distributions: make<T, D>(rng) gives an object for events of `rows` coordinates, D = rows or
/// Eigen::Dynamic; made_of(is_dynamic), if it is there, names those of laws::foreign_arguments that make the bijector.
/// Transformers and conditioners: make<T>(rng); made_of(), likewise, for transformers. The same generator makes the
/// same object in float and double, to rounding.
namespace registry {

using Rng = std::mt19937_64;

inline constexpr int rows = 3;
inline constexpr int dynamic = Eigen::Dynamic;

template <class T, int D>
Eigen::Matrix<T, D, 1> event(double a, double b, double c) {
  return Eigen::Vector3d(a, b, c).template cast<T>();
}

/// A layer that takes the event size first if it is known at run time only, then `arguments`; with parameters that are
/// random, since a fresh layer is near the identity. The last argument is a generator if there are parameters.
template <class Layer, class... Arguments>
Layer layer(Arguments&&... arguments) {
  Layer made = [&] {
    if constexpr (Layer::static_event_size == dynamic)
      return Layer(rows, std::forward<Arguments>(arguments)...);
    else
      return Layer(std::forward<Arguments>(arguments)...);
  }();
  if constexpr (sizeof...(Arguments) > 0) {
    Rng& rng = std::get<sizeof...(Arguments) - 1>(std::tie(arguments...));
    laws::add_normals(made, 0.1, rng);
  }
  return made;
}

/// A layer that is made of its size alone, with normal numbers of this deviation added to its parameters.
template <class Layer>
Layer scattered(double deviation, Rng& rng) {
  Layer made = layer<Layer>();
  laws::add_normals(made, deviation, rng);
  return made;
}

namespace bijectors {

struct Affine {
  static constexpr const char* header = "bijectors/affine.hpp";
  template <class T, int D>
  static bijou::Affine<T, D> make(Rng&) {
    return {event<T, D>(0.5, -1, 2), event<T, D>(-0.25, 1, 3)};
  }
};

struct Box {
  static constexpr const char* header = "bijectors/box.hpp";
  template <class T, int D>
  static bijou::Box<T, D> make(Rng&) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return {event<T, D>(-2000, -1500, -infinity), event<T, D>(1500, infinity, infinity)};
  }
};

struct Frozen {
  static constexpr const char* header = "bijectors/frozen.hpp";
  template <class T, int D>
  static auto make(Rng& rng) {
    using Type = bijou::Autoregressive<D, bijou::AffineTransformer<T>, bijou::Made<T, bijou::activations::Tanh>>;
    return bijou::Chain{bijou::Frozen{layer<Type>(bijou::NetworkOptions{5}, rng)}, Affine::make<T, D>(rng)};
  }
};

struct Standardize {
  static constexpr const char* header = "bijectors/standardize.hpp";
  template <class T, int D>
  static bijou::Standardize<T, D> make(Rng&) {
    return {event<T, D>(0.5, -1, 2), event<T, D>(0.25, 1, 3)};
  }
  static std::vector<std::string> made_of(bool is_dynamic) {
    return is_dynamic ? std::vector<std::string>{"int", "double"} : std::vector<std::string>{"nothing"};
  }
};

struct Permute {
  static constexpr const char* header = "bijectors/permute.hpp";
  template <class T, int D>
  static bijou::Permute<D> make(Rng&) {
    if constexpr (D == dynamic)
      return bijou::Permute<D>(std::vector<int>{1, 2, 0});
    else
      return {1, 2, 0};
  }
  static std::vector<std::string> made_of(bool is_dynamic) { return {is_dynamic ? "vector of int" : "three int"}; }
};

struct Reverse {
  static constexpr const char* header = "bijectors/reverse.hpp";
  template <class T, int D>
  static bijou::Reverse<D> make(Rng&) {
    return {};
  }
  static std::vector<std::string> made_of(bool) { return {"nothing"}; }
};

struct Autoregressive {
  static constexpr const char* header = "bijectors/autoregressive.hpp";
  template <class T, int D>
  using Type = bijou::Autoregressive<D, bijou::AffineTransformer<T, bijou::scale_maps::SoftplusFloor>,
                                     bijou::Made<T, bijou::activations::Tanh>>;
  template <class T, int D>
  static Type<T, D> make(Rng& rng) {
    return layer<Type<T, D>>(bijou::NetworkOptions{7, 6}, rng);
  }
};

struct Coupling {
  static constexpr const char* header = "bijectors/coupling.hpp";
  template <class T, int D>
  using Type = bijou::Coupling<D, bijou::AffineTransformer<T, bijou::scale_maps::SigmoidFloor>,
                               bijou::Mlp<T, bijou::activations::Silu>>;
  template <class T, int D>
  static Type<T, D> make(Rng& rng) {
    return layer<Type<T, D>>(1, bijou::NetworkOptions{6, 5}, rng);
  }
};

struct MAF {
  static constexpr const char* header = "bijectors/maf.hpp";
  template <class T, int D>
  static bijou::MAF<T, D, 9, 8> make(Rng& rng) {
    return layer<bijou::MAF<T, D, 9, 8>>(rng);
  }
};

struct IAF {
  static constexpr const char* header = "bijectors/maf.hpp";
  template <class T, int D>
  static bijou::IAF<T, D> make(Rng& rng) {
    return layer<bijou::IAF<T, D>>(bijou::NetworkOptions{7}, rng);
  }
};

struct RealNVP {
  static constexpr const char* header = "bijectors/real_nvp.hpp";
  template <class T, int D>
  static bijou::RealNVP<T, D, 7, 6> make(Rng& rng) {
    return layer<bijou::RealNVP<T, D, 7, 6>>(2, rng);
  }
};

struct Invert {
  static constexpr const char* header = "bijectors/invert.hpp";
  template <class T, int D>
  static bijou::Invert<bijou::Affine<T, D>> make(Rng& rng) {
    return bijou::Invert<bijou::Affine<T, D>>(Affine::make<T, D>(rng));
  }
};

struct Chain {
  static constexpr const char* header = "bijectors/chain.hpp";
  template <class T, int D>
  static auto make(Rng& rng) {
    return bijou::Chain{layer<bijou::MAF<T, D>>(bijou::NetworkOptions{6}, rng), Permute::make<T, D>(rng),
                        layer<bijou::RealNVP<T, D>>(1, bijou::NetworkOptions{5}, rng), bijou::Reverse<dynamic>{},
                        Affine::make<T, D>(rng)};
  }
};

struct DynamicChain {
  static constexpr const char* header = "bijectors/dynamic_chain.hpp";
  template <class T, int D>
  using Step = bijou::Chain<bijou::MAF<T, D>, bijou::Reverse<D>>;
  template <class T, int D>
  static bijou::DynamicChain<Step<T, D>> make(Rng& rng) {
    std::vector<Step<T, D>> steps;
    for (int i = 0; i < 3; ++i) {
      steps.emplace_back(layer<bijou::MAF<T, D>>(bijou::NetworkOptions{6}, rng), bijou::Reverse<D>{});
    }
    return bijou::DynamicChain<Step<T, D>>{steps};
  }
};

struct Elementwise {
  static constexpr const char* header = "bijectors/elementwise.hpp";
  template <class T, int D>
  static bijou::Elementwise<D, bijou::AffineTransformer<T>> make(Rng&) {
    Eigen::Matrix<T, dynamic, D> parameters(2, rows);
    parameters << T(0.5), T(-1), T(2), T(-0.25), T(1), T(3);
    return {bijou::AffineTransformer<T>{}, std::move(parameters)};
  }
  static std::vector<std::string> made_of(bool is_dynamic) {
    return is_dynamic ? std::vector<std::string>{"int", "double"} : std::vector<std::string>{"nothing"};
  }
};

struct ElementwiseFormulas {
  static constexpr const char* header = "bijectors/elementwise_formulas.hpp";
  template <class T, int D>
  static bijou::SinhArcsinh<T, D> make(Rng&) {
    Eigen::Matrix<T, dynamic, D> parameters(2, rows);
    parameters << T(0.2), T(-0.4), T(0.1), T(0.1), T(-0.2), T(0.15);
    return bijou::SinhArcsinh<T, D>({}, std::move(parameters));
  }
  static std::vector<std::string> made_of(bool is_dynamic) { return Elementwise::made_of(is_dynamic); }
};

struct RandomPermutation {
  static constexpr const char* header = "bijectors/random_permutation.hpp";
  template <class T, int D>
  static bijou::RandomPermutation<D> make(Rng& rng) {
    return layer<bijou::RandomPermutation<D>>(rng);
  }
};

struct LULinear {
  static constexpr const char* header = "bijectors/lu_linear.hpp";
  template <class T, int D>
  static bijou::LULinear<T, D> make(Rng& rng) {
    return scattered<bijou::LULinear<T, D>>(0.5, rng);
  }
  static std::vector<std::string> made_of(bool is_dynamic) { return Elementwise::made_of(is_dynamic); }
};

struct TriangularAffine {
  static constexpr const char* header = "bijectors/triangular_affine.hpp";
  template <class T, int D>
  static bijou::TriangularAffine<T, D> make(Rng& rng) {
    return scattered<bijou::TriangularAffine<T, D>>(0.5, rng);
  }
  static std::vector<std::string> made_of(bool is_dynamic) { return Elementwise::made_of(is_dynamic); }
};

struct Rotation {
  static constexpr const char* header = "bijectors/rotation.hpp";
  template <class T, int D>
  static bijou::Rotation<T, D> make(Rng& rng) {
    return layer<bijou::Rotation<T, D>>(rng);
  }
};

struct ActNorm {
  static constexpr const char* header = "bijectors/act_norm.hpp";
  template <class T, int D>
  static bijou::ActNorm<T, D> make(Rng& rng) {
    return scattered<bijou::ActNorm<T, D>>(0.5, rng);
  }
  static std::vector<std::string> made_of(bool is_dynamic) { return Elementwise::made_of(is_dynamic); }
};

struct BatchNorm {
  static constexpr const char* header = "bijectors/batch_norm.hpp";
  template <class T, int D>
  static bijou::BatchNorm<T, D> make(Rng& rng) {
    auto made = scattered<bijou::BatchNorm<T, D>>(0.5, rng);
    Eigen::Matrix<T, dynamic, dynamic> x(rows, 3);
    x << T(1), T(2), T(3), T(-4), T(0), T(1), T(0.5), T(0.25), T(0.125);
    const Eigen::Matrix<T, dynamic, dynamic> none(0, 0);
    made.initialize({bijou::detail::columns_of(x), bijou::detail::columns_of(none)});
    return made;
  }
  static std::vector<std::string> made_of(bool is_dynamic) { return Elementwise::made_of(is_dynamic); }
};

struct OnSlice {
  static constexpr const char* header = "bijectors/on_slice.hpp";
  template <class T, int D>
  static auto make(Rng& rng) {
    const bijou::Chain inside{bijou::MAF<T, 2, 6>{rng}, bijou::Affine<T, 2>{{T(0.5), T(-1)}, {T(2), T(-0.5)}}};
    if constexpr (D == dynamic)
      return bijou::OnSlice(rows, 1, inside);
    else
      return bijou::OnSlice<D, std::remove_const_t<decltype(inside)>>(1, inside);
  }
};

/// The projection of u on w is negative, where it is constrained.
struct Planar {
  static constexpr const char* header = "bijectors/planar.hpp";
  template <class T, int D>
  static bijou::Planar<T, D> make(Rng&) {
    return {event<T, D>(0.5, -1, 0.25), event<T, D>(-1, 0.5, 2), T(0.3)};
  }
};

struct Radial {
  static constexpr const char* header = "bijectors/radial.hpp";
  template <class T, int D>
  static bijou::Radial<T, D> make(Rng&) {
    return {event<T, D>(0.5, -1, 0.25), {T(0.5), T(2)}};
  }
};

struct AnyBijector {
  static constexpr const char* header = "flows/any_bijector.hpp";
  template <class T, int D>
  static bijou::AnyBijector<T> make(Rng& rng) {
    return Chain::make<T, D>(rng);
  }
};

}  // namespace bijectors

namespace transformers {

struct Affine {
  static constexpr const char* header = "transformers/affine.hpp";
  template <class T>
  static bijou::AffineTransformer<T> make(Rng&) {
    return {};
  }
};

struct Additive {
  static constexpr const char* header = "transformers/additive.hpp";
  template <class T>
  static bijou::AdditiveTransformer<T> make(Rng&) {
    return {};
  }
};

struct RationalQuadraticSpline {
  static constexpr const char* header = "transformers/rational_quadratic_spline.hpp";
  template <class T>
  static bijou::RationalQuadraticSpline<T, 5> make(Rng&) {
    return bijou::RationalQuadraticSpline<T, 5>{};
  }
  static std::vector<std::string> made_of() { return {"nothing", "two int", "two double"}; }
};

struct LinearSpline {
  static constexpr const char* header = "transformers/linear_spline.hpp";
  template <class T>
  static bijou::LinearSpline<T, 5> make(Rng&) {
    return bijou::LinearSpline<T, 5>{T(-5.3), T(4.9)};
  }
  static std::vector<std::string> made_of() { return {"nothing", "two int", "two double"}; }
};

struct Invert {
  static constexpr const char* header = "transformers/invert.hpp";
  template <class T>
  static bijou::InvertTransformer<bijou::AffineTransformer<T>> make(Rng&) {
    return {};
  }
};

/// x = e^a (z + sqrt(1 + z^2) / 2) + t, p = [t, a]: linear in both tails.
struct HyperbolaFormula {
  static constexpr int parameters = 2;
  static auto value(auto z, auto p) { return exp(p[1]) * bend(z) + p[0]; }
  static auto inverse(auto x, auto p) {
    const auto y = (x - p[0]) * exp(-p[1]);
    return (y - 0.5 * sqrt(y * y + 0.75)) / 0.75;
  }
  static auto log_slope(auto z, auto p) { return p[1] + log1p(0.5 * z / sqrt(1.0 + z * z)); }
  static auto value_gradient(auto z, auto p) { return std::array{decltype(z)(1), exp(p[1]) * bend(z)}; }
  static auto log_slope_gradient(auto z, auto) {
    const auto root = sqrt(1.0 + z * z);
    return std::array{0.5 / (root * root * root + 0.5 * z * root * root), decltype(z)(0), decltype(z)(1)};
  }

 private:
  static auto bend(auto z) { return z + 0.5 * sqrt(1.0 + z * z); }
};

/// x = sinh(z).
struct SinhFormula {
  static auto value(auto z) { return sinh(z); }
  static auto inverse(auto x) { return asinh(x); }
  static auto log_slope(auto z) { return log_cosh(z); }
  static auto log_slope_derivative(auto z) { return tanh(z); }
};

struct Formula {
  static constexpr const char* header = "transformers/formula.hpp";
  template <class T>
  static bijou::FormulaTransformer<T, HyperbolaFormula> make(Rng&) {
    return {};
  }
};

/// x = 2 z.
struct DoubleFormula {
  static auto value(auto z) { return 2.0 * z; }
  static auto inverse(auto x) { return 0.5 * x; }
  static auto log_slope(auto z) { return decltype(z)::of(0.69314718055994530942); }
  static auto log_slope_derivative(auto z) { return decltype(z)::of(0); }
};

struct PerCoordinate {
  static constexpr const char* header = "transformers/per_coordinate.hpp";
  template <class T>
  using Type =
      bijou::PerCoordinate<bijou::AffineTransformer<T>, bijou::FormulaTransformer<T, DoubleFormula>,
                           bijou::InvertTransformer<bijou::AffineTransformer<T, bijou::scale_maps::SoftplusFloor>>>;
  template <class T>
  static Type<T> make(Rng&) {
    return Type<T>{{2, 0, 1}, {}, {}, {}};
  }
  static std::vector<std::string> made_of() { return {}; }
};

struct AnyTransformer {
  static constexpr const char* header = "flows/any_transformer.hpp";
  template <class T>
  static bijou::AnyTransformer<T> make(Rng& rng) {
    return PerCoordinate::make<T>(rng);
  }
};

struct Formulas {
  static constexpr const char* header = "transformers/formulas.hpp";
  template <class T>
  static bijou::FormulaTransformer<T, bijou::formulas::SinhArcsinh> make(Rng&) {
    return {};
  }
};

}  // namespace transformers

namespace conditioners {

struct Made {
  static constexpr const char* header = "conditioners/made.hpp";
  template <class T>
  static bijou::Made<T, bijou::activations::Tanh> make(Rng& rng) {
    return {4, 2, {7, 6}, rng};
  }
};

struct Mlp {
  static constexpr const char* header = "conditioners/mlp.hpp";
  template <class T>
  static bijou::Mlp<T, bijou::activations::Tanh> make(Rng& rng) {
    return {3, 4, {6, 7}, rng};
  }
};

/// Degrees with gaps and repeats, and inputs that no unit sees.
struct Network {
  static constexpr const char* header = "conditioners/network.hpp";
  template <class T>
  static bijou::Network<T, bijou::activations::Silu> make(Rng& rng) {
    using Degrees = std::vector<int>;
    return {std::vector<Degrees>{{0, 1, 1, 3, 4}, {0, 1, 1, 2, 2, 2, 3}, {1, 1, 3, 3, 3}, {1, 2, 2, 3, 4, 4}}, 4, 0,
            rng};
  }
};

struct ResidualMade {
  static constexpr const char* header = "conditioners/residual.hpp";
  template <class T>
  static bijou::Made<T, bijou::activations::Tanh, bijou::Residual> make(Rng& rng) {
    return {3, 2, {{6, 6, 6}, 1}, rng};
  }
};

struct ResidualMadeWithContext {
  static constexpr const char* header = "conditioners/residual.hpp";
  template <class T>
  static bijou::Made<T, bijou::activations::Tanh, bijou::ResidualWithContext> make(Rng& rng) {
    return {3, 2, {{6, 6, 6, 6, 6}, 2}, rng};
  }
};

struct GatedResidualMlp {
  static constexpr const char* header = "conditioners/residual.hpp";
  template <class T>
  static bijou::Mlp<T, bijou::activations::Tanh, bijou::GatedResidual> make(Rng& rng) {
    return {3, 4, {{6, 6, 6, 6, 6}, 2}, rng};
  }
};

struct PeriodicMade {
  static constexpr const char* header = "conditioners/periodic_features.hpp";
  template <class T>
  static bijou::PeriodicFeatures<bijou::Made<T, bijou::activations::Tanh>> make(Rng& rng) {
    return {event<T, dynamic>(2, 0, 5), 2, {{6}, 2}, rng};
  }
};

struct AnyConditioner {
  static constexpr const char* header = "flows/any_conditioner.hpp";
  template <class T>
  static bijou::AnyConditioner<T> make(Rng& rng) {
    return PeriodicMade::make<T>(rng);
  }
};

struct StandardizeContext {
  static constexpr const char* header = "conditioners/standardize_context.hpp";
  template <class T>
  static bijou::StandardizeContext<T> make(Rng&) {
    return {event<T, dynamic>(1, -2, 3), event<T, dynamic>(0.5, 2, 4)};
  }
  static std::vector<std::string> made_of() { return {"int", "double"}; }
};

}  // namespace conditioners

namespace distributions {

struct StandardNormal {
  static constexpr const char* header = "distributions/standard_normal.hpp";
  template <class T, int D>
  static bijou::StandardNormal<T, D> make(Rng&) {
    return layer<bijou::StandardNormal<T, D>>();
  }
};

struct DiagonalNormal {
  static constexpr const char* header = "distributions/diagonal_normal.hpp";
  template <class T, int D>
  static bijou::DiagonalNormal<T, D> make(Rng&) {
    return {event<T, D>(0.5, -1, 2), event<T, D>(0.25, 1, 3)};
  }
};

struct Laplace {
  static constexpr const char* header = "distributions/laplace.hpp";
  template <class T, int D>
  static bijou::Laplace<T, D> make(Rng&) {
    return {event<T, D>(0.5, -1, 2), event<T, D>(0.25, 1, 3)};
  }
};

struct Logistic {
  static constexpr const char* header = "distributions/logistic.hpp";
  template <class T, int D>
  static bijou::Logistic<T, D> make(Rng&) {
    return {event<T, D>(0.5, -1, 2), event<T, D>(0.25, 1, 3)};
  }
};

/// With tails light enough for integrals by importance sampling from a normal.
struct StudentT {
  static constexpr const char* header = "distributions/student_t.hpp";
  template <class T, int D>
  static bijou::StudentT<T, D> make(Rng&) {
    return {event<T, D>(0.5, -1, 2), event<T, D>(0.25, 1, 3), event<T, D>(30, 50, 80)};
  }
};

struct Uniform {
  static constexpr const char* header = "distributions/uniform.hpp";
  template <class T, int D>
  static bijou::Uniform<T, D> make(Rng&) {
    return {event<T, D>(-3, -2, -1), event<T, D>(3, 4, 5)};
  }
};

struct MultivariateNormal {
  static constexpr const char* header = "distributions/multivariate_normal.hpp";
  template <class T, int D>
  static bijou::MultivariateNormal<T, D> make(Rng&) {
    Eigen::Matrix<T, D, D> factor(rows, rows);
    factor << T(0.5), 0, 0, T(1), T(2), 0, T(-0.5), T(0.75), T(1.5);
    return {event<T, D>(0.5, -1, 2), factor};
  }
};

struct MixtureOfGaussians {
  static constexpr const char* header = "distributions/mixture_of_gaussians.hpp";
  template <class T, int D>
  static bijou::MixtureOfGaussians<T, D> make(Rng&) {
    Eigen::Matrix<T, D, dynamic> locs(rows, 2), scales(rows, 2);
    locs << event<T, D>(0.5, -1, 2), event<T, D>(-1, 0, 1);
    scales << event<T, D>(0.5, 1, 2), event<T, D>(1, 2, 1);
    return {Eigen::Vector<T, dynamic>(Eigen::Vector2<T>(T(0.25), T(0.75))), locs, scales};
  }
};

struct Product {
  static constexpr const char* header = "distributions/product.hpp";
  template <class T, int D>
  static auto make(Rng&) {
    constexpr int two = D == dynamic ? dynamic : 2;
    Eigen::Matrix<T, two, dynamic> locs(2, 2), scales(2, 2);
    locs << T(0.5), T(-1), T(1), T(0);
    scales << T(0.5), T(1), T(2), T(1);
    const Eigen::Vector<T, 1> loc(T(1)), scale(T(2));
    return bijou::Product{bijou::DiagonalNormal<T, 1>{loc, scale},
                          bijou::MixtureOfGaussians<T, two>{Eigen::Vector<T, dynamic>::Ones(2), locs, scales}};
  }
};

struct DynamicProduct {
  static constexpr const char* header = "distributions/dynamic_product.hpp";
  template <class T, int D>
  static bijou::DynamicProduct<bijou::AnyFlow<T>> make(Rng&) {
    const Eigen::Vector<T, 1> loc(T(1)), scale(T(2));
    return bijou::DynamicProduct{std::vector<bijou::AnyFlow<T>>{
        bijou::DiagonalNormal<T, 1>{loc, scale},
        bijou::MixtureOfGaussians<T, 2>{Eigen::Vector<T, dynamic>::Ones(2),
                                        Eigen::Matrix<T, 2, 2>{{T(0.5), T(-1)}, {T(1), T(0)}},
                                        Eigen::Matrix<T, 2, 2>{{T(0.5), T(1)}, {T(2), T(1)}}}}};
  }
};

struct TransformedDistribution {
  static constexpr const char* header = "distributions/transformed_distribution.hpp";
  template <class T, int D>
  static auto make(Rng& rng) {
    return bijou::TransformedDistribution{DiagonalNormal::make<T, D>(rng), bijectors::Chain::make<T, D>(rng)};
  }
};

}  // namespace distributions

namespace flows {

/// Conditional ones stand under a context here.
struct ConditionalDiagonalNormal {
  static constexpr const char* header = "flows/conditional_diagonal_normal.hpp";
  template <class T, int D>
  static auto make(Rng& rng) {
    using P = bijou::ConditionalDiagonalNormal<T, D, bijou::Mlp<T, bijou::activations::Tanh>>;
    return UnderContext{layer<P>(bijou::NetworkOptions{{5}, 2}, rng),
                        Eigen::Vector<T, dynamic>(Eigen::Vector2<T>(1, -1))};
  }
};

struct ConditionalMixtureOfGaussians {
  static constexpr const char* header = "flows/conditional_mixture_of_gaussians.hpp";
  template <class T, int D>
  static auto make(Rng& rng) {
    using P = bijou::ConditionalMixtureOfGaussians<T, D, bijou::Mlp<T, bijou::activations::Tanh>>;
    return UnderContext{layer<P>(3, bijou::NetworkOptions{{5}, 2}, rng),
                        Eigen::Vector<T, dynamic>(Eigen::Vector2<T>(1, -1))};
  }
};

struct MDN {
  static constexpr const char* header = "flows/mdn.hpp";
  template <class T, int D>
  static auto make(Rng& rng) {
    using P = bijou::flows::MDN<T, D>;
    const bijou::flows::MDNOptions options{.event_size = rows, .context_size = 2, .components = 2, .hidden = {6}};
    return UnderContext{P{options, rng}, Eigen::Vector<T, dynamic>(Eigen::Vector2<T>(1, -1))};
  }
};

struct Embed {
  static constexpr const char* header = "flows/embed.hpp";
  template <class T, int D>
  static auto make(Rng& rng) {
    using Layer = bijou::Autoregressive<D, bijou::AffineTransformer<T>, bijou::Made<T, bijou::activations::Tanh>>;
    const bijou::TransformedDistribution flow{distributions::StandardNormal::make<T, D>(rng),
                                              layer<Layer>(bijou::NetworkOptions{{6}, 2}, rng)};
    return UnderContext{bijou::Embed{bijou::Mlp<T, bijou::activations::Tanh>{3, 2, {5}, rng}, flow},
                        Eigen::Vector<T, dynamic>(Eigen::Vector3<T>(1, -1, 2))};
  }
};

struct MAF {
  static constexpr const char* header = "flows/maf.hpp";
  template <class T, int D>
  static auto make(Rng& rng) {
    return bijou::flows::MAF<T, D>{{.event_size = rows, .layers = 2, .hidden = {6}, .standardize = false}, rng};
  }
};

struct IAF {
  static constexpr const char* header = "flows/iaf.hpp";
  template <class T, int D>
  static auto make(Rng& rng) {
    return bijou::flows::IAF<T, D>{{.event_size = rows, .layers = 2, .hidden = {6}, .standardize = false}, rng};
  }
};

struct RealNVP {
  static constexpr const char* header = "flows/real_nvp.hpp";
  template <class T, int D>
  static auto make(Rng& rng) {
    return bijou::flows::RealNVP<T, D>{{.event_size = rows, .layers = 2, .hidden = {6}, .standardize = false}, rng};
  }
};

struct NICE {
  static constexpr const char* header = "flows/nice.hpp";
  template <class T, int D>
  static auto make(Rng& rng) {
    return bijou::flows::NICE<T, D>{{.event_size = rows, .layers = 2, .hidden = {6}, .bins = 4, .standardize = false},
                                    rng};
  }
};

struct NSF {
  static constexpr const char* header = "flows/nsf.hpp";
  template <class T, int D>
  static auto make(Rng& rng) {
    return bijou::flows::NSF<T, D>{{.event_size = rows, .layers = 2, .hidden = {6}, .bins = 4, .standardize = false},
                                   rng};
  }
};

struct CouplingNSF {
  static constexpr const char* header = "flows/coupling_nsf.hpp";
  template <class T, int D>
  static auto make(Rng& rng) {
    return bijou::flows::CouplingNSF<T, D>{
        {.event_size = rows, .layers = 2, .hidden = {6}, .bins = 4, .standardize = false}, rng};
  }
};

struct AnyFlow {
  static constexpr const char* header = "flows/any_flow.hpp";
  template <class T, int D>
  static bijou::AnyFlow<T> make(Rng& rng) {
    return distributions::TransformedDistribution::make<T, D>(rng);
  }
};

/// The bijector of a flow, with normal numbers added to its parameters.
template <class Flow>
auto moved_bijector(Flow flow, Rng& rng, double deviation = 0.1) {
  Eigen::Vector<typename Flow::Scalar, dynamic> parameters = flow.parameters();
  for (auto& number : parameters) number += static_cast<typename Flow::Scalar>(deviation * bijou::normal(rng));
  flow.set_parameters(parameters);
  return flow.bijector;
}

/// For events of 8 samples. Close to a linear map, since differences in float see the kinks of relu.
struct FloWaveNet {
  static constexpr const char* header = "flows/flo_wave_net.hpp";
  template <class T, int>
  static bijou::AnyBijector<T> make(Rng& rng) {
    bijou::flows::FloWaveNet<T> flow{{.samples = 8, .blocks = 2, .flows = 1, .width = 3, .blocks_per_split = 1}, rng};
    return moved_bijector(std::move(flow), rng, 0.03);
  }
};

/// For events of 2 x 4 x 4.
struct Glow {
  static constexpr const char* header = "flows/glow.hpp";
  template <class T, int>
  static bijou::AnyBijector<T> make(Rng& rng) {
    return moved_bijector(bijou::flows::Glow<T>{{.shape = {2, 4, 4}, .levels = 2, .steps = 2, .width = 5}, rng}, rng);
  }
};

}  // namespace flows

/// Of sizes that are known at run time only, whatever D is.
namespace signals {

/// With normal numbers added to its parameters.
template <class Network>
Network moved(Network network, Rng& rng) {
  laws::add_normals(network, 0.2, rng);
  return network;
}

struct EachPixel {
  static constexpr const char* header = "signals/each_pixel.hpp";
  template <class T, int>
  static auto make(Rng& rng) {
    using Inside = bijou::MAF<T, 3>;
    return bijou::EachPixel{2, layer<Inside>(bijou::NetworkOptions{6}, rng)};
  }
};

struct InvertibleConvolution {
  static constexpr const char* header = "signals/invertible_convolution.hpp";
  template <class T, int>
  static bijou::InvertibleConvolution<T> make(Rng& rng) {
    return {2, bijou::PLUMatrix<T>{3, rng}};
  }
};

struct FreeConvolution {
  static constexpr const char* header = "signals/channel_matrices.hpp";
  template <class T, int>
  static bijou::InvertibleConvolution<T, bijou::FreeMatrix<T>> make(Rng& rng) {
    return {2, bijou::FreeMatrix<T>{3, rng}};
  }
};

/// Conditioners; a fresh one gives zeros.
struct ConvolutionalNetwork {
  static constexpr const char* header = "signals/convolutional_network.hpp";
  template <class T>
  static bijou::ConvolutionalNetwork<T, bijou::activations::Tanh> make(Rng& rng) {
    return moved(bijou::ConvolutionalNetwork<T, bijou::activations::Tanh>{{2, 3, 2}, 2, 2, {.width = 5}, rng}, rng);
  }
};

struct ContextRows {
  static constexpr const char* header = "signals/context_rows.hpp";
  template <class T>
  static bijou::ContextRows<T> make(Rng&) {
    return {5, {3, 0, 3}};
  }
};

struct MelUpsampling {
  static constexpr const char* header = "signals/mel_upsampling.hpp";
  template <class T>
  static bijou::MelUpsampling<T> make(Rng& rng) {
    return moved(bijou::MelUpsampling<T>{3, 2, {2, 3}}, rng);
  }
};

struct WaveNet {
  static constexpr const char* header = "signals/wave_net.hpp";
  template <class T>
  static bijou::WaveNet<T> make(Rng& rng) {
    return moved(bijou::WaveNet<T>{{2, 1, 6}, 1, 2, {.width = 5}, rng}, rng);
  }
};

}  // namespace signals

using Bijectors =
    std::tuple<bijectors::Affine, bijectors::Box, bijectors::Elementwise, bijectors::ElementwiseFormulas,
               bijectors::Frozen, bijectors::Standardize, bijectors::Permute, bijectors::Reverse,
               bijectors::Autoregressive, bijectors::Coupling, bijectors::MAF, bijectors::IAF, bijectors::RealNVP,
               bijectors::Invert, bijectors::Chain, bijectors::DynamicChain, bijectors::RandomPermutation,
               bijectors::LULinear, bijectors::TriangularAffine, bijectors::Rotation, bijectors::ActNorm,
               bijectors::BatchNorm, bijectors::OnSlice, bijectors::Planar, bijectors::Radial>;
using Transformers = std::tuple<transformers::Additive, transformers::Affine, transformers::Formula,
                                transformers::Formulas, transformers::Invert, transformers::LinearSpline,
                                transformers::PerCoordinate, transformers::RationalQuadraticSpline>;
using Conditioners =
    std::tuple<conditioners::Made, conditioners::Mlp, conditioners::Network, conditioners::ResidualMade,
               conditioners::ResidualMadeWithContext, conditioners::GatedResidualMlp, conditioners::PeriodicMade,
               conditioners::StandardizeContext, signals::ContextRows, signals::ConvolutionalNetwork,
               signals::MelUpsampling, signals::WaveNet>;
using Distributions =
    std::tuple<distributions::StandardNormal, distributions::DiagonalNormal, distributions::Laplace,
               distributions::Logistic, distributions::StudentT, distributions::Uniform,
               distributions::MultivariateNormal, distributions::MixtureOfGaussians, distributions::Product,
               flows::ConditionalDiagonalNormal, flows::ConditionalMixtureOfGaussians, flows::Embed, flows::MAF,
               flows::IAF, flows::RealNVP, flows::NICE, flows::NSF, flows::CouplingNSF, flows::MDN,
               distributions::TransformedDistribution>;

using Signals = std::tuple<signals::EachPixel, signals::InvertibleConvolution, signals::FreeConvolution, flows::Glow,
                           flows::FloWaveNet>;

/// Calls f.operator()<Entry>() for each entry of a list.
template <class List, class F>
void for_each(F&& f) {
  [&]<class... Entry>(std::tuple<Entry...>*) { (f.template operator()<Entry>(), ...); }(static_cast<List*>(nullptr));
}

/// The type that an entry makes.
template <class Entry, class T, int D>
using type_t = decltype(Entry::template make<T, D>(std::declval<Rng&>()));

/// A maker for laws, which call it with a number of the scalar and a generator.
template <class Entry, int D = rows>
inline constexpr auto maker = []<class T>(T, Rng& rng) { return Entry::template make<T, D>(rng); };
template <class Entry>
inline constexpr auto maker_of_scalar = []<class T>(T, Rng& rng) { return Entry::template make<T>(rng); };

}  // namespace registry
