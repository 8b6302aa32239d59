#!/bin/sh
# From a fresh Debian 12, Ubuntu 22.04 or newer to a result, with one command:
#   sh cmake/debian.sh two-moons   trains a flow on two moons and draws it
#   sh cmake/debian.sh test        builds and runs all tests
#   sh cmake/debian.sh site        builds the documentation, build/site/html
#   sh cmake/debian.sh live-site   the same, with a page that trains in the reader's browser; Debian 12 or Ubuntu 22.04
# Missing packages are installed with apt, through sudo when the user is not root; with nothing missing, apt is not called.
set -eu

case "$#:${1-}" in
1:two-moons | 1:test | 1:site | 1:live-site) ;;
*)
  echo "cmake/debian.sh: expected one argument, two-moons, test, site or live-site, got: ${*:-nothing}" >&2
  exit 2
  ;;
esac
cd "$(dirname "$0")/.."

missing=
need_command() { command -v "$1" >/dev/null || missing="$missing $2"; }
need_package() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed' || missing="$missing $1"; }

case "$1" in *site)
  need_command doxygen doxygen
  need_package libjs-katex
  need_package python3-venv
  ;;
*)
  need_command c++ g++
  need_command cmake cmake
  need_command make make
  need_command gnuplot gnuplot-nox
  need_package libeigen3-dev
  need_package libcli11-dev
  need_package libcsv-dev
  need_package nlohmann-json3-dev
  ;;
esac
if [ "$1" = live-site ]; then
  need_command clang++ clang
  need_command wasm-ld lld
  need_package libc++-14-dev-wasm32
  need_package libc++abi-14-dev-wasm32
  need_package libclang-rt-14-dev-wasm32
  need_package libeigen3-dev
  need_package libsimde-dev
  need_package wasi-libc
fi
if [ "$1" = test ]; then
  need_command mpirun openmpi-bin
  need_command pkg-config pkg-config
  need_command python3 python3
  need_package catch2
  need_package libhdf5-dev
  need_package libopenmpi-dev
  need_package libsamplerate0-dev
  need_package libsndfile1-dev
  need_package libzip-dev
fi

if [ -n "$missing" ]; then
  echo "Installing:$missing"
  if ! command -v apt-get >/dev/null; then
    echo "cmake/debian.sh: there is no apt-get here; install by other means:$missing" >&2
    exit 1
  elif [ "$(id -u)" -eq 0 ]; then
    root=
  elif command -v sudo >/dev/null; then
    root=sudo
  else
    echo "cmake/debian.sh: neither root nor sudo; ask an administrator to install:$missing" >&2
    exit 1
  fi
  $root apt-get update
  # shellcheck disable=SC2086  # several packages
  $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
fi

case "$1" in *site)
  live=
  [ "$1" = site ] || live=--live
  python=build/site/python/bin/python
  [ -x $python ] || /usr/bin/python3 -m venv build/site/python
  $python -m pip install --quiet --disable-pip-version-check -r docs/site/requirements.txt
  exec $python docs/site/build.py $live
  ;;
esac

build=build/release
jobs=$(nproc)
tests=OFF
march=
optimisation=-O3
if [ "$1" = test ]; then
  build=build/test
  tests=ON
  optimisation=-Og # of examples and the like, in two thirds of the time to compile
elif grep -qw avx2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo; then
  build=build/two-moons
  march=x86-64-v3 # two to three times as fast as the oldest x86-64
fi
cmake -S . -B $build -DCMAKE_BUILD_TYPE=Release -DBIJOU_BUILD_TESTS=$tests -DBIJOU_BUILD_BENCHMARKS=OFF \
  -DBIJOU_MARCH=$march "-DCMAKE_CXX_FLAGS_RELEASE=$optimisation -DNDEBUG"

if [ "$1" = test ]; then
  cmake --build $build -j "$jobs"
  cd $build
  ctest --output-on-failure --no-tests=error -j "$jobs"
else
  cmake --build $build -j "$jobs" --target run_two_moons
  echo "The pictures are in $build/two_moons_output"
fi
