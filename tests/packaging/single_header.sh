#!/usr/bin/env bash
# The single header has every line of the headers that <bijou/bijou.hpp> includes, compiles without a warning, and two units
# of a program may include it: single_header.sh <compiler> <folder to work in> [<folder of Eigen>]...
set -euo pipefail
compiler=$1 folder=$2
shift 2
root=$(cd "$(dirname "$0")/../.." && pwd)
system=()
for include in "$@"; do system+=(-isystem "$include"); done

rm -rf "$folder"
mkdir -p "$folder"
single=$folder/bijou_single.hpp
python3 -B "$root/cmake/packaging/single_header.py" "$single"

# The compiler says which headers there are.
echo '#include <bijou/bijou.hpp>' >"$folder/umbrella.cpp"
"$compiler" -std=c++20 -M "-I$root/include" "${system[@]}" "$folder/umbrella.cpp" | tr -s ' ' '\n' |
  grep "^$root/include/bijou/" >"$folder/headers.txt"
xargs cat <"$folder/headers.txt" >"$folder/sources.txt"
grep -vE '^(#pragma once|#include <.*|)$' "$folder/sources.txt" >"$folder/lines.txt"
if grep -vxFf "$single" "$folder/lines.txt"; then
  echo "These lines are not in the single header" >&2
  exit 1
fi
sed -nE 's/^(#include <[^>]*>).*/\1/p' "$folder/sources.txt" | grep -v '<bijou/' | sort -u >"$folder/includes.txt"
if grep -vxFf "$single" "$folder/includes.txt"; then
  echo "These includes are not in the single header" >&2
  exit 1
fi
if grep -nE '^#(pragma once|include <bijou/)' "$single"; then
  echo "These lines do not belong in the single header" >&2
  exit 1
fi

warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"
for unit in main other_unit; do
  # shellcheck disable=SC2086  # several flags
  "$compiler" -std=c++20 -O0 $warnings "-I$folder" "${system[@]}" -c "$root/tests/packaging/single_header/$unit.cpp" \
    -o "$folder/$unit.o"
done
"$compiler" "$folder/main.o" "$folder/other_unit.o" -o "$folder/program"
"$folder/program"
echo "$(wc -l <"$folder/headers.txt") headers, $(wc -l <"$folder/lines.txt") lines, all of them in the single header"
