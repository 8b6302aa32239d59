// Writes flows as headers into a folder, each with events and what the flow says of them: FOLDER NAME=FILE...; a name
// that ends in _double is read in double. `types` stands for a flow of the types that no file has.
#include <bijou/bijou.hpp>
#include <bijou/io/load_any.hpp>
#include <bijou/io/write_header.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

extern template class bijou::KnownTypes<float>;
extern template class bijou::KnownTypes<double>;

namespace {

using namespace bijou;

template <class T>
void write(const AnyFlow<T>& flow, const std::filesystem::path& folder, const std::string& name) {
  write_header(flow, folder / (name + ".hpp"));
  std::mt19937_64 rng{7};
  const Index events = 5;
  const Eigen::MatrixX<T> context = Eigen::MatrixX<T>::Constant(flow.context_size(), 1, T(0.5));
  const auto numbers = [](const auto& m) { return std::vector<T>(m.data(), m.data() + m.size()); };
  std::ofstream file(folder / (name + "_expected.hpp"));
  const auto evaluate = [&](const auto& density) {
    Eigen::MatrixX<T> x = density.sample(events, rng);
    x.col(3) *= T(30);  // far out
    x(0, 4) = std::numeric_limits<T>::quiet_NaN();
    Eigen::MatrixX<T> draws(flow.event_size(), events);
    Eigen::VectorX<T> log_prob(events);
    Eigen::MatrixX<T> score(flow.event_size(), events);
    std::mt19937_64 each{8};
    for (Index n = 0; n < events; ++n) {
      log_prob(n) = density.log_prob(Eigen::VectorX<T>(x.col(n)));
      score.col(n) = density.score(Eigen::MatrixX<T>(x.col(n)));
      draws.col(n) = density.sample(1, each);
    }
    file << "#pragma once\n#include <array>\n#include <limits>\nnamespace " << name << "_expected {\n"
         << detail::constant_array("context", numbers(context)) << detail::constant_array("x", numbers(x))
         << detail::constant_array("log_prob", numbers(log_prob)) << detail::constant_array("score", numbers(score))
         << detail::constant_array("draws", numbers(draws)) << "}\n";
  };
  if (context.rows() > 0)
    evaluate(flow.given(context));
  else
    evaluate(flow);
  if (!file.flush()) throw std::runtime_error("not written");
}

template <class T>
void scatter(AnyFlow<T>& flow, std::mt19937_64& rng) {
  Eigen::VectorX<T> parameters = flow.parameters();
  for (T& number : parameters) number += static_cast<T>(0.2 * normal(rng));
  flow.set_parameters(parameters);
}

AnyFlow<double> of_types() {
  constexpr int D = Eigen::Dynamic;
  using Vector = Eigen::VectorXd;
  std::mt19937_64 rng{3};
  using Spline = RationalQuadraticSpline<double, D, spline_edges::Circular>;
  using OnCircle = PeriodicFeatures<Made<double, activations::Silu>>;
  const Spline spline(5, -1, 1);
  const Vector ones = Vector::Ones(2);
  DynamicProduct<AnyFlow<double>> parts(
      {AnyFlow<double>(StudentT<double, D>(Vector::Zero(2), ones, 3 * ones)),
       AnyFlow<double>(Laplace<double, D>(Vector::Zero(1), Vector::Ones(1))),
       AnyFlow<double>(TransformedDistribution{Logistic<double, D>(ones, ones), Planar<double, D>(2, rng)}),
       AnyFlow<double>(MixtureOfGaussians<double, D>(2, 3, rng)),
       AnyFlow<double>(
           TransformedDistribution{Uniform<double, D>(-ones, ones),
                                   Autoregressive<D, Spline, OnCircle>(
                                       spline, OnCircle(2 * ones, spline.parameters_per_coordinate(), {{6}}, rng))}),
       AnyFlow<double>(ConditionalDiagonalNormal<double, D>(1, {{4}, 2}, rng)),
       AnyFlow<double>(ConditionalMixtureOfGaussians<double, D>(1, 2, {{4}, 2}, rng))});
  using Coupled =
      Coupling<D, InvertTransformer<AffineTransformer<double>>, Mlp<double, activations::Gelu, GatedResidual>>;
  Vector low = Vector::Constant(11, -40), high = Vector::Constant(11, 50);
  low(2) = -std::numeric_limits<double>::infinity();
  high(3) = std::numeric_limits<double>::infinity();
  AnyFlow<double> flow = TransformedDistribution{
      std::move(parts),
      DynamicChain<AnyBijector<double>>(
          {Rotation<double, D>(11, rng), Radial<double, D>(11, rng),
           OnSlice<D, AnyBijector<double>>(11, {7, 1, 4}, Coupled(3, 1, {{5, 5, 5}, 2}, rng)),
           TriangularAffine<double, D>(11), RandomPermutation<D>(11, rng), Reverse<D>{}, BatchNorm<double, D>(11),
           Frozen<Affine<double, D>>(Affine<double, D>(Vector::Ones(11), 2 * Vector::Ones(11))),
           Elementwise<D, LinearSpline<double, D>>(11, LinearSpline<double, D>(4, -9, 9)), SinhArcsinh<double, D>(11),
           Box<double, D>(low, high)})};
  scatter(flow, rng);
  return flow;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::filesystem::path folder = argv[1];
    for (int i = 2; i < argc; ++i) {
      const std::string argument = argv[i];
      const std::string name = argument.substr(0, argument.find('='));
      const std::string path = argument.substr(name.size() + 1);
      if (path == "types")
        write<double>(of_types(), folder, name);
      else if (name.ends_with("_double"))
        write<double>(load<double>(path), folder, name);
      else
        write<float>(load<float>(path), folder, name);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
