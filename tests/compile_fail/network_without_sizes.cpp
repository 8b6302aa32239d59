// expect: NetworkOptions
#include <bijou/bijectors/maf.hpp>
#include <random>

#ifdef BIJOU_EXPECT_ERROR
using Maf = bijou::MAF<double, 2>;
#else
using Maf = bijou::MAF<double, 2, 8>;
#endif

int main() {
  std::mt19937_64 rng{0};
  const Maf maf{rng};
}
