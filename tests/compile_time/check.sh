#!/usr/bin/env bash
# Seconds that the compiler takes (user time), printed beside limits; above a limit the test fails. Limits are multiples of
# <Eigen/Core>: 2.5 for <bijou/bijou.hpp>; of the others about half as much again as is taken today. Machines are slower at
# times, within seconds: what is compared is compiled in turn, and of the quotients of five rounds (two for programs) the
# median counts, or the lesser of two.
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
seconds() { # of the compiler for $1.cpp
  # shellcheck disable=SC2086  # several flags
  { time "$compiler" $flags -I"$root/include" -isystem "$eigen" -c "$folder/$1.cpp" -o /dev/null 2>&3; } 2>&1
} 3>&2

rounds() { # PROGRAMS... of each round, "" for none: prints the seconds, a line for a round
  local programs source one taken
  for programs; do
    taken=()
    for source in eigen umbrella $programs; do
      one=$(seconds "$source") # by itself: in the argument of a command a failure would be lost
      taken+=("$one")
    done
    echo "${taken[@]}"
  done
}
# Two at a time, each with compilations of its own in turn.
rounds "one_flow two_widths" "" "" >"$folder/seconds_1" &
rounds "one_flow two_widths" "" >"$folder/seconds_2"
wait $!
cat "$folder/seconds_1" "$folder/seconds_2" >"$folder/seconds"

awk '
  function lower_median(values, n,   i, j, swap) {
    for (i = 1; i < n; ++i)
      for (j = i + 1; j <= n; ++j)
        if (values[j] < values[i]) { swap = values[i]; values[i] = values[j]; values[j] = swap }
    return values[int((n + 1) / 2)]
  }
  function check(what, values, n, limit,   median) {
    median = lower_median(values, n)
    printf "%-28s %5.2f times <Eigen/Core>, limit %4.1f\n", what, median, limit
    if (!(median <= limit)) failed = 1
  }
  BEGIN { print "seconds of <Eigen/Core>, <bijou/bijou.hpp>, one flow, two" }
  { print; umbrella[NR] = $2 / $1 }
  NF == 4 { one[++programs] = $3 / $1; another[programs] = ($4 - $3) / $1 }
  END {
    check("<bijou/bijou.hpp> alone", umbrella, NR, 2.5)
    check("examples/quickstart.cpp", one, programs, 12)
    check("the same in a second width", another, programs, 2)
    exit failed
  }' "$folder/seconds"
