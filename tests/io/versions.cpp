#include <bijou/bijou.hpp>
#include <bijou/io/npy.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "io/known.hpp"
#include "support/catch.hpp"

using namespace bijou;

namespace {

const std::filesystem::path folder = std::filesystem::path(BIJOU_TEST_DATA) / "versions";

/// Flows of many types, with a context of 2 rows and without, with numbers that training and data would give.
std::vector<AnyFlow<double>> flows_of_now() {
  constexpr int any = Eigen::Dynamic;
  std::mt19937_64 rng{7};
  const auto scattered = [&](AnyFlow<double> flow) {
    Eigen::VectorXd parameters = flow.parameters();
    for (double& number : parameters) number += 0.2 * normal(rng);
    flow.set_parameters(parameters);
    return flow;
  };
  flows::NSF<double> nsf{{.event_size = 3, .context_size = 2, .layers = 2, .hidden = {8, 8}, .bins = 4}, rng};
  initialize(nsf, Eigen::MatrixXd::Random(3, 50).eval(), Eigen::MatrixXd::Random(2, 50).eval());
  LULinear<double, any> linear(3);
  RandomPermutation<any> permutation(3, rng);
  using Layer = Coupling<any, AffineTransformer<double, scale_maps::SoftClippedExp>, Mlp<double, activations::Tanh>>;
  TransformedDistribution layers{MultivariateNormal<double, any>(3),
                                 Chain{ActNorm<double, any>(3), std::move(permutation), std::move(linear),
                                       Invert{Layer{3, 1, {8}, rng}}, Standardize<double, any>(3)}};
  initialize(layers, (3.0 * Eigen::MatrixXd::Random(3, 50)).eval());
  return {scattered(nsf), scattered(layers)};
}

/// The points and ln p of them, 4 x 40, beside each file.
Eigen::MatrixXd points_with_log_prob(const AnyFlow<double>& flow) {
  Eigen::MatrixXd table(4, 40);
  std::mt19937_64 rng{3};
  table.topRows(3) = 2.0 * StandardNormal<double, 3>{}.sample(40, rng);
  const Eigen::MatrixXd context = table.topRows(flow.context_size());
  const auto x = table.topRows(3);
  table.row(3) = (flow.context_size() > 0 ? flow.given(context).log_prob(x) : flow.log_prob(x)).transpose();
  return table;
}

}  // namespace

// Files of every released version, made once by `test_io "[.files of this version]"` and never changed.
TEST_CASE("model files of every released version are opened, with their densities", "[io]") {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".safetensors") continue;
    INFO(entry.path().filename().string());
    const AnyFlow<double> flow = load<double>(entry.path());
    const Eigen::MatrixXd expected = read_npy<double>(std::filesystem::path(entry.path()).replace_extension(".npy"));
    const Eigen::MatrixXd found = points_with_log_prob(flow);
    CHECK((found - expected).cwiseAbs().maxCoeff() < 1e-10);
    ++count;
  }
  CHECK(count == 2 * 1);  // two for each version
}

TEST_CASE("write model files of this version", "[.files of this version]") {
  const std::string version = std::to_string(version_major) + "_" + std::to_string(version_minor);
  int count = 0;
  for (const AnyFlow<double>& flow : flows_of_now()) {
    const std::string name = version + "_" + std::to_string(count++);
    REQUIRE_FALSE(std::filesystem::exists(folder / (name + ".safetensors")));
    save(flow, folder / (name + ".safetensors"));
    write_npy(folder / (name + ".npy"), points_with_log_prob(flow));
  }
}
