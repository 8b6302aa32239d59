#include <bijou/bijectors/real_nvp.hpp>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using bijou::RealNVP;

static_assert(bijou::Bijector<RealNVP<float, 4, 8>>);
static_assert(bijou::Bijector<RealNVP<double, Eigen::Dynamic>>);

TEST_CASE("RealNVP: laws", "[real_nvp]") {
  laws::check_bijector([]<class T>(T, auto& rng) { return RealNVP<T, 4, 7, 6>{3, rng}; }, {.kinks = true});
  laws::check_forms(registry::maker<registry::bijectors::RealNVP>, 3);
}

TEST_CASE("RealNVP: laws, size at run time", "[real_nvp]") {
  laws::check_bijector([]<class T>(T, auto& rng) { return RealNVP<T, Eigen::Dynamic>{2, 1, {6}, rng}; },
                       {.kinks = true});
}

TEST_CASE("RealNVP: all ways to give the sizes make the same flow", "[real_nvp]") {
  const auto parameters = [](auto make_flow) {
    std::mt19937_64 rng{7};
    const auto flow = make_flow(rng);
    CHECK(flow.event_size() == 4);
    CHECK(flow.num_passed() == 1);
    Eigen::VectorXf p(bijou::parameter_count(flow));
    bijou::copy_parameters(flow, p);
    return p;
  };
  const Eigen::VectorXf expected = parameters([](auto& rng) { return RealNVP<float, 4, 8, 5>{1, rng}; });
  // 8 x 1 + 8, 5 x 8 + 5 and 6 x 5 + 6.
  CHECK(expected.size() == 16 + 45 + 36);
  CHECK(parameters([](auto& rng) { return RealNVP<float, 4>{1, {8, 5}, rng}; }) == expected);
  CHECK(parameters([](auto& rng) { return RealNVP<float, Eigen::Dynamic, 8, 5>{4, 1, rng}; }) == expected);
  CHECK(parameters([](auto& rng) { return RealNVP<float, Eigen::Dynamic>{4, 1, {8, 5}, rng}; }) == expected);
}

TEST_CASE("RealNVP: with all parameters zero is the identity", "[real_nvp]") {
  std::mt19937_64 rng{1};
  RealNVP<double, 3, 8> f{1, rng};
  bijou::assign_parameters(f, Eigen::VectorXd::Zero(bijou::parameter_count(f)));
  const laws::Matrix<double> in = laws::normals<double>(3, 20, rng);
  CHECK(f.forward(in) == in);
  CHECK(f.inverse(in) == in);
  CHECK((f.forward_log_det(in).array() == 0).all());
}

TEST_CASE("RealNVP: refuses events of another size by name", "[real_nvp]") {
  std::mt19937_64 rng{1};
  const RealNVP<float, 2, 4> f{1, rng};
  CHECK(message_of([&] { f.inverse(Eigen::MatrixXf(3, 5)); }) == "RealNVP: expected events of 2 rows, got 3");
}
