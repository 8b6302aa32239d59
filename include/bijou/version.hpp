#pragma once

/// Version of the library after semver.org, for the preprocessor: 10000 major + 100 minor + patch. The one place where
/// it stands; the build reads it here.
#define BIJOU_VERSION 100

namespace bijou {

/// Grows when programs have to change.
inline constexpr int version_major = BIJOU_VERSION / 10000;
/// Grows with new parts; before 1.0 also when programs have to change.
inline constexpr int version_minor = BIJOU_VERSION / 100 % 100;
/// Grows with corrections.
inline constexpr int version_patch = BIJOU_VERSION % 100;

}  // namespace bijou
