#pragma once

#include <bijou/core/language.hpp>
#include <Eigen/Core>

namespace bijou {

/// Number of coordinates, units or events.
using Index = Eigen::Index;

/// The size of a type that takes events of any size (Reverse<Eigen::Dynamic>).
inline constexpr Index any_size = -1;

namespace detail {

/// The greatest number of rows or columns of an Eigen matrix, Dynamic if it is not known. At least 2, since Eigen takes
/// what has one row or column at most for a vector, and forgets the size of what has none.
constexpr int most_of_matrix(int most) { return most == 0 || most == 1 ? 2 : most; }

}  // namespace detail
}  // namespace bijou
