#include <bijou/distributions/logistic.hpp>

#include "support/location_scale.hpp"

using namespace bijou;

TEMPLATE_TEST_CASE("Logistic agrees with mpmath", "[logistic]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  using One = Eigen::Matrix<T, 1, 1>;
  const Logistic<T, 1> p{One(T(golden::mpmath::loc)), One(T(golden::mpmath::scale))};
  for (const auto& row : golden::mpmath::logistic) {
    location_scale::check_row<T>(p, row, 4, std::is_same_v<T, float> ? 1e-5 : 1e-14);
  }
}

TEST_CASE("Logistic satisfies the laws", "[logistic]") {
  laws::check_distribution(registry::maker<registry::distributions::Logistic>);
  laws::check_distribution(registry::maker<registry::distributions::Logistic, Eigen::Dynamic>);
  laws::check_distribution([]<class T>(T, auto&) { return Logistic<T, 2>{{T(1), T(-2)}, {T(0.5), T(2)}}; });
}

TEST_CASE("Logistic refuses what is not finite and scales that are not positive", "[logistic]") {
  location_scale::check_refusals<Logistic>();
}

TEST_CASE("draws of Logistic have its distribution function", "[logistic]") {
  location_scale::check_draws<Logistic>([](double u) { return 1 / (1 + std::exp(-u)); });
}
