#!/usr/bin/env bash
# The one file for Compiler Explorer compiles with the one line of flags, Eigen's folder being that of this machine, and runs:
#   compiler_explorer.sh <compiler> <folder to work in> [<folder of Eigen>]...
set -euo pipefail
compiler=$1 folder=$2
shift 2
root=$(cd "$(dirname "$0")/../.." && pwd)
rm -rf "$folder"
mkdir -p "$folder"

python3 -B "$root/cmake/packaging/single_header.py" "$folder/one_file.cpp" --program "$root/cmake/packaging/compiler_explorer.cpp"
flags=$(sed -n 's/^.*One line of flags: //p' "$folder/one_file.cpp")
there=/opt/compiler-explorer/libs/eigen/v3.4.0
[[ $flags == *" -isystem $there" ]] || { echo "other flags: $flags" >&2 && exit 1; }
flags=${flags% -isystem *}
for include in "$@"; do flags+=" -isystem $include"; done
if [[ $("$compiler" -dumpmachine) != x86_64* ]] || ! grep -qw avx2 /proc/cpuinfo || ! grep -qw fma /proc/cpuinfo; then
  echo "skipped: not a processor for x86-64-v3"
  exit 77
fi
# shellcheck disable=SC2086  # several flags
"$compiler" $flags -Wall -Wextra -Werror "$folder/one_file.cpp" -o "$folder/program"
"$folder/program" | tee "$folder/output.txt"
[ "$(tail -n 1 "$folder/output.txt" | grep -oE -- '-?[0-9]+\.[0-9]+' | wc -l)" = 5 ] # finite numbers
