#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/standardize.hpp>
#include <bijou/distributed/checksum.hpp>
#include <cmath>
#include <random>

#include "support/catch.hpp"

using namespace bijou;

namespace {

template <class U>
std::uint64_t checksum_of(U object) {
  detail::Checksum sum;
  sum.add(object);
  return sum.value();
}

}  // namespace

TEST_CASE("a checksum sees every parameter and all state", "[distributed]") {
  std::mt19937_64 rng{1};
  const Chain start{Standardize<float, 2>{}, MAF<float, 2>{{4}, rng}};
  const std::uint64_t before = checksum_of(start);
  CHECK(checksum_of(start) == before);
  auto other = start;
  Eigen::VectorXf parameters(parameter_count(start));
  copy_parameters(start, parameters);
  for (Index i = 0; i < parameters.size(); ++i) {
    Eigen::VectorXf changed = parameters;
    changed(i) = std::nextafter(changed(i), 10.0f);
    assign_parameters(other, changed);
    CHECK(checksum_of(other) != before);
  }
  // Learned, but the same numbers.
  const Standardize<float, 2> known(Eigen::Vector2f(0, 0), Eigen::Vector2f(1, 1));
  CHECK(checksum_of(known) != checksum_of(Standardize<float, 2>{}));
}

TEST_CASE("a checksum of columns does not see what lies between them", "[distributed]") {
  Eigen::MatrixXd all = Eigen::MatrixXd::Random(5, 7);
  const auto of_top = [&] {
    const auto block = all.topRows(3);
    detail::Checksum sum;
    sum.add(detail::columns_of(block));
    return sum.value();
  };
  const std::uint64_t before = of_top();
  all(4, 2) += 1;
  CHECK(of_top() == before);
  all(2, 6) += 1;
  CHECK(of_top() != before);
}
