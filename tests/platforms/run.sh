#!/usr/bin/env bash
# Compiles program.cpp for each platform whose tools are here, runs it, compares what it prints with plain x86-64, exchanges
# model files with it in both directions, and prints the rows of a table (docs/platforms.md). Fails if a platform does.
#   run.sh [--write] [--quick] [--jobs N] [--eigen FOLDER]... [--zig COMMAND] [--only REGEX] [FOLDER]
#     --write   puts the rows into docs/platforms.md
#     --quick   only those whose tools .ci/run installs, and these must be there
#     --eigen   the headers of another Eigen, tried with AVX2
#     --zig     zig, which can compile for macOS
#     --only    the platforms whose name, or line of compilation, matches
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p build

if [ "${1-}" = --write ]; then
  shift
  . tests/write_table.sh
  write_table docs/platforms.md tests/platforms/run.sh "$@"
fi

quick=false jobs=1 eigens=() zig=zig only=. folder=build/platforms
while [ $# -gt 0 ]; do
  case $1 in
  --quick) quick=true ;;
  --jobs) jobs=$2 && shift ;;
  --eigen) eigens+=("$2") && shift ;;
  --zig) zig=$2 && shift ;;
  --only) only=$2 && shift ;;
  -*) echo "run.sh: unknown option $1" >&2 && exit 2 ;;
  *) folder=$1 ;;
  esac
  shift
done
if ! [ "$(uname -m)" = x86_64 ]; then echo "run.sh: expected x86-64, which the others are compared with" >&2 && exit 2; fi

root=$PWD
eigen=/usr/include/eigen3
rm -rf "$folder"
mkdir -p "$folder/json"
folder=$(cd "$folder" && pwd)
ln -s "${JSON:-/usr/include}/nlohmann" "$folder/json/nlohmann" # apart from the system's own headers
PATH=$PATH:/usr/lib/wine # where Debian has wine64
export WINEPREFIX=$folder/wine WINEDEBUG=-all
today=$(date +%Y-%m-%d)
names=() skipped=()

tool() { command -v "$1" >/dev/null; }

version_of_eigen() {
  printf '#include <Eigen/Core>\n' | g++ -std=c++20 -isystem "$1" -E -dM -x c++ - | awk '
    $2 ~ /^EIGEN_(WORLD|MAJOR|MINOR|PATCH)_VERSION$/ { part[$2] = $3 }
    END { m = part["EIGEN_MAJOR_VERSION"] "." part["EIGEN_MINOR_VERSION"]
          if ("EIGEN_PATCH_VERSION" in part) print m "." part["EIGEN_PATCH_VERSION"]
          else print part["EIGEN_WORLD_VERSION"] "." m }'
}

version_of_compiler() { # its name without path and target, and its version
  local name=${1##*/}
  case $name in zig) echo "zig $("$1" version)" && return ;; esac
  local version
  version=$("$1" -dumpfullversion 2>/dev/null) || version=$("$1" -dumpversion)
  version=${version%-posix}
  name=${name##*-gnu-} name=${name##*-mingw32-}
  echo "${name%%-[0-9p]*} $version"
}

# How it is run: native, or by what emulates it; "compiled only" is not run.
compile_and_run() { # FOLDER HOW EIGEN COMPILER FLAGS...
  local here=$1 how=$2 headers=$3
  shift 3
  local program=program runner=
  case $how in
  qemu-*) runner="$how -L ${FLAGS_SYSROOT-}" ;;
  wine64) program=program.exe runner=wine64 ;;
  node) program=program.wasm runner="node --no-warnings $root/tests/platforms/wasi.mjs" ;;
  esac
  echo "$how" >"$here/how"
  version_of_eigen "$headers" >"$here/eigen"
  local link=(timeout 300 "$@" "$here/program.o" -o "$here/$program")
  if [ "$how" = "compiled only" ]; then link=(true); fi
  if ! { timeout 900 "$@" -std=c++20 -O1 -Wall -Wextra -Wpedantic -I"$root/include" -isystem "$headers" \
    -isystem "$folder/json" -c "$root/tests/platforms/program.cpp" -o "$here/program.o" &&
    "${link[@]}"; } >"$here/log" 2>&1; then
    echo "does not compile" >"$here/error"
  elif [ "$how" != "compiled only" ]; then
    local status=0
    # shellcheck disable=SC2086  # several words
    (cd "$here" && timeout 300 $runner ./$program own.safetensors ../0/own.safetensors) 2>"$here/errors" |
      tr -d '\r' >"$here/output" || status=$?
    echo "$status" >"$here/status"
  fi
}

platform() { # NAME HOW EIGEN COMPILER FLAGS...
  local name=$1 how=$2 compiler=$4
  shift
  if [ ${#names[@]} -gt 0 ] && ! [[ "$name $*" =~ $only ]]; then return; fi
  if ! tool "$compiler" || { case $how in native | compiled*) false ;; *) ! tool "$how" ;; esac }; then
    skipped+=("$name: $compiler or what runs its programs is not here")
    return
  fi
  local here=$folder/${#names[@]}
  mkdir "$here"
  names+=("$name")
  version_of_compiler "$compiler" >"$here/compiler"
  while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
  compile_and_run "$here" "${@}" &
  if [ ${#names[@]} -eq 1 ]; then wait; fi # the others read its file
}

has_cpu() { grep -qw "$1" /proc/cpuinfo; }

# The first is what the others are compared with.
platform "x86-64, Linux" native $eigen g++
if has_cpu avx2; then platform "x86-64-v3, Linux" native $eigen g++ -march=x86-64-v3; else skipped+=("x86-64-v3: no such processor"); fi
if has_cpu avx512dq && has_cpu avx512vl; then
  platform "x86-64-v4, Linux" native $eigen g++ -march=x86-64-v4 -Wno-uninitialized -Wno-maybe-uninitialized
else
  skipped+=("x86-64-v4: no such processor")
fi
platform "x86-64, Linux, no exceptions" native $eigen g++ -fno-exceptions
platform "x86-64-v3, Linux" native $eigen clang++ -march=x86-64-v3
FLAGS_SYSROOT=/usr/aarch64-linux-gnu platform "aarch64, Linux" qemu-aarch64 $eigen aarch64-linux-gnu-g++ -Wno-psabi
FLAGS_SYSROOT=/usr/s390x-linux-gnu platform "s390x, Linux, big-endian" qemu-s390x $eigen s390x-linux-gnu-g++
FLAGS_SYSROOT=/usr/i686-linux-gnu platform "i686 with SSE2, Linux, 32 bits" qemu-i386 $eigen i686-linux-gnu-g++ -msse2 -mfpmath=sse
if $quick; then
  if [ ${#skipped[@]} -gt 0 ]; then missing=$(printf '%s\n' "${skipped[@]}" | grep -v 'no such processor' || true); fi
else
  for compiler in g++-11 clang++-16 clang++-19; do platform "x86-64, Linux" native $eigen $compiler; done
  platform "x86-64, Linux, libc++" native $eigen clang++-19 -stdlib=libc++
  for other in "${eigens[@]}"; do
    platform "x86-64-v3, Linux" native "$other" g++ -march=x86-64-v3
    FLAGS_SYSROOT=/usr/aarch64-linux-gnu platform "aarch64, Linux" qemu-aarch64 "$other" aarch64-linux-gnu-g++ -Wno-psabi
  done
  FLAGS_SYSROOT=/usr/i686-linux-gnu platform "i686 with x87, Linux, 32 bits" qemu-i386 $eigen i686-linux-gnu-g++
  platform "x86-64, Windows" wine64 $eigen x86_64-w64-mingw32-g++ -static
  # Debian's libc++ for it has neither exceptions nor std::filesystem.
  platform "WebAssembly, WASI, no exceptions, no files" node $eigen clang++ --target=wasm32-wasi -fno-exceptions \
    -DWITHOUT_FILES -Wno-unused-parameter
  platform "aarch64, macOS" "compiled only" $eigen "$zig" c++ -target aarch64-macos
  platform "x86-64, macOS" "compiled only" $eigen "$zig" c++ -target x86_64-macos
fi
wait

field() { sed -n "s/^$2 //p" "$folder/$1/output" | sed -n "${3:-1}p"; }

# The files of the others, read by the first.
files=() readers=()
for ((i = 1; i < ${#names[@]}; ++i)); do
  if [ -s "$folder/$i/own.safetensors" ]; then files+=("../$i/own.safetensors") && readers+=("$i"); fi
done
if [ ${#files[@]} -gt 0 ]; then
  (cd "$folder/0" && ./program again.safetensors "${files[@]}" >back || true)
  for ((k = 0; k < ${#files[@]}; ++k)); do sed -n 's/^file //p' "$folder/0/back" | sed -n "$((k + 2))p" >"$folder/${readers[k]}/back"; done
fi

relative() { awk -v a="$1" -v b="$2" 'BEGIN { d = (a - b) / b; printf "%.1e", d < 0 ? -d : d }'; }
above() { awk -v a="$1" 'BEGIN { exit !(a == "" || !(a <= 1e-12)) }'; }
message="TransformedDistribution: expected events of 2 rows, got 3"

failed=0
echo "| platform | compiler | Eigen | how | nll | relative difference | result | date |"
echo "| --- | --- | --- | --- | --- | --- | --- | --- |"
for ((i = 0; i < ${#names[@]}; ++i)); do
  here=$folder/$i how=$(cat "$folder/$i/how") nll='' difference='' note='' wrong=()
  if [ -e "$here/error" ]; then
    wrong+=("$(cat "$here/error")")
  elif [ "$how" != "compiled only" ]; then
    nll=$(field $i nll)
    if [ -z "$nll" ]; then
      wrong+=("the program fails")
    else
      difference=$(relative "$nll" "$(field 0 nll)")
      if above "$difference"; then wrong+=("another nll"); fi
      if above "$(relative "$(field $i draws)" "$(field 0 draws)")"; then wrong+=("other draws"); fi
      if [ "$(field $i initial)" != "$(field 0 initial)" ]; then wrong+=("other initial weights"); fi
      if [ "$(field $i noise)" != "$(field 0 noise)" ]; then
        case ${names[i]} in
        *Linux*) wrong+=("other bits of noise") ;;
        *) note=", last bits of the tails of the noise differ" ;; # those of the C library's log
        esac
      fi
      if [[ ${names[i]} != *"no files" ]]; then
        if [ "$(field $i file)" != "$(field $i trained)" ]; then wrong+=("its file comes back otherwise"); fi
        if [ $i -gt 0 ] && [ "$(field $i file 2)" != "$(field 0 trained)" ]; then wrong+=("reads the file of x86-64 otherwise"); fi
        if [ $i -gt 0 ] && [ "$(cat "$here/back")" != "$(field $i trained)" ]; then wrong+=("x86-64 reads its file otherwise"); fi
      fi
    fi
    case ${names[i]} in
    *"no exceptions"*) # an abort
      if ! grep -qF "$message" "$here/errors" || [ "$(cat "$here/status")" -eq 0 ]; then wrong+=("does not abort with its message"); fi
      ;;
    *) if [ "$(field $i caught)" != "$message" ] || [ "$(cat "$here/status")" -ne 0 ]; then wrong+=("the error is not caught"); fi ;;
    esac
  fi
  result=passed
  if [ "$how" = "compiled only" ]; then result="compiles, not run"; fi
  if [ ${#wrong[@]} -gt 0 ]; then
    result=$(printf '%s; ' "${wrong[@]}") result="**${result%; }**" failed=$((failed + 1))
  elif grep -q 'warning:' "$here/log"; then
    result="$result, with warnings$note"
  else
    result=$result$note
  fi
  if [ "$i" -eq 0 ]; then difference=; fi
  echo "| ${names[i]} | $(cat "$here/compiler") | $(cat "$here/eigen") | $how | $nll | $difference | $result | $today |"
done
if [ ${#skipped[@]} -gt 0 ]; then printf '\nSkipped: %s\n' "${skipped[@]}"; fi
if [ -n "${missing-}" ]; then
  echo "run.sh: .ci/run should have installed the tools of these" >&2
  failed=$((failed + 1))
fi
if [ $failed -gt 0 ]; then echo "run.sh: $failed failed, see $folder/*/log, output and errors" >&2 && exit 1; fi
