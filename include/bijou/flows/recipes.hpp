#pragma once

#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/bijectors/batch_norm.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/coordinate_order.hpp>
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/lu_linear.hpp>
#include <bijou/bijectors/on_slice.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/random_permutation.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/bijectors/standardize.hpp>
#include <bijou/conditioners/feed_forward_with_context.hpp>
#include <bijou/conditioners/made.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/conditioners/residual.hpp>
#include <bijou/conditioners/standardize_context.hpp>
#include <bijou/core/policy_name.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/distributions/uniform.hpp>
#include <bijou/flows/embed.hpp>
#include <bijou/flows/flow_options.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/rational_quadratic_spline.hpp>
#include <string_view>
#include <utility>
#include <vector>

/// The flows of other libraries, layer by layer as these build them: the same densities for the same weights. A flow
/// here is a function's result, of a type that AnyFlow<T> holds.
///
/// | function | what it builds | layers | hidden |
/// |---|---|---|---|
/// | `nflows_maf` | nflows 0.14, `MaskedAutoregressiveFlow`: a reversal before each residual MADE, two blocks | 5 | 5 x 64 |
/// | `nflows_real_nvp` | nflows 0.14, `SimpleRealNVP`: odd and even coordinates in turn, gated residual networks | 5 | 5 x 64 |
/// | `sbi_maf` | sbi 0.27, `posterior_nn("maf")`: tanh, random permutations, data and context standardized | 5 | 3 x 50 |
/// | `sbi_nsf` | sbi 0.27, `posterior_nn("nsf")`: couplings of 10 bins on (-3, 3), LU layers | 5 | 5 x 50 |
/// | `zuko_maf` | zuko 1.6, `MAF`: coordinates from first to last and from last to first in turn | 3 | 2 x 64 |
/// | `zuko_nsf` | zuko 1.6, `NSF`: the same with splines of 8 bins on (-5, 5) | 3 | 2 x 64 |
/// | `flowjax_maf` | FlowJAX 17, `masked_autoregressive_flow`: random permutations, a reversal if D = 2 | 8 | 50 |
/// | `flowjax_coupling` | FlowJAX 17, `coupling_flow`: the same with couplings | 8 | 50 |
/// | `nessai_real_nvp` | nessai 0.15, its `RealNVP`: permutation, LU, coupling and BatchNorm in each layer | 4 | 5 x 2 D |
/// | `madnis_coupling` | madnis 1.0, `Flow`: splines of 10 bins on the unit box, masks by the bits of the indices | masks | 2 x 32 |
///
/// Of residual networks `hidden` names the first layer and two for each block. Weights start as everywhere in this
/// library, so that a fresh flow is near the identity (in each layer up to a scale that the library has at weights of
/// 0). nflows' and sbi's couplings of splines divide the raw sizes of the bins by the square root of the hidden units:
/// here that factor belongs to the weights.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto flow = bijou::flows::zuko_nsf<float>({.event_size = 6, .context_size = 2}, rng);
/// @endcode
namespace bijou::flows {

/// What is 0 or empty is as the library has it, see the table above. Options that a flow does not have are refused.
struct RecipeOptions {
  /// D, the rows of an event.
  Index event_size = 0;
  /// C, the rows of a context; 0 for none.
  Index context_size = 0;
  /// Number of layers.
  int layers = 0;
  /// Sizes of the hidden layers of each network.
  std::vector<int> hidden = {};
  /// Bins of a spline.
  int bins = 0;
  /// Half of the interval of a spline.
  double bound = 0;
};

}  // namespace bijou::flows

namespace bijou::detail {

/// The transformer of FlowJAX's flows: s = ln(1 + e^(a + c)) + 0.01 with s(0) = 1.
struct FlowJaxScale {
  template <class V>
  static V scale(V a) {
    return softplus(a + V::of(offset)) + V::of(0.01);
  }
  template <class V>
  static V log_scale(V a) {
    return log(scale(a));
  }
  template <class V>
  static V log_scale_slope(V a) {
    return normal_or_zero(sigmoid(a + V::of(offset)) / scale(a));
  }

 private:
  static constexpr double offset = 0.5254587192925019;  // ln(e^0.99 - 1)
};

}  // namespace bijou::detail

namespace bijou {

template <>
inline constexpr std::string_view policy_name<detail::FlowJaxScale> = "FlowJaxScale";

}  // namespace bijou

namespace bijou::detail {

/// The options with what was left out filled in, checked.
inline flows::RecipeOptions completed(std::string_view caller, flows::RecipeOptions options, Index least_event_size,
                                      const flows::RecipeOptions& usual) {
  if (options.event_size < least_event_size) {
    throw_invalid_argument(caller, "expected an event_size of at least ", least_event_size, ", got ",
                           options.event_size);
  }
  if (usual.bins == 0 && options.bins != 0) {
    throw_invalid_argument(caller, "this flow has no bins to choose, got ", options.bins);
  }
  if (usual.bound == 0 && options.bound != 0) {
    throw_invalid_argument(caller, "this flow has no bound to choose, got ", options.bound);
  }
  if (options.layers == 0) options.layers = usual.layers;
  if (options.hidden.empty()) options.hidden = usual.hidden;
  if (options.bins == 0) options.bins = usual.bins;
  if (options.bound == 0) options.bound = usual.bound;
  if (options.layers < 1) throw_invalid_argument(caller, "expected at least 1 layer, got ", options.layers);
  require_network_options(caller, NetworkOptions(options.hidden, options.context_size));
  return options;
}

inline NetworkOptions network_of(const flows::RecipeOptions& options) {
  return NetworkOptions(options.hidden, options.context_size);
}

/// make(i): layer i, counted from the data.
template <class Make>
auto chain_of(int count, Make make) {
  std::vector<decltype(make(0))> layers;
  for (int i = 0; i < count; ++i) layers.push_back(make(i));
  return DynamicChain{std::move(layers)};
}

template <class T, class B>
auto normal_flow(Index event_size, B bijector) {
  return TransformedDistribution{StandardNormal<T, Eigen::Dynamic>(event_size), std::move(bijector)};
}

/// With standardized data and contexts, as sbi has them.
template <class T, class B>
auto standardized_flow(const flows::RecipeOptions& options, B bijector) {
  return normal_flow<T>(options.event_size,
                        Chain{Standardize<T, Eigen::Dynamic>(options.event_size),
                              Embed{StandardizeContext<T>(options.context_size), std::move(bijector)}});
}

/// zuko's: coordinates from first to last, then from last to first, and so on.
template <class T, class S, class Rng>
auto zuko_flow(const flows::RecipeOptions& options, const S& transformer, Rng& rng) {
  using Layer = Autoregressive<Eigen::Dynamic, S, Made<T>>;
  return normal_flow<T>(options.event_size, chain_of(options.layers, [&](int i) {
                          std::vector<int> order = first_then_others(options.event_size, {});
                          if (i % 2 == 1) std::reverse(order.begin(), order.end());
                          return OnSlice(options.event_size, std::move(order),
                                         Layer(options.event_size, transformer, network_of(options), rng));
                        }));
}

/// FlowJAX's: after each layer a reversal of two coordinates, or a random permutation.
template <class T, class MakeLayer, class Rng>
auto flowjax_flow(const flows::RecipeOptions& options, Rng& rng, MakeLayer make_layer) {
  return normal_flow<T>(options.event_size, chain_of(options.layers, [&](int) {
                          std::vector<int> order =
                              options.event_size == 2 ? std::vector<int>{1, 0} : random_order(options.event_size, rng);
                          return Chain{make_layer(), Permute<Eigen::Dynamic>(std::move(order))};
                        }));
}

/// nflows' couplings: layer i transforms the odd coordinates if i is even, the even ones if it is odd; with
/// evens_change_first the other way round.
template <class Layer, class S, class Rng>
auto alternating_coupling(int i, const flows::RecipeOptions& options, const S& transformer, bool evens_change_first,
                          Rng& rng) {
  const Index size = options.event_size;
  const bool evens_pass = (i % 2 == 0) != evens_change_first;
  const Index passed = evens_pass ? (size + 1) / 2 : size / 2;
  return OnSlice(size, evens_pass ? evens_first(size) : odds_first(size),
                 Layer(size, transformer, passed, network_of(options), rng));
}

}  // namespace bijou::detail

namespace bijou::flows {

/// MaskedAutoregressiveFlow of nflows: affine MAF layers with reversals.
///
/// @f[
///   z_i = s(a_i)\, x_i + t_i, \qquad (t_i, a_i) = \text{MADE}(x_0, \ldots, x_{i-1}; c), \qquad s(a) = \ln(1 + e^a) +
///   10^{-3}
/// @f]
template <std::floating_point T, UniformRandomBitGenerator Rng>
auto nflows_maf(const RecipeOptions& given, Rng& rng) {
  using Layer = Autoregressive<Eigen::Dynamic, AffineTransformer<T, scale_maps::SoftplusFloor>,
                               Made<T, activations::Relu, ResidualWithContext>>;
  const RecipeOptions options =
      bijou::detail::completed("nflows_maf", given, 1, {.layers = 5, .hidden = {64, 64, 64, 64, 64}});
  return bijou::detail::normal_flow<T>(
      options.event_size, bijou::detail::chain_of(options.layers, [&](int) {
        return Chain{Reverse<Eigen::Dynamic>{}, Layer(options.event_size, bijou::detail::network_of(options), rng)};
      }));
}

/// SimpleRealNVP of nflows: affine couplings that alternate. Each passes x_a and changes x_b:
///
/// @f[ z_b = s(a) \odot x_b + t, \qquad (t, a) = \text{MLP}(x_a; c), \qquad s(a) = \text{sigmoid}(a + 2) + 10^{-3} @f]
template <std::floating_point T, UniformRandomBitGenerator Rng>
auto nflows_real_nvp(const RecipeOptions& given, Rng& rng) {
  using S = AffineTransformer<T, scale_maps::SigmoidFloor>;
  using Layer = Coupling<Eigen::Dynamic, S, Mlp<T, activations::Relu, GatedResidual>>;
  const RecipeOptions options =
      bijou::detail::completed("nflows_real_nvp", given, 2, {.layers = 5, .hidden = {64, 64, 64, 64, 64}});
  return bijou::detail::normal_flow<T>(options.event_size, bijou::detail::chain_of(options.layers, [&](int i) {
                                         return bijou::detail::alternating_coupling<Layer>(i, options, S{}, false, rng);
                                       }));
}

/// The `maf` of sbi: affine MAF layers with random permutations.
///
/// @f[
///   z_i = s(a_i)\, x_i + t_i, \qquad (t_i, a_i) = \text{MADE}(x_0, \ldots, x_{i-1}; c), \qquad s(a) = \ln(1 + e^a) +
///   10^{-3}
/// @f]
template <std::floating_point T, UniformRandomBitGenerator Rng>
auto sbi_maf(const RecipeOptions& given, Rng& rng) {
  using Layer = Autoregressive<Eigen::Dynamic, AffineTransformer<T, scale_maps::SoftplusFloor>,
                               Made<T, activations::Tanh, FeedForwardWithContext>>;
  const RecipeOptions options = bijou::detail::completed("sbi_maf", given, 1, {.layers = 5, .hidden = {50, 50, 50}});
  return bijou::detail::standardized_flow<T>(options, bijou::detail::chain_of(options.layers, [&](int) {
                                               return Chain{
                                                   Layer(options.event_size, bijou::detail::network_of(options), rng),
                                                   RandomPermutation<Eigen::Dynamic>(options.event_size, rng)};
                                             }));
}

/// The `nsf` of sbi: couplings of splines f, with linear layers between them. Each passes x_a and changes x_b:
///
/// @f[ z_b = f(x_b; \theta), \qquad \theta = \text{MLP}(x_a; c) @f]
template <std::floating_point T, UniformRandomBitGenerator Rng>
auto sbi_nsf(const RecipeOptions& given, Rng& rng) {
  using S = RationalQuadraticSpline<T, Eigen::Dynamic, spline_edges::IdentityTails, spline_maps::SoftplusFloor>;
  using Layer = Coupling<Eigen::Dynamic, S, Mlp<T, activations::Relu, GatedResidual>>;
  const RecipeOptions options = bijou::detail::completed(
      "sbi_nsf", given, 2, {.layers = 5, .hidden = {50, 50, 50, 50, 50}, .bins = 10, .bound = 3});
  const S spline = bijou::detail::spline_of<S>("sbi_nsf", options);
  return bijou::detail::standardized_flow<T>(
      options, bijou::detail::chain_of(options.layers, [&](int i) {
        return Chain{bijou::detail::alternating_coupling<Layer>(i, options, spline, true, rng),
                     LULinear<T, Eigen::Dynamic>(options.event_size)};
      }));
}

/// MAF of zuko: affine MAF layers in alternating order.
///
/// @f[
///   z_i = s(a_i)\, x_i + t_i, \qquad (t_i, a_i) = \text{MADE}(x_0, \ldots, x_{i-1}; c), \qquad \ln s(a) = \frac{a}{1 +
///   |a| / \ln 1000}
/// @f]
template <std::floating_point T, UniformRandomBitGenerator Rng>
auto zuko_maf(const RecipeOptions& given, Rng& rng) {
  const RecipeOptions options = bijou::detail::completed("zuko_maf", given, 1, {.layers = 3, .hidden = {64, 64}});
  return bijou::detail::zuko_flow<T>(options, AffineTransformer<T, scale_maps::SoftClippedExp>{}, rng);
}

/// NSF of zuko: autoregressive splines f in alternating order.
///
/// @f[ z_i = f(x_i; \theta_i), \qquad \theta_i = \text{MADE}(x_0, \ldots, x_{i-1}; c) @f]
template <std::floating_point T, UniformRandomBitGenerator Rng>
auto zuko_nsf(const RecipeOptions& given, Rng& rng) {
  using S = RationalQuadraticSpline<T, Eigen::Dynamic>;
  const RecipeOptions options =
      bijou::detail::completed("zuko_nsf", given, 1, {.layers = 3, .hidden = {64, 64}, .bins = 8, .bound = 5});
  return bijou::detail::zuko_flow<T>(options, bijou::detail::spline_of<S>("zuko_nsf", options), rng);
}

/// masked_autoregressive_flow of FlowJAX, affine, with s(0) = 1.
///
/// @f[
///   z_i = s(a_i)\, x_i + t_i, \qquad (t_i, a_i) = \text{MADE}(x_0, \ldots, x_{i-1}; c), \qquad s(a) = \ln\bigl(1 +
///   e^a (e^{0.99} - 1)\bigr) + 0.01
/// @f]
template <std::floating_point T, UniformRandomBitGenerator Rng>
auto flowjax_maf(const RecipeOptions& given, Rng& rng) {
  using Layer = Autoregressive<Eigen::Dynamic, AffineTransformer<T, bijou::detail::FlowJaxScale>, Made<T>>;
  const RecipeOptions options = bijou::detail::completed("flowjax_maf", given, 1, {.layers = 8, .hidden = {50}});
  return bijou::detail::flowjax_flow<T>(
      options, rng, [&] { return Layer(options.event_size, bijou::detail::network_of(options), rng); });
}

/// coupling_flow of FlowJAX, affine, with s(0) = 1. Each layer passes x_a and changes x_b:
///
/// @f[
///   z_b = s(a) \odot x_b + t, \qquad (t, a) = \text{MLP}(x_a; c), \qquad s(a) = \ln\bigl(1 + e^a (e^{0.99} - 1)\bigr)
///   + 0.01
/// @f]
template <std::floating_point T, UniformRandomBitGenerator Rng>
auto flowjax_coupling(const RecipeOptions& given, Rng& rng) {
  using Layer = Coupling<Eigen::Dynamic, AffineTransformer<T, bijou::detail::FlowJaxScale>, Mlp<T>>;
  const RecipeOptions options = bijou::detail::completed("flowjax_coupling", given, 2, {.layers = 8, .hidden = {50}});
  return bijou::detail::flowjax_flow<T>(options, rng, [&] {
    return Layer(options.event_size, options.event_size / 2, bijou::detail::network_of(options), rng);
  });
}

/// The RealNVP that nessai makes with its defaults. Each coupling passes x_a and changes x_b:
///
/// @f[ z_b = s(a) \odot x_b + t, \qquad (t, a) = \text{MLP}(x_a; c), \qquad s(a) = \text{sigmoid}(a + 2) + 10^{-3} @f]
template <std::floating_point T, UniformRandomBitGenerator Rng>
auto nessai_real_nvp(const RecipeOptions& given, Rng& rng) {
  using S = AffineTransformer<T, scale_maps::SigmoidFloor>;
  using Layer = Coupling<Eigen::Dynamic, S, Mlp<T, activations::Relu, GatedResidual>>;
  const std::vector<int> hidden(5, static_cast<int>(2 * given.event_size));
  const RecipeOptions options = bijou::detail::completed("nessai_real_nvp", given, 2, {.layers = 4, .hidden = hidden});
  return bijou::detail::normal_flow<T>(options.event_size, bijou::detail::chain_of(options.layers, [&](int i) {
                                         return Chain{
                                             RandomPermutation<Eigen::Dynamic>(options.event_size, rng),
                                             LULinear<T, Eigen::Dynamic>(options.event_size),
                                             bijou::detail::alternating_coupling<Layer>(i, options, S{}, false, rng),
                                             BatchNorm<T, Eigen::Dynamic>(options.event_size)};
                                       }));
}

/// For each bit of the indices of the coordinates, the lowest first, two couplings: one passes on the coordinates that
/// have it, one those that do not. `layers` of them, if that is given, again from the lowest bit after the highest.
/// Each passes x_a and changes x_b by splines f:
///
/// @f[ z_b = f(x_b; \theta), \qquad \theta = \text{MLP}(x_a; c) @f]
template <std::floating_point T, UniformRandomBitGenerator Rng>
auto madnis_coupling(const RecipeOptions& given, Rng& rng) {
  using S = RationalQuadraticSpline<T, Eigen::Dynamic, spline_edges::Interval, spline_maps::NormalizedSoftplusFloor>;
  using Layer = Coupling<Eigen::Dynamic, S, Mlp<T>>;
  int bits = 1;
  while ((Index{1} << bits) < given.event_size) ++bits;
  const RecipeOptions options =
      bijou::detail::completed("madnis_coupling", given, 2, {.layers = 2 * bits, .hidden = {32, 32}, .bins = 10});
  if (options.bins < 2)
    bijou::detail::throw_invalid_argument("madnis_coupling", "expected at least 2 bins, got ", options.bins);
  const S spline(options.bins, T(0), T(1));
  const Index size = options.event_size;
  auto layers = bijou::detail::chain_of(options.layers, [&](int i) {
    std::vector<int> passed;
    for (int j = 0; j < size; ++j) {
      const bool has_bit = (j >> (i / 2 % bits) & 1) == 1;
      if (has_bit == (i % 2 == 0)) passed.push_back(j);
    }
    const Index count = static_cast<Index>(passed.size());
    return OnSlice(size, first_then_others(size, std::move(passed)),
                   Layer(size, spline, count, bijou::detail::network_of(options), rng));
  });
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  return TransformedDistribution{Uniform<T, Eigen::Dynamic>(Vector::Zero(size), Vector::Ones(size)), std::move(layers)};
}

}  // namespace bijou::flows
