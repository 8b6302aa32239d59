#include <bijou/distributions/distribution_calls.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <numbers>
#include <type_traits>

#include "support/densities.hpp"
#include "support/flows.hpp"
#include "support/tolerance.hpp"

using namespace bijou;

namespace {

constexpr int dynamic = Eigen::Dynamic;
using RowMajor = Eigen::Matrix<double, dynamic, dynamic, Eigen::RowMajor>;

/// Any mutable expression stands for itself: check(expression) for matrices, blocks and maps of every storage that are
/// rows x cols, each with a frame that must stay as it is.
template <class Check>
void for_each_writable_matrix(Index rows, Index cols, Check check) {
  const double frame = 77;
  const auto in_frame = [&](auto whole) {
    whole.setConstant(frame);
    check(whole.block(2, 1, rows, cols));
    auto around = whole;
    around.block(2, 1, rows, cols).setConstant(frame);
    CHECK((around.array() == frame).all());
  };
  in_frame(Eigen::MatrixXd(rows + 3, cols + 4));
  in_frame(RowMajor(rows + 3, cols + 4));
  in_frame(Eigen::ArrayXXd(rows + 3, cols + 4));
  Eigen::MatrixXd matrix(rows, cols);
  check(matrix);
  check(matrix.leftCols(cols));
  check(matrix.array());
  RowMajor row_major(rows, cols);
  check(row_major);
  check(row_major.leftCols(cols));
  Eigen::MatrixXd transposed(cols, rows);
  check(transposed.transpose());
  Eigen::VectorXd memory = Eigen::VectorXd::Constant(3 * rows * cols + 7, frame);
  using Strides = Eigen::Stride<dynamic, dynamic>;
  check(Eigen::Map<Eigen::MatrixXd, 0, Strides>(memory.data(), rows, cols, Strides(3 * rows, 3)));
  for (Index k = 0; k < memory.size(); ++k) {
    if (k % 3 != 0 || k >= 3 * rows * cols) CHECK(memory(k) == frame);
  }
  check(
      Eigen::Map<Eigen::MatrixXd, 0, Eigen::OuterStride<>>(memory.data(), rows, cols, Eigen::OuterStride<>(rows + 1)));
  Eigen::Ref<Eigen::MatrixXd> ref(matrix);
  check(ref);
}

/// The same for vectors of n.
template <class Check>
void for_each_writable_vector(Index n, Check check) {
  Eigen::VectorXd vector(n);
  check(vector);
  check(vector.head(n));
  check(vector.array());
  Eigen::RowVectorXd row(n);
  check(row);
  Eigen::Array<double, 1, dynamic> row_array(n);
  check(row_array);
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Constant(3, n + 2, 77);
  check(matrix.row(1).head(n));
  CHECK((matrix.row(0).array() == 77).all());
  CHECK((matrix.row(2).array() == 77).all());
  CHECK((matrix.row(1).tail(2).array() == 77).all());
  RowMajor row_major = RowMajor::Constant(n, 3, 77);
  check(row_major.col(1));
  CHECK((row_major.col(0).array() == 77).all());
  CHECK((row_major.col(2).array() == 77).all());
  Eigen::VectorXd memory = Eigen::VectorXd::Constant(2 * n, 77);
  check(Eigen::Map<Eigen::VectorXd, 0, Eigen::InnerStride<2>>(memory.data(), n));
  for (Index k = 1; k < 2 * n; k += 2) CHECK(memory(k) == 77);
  Eigen::Ref<Eigen::VectorXd> ref(vector);
  check(ref);
}

}  // namespace

TEST_CASE("a density takes batches of any width and storage", "[distribution_calls]") {
  const StandardNormal<double, 3> p;
  for (const Index n : {0, 1, 127, 128, 129, 500}) {
    const Eigen::Matrix3Xd x = Eigen::Matrix3Xd::Random(3, n);
    const auto log_p = p.log_prob(x);
    static_assert(std::is_same_v<decltype(log_p), const Eigen::VectorXd>);
    REQUIRE(log_p.size() == n);
    for (Index i = 0; i < n; ++i) REQUIRE(log_p(i) == Approx(p.log_prob(Eigen::Vector3d(x.col(i)))).epsilon(1e-14));
    const Eigen::Array<double, dynamic, dynamic, Eigen::RowMajor> row_major = x.array();
    CHECK(p.log_prob(row_major) == log_p);
    Eigen::MatrixXd larger = Eigen::MatrixXd::Zero(8, n + 2);
    larger.block(2, 1, 3, n) = x;
    CHECK(p.log_prob(larger.block(2, 1, 3, n)) == log_p);
    CHECK(p.log_prob(x.array() + 0.0) == log_p);  // an expression that lies nowhere
  }
}

TEST_CASE("a compile-time vector is one event and its density a scalar", "[distribution_calls]") {
  const StandardNormal<float, 2> p;
  const auto log_p = p.log_prob(Eigen::Vector2f(1, 2));
  static_assert(std::is_same_v<decltype(log_p), const float>);
  CHECK(log_p == Approx(-2.5 - std::log(2 * std::numbers::pi)));
  CHECK(p.nll(Eigen::Vector2f(1, 2)) == -log_p);
  const auto score = p.score(Eigen::Vector2f(1, 2));
  static_assert(std::is_same_v<decltype(score), const Eigen::Vector2f>);
  CHECK(score == Eigen::Vector2f(-1, -2));
}

TEST_CASE("batches of the wrong number of rows and numbers of draws below zero are refused", "[distribution_calls]") {
  const StandardNormal<double, 3> p;
  CHECK(message_of([&] { p.log_prob(Eigen::MatrixXd(Eigen::MatrixXd::Zero(2, 5))); }) ==
        "StandardNormal: expected events of 3 rows, got 2");
  CHECK(message_of([&] { p.log_prob(Eigen::MatrixXd(Eigen::MatrixXd::Zero(0, 0))); }) ==
        "StandardNormal: expected events of 3 rows, got 0");
  std::mt19937_64 rng{1};
  CHECK(message_of([&] { p.sample(-1, rng); }) == "StandardNormal: cannot draw -1 events");
  CHECK(message_of([&] { p.sample_with_log_prob(-1, rng); }) == "StandardNormal: cannot draw -1 events");
  CHECK(rng == std::mt19937_64{1});
  CHECK(p.sample(0, rng).cols() == 0);
}

TEST_CASE("draws come in the size of the density", "[distribution_calls]") {
  std::mt19937_64 rng{1};
  const auto x = StandardNormal<float, 2>{}.sample(7, rng);
  static_assert(std::is_same_v<decltype(x), const Eigen::Matrix2Xf>);
  CHECK(x.cols() == 7);
  const auto y = StandardNormal<double, dynamic>{4}.sample(7, rng);
  static_assert(std::is_same_v<decltype(y), const Eigen::MatrixXd>);
  CHECK(y.rows() == 4);
}

TEST_CASE("any generator will do, also a temporary", "[distribution_calls]") {
  const auto flow = bent_flows::mixed<double>(1);
  std::mt19937_64 rng{7};
  CHECK(flow.sample(5, std::mt19937_64{7}) == flow.sample(5, rng));
  std::minstd_rand small{7};
  CHECK(flow.sample(5, std::minstd_rand{7}) == flow.sample(5, small));
  CHECK(flow.sample_with_log_prob(5, std::minstd_rand{7}).events == flow.sample(5, std::minstd_rand{7}));
}

TEST_CASE("densities go into any vector", "[distribution_calls]") {
  const auto flow = bent_flows::mixed<double>(1);
  std::mt19937_64 rng{2};
  for (const Index n : {1, 200}) {
    const Eigen::Matrix2Xd x = flow.sample(n, rng);
    const Eigen::VectorXd expected = flow.log_prob(x);
    Workspace workspace;
    for_each_writable_vector(n, [&](auto&& out) {
      out.setConstant(77);
      flow.log_prob(x, out, workspace);
      CHECK((out.matrix().reshaped().array() == expected.array()).all());
    });
    Eigen::VectorXd longer = Eigen::VectorXd::Zero(n + 2);
    flow.log_prob(x, longer.head(n), workspace);
    CHECK(longer.head(n) == expected);
    CHECK(longer.tail(2) == Eigen::Vector2d::Zero());
    flow.log_prob(x, longer.segment(1, n));
    CHECK(longer.segment(1, n) == expected);
  }
  Eigen::Matrix<double, 1, 1> one;
  flow.log_prob(Eigen::Vector2d(0.5, 0.25), one);
  CHECK(one(0) == flow.log_prob(Eigen::Vector2d(0.5, 0.25)));
}

TEST_CASE("draws go into any matrix", "[distribution_calls]") {
  const auto flow = bent_flows::mixed<double>(1);
  for (const Index n : {1, 200}) {
    std::mt19937_64 rng{3};
    const Sample<double, 2> expected = flow.sample_with_log_prob(n, rng);
    Workspace workspace;
    for_each_writable_matrix(2, n, [&](auto&& x) {
      rng.seed(3);
      flow.sample(x, rng, workspace);
      CHECK((x.matrix() - expected.events).cwiseAbs().maxCoeff() == 0);
      x.setConstant(77);
      Eigen::VectorXd log_p = Eigen::VectorXd::Zero(n + 1);
      rng.seed(3);
      flow.sample_with_log_prob(x, log_p.head(n), rng, workspace);
      CHECK((x.matrix() - expected.events).cwiseAbs().maxCoeff() == 0);
      CHECK(log_p.head(n) == expected.log_prob);
      CHECK(log_p(n) == 0);
    });
  }
}

TEST_CASE("scores go into any matrix", "[distribution_calls]") {
  const auto flow = bent_flows::mixed<double>(1);
  std::mt19937_64 rng{4};
  for (const Index n : {1, 200}) {
    const Eigen::Matrix2Xd x = flow.sample(n, rng);
    const Eigen::Matrix2Xd expected = flow.score(x);
    Workspace workspace;
    for_each_writable_matrix(2, n, [&](auto&& out) {
      out.setConstant(77);
      flow.score(x, out, workspace);
      CHECK((out.matrix() - expected).cwiseAbs().maxCoeff() == 0);
    });
  }
  Eigen::Matrix2Xd out(2, 3);
  CHECK(message_of([&] { flow.score(Eigen::Matrix2Xd::Zero(2, 4), out); }) ==
        "TransformedDistribution: the score must have the shape of the events");
}

TEST_CASE("the gradient goes into any contiguous vector", "[distribution_calls]") {
  const auto flow = bent_flows::mixed<double>(1);
  std::mt19937_64 rng{5};
  const Eigen::Matrix2Xd x = flow.sample(200, rng);
  const Index count = flow.parameter_count();
  Eigen::VectorXd expected(count);
  const double nll = flow.nll_gradient(x, expected);
  Workspace workspace;
  Eigen::MatrixXd columns = Eigen::MatrixXd::Constant(count, 3, 77);
  CHECK(flow.nll_gradient(x, columns.col(1), workspace) == nll);
  CHECK(columns.col(1) == expected);
  CHECK((columns.col(0).array() == 77).all());
  CHECK((columns.col(2).array() == 77).all());
  RowMajor rows(2, count);
  CHECK(flow.nll_gradient(x, rows.row(1), workspace) == nll);
  CHECK(rows.row(1).transpose() == expected);
  Eigen::VectorXd padded = Eigen::VectorXd::Constant(count + 3, 77);
  CHECK(flow.nll_gradient(x, padded.segment(2, count)) == nll);
  CHECK(padded.segment(2, count) == expected);
  CHECK((padded.head(2).array() == 77).all());
  CHECK(padded(count + 2) == 77);
  Eigen::ArrayXd array(count);
  CHECK(flow.nll_gradient(x, array) == nll);
  CHECK(array.matrix() == expected);
  std::vector<double> memory(static_cast<std::size_t>(count));
  CHECK(flow.nll_gradient(x, Eigen::Map<Eigen::VectorXd>(memory.data(), count)) == nll);
  CHECK(Eigen::Map<Eigen::VectorXd>(memory.data(), count) == expected);
}

TEST_CASE("a workspace may be a temporary", "[distribution_calls]") {
  const auto flow = bent_flows::mixed<double>(1);
  std::mt19937_64 rng{6};
  const Eigen::Matrix2Xd x = flow.sample(300, rng, Workspace{2});
  rng.seed(6);
  CHECK(flow.sample(300, rng) == x);
  CHECK(flow.log_prob(x, Workspace{2}) == flow.log_prob(x));
  CHECK(flow.score(x, Workspace{2}) == flow.score(x));
  CHECK(flow.nll(x, Workspace{2}) == flow.nll(x));
  Eigen::VectorXd gradient(flow.parameter_count());
  Eigen::VectorXd same(flow.parameter_count());
  CHECK(flow.nll_gradient(x, gradient, Workspace{2}) == flow.nll_gradient(x, same));
  CHECK(gradient == same);
  Eigen::VectorXd log_p(300);
  flow.log_prob(x, log_p, Workspace{2});
  CHECK(log_p == flow.log_prob(x));
  Eigen::Matrix2Xd draws(2, 300);
  rng.seed(6);
  flow.sample_with_log_prob(draws, log_p, rng, Workspace{2});
  CHECK(draws == x);
  Eigen::Matrix2Xd score(2, 300);
  flow.score(x, score, Workspace{2});
  CHECK(score == flow.score(x));
}

TEST_CASE("nll of one event is that of its density", "[distribution_calls]") {
  const auto flow = bent_flows::real_nvp<float>(2);
  const Eigen::Vector2f x(0.5f, 1);
  CHECK(flow.nll(x) == Approx(-flow.log_prob(x)));
  Eigen::VectorXf gradient(flow.parameter_count());
  CHECK(flow.nll_gradient(x, gradient) == Approx(-flow.log_prob(x)));
}
