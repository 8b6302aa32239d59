#include <bijou/flows/recipes.hpp>
#include <bijou/io/safetensors.hpp>
#include <bijou/io/save_zuko.hpp>
#include <bijou/io/torch_file.hpp>
#include <bijou/io/zuko.hpp>
#include <random>

#include "support/agreement.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

namespace {

/// Writes the flow, reads it and compares densities and draws.
template <class T>
void check_round_trip(const bijou::AnyFlow<T>& flow) {
  const TemporaryFolder folder;
  bijou::save_zuko(flow, folder / "flow.safetensors");
  const bijou::AnyFlow<T> read = bijou::zuko_flow<T>(bijou::SafetensorsFile(folder / "flow.safetensors"));
  std::mt19937_64 rng{1};
  using Matrix = agreement::Matrix<T>;
  const Matrix x = bijou::StandardNormal<T, Eigen::Dynamic>(flow.event_size()).sample(50, rng);
  const Matrix context = Matrix::Constant(flow.context_size(), 1, T(0.5));
  if (flow.context_size() > 0) {
    CHECK(read.given(context).log_prob(x) == flow.given(context).log_prob(x));
  } else {
    CHECK(read.log_prob(x) == flow.log_prob(x));
  }
}

}  // namespace

TEST_CASE("recipes of zuko written for zuko are read with the same bits", "[io]") {
  std::mt19937_64 rng{0};
  const bijou::flows::RecipeOptions options{.event_size = 3, .context_size = 2, .layers = 3, .hidden = {9, 7}};
  auto maf = bijou::flows::zuko_maf<float>(options, rng);
  maf.set_parameters(Eigen::VectorXf::Random(maf.parameter_count()));
  check_round_trip(bijou::AnyFlow<float>(maf));
  const TemporaryFolder folder;
  bijou::save_zuko(maf, folder / "flow.safetensors");  // of its own type
  CHECK(bijou::zuko_flow<float>(bijou::SafetensorsFile(folder / "flow.safetensors")).event_size() == 3);
  check_round_trip(bijou::AnyFlow<double>(bijou::flows::zuko_nsf<double>(options, rng)));
}

TEST_CASE("what was read from zuko is written for zuko with the same numbers", "[io]") {
  const TemporaryFolder folder;
  for (const char* name : {"zuko_maf_context_trained", "zuko_nsf_trained", "zuko_nice_context_trained",
                           "zuko_additive_trained", "zuko_coupling_spline_trained", "zuko_passes_trained"}) {
    INFO(name);
    const double bound = std::string(name) == "zuko_coupling_spline_trained" ? 4 : 5;
    const bijou::TorchFile file(agreement::path_of(std::string(name) + ".pt"));
    const auto flow = bijou::zuko_flow<double>(file, {.bound = bound});
    bijou::save_zuko(flow, folder / "flow.safetensors");
    const bijou::SafetensorsFile written(folder / "flow.safetensors");
    agreement::check<double>(bijou::zuko_flow<double>(written, {.bound = bound}), name);
    // The names and shapes of zuko's own state_dict.
    for (const bijou::Tensor& tensor : file.tensors()) {
      if (tensor.name.starts_with("base.")) continue;
      const bijou::Tensor* const found = written.find(tensor.name);
      INFO(tensor.name);
      REQUIRE(found != nullptr);
      CHECK(found->shape == tensor.shape);
    }
    CHECK(written.tensors().size() == file.tensors().size());
  }
}

TEST_CASE("other flows than zuko's are not written for it", "[io]") {
  const TemporaryFolder folder;
  std::mt19937_64 rng{0};
  const bijou::AnyFlow<float> other(bijou::flows::nflows_maf<float>({.event_size = 2}, rng));
  CHECK(message_of([&] {
          bijou::save_zuko(other, folder / "x");
        }).starts_with("save_zuko: got a flow that zuko has not"));
  const bijou::AnyFlow<float> maf(bijou::flows::zuko_maf<float>({.event_size = 2}, rng));
  CHECK(message_of([&] {
          bijou::save_zuko<bijou::activations::Tanh>(maf, folder / "x");
        }).starts_with("save_zuko: got a flow that zuko has not"));
}
