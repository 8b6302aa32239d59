#include <bijou/bijectors/on_slice.hpp>
#include <bijou/distributions/mixture_of_gaussians.hpp>
#include <bijou/flows/coupling_nsf.hpp>
#include <bijou/flows/maf.hpp>
#include <type_traits>

#include "support/densities.hpp"
#include "support/flows.hpp"

using namespace bijou;
using namespace densities;

namespace {

constexpr int dynamic = Eigen::Dynamic;

// x = shift + scale z: a normal with loc = shift and |scale|.
auto affine_flow() {
  return TransformedDistribution{StandardNormal<double, 3>{}, Affine<double, 3>{{1, -2, 0.5}, {0.5, -2, 10}}};
}

}  // namespace

// scipy 1.17.1: scipy.stats.norm([1, -2, 0.5], [0.5, 2, 10]).logpdf(x).sum(1)
TEST_CASE("an affine flow of normals agrees with scipy", "[transformed_distribution]") {
  Eigen::Matrix<double, 3, 4> x;
  x.transpose() << 0, 0, 0, 1, -2, 0.5, 3, 4, -12, 1e-3, -40, 7;
  const Eigen::Vector4d expected(-7.560650692608064, -5.0594006926080635, -18.340650692608065, -187.7666526926081);
  const auto flow = affine_flow();
  CHECK(flow.log_prob(x).isApprox(expected, 1e-14));
  CHECK(flow.nll(x) == Approx(-expected.mean()).epsilon(1e-14));
  const double single = flow.log_prob(Eigen::Vector3d(0, 0, 0));
  CHECK(single == Approx(expected(0)).epsilon(1e-14));
  const Eigen::Vector3d score = flow.score(Eigen::Vector3d(0, 0, 0));
  CHECK(score.isApprox(Eigen::Vector3d(1 / 0.25, -2 / 4.0, 0.5 / 100), 1e-14));
  CHECK(flow.score(x).col(0) == score);

  const TransformedDistribution in_float{StandardNormal<float, 3>{}, Affine<float, 3>{{1, -2, 0.5}, {0.5, -2, 10}}};
  CHECK(in_float.log_prob(x.cast<float>()).cast<double>().isApprox(expected, 1e-6));
  const TransformedDistribution at_run_time{
      StandardNormal<double, dynamic>{3},
      Affine<double, dynamic>{Eigen::Vector3d(1, -2, 0.5), Eigen::Vector3d(0.5, -2, 10)}};
  static_assert(decltype(at_run_time)::static_event_size == dynamic);
  CHECK(at_run_time.event_size() == 3);
  CHECK(at_run_time.log_prob(x).isApprox(expected, 1e-14));
}

TEST_CASE("types: a vector for a batch, a scalar for a vector", "[transformed_distribution]") {
  const auto flow = affine_flow();
  static_assert(std::is_same_v<decltype(flow)::Scalar, double>);
  static_assert(decltype(flow)::static_event_size == 3);
  static_assert(std::is_same_v<decltype(flow.log_prob(Eigen::Matrix3Xd())), Eigen::VectorXd>);
  static_assert(std::is_same_v<decltype(flow.log_prob(Eigen::Vector3d())), double>);
  static_assert(std::is_same_v<decltype(flow.score(Eigen::Matrix3Xd())), Eigen::Matrix3Xd>);
  static_assert(std::is_same_v<decltype(flow.score(Eigen::Vector3d())), Eigen::Vector3d>);
  static_assert(std::is_same_v<decltype(flow.parameters()), Eigen::VectorXd>);
  std::mt19937_64 rng{1};
  static_assert(std::is_same_v<decltype(flow.sample(1, rng)), Eigen::Matrix3Xd>);
  // One size known at compile time is enough.
  const TransformedDistribution half{StandardNormal<double, dynamic>{3}, flow.bijector};
  static_assert(decltype(half)::static_event_size == 3);
  CHECK(half.log_prob(Eigen::Vector3d(1, 2, 3)) == flow.log_prob(Eigen::Vector3d(1, 2, 3)));
  // Reverse<Dynamic> takes events of any size.
  const TransformedDistribution reversed{StandardNormal<double, 3>{}, Reverse<dynamic>{}};
  CHECK(reversed.event_size() == 3);
}

TEST_CASE("batches of any width and storage", "[transformed_distribution]") {
  const auto flow = bent_flows::maf<double>(1);
  for (const Index n : {0, 1, 127, 128, 129, 500}) {
    const Eigen::Matrix2Xd x = Eigen::Matrix2Xd::Random(2, n);
    const Eigen::VectorXd log_p = flow.log_prob(x);
    REQUIRE(log_p.size() == n);
    for (Index i = 0; i < n; ++i) REQUIRE(log_p(i) == Approx(flow.log_prob(Eigen::Vector2d(x.col(i)))).epsilon(1e-12));
    const Eigen::Array<double, dynamic, dynamic, Eigen::RowMajor> row_major = x.array();
    CHECK(flow.log_prob(row_major) == log_p);
    CHECK(flow.score(row_major) == flow.score(x));
    CHECK(flow.score(x).cols() == n);
  }
}

TEST_CASE("parameters: base first, then bijector", "[transformed_distribution]") {
  TransformedDistribution flow{DiagonalNormal<double, 2>{{1, 2}, {1, 1}}, Affine<double, 2>{{3, 4}, {5, 6}}};
  CHECK(flow.parameter_count() == 8);
  Eigen::VectorXd expected(8);
  expected << 1, 2, 0, 0, 3, 4, 5, 6;
  CHECK(flow.parameters() == expected);
  std::vector<std::string> names;
  for_each_named_parameter(flow, [&](const std::string& path, const auto&) { names.push_back(path); });
  CHECK(names == std::vector<std::string>{"base.loc", "base.log_scale", "bijector.shift", "bijector.scale"});

  flow.set_parameters(2 * expected);
  CHECK(flow.parameters() == 2 * expected);
  CHECK(flow.bijector.scale() == Eigen::Vector2d(10, 12));
  flow.set_parameters(flow.parameters() - 0.5 * flow.parameters());
  CHECK(flow.parameters() == expected);
  const Eigen::MatrixXd two_columns = expected.replicate(1, 2);
  flow.set_parameters(3 * two_columns.col(1));
  CHECK(flow.parameters() == 3 * expected);
}

TEST_CASE("parameters of the wrong size are refused and change nothing", "[transformed_distribution]") {
  auto flow = affine_flow();
  const Eigen::VectorXd before = flow.parameters();
  CHECK(message_of([&] { flow.set_parameters(Eigen::VectorXd(Eigen::VectorXd::Zero(5))); }) ==
        "TransformedDistribution: expected parameters of size 6, got 5");
  CHECK(message_of([&] { flow.set_parameters(Eigen::VectorXd(Eigen::VectorXd::Zero(7))); }) ==
        "TransformedDistribution: expected parameters of size 6, got 7");
  CHECK(flow.parameters() == before);
}

TEST_CASE("batches of the wrong number of rows are refused by every call", "[transformed_distribution]") {
  const auto flow = affine_flow();
  const std::string message = "TransformedDistribution: expected events of 3 rows, got 2";
  const Eigen::MatrixXd two = Eigen::MatrixXd::Ones(2, 4);
  Workspace workspace;
  Eigen::VectorXd out = Eigen::VectorXd::Constant(4, 7);
  Eigen::VectorXd gradient = Eigen::VectorXd::Constant(6, 7);
  Eigen::MatrixXd draws = two;
  std::mt19937_64 rng{1};
  CHECK(message_of([&] { flow.log_prob(two); }) == message);
  CHECK(message_of([&] { flow.log_prob(two, out, workspace); }) == message);
  CHECK(message_of([&] { flow.score(two); }) == message);
  CHECK(message_of([&] { flow.nll(two); }) == message);
  CHECK(message_of([&] { flow.nll_gradient(two, gradient); }) == message);
  CHECK(message_of([&] { flow.sample(draws, rng, workspace); }) == message);
  // Nothing was written.
  CHECK(out == Eigen::VectorXd::Constant(4, 7));
  CHECK(gradient == Eigen::VectorXd::Constant(6, 7));
  CHECK(draws == two);
  CHECK(rng == std::mt19937_64{1});
}

TEST_CASE("results of the wrong size are refused", "[transformed_distribution]") {
  const auto flow = affine_flow();
  const Eigen::Matrix3Xd x = Eigen::Matrix3Xd::Ones(3, 4);
  Workspace workspace;
  for (const Index size : {0, 5, 7}) {
    Eigen::VectorXd gradient = Eigen::VectorXd::Constant(size, 7);
    CHECK(message_of([&] { flow.nll_gradient(x, gradient); }) ==
          "TransformedDistribution: expected a gradient of size 6, got " + std::to_string(size));
    CHECK(gradient == Eigen::VectorXd::Constant(size, 7));
  }
  Eigen::VectorXd out = Eigen::VectorXd::Constant(3, 7);
  CHECK(message_of([&] { flow.log_prob(x, out, workspace); }) ==
        "TransformedDistribution: expected a vector for the densities of size 4, got 3");
  CHECK(out == Eigen::VectorXd::Constant(3, 7));
  std::mt19937_64 rng{1};
  CHECK(message_of([&] { flow.sample(-1, rng); }) == "TransformedDistribution: cannot draw -1 events");
  CHECK(message_of([&] { flow.sample_with_log_prob(-3, rng); }) == "TransformedDistribution: cannot draw -3 events");
}

TEST_CASE("base and bijector of different run-time sizes are refused", "[transformed_distribution]") {
  const Affine<double, dynamic> three{Eigen::Vector3d::Ones(), Eigen::Vector3d::Ones()};
  const std::string message = "TransformedDistribution: the parts have different event sizes, 2 and 3";
  CHECK(message_of([&] { TransformedDistribution{StandardNormal<double, 2>{}, three}; }) == message);
  CHECK(message_of([&] { TransformedDistribution{StandardNormal<double, dynamic>{2}, three}; }) == message);
}

/// Every call of a flow whose parts have come to differ in size throws, and nothing is written.
template <class Flow>
void check_refused_by_every_call(Flow flow, const std::string& message) {
  INFO(message);
  for (const Index rows : {2, 3}) {
    const Eigen::MatrixXd x = Eigen::MatrixXd::Ones(rows, 4);
    Eigen::MatrixXd out = Eigen::MatrixXd::Constant(rows, 4, 7);
    Eigen::VectorXd log_p = Eigen::VectorXd::Constant(4, 7);
    Eigen::VectorXd gradient = Eigen::VectorXd::Constant(flow.parameter_count(), 7);
    std::mt19937_64 rng{1};
    Workspace workspace;
    CHECK(message_of([&] { flow.log_prob(x); }) == message);
    CHECK(message_of([&] { flow.log_prob(x, log_p, workspace); }) == message);
    CHECK(message_of([&] { flow.nll(x); }) == message);
    CHECK(message_of([&] { flow.nll_gradient(x, gradient); }) == message);
    CHECK(message_of([&] { flow.score(x); }) == message);
    CHECK(message_of([&] { flow.score(x, out); }) == message);
    CHECK(message_of([&] { flow.sample(2, rng); }) == message);
    CHECK(message_of([&] { flow.sample(out, rng, workspace); }) == message);
    CHECK(message_of([&] { flow.sample_with_log_prob(2, rng); }) == message);
    CHECK(message_of([&] { flow.sample_with_log_prob(out, log_p, rng); }) == message);
    CHECK(rng == std::mt19937_64{1});
    CHECK((out.array() == 7).all());
    CHECK((log_p.array() == 7).all());
    CHECK((gradient.array() == 7).all());
  }
}

TEST_CASE("a part replaced by one of another size is refused by every call", "[transformed_distribution]") {
  using Normal = StandardNormal<double, dynamic>;
  using Map = Affine<double, dynamic>;
  const std::string message = "TransformedDistribution: the parts have different event sizes, 2 and 3";
  const Map two{Eigen::Vector2d::Zero(), Eigen::Vector2d::Ones()};
  const Map three{Eigen::Vector3d::Zero(), Eigen::Vector3d::Ones()};
  SECTION("both sizes known at run time") {
    TransformedDistribution flow{Normal{2}, two};
    flow.base = Normal{3};
    check_refused_by_every_call(flow, "TransformedDistribution: the parts have different event sizes, 3 and 2");
    flow.base = Normal{2};
    flow.bijector = three;
    check_refused_by_every_call(flow, message);
    flow.base = Normal{3};
    CHECK(flow.log_prob(Eigen::MatrixXd::Ones(3, 4)).allFinite());
  }
  SECTION("that of the bijector known at compile time") {
    TransformedDistribution flow{Normal{2}, Affine<double, 2>{{0, 0}, {1, 1}}};
    flow.base = Normal{3};
    check_refused_by_every_call(flow, message);
  }
  SECTION("that of the base known at compile time") {
    TransformedDistribution flow{StandardNormal<double, 2>{}, two};
    flow.bijector = three;
    check_refused_by_every_call(flow, message);
  }
  SECTION("inside the base, whose own size fits") {
    TransformedDistribution flow{TransformedDistribution{Normal{2}, two}, Reverse<dynamic>{}};
    flow.base.base = Normal{3};
    check_refused_by_every_call(flow, "TransformedDistribution: the parts have different event sizes, 3 and 2");
  }
}

TEST_CASE("an empty batch has densities and no mean", "[transformed_distribution]") {
  const auto flow = affine_flow();
  const Eigen::Matrix3Xd none(3, 0);
  const std::string message = "TransformedDistribution: the mean over a batch needs at least one event";
  Eigen::VectorXd gradient = Eigen::VectorXd::Constant(6, 7);
  CHECK(flow.log_prob(none).size() == 0);
  CHECK(flow.score(none).cols() == 0);
  CHECK(message_of([&] { flow.nll(none); }) == message);
  CHECK(message_of([&] { flow.nll_gradient(none, gradient); }) == message);
  CHECK(gradient == Eigen::VectorXd::Constant(6, 7));
  std::mt19937_64 rng{1};
  CHECK(flow.sample(0, rng).cols() == 0);
  CHECK(flow.sample_with_log_prob(0, rng).log_prob.size() == 0);
}

// x = z + shift, what concept Bijector shows.
struct Shift {
  using Scalar = float;
  static constexpr int static_event_size = 2;
  Eigen::Vector2f shift{0.0f, 0.0f};
  static constexpr auto members() { return bijou::Members{parameter("shift", &Shift::shift)}; }

  void forward(Evaluation<float> e) const { e.output = e.input.colwise() + shift.array(); }
  void inverse(Evaluation<float> e) const { e.output = e.input.colwise() - shift.array(); }
  void forward_pullback(Pullback<float> p) const {
    p.input_gradient = p.output_gradient;
    auto [d_shift] = gradients(*this, p);
    d_shift += p.output_gradient.rowwise().sum();
  }
  void inverse_pullback(Pullback<float> p) const {
    p.input_gradient = p.output_gradient;
    auto [d_shift] = gradients(*this, p);
    d_shift -= p.output_gradient.rowwise().sum();
  }
};

TEST_CASE("a user's own bijector makes a flow", "[transformed_distribution]") {
  TransformedDistribution flow{StandardNormal<float, 2>{}, Shift{{1.0f, 2.0f}}};
  CHECK(flow.log_prob(Eigen::Vector2f(1, 2)) == Approx(-std::log(2 * std::numbers::pi)));
  Eigen::VectorXf gradient(2);
  const float nll = flow.nll_gradient(Eigen::Matrix2Xf::Ones(2, 10), gradient);
  CHECK(nll == Approx(std::log(2 * std::numbers::pi) + 0.5));
  CHECK(gradient.isApprox(Eigen::Vector2f(0, 1)));
  flow.set_parameters(flow.parameters() - gradient);
  CHECK(flow.bijector.shift.isApprox(Eigen::Vector2f(1, 1)));
}

TEST_CASE("a flow is a value", "[transformed_distribution]") {
  auto flow = bent_flows::maf<float>(1);
  const Eigen::Vector2f x(0.3f, -0.4f);
  const float log_p = flow.log_prob(x);
  const auto copy = flow;
  flow.set_parameters(Eigen::VectorXf(Eigen::VectorXf::Zero(flow.parameter_count())));
  CHECK(copy.log_prob(x) == log_p);
  CHECK(flow.log_prob(x) != log_p);
  flow = copy;
  CHECK(flow.log_prob(x) == log_p);
  const auto moved = std::move(flow);
  CHECK(moved.log_prob(x) == log_p);
}

TEST_CASE("what has been moved from says so", "[transformed_distribution]") {
  std::mt19937_64 rng{1};
  const auto check = [&](auto p) {
    const auto taken = std::move(p);
    const std::string name = decltype(p)::name;
    const std::string expected = name + ": has been moved from: nothing is inside";
    CHECK(taken.log_prob(Eigen::MatrixXd::Zero(2, 3)).allFinite());
    // NOLINTBEGIN(bugprone-use-after-move,clang-analyzer-cplusplus.Move): that is what is tested.
    CHECK(message_of([&] { p.log_prob(Eigen::MatrixXd::Zero(2, 3)); }) == expected);
    CHECK(message_of([&] { p.sample(2, rng); }) == expected);
    p = taken;
    CHECK(p.log_prob(Eigen::MatrixXd::Zero(2, 3)) == taken.log_prob(Eigen::MatrixXd::Zero(2, 3)));
    // NOLINTEND(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
  };
  check(TransformedDistribution{StandardNormal<double, 2>{}, MAF<double, 2>{{8}, rng}});
  check(TransformedDistribution{StandardNormal<double, dynamic>{2}, RealNVP<double, dynamic>{2, 1, {8}, rng}});
  check(TransformedDistribution{StandardNormal<double, 2>{}, OnSlice<2, MAF<double, 2>>{0, MAF<double, 2>{{8}, rng}}});
  check(flows::MAF<double, 2>{{.layers = 2, .hidden = {8}}, rng});
  check(flows::CouplingNSF<double>{{.event_size = 2, .layers = 2, .hidden = {8}}, rng});
  check(MixtureOfGaussians<double, 2>{3, rng});
}
