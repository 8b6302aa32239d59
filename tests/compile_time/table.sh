#!/usr/bin/env bash
# What compiling costs: user seconds and the most memory, of programs and of each public header alone, as tables in Markdown
# (docs/compile_times.md). Fails if <bijou/bijou.hpp> costs more than 2.5 times <Eigen/Core>.
#   table.sh [--write] [--programs | --umbrella] [--runs N] [COMPILER...]
#     --write      puts the tables into docs/compile_times.md
#     --programs   without the headers; --umbrella: nothing but the two that are compared
#     --runs       of which the median is taken, 3
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p build

if [ "${1-}" = --write ]; then
  shift
  . tests/write_table.sh
  write_table docs/compile_times.md tests/compile_time/table.sh "$@"
fi

headers=true programs=true runs=3
while [ $# -gt 0 ]; do
  case $1 in
  --programs) headers=false ;;
  --umbrella) headers=false programs=false ;;
  --runs) runs=$2 && shift ;;
  -*) echo "table.sh: unknown option $1" >&2 && exit 2 ;;
  *) break ;;
  esac
  shift
done
if [ $# -eq 0 ]; then set -- g++ clang++; fi

folder=build/compile_times
mkdir -p $folder
flags="-std=c++20 -O2 -march=x86-64-v3 -Iinclude -isystem /usr/include/eigen3 -isystem /usr/include/hdf5/serial"
flags="$flags -isystem /usr/lib/$(uname -m)-linux-gnu/openmpi/include"

measure() { # COMPILER SOURCE RUNS: seconds and MB, the medians
  for ((run = 0; run < $3; ++run)); do
    # shellcheck disable=SC2086  # several flags
    if ! /usr/bin/time -f '%U %M' -o $folder/cost "$1" $flags -c "$2" -o $folder/object.o 2>$folder/log; then
      echo "$2 does not compile, see $folder/log" >&2
      return 1
    fi
    cat $folder/cost
  done | sort -n | awk '{ seconds[NR] = $1; memory[NR] = $2 }
                        END { m = int((NR + 1) / 2); printf "%.2f %d\n", seconds[m], memory[m] / 1024 }'
}

row() { # NAME SOURCE RUNS: a row with two columns for each compiler
  local line="| $1 |" cost
  for compiler in "${compilers[@]}"; do
    cost=$(measure "$compiler" "$2" "$3") || cost="- -"
    line="$line ${cost% *} | ${cost#* } |"
  done
  echo "$line"
}

compilers=("$@")
head="| |" rule="| --- |"
for compiler in "${compilers[@]}"; do
  head="$head ${compiler##*/} $("$compiler" -dumpfullversion 2>/dev/null || "$compiler" -dumpversion), s | MB |" rule="$rule --- | --- |"
done

echo "Processor: $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1). Date: $(date +%Y-%m-%d). Flags: -O2 -march=x86-64-v3."
echo
echo '#include <Eigen/Core>' >$folder/eigen.cpp
echo '#include <bijou/bijou.hpp>' >$folder/umbrella.cpp
echo "${head/| |/| program |}"
echo "$rule"
row '`#include <Eigen/Core>`' $folder/eigen.cpp "$runs" | tee $folder/eigen.row
row '`#include <bijou/bijou.hpp>`' $folder/umbrella.cpp "$runs" | tee $folder/umbrella.row
if $programs; then
  row 'examples/quickstart.cpp' examples/quickstart.cpp "$runs"
  row 'examples/two_moons/main.cpp' examples/two_moons/main.cpp "$runs"
  row 'tests/compile_time/programs/conditional_nsf.cpp' tests/compile_time/programs/conditional_nsf.cpp "$runs"
  row 'tests/compile_time/programs/load_any.cpp' tests/compile_time/programs/load_any.cpp "$runs"
fi
echo
for ((i = 0; i < ${#compilers[@]}; ++i)); do
  awk -F '|' -v column=$((2 * i + 3)) -v compiler="${compilers[i]##*/}" '
    FNR == NR { eigen = $column; next }
    { printf "With %s `<bijou/bijou.hpp>` costs %.2f times `<Eigen/Core>`, at most 2.5.\n", compiler, $column / eigen
      exit !($column <= 2.5 * eigen) }' $folder/eigen.row $folder/umbrella.row || above=true
done

if $headers; then
  echo
  echo "${head/| |/| header |}"
  echo "$rule"
  for header in $(cd include && git ls-files '*.hpp'); do
    echo "#include <$header>" >$folder/header.cpp
    row "${header#bijou/}" $folder/header.cpp 1
  done
fi
if ${above-false}; then echo "table.sh: <bijou/bijou.hpp> costs too much" >&2 && exit 1; fi
