#!/usr/bin/env bash
# How long it takes from a bare Debian 12 to a first density from the package, downloads left out:
#   bash cmake/packaging/bare_debian.sh
# Needs root, debootstrap, the network, and what deb.sh needs. The bare system is build/bare; the commands of docs/packages.md,
# "From nothing", run in a copy of it, build/bare_used. Nothing is mounted.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/build
version=$(sh "$here/version.sh")
bare=$build/bare used=$build/bare_used

commands=$(awk '/^## /{section = $0} section == "## From nothing" && /^    /{print substr($0, 5)}' "$root/docs/packages.md")
package=libbijou-dev_$version-1_all.deb

bash "$here/deb.sh"
if ! [ -d "$bare" ]; then
  debootstrap --variant=minbase bookworm "$bare.part" http://deb.debian.org/debian
  mv "$bare.part" "$bare"
fi
rm -rf "$used"
cp -a "$bare" "$used"
cp /etc/resolv.conf "$used/etc/resolv.conf"
cp "$build/deb/$package" "$used/root/"
in_bare() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive chroot "$used" sh -e -c "cd /root; $1"; }
in_bare "apt-get update; apt-get install -y --no-install-recommends --download-only ./$package g++" >"$build/bare_download.log" 2>&1

TIMEFORMAT='%R s, of which processors worked %U s for the programs and %S s for the kernel'
{ time in_bare "$commands" >"$build/bare_used.log" 2>&1; } 2>"$build/bare_time.log"
density=$(tail -n 1 "$build/bare_used.log")

in_bare "dpkg -r libbijou-dev" >/dev/null
left=$(cd "$used" && find . -name '*bijou*' -not -path './root/*' -not -path './var/cache/apt/*')
if [ -n "$left" ]; then
  echo "bare_debian.sh: the removed package leaves $left" >&2
  exit 1
fi
grep -m 1 'model name' /proc/cpuinfo
echo "$(wc -l <<<"$commands") lines to the log density $density in $(cat "$build/bare_time.log")"
