// Compiled with OpenMP: the result of every call is the same to the last bit at any number of threads.
#include <bijou/bijou.hpp>
#include <initializer_list>
#include <random>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "support/catch.hpp"

namespace {

constexpr int thread_counts[] = {2, 3, 8};

template <class T>
auto make_flow() {
  std::mt19937_64 rng{1};
  using Layer = bijou::Chain<bijou::MAF<T, 7>, bijou::Reverse<7>, bijou::RealNVP<T, 7>>;
  std::vector<Layer> layers;
  for (int i = 0; i < 2; ++i) {
    layers.emplace_back(bijou::MAF<T, 7>{{40, 33}, rng}, bijou::Reverse<7>{}, bijou::RealNVP<T, 7>{3, {31}, rng});
  }
  using Vector = Eigen::Matrix<T, 7, 1>;
  return bijou::TransformedDistribution{bijou::DiagonalNormal<T, 7>{Vector::Zero(), Vector::Ones()},
                                        bijou::DynamicChain{layers}};
}

template <class Flow>
void check_same_bits(const Flow& flow, std::initializer_list<bijou::Index> batches) {
  using T = typename Flow::Scalar;
  for (const bijou::Index events : batches) {
    std::mt19937_64 rng{2};
    const auto x = flow.sample(events, rng);
    bijou::Workspace serial;
    Eigen::Vector<T, Eigen::Dynamic> log_p(events), gradient(flow.parameter_count());
    flow.log_prob(x, log_p, serial);
    const T nll = flow.nll(x, serial);
    const T nll_of_gradient = flow.nll_gradient(x, gradient, serial);
    const auto score = flow.score(x, serial);
    std::mt19937_64 same{2};
    const auto drawn = flow.sample_with_log_prob(events, same, serial);
    CHECK(drawn.events == x);
    for (const int threads : thread_counts) {
      INFO(events << " events, " << threads << " threads");
      bijou::Workspace workspace{threads};
      for (int repetition = 0; repetition < 3; ++repetition) {
        Eigen::Vector<T, Eigen::Dynamic> log_p_now(events), gradient_now(flow.parameter_count());
        flow.log_prob(x, log_p_now, workspace);
        CHECK(log_p_now == log_p);
        CHECK(flow.nll(x, workspace) == nll);
        CHECK(flow.nll_gradient(x, gradient_now, workspace) == nll_of_gradient);
        CHECK(gradient_now == gradient);
        std::mt19937_64 again{2};
        CHECK(flow.sample(events, again, workspace) == x);
        CHECK(flow.score(x, workspace) == score);
        again.seed(2);
        const auto drawn_again = flow.sample_with_log_prob(events, again, workspace);
        CHECK(drawn_again.events == x);
        CHECK(drawn_again.log_prob == drawn.log_prob);
      }
    }
  }
}

TEMPLATE_TEST_CASE("threads: densities, gradients and samples have the same bits", "", float, double) {
  check_same_bits(make_flow<TestType>(), {1, 128, 129, 700, 5000});
}

TEMPLATE_TEST_CASE("threads: so they have when the rows of one tile are shared", "", float, double) {
  using T = TestType;
  std::mt19937_64 rng{5};
  using Made = bijou::Made<T, bijou::activations::Tanh, bijou::Residual>;
  const bijou::Autoregressive<Eigen::Dynamic, bijou::AffineTransformer<T>, Made> residual{9, {250, 250, 250}, rng};
  const bijou::TransformedDistribution flow{
      bijou::StandardNormal<T, Eigen::Dynamic>{9},
      bijou::Chain{bijou::MAF<T, Eigen::Dynamic>{9, {250, 271}, rng}, bijou::Reverse<Eigen::Dynamic>{}, residual,
                   bijou::RealNVP<T, Eigen::Dynamic>{9, 4, {271, 250}, rng}}};
  check_same_bits(flow, {3, 33, 128});
}

TEST_CASE("threads: a flow whose type is not known has the same bits") {
  check_same_bits(bijou::AnyFlow<float>(make_flow<float>()), {1, 129, 2000});
}

TEST_CASE("threads: bases have the same bits") {
  std::mt19937_64 rng{7};
  check_same_bits(bijou::Product{bijou::MixtureOfGaussians<float, 3>{5, rng}, bijou::MultivariateNormal<float, 2>{},
                                 bijou::StudentT<float, 2>{{1, 2}, {3, 4}, {5, 6}}},
                  {1, 129, 2000});
}

TEMPLATE_TEST_CASE("threads: under contexts everything has the same bits", "", float, double) {
  using T = TestType;
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
  std::mt19937_64 rng{3};
  const bijou::flows::RealNVP<T> inside{{.event_size = 5, .context_size = 3, .layers = 2, .hidden = {31}}, rng};
  const bijou::Embed flow{bijou::Mlp<T>{4, 3, {17}, rng}, inside};
  for (const bijou::Index events : {1, 129, 700, 5000}) {
    for (const bijou::Index columns : {events, bijou::Index{1}}) {
      const Matrix context = Matrix::Random(4, columns);
      const auto results = [&](int threads) {
        bijou::Workspace workspace{threads};
        std::mt19937_64 seeded{4};
        const auto drawn = flow.given(context).sample_with_log_prob(events, seeded, workspace);
        Eigen::Vector<T, Eigen::Dynamic> gradient(flow.parameter_count());
        Matrix context_gradient(4, columns);
        const T nll = flow.given(context).nll_gradient(drawn.events, gradient, context_gradient, workspace);
        return std::tuple{drawn.events,
                          drawn.log_prob,
                          flow.given(context).log_prob(drawn.events, workspace),
                          context_gradient,
                          gradient,
                          flow.given(context).score(drawn.events, workspace),
                          nll};
      };
      const auto serial = results(1);
      for (const int threads : thread_counts) {
        INFO(events << " events, " << columns << " contexts, " << threads << " threads");
        CHECK((results(threads) == serial));
      }
    }
  }
}

TEMPLATE_TEST_CASE("threads: a step has the same bits", "", bijou::Adam<float>, bijou::SGD<float>) {
  const Eigen::VectorXf gradient = Eigen::VectorXf::Random(100'003);
  const auto step = [&](int threads) {
    TestType optimizer;
    Eigen::VectorXf parameters = Eigen::VectorXf::Ones(gradient.size());
    for (int t = 0; t < 3; ++t) optimizer.step(parameters, gradient, 1e-2, threads);
    return parameters;
  };
  const Eigen::VectorXf serial = step(1);
  CHECK(serial != Eigen::VectorXf::Ones(gradient.size()));
  for (const int threads : thread_counts) CHECK(step(threads) == serial);
}

TEST_CASE("threads: after the first call of a size no arena grows, whichever thread takes a tile") {
  const auto flow = make_flow<float>();
  std::mt19937_64 rng{6};
  for (const bijou::Index events : {129, 700}) {
    const auto x = flow.sample(events, rng);
    Eigen::VectorXf log_p(events), gradient(flow.parameter_count());
    bijou::Workspace workspace{3};
    const auto capacities = [&] {
      std::vector<std::size_t> all;
      for (bijou::Index i = 0; i < 4; ++i) {
        all.push_back(bijou::detail::WorkspaceAccess::arena(workspace, i).capacity());
      }
      return all;
    };
    flow.nll_gradient(x, gradient, workspace);
    flow.log_prob(x, log_p, workspace);
    const auto first = capacities();
    CHECK(first[1] > 0);
    CHECK(first[2] == first[1]);
    for (int call = 0; call < 100; ++call) {
      flow.log_prob(x, log_p, workspace);
      flow.nll_gradient(x, gradient, workspace);
    }
    CHECK(capacities() == first);
  }
}

TEST_CASE("threads: training has the same bits") {
  std::mt19937_64 data_rng{3};
  const auto data = bijou::datasets::two_moons<float>(2'000, 0.05f, data_rng);
  const auto train = [&](int threads) {
    std::mt19937_64 rng{4};
    bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::MAF<float, 2, 32, 32>{rng}};
    bijou::fit(flow, data,
               {.epochs = 2, .batch_size = 700, .learning_rate = 1e-3, .validation_fraction = 0.2, .threads = threads},
               rng);
    return flow.parameters();
  };
  const Eigen::VectorXf serial = train(1);
  for (const int threads : thread_counts) {
    INFO(threads << " threads");
    CHECK(train(threads) == serial);
  }
}

TEST_CASE("threads: each index runs once, and threads are used") {
  std::vector<int> runs(1000, 0);
  std::vector<int> by_thread(3, 0);
  bijou::detail::parallel_for(1000, 3, [&](bijou::Index i, int thread) {
    ++runs[static_cast<std::size_t>(i)];
    ++by_thread[static_cast<std::size_t>(thread)];
  });
  for (const int count : runs) CHECK(count == 1);
  CHECK(by_thread[0] + by_thread[1] + by_thread[2] == 1000);
#ifdef _OPENMP
  CHECK(omp_get_max_threads() >= 1);
#else
  FAIL("this test must be compiled with OpenMP");
#endif
}

TEST_CASE("threads: an exception in a thread reaches the caller") {
  CHECK_THROWS_AS(bijou::detail::parallel_for(100, 3,
                                              [](bijou::Index i, int) {
                                                if (i == 57) throw std::runtime_error("57");
                                              }),
                  std::runtime_error);
}

}  // namespace
