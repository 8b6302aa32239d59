// expect: Chain: the members have different event sizes
#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/permute.hpp>

#ifdef BIJOU_EXPECT_ERROR
using Order = bijou::Permute<3>;
constexpr Order order{1, 0, 2};
#else
using Order = bijou::Permute<2>;
constexpr Order order{1, 0};
#endif

int main() { const bijou::Chain chain{order, bijou::Affine<double, 2>{{0, 0}, {1, 1}}}; }
