#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/on_slice.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/standardize.hpp>
#include <bijou/conditioners/made.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/conditioners/periodic_features.hpp>
#include <bijou/conditioners/standardize_context.hpp>
#include <bijou/distributions/product.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/distributions/uniform.hpp>
#include <bijou/flows/any_bijector.hpp>
#include <bijou/flows/embed.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/per_coordinate.hpp>
#include <bijou/transformers/rational_quadratic_spline.hpp>
#include <algorithm>
#include <numbers>
#include <numeric>
#include <vector>

#include "flow.hpp"

// Inside the flow the circles go from -pi to pi. Each layer maps them by circular splines and the other coordinates by
// what the flow's name says; networks see angles as sine and cosine, and the base is uniform on the circles.

namespace {

constexpr int any = Eigen::Dynamic;
constexpr double pi = std::numbers::pi;

using Step = bijou::AnyBijector<double>;
using Affine = bijou::AffineTransformer<double>;
using Spline = bijou::RationalQuadraticSpline<double, any>;
using CircularSpline = bijou::RationalQuadraticSpline<double, any, bijou::spline_edges::Circular>;

/// One layer; is_circle: of each coordinate, in the order in which the layer sees them.
template <class Plain>
Step make_layer(const Settings& settings, Plain plain, const std::vector<bool>& is_circle, Eigen::Index context_size,
                std::mt19937_64& rng) {
  using Transformer = bijou::PerCoordinate<Plain, CircularSpline>;
  const auto size = static_cast<Eigen::Index>(is_circle.size());
  const Transformer transformer{{is_circle.begin(), is_circle.end()}, plain, CircularSpline(settings.bins)};
  Eigen::VectorXd periods(size);
  std::transform(is_circle.begin(), is_circle.end(), periods.begin(), [](bool circle) { return circle ? 2 * pi : 0; });
  const bijou::NetworkOptions network(settings.hidden, context_size);
  const Eigen::Index count = transformer.parameters_per_coordinate();

  if (settings.flow == "real_nvp" || settings.flow == "coupling_nsf") {
    using Network = bijou::PeriodicFeatures<bijou::Mlp<double>>;
    const Eigen::Index passed = size / 2;
    return bijou::Coupling<any, Transformer, Network>{
        transformer, Network{periods.head(passed), (size - passed) * count, network, rng}};
  }
  using Network = bijou::PeriodicFeatures<bijou::Made<double>>;
  return bijou::Autoregressive<any, Transformer, Network>{transformer, Network{periods, count, network, rng}};
}

Step make_layer(const Settings& settings, const std::vector<bool>& is_circle, Eigen::Index context_size,
                std::mt19937_64& rng) {
  if (settings.flow == "maf" || settings.flow == "real_nvp")
    return make_layer(settings, Affine{}, is_circle, context_size, rng);
  return make_layer(settings, Spline{settings.bins, -settings.bound, settings.bound}, is_circle, context_size, rng);
}

/// From the data's units: circles to -pi ... pi, the other coordinates by their mean and deviation.
void add_scales(std::vector<Step>& steps, const EventShape& shape) {
  using Scale = bijou::Standardize<double, any>;
  const auto low = shape.low.head(shape.circles);
  const auto high = shape.high.head(shape.circles);
  steps.emplace_back(bijou::OnSlice<any, Scale>{shape.size, 0, Scale{(low + high) / 2, (high - low) / (2 * pi)}});
  if (shape.size == shape.circles) return;
  steps.emplace_back(bijou::OnSlice<any, Scale>{shape.size, shape.circles, Scale{shape.size - shape.circles}});
}

Flow make_base(const EventShape& shape) {
  const Eigen::VectorXd end = Eigen::VectorXd::Constant(shape.circles, pi);
  const bijou::Uniform<double, any> circles{-end, end};
  if (shape.size == shape.circles) return circles;
  return bijou::Product{circles, bijou::StandardNormal<double, any>{shape.size - shape.circles}};
}

}  // namespace

Flow make_circular_flow(const Settings& settings, const EventShape& shape, std::mt19937_64& rng) {
  std::vector<Step> steps;
  add_scales(steps, shape);
  std::vector<bool> is_circle(static_cast<std::size_t>(shape.size));
  std::fill_n(is_circle.begin(), shape.circles, true);
  std::vector<int> backwards(is_circle.size());
  std::iota(backwards.rbegin(), backwards.rend(), 0);
  const bijou::Permute<any> reverse{backwards};
  for (int i = 0; i < settings.layers; ++i) {
    steps.push_back(make_layer(settings, is_circle, shape.context_size, rng));
    steps.emplace_back(reverse);
    std::reverse(is_circle.begin(), is_circle.end());
  }
  if (settings.layers % 2 == 1) steps.emplace_back(reverse);  // the base has the circles first again
  return bijou::TransformedDistribution{
      make_base(shape),
      bijou::Embed{bijou::StandardizeContext<double>{shape.context_size}, bijou::DynamicChain{std::move(steps)}}};
}
