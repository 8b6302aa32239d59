#pragma once

#include <bijou/core/language.hpp>
#include <Eigen/Core>

namespace bijou {

/// Number of coordinates, units or events.
using Index = Eigen::Index;

/// The size of a type that takes events of any size (Reverse<Eigen::Dynamic>).
inline constexpr Index any_size = -1;

}  // namespace bijou
