// expect: convert .*NetworkOptions
#include <bijou/bijectors/maf.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
#ifdef BIJOU_EXPECT_ERROR
  const bijou::MAF<double, 2> maf{{}, rng};
#else
  const bijou::MAF<double, 2> maf{{8}, rng};
#endif
}
