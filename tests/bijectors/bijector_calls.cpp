#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/bijectors/permute.hpp>
#include <string>
#include <type_traits>

#include "support/archetypes.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

constexpr int dynamic = Eigen::Dynamic;
using Row1 = Eigen::RowVectorXd;

Affine<double, 3> affine() { return {{1, 2, 3}, {2, -4, 0.5}}; }

// x = (1 + 2 z_0, 2 - 4 z_1, 3 + z_2 / 2), column by column.
Eigen::Matrix3Xd expected_forward(const Eigen::Matrix3Xd& z) {
  Eigen::Matrix3Xd x(3, z.cols());
  for (Index n = 0; n < z.cols(); ++n) x.col(n) << 1 + 2 * z(0, n), 2 - 4 * z(1, n), 3 + z(2, n) / 2;
  return x;
}

Eigen::Matrix3Xd some_events(Index n) {
  Eigen::Matrix3Xd events(3, n);
  for (Index i = 0; i < events.size(); ++i) events.data()[i] = std::sin(static_cast<double>(i));
  return events;
}

}  // namespace

TEST_CASE("a batch of any width passes, also wider than a tile", "[bijector_calls]") {
  for (const Index n : {1, 2, 127, 128, 129, 300}) {
    INFO(n);
    const Eigen::Matrix3Xd z = some_events(n);
    const auto [x, log_det] = forward_and_log_det(affine(), z);
    static_assert(std::is_same_v<decltype(x), const Eigen::Matrix3Xd>);
    static_assert(std::is_same_v<decltype(log_det), const Eigen::VectorXd>);
    CHECK(x.isApprox(expected_forward(z), 1e-15));
    CHECK(log_det.isApprox(Eigen::VectorXd::Constant(n, std::log(4.0)), 1e-15));
    CHECK(inverse(affine(), x).isApprox(z, 1e-14));
    CHECK(inverse_log_det(affine(), x).isApprox(-log_det, 1e-15));
    CHECK(forward(affine(), z) == x);
    CHECK(forward_log_det(affine(), z) == log_det);
  }
}

TEST_CASE("events may be stored and written in any way", "[bijector_calls]") {
  const Eigen::Matrix3Xd z = some_events(200);
  const Eigen::Matrix3Xd x = forward(affine(), z);

  const Eigen::Matrix<double, 3, dynamic, Eigen::RowMajor> row_major = z;
  CHECK(forward(affine(), row_major) == x);
  const Eigen::MatrixXd no_static_size = z;
  CHECK(forward(affine(), no_static_size) == x);
  CHECK(forward(affine(), z.middleCols(20, 150)) == x.middleCols(20, 150));
  Eigen::MatrixXd larger = Eigen::MatrixXd::Random(9, 200);
  larger.middleRows(4, 3) = z;
  CHECK(forward(affine(), larger.middleRows(4, 3)) == x);
  CHECK(forward(affine(), larger.middleRows<3>(4)) == x);
  CHECK(forward(affine(), larger.block(4, 20, 3, 150)) == x.middleCols(20, 150));
  CHECK(forward(affine(), z.array()) == x);
  CHECK(forward(affine(), Eigen::ArrayXXd(z)) == x);
  CHECK(forward(affine(), -(-z)) == x);
  CHECK(forward(affine(), (0.5 * z).array() * 2) == x);
  CHECK(forward(affine(), Eigen::MatrixXd(z.transpose()).transpose()) == x);
  CHECK(forward(affine(), z.rowwise().reverse()) == x.rowwise().reverse());
  CHECK(forward(affine(), Eigen::Map<const Eigen::Matrix3Xd>(z.data(), 3, 200)) == x);
  using EverySecond = Eigen::Map<const Eigen::Matrix3Xd, 0, Eigen::OuterStride<>>;
  CHECK(forward(affine(), EverySecond(z.data(), 3, 100, Eigen::OuterStride<>(6))).col(7) == x.col(14));
  const Eigen::Ref<const Eigen::MatrixXd> ref = z;
  CHECK(forward(affine(), ref) == x);
  const Eigen::Matrix<double, 3, 4> fixed = z.leftCols<4>();
  const auto fixed_x = forward(affine(), fixed);
  static_assert(std::is_same_v<decltype(fixed_x), const Eigen::Matrix<double, 3, 4>>);
  CHECK(fixed_x == x.leftCols<4>());
  CHECK(forward(affine(), Eigen::Matrix3Xf::Constant(3, 2, 0.5f).cast<double>()) ==
        forward(affine(), Eigen::Matrix3Xd::Constant(3, 2, 0.5)));
}

TEST_CASE("a compile-time vector is one event and its log-det a scalar", "[bijector_calls]") {
  const Eigen::Vector3d z(1, 2, 3);
  const auto [x, log_det] = forward_and_log_det(affine(), z);
  static_assert(std::is_same_v<decltype(x), const Eigen::Vector3d>);
  static_assert(std::is_same_v<decltype(log_det), const double>);
  CHECK(x == Eigen::Vector3d(3, -6, 4.5));
  CHECK(log_det == Approx(std::log(4.0)));
  CHECK(forward(affine(), z.array()) == x);
  CHECK(forward(affine(), some_events(5).col(3)) == forward(affine(), some_events(5)).col(3));
  CHECK(forward(affine(), Eigen::VectorXd(z)) == x);

  const auto gradients = forward_pullback(affine(), z, Eigen::Vector3d(1, 1, 1), Eigen::Matrix<double, 1, 1>(2.0));
  static_assert(std::is_same_v<decltype(gradients.input), Eigen::Vector3d>);
  CHECK(gradients.input == Eigen::Vector3d(2, -4, 0.5));
}

TEST_CASE("one coordinate: a batch is a row vector", "[bijector_calls]") {
  const Affine<double, 1> f{Eigen::Matrix<double, 1, 1>(1.0), Eigen::Matrix<double, 1, 1>(-3.0)};
  const Row1 z = Row1::LinSpaced(200, -1, 1);
  CHECK(Row1(forward(f, z)).isApprox((1 - 3 * z.array()).matrix(), 1e-15));
  CHECK(forward(f, Eigen::Matrix<double, 1, 1>(2.0))(0) == -5);
}

TEST_CASE("sizes known at run time", "[bijector_calls]") {
  const Eigen::Matrix3Xd z = some_events(140);
  const Affine<double, dynamic> f{affine().shift(), affine().scale()};
  const auto x = forward(f, z);
  static_assert(std::is_same_v<decltype(x), const Eigen::Matrix3Xd>);  // the batch knows what the map does not
  CHECK(x == forward(affine(), z));
  const auto y = forward(f, Eigen::MatrixXd(z));
  static_assert(std::is_same_v<decltype(y), const Eigen::MatrixXd>);
  CHECK(y == x);
}

TEST_CASE("a map that takes any scalar works in that of the batch", "[bijector_calls]") {
  const Permute<3> p{2, 0, 1};
  const auto x = forward(p, Eigen::Vector3f(1, 2, 3));
  static_assert(std::is_same_v<decltype(x), const Eigen::Vector3f>);
  CHECK(x == Eigen::Vector3f(3, 1, 2));
  CHECK(forward(p, Eigen::Vector3d(1, 2, 3)) == Eigen::Vector3d(3, 1, 2));
}

TEST_CASE("a batch of no events gives no events", "[bijector_calls]") {
  const Eigen::Matrix3Xd none(3, 0);
  const auto [x, log_det] = forward_and_log_det(affine(), none);
  CHECK(x.rows() == 3);
  CHECK(x.cols() == 0);
  CHECK(log_det.size() == 0);
  const auto gradients = inverse_pullback(affine(), none, none, Eigen::VectorXd());
  CHECK(gradients.input.cols() == 0);
  CHECK(gradients.parameters == Eigen::VectorXd::Zero(6));
}

TEST_CASE("a batch of the wrong number of rows is refused", "[bijector_calls]") {
  const Eigen::MatrixXd two = Eigen::MatrixXd::Zero(2, 7);
  const Eigen::MatrixXd none = Eigen::MatrixXd::Zero(0, 7);
  const Eigen::VectorXd one = Eigen::VectorXd::Zero(7);
  CHECK(message_of([&] { forward(affine(), two); }) == "Affine: expected events of 3 rows, got 2");
  CHECK(message_of([&] { inverse(affine(), none); }) == "Affine: expected events of 3 rows, got 0");
  CHECK(message_of([&] { forward_log_det(affine(), one); }) == "Affine: expected events of 3 rows, got 7");
  CHECK(message_of([&] { inverse_log_det(affine(), two.leftCols(0)); }) == "Affine: expected events of 3 rows, got 2");
  const Affine<double, dynamic> f{affine().shift(), affine().scale()};
  CHECK(message_of([&] { forward(f, two); }) == "Affine: expected events of 3 rows, got 2");
  CHECK(message_of([&] {
          forward(archetypes::Shift<float>({0.5f, -1.0f}), Eigen::MatrixXf(Eigen::MatrixXf::Zero(3, 4)));
        }) == "bijector: expected events of 2 rows, got 3");
}

TEST_CASE("pullbacks weigh the gradients of value and log-det", "[bijector_calls]") {
  for (const Index n : {1, 5, 300}) {
    const Eigen::Matrix3Xd z = some_events(n);
    const Eigen::Matrix3Xd weight = some_events(n).rowwise().reverse();
    const Eigen::VectorXd log_det_weight = Eigen::VectorXd::LinSpaced(n, 1, 2);
    const Eigen::Vector3d scale = affine().scale();

    const auto back = forward_pullback(affine(), z, weight, log_det_weight);
    static_assert(std::is_same_v<decltype(back.input), Eigen::Matrix3Xd>);
    CHECK(back.input.isApprox(scale.asDiagonal() * weight, 1e-14));
    CHECK(back.parameters.head(3).isApprox(weight.rowwise().sum(), 1e-12));
    const Eigen::Vector3d scale_gradient =
        weight.cwiseProduct(z).rowwise().sum() + log_det_weight.sum() * scale.cwiseInverse();
    CHECK(back.parameters.tail(3).isApprox(scale_gradient, 1e-12));

    // Weights may be stored in any way too.
    const Eigen::Array<double, dynamic, dynamic, Eigen::RowMajor> row_major = weight.array();
    const auto same = forward_pullback(affine(), z.array(), row_major, log_det_weight.transpose());
    CHECK(same.input == back.input);
    CHECK(same.parameters == back.parameters);

    const auto inverse_back = inverse_pullback(affine(), z, weight, log_det_weight);
    CHECK(inverse_back.input.isApprox(scale.cwiseInverse().asDiagonal() * weight, 1e-14));
    CHECK(inverse_back.parameters.head(3).isApprox(-inverse_back.input.rowwise().sum(), 1e-12));
  }
}

TEST_CASE("gradients of the wrong shape are refused", "[bijector_calls]") {
  const Eigen::Matrix3Xd z = some_events(4);
  const Eigen::VectorXd four = Eigen::VectorXd::Zero(4);
  CHECK(message_of([&] { forward_pullback(affine(), z, Eigen::MatrixXd(some_events(5)), four); }) ==
        "Affine: the gradient for the output must have the shape of the input");
  CHECK(message_of([&] { inverse_pullback(affine(), z, Eigen::MatrixXd(2, 4), four); }) ==
        "Affine: the gradient for the output must have the shape of the input");
  CHECK(message_of([&] { inverse_pullback(affine(), z, z, Eigen::VectorXd(5)); }) ==
        "Affine: expected a gradient for the log-det of size 4, got 5");
  CHECK(message_of([&] { forward_pullback(affine(), Eigen::MatrixXd(2, 4), z, four); }) ==
        "Affine: expected events of 3 rows, got 2");
}

TEST_CASE("a user's own bijectors have the same calls", "[bijector_calls]") {
  const archetypes::Shift<float> shift({0.5f, -1.0f});
  CHECK(forward(shift, Eigen::Vector2f(1, 1)) == Eigen::Vector2f(1.5f, 0.0f));
  const archetypes::Stretch<double> stretch(2, std::log(2.0));
  const auto [x, log_det] = forward_and_log_det(stretch, Eigen::Matrix2Xd::Ones(2, 150));
  CHECK(x.isApprox(Eigen::Matrix2Xd::Constant(2, 150, 2.0)));
  CHECK(log_det.isApprox(Eigen::VectorXd::Constant(150, 2 * std::log(2.0))));
  const auto gradients = forward_pullback(stretch, Eigen::Matrix2Xd::Ones(2, 150), Eigen::Matrix2Xd::Ones(2, 150),
                                          Eigen::VectorXd::Ones(150));
  CHECK(gradients.parameters(0) == Approx(300 * 2 + 2 * 150));  // tiles add up
}

// The log-dets of maps of any scalar are summed in double and given in the scalar of the batch.
TEST_CASE("a user's own bijector of any scalar, with a cache", "[bijector_calls]") {
  const archetypes::Opposite f(2);
  const auto [x, log_det] = forward_and_log_det(f, Eigen::Vector2f(1, 2));
  static_assert(std::is_same_v<decltype(log_det), const float>);
  CHECK(x == Eigen::Vector2f(-2, -4));
  CHECK(log_det == Approx(2 * std::log(2.0)));
  const auto back = inverse_pullback(f, Eigen::Vector2d(1, 2), Eigen::Vector2d(2, 4), Eigen::Vector<double, 1>(1.0));
  CHECK(back.input == Eigen::Vector2d(-1, -2));
  CHECK(back.parameters.size() == 0);
}

namespace {

// A struct of the smallest bijector with the calls as members.
struct WithCalls : archetypes::Shift<float>, BijectorCalls<WithCalls> {
  using Shift = archetypes::Shift<float>;
  using Shift::Shift;
  using BijectorCalls<WithCalls>::forward;
  using BijectorCalls<WithCalls>::inverse;
  using Shift::forward;
  using Shift::inverse;
};

}  // namespace

TEST_CASE("a user's own bijector takes the calls as members", "[bijector_calls]") {
  static_assert(Bijector<WithCalls>);
  const WithCalls f({0.5f, -1.0f});
  CHECK(f.forward(Eigen::Vector2f(1, 1)) == Eigen::Vector2f(1.5f, 0.0f));
  CHECK(f.inverse(Eigen::Vector2f(1.5f, 0.0f)) == Eigen::Vector2f(1, 1));
  CHECK(f.forward_log_det(Eigen::Vector2f(1, 1)) == 0);
  CHECK(f.inverse_log_det(Eigen::Matrix2Xf(2, 3)).size() == 3);
}
