#!/bin/sh
# CITATION.cff, the vcpkg port and CHANGELOG.md name the version of include/bijou/version.hpp.
set -eu
cd "$(dirname "$0")/../.."
version=$(sh cmake/packaging/version.sh)
expect() {
  if [ "$2" != "$version" ]; then
    echo "$1 has version $2, include/bijou/version.hpp $version" >&2
    exit 1
  fi
}
expect CITATION.cff "$(sed -n 's/^version: //p' CITATION.cff)"
expect vcpkg.json "$(sed -n 's/.*"version-semver": "\(.*\)".*/\1/p' cmake/packaging/vcpkg/bijou/vcpkg.json)"
expect CHANGELOG.md "$(sed -n 's/^## \([0-9][0-9.]*\).*/\1/p' CHANGELOG.md | head -n 1)"
