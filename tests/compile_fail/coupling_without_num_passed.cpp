// expect: WithHiddenSizes\(Index first, Rng& rng\)
#include <bijou/bijectors/real_nvp.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
#ifdef BIJOU_EXPECT_ERROR
  const bijou::RealNVP<double, 2, 8> real_nvp{rng};
#else
  const bijou::RealNVP<double, 2, 8> real_nvp{1, rng};
#endif
}
