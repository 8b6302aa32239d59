#include <bijou/io/torch_file.hpp>
#include <bijou/io/zuko.hpp>
#include <cmath>

#include "io/known.hpp"
#include "support/agreement.hpp"
#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/law_types.hpp"
#include "support/made_file.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

namespace {

template <class T, class A = bijou::activations::Relu, class S = bijou::scale_maps::SoftClippedExp>
void check(const std::string& name, const bijou::ZukoOptions& options = {}) {
  for (const char* kind : {"_random", "_trained"}) {
    const bijou::TorchFile file(agreement::path_of(name + kind + ".pt"));
    agreement::check<T>(bijou::zuko_flow<T, A, S>(file, options), name + kind);
  }
}

void check_both(const std::string& name, const bijou::ZukoOptions& options = {}) {
  if constexpr (laws::joins<bijou::StandardNormal<float, 2>>) check<float>(name, options);
  check<double>(name, options);
}

// zuko's slope=1e-4.
struct SmallerSlope : bijou::scale_maps::SoftClip<SmallerSlope> {
  static constexpr double bound = 9.2103403719761827361;  // -ln 1e-4
};

}  // namespace

TEST_CASE("flows of zuko have zuko's numbers", "[io]") {
  for (const char* name : {"zuko_maf", "zuko_maf_context", "zuko_nsf", "zuko_nsf_context", "zuko_nice",
                           "zuko_nice_context", "zuko_additive", "zuko_narrow", "zuko_one", "zuko_one_context"})
    check_both(name);
  check_both("zuko_coupling_spline", {.bound = 4});
  check<double, bijou::activations::Elu, SmallerSlope>("zuko_elu");
}

TEST_CASE("coordinates in groups and in any order of dependence, as in zuko", "[io]") {
  check_both("zuko_passes");
  check_both("zuko_adjacency");
}

TEST_CASE("zuko's flows in sbi have sbi's numbers", "[io]") { check_both("sbi_zuko_nsf"); }

TEST_CASE("a flow that was read from a state_dict is saved and loaded as a model file", "[io]") {
  const TemporaryFolder folder;
  const bijou::TorchFile file(agreement::path_of("zuko_nsf_context_trained.pt"));
  bijou::save(bijou::zuko_flow<double>(file), folder / "flow.safetensors");
  agreement::check<double>(bijou::load<double>(folder / "flow.safetensors"), "zuko_nsf_context_trained");
}

TEST_CASE("what is no flow of zuko that is known here is refused by name", "[io]") {
  const auto refusal = [](const MadeFile& file) { return file_error_of([&] { bijou::zuko_flow<double>(file); }); };
  const auto with_base = [] { return MadeFile{}.add("base.loc", {1}, {0}).add("base.scale", {1}, {1}); };
  CHECK(refusal(MadeFile{}.add("base.lower", {1}, {0})).find("the base is no DiagNormal") != std::string::npos);
  CHECK(refusal(MadeFile{}.add("base.loc", {1}, {0}).add("base.scale", {1}, {0})).find("not those of a normal") !=
        std::string::npos);
  CHECK(
      refusal(with_base().add("transform.transforms.1.phi.0", {1}, {0})).find("no tensors of transform.transforms.0") !=
      std::string::npos);
  CHECK(refusal(with_base().add("transform.transforms.0.matrix", {1}, {0}))
            .find("transform.transforms.0 is not a MaskedAutoregressiveTransform") != std::string::npos);
  CHECK(refusal(with_base().add("transform.phi.0", {1, 7}, std::vector<float>(7, 0)))
            .find("has 7 parameters for a coordinate") != std::string::npos);
  CHECK(refusal(with_base()
                    .add("transform.hyper.0.weight", {2, 1}, {1, 1})
                    .add("transform.hyper.1.0.weight", {2, 2}, {0, 0, 0, 0}))
            .find("residual=True") != std::string::npos);
  CHECK(refusal(with_base().add("transform.phi.0", {1}, {0}).add("transform.phi.1", {1}, {0}).add("more", {1}, {0})) ==
        "made: the tensor \"more\" belongs to no part that is known here");
  const auto of_context = [](MadeFile file, int i, bijou::Index size) {
    const std::string hyper = "transform.transforms." + std::to_string(i) + ".hyper.";
    const auto numbers = static_cast<std::size_t>(2 * size);
    return file.add(hyper + "0.weight", {2, size}, std::vector<float>(numbers, 1))
        .add(hyper + "2.weight", {1, 2}, {1, 1});
  };
  CHECK(bijou::zuko_flow<double>(of_context(of_context(with_base(), 0, 2), 1, 2)).context_size() == 2);
  CHECK(refusal(of_context(of_context(with_base(), 0, 1), 1, 2)) ==
        "made: DynamicChain: the parts read contexts of different sizes, 1 and 2 rows");
  for (const double bound : {-1.0, 0.0, 1e39, std::nan("")}) {
    CHECK(message_of([&] {
            bijou::zuko_flow<float>(with_base(), {.bound = bound});
          }).find("zuko_flow: expected a bound that is finite and greater than 0, got ") == 0);
  }
  CHECK(bijou::zuko_flow<double>(with_base().add("transform.phi.0", {1}, {0}).add("transform.phi.1", {1}, {0}))
            .event_size() == 1);
}

TEST_CASE("a file of zuko that lacks a tensor is refused by its name", "[io]") {
  for (const char* name : {"zuko_nsf_context_trained", "zuko_coupling_spline_trained", "zuko_adjacency_trained"}) {
    const bijou::TorchFile file(agreement::path_of(name + std::string(".pt")));
    for (const bijou::Tensor& tensor : file.tensors()) {
      INFO(name << " without " << tensor.name);
      const WithoutTensor without(file, tensor.name);
      // A layer need not have a bias, and the masks say the order, too.
      if (tensor.name.ends_with(".bias") || tensor.name.ends_with(".order")) {
        CHECK_NOTHROW(bijou::zuko_flow<double>(without));
        continue;
      }
      const std::string message = file_error_of([&] { bijou::zuko_flow<double>(without); });
      CHECK(message.find(file.path().string() + ": ") == 0);
      if (tensor.name.ends_with(".hyper.0.mask") && std::string(name) != "zuko_coupling_spline_trained")
        CHECK(message == file.path().string() + ": has no tensor \"" + tensor.name + "\"");
    }
  }
}
