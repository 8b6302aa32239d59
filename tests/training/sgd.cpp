#include <bijou/training/sgd.hpp>
#include <Eigen/Core>
#include <cmath>
#include <limits>

#include "training/floating_point_flags.hpp"
#include "training/torch_case.hpp"

using torch_case::check_run;

TEMPLATE_TEST_CASE("SGD takes torch's steps", "[sgd]", BIJOU_TEST_SCALARS) {
  // torch.optim.SGD([p])
  check_run<TestType>(bijou::SGD<TestType>{},
                      {{{0.94999999999999996, -1.8999999999999999, 0.5, 2.9998},
                        {0.9375, -1.7999999999999998, 0.49999500000000002, 3.1497999999999999},
                        {1.0874999999999999, -1.8749999999999998, 0.49999500000000002, -96.850200000000001},
                        {1.0854999999999999, -1.8789999999999998, 0.49999700000000002, -96.770200000000003},
                        {0.88549999999999995, -1.8489999999999998, 0.39999700000000005, -96.770200000000003}}});

  // torch.optim.SGD([p], momentum=0.9)
  check_run<TestType>(bijou::SGD<TestType>{{.momentum = 0.9}},
                      {{{0.94999999999999996, -1.8999999999999999, 0.5, 2.9998},
                        {0.91499999999999992, -1.7549999999999999, 0.49999500000000002, 3.1497100000000002},
                        {1.002, -1.569, 0.49998600000000004, -96.580451999999994},
                        {1.01566, -1.53952, 0.49998638000000006, -114.45188116},
                        {0.87712999999999997, -1.37686, 0.39998809000000007, -194.87331238000002}}});

  // torch.optim.SGD([p], momentum=0.9, nesterov=True)
  check_run<TestType>(bijou::SGD<TestType>{{.momentum = 0.9, .nesterov = true}},
                      {{{0.90500000000000003, -1.8100000000000001, 0.5, 2.9996200000000002},
                        {0.86099999999999999, -1.5795000000000001, 0.4999905, 3.2845390000000001},
                        {1.0892999999999999, -1.4871000000000001, 0.49998239999999999, -186.47260679999999},
                        {1.099594, -1.4645680000000001, 0.49998474199999998, -202.47689304400001},
                        {0.77491699999999997, -1.2881740000000002, 0.30998628099999997, -274.85618114200003}}});

  // torch.optim.SGD([p], weight_decay=0.2)
  check_run<TestType>(bijou::SGD<TestType>{{.weight_decay = 0.2}},
                      {{{0.93000000000000005, -1.8600000000000001, 0.48999999999999999, 2.9398},
                        {0.90820000000000001, -1.7414000000000001, 0.485095, 3.0604019999999998},
                        {1.040036, -1.7815720000000002, 0.47539310000000001, -97.000806040000001},
                        {1.0338758559999999, -1.7784457120000001, 0.47349352760000002, -96.53280281584},
                        {0.81319833887999982, -1.7128767977600001, 0.36402365704799999, -94.602146759523194}}});

  // torch.optim.SGD([p], momentum=0.9, weight_decay=0.2)
  check_run<TestType>(bijou::SGD<TestType>{{.momentum = 0.9, .weight_decay = 0.2}},
                      {{{0.93000000000000005, -1.8600000000000001, 0.48999999999999999, 2.9398},
                        {0.87670000000000003, -1.6784000000000001, 0.48059499999999999, 3.033312},
                        {0.91322599999999998, -1.3929520000000002, 0.45405410000000002, -96.859032640000009},
                        {0.91414777599999997, -1.3399995520000001, 0.4474625216, -114.37221854464001},
                        {0.70001281247999991, -1.04491354496, 0.30885116836799997, -190.8941107446272}}});

  // torch.optim.SGD([p], momentum=0.9, nesterov=True, weight_decay=0.2)
  check_run<TestType>(bijou::SGD<TestType>{{.momentum = 0.9, .nesterov = true, .weight_decay = 0.2}},
                      {{{0.86699999999999999, -1.734, 0.48099999999999998, 2.8856199999999999},
                        {0.798427, -1.4543539999999999, 0.46780149999999998, 3.09141222},
                        {0.96776137399999995, -1.2494377479999998, 0.43493474299999996, -186.87369428835999},
                        {0.96296091207759993, -1.2023927701551997, 0.42740110809319998, -201.48404429928124},
                        {0.55118602349985102, -0.89248932405170212, 0.19507833427905835, -263.29795216224471}}});
}

TEST_CASE("SGD refuses sizes and learning rates that do not fit, and changes nothing", "[sgd]") {
  bijou::SGD<double> sgd{{.momentum = 0.5}};
  bijou::SGD<double> same{{.momentum = 0.5}};
  Eigen::VectorXd parameters = Eigen::VectorXd::Ones(3);
  Eigen::VectorXd four = Eigen::VectorXd::Ones(4);
  const Eigen::VectorXd gradient = Eigen::VectorXd::Ones(3);
  CHECK_THROWS_WITH(sgd.step(parameters, four, 0.1), "SGD: expected a gradient of size 3, got 4");
  CHECK_THROWS_WITH(sgd.step(parameters, gradient, -1), "SGD: expected a finite learning rate of at least 0, got -1");
  CHECK(parameters == Eigen::VectorXd::Ones(3));

  Eigen::VectorXd expected = parameters;
  sgd.step(parameters, gradient, 0.1);
  same.step(expected, gradient, 0.1);
  CHECK_THROWS_WITH(sgd.step(four, Eigen::VectorXd::Ones(4), 0.1), "SGD: expected parameters of size 3, got 4");
  CHECK(four == Eigen::VectorXd::Ones(4));
  sgd.step(parameters, gradient, 0.1);
  same.step(expected, gradient, 0.1);
  CHECK(parameters == expected);
}

TEST_CASE("SGD is new after reset", "[sgd]") {
  bijou::SGD<double> sgd{{.momentum = 0.5}};
  Eigen::VectorXd three = Eigen::VectorXd::Ones(3);
  sgd.step(three, Eigen::VectorXd::Constant(3, 7.0), 0.1);
  sgd.reset();
  Eigen::VectorXd four = Eigen::VectorXd::Ones(4);
  sgd.step(four, Eigen::VectorXd::Ones(4), 0.5);
  CHECK(four == Eigen::VectorXd::Constant(4, 0.5));
  sgd.step(four, Eigen::VectorXd::Ones(4), 0.5);  // the momentum of 0.5 is still there
  CHECK(four == Eigen::VectorXd::Constant(4, -0.25));
}

TEST_CASE("SGD refuses options out of range", "[sgd]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  using SGD = bijou::SGD<float>;
  CHECK_THROWS_WITH((SGD{{.momentum = -0.1}}), "SGD: expected a finite momentum of at least 0, got -0.1");
  CHECK_THROWS_WITH((SGD{{.momentum = nan}}), "SGD: expected a finite momentum of at least 0, got nan");
  CHECK_THROWS_WITH((SGD{{.nesterov = true}}), "SGD: expected a momentum above 0 for nesterov, got 0");
  CHECK_THROWS_WITH((SGD{{.weight_decay = -1}}), "SGD: expected a finite weight_decay of at least 0, got -1");
}

TEMPLATE_TEST_CASE("The velocity of a parameter without a gradient becomes 0, not subnormal", "[sgd]",
                   BIJOU_TEST_SCALARS) {
  using Vector = Eigen::Vector<TestType, Eigen::Dynamic>;
  for (const bool nesterov : {false, true}) {
    bijou::SGD<TestType> sgd{{.momentum = 0.9, .nesterov = nesterov}};
    CHECK(sgd.velocity().size() == 0);
    Vector p = Vector::Ones(35);
    const Vector gradient = Vector::LinSpaced(35, -1, 1);
    sgd.step(p, gradient, 1e-3);
    CHECK(sgd.velocity() == gradient);
    for (int i = 0; i < 7500; ++i) {
      sgd.step(p, Vector::Zero(35), 1e-3);
      for (const TestType v : sgd.velocity()) {
        if (std::fpclassify(v) == FP_SUBNORMAL) FAIL("subnormal after " << i << " steps");
      }
    }
    CHECK((sgd.velocity().array() == 0).all());
  }
}

TEST_CASE("Parameters under weight decay of SGD never become subnormal", "[sgd]") {
  bijou::SGD<float> sgd{{.weight_decay = 0.5}};
  Eigen::VectorXf p = Eigen::VectorXf::LinSpaced(35, -1, 1);
  for (int i = 0; i < 200; ++i) {
    sgd.step(p, Eigen::VectorXf::Zero(35), 1.0);
    for (const float x : p) REQUIRE(std::fpclassify(x) != FP_SUBNORMAL);
  }
  CHECK(p.cwiseAbs().maxCoeff() < 1e-37f);
}

TEST_CASE("Steps of SGD raise no floating-point exception on ordinary gradients", "[sgd]") {
  bijou::SGD<float> sgd{{.momentum = 0.9, .nesterov = true, .weight_decay = 1e-3}};
  Eigen::VectorXf p = Eigen::VectorXf::Ones(35);
  CHECK(raised_by([&] {
          for (int i = 0; i < 20; ++i) sgd.step(p, Eigen::VectorXf::LinSpaced(35, -1e3f, 1e3f), 1e-3);
        }) == 0);
}

TEST_CASE("the state of SGD is listed", "[sgd]") {
  bijou::SGD<double> optimizer{{.momentum = 0.9}};
  std::vector<std::string> names;
  bijou::for_each_named_state(optimizer, [&](const std::string& path, auto&) { names.push_back(path); });
  CHECK(names == std::vector<std::string>{"options.momentum", "options.nesterov", "options.weight_decay", "velocity",
                                          "started"});
}
