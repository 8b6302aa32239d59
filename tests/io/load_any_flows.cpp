#include <bijou/flows/recipes.hpp>

#include "io/same_flow.hpp"

using namespace bijou;
using same_flow::check_scattered;

TEST_CASE("load<T>: flows by name, with a context and learned moments", "[io]") {
  std::mt19937_64 rng{1};
  const flows::FlowOptions options{.event_size = 3, .context_size = 2, .layers = 2, .hidden = {6}, .bins = 4};
  const Eigen::Matrix3Xf data = Eigen::Matrix3Xf::Random(3, 50);
  const Eigen::Matrix2Xf contexts = Eigen::Matrix2Xf::Random(2, 50);
  const auto check = [&](auto flow) {
    INFO(flow.name);
    if constexpr (laws::joins<decltype(flow)>) initialize(flow, data, contexts);
    check_scattered<float>(flow);
  };
  check(flows::MAF<float>{options, rng});
  check(flows::MAF<float, 3>{options, rng});
  check(flows::IAF<float>{options, rng});
  check(flows::RealNVP<float>{options, rng});
  check(flows::NICE<float>{options, rng});
  check(flows::NSF<float>{options, rng});
  check(flows::CouplingNSF<float>{options, rng});
  check(flows::MDN<float>{{.event_size = 3, .context_size = 2, .components = 3, .hidden = {6}}, rng});
}

TEST_CASE("load<T>: the recipes", "[io]") {
  std::mt19937_64 rng{1};
  const auto check = [](const auto& flow) { check_scattered<float>(flow); };
  const flows::RecipeOptions with_context{
      .event_size = 4, .context_size = 2, .layers = 2, .hidden = {5, 5, 5}, .bins = 0};
  check(flows::nflows_maf<float>(with_context, rng));
  check(flows::nflows_real_nvp<float>(with_context, rng));
  check(flows::sbi_maf<float>(with_context, rng));
  check(flows::sbi_nsf<float>(with_context, rng));
  check(flows::zuko_maf<float>(with_context, rng));
  check(flows::zuko_nsf<float>(with_context, rng));
  check(flows::flowjax_maf<float>(with_context, rng));
  check(flows::flowjax_coupling<float>(with_context, rng));
  check(flows::nessai_real_nvp<float>(with_context, rng));
  check(flows::madnis_coupling<float>(with_context, rng));
}
