// One line of flags: -std=c++20 -O2 -march=x86-64-v3 -isystem /opt/compiler-explorer/libs/eigen/v3.4.0
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <iostream>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  using Layer = bijou::MAF<float, 2, 64, 64>;
  const bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{},
                                            bijou::Chain{Layer{rng}, bijou::Reverse<2>{}, Layer{rng}}};
  const auto x = flow.sample(5, rng);
  std::cout << "events, one per column:\n"
            << x << "\ntheir log densities, in nats:\n"
            << flow.log_prob(x).transpose() << '\n';
}
