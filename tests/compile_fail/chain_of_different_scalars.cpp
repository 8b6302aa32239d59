// expect: Chain: the members have different scalar types, float and double
#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/permute.hpp>

#ifdef BIJOU_EXPECT_ERROR
using Scalar = float;
#else
using Scalar = double;
#endif

int main() {
  const bijou::Chain chain{bijou::Affine<double, 2>{{0, 0}, {1, 1}}, bijou::Permute<2>{1, 0},
                           bijou::Affine<Scalar, 2>{{0, 0}, {1, 1}}};
}
