#include <limits>
#include <string>
#include <vector>

#include "support/densities.hpp"
#include "support/flows.hpp"
#include "support/tolerance.hpp"

using namespace bijou;

namespace {

struct Place {
  std::string path;
  Index coordinate;  // in the parameter
};

template <class Flow>
std::vector<Place> places(const Flow& flow) {
  std::vector<Place> result;
  for_each_named_parameter(flow, [&](const std::string& path, const auto& member) {
    for (Index i = 0; i < member.size(); ++i) result.push_back({path, i});
  });
  return result;
}

std::string as_text(double value) {
  return std::isnan(value) ? "nan" : std::isinf(value) ? (value > 0 ? "inf" : "-inf") : detail::joined({value});
}

/// set_parameters with one wrong number is refused with a message that names it, and changes nothing.
template <class Flow>
void check_refused(Flow& flow, Index k, typename Flow::Scalar wrong, const std::string& expected) {
  const auto before = flow.parameters();
  const Eigen::Matrix<typename Flow::Scalar, 2, 1> x(0.3, -0.4);
  const auto log_p = flow.log_prob(x);
  const Place place = places(flow)[static_cast<std::size_t>(k)];
  auto values = (before * typename Flow::Scalar(1.5)).eval();
  values(k) = wrong;
  CHECK(message_of([&] { flow.set_parameters(values); }) ==
        "TransformedDistribution: " + place.path + " must be " + expected + ", got " +
            as_text(static_cast<double>(wrong)) + " in coordinate " + std::to_string(place.coordinate));
  CHECK(flow.parameters() == before);
  CHECK(flow.log_prob(x) == log_p);
}

const std::string reciprocal = "finite and not zero, with a finite reciprocal";
const std::string log_of_scale = "the logarithm of a scale that, like its reciprocal, is a normal number";

template <class Flow>
std::string expected_of(const Flow& flow, Index k) {
  const std::string path = places(flow)[static_cast<std::size_t>(k)].path;
  return path.ends_with("log_scale") ? log_of_scale : path.ends_with("scale") ? reciprocal : "finite";
}

template <class Flow>
Index index_of(const Flow& flow, const std::string& path, Index coordinate) {
  const std::vector<Place> all = places(flow);
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (all[k].path == path && all[k].coordinate == coordinate) return static_cast<Index>(k);
  }
  return -1;
}

}  // namespace

TEMPLATE_TEST_CASE("every parameter refuses what is not finite", "[flow_parameters]", BIJOU_TEST_SCALARS) {
  using Limits = std::numeric_limits<TestType>;
  auto flow = bent_flows::mixed<TestType>(1);
  REQUIRE(flow.parameter_count() > 50);
  for (Index k = 0; k < flow.parameter_count(); ++k) {
    for (const TestType wrong : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
      check_refused(flow, k, wrong, expected_of(flow, k));
    }
  }
}

TEMPLATE_TEST_CASE("a scale refuses what it cannot divide by", "[flow_parameters]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  auto flow = bent_flows::mixed<T>(1);
  const T smallest = std::is_same_v<T, float> ? T(1e-39) : T(1e-309);  // 1 / smallest is infinite
  for (const Index coordinate : {0, 1}) {
    const Index k = index_of(flow, "bijector.bijectors.3.scale", coordinate);
    REQUIRE(k >= 0);
    for (const T wrong : {T(0), -T(0), smallest, -smallest}) check_refused(flow, k, wrong, reciprocal);
    auto values = flow.parameters();
    for (const T good : {T(-1), std::numeric_limits<T>::min(), -std::numeric_limits<T>::min()}) {
      values(k) = good;
      flow.set_parameters(values);
      CHECK(std::get<3>(flow.bijector.bijectors()).scale()(coordinate) == good);
    }
    values(k) = T(2);
    flow.set_parameters(values);
  }
}

TEMPLATE_TEST_CASE("the logarithm of a scale refuses what has no exponential", "[flow_parameters]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  auto flow = bent_flows::mixed<T>(1);
  const T largest = std::log(std::numeric_limits<T>::max()) - T(2);
  for (const Index coordinate : {0, 1}) {
    const Index k = index_of(flow, "base.log_scale", coordinate);
    REQUIRE(k >= 0);
    for (const T wrong : {largest, -largest, T(1e4), T(-1e4), std::numeric_limits<T>::max()}) {
      check_refused(flow, k, wrong, log_of_scale);
    }
    for (const T sign : {T(1), T(-1)}) {
      auto values = flow.parameters();
      values(k) = sign * std::nextafter(largest, T(0));
      flow.set_parameters(values);
      const T scale = flow.base.scale()(coordinate);
      CHECK(std::isnormal(scale));
      CHECK(std::isnormal(1 / scale));
      values(k) = T(0.5);
      flow.set_parameters(values);
    }
  }
}

TEST_CASE("the first of several wrong numbers is named", "[flow_parameters]") {
  auto flow = bent_flows::mixed<double>(1);
  Eigen::VectorXd values = flow.parameters();
  values(1) = std::numeric_limits<double>::quiet_NaN();
  values(values.size() - 1) = std::numeric_limits<double>::infinity();
  CHECK(message_of([&] { flow.set_parameters(values); }) ==
        "TransformedDistribution: base.loc must be finite, got nan in coordinate 1");
}

TEST_CASE("a DiagonalNormal refuses wrong parameters of its own", "[flow_parameters]") {
  DiagonalNormal<float, 2> p{{1, 2}, {3, 4}};
  const Eigen::Vector4f before = p.parameters();
  CHECK(message_of([&] { p.set_parameters(Eigen::Vector4f(0, 0, 0, 90)); }) ==
        "DiagonalNormal: log_scale must be " + log_of_scale + ", got 90 in coordinate 1");
  CHECK(p.parameters() == before);
  CHECK(message_of([&] { DiagonalNormal<float, 2>{{1, 2}, {1e-38f, 4}}; }) ==
        "DiagonalNormal: log_scale must be " + log_of_scale + ", got -87.4982 in coordinate 0");
}
