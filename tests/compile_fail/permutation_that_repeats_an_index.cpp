// expect: permutation_must_name_each_index_from_0_to_D_minus_1_exactly_once
#include <bijou/bijectors/permute.hpp>

#ifdef BIJOU_EXPECT_ERROR
constexpr bijou::Permute<3> order{2, 0, 2};
#else
constexpr bijou::Permute<3> order{2, 0, 1};
#endif

int main() { return order.indices()[1]; }
