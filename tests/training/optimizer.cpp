#include <bijou/training/adam.hpp>
#include <bijou/training/optimizer.hpp>
#include <bijou/training/sgd.hpp>
#include <Eigen/Core>
#include <cmath>
#include <limits>

#include "../support/catch.hpp"

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

TEMPLATE_TEST_CASE("update_elementwise gives an element the same result wherever it stands", "[optimizer]", float,
                   double) {
  using Vector = Eigen::Vector<TestType, Eigen::Dynamic>;
  using Packet = bijou::Simd<TestType>;
  const auto update = [](Packet g, Packet& a, Packet& b) {
    b = b * a + g * g;
    a = a / (b + g);
  };
  const auto run = [&](const Vector& g, Vector a, Vector b, int threads) {
    bijou::detail::update_elementwise(g.size(), threads, update, g.data(), a.data(), b.data());
    return (Vector(2 * g.size()) << a, b).finished();
  };
  const bijou::Index most = 40'003;
  const Vector g = Vector::Random(most).array() + 2, a = Vector::Random(most), b = Vector::Random(most);
  const Vector whole = run(g, a, b, 1);
  CHECK(whole.head(most) != a);
  for (const bijou::Index size : {0, 1, 2, 3, 5, 8, 31, 64, 1001, 16'384, 16'385}) {
    for (const bijou::Index first : {0, 1, 3, 700}) {
      const Vector part = run(g.segment(first, size), a.segment(first, size), b.segment(first, size), 3);
      CHECK(part.head(size) == whole.segment(first, size));
      CHECK(part.tail(size) == whole.segment(most + first, size));
    }
  }
}

TEMPLATE_TEST_CASE("without_subnormal changes subnormal numbers only, into 0", "[optimizer]", float, double) {
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
