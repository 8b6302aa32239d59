#include <bijou/distributions/laplace.hpp>

#include "support/location_scale.hpp"

using namespace bijou;

TEMPLATE_TEST_CASE("Laplace agrees with mpmath", "[laplace]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  using One = Eigen::Matrix<T, 1, 1>;
  const Laplace<T, 1> p{One(T(golden::mpmath::loc)), One(T(golden::mpmath::scale))};
  for (const auto& row : golden::mpmath::laplace) {
    location_scale::check_row<T>(p, row, 4, std::is_same_v<T, float> ? 1e-5 : 1e-14);
  }
}

TEST_CASE("Laplace satisfies the laws", "[laplace]") {
  laws::check_distribution(registry::maker<registry::distributions::Laplace>);
  laws::check_distribution(registry::maker<registry::distributions::Laplace, Eigen::Dynamic>);
  laws::check_distribution([]<class T>(T, auto&) { return Laplace<T, 2>{{T(1), T(-2)}, {T(0.5), T(2)}}; });
}

TEST_CASE("Laplace refuses what is not finite and scales that are not positive", "[laplace]") {
  location_scale::check_refusals<Laplace>();
}

TEST_CASE("draws of Laplace have its distribution function", "[laplace]") {
  location_scale::check_draws<Laplace>([](double u) { return u < 0 ? std::exp(u) / 2 : 1 - std::exp(-u) / 2; });
}
