#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/distributions/laplace.hpp>
#include <bijou/distributions/location_scale.hpp>
#include <bijou/distributions/logistic.hpp>
#include <bijou/distributions/student_t.hpp>
#include <limits>
#include <random>

#include "support/catch.hpp"

using namespace bijou;

TEST_CASE("densities with a location and a scale list these first", "[location_scale]") {
  const StudentT<double, 1> p{Eigen::Matrix<double, 1, 1>(2), Eigen::Matrix<double, 1, 1>(3),
                              Eigen::Matrix<double, 1, 1>(4)};
  std::vector<std::string> names;
  for_each_named_parameter(p, [&](const std::string& path, const auto&) { names.push_back(path); });
  CHECK(names == std::vector<std::string>{"loc", "log_scale", "log_degrees"});
  CHECK(p.loc()(0) == 2);
  CHECK(p.scale()(0) == Approx(3).epsilon(1e-15));
  CHECK(p.degrees()(0) == Approx(4).epsilon(1e-15));
}

TEMPLATE_TEST_CASE("a draw beyond the range of the scalar is the largest number", "[location_scale]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  using One = Eigen::Matrix<T, 1, 1>;
  std::mt19937_64 rng{1};
  const T largest = std::numeric_limits<T>::max();
  const StudentT<T, 1> p{One(0), One(1), One(T(1e-4))};  // P(|t| > 1e308) = 0.93
  const auto x = p.sample(100, rng);
  CHECK((x.array().abs() <= largest).all());
  CHECK((x.array() == largest).any());
  CHECK((x.array() == -largest).any());
  CHECK((p.log_prob(x).array() < 0).all());
}

TEMPLATE_TEST_CASE("an event has the same density wherever it stands", "[location_scale]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const auto check = [](const auto& p) {
    const Eigen::Matrix<T, 1, 40> x = Eigen::Matrix<T, 1, 40>::Constant(T(0.7));
    const auto log_p = p.log_prob(x);
    CHECK((log_p.array() == p.log_prob(Eigen::Matrix<T, 1, 1>(T(0.7)))).all());
  };
  const Eigen::Matrix<T, 1, 1> loc(T(0.1)), scale(T(0.3)), degrees(T(3.3));
  check(DiagonalNormal<T, 1>{loc, scale});
  check(Laplace<T, 1>{loc, scale});
  check(Logistic<T, 1>{loc, scale});
  check(StudentT<T, 1>{loc, scale, degrees});
}
