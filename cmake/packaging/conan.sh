#!/usr/bin/env bash
# Makes the Conan package, tests it with its test_package, and removes it, in a cache of its own, build/conan/home:
#   bash cmake/packaging/conan.sh
# Conan 2 is installed from PyPI into build/conan, once; after that nothing needs the network, and `unshare` takes it away.
# Eigen is that of the system (libeigen3-dev), by the recipe in conan/eigen.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(realpath "$here/../..")/build/conan
conan=$folder/bin/conan
if [ "${1:-}" != offline ]; then
  if ! [ -x "$conan" ]; then
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check 'conan==2.*'
  fi
  # Without the rights for it, Conan has no remote to ask all the same.
  if unshare --net --map-root-user true 2>/dev/null; then
    exec unshare --net --map-root-user bash "$0" offline
  fi
fi

export CONAN_HOME=$folder/home PYTHONDONTWRITEBYTECODE=1
rm -rf "$CONAN_HOME" "$folder/test"
version=$(sh "$here/version.sh")
"$conan" profile detect
"$conan" remote remove conancenter
"$conan" create "$here/conan/eigen"
"$conan" create "$here/conan" --settings=compiler.cppstd=20 \
  --conf="tools.cmake.cmake_layout:test_folder=$folder/test" --conf=tools.cmake.cmaketoolchain:user_presets=

"$conan" remove --confirm "bijou/$version"
if "$conan" list 'bijou/*' 2>&1 | grep "bijou/$version"; then
  echo "conan.sh: the package is still there" >&2
  exit 1
fi
left=$(find "$CONAN_HOME" -path '*bijou*' -not -path '*/db/*')
if [ -n "$left" ]; then
  echo "conan.sh: the removed package leaves $left" >&2
  exit 1
fi
echo "conan.sh: bijou/$version made, tested and removed${1:+ without the network} in $SECONDS s"
