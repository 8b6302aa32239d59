#include <bijou/bijectors/rotation.hpp>
#include <Eigen/LU>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("Rotation: laws", "[rotation]") {
  laws::check_bijector(registry::maker<registry::bijectors::Rotation>, {.factors = {1, 30}});
  laws::check_bijector(registry::maker<registry::bijectors::Rotation, registry::dynamic>, {.factors = {1}});
}

TEST_CASE("Rotation: laws with an odd number of reflections", "[rotation]") {
  laws::check_bijector([]<class T>(T, auto& rng) { return Rotation<T, Eigen::Dynamic>(laws::normals<T>(5, 3, rng)); },
                       {.factors = {1}});
}

TEST_CASE("Rotation of one coordinate is a mirror for each reflection", "[rotation]") {
  const Rotation<double, 1> mirror(laws::Matrix<double>::Constant(1, 1, -3));
  CHECK(mirror.forward(Eigen::Matrix<double, 1, 1>(5))(0) == -5);
  CHECK(mirror.inverse(Eigen::Matrix<double, 1, 1>(5))(0) == -5);
  CHECK(mirror.forward_log_det(Eigen::Matrix<double, 1, 1>(5)) == 0);
}

namespace {

template <class T>
laws::Matrix<T> matrix_of(const Rotation<T, Eigen::Dynamic>& f) {
  return f.forward(laws::Matrix<T>::Identity(f.event_size(), f.event_size()));
}

}  // namespace

// nflows' orthogonal_test: D = 100, K in {1, 2, 11, 12}.
TEMPLATE_TEST_CASE("Rotation is orthogonal with determinant (-1)^K", "[rotation]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 rng{1};
  for (const Index k : {1, 2, 11, 12}) {
    const laws::Matrix<T> q = matrix_of(Rotation<T, Eigen::Dynamic>(laws::normals<T>(100, k, rng)));
    CHECK((q.transpose() * q).isIdentity(20 * std::numeric_limits<T>::epsilon() * T(10)));
    CHECK(q.determinant() == Approx(k % 2 == 0 ? 1 : -1).epsilon(1e-4));
  }
}

TEST_CASE("Rotation is the product of its reflections, the last one first", "[rotation]") {
  std::mt19937_64 rng{1};
  const laws::Matrix<double> v = laws::normals<double>(4, 3, rng);
  laws::Matrix<double> expected = laws::Matrix<double>::Identity(4, 4);
  for (Index k = 0; k < 3; ++k) {
    expected *= laws::Matrix<double>::Identity(4, 4) - 2 * v.col(k) * v.col(k).transpose() / v.col(k).squaredNorm();
  }
  CHECK(matrix_of(Rotation<double, Eigen::Dynamic>(v)).isApprox(expected, 1e-14));
}

TEMPLATE_TEST_CASE("Rotation: directions matter, lengths do not, and zero reflects nothing", "[rotation]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 rng{1};
  using Dynamic = Rotation<T, Eigen::Dynamic>;
  const laws::Matrix<T> v = laws::normals<T>(4, 3, rng);
  const T tolerance = 20 * std::numeric_limits<T>::epsilon();
  for (const double size : {1e-30, 1e30}) {
    CHECK(matrix_of(Dynamic(static_cast<T>(size) * v)).isApprox(matrix_of(Dynamic(v)), tolerance));
  }
  const laws::Matrix<T> zero = laws::Matrix<T>::Zero(4, 1);
  CHECK(matrix_of(Dynamic(zero)).isIdentity(T(0)));
  const auto gradients = bijou::forward_pullback(Dynamic(zero), v, v, laws::Vector<T>::Ones(3));
  CHECK(gradients.parameters.isZero(T(0)));
  CHECK(gradients.input == v);
  const Rotation<T, 3> fresh{rng};
  CHECK(fresh.vectors().cols() == 2);
  const Eigen::Vector3<T> z(T(1), T(2), T(3));
  CHECK(fresh.forward(z).isApprox(z, tolerance));
  CHECK(parameter_count(Rotation<T, 1>{rng}) == 0);
  CHECK(message_of([&] { Rotation<T, 3>(laws::Matrix<T>::Ones(2, 2)); }) ==
        "Rotation: expected vectors of size 3, got 2");
  CHECK(message_of([&] { Dynamic(0, rng); }) == "Rotation: events need at least one row, got 0");
}
