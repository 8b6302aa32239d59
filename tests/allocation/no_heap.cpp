// This executable counts what is taken from the heap: through operator new, which is replaced here, and through Eigen,
// whose own allocator calls malloc but asks first whether that is allowed. Nothing else may live in this folder.
#include <cstddef>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <string_view>

namespace {

std::size_t allocations = 0;

// Stands in for eigen_assert: counts Eigen's question after malloc, throws for every other failure.
void check_eigen(bool holds, const char* condition) {
  if (holds) return;
  const std::string_view text = condition;
  if (text.find("is_malloc_allowed") == text.npos) throw std::logic_error(condition);
  ++allocations;
}

void* allocate_or_null(std::size_t size, std::size_t alignment) noexcept {
  ++allocations;
  return std::aligned_alloc(alignment, (size / alignment + 1) * alignment);
}

void* allocate(std::size_t size, std::size_t alignment) {
  void* p = allocate_or_null(size, alignment);
  if (!p) throw std::bad_alloc();
  return p;
}

// Not inline: g++ would see free for what came from operator new.
[[gnu::noinline]] void release(void* p) noexcept { std::free(p); }

}  // namespace

void* operator new(std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* operator new[](std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate_or_null(size, alignof(std::max_align_t));
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate_or_null(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate_or_null(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate_or_null(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* p) noexcept { release(p); }
void operator delete[](void* p) noexcept { release(p); }
void operator delete(void* p, std::size_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t) noexcept { release(p); }
void operator delete(void* p, std::align_val_t) noexcept { release(p); }
void operator delete[](void* p, std::align_val_t) noexcept { release(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { release(p); }

#define EIGEN_RUNTIME_NO_MALLOC
#define eigen_assert(x) check_eigen(static_cast<bool>(x), #x)

#include <bijou/bijou.hpp>
#include <memory>
#include <vector>

#include "support/catch.hpp"
#include "support/flows.hpp"

using namespace bijou;

namespace {

constexpr int dynamic = Eigen::Dynamic;

// Compiled once for all calls.
std::size_t allocations_of(detail::FunctionRef<void()> f) {
  Eigen::internal::set_is_malloc_allowed(false);
  const std::size_t before = allocations;
  f();
  const std::size_t count = allocations - before;
  Eigen::internal::set_is_malloc_allowed(true);
  return count;
}

/// The calls take nothing after the first time. `what` names them.
void check_none(const char* what, detail::FunctionRef<void()> call) {
  INFO(what);
  call();
  for (int repeat = 0; repeat < 2; ++repeat) CHECK(allocations_of(call) == 0);
}

template <class Flow>
void check_no_heap(Flow flow) {
  using T = typename Flow::Scalar;
  Workspace workspace;
  std::mt19937_64 rng{1};
  Eigen::Vector<T, dynamic> gradient(flow.parameter_count());
  for (const Index n : {200, 1, 100, 1000, 128, 200}) {
    INFO(n << " events");
    Eigen::Matrix<T, Flow::static_event_size, dynamic> x(flow.event_size(), n);
    Eigen::Matrix<T, Flow::static_event_size, dynamic> score(flow.event_size(), n);
    Eigen::Vector<T, dynamic> log_p(n);
    check_none("sample", [&] { flow.sample(x, rng, workspace); });
    check_none("sample_with_log_prob", [&] { flow.sample_with_log_prob(x, log_p, rng, workspace); });
    check_none("log_prob", [&] { flow.log_prob(x, log_p, workspace); });
    check_none("score", [&] { flow.score(x, score, workspace); });
    check_none("nll", [&] { flow.nll(x, workspace); });
    check_none("nll_gradient", [&] { flow.nll_gradient(x, gradient, workspace); });
  }
  // One event, of the size that the type knows and of one known at run time.
  const auto check_event = [&](auto event) {
    auto score = event;
    Eigen::Vector<T, 1> log_p;
    event.setConstant(T(0.25));
    check_none("log_prob of an event", [&] { flow.log_prob(event, workspace); });
    check_none("log_prob of an event into a vector", [&] { flow.log_prob(event, log_p, workspace); });
    check_none("score of an event", [&] { flow.score(event, score, workspace); });
    check_none("nll of an event", [&] { flow.nll(event, workspace); });
    check_none("nll_gradient of an event", [&] { flow.nll_gradient(event, gradient, workspace); });
    check_none("a draw", [&] { flow.sample(event, rng, workspace); });
    check_none("a draw with its density", [&] { flow.sample_with_log_prob(event, log_p, rng, workspace); });
    if constexpr (decltype(event)::RowsAtCompileTime != dynamic) {
      check_none("score of an event as a value", [&] { flow.score(event, workspace); });
    }
  };
  check_event(Eigen::Matrix<T, Flow::static_event_size, 1>(flow.event_size()));
  check_event(Eigen::Vector<T, dynamic>(flow.event_size()));
  const Eigen::Vector<T, dynamic> parameters = flow.parameters();
  check_none("set_parameters", [&] { flow.set_parameters(parameters); });
}

/// The calls under a context of one column, and of one for each event.
template <class Flow>
void check_no_heap_under_contexts(const Flow& flow) {
  using T = typename Flow::Scalar;
  using Matrix = Eigen::Matrix<T, dynamic, dynamic>;
  Workspace workspace;
  std::mt19937_64 rng{1};
  Eigen::Vector<T, dynamic> gradient(flow.parameter_count()), log_p(300);
  for (const Index n : {200, 1, 300, 128, 200}) {
    for (const Index columns : {n, Index{1}}) {
      INFO(n << " events under " << columns << " contexts");
      const Matrix context = Matrix::Random(flow.context_size(), columns);
      Matrix x(flow.event_size(), n), score(flow.event_size(), n), context_gradient(context.rows(), columns);
      check_none("sample", [&] { flow.given(context).sample(x, rng, workspace); });
      check_none("sample_with_log_prob",
                 [&] { flow.given(context).sample_with_log_prob(x, log_p.head(n), rng, workspace); });
      check_none("log_prob", [&] { flow.given(context).log_prob(x, log_p.head(n), workspace); });
      check_none("score", [&] { flow.given(context).score(x, score, workspace); });
      check_none("nll", [&] { flow.given(context).nll(x, workspace); });
      check_none("nll_gradient", [&] { flow.given(context).nll_gradient(x, gradient, workspace); });
      check_none("nll_gradient with that for the context",
                 [&] { flow.given(context).nll_gradient(x, gradient, context_gradient, workspace); });
    }
  }
}

}  // namespace

TEST_CASE("the counter sees every way to the heap", "[no_heap]") {
  CHECK(allocations_of([] {}) == 0);
  CHECK(allocations_of([] { std::make_unique<int>(1); }) == 1);
  CHECK(allocations_of([] { std::vector<double>(10); }) == 1);
  CHECK(allocations_of([] { ::operator delete(::operator new(64, std::align_val_t{64}), std::align_val_t{64}); }) == 1);
  CHECK(allocations_of([] { Eigen::VectorXd(10); }) == 1);
  CHECK(allocations_of([] { Eigen::MatrixXf::Random(3, 3).eval(); }) == 1);
  CHECK(allocations_of([] { Arena().row<float>(3); }) == 2);  // memory, and the list of it
}

TEST_CASE("an arena takes nothing for a pass of a size that was seen", "[no_heap]") {
  Arena arena;
  const auto pass = [&](Index events) {
    const Arena::Frame frame(arena);
    for (Index rows = 1; rows < 30; ++rows) {
      arena.tile<float>(rows, events);
      const Arena::Frame inner(arena);
      arena.tile<double>(3 * rows, events);
      arena.objects<int>(rows);
    }
  };
  CHECK(allocations_of([&] { pass(500); }) > 0);
  CHECK(allocations_of([&] { pass(500); }) == 0);
  CHECK(allocations_of([&] { pass(20); }) == 0);
  CHECK(allocations_of([&] { pass(2000); }) > 0);
  CHECK(allocations_of([&] { pass(2000); }) == 0);
}

TEST_CASE("with a workspace, flows take nothing after the first call of a size", "[no_heap]") {
  SECTION("MAF") { check_no_heap(bent_flows::maf<float>(1)); }
  SECTION("RealNVP") { check_no_heap(bent_flows::real_nvp<double>(2)); }
  SECTION("a chain of all kinds") { check_no_heap(bent_flows::mixed<float>(3)); }
  SECTION("uniform base") { check_no_heap(bent_flows::boxed<double>(4)); }
  SECTION("a chain whose length is known at run time") { check_no_heap(bent_flows::layers<float>(5)); }
  SECTION("sizes known at run time") { check_no_heap(bent_flows::sizes_at_run_time<double>(6)); }
  SECTION("a box of a size known at run time") { check_no_heap(bent_flows::box_at_run_time<float>(0)); }
  SECTION("a flow as base") { check_no_heap(bent_flows::nested<double>(7)); }
  SECTION("splines whose bins are known at run time") {
    using Spline = RationalQuadraticSpline<float, dynamic>;
    const Spline spline(5);
    std::mt19937_64 rng{8};
    check_no_heap(TransformedDistribution{
        StandardNormal<float, 3>{},
        Coupling<3, Spline, Mlp<float>>{spline, Mlp<float>{1, 2 * spline.parameters_per_coordinate(), {6}, rng}}});
  }
  SECTION("a base alone") { check_no_heap(DiagonalNormal<float, 2>{{1, 2}, {3, 4}}); }
}

TEST_CASE("with a workspace, bases take nothing after the first call of a size", "[no_heap]") {
  std::mt19937_64 rng{1};
  const MixtureOfGaussians<float, dynamic> mixture{3, 4, rng};
  SECTION("Student's t") { check_no_heap(StudentT<double, 2>{{1, 2}, {3, 4}, {5, 6}}); }
  SECTION("a normal of full covariance") { check_no_heap(MultivariateNormal<float, dynamic>{70}); }
  SECTION("a mixture") { check_no_heap(mixture); }
  SECTION("a mixture whose type is not known") { check_no_heap(AnyFlow<float>(mixture)); }
  SECTION("a product") { check_no_heap(Product{mixture, StandardNormal<float, dynamic>{2}}); }
}

TEST_CASE("under contexts, flows take nothing after the first call of a size", "[no_heap]") {
  std::mt19937_64 rng{1};
  bijou::flows::MAF<float> maf{{.event_size = 3, .context_size = 2, .layers = 2, .hidden = {9}}, rng};
  const ConditionalDiagonalNormal<double, Eigen::Dynamic> base{3, {{7}, 2}, rng};
  SECTION("a flow by name") { check_no_heap_under_contexts(maf); }
  SECTION("an embedded context") { check_no_heap_under_contexts(Embed{Mlp<float>{5, 2, {8}, rng}, maf}); }
  SECTION("a conditional base") { check_no_heap_under_contexts(base); }
  SECTION("a mixture density network") {
    check_no_heap_under_contexts(bijou::flows::MDN<float>{{.event_size = 3, .context_size = 2, .hidden = {9}}, rng});
  }
  SECTION("a flow whose type is not known") {
    check_no_heap_under_contexts(AnyFlow<float>(Embed{Mlp<float>{5, 2, {8}, rng}, maf}));
  }
}

TEST_CASE("a flow and layers whose types are not known take nothing after the first call of a size", "[no_heap]") {
  check_no_heap(AnyFlow<float>(bent_flows::mixed<float>(3)));
  std::mt19937_64 rng{1};
  const std::vector<AnyBijector<double>> layers{MAF<double, 2>{{8}, rng}, Reverse<2>{},
                                                RealNVP<double, 2>{1, {8}, rng}};
  check_no_heap(TransformedDistribution{StandardNormal<double, dynamic>{2}, DynamicChain{layers}});
}

TEST_CASE("linear maps, normalizers and maps by formula take nothing after the first call of a size", "[no_heap]") {
  std::mt19937_64 rng{1};
  SECTION("in float, of a size known at compile time") {
    using Half = TriangularAffine<float, 1>;
    check_no_heap(TransformedDistribution{
        StandardNormal<float, 2>{},
        Chain{BatchNorm<float, 2>{}, LULinear<float, 2>{}, Rotation<float, 2>{rng}, SinhArcsinh<float, 2>{},
              RandomPermutation<2>{rng}, OnSlice<2, Half>{1, Half{}}}});
  }
  SECTION("in double, of a size known at run time") {
    check_no_heap(TransformedDistribution{
        StandardNormal<double, dynamic>{5},
        Chain{ActNorm<double, dynamic>{5}, TriangularAffine<double, dynamic>{5}, Planar<double, dynamic>{5, rng},
              Radial<double, dynamic>{5, rng}, OnSlice{5, std::vector<int>{3, 0}, TriangularAffine<double, 2>{}},
              Softplus<double, dynamic>{5}, Log<double, dynamic>{5}, RandomPermutation<dynamic>{5, rng}}});
  }
}

TEST_CASE("losses take nothing after the first call of a size", "[no_heap]") {
  std::mt19937_64 rng{1};
  Workspace workspace;
  const auto flow = bent_flows::maf<double>(1);
  Eigen::VectorXd gradient(flow.parameter_count());
  for (const Index n : {200, 20, 700}) {
    const auto draws = flow.sample_with_log_prob(n, rng);
    const Eigen::VectorXd weights = draws.log_prob.array().exp();
    check_none("weighted_nll", [&] { weighted_nll(flow, draws.events, weights, workspace); });
    check_none("weighted_nll_gradient",
               [&] { weighted_nll_gradient(flow, draws.events, weights, gradient, workspace); });
    const StandardNormal<double, 2> target;
    for (const bool is_on_path : {false, true}) {
      check_none("reverse_kl_gradient", [&] {
        reverse_kl_gradient(flow, target, n, rng, gradient, {.path_gradient = is_on_path}, workspace);
      });
    }
    check_none("reverse_kl_gradient_from_values",
               [&] { reverse_kl_gradient_from_values(flow, target, n, rng, gradient, workspace); });
    check_none("variance_gradient", [&] {
      variance_gradient(flow, draws.events, weights, draws.log_prob, gradient, {.softclip = 30}, workspace);
    });
  }
  bijou::flows::MAF<double, 2> conditional{{.context_size = 2, .layers = 2, .hidden = {9}}, rng};
  gradient.resize(conditional.parameter_count());
  const Eigen::MatrixXd theta = Eigen::MatrixXd::Random(2, 200);
  check_none("contrastive_gradient", [&] {
    contrastive_gradient(conditional, StandardNormal<double, 2>{}, theta, theta, rng, gradient, 10, workspace);
  });
}

TEST_CASE("events may lie anywhere", "[no_heap]") {
  const auto flow = bent_flows::maf<double>(1);
  std::mt19937_64 rng{1};
  const Eigen::MatrixXd data = flow.sample(1000, rng);
  const Eigen::Matrix<double, dynamic, dynamic, Eigen::RowMajor> row_major = data;
  const Eigen::Map<const Eigen::MatrixXd> map(data.data(), 2, 1000);
  const Eigen::Ref<const Eigen::MatrixXd> ref(data);
  Workspace workspace;
  Eigen::VectorXd log_p(300);
  Eigen::VectorXd gradient(flow.parameter_count());
  Eigen::MatrixXd score(2, 400);
  Eigen::Matrix<double, dynamic, dynamic, Eigen::RowMajor> row_major_score(2, 400);
  const auto check = [&](const auto& x) {
    const auto calls = [&] {
      flow.log_prob(x, log_p, workspace);
      flow.nll(x, workspace);
      flow.nll_gradient(x, gradient, workspace);
      flow.score(x, score.leftCols(300), workspace);
      flow.score(x, row_major_score.leftCols(300), workspace);
    };
    calls();
    CHECK(allocations_of(calls) == 0);
  };
  check(data.middleCols(50, 300));
  check(row_major.middleCols(50, 300));
  check(map.leftCols(300));
  check(ref.rightCols(300));
  check(data.leftCols(300).array());
  Eigen::MatrixXd filled(2, 1000);
  const auto draws = [&] {
    Eigen::Ref<Eigen::MatrixXd> part = filled.middleCols(10, 300);
    flow.sample(part, rng, workspace);
    flow.sample(filled.rightCols(300), rng, workspace);
    flow.sample(row_major_score.leftCols(300), rng, workspace);
    flow.sample_with_log_prob(row_major_score.leftCols(300), log_p.head(300), rng, workspace);
  };
  draws();
  CHECK(allocations_of(draws) == 0);
}
