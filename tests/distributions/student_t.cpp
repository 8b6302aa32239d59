#include <bijou/distributions/student_t.hpp>
#include <cmath>
#include <limits>

#include "support/location_scale.hpp"

using namespace bijou;

TEMPLATE_TEST_CASE("StudentT agrees with mpmath for any degrees and far out", "[student_t]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  using One = Eigen::Matrix<T, 1, 1>;
  for (const auto& row : golden::mpmath::student_t) {
    INFO("degrees = " << row[0]);
    const StudentT<T, 1> p{One(T(golden::mpmath::loc)), One(T(golden::mpmath::scale)), One(static_cast<T>(row[0]))};
    location_scale::check_row<T>(p, row + 1, 5, std::is_same_v<T, float> ? 2e-5 : 1e-13);
  }
}

TEST_CASE("StudentT has the slope in its degrees where it is next to nothing", "[student_t]") {
  using One = Eigen::Matrix<double, 1, 1>;
  for (const auto& row : golden::mpmath::student_t) {
    if (row[0] < 200) continue;
    INFO("degrees = " << row[0] << ", x = " << row[1]);
    const StudentT<double, 1> p{One(golden::mpmath::loc), One(golden::mpmath::scale), One(row[0])};
    Eigen::Vector3d gradient;
    p.nll_gradient(One(row[1]), gradient);
    CHECK(-gradient(2) == Approx(row[5]).epsilon(1e-12));
  }
}

TEMPLATE_TEST_CASE("StudentT of few degrees has a density at every number", "[student_t]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  using One = Eigen::Matrix<T, 1, 1>;
  constexpr T largest = std::numeric_limits<T>::max();
  for (const double degrees : {0.01, 0.1, 0.3, 0.9999, 1.0, 1.5}) {
    INFO("degrees = " << degrees);
    const StudentT<T, 1> p{One(0), One(1), One(static_cast<T>(degrees))};
    const double at_0 = static_cast<double>(p.log_prob(One(0)));
    for (const double x : {3.0, 1e4, 1e18, 1e37, static_cast<double>(largest)}) {
      // ln(1 + x^2 / nu), where 1 is nothing beside the rest
      const double log = x < 1e9 ? std::log1p(x * x / degrees) : 2 * std::log(x) - std::log(degrees);
      const double expected = at_0 - 0.5 * (degrees + 1) * log;
      CHECK(static_cast<double>(p.log_prob(One(static_cast<T>(x)))) ==
            Approx(expected).epsilon(std::is_same_v<T, float> ? 1e-5 : 1e-13));
      Eigen::Vector<T, 3> gradient;
      p.nll_gradient(One(static_cast<T>(-x)), gradient);
      CHECK(gradient.allFinite());
    }
    std::mt19937_64 rng{1};
    CHECK(p.log_prob(p.sample(20'000, rng)).allFinite());
  }
}

TEST_CASE("StudentT satisfies the laws", "[student_t]") {
  laws::check_distribution(registry::maker<registry::distributions::StudentT>);
  laws::check_distribution(registry::maker<registry::distributions::StudentT, Eigen::Dynamic>);
  laws::check_distribution(
      []<class T>(T, auto&) { return StudentT<T, 2>{{T(1), T(-2)}, {T(0.5), T(2)}, {T(9), T(7)}}; });
}

TEST_CASE("StudentT refuses degrees that are not positive", "[student_t]") {
  using Two = StudentT<double, 2>;
  const Eigen::Vector2d one(1, 1);
  CHECK(message_of([&] { Two{one, one, Eigen::Vector2d(1, 0)}; }) ==
        "StudentT: degrees must be finite and positive, got 0 in coordinate 1");
  CHECK(message_of([&] { Two{one, -one, one}; }) ==
        "StudentT: a scale must be finite and positive, got -1 in coordinate 0");
  CHECK(message_of([&] { StudentT<double, Eigen::Dynamic>{one, one, Eigen::Vector3d(1, 1, 1)}; }) ==
        "StudentT: expected degrees of size 2, got 3");
  Two p{one, one, one};
  CHECK(message_of([&] { p.set_parameters(Eigen::VectorXd::Constant(6, 800)); }).starts_with("StudentT: log_scale"));
}

TEST_CASE("StudentT learns its degrees from draws", "[student_t]") {
  using One = Eigen::Matrix<double, 1, 1>;
  std::mt19937_64 rng{3};
  const Eigen::MatrixXd x = StudentT<double, 1>{One(1), One(2), One(4)}.sample(50'000, rng);
  StudentT<double, 1> p{One(0), One(1), One(30)};
  Eigen::Vector3d gradient;
  for (int step = 0; step < 400; ++step) {
    p.nll_gradient(x, gradient);
    p.set_parameters(p.parameters() - 1.0 * gradient);
  }
  CHECK(p.loc()(0) == Approx(1).margin(0.05));
  CHECK(p.scale()(0) == Approx(2).margin(0.05));
  CHECK(p.degrees()(0) == Approx(4).margin(0.3));
}
