#include <bijou/training/adam.hpp>
#include <bijou/training/optimizer.hpp>
#include <bijou/training/sgd.hpp>
#include <Eigen/Core>
#include <cmath>
#include <limits>

#include "support/catch.hpp"

namespace {

struct SignDescent {  // p <- p - learning_rate * sign(gradient)
  void step(Eigen::Ref<Eigen::VectorXf> parameters, const Eigen::Ref<const Eigen::VectorXf>& gradient,
            double learning_rate) {
    parameters -= static_cast<float>(learning_rate) * gradient.array().sign().matrix();
  }
};

struct StepsElsewhere {
  void step(Eigen::VectorXf& parameters, double learning_rate);
};

}  // namespace

TEST_CASE("Optimizer holds for the optimizers here and for one of the user's, of the right scalar only",
          "[optimizer]") {
  STATIC_REQUIRE(bijou::Optimizer<bijou::Adam<float>, float>);
  STATIC_REQUIRE(bijou::Optimizer<bijou::AdamW<double>, double>);
  STATIC_REQUIRE(bijou::Optimizer<bijou::SGD<double>&, double>);
  STATIC_REQUIRE(bijou::Optimizer<SignDescent, float>);

  STATIC_REQUIRE_FALSE(bijou::Optimizer<bijou::Adam<float>, double>);
  STATIC_REQUIRE_FALSE(bijou::Optimizer<SignDescent, double>);
  STATIC_REQUIRE_FALSE(bijou::Optimizer<const bijou::Adam<float>, float>);
  STATIC_REQUIRE_FALSE(bijou::Optimizer<StepsElsewhere, float>);
  STATIC_REQUIRE_FALSE(bijou::Optimizer<int, float>);
}

TEMPLATE_TEST_CASE("in_whole_packets covers arrays of any size, and writes back what is not const", "[optimizer]",
                   BIJOU_TEST_SCALARS) {
  using Vector = Eigen::Vector<TestType, Eigen::Dynamic>;
  constexpr bijou::Index width = bijou::detail::packet_size<TestType>;
  for (const bijou::Index size : {0, 1, 2, 3, 5, 8, 31, 64, 1001}) {
    const Vector g = Vector::Random(size);
    Vector a = Vector::Random(size + 1);  // one more, which must stay
    Vector b = Vector::Zero(size);
    const Vector before = a;
    bijou::detail::in_whole_packets<TestType>(
        size,
        [&](bijou::Index count, const TestType* from, TestType* to, TestType* other) {
          CHECK(count % width == 0);
          for (bijou::Index i = 0; i < count; ++i) {
            other[i] += 1;
            to[i] += 2 * from[i];
          }
        },
        g.data(), a.data(), b.data());
    CHECK(a.head(size) == before.head(size) + 2 * g);
    CHECK(a(size) == before(size));
    CHECK(b == Vector::Ones(size));
  }
}

TEMPLATE_TEST_CASE("A step gives an element the same result wherever it stands", "[optimizer]", bijou::AdamW<float>,
                   bijou::AdamW<double>, bijou::SGD<float>) {
  using Vector = typename TestType::Vector;
  const bijou::Index most = 600'003;  // beyond the size from which AdamW goes in longer blocks
  const Vector g = Vector::Random(most);
  const Vector p = Vector::Random(most);
  const auto run = [&](bijou::Index first, bijou::Index size, int threads) {
    TestType optimizer;
    Vector result = p.segment(first, size);
    for (int i = 0; i < 3; ++i) optimizer.step(result, g.segment(first, size), 1e-2, threads);
    return result;
  };
  const Vector whole = run(0, most, 1);
  CHECK(whole != p);
  for (const bijou::Index size : {1, 2, 3, 5, 8, 31, 64, 1001, 16'384, 16'385}) {
    for (const bijou::Index first : {0, 1, 3, 70'000}) {
      CHECK(run(first, size, 3) == whole.segment(first, size));
    }
  }
}

TEMPLATE_TEST_CASE("without_subnormal changes subnormal numbers only, into 0", "[optimizer]", BIJOU_TEST_SCALARS) {
  using limits = std::numeric_limits<TestType>;
  const auto result = [](TestType x) {
    TestType lanes[bijou::detail::packet_size<TestType>];
    bijou::detail::store(lanes, bijou::detail::without_subnormal(bijou::Simd<TestType>(x)).value);
    return lanes[0];
  };
  for (const TestType sign : {TestType{1}, TestType{-1}}) {
    for (const TestType x : {TestType{0}, limits::min(), TestType{1}, limits::max(), limits::infinity()}) {
      CHECK(result(sign * x) == sign * x);
    }
    CHECK(result(sign * limits::denorm_min()) == 0);
    CHECK(result(sign * (limits::min() - limits::denorm_min())) == 0);
  }
  CHECK(std::isnan(result(limits::quiet_NaN())));
}
