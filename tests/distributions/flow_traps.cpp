// Finite events raise no floating-point exception but inexact and underflow, so that programs may have traps on.
#include <bijou/core/function_ref.hpp>
#include <bijou/datasets/two_moons.hpp>
#include <bijou/training/fit.hpp>
#include <cfenv>
#include <string>

#include "support/catch.hpp"
#include "support/flows.hpp"
#include "support/workspace_garbage.hpp"

using namespace bijou;

namespace {

/// The exceptions that a call raises.
std::string raised_by(detail::FunctionRef<void()> call) {
  std::feclearexcept(FE_ALL_EXCEPT);
  call();
  const int raised = std::fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
  std::string names;
  if (raised & FE_INVALID) names += "invalid ";
  if (raised & FE_DIVBYZERO) names += "division by zero ";
  if (raised & FE_OVERFLOW) names += "overflow ";
  return names;
}

/// All calls for n events, through a workspace in which other calls have left anything.
template <class Flow>
void check_calls(const Flow& flow, Index n, Workspace& workspace, unsigned char byte) {
  using T = typename Flow::Scalar;
  INFO(sizeof(T) << " bytes, " << n << " events, left in the workspace: " << int{byte});
  std::mt19937_64 rng{static_cast<std::uint64_t>(n)};
  Eigen::Matrix<T, Flow::static_event_size, Eigen::Dynamic> x(flow.event_size(), n);
  Eigen::Matrix<T, Flow::static_event_size, Eigen::Dynamic> score(flow.event_size(), n);
  Eigen::Vector<T, Eigen::Dynamic> log_p(n);
  Eigen::Vector<T, Eigen::Dynamic> gradient(flow.parameter_count());
  const auto check = [&](detail::FunctionRef<void()> call) {
    fill_with_garbage(workspace, byte);
    const std::string raised = raised_by(call);
    CHECK(raised == "");
  };
  check([&] { flow.sample(x, rng, workspace); });
  check([&] { flow.sample_with_log_prob(x, log_p, rng, workspace); });
  check([&] { flow.log_prob(x, log_p, workspace); });
  check([&] { flow.score(x, score, workspace); });
  check([&] { flow.nll(x, workspace); });
  check([&] { flow.nll_gradient(x, gradient, workspace); });
  check([&] { flow.log_prob(x.col(0), workspace); });
  check([&] { flow.score(x.col(0), workspace); });
  check([&] { flow.nll_gradient(x.col(0), gradient, workspace); });
  check([&] { flow.log_prob(x.col(0).eval()); });
}

template <template <class> class Make>
void check_float_and_double(std::uint64_t seed) {
  const auto in_float = Make<float>::flow(seed);
  const auto in_double = Make<double>::flow(seed);
  Workspace workspace;
  for (const Index n : {300, 1, 5, 128, 130, 17}) {
    for (const unsigned char byte : garbage_bytes) {
      check_calls(in_float, n, workspace, byte);
      check_calls(in_double, n, workspace, byte);
    }
  }
}

template <class T>
struct Maf {
  static auto flow(std::uint64_t seed) { return bent_flows::maf<T>(seed); }
};
template <class T>
struct RealNvp {
  static auto flow(std::uint64_t seed) { return bent_flows::real_nvp<T>(seed); }
};
template <class T>
struct Mixed {
  static auto flow(std::uint64_t seed) { return bent_flows::mixed<T>(seed); }
};
template <class T>
struct LowHighBox {
  static auto flow(std::uint64_t seed) { return bent_flows::box_at_run_time<T>(seed); }
};
template <class T>
struct AtRunTime {
  static auto flow(std::uint64_t seed) { return bent_flows::sizes_at_run_time<T>(seed); }
};

}  // namespace

TEST_CASE("exceptions are seen", "[flow_traps]") {
  volatile double zero = 0;
  volatile double largest = 1e308;
  volatile double result = 0;
  CHECK(raised_by([&] { result = zero / zero; }) == "invalid ");
  CHECK(raised_by([&] { result = 1 / zero; }) == "division by zero ");
  CHECK(raised_by([&] { result = largest * largest; }) == "overflow ");
  CHECK(raised_by([&] { result = largest + zero; }) == "");
}

TEST_CASE("no call on finite events raises a floating-point exception", "[flow_traps]") {
  check_float_and_double<Maf>(1);
  check_float_and_double<RealNvp>(2);
  check_float_and_double<Mixed>(3);
  check_float_and_double<LowHighBox>(4);
  check_float_and_double<AtRunTime>(5);
}

TEMPLATE_TEST_CASE("fit raises no floating-point exception", "[flow_traps]", BIJOU_TEST_SCALARS) {
  std::mt19937_64 rng{6};
  const auto data = datasets::two_moons<TestType>(333, TestType(0.05), rng);
  auto flow = bent_flows::maf<TestType>(6);
  const std::string raised = raised_by(
      [&] { fit(flow, data, {.epochs = 3, .batch_size = 50, .clip_norm = 1, .validation_fraction = 0.1}, rng); });
  CHECK(raised == "");
}
