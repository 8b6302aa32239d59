#include <bijou/bijou.hpp>
#include <functional>
#include <type_traits>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/under_context.hpp"

using namespace bijou;

namespace {

constexpr int dynamic = Eigen::Dynamic;

template <class P>
P randomised(P p, std::uint64_t seed) {
  std::mt19937_64 rng{seed};
  auto parameters = p.parameters();
  for (auto& value : parameters) value = static_cast<typename P::Scalar>(0.4 * normal(rng));
  p.set_parameters(parameters);
  return p;
}

/// Layers with and without a context, both directions, a base of the context: all that reads one.
template <class T>
auto flow_of_all_parts() {
  std::mt19937_64 rng{3};
  const NetworkOptions with_context{{10, 9}, 2};
  std::vector<MAF<T, 3>> layers{MAF<T, 3>{with_context, rng}, MAF<T, 3>{{8}, rng}};
  return randomised(
      TransformedDistribution{ConditionalDiagonalNormal<T, 3>{{{8}, 2}, rng},
                              Chain{DynamicChain{layers}, Invert{MAF<T, 3>{with_context, rng}}, Permute<3>{2, 0, 1},
                                    RealNVP<T, 3>{1, with_context, rng}, RealNVP<T, 3>{1, {8}, rng}}},
      5);
}

template <class T>
Eigen::Matrix<T, dynamic, dynamic> normals(Index rows, Index cols, std::uint64_t seed) {
  std::mt19937_64 rng{seed};
  Eigen::Matrix<T, dynamic, dynamic> m(rows, cols);
  for (Index n = 0; n < cols; ++n) {
    for (Index i = 0; i < rows; ++i) m(i, n) = static_cast<T>(normal(rng));
  }
  return m;
}

struct ShiftByContext {  // x = z + c
  using Scalar = double;
  static constexpr int static_event_size = 2;
  static constexpr auto members() { return bijou::Members<>{}; }
  static constexpr Index context_size() { return 2; }
  void forward(Evaluation<double> e) const { e.output = e.input + e.pass.context; }
  void inverse(Evaluation<double> e) const { e.output = e.input - e.pass.context; }
  void forward_pullback(Pullback<double> p) const {
    p.input_gradient = p.output_gradient;
    if (p.pass.context_gradient.rows() > 0) p.pass.context_gradient += p.output_gradient;
  }
  void inverse_pullback(Pullback<double> p) const {
    p.input_gradient = p.output_gradient;
    if (p.pass.context_gradient.rows() > 0) p.pass.context_gradient -= p.output_gradient;
  }
};

}  // namespace

TEMPLATE_TEST_CASE("events with contexts of their own equal the same events one by one", "[conditioned]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  const auto flow = flow_of_all_parts<T>();
  CHECK(flow.context_size() == 2);
  // Three tiles, the last of them short.
  const Index n = 300;
  const auto context = normals<T>(2, n, 1);
  const auto x = normals<T>(3, n, 2);
  const T tolerance = 200 * std::numeric_limits<T>::epsilon();
  const auto log_p = flow.given(context).log_prob(x);
  const auto score = flow.given(context).score(x);
  std::mt19937_64 rng{4};
  const auto draws = flow.given(context).sample_with_log_prob(rng);
  CHECK(draws.events.cols() == n);
  std::mt19937_64 same{4};
  for (Index i = 0; i < n; ++i) {
    const Eigen::Matrix<T, 3, 1> event = x.col(i);
    const Eigen::Matrix<T, 2, 1> own = context.col(i);
    REQUIRE(flow.given(own).log_prob(event) == Approx(log_p(i)).epsilon(tolerance));
    REQUIRE((flow.given(own).score(event) - score.col(i)).norm() < tolerance * (1 + score.col(i).norm()));
    const auto draw = flow.given(context.col(i)).sample_with_log_prob(1, same);
    REQUIRE((draw.events - draws.events.col(i)).norm() < tolerance * (1 + draw.events.norm()));
    REQUIRE(draw.log_prob(0) == Approx(draws.log_prob(i)).epsilon(tolerance).margin(tolerance));
  }
  CHECK((flow.given(context).log_prob(draws.events) - draws.log_prob).cwiseAbs().maxCoeff() < 20 * tolerance);
}

TEST_CASE("one context for all events equals as many of it", "[conditioned]") {
  const auto flow = flow_of_all_parts<double>();
  const Eigen::Vector2d context(0.5, -1);
  const Eigen::MatrixXd all = context.replicate(1, 300);
  const auto x = normals<double>(3, 300, 2);
  CHECK(flow.given(context).log_prob(x) == flow.given(all).log_prob(x));
  CHECK(flow.given(context).score(x) == flow.given(all).score(x));
  CHECK(flow.given(context).nll(x) == flow.given(all).nll(x));
  Eigen::VectorXd gradient(flow.parameter_count()), gradient_of_all(flow.parameter_count());
  Eigen::Vector2d d_context;
  Eigen::Matrix2Xd d_all(2, 300);
  CHECK(flow.given(context).nll_gradient(x, gradient, d_context) ==
        flow.given(all).nll_gradient(x, gradient_of_all, d_all));
  CHECK(gradient == gradient_of_all);
  CHECK(d_context.isApprox(d_all.rowwise().sum(), 1e-12));
  flow.given(context).nll_gradient(x, gradient_of_all);
  CHECK(gradient == gradient_of_all);
  std::mt19937_64 rng{1}, same{1};
  CHECK(flow.given(context).sample(300, rng) == flow.given(all).sample(same));
  CHECK(flow.given(context).sample(rng).cols() == 1);
}

TEST_CASE("gradients under contexts against differences", "[conditioned]") {
  const auto flow = flow_of_all_parts<double>();
  const Index n = 140;  // two tiles
  const auto context = normals<double>(2, n, 1);
  const auto x = normals<double>(3, n, 2);
  Eigen::VectorXd gradient(flow.parameter_count());
  Eigen::MatrixXd d_context(2, n);
  flow.given(context).nll_gradient(x, gradient, d_context);
  const double step = 1e-6;
  const auto close = [](double a, double b) { return std::abs(a - b) < 1e-7 * (1 + std::abs(b)); };
  for (const Index j : {Index{0}, Index{63}, Index{130}, n - 1}) {
    for (Index i = 0; i < 2; ++i) {
      Eigen::MatrixXd above = context, below = context;
      above(i, j) += step;
      below(i, j) -= step;
      CHECK(close((flow.given(above).nll(x) - flow.given(below).nll(x)) / (2 * step), d_context(i, j)));
    }
  }
  auto moving = flow;
  for (Index k = 0; k < gradient.size(); k += 5) {
    const auto at = [&](double by) {
      Eigen::VectorXd parameters = flow.parameters();
      parameters(k) += by;
      moving.set_parameters(parameters);
      return moving.given(context).nll(x);
    };
    CHECK(close((at(step) - at(-step)) / (2 * step), gradient(k)));
  }
}

TEST_CASE("a density under a context has the laws of a density: its integral is 1", "[conditioned]") {
  std::mt19937_64 rng{1};
  const auto flow =
      randomised(TransformedDistribution{StandardNormal<double, 1>{}, MAF<double, 1>{NetworkOptions{{6}, 1}, rng}}, 2);
  for (const double c : {-2.0, 0.0, 1.5}) {
    const Eigen::Matrix<double, 1, 1> context(c);
    const Index n = 20'001;
    const Eigen::RowVectorXd x = Eigen::RowVectorXd::LinSpaced(n, -100, 100);
    CHECK(flow.given(context).log_prob(x).array().exp().sum() * (200.0 / (n - 1)) == Approx(1).epsilon(1e-9));
  }
}

TEST_CASE("wrong contexts are refused with expected and given, and nothing has changed", "[conditioned]") {
  const auto flow = flow_of_all_parts<float>();
  const auto x = normals<float>(3, 7, 1);
  const auto context = normals<float>(2, 7, 2);
  std::mt19937_64 rng{1};
  const std::mt19937_64 untouched = rng;
  Eigen::VectorXf gradient = Eigen::VectorXf::Constant(flow.parameter_count(), 7);
  Eigen::MatrixXf d_context = Eigen::MatrixXf::Constant(2, 7, 7);
  Eigen::MatrixXf into = Eigen::MatrixXf::Constant(3, 7, 7);
  Eigen::VectorXf out = Eigen::VectorXf::Constant(7, 7);
  Workspace w;

  const std::string none = "TransformedDistribution: expected a context of 2 rows, got none: call given(context)";
  CHECK(message_of([&] { flow.log_prob(x); }) == none);
  CHECK(message_of([&] { flow.log_prob(x, out); }) == none);
  CHECK(message_of([&] { flow.sample(7, rng); }) == none);
  CHECK(message_of([&] { flow.sample(into, rng, w); }) == none);
  CHECK(message_of([&] { flow.sample_with_log_prob(7, rng); }) == none);
  CHECK(message_of([&] { flow.nll(x); }) == none);
  CHECK(message_of([&] { flow.nll_gradient(x, gradient); }) == none);
  CHECK(message_of([&] { flow.score(x, into); }) == none);

  const std::string rows = "TransformedDistribution: expected a context of 2 rows, got 3";
  CHECK(message_of([&] { flow.given(x); }) == rows);
  CHECK(message_of([&] { flow.given(Eigen::VectorXf(3)); }) == rows);
  CHECK(message_of([&] { flow.given(Eigen::VectorXf()); }) ==
        "TransformedDistribution: expected a context of 2 rows, got 0");

  const std::string columns =
      "TransformedDistribution: expected a context of 1 column or of 7, one for each event, got 6";
  const auto six = flow.given(context.leftCols(6));
  CHECK(message_of([&] { six.log_prob(x); }) == columns);
  CHECK(message_of([&] { six.log_prob(x, out); }) == columns);
  CHECK(message_of([&] { six.sample(7, rng); }) == columns);
  CHECK(message_of([&] { six.sample(into, rng, w); }) == columns);
  CHECK(message_of([&] { six.sample_with_log_prob(into, out, rng, w); }) == columns);
  CHECK(message_of([&] { six.nll(x); }) == columns);
  CHECK(message_of([&] { six.nll_gradient(x, gradient); }) == columns);
  CHECK(message_of([&] { six.nll_gradient(x, gradient, d_context); }) == columns);
  CHECK(message_of([&] { six.score(x, into); }) == columns);
  CHECK(message_of([&] { flow.given(context.leftCols(0)).log_prob(x); }) ==
        "TransformedDistribution: expected a context of 1 column or of 7, one for each event, got 0");

  Eigen::MatrixXf narrow = Eigen::MatrixXf::Constant(2, 1, 7);
  CHECK(message_of([&] { flow.given(context).nll_gradient(x, gradient, narrow); }) ==
        "TransformedDistribution: expected a gradient for the context of 2 x 7, got 2 x 1");

  CHECK(rng == untouched);
  CHECK((gradient.array() == 7).all());
  CHECK((d_context.array() == 7).all());
  CHECK((into.array() == 7).all());
  CHECK((out.array() == 7).all());

  const TransformedDistribution plain{StandardNormal<float, 3>{}, Reverse<3>{}};
  CHECK(message_of([&] { plain.given(x); }) == "TransformedDistribution: takes no context, but one is given");
}

TEST_CASE("draws that would overwrite their context are refused", "[conditioned]") {
  std::mt19937_64 rng{1};
  const TransformedDistribution flow{StandardNormal<float, 2>{}, MAF<float, 2>{NetworkOptions{{6}, 2}, rng}};
  Eigen::MatrixXf both = Eigen::MatrixXf::Random(2, 20);
  const Eigen::MatrixXf before = both;
  const std::string expected = "TransformedDistribution: the draws would overwrite their context: give a copy of it";
  Eigen::VectorXf log_p(10);
  CHECK(message_of([&] { flow.given(both).sample(both, rng); }) == expected);
  CHECK(message_of([&] { flow.given(both.leftCols(10)).sample_with_log_prob(both.middleCols(9, 10), log_p, rng); }) ==
        expected);
  CHECK(both == before);
  CHECK(rng == [] {
    std::mt19937_64 same{1};
    const MAF<float, 2> drawn_before{NetworkOptions{{6}, 2}, same};
    return same;
  }());
  flow.given(both.leftCols(10)).sample(both.rightCols(10), rng);
  CHECK(both.leftCols(10) == before.leftCols(10));
  CHECK(both.rightCols(10) != before.rightCols(10));
}

TEST_CASE("parts that read contexts of different sizes are refused", "[conditioned]") {
  std::mt19937_64 rng{1};
  const MAF<double, 2> two{NetworkOptions{{4}, 2}, rng}, three{NetworkOptions{{4}, 3}, rng}, none{{4}, rng};
  CHECK(message_of([&] { Chain{two, none, three}; }) ==
        "Chain: the parts read contexts of different sizes, 2 and 3 rows");
  CHECK(message_of([&] { DynamicChain{two, none, three}; }) ==
        "DynamicChain: the parts read contexts of different sizes, 2 and 3 rows");
  CHECK(message_of([&] { TransformedDistribution{ConditionalDiagonalNormal<double, 2>{{{4}, 2}, rng}, three}; }) ==
        "TransformedDistribution: the parts read contexts of different sizes, 2 and 3 rows");
  CHECK(context_size(Chain{none, two}) == 2);
  CHECK(context_size(Invert{three}) == 3);
  CHECK(context_size(Chain{none, Reverse<2>{}}) == 0);
}

TEST_CASE("a context is taken from where it lies, or copied", "[conditioned]") {
  std::mt19937_64 rng{1};
  const auto flow =
      randomised(TransformedDistribution{StandardNormal<double, 2>{}, MAF<double, 2>{NetworkOptions{{6}, 2}, rng}}, 2);
  const auto x = normals<double>(2, 5, 3);
  const auto context = normals<double>(2, 5, 4);
  const auto expected = flow.given(context).log_prob(x);
  Eigen::MatrixXd wide(4, 9);
  wide.block(1, 2, 2, 5) = context;
  const auto block = flow.given(wide.block(1, 2, 2, 5));
  CHECK(block.log_prob(x) == expected);
  wide(1, 2) += 1;
  CHECK(block.log_prob(x)(0) != expected(0));  // seen through the view
  const Eigen::Matrix<double, dynamic, dynamic, Eigen::RowMajor> row_major = context;
  CHECK(flow.given(row_major).log_prob(x) == expected);
  CHECK(flow.given(Eigen::MatrixXd(context)).log_prob(x) == expected);
  CHECK(flow.given(0.5 * context + 0.5 * context).log_prob(x) == expected);
  CHECK(flow.given(context.array()).log_prob(x) == expected);
  const auto of_a_temporary = flow.given(normals<double>(2, 5, 4));
  CHECK(of_a_temporary.log_prob(x) == expected);
  const Eigen::Ref<const Eigen::MatrixXd> ref = context;
  CHECK(flow.given(ref).log_prob(x) == expected);
}

TEST_CASE("a context that is not finite spoils its own event alone", "[conditioned]") {
  const auto flow = flow_of_all_parts<float>();
  auto context = normals<float>(2, 40, 1);
  const auto x = normals<float>(3, 40, 2);
  const Eigen::VectorXf expected = flow.given(context).log_prob(x);
  context(1, 7) = std::numeric_limits<float>::quiet_NaN();
  context(0, 20) = std::numeric_limits<float>::infinity();
  const Eigen::VectorXf log_p = flow.given(context).log_prob(x);
  for (Index n = 0; n < 40; ++n) {
    if (n == 7)
      CHECK(std::isnan(log_p(n)));
    else if (n == 20)
      CHECK(!(log_p(n) > -1e30f));
    else
      CHECK(log_p(n) == expected(n));
  }
}

TEST_CASE("a user's own bijector reads the context from the pass", "[conditioned]") {
  const TransformedDistribution flow{StandardNormal<double, 2>{}, Chain{ShiftByContext{}, Reverse<2>{}}};
  CHECK(flow.context_size() == 2);
  const auto context = normals<double>(2, 9, 1);
  const auto x = normals<double>(2, 9, 2);
  const StandardNormal<double, 2> base;
  CHECK(flow.given(context).log_prob(x).isApprox(base.log_prob((x - context).eval()), 1e-14));
  Eigen::VectorXd gradient(0);
  Eigen::MatrixXd d_context(2, 9);
  flow.given(context).nll_gradient(x, gradient, d_context);
  CHECK(d_context.isApprox((context - x) / 9, 1e-14));
}

TEST_CASE("draws follow their own contexts", "[conditioned]") {
  std::mt19937_64 rng{20240701};
  const ConditionalDiagonalNormal<double, 2> p = randomised(ConditionalDiagonalNormal<double, 2>{{{16}, 1}, rng}, 9);
  const Eigen::RowVectorXd two = Eigen::RowVector2d(-1.5, 2);
  Eigen::RowVectorXd context(40'000);
  for (Index n = 0; n < context.size(); ++n) context(n) = two(n % 2);
  const Eigen::Matrix2Xd x = p.given(context).sample(rng);
  for (int which : {0, 1}) {
    Eigen::Matrix2Xd own(2, 20'000);
    for (Index n = 0; n < own.cols(); ++n) own.col(n) = x.col(2 * n + which);
    const auto given = p.given(two.col(which));
    // -E ln p is the entropy; it has a standard error of sqrt(D / 2 / n) = 0.007.
    const double entropy = -given.log_prob(own).mean();
    const double expected = -given.log_prob(given.sample(400'000, rng)).mean();
    CHECK(entropy == Approx(expected).margin(0.04));
    // Under the other context they are less likely.
    CHECK(-p.given(two.col(1 - which)).log_prob(own).mean() > entropy + 0.05);
  }
}
