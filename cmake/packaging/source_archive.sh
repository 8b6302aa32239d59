#!/bin/sh
# Writes bijou-<version>.tar.gz of the last commit, the same bits each time: source_archive.sh [<folder>, by default build/]
# Times in it are that of the commit. What is changed and not committed is not in it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$(realpath "${1:-$here/../../build}")
cd "$here/../.."
mkdir -p "$folder"

git show HEAD:include/bijou/version.hpp | cmp -s - include/bijou/version.hpp || {
  echo "source_archive.sh: expected a committed include/bijou/version.hpp, got one that is changed" >&2
  exit 1
}
name=bijou-$(sh "$here/version.sh")
# --no-name: neither name nor time in gzip's header. The umask is that of a default configuration.
git -c tar.umask=0022 archive --format=tar --prefix="$name/" HEAD | gzip -9 --no-name >"$folder/$name.tar.gz.part"
mv "$folder/$name.tar.gz.part" "$folder/$name.tar.gz"
echo "$folder/$name.tar.gz"
