#include <bijou/io/nflows.hpp>
#include <bijou/io/torch_file.hpp>
#include <cstdint>
#include <regex>

#include "support/agreement.hpp"
#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/law_types.hpp"
#include "support/made_file.hpp"
#include "support/message_of.hpp"

namespace {

template <class T, class A>
void check(const std::string& name, const bijou::NflowsOptions& options = {}) {
  for (const char* kind : {"_random", "_trained"}) {
    const bijou::TorchFile file(agreement::path_of(name + kind + ".pt"));
    agreement::check<T>(bijou::nflows_flow<T, A>(file, options), name + kind);
  }
}

template <class A = bijou::activations::Relu>
void check_both(const std::string& name, const bijou::NflowsOptions& options = {}) {
  if constexpr (laws::joins<bijou::StandardNormal<float, 2>>) check<float, A>(name, options);
  check<double, A>(name, options);
}

}  // namespace

TEST_CASE("flows of nflows have nflows' numbers", "[io]") {
  for (const char* name : {"nflows_maf", "nflows_maf_random", "nflows_real_nvp", "nflows_additive"}) check_both(name);
  check_both<bijou::activations::Tanh>("nflows_maf_context");
  check_both("nflows_layers", {.tail_bound = 3});
}

TEST_CASE("estimators of sbi have sbi's numbers", "[io]") {
  for (const char* name : {"sbi_maf", "sbi_maf_embedding", "sbi_maf_one"}) check_both<bijou::activations::Tanh>(name);
  check_both<bijou::activations::Tanh>("sbi_maf_rqs", {.tail_bound = 3});
  for (const char* name : {"sbi_nsf", "sbi_nsf_one"}) check_both(name, {.tail_bound = 3});
}

TEST_CASE("what is no flow of nflows that is known here is refused by name", "[io]") {
  const auto refusal = [](const MadeFile& file) { return file_error_of([&] { bijou::nflows_flow<double>(file); }); };
  const std::string first = "_transform._transforms.0.";
  const auto with_norm = [&] {
    return MadeFile{}
        .add(first + "log_scale", {2}, {0, 0})
        .add(first + "shift", {2}, {0, 0})
        .add<std::uint8_t>(first + "initialized", {}, {1});
  };
  CHECK(bijou::nflows_flow<double>(with_norm()).event_size() == 2);
  CHECK(refusal(MadeFile{}.add("transform.phi.0", {1}, {0})).find("has no transform of nflows") != std::string::npos);
  CHECK(refusal(with_norm().add("_transform._transforms.2.running_mean", {2}, {0, 0}))
            .find("no tensors of _transform._transforms.1, so that its kind is not known") != std::string::npos);
  CHECK(refusal(with_norm().add("_transform._transforms.1.q_vectors", {2, 2}, {1, 0, 0, 1})) ==
        "made: _transform._transforms.1 is a transform that is not supported; it has q_vectors");
  CHECK(refusal(with_norm().add("_distribution.mean_", {1, 2}, {0, 0})) ==
        "made: the tensor \"_distribution.mean_\" belongs to no part that is known here");
  CHECK(refusal(with_norm().add<std::int64_t>("_transform._transforms.1._permutation", {2}, {0, 0}))
            .find("is no permutation of 2 coordinates") != std::string::npos);
  CHECK(message_of([&] { bijou::nflows_flow<float>(with_norm(), {.tail_bound = -1}); }) ==
        "nflows_flow: expected a tail_bound that is finite and greater than 0, got -1");
  CHECK(message_of([&] { bijou::nflows_flow<float>(with_norm(), {.batch_norm_eps = -1}); }) ==
        "nflows_flow: expected a finite batch_norm_eps of at least 0, got -1");
}

TEST_CASE("a file of nflows that lacks a tensor is refused, or the tensor need not be there", "[io]") {
  for (const char* name : {"nflows_maf_context_trained", "nflows_layers_trained", "sbi_maf_embedding_trained"}) {
    const bijou::TorchFile file(agreement::path_of(name + std::string(".pt")));
    for (const bijou::Tensor& tensor : file.tensors()) {
      INFO(name << " without " << tensor.name);
      try {
        bijou::nflows_flow<double>(WithoutTensor(file, tensor.name));
        // Masks say what degrees do, and that a last permutation was there nobody can know.
        CHECK(std::regex_search(tensor.name, std::regex("bias|initialized|_log_z|degrees|transforms.4._permutation")));
      } catch (const bijou::FileError& error) {
        CHECK(std::string(error.what()).find(file.path().string() + ": ") == 0);
      }
    }
  }
}
