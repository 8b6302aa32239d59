// expect: given: the context has another scalar type than the flow
#include <bijou/bijou.hpp>

void f(const bijou::flows::MAF<float>& flow, std::mt19937_64& rng) {
#ifdef BIJOU_EXPECT_ERROR
  flow.given(Eigen::Vector2d(1, 2)).sample(3, rng);
#else
  flow.given(Eigen::Vector2f(1, 2)).sample(3, rng);
#endif
}
