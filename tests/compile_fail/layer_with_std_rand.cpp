// expect: UniformRandomBitGenerator
#include <bijou/bijectors/maf.hpp>
#include <cstdlib>
#include <random>
#include <utility>

int main() {
  std::mt19937_64 rng{0};
#ifdef BIJOU_EXPECT_ERROR
  const bijou::MAF<double, 2> maf{{8}, std::rand};
#else
  const bijou::MAF<double, 2> maf{{8}, rng};
#endif
}
