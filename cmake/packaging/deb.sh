#!/usr/bin/env bash
# Builds the Debian package of the last commit, with debhelper, cmake and libeigen3-dev installed, and runs lintian, which
# must find nothing: bash cmake/packaging/deb.sh
# The package is build/deb/libbijou-dev_<version>-1_all.deb, beside its source package.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
version=$(sh "$here/version.sh")
folder=$root/build/deb

rm -rf "$folder"
mkdir -p "$folder"
sh "$here/source_archive.sh" "$folder"
mv "$folder/bijou-$version.tar.gz" "$folder/bijou_$version.orig.tar.gz"
tar -xf "$folder/bijou_$version.orig.tar.gz" -C "$folder"
tree=$folder/bijou-$version

# The version stands in include/bijou/version.hpp only, and the maintainer is whoever made the commit.
cp -R "$tree/cmake/packaging/debian" "$tree/debian"
maintainer=$(git -C "$root" log -1 --format='%an <%ae>')
control=$(<"$tree/debian/control")
echo "${control/@MAINTAINER@/"$maintainer"}" >"$tree/debian/control"
cat >"$tree/debian/changelog" <<end
bijou ($version-1) unstable; urgency=medium

  * The changes are in CHANGELOG.md.

 -- $maintainer  $(git -C "$root" log -1 --format=%cd --date=rfc)
end

(cd "$tree" && dpkg-buildpackage --unsigned-source --unsigned-changes) >"$folder/build.log" 2>&1 || {
  cat "$folder/build.log" >&2
  exit 1
}
lintian --allow-root --display-info "$folder/bijou_$version-1_"*.changes | tee "$folder/lintian.log"
if [ -s "$folder/lintian.log" ]; then
  echo "deb.sh: lintian is not silent" >&2
  exit 1
fi
echo "$folder/libbijou-dev_$version-1_all.deb"
