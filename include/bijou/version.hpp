#pragma once

/// Version of the library after semver.org, for #if: 10000 major + 100 minor + patch. The one place where it stands;
/// the build reads it here.
#define BIJOU_VERSION 100

namespace bijou {

inline constexpr int version_major = BIJOU_VERSION / 10000;
inline constexpr int version_minor = BIJOU_VERSION / 100 % 100;
inline constexpr int version_patch = BIJOU_VERSION % 100;

}  // namespace bijou
