#include <bijou/bijectors/elementwise_formulas.hpp>
#include <bijou/bijectors/lu_linear.hpp>
#include <bijou/bijectors/planar.hpp>
#include <bijou/bijectors/radial.hpp>
#include <bijou/bijectors/rotation.hpp>
#include <bijou/bijectors/triangular_affine.hpp>
#include <cmath>

#include "support/golden.hpp"

// The numbers were made with `python from_formulas.py` in this folder: mpmath 1.3, 40 digits.

using namespace bijou;

namespace {

using Event = Eigen::Vector4d;

const Event event = golden::formula(1, 1, 0.2, 4);

template <class B>
B with_parameters(B bijector) {
  assign_parameters(bijector, golden::formula(0.4, 1.3, 0.7, parameter_count(bijector)));
  return bijector;
}

template <class Result>
void check(const Result& result, const Event& value, double log_det) {
  CHECK((result.value - value).cwiseAbs().maxCoeff() < 1e-14);
  CHECK(result.log_det == Approx(log_det).epsilon(1e-14).margin(1e-15));
}

}  // namespace

TEST_CASE("linear maps agree with the formulas of nflows and TFP", "[golden]") {
  check(inverse_and_log_det(with_parameters(LULinear<double, 4>{}), event),
        {0.50801474202019176, 0.2049698410728974, 0.30089900285406094, 0.040002908684348185}, -1.6261327877752316);
  check(forward_and_log_det(with_parameters(TriangularAffine<double, 4>{}), event),
        {0.53453729580911942, 0.89246873207636583, 0.20651576522738884, -0.37983904909753179}, -1.6925282589631201);
  std::mt19937_64 rng{0};
  check(inverse_and_log_det(with_parameters(Rotation<double, 4>{rng}), event),
        {1.0927425429500523, -0.015906122098859631, -0.59272527385133848, 0.13992074979780087}, 0);
}

TEST_CASE("planar and radial maps agree with the formulas of Rezende and Mohamed", "[golden]") {
  std::mt19937_64 rng{0};
  const auto drawn = with_parameters(Planar<double, 4>{rng});
  const double sign = drawn.w().dot(drawn.u()) < 0 ? -1 : 1;
  check(forward_and_log_det(Planar<double, 4>{drawn.w(), sign * drawn.u(), drawn.b()}, event),
        {0.20396698028969659, 0.92079320048320464, 0.79718223193731069, -0.053181313394292216}, 0.1087652922529554);
  check(forward_and_log_det(with_parameters(Radial<double, 4>{rng}), event),
        {0.19031330072911764, 1.0125047161335153, 0.93190117766853721, -0.010362334323336963}, 0.44725243698536625);
}

TEST_CASE("elementwise maps agree with their formulas", "[golden]") {
  check(forward_and_log_det(Sigmoid<double, 4>{}, event),
        {0.54950461283773155, 0.71748878865489585, 0.69178900455239583, 0.48541060673702463}, -5.9247716342875413);
  check(forward_and_log_det(Tanh<double, 4>{}, event),
        {0.1960961547162047, 0.73154316887558664, 0.66875996715629802, -0.058307929588341128}, -1.4015014858532636);
  check(forward_and_log_det(Softplus<double, 4>{}, event),
        {0.79740744135960015, 1.2640370430057571, 1.1769706803937525, 0.66438599096180985}, -2.0219704785666217);
  check(forward_and_log_det(NormalCdf<double, 4>{}, event),
        {0.57873929187469455, 0.82434183687340702, 0.79059756228658584, 0.47672530509926505}, -4.4583743010083378);
  check(forward_and_log_det(with_parameters(SinhArcsinh<double, 4>{}), event),
        {0.70248190812127536, 0.54039065351317342, 0.90164710547653075, 0.22737314286806577}, 0.20328859633012815);
  const Event between = (event.array() + 1) / 2;
  check(forward_and_log_det(Logit<double, 4>{}, between),
        {0.40269364713545501, 3.3473984991164861, 2.2453444754479018, -0.11688116681408553}, 8.6794598239833098);
  check(forward_and_log_det(NormalQuantile<double, 4>{}, between),
        {0.25162534129640348, 1.8252658957895701, 1.306143988787907, -0.073226528235215551}, 6.228896706118291);
  check(forward_and_log_det(Cosine<double, 4>{}, Event(3 * between)),
        {-0.22525783981474754, -0.97049186398808099, -0.90944536168561033, 0.15769651303715877}, -2.3385257262719067);
}
