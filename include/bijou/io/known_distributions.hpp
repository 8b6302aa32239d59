#pragma once

#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/distributions/dynamic_product.hpp>
#include <bijou/distributions/laplace.hpp>
#include <bijou/distributions/logistic.hpp>
#include <bijou/distributions/mixture_of_gaussians.hpp>
#include <bijou/distributions/multivariate_normal.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/student_t.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/distributions/uniform.hpp>
#include <bijou/flows/any_flow.hpp>
#include <bijou/flows/conditional_diagonal_normal.hpp>
#include <bijou/flows/conditional_mixture_of_gaussians.hpp>
#include <bijou/flows/embed.hpp>
#include <bijou/io/known_bijectors.hpp>
#include <bijou/io/known_transformers.hpp>
#include <bijou/io/model_part.hpp>
#include <string>
#include <utility>

/// How the distributions of this library are made from a model file.
namespace bijou::detail {

/// A flow of a file, which keeps the name that its type has there.
template <class T>
class LoadedFlow : public TransformedDistribution<AnyFlow<T>, AnyBijector<T>, LoadedFlow<T>> {
 public:
  LoadedFlow(std::string name_in_file, AnyFlow<T> base_in, AnyBijector<T> bijector_in)
      : TransformedDistribution<AnyFlow<T>, AnyBijector<T>, LoadedFlow>(std::move(base_in), std::move(bijector_in)),
        type_name_(std::move(name_in_file)) {}

  const std::string& type_name() const { return type_name_; }

 private:
  std::string type_name_;
};

template <class T>
MixtureOfGaussians<T, Eigen::Dynamic> known_mixture(const ModelPart<T>& part, const std::string& prefix) {
  const Index components = part.extent(prefix + "logits", 0);
  const Index size = part.extent(prefix + "locs", 0);
  part.require_shape(prefix + "locs", {size, components});
  using Columns = typename MixtureOfGaussians<T, Eigen::Dynamic>::Columns;
  return {Eigen::Vector<T, Eigen::Dynamic>::Ones(components), Columns::Zero(size, components),
          Columns::Ones(size, components)};
}

/// P: a distribution of a location and a scale for each coordinate.
template <template <class, int> class P, template <class> class Known, class T>
void add_location_scale(Known<T>& known, const char* name) {
  known.add_distribution(
      name, +[](const ModelPart<T>& part) -> AnyFlow<T> {
        using Vector = Eigen::Vector<T, Eigen::Dynamic>;
        const Index size = part.extent("loc", 0);
        return P<T, Eigen::Dynamic>(Vector::Zero(size), Vector::Ones(size));
      });
}

/// Known: KnownTypes<T>.
template <template <class> class Known, class T>
void add_known_distributions(Known<T>& known) {
  using Part = ModelPart<T>;
  using Any = AnyFlow<T>;
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  constexpr int dynamic = Eigen::Dynamic;
  for (const char* const name :
       {"TransformedDistribution", "flows::MAF", "flows::IAF", "flows::RealNVP", "flows::NICE", "flows::NSF",
        "flows::CouplingNSF", "flows::MDN", "flows::Glow", "flows::FloWaveNet"}) {
    known.add_distribution(
        name, +[](const Part& part) -> Any {
          Any base = part.distribution("base");
          return LoadedFlow<T>(part.type(), std::move(base), part.bijector("bijector"));
        });
  }
  known.add_distribution(
      "Embed", +[](const Part& part) -> Any {
        return Embed<AnyConditioner<T>, Any>(part.conditioner("network"), part.distribution("part"));
      });
  known.add_distribution(
      "Product", +[](const Part& part) -> Any { return DynamicProduct<Any>(part.distributions("parts")); });
  known.add_distribution(
      "StandardNormal",
      +[](const Part& part) -> Any { return StandardNormal<T, dynamic>(part.template value<Index>("event_size")); });
  known.add_distribution(
      "Uniform", +[](const Part& part) -> Any {
        const Index size = part.extent("low", 0);
        return Uniform<T, dynamic>(Vector::Zero(size), Vector::Ones(size));
      });
  add_location_scale<DiagonalNormal>(known, "DiagonalNormal");
  add_location_scale<Laplace>(known, "Laplace");
  add_location_scale<Logistic>(known, "Logistic");
  known.add_distribution(
      "StudentT", +[](const Part& part) -> Any {
        const Index size = part.extent("loc", 0);
        return StudentT<T, dynamic>(Vector::Zero(size), Vector::Ones(size), Vector::Ones(size));
      });
  known.add_distribution(
      "MultivariateNormal",
      +[](const Part& part) -> Any { return MultivariateNormal<T, dynamic>(triangle_size(part, "loc")); });
  known.add_distribution("MixtureOfGaussians", +[](const Part& part) -> Any { return known_mixture(part, ""); });
  known.add_distribution(
      "ConditionalDiagonalNormal", +[](const Part& part) {
        return with_policy<Any>(part, "scale", KnownConditionalScales{}, [&]<class Map>(Map) -> Any {
          return ConditionalDiagonalNormal<T, dynamic, AnyConditioner<T>, Map>(part.conditioner("conditioner"));
        });
      });
  known.add_distribution(
      "ConditionalMixtureOfGaussians", +[](const Part& part) {
        return with_policy<Any>(part, "scale", KnownConditionalScales{}, [&]<class Map>(Map) -> Any {
          return ConditionalMixtureOfGaussians<T, dynamic, AnyConditioner<T>, Map>(known_mixture(part, "start."),
                                                                                   part.conditioner("conditioner"));
        });
      });
}

}  // namespace bijou::detail
