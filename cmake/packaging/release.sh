#!/usr/bin/env bash
# Makes a release of the last commit: bash cmake/packaging/release.sh <version> [--commit]
# Writes the version into include/bijou/version.hpp and, from there, the date and the version into CHANGELOG.md, CITATION.cff
# and the vcpkg port; commits that beside the branch; and makes in build/release-<version> the source archive and the single
# header of that commit with SHA256SUMS. With --commit the branch moves to the commit and a tag is set; without it the two
# commands are printed, and nothing has changed outside build/.
set -euo pipefail
fail() {
  echo "release.sh: $*" >&2
  exit 1
}
version=${1:-}
if ! { [ $# -eq 1 ] || { [ $# -eq 2 ] && [ "$2" = --commit ]; }; } ||
  ! [[ $version =~ ^(0|[1-9][0-9]*)\.(0|[1-9][0-9]?)\.(0|[1-9][0-9]?)$ ]]; then
  fail "expected a version such as 1.2.3, with at most two digits behind each dot, and perhaps --commit; got: ${*:-nothing}"
fi
cd "$(dirname "$0")/../.."

changed=$(git status --porcelain)
[ -z "$changed" ] || fail "expected a tree without changes, got
$changed"
IFS=. read -r major minor patch <<<"$(sh cmake/packaging/version.sh)"
followers="$major.$minor.$((patch + 1)), $major.$((minor + 1)).0 or $((major + 1)).0.0"
[[ $followers =~ (^|[ ])"$version"(,|[ ]|$) ]] || fail "after $major.$minor.$patch comes $followers, got $version"
if git rev-parse --quiet --verify "refs/tags/v$version" >/dev/null; then fail "the tag v$version is there already"; fi
unreleased=$(awk '/^## /{inside = $0 == "## [Unreleased]"; next} inside' CHANGELOG.md)
grep -q '^- ' <<<"$unreleased" || fail "CHANGELOG.md says nothing under Unreleased"
if [ "${version##*.}" != 0 ] && grep '^### ' <<<"$unreleased" | grep -qvxE '### (Fixed|Security)'; then
  fail "$version repairs only (docs/policy.md), but CHANGELOG.md has more than Fixed and Security under Unreleased"
fi

out=$PWD/build/release-$version
tree=$out/tree
rm -rf "$out"
git worktree prune
mkdir -p "$out"
git worktree add --quiet --detach "$tree" HEAD
trap 'git worktree remove --force "$tree"' EXIT

IFS=. read -r major minor patch <<<"$version"
sed -i "s/^#define BIJOU_VERSION .*/#define BIJOU_VERSION $((10000 * major + 100 * minor + patch))/" "$tree/include/bijou/version.hpp"
version=$(sh "$tree/cmake/packaging/version.sh") # what is written now is what the header says
date=$(date --utc +%F)
sed -i "s/^## \[Unreleased\]$/&\n\n## $version - $date/" "$tree/CHANGELOG.md"
sed -i "/^date-released:/d; s/^version: .*/version: $version\ndate-released: $date/" "$tree/CITATION.cff"
sed -i "s/\"version-semver\": \".*\"/\"version-semver\": \"$version\"/" "$tree/cmake/packaging/vcpkg/bijou/vcpkg.json"
git -C "$tree" commit --quiet --all --message "Version $version"
commit=$(git -C "$tree" rev-parse HEAD)

sh "$tree/cmake/packaging/source_archive.sh" "$out" >/dev/null
python3 -B "$tree/cmake/packaging/single_header.py" "$out/bijou_single.hpp"
(cd "$out" && sha256sum "bijou-$version.tar.gz" bijou_single.hpp | tee SHA256SUMS)

if [ "${2:-}" = --commit ]; then
  git merge --quiet --ff-only "$commit"
  git tag --annotate --message "bijou $version" "v$version" "$commit"
  echo "Committed and tagged v$version; the files are in $out"
else
  echo "The files are in $out. To move the branch to this release:"
  echo "git merge --ff-only $commit"
  echo "git tag --annotate --message 'bijou $version' v$version $commit"
fi
