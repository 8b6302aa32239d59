#pragma once

namespace bijou {

/// Version of the library, after semver.org; the build reads it from this file.
inline constexpr int version_major = 0;
inline constexpr int version_minor = 1;
inline constexpr int version_patch = 0;

}  // namespace bijou
