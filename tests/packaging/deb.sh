#!/usr/bin/env bash
# Builds the Debian package, installs it below build/deb/installed (nothing of the system is changed), builds and runs programs
# that find it with CMake and with pkg-config, and removes it without a trace: bash tests/packaging/deb.sh
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$root/build/deb
version=$(sh "$root/cmake/packaging/version.sh")
bash "$root/cmake/packaging/deb.sh"

installed=$folder/installed
mkdir -p "$installed/var/lib/dpkg/info" "$installed/var/lib/dpkg/updates"
touch "$installed/var/lib/dpkg/status"
in_folder() { # libeigen3-dev is the system's
  dpkg --root="$installed" --log=/dev/null --force-depends --force-not-root "$@" >"$folder/dpkg.log" 2>&1 || {
    cat "$folder/dpkg.log" >&2
    exit 1
  }
}
files() { find "$installed" -path "$installed/var/lib/dpkg" -prune -o -print | sort; }

files >"$folder/files_before.txt"
in_folder -i "$folder/libbijou-dev_$version-1_all.deb"
for header in $(cd "$root/include" && git ls-files '*.hpp'); do
  cmp "$root/include/$header" "$installed/usr/include/$header"
done

cmake -S "$root/tests/consumers" -B "$folder/consumer" -DHOW=find_package "-DVERSION=${version%.*}" \
  "-DCMAKE_PREFIX_PATH=$installed/usr" >"$folder/consumer.log"
grep -q "^bijou_DIR:PATH=$installed/usr/" "$folder/consumer/CMakeCache.txt"
cmake --build "$folder/consumer" >>"$folder/consumer.log"
"$folder/consumer/consumer"
sh "$root/tests/consumers/pkg_config.sh" c++ "$installed/usr/share/pkgconfig" "$folder/consumer/pkg_config"

in_folder -r libbijou-dev
files | diff "$folder/files_before.txt" -
if grep -l libbijou-dev -r "$installed/var/lib/dpkg" --exclude='*-old'; then
  echo "dpkg still knows of the package" >&2
  exit 1
fi
echo "deb.sh: built, installed, used, removed in $SECONDS s"
