#include <bijou/training/adam.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "training/floating_point_flags.hpp"
#include "training/torch_case.hpp"

using torch_case::check_run;

namespace {

template <class V>
bool has_subnormal(const V& v) {
  for (bijou::Index i = 0; i < v.size(); ++i) {
    if (std::fpclassify(v(i)) == FP_SUBNORMAL) return true;
  }
  return false;
}

/// Sizes with and without whole packets; the last elements are the rest of one.
constexpr bijou::Index sizes[] = {1, 9, 35};

template <class T>
Eigen::Vector<T, Eigen::Dynamic> constant(bijou::Index size, double value) {
  return Eigen::Vector<T, Eigen::Dynamic>::Constant(size, static_cast<T>(value));
}

}  // namespace

TEMPLATE_TEST_CASE("Adam takes torch's steps", "[adam]", BIJOU_TEST_SCALARS) {
  // torch.optim.Adam([p])
  check_run<TestType>(bijou::Adam<TestType>{},
                      {{{0.90000000199999997, -1.900000001, 0.5, 2.9000004999975002},
                        {0.85339102123873112, -1.8517409000140832, 0.46279841860430704, 2.9371850086409368},
                        {0.88811337155945091, -1.8013344171192196, 0.4052863878461202, 2.8734763112881549},
                        {0.8930656944184191, -1.794089107372949, 0.40684844319754154, 2.8630856501544804},
                        {0.86357717829768477, -1.7568438911950273, 0.35230045274996036, 2.81917326007411}}});

  // torch.optim.Adam([p], betas=(0.8, 0.95), eps=1e-3)
  check_run<TestType>(bijou::Adam<TestType>{{.beta_1 = 0.8, .beta_2 = 0.95, .epsilon = 1e-3}},
                      {{{0.90019960079840322, -1.9000999000999002, 0.5, 2.9333333333333331},
                        {0.85428384840385552, -1.8513136161536348, 0.49740784994335291, 2.9720841555406063},
                        {0.89684365531058863, -1.8063987064062481, 0.49430805000872274, 2.9030319733357177},
                        {0.90257638154564779, -1.8006384486292557, 0.49453565342833078, 2.8924005864159859},
                        {0.86597538184869938, -1.7693431437723417, 0.43139657174597201, 2.8500891006961324}}});
}

TEMPLATE_TEST_CASE("AdamW takes torch's steps", "[adam]", BIJOU_TEST_SCALARS) {
  // torch.optim.AdamW([p])
  check_run<TestType>(bijou::AdamW<TestType>{},
                      {{{0.89900000199999996, -1.898000001, 0.4995, 2.8970004999975001},
                        {0.85194152123773115, -1.8487919000135833, 0.46204866860430704, 2.932736508390938},
                        {0.88581193003721326, -1.7965366252187061, 0.40407458917751587, 2.8660950745297651},
                        {0.89058709051017404, -1.7889320081473918, 0.4055558296111017, 2.8551311943811846},
                        {0.86020798729892956, -1.7498978599613226, 0.35060228333390941, 2.8083636731064332}}});

  // torch.optim.AdamW([p], betas=(0.5, 0.9), weight_decay=0.3)
  check_run<TestType>(bijou::AdamW<TestType>{{.beta_1 = 0.5, .beta_2 = 0.9, .weight_decay = 0.3}},
                      {{{0.87000000199999994, -1.8400000009999999, 0.48499999999999999, 2.8100004999975003},
                        {0.81410436394363905, -1.7605083472183591, 0.43178450328682977, 2.8137819966641069},
                        {0.8639195149368919, -1.6866005412308969, 0.36926084573756751, 2.6354409586132697},
                        {0.86563195497453371, -1.6760154870438442, 0.37807099987430298, 2.6093020627228021},
                        {0.76582875934318539, -1.6090796238232143, 0.26228709445160603, 2.5022862856540171}}});
}

TEMPLATE_TEST_CASE("AdamW without weight decay is Adam to the last bit", "[adam]", BIJOU_TEST_SCALARS) {
  using Vector = Eigen::Vector<TestType, Eigen::Dynamic>;
  bijou::Adam<TestType> adam;
  bijou::AdamW<TestType> adam_w{{.weight_decay = 0}};
  Vector one = torch_case::repeated<TestType>(torch_case::start, 50);
  Vector other = one;
  for (const auto& gradient : torch_case::gradients) {
    adam.step(one, torch_case::repeated<TestType>(gradient, 50), 0.1);
    adam_w.step(other, torch_case::repeated<TestType>(gradient, 50), 0.1);
    CHECK(one == other);
  }
}

TEMPLATE_TEST_CASE("Adam leaves parameters alone that never have a gradient", "[adam]", BIJOU_TEST_SCALARS) {
  using Vector = Eigen::Vector<TestType, Eigen::Dynamic>;
  bijou::Adam<TestType> adam;
  Vector parameters = Vector::LinSpaced(300, TestType{-1}, TestType{1});
  const Vector before = parameters;
  for (int i = 0; i < 3; ++i) adam.step(parameters, Vector::Zero(300), 0.1);
  CHECK(parameters == before);
}

TEST_CASE("Adam can step a part of a vector, and be copied with its state", "[adam]") {
  bijou::Adam<double> adam;
  Eigen::VectorXd parameters = Eigen::VectorXd::Ones(10);
  const Eigen::VectorXd gradient = Eigen::VectorXd::Ones(10);
  adam.step(parameters.segment(2, 5), gradient.segment(2, 5), 0.5);
  CHECK(parameters.segment(2, 5).isApprox(Eigen::VectorXd::Constant(5, 0.5), 1e-7));
  CHECK(parameters.head(2) == Eigen::VectorXd::Ones(2));
  CHECK(parameters.tail(3) == Eigen::VectorXd::Ones(3));

  bijou::Adam<double> copy = adam;
  CHECK(copy.steps() == 1);
  Eigen::VectorXd other = parameters;
  adam.step(parameters.segment(2, 5), 2 * gradient.segment(2, 5), 0.5);
  copy.step(other.segment(2, 5), 2 * gradient.segment(2, 5), 0.5);
  CHECK(parameters == other);
}

TEST_CASE("Adam refuses sizes and learning rates that do not fit, and changes nothing", "[adam]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  bijou::Adam<double> adam;
  bijou::Adam<double> same;
  Eigen::VectorXd parameters = Eigen::VectorXd::Ones(3);
  Eigen::VectorXd four = Eigen::VectorXd::Ones(4);
  const Eigen::VectorXd gradient = Eigen::VectorXd::Ones(3);
  CHECK_THROWS_WITH(adam.step(parameters, four, 0.1), "Adam: expected a gradient of size 3, got 4");
  CHECK_THROWS_WITH(adam.step(parameters, gradient, nan),
                    "Adam: expected a finite learning rate of at least 0, got nan");
  CHECK_THROWS_WITH(adam.step(parameters, gradient, -1), "Adam: expected a finite learning rate of at least 0, got -1");
  CHECK(adam.steps() == 0);
  CHECK(parameters == Eigen::VectorXd::Ones(3));

  Eigen::VectorXd expected = parameters;
  adam.step(parameters, gradient, 0.1);
  same.step(expected, gradient, 0.1);
  CHECK_THROWS_WITH(adam.step(four, Eigen::VectorXd::Ones(4), 0.1), "Adam: expected parameters of size 3, got 4");
  CHECK(adam.steps() == 1);
  CHECK(four == Eigen::VectorXd::Ones(4));
  adam.step(parameters, gradient, 0.1);
  same.step(expected, gradient, 0.1);
  CHECK(parameters == expected);
}

TEST_CASE("Adam is new after reset", "[adam]") {
  bijou::AdamW<double> adam{{.beta_1 = 0.5, .weight_decay = 0.3}};
  Eigen::VectorXd three = Eigen::VectorXd::Ones(3);
  adam.step(three, Eigen::VectorXd::Constant(3, 7.0), 0.1);
  adam.reset();
  CHECK(adam.steps() == 0);

  bijou::AdamW<double> fresh{{.beta_1 = 0.5, .weight_decay = 0.3}};
  Eigen::VectorXd one = Eigen::VectorXd::Ones(4);
  Eigen::VectorXd other = one;
  for (int i = 0; i < 3; ++i) {
    adam.step(one, Eigen::VectorXd::Constant(4, -1.0), 0.1);
    fresh.step(other, Eigen::VectorXd::Constant(4, -1.0), 0.1);
    CHECK(one == other);
  }
}

TEST_CASE("Adam refuses options out of range", "[adam]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  using Adam = bijou::Adam<float>;
  using AdamW = bijou::AdamW<float>;
  CHECK_THROWS_WITH((Adam{{.beta_1 = 1}}), "Adam: expected beta_1 in [0, 1), got 1");
  CHECK_THROWS_WITH((Adam{{.beta_1 = -0.5}}), "Adam: expected beta_1 in [0, 1), got -0.5");
  CHECK_THROWS_WITH((Adam{{.beta_2 = nan}}), "Adam: expected beta_2 in [0, 1), got nan");
  CHECK_THROWS_WITH((Adam{{.epsilon = 0}}), "Adam: expected a finite epsilon above 0, got 0");
  CHECK_THROWS_WITH((Adam{{.epsilon = 1e-60}}), "Adam: expected a finite epsilon above 0, got 1e-60");  // 0 as a float
  CHECK_THROWS_WITH((AdamW{{.weight_decay = -1}}), "AdamW: expected a finite weight_decay of at least 0, got -1");
  CHECK_THROWS_WITH((AdamW{{.beta_1 = 2}}), "AdamW: expected beta_1 in [0, 1), got 2");
  CHECK_THROWS_WITH((AdamW{{.epsilon = std::numeric_limits<double>::infinity()}}),
                    "AdamW: expected a finite epsilon above 0, got inf");
  CHECK_THROWS_WITH((AdamW{{.weight_decay = nan}}), "AdamW: expected a finite weight_decay of at least 0, got nan");
  CHECK_NOTHROW(Adam{{.beta_1 = 0, .beta_2 = 0}});
}

TEST_CASE("AdamW and Adam name themselves", "[adam]") {
  bijou::AdamW<float> adam_w;
  bijou::Adam<float> adam;
  Eigen::VectorXf p = Eigen::VectorXf::Ones(3);
  CHECK_THROWS_WITH(adam_w.step(p, Eigen::VectorXf::Ones(2), 0.1), "AdamW: expected a gradient of size 3, got 2");
  CHECK_THROWS_WITH(adam_w.step(p, p, -1), "AdamW: expected a finite learning rate of at least 0, got -1");
  CHECK_THROWS_WITH(adam.step(p, Eigen::VectorXf::Ones(2), 0.1), "Adam: expected a gradient of size 3, got 2");
  adam_w.step(p, Eigen::VectorXf::Ones(3), 0.1);
  adam_w.reset();
  CHECK_THROWS_WITH(adam_w.step(p, p, -1), "AdamW: expected a finite learning rate of at least 0, got -1");
}

TEST_CASE("Adam shows its moments", "[adam]") {
  bijou::Adam<double> adam{{.beta_1 = 0.5, .beta_2 = 0.75}};
  CHECK(adam.mean().size() == 0);
  CHECK(adam.mean_square().size() == 0);
  Eigen::VectorXd p = Eigen::VectorXd::Ones(3);
  adam.step(p, Eigen::Vector3d(1, -2, 4), 0.1);
  CHECK(adam.mean() == Eigen::Vector3d(0.5, -1, 2));
  CHECK(adam.mean_square() == Eigen::Vector3d(0.25, 1, 4));
  adam.step(p, Eigen::Vector3d(1, -2, 0), 0.1);
  CHECK(adam.mean() == Eigen::Vector3d(0.75, -1.5, 1));
  CHECK(adam.mean_square() == Eigen::Vector3d(0.4375, 1.75, 3));
  adam.reset();
  CHECK(adam.mean().size() == 0);
}

TEMPLATE_TEST_CASE("A first step has the length of the learning rate, whatever the size of the gradient", "[adam]",
                   BIJOU_TEST_SCALARS) {
  // Squares from the subnormal numbers up to the largest ones; epsilon below all of these gradients.
  const bool single = sizeof(TestType) == 4;
  const double smallest = single ? 1e-19 : 1e-153;
  const double largest = single ? 1.8e19 : 1.3e154;
  for (const double g : {smallest, 10 * smallest, 1e3 * smallest, 1e-8, 1.0, 1e10, largest}) {
    for (const bijou::Index size : sizes) {
      bijou::Adam<TestType> adam{{.epsilon = single ? 1e-30 : 1e-250}};
      auto p = constant<TestType>(size, 1);
      adam.step(p, constant<TestType>(size, g), 1e-3);
      INFO("gradient " << g << ", parameters " << p.transpose());
      CHECK((p.array() - TestType(0.999)).abs().maxCoeff() < TestType(1e-5));
      CHECK((p.array() == p(0)).all());
    }
  }
}

TEMPLATE_TEST_CASE("A gradient whose square overflows leaves its parameter alone", "[adam]", BIJOU_TEST_SCALARS) {
  const bool single = sizeof(TestType) == 4;
  for (const double g : {single ? 2e19 : 2e154, single ? -1e30 : -1e300}) {
    for (const bijou::Index size : sizes) {
      bijou::Adam<TestType> adam;
      auto p = constant<TestType>(size, 1);
      for (int i = 0; i < 3; ++i) adam.step(p, constant<TestType>(size, g), 1e-3);
      CHECK(p == constant<TestType>(size, 1));
      CHECK((adam.mean_square().array() > std::numeric_limits<TestType>::max()).all());
    }
  }
}

TEMPLATE_TEST_CASE("Moments never stay subnormal when a gradient has become 0", "[adam]", BIJOU_TEST_SCALARS) {
  // 3,000 steps take 0.9^t out of the range of float, 7,500 out of that of double. A beta_2 of 0.9 does it for v.
  for (const double beta_2 : {0.999, 0.9}) {
    for (const double epsilon : {1e-8, sizeof(TestType) == 4 ? 1e-30 : 1e-250}) {
      bijou::AdamW<TestType> adam{{.beta_2 = beta_2, .epsilon = epsilon, .weight_decay = 0}};
      auto p = constant<TestType>(35, 1);
      Eigen::Vector<TestType, Eigen::Dynamic> g = Eigen::Vector<TestType, Eigen::Dynamic>::LinSpaced(35, -1, 1);
      for (int i = 0; i < 20; ++i) adam.step(p, g, 1e-3);
      for (int i = 0; i < 7500; ++i) {
        adam.step(p, constant<TestType>(35, 0), 1e-3);
        if (has_subnormal(adam.mean())) FAIL("m is subnormal after " << i << " steps");
        if (epsilon == 1e-8 && has_subnormal(adam.mean_square())) FAIL("v is subnormal after " << i << " steps");
      }
      CHECK((adam.mean().array() == 0).all());
      CHECK_FALSE(has_subnormal(adam.mean_square()));
    }
  }
}

TEST_CASE("Moments do not become subnormal under tiny gradients either", "[adam]") {
  for (const double g : {1e-15, 3e-18, 1e-19, 1e-20, 1e-22, 1e-30, 1e-37, 1e-40}) {
    bijou::Adam<float> adam;
    auto p = constant<float>(9, 1);
    for (int i = 0; i < 2000; ++i) {
      adam.step(p, constant<float>(9, i % 2 == 0 ? g : -0.5 * g), 1e-3);
      if (has_subnormal(adam.mean()) || has_subnormal(adam.mean_square())) FAIL("gradient " << g << ", step " << i);
    }
    CHECK((p.array() - 1).abs().maxCoeff() < 1e-6f);  // epsilon is far larger than these gradients
  }
}

TEST_CASE("With a tiny epsilon no step is longer than Adam's bound when tiny gradients come and go", "[adam]") {
  // |step| <= learning_rate (1 - beta_1) / sqrt(1 - beta_2), Kingma & Ba, section 2.1; m / epsilon would be 1e10 times that.
  bijou::Adam<float> adam{{.epsilon = 1e-30}};
  auto p = constant<float>(9, 0);
  float longest = 0;
  for (int i = 0; i < 3000; ++i) {
    const auto before = p;
    adam.step(p, constant<float>(9, i < 500 || i % 700 == 0 ? 3e-18 : 0), 1e-3);
    longest = std::max(longest, (p - before).cwiseAbs().maxCoeff());
  }
  CHECK(longest < 3.3e-3f);
  CHECK(longest > 0.9e-3f);
}

TEST_CASE("Parameters under weight decay become 0, not subnormal", "[adam]") {
  bijou::AdamW<float> adam{{.weight_decay = 0.5}};
  Eigen::VectorXf p = Eigen::VectorXf::LinSpaced(35, -1, 1);
  for (int i = 0; i < 200; ++i) {
    adam.step(p, constant<float>(35, 0), 1.0);
    REQUIRE_FALSE(has_subnormal(p));
  }
  CHECK((p.array() == 0).all());
}

TEMPLATE_TEST_CASE("The floor of v changes no step by a bit", "[adam]", BIJOU_TEST_SCALARS) {
  // Against the formula without any floor, with the same operations one by one.
  const auto formula = [](TestType& p, TestType& m, TestType& v, TestType g, int t) {
    const auto fixed = [](double x) { return static_cast<TestType>(x); };
    m = m + fixed(0.1) * (g - m);
    v = fixed(0.999) * v + fixed(1 - 0.999) * (g * g);
    const double rate = 1e-3 / (1 - std::pow(0.9, t));
    const double root_scale = 1 / std::sqrt(1 - std::pow(0.999, t));
    p = p - fixed(rate) * m / (fixed(root_scale) * std::sqrt(v) + fixed(1e-8));
  };
  for (const double size : {1e-14, 1e-10, 1e-3, 1.0}) {
    TestType p = 1, m = 0, v = 0;
    bijou::Adam<TestType> adam;
    auto q = constant<TestType>(1, 1);
    for (int t = 1; t <= 50; ++t) {
      const auto g = static_cast<TestType>(size * std::sin(t));
      adam.step(q, constant<TestType>(1, static_cast<double>(g)), 1e-3);
      formula(p, m, v, g, t);
      const TestType ulp = std::numeric_limits<TestType>::epsilon();
      CHECK(std::abs(q(0) - p) <= 2 * ulp);  // a fused product and sum rounds once less
      p = q(0);
      m = adam.mean()(0);
      v = adam.mean_square()(0);
    }
  }
}

TEMPLATE_TEST_CASE("Steps raise no floating-point exception on ordinary gradients", "[adam]", BIJOU_TEST_SCALARS) {
  for (const double g : {0.0, 1e-30, 1e-8, 1.0, 1e6}) {
    for (const bijou::Index size : sizes) {
      bijou::AdamW<TestType> adam;
      auto p = constant<TestType>(size, 1);
      auto gradient = constant<TestType>(size, g);
      gradient(0) = 0;
      CHECK(raised_by([&] {
              for (int i = 0; i < 5; ++i) adam.step(p, gradient, 1e-3);
            }) == 0);
    }
  }
}

TEST_CASE("the state of Adam is all that its next step depends on", "[adam]") {
  const Eigen::VectorXd gradient = Eigen::Vector3d(1, -2, 0.5);
  Eigen::VectorXd p = Eigen::Vector3d(0.1, 0.2, 0.3), q = p;
  bijou::AdamW<double> one{{.beta_1 = 0.8, .weight_decay = 0.1}};
  for (int i = 0; i < 3; ++i) one.step(p, gradient * i, 0.1);
  bijou::AdamW<double> other;
  std::vector<std::string> names;
  bijou::for_each_named_state(one, [&](const std::string& path, auto& from) {
    names.push_back(path);
    bijou::for_each_named_state(other, [&](const std::string& other_path, auto& to) {
      if constexpr (std::is_same_v<decltype(from), decltype(to)>) {
        if (path == other_path) to = from;
      }
    });
  });
  CHECK(names == std::vector<std::string>{"options.beta_1", "options.beta_2", "options.epsilon", "options.weight_decay",
                                          "mean", "mean_square", "steps"});
  q = p;
  one.step(p, gradient, 0.1);
  other.step(q, gradient, 0.1);
  CHECK(p == q);
}
