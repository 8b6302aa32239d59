#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/on_slice.hpp>
#include <bijou/conditioners/feed_forward_with_context.hpp>
#include <bijou/conditioners/made.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/conditioners/periodic_features.hpp>
#include <bijou/conditioners/residual.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/flows/any_flow.hpp>
#include <bijou/flows/conditional_diagonal_normal.hpp>
#include <bijou/flows/conditional_mixture_of_gaussians.hpp>
#include <bijou/flows/coupling_nsf.hpp>
#include <bijou/flows/iaf.hpp>
#include <bijou/flows/maf.hpp>
#include <bijou/flows/mdn.hpp>
#include <bijou/flows/nice.hpp>
#include <bijou/flows/nsf.hpp>
#include <bijou/flows/real_nvp.hpp>
#include <bijou/transformers/additive.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/linear_spline.hpp>
#include <bijou/transformers/rational_quadratic_spline.hpp>
#include <functional>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace bijou;

// Everything that takes a context, with none, one row and many rows of it.

namespace {

constexpr int any = Eigen::Dynamic;
constexpr Index rows = 3;
using Rng = std::mt19937_64;

struct Case {
  std::string name;
  std::function<AnyFlow<double>(Index context_size, Rng&)> make;
  bool needs_context = false;
};

template <template <class, int> class Flow>
Case named() {
  return {Flow<double, any>::name, [](Index context_size, Rng& rng) {
            return AnyFlow<double>(
                Flow<double, any>{{.event_size = rows, .context_size = context_size, .layers = 2, .hidden = {8}}, rng});
          }};
}

/// A layer of this transformer and network.
template <template <int, class, class> class Layer, class S, class Network>
Case layer(std::string name, S transformer, std::vector<int> hidden) {
  return {std::move(name), [=](Index context_size, Rng& rng) {
            const NetworkOptions network(hidden, context_size);
            const auto bijector = [&] {
              if constexpr (requires { Layer<any, S, Network>(rows, transformer, Index{1}, network, rng); })
                return Layer<any, S, Network>(rows, transformer, Index{1}, network, rng);
              else
                return Layer<any, S, Network>(rows, transformer, network, rng);
            }();
            return AnyFlow<double>(TransformedDistribution{StandardNormal<double, any>(rows), bijector});
          }};
}

template <template <class, class> class Network>
void add_networks(std::vector<Case>& cases, const std::string& name, std::vector<int> hidden) {
  using Affine = AffineTransformer<double>;
  using Made = Network<activations::Tanh, std::true_type>;
  using Mlp = Network<activations::Tanh, std::false_type>;
  cases.push_back(layer<Autoregressive, Affine, Made>("Made, " + name, Affine{}, hidden));
  cases.push_back(layer<Coupling, Affine, Mlp>("Mlp, " + name, Affine{}, hidden));
}

template <class Connections>
struct With {
  template <class A, class IsMade>
  using Network = std::conditional_t<IsMade::value, Made<double, A, Connections>, Mlp<double, A, Connections>>;
};

std::vector<Case> cases() {
  using Affine = AffineTransformer<double>;
  using Spline = RationalQuadraticSpline<double, 4>;
  using Masked = Made<double>;
  using Dense = Mlp<double>;
  std::vector<Case> all{named<flows::MAF>(),  named<flows::IAF>(), named<flows::RealNVP>(),
                        named<flows::NICE>(), named<flows::NSF>(), named<flows::CouplingNSF>()};
  all.push_back({"flows::MDN",
                 [](Index context_size, Rng& rng) {
                   return AnyFlow<double>(
                       flows::MDN<double, any>{{.event_size = rows, .context_size = context_size, .hidden = {8}}, rng});
                 },
                 true});
  add_networks<With<FeedForward>::Network>(all, "FeedForward", {8});
  add_networks<With<FeedForwardWithContext>::Network>(all, "FeedForwardWithContext", {8, 8});
  add_networks<With<Residual>::Network>(all, "Residual", {8, 8, 8});
  add_networks<With<ResidualWithContext>::Network>(all, "ResidualWithContext", {8, 8, 8});
  add_networks<With<GatedResidual>::Network>(all, "GatedResidual", {8, 8, 8});
  all.push_back(layer<Autoregressive, Spline, Masked>("spline", Spline{}, {8}));
  all.push_back(layer<Coupling, Spline, Dense>("spline", Spline{}, {8}));
  all.push_back(layer<Autoregressive, LinearSpline<double, 4>, Masked>("linear spline", {}, {8}));
  all.push_back(layer<Coupling, AdditiveTransformer<double>, Dense>("additive", {}, {8}));
  all.push_back({"PeriodicFeatures", [](Index context_size, Rng& rng) {
                   using Network = PeriodicFeatures<Masked>;
                   const Eigen::Vector3d periods(2, 0, 3);
                   return AnyFlow<double>(TransformedDistribution{
                       StandardNormal<double, any>(rows),
                       Autoregressive<any, Affine, Network>{
                           Affine{}, Network{periods, 2, NetworkOptions({8}, context_size), rng}}});
                 }});
  all.push_back(
      {"OnSlice", [](Index context_size, Rng& rng) {
         using Layer = Autoregressive<any, Affine, Masked>;
         return AnyFlow<double>(TransformedDistribution{
             StandardNormal<double, any>(rows),
             OnSlice<any, Layer>(rows, std::vector<int>{2, 0}, Layer(2, NetworkOptions({8}, context_size), rng))});
       }});
  all.push_back({"ConditionalDiagonalNormal",
                 [](Index context_size, Rng& rng) {
                   return AnyFlow<double>(
                       ConditionalDiagonalNormal<double, any>(rows, NetworkOptions({8}, context_size), rng));
                 },
                 true});
  all.push_back({"ConditionalMixtureOfGaussians",
                 [](Index context_size, Rng& rng) {
                   return AnyFlow<double>(
                       ConditionalMixtureOfGaussians<double, any>(rows, 2, NetworkOptions({8}, context_size), rng));
                 },
                 true});
  return all;
}

/// nll and its gradient, with or without a context.
double nll_gradient(const AnyFlow<double>& flow, const Eigen::MatrixXd& x, const Eigen::MatrixXd& context,
                    Eigen::VectorXd& gradient) {
  return context.rows() == 0 ? flow.nll_gradient(x, gradient) : flow.given(context).nll_gradient(x, gradient);
}

}  // namespace

TEST_CASE("contexts of no, one and 220 rows", "[contexts]") {
  for (const Case& c : cases()) {
    for (const Index size : {0, 1, 220}) {
      if (size == 0 && c.needs_context) continue;
      INFO(c.name << ", context of " << size);
      Rng rng{7};
      AnyFlow<double> flow = c.make(size, rng);
      REQUIRE(flow.context_size() == size);
      Eigen::VectorXd parameters = flow.parameters();
      for (double& p : parameters) p += 0.1 * normal(rng);
      flow.set_parameters(parameters);

      const Eigen::MatrixXd x = Eigen::MatrixXd::Random(rows, 4);
      const Eigen::MatrixXd context = Eigen::MatrixXd::Random(size, 4);
      if (size == 0) {
        CHECK(flow.sample(5, rng).allFinite());
      } else {
        const Eigen::VectorXd log_p = flow.given(context).log_prob(x);
        CHECK(log_p(0) == Approx(flow.given(context.col(0)).log_prob(x.col(0).eval())).epsilon(1e-12));
        CHECK(log_p(0) != flow.given(context.col(1)).log_prob(x.col(0).eval()));
        CHECK(flow.given(context).sample(rng).allFinite());
      }
      // Along a random direction of the parameters.
      Eigen::VectorXd gradient(parameters.size()), ignored(parameters.size());
      const double loss = nll_gradient(flow, x, context, gradient);
      CHECK(std::isfinite(loss));
      Eigen::VectorXd direction(parameters.size());
      for (double& d : direction) d = normal(rng);
      const double h = 1e-6 / direction.norm();
      flow.set_parameters(parameters + h * direction);
      const double above = nll_gradient(flow, x, context, ignored);
      flow.set_parameters(parameters - h * direction);
      const double below = nll_gradient(flow, x, context, ignored);
      CHECK(gradient.dot(direction) == Approx((above - below) / (2 * h)).epsilon(1e-5).margin(1e-6));
    }
  }
}
