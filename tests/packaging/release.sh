#!/usr/bin/env bash
# Releases of a copy of the working tree: what is refused, what is written, and that the archive has the same bits twice:
#   release.sh <folder to work in>
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
if ! git -C "$root" rev-parse --git-dir >/dev/null 2>&1; then
  echo "skipped: not a git checkout"
  exit 77
fi
repository=$1/repository
rm -rf "$1"
mkdir -p "$repository"
(cd "$root" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --target-directory="$repository")
cd "$repository"
git init --quiet --initial-branch=main
git config user.name Tester
git config user.email tester@example.org
git config commit.gpgsign false
commit_all() { git add --all && git commit --quiet --message "$1"; }
unreleased() { sed -i "0,/^## \[Unreleased\]/s//&\n\n### $1\n\n- $2./" CHANGELOG.md; }
release() { bash cmake/packaging/release.sh "$@"; }
fail() {
  echo "tests/packaging/release.sh: $*" >&2
  exit 1
}
refusals=0
refused() { # <words of the message> <argument>...
  local words=$1 message
  shift
  if message=$(release "$@" 2>&1); then fail "release.sh $* was not refused"; fi
  [[ $message == *"$words"* ]] || fail "release.sh $*: expected '$words', got: $message"
  [ "$(git rev-parse HEAD)" = "$head" ] || fail "release.sh $* moved the branch"
  refusals=$((refusals + 1))
}

unreleased Added "Something"
commit_all "As it is"
head=$(git rev-parse HEAD)
old=$(sh cmake/packaging/version.sh)
IFS=. read -r major minor patch <<<"$old"
new=$major.$((minor + 1)).0

refused "expected a version" ""
refused "expected a version" "v$new"
refused "expected a version" "$major.$((minor + 1))"
refused "expected a version" "$new" --force
refused "after $old comes" "$old"
refused "after $old comes" "$major.$((minor + 2)).0"
refused "after $old comes" "$major.$((minor + 1)).1"
refused "repairs only" "$major.$minor.$((patch + 1))"
touch left_over
refused "without changes" "$new"
rm left_over
echo >>README.md
refused "without changes" "$new"
git checkout --quiet README.md

# Without --commit: the files, and nothing else.
release "$new" >"$1/output.txt"
[ "$(git rev-parse HEAD)" = "$head" ] || fail "the branch was moved"
[ -z "$(git status --porcelain)" ] || fail "the tree was changed"
out=build/release-$new
(cd "$out" && sha256sum --check --quiet SHA256SUMS)
[ "$(ls "$out")" = "$(printf '%s\n' SHA256SUMS "bijou-$new.tar.gz" bijou_single.hpp)" ] || fail "other files: $(ls "$out")"
grep -q "^// bijou $new," "$out/bijou_single.hpp"
tar -xf "$out/bijou-$new.tar.gz" -C "$1"
tree=$1/bijou-$new
[ "$(sh "$tree/cmake/packaging/version.sh")" = "$new" ] || fail "the archive has another version"
bash "$tree/tests/packaging/versions.sh"
grep -qx "date-released: $(date --utc +%F)" "$tree/CITATION.cff"
[ "$(grep -c "^## " "$tree/CHANGELOG.md")" = "$(($(grep -c "^## " CHANGELOG.md) + 1))" ] || fail "no new heading in CHANGELOG.md"
python3 -B "$tree/cmake/packaging/single_header.py" "$1/of_archive.hpp" # what is in the archive makes the same single header
cmp "$1/of_archive.hpp" "$out/bijou_single.hpp"

# The printed commands, and the archive of the tag from another clone with another umask, later.
sh -e -c "$(grep '^git ' "$1/output.txt")" >/dev/null
[ "$(git rev-parse "v$new^{commit}")" = "$(git rev-parse HEAD)" ] || fail "the tag is elsewhere"
sleep 1
git clone --quiet . "$1/clone"
(umask 077 && sh "$1/clone/cmake/packaging/source_archive.sh" "$1/again" >/dev/null)
cmp "$1/again/bijou-$new.tar.gz" "$out/bijou-$new.tar.gz"

# The next one, with --commit.
head=$(git rev-parse HEAD)
refused "nothing under Unreleased" "$major.$((minor + 1)).1"
unreleased Fixed "Something else"
commit_all "A repair"
release "$major.$((minor + 1)).1" --commit >/dev/null
[ "$(git rev-parse "v$major.$((minor + 1)).1^{commit}")" = "$(git rev-parse HEAD)" ] || fail "no tag at the branch"
bash tests/packaging/versions.sh
[ -z "$(git status --porcelain)" ] || fail "the tree was changed"
[ "$(git worktree list | wc -l)" = 1 ] || fail "a work tree is left behind"
echo "releases $new and $major.$((minor + 1)).1 made, $refusals requests refused"
