#!/usr/bin/env bash
# Seconds that the compiler takes (user time, the least of three rounds, of two for programs), printed beside limits; above a
# limit the test fails. Limits are multiples of <Eigen/Core> in the same rounds, as machines are slower at times: 2.5 for
# <bijou/bijou.hpp>; of the others about half as much again as is taken today.
#   check.sh COMPILER ROOT EIGEN FOLDER
set -euo pipefail
shopt -s inherit_errexit
compiler=$1 root=$2 eigen=$3 folder=$4
mkdir -p "$folder"

flags="-std=c++20 -O2"
case $("$compiler" -dumpmachine) in x86_64*) flags="$flags -march=x86-64-v3" ;; esac

echo '#include <Eigen/Core>' >"$folder/eigen.cpp"
echo '#include <bijou/bijou.hpp>' >"$folder/umbrella.cpp"
echo "#include \"$root/examples/quickstart.cpp\"" >"$folder/one_flow.cpp"
# The same flow once more, with networks of another width.
sed 's/\b128\b/64/g; s/int main()/void second_width()/' "$root/examples/quickstart.cpp" >"$folder/second_width.hpp"
printf '#include "%s"\nvoid second_width();\n#include "second_width.hpp"\n' "$root/examples/quickstart.cpp" >"$folder/two_widths.cpp"
if cmp -s <(sed 's/void second_width()/int main()/' "$folder/second_width.hpp") "$root/examples/quickstart.cpp"; then
  echo "examples/quickstart.cpp has no width of 128" >&2
  exit 1
fi

TIMEFORMAT=%U
compile() { # $1.cpp: its seconds, added to those of the rounds before
  # shellcheck disable=SC2086  # several flags
  { time "$compiler" $flags -I"$root/include" -isystem "$eigen" -c "$folder/$1.cpp" -o "$folder/$1.o" 2>&3; } 2>>"$folder/$1.seconds"
} 3>&2
least() { sort -n "$folder/$1.seconds" | head -n 1; }
headers="eigen umbrella"
programs="one_flow two_widths"
for source in $headers $programs; do : >"$folder/$source.seconds"; done
for sources in "$headers $programs" "$headers $programs" "$headers"; do
  for source in $sources; do compile "$source"; done
done

awk -v eigen_core="$(least eigen)" -v umbrella="$(least umbrella)" -v one="$(least one_flow)" -v two="$(least two_widths)" '
  function check(what, seconds, limit) {
    printf "%-28s %5.2f s, limit %4.1f s\n", what, seconds, limit
    if (!(seconds <= limit)) failed = 1
  }
  BEGIN {
    check("<bijou/bijou.hpp> alone", umbrella, 2.5 * eigen_core)
    check("examples/quickstart.cpp", one, 12 * eigen_core)
    check("the same in a second width", two - one, 2 * eigen_core)
    exit failed
  }'
