// expect: given: the flow is a temporary, which ends before its view: name it
#include <bijou/bijou.hpp>

bijou::flows::MAF<float> make_flow();

void f(const Eigen::Vector2f& context, std::mt19937_64& rng) {
#ifdef BIJOU_EXPECT_ERROR
  const auto view = make_flow().given(context);
#else
  const auto flow = make_flow();
  const auto view = flow.given(context);
#endif
  view.sample(3, rng);
}
