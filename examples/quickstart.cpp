// Compose a flow, train it, sample it, evaluate it: the whole of it on one page.
#include <iostream>
// [program]
#include <bijou/bijou.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  const auto data = bijou::datasets::two_moons<float>(10'000, 0.05f, rng);  // 2 x 10000: one column per point

  bijou::TransformedDistribution flow{
      bijou::StandardNormal<float, 2>{},
      bijou::Chain{bijou::MAF<float, 2, 128, 128>{rng}, bijou::Permute<2>{1, 0}, bijou::MAF<float, 2, 128, 128>{rng},
                   bijou::Permute<2>{1, 0}, bijou::MAF<float, 2, 128, 128>{rng}, bijou::Permute<2>{1, 0}}};

  const auto history = bijou::fit(flow, data, {.epochs = 50, .batch_size = 32, .learning_rate = 1e-3f}, rng);

  const auto x = flow.sample(1'000, rng);  // 2 x 1000
  const auto log_p = flow.log_prob(x);     // 1000 values, in nats
  // [program]

  std::cout << "trained for " << history.seconds << " s; training nll " << history.train_nll.back()
            << " nats, mean log p of the samples " << log_p.mean() << " nats\n";
  // [program]
}
// [program]
