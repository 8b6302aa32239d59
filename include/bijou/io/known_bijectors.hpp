#pragma once

#include <bijou/bijectors/act_norm.hpp>
#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/bijectors/batch_norm.hpp>
#include <bijou/bijectors/box.hpp>
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/elementwise.hpp>
#include <bijou/bijectors/frozen.hpp>
#include <bijou/bijectors/invert.hpp>
#include <bijou/bijectors/lu_linear.hpp>
#include <bijou/bijectors/on_slice.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/planar.hpp>
#include <bijou/bijectors/radial.hpp>
#include <bijou/bijectors/random_permutation.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/bijectors/rotation.hpp>
#include <bijou/bijectors/standardize.hpp>
#include <bijou/bijectors/triangular_affine.hpp>
#include <bijou/flows/any_bijector.hpp>
#include <bijou/flows/embed.hpp>
#include <bijou/io/model_part.hpp>
#include <bijou/signals/each_pixel.hpp>
#include <bijou/signals/invertible_convolution.hpp>
#include <random>
#include <string>
#include <vector>

/// How the bijectors of this library are made from a model file.
namespace bijou::detail {

/// The size of a triangular map, whose entries are checked before memory is taken for them.
template <class T>
Index triangle_size(const ModelPart<T>& part, const std::string& diagonal) {
  const Index size = part.extent(diagonal, 0);
  if (size > 1'000'000) part.fail("has ", size, " coordinates");
  part.require_shape("lower", {size * (size - 1) / 2});
  return size;
}

/// How many channels a convolution has, whose matrix is checked before memory is taken for it.
template <class T>
Index channel_count(const ModelPart<T>& part) {
  const bool is_free = part.has_tensor("matrix.matrix");
  const Index channels = part.extent(is_free ? "matrix.matrix" : "matrix.log_diagonal", 0);
  if (channels < 1 || channels > 100'000) part.fail("has ", channels, " channels");
  if (is_free)
    part.require_shape("matrix.matrix", {channels, channels});
  else
    part.require_shape("matrix.lower", {channels * (channels - 1) / 2});
  return channels;
}

template <template <class> class Known, class T>
void add_known_compositions(Known<T>& known) {
  using Part = ModelPart<T>;
  using Any = AnyBijector<T>;
  constexpr int dynamic = Eigen::Dynamic;
  known.add_bijector("Chain", +[](const Part& part) -> Any { return DynamicChain<Any>(part.bijectors("bijectors")); });
  known.add_bijector("Invert", +[](const Part& part) -> Any { return Invert<Any>(part.bijector("bijector")); });
  known.add_bijector("Frozen", +[](const Part& part) -> Any { return Frozen<Any>(part.bijector("bijector")); });
  known.add_bijector(
      "Embed", +[](const Part& part) -> Any {
        return Embed<AnyConditioner<T>, Any>(part.conditioner("network"), part.bijector("part"));
      });
  known.add_bijector(
      "OnSlice", +[](const Part& part) -> Any {
        return OnSlice<dynamic, Any>(part.template value<Index>("event_size"), part.template values<int>("coordinates"),
                                     part.bijector("bijector"));
      });
  known.add_bijector(
      "EachPixel", +[](const Part& part) -> Any {
        return EachPixel<Any>(part.template value<Index>("pixels"), part.bijector("bijector"));
      });
  known.add_bijector(
      "Autoregressive", +[](const Part& part) -> Any {
        return Autoregressive<dynamic, AnyTransformer<T>, AnyConditioner<T>>(part.transformer("transformer"),
                                                                             part.conditioner("conditioner"));
      });
  known.add_bijector(
      "Coupling", +[](const Part& part) -> Any {
        return Coupling<dynamic, AnyTransformer<T>, AnyConditioner<T>>(part.transformer("transformer"),
                                                                       part.conditioner("conditioner"));
      });
  known.add_bijector(
      "Elementwise", +[](const Part& part) -> Any {
        AnyTransformer<T> transformer = part.transformer("transformer");
        const Index count = transformer.parameters_per_coordinate();
        const Index size = part.extent("parameters", 1);
        part.require_shape("parameters", {count, size});
        return Elementwise<dynamic, AnyTransformer<T>>(std::move(transformer),
                                                       Eigen::Matrix<T, dynamic, dynamic>::Zero(count, size));
      });
}

/// Known: KnownTypes<T>.
template <template <class> class Known, class T>
void add_known_bijectors(Known<T>& known) {
  using Part = ModelPart<T>;
  using Any = AnyBijector<T>;
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  constexpr int dynamic = Eigen::Dynamic;
  add_known_compositions(known);
  known.add_bijector(
      "Affine", +[](const Part& part) -> Any {
        const Index size = part.extent("shift", 0);
        return Affine<T, dynamic>(Vector::Zero(size), Vector::Ones(size));
      });
  known.add_bijector(
      "Standardize",
      +[](const Part& part) -> Any { return Standardize<T, dynamic>(part.extent("map.bijector.shift", 0)); });
  known.add_bijector(
      "ActNorm", +[](const Part& part) -> Any { return ActNorm<T, dynamic>(part.extent("map.parameters", 1)); });
  known.add_bijector(
      "BatchNorm",
      +[](const Part& part) -> Any { return BatchNorm<T, dynamic>(part.extent("parts.bijectors.1.parameters", 1)); });
  known.add_bijector(
      "Box", +[](const Part& part) -> Any {
        const Index size = part.extent("low", 0);
        return Box<T, dynamic>(Vector::Zero(size), Vector::Ones(size));
      });
  known.add_bijector(
      "Permute", +[](const Part& part) -> Any { return Permute<dynamic>(part.template values<int>("indices")); });
  known.add_bijector(
      "RandomPermutation", +[](const Part& part) -> Any {
        std::mt19937_64 rng;
        return RandomPermutation<dynamic>(part.extent("permute.indices", 0), rng);
      });
  known.add_bijector("Reverse", +[](const Part&) -> Any { return Reverse<dynamic>{}; });
  known.add_bijector(
      "LULinear", +[](const Part& part) -> Any { return LULinear<T, dynamic>(triangle_size(part, "diagonal")); });
  known.add_bijector(
      "InvertibleConvolution", +[](const Part& part) -> Any {
        const Index channels = channel_count(part);
        const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(channels, channels);
        const auto pixels = part.template value<Index>("pixels");
        if (!part.has_tensor("matrix.matrix")) return InvertibleConvolution<T>(pixels, PLUMatrix<T>(identity));
        return InvertibleConvolution<T, FreeMatrix<T>>(pixels, FreeMatrix<T>(identity.cast<T>()));
      });
  known.add_bijector(
      "TriangularAffine",
      +[](const Part& part) -> Any { return TriangularAffine<T, dynamic>(triangle_size(part, "diagonal")); });
  known.add_bijector(
      "Rotation", +[](const Part& part) -> Any {
        return Rotation<T, dynamic>(
            Eigen::Matrix<T, dynamic, dynamic>::Zero(part.extent("vectors", 0), part.extent("vectors", 1)));
      });
  known.add_bijector(
      "Planar", +[](const Part& part) -> Any {
        const Index size = part.extent("w", 0);
        return Planar<T, dynamic>(Vector::Zero(size), Vector::Zero(size), T(0));
      });
  known.add_bijector(
      "Radial", +[](const Part& part) -> Any {
        return Radial<T, dynamic>(Vector::Zero(part.extent("center", 0)), Eigen::Vector<T, 2>::Zero());
      });
}

}  // namespace bijou::detail
