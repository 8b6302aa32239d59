#!/bin/sh
# Compiles and runs main.cpp with the compiler and pkg-config alone: pkg_config.sh <compiler> <folder of bijou.pc> <program>
set -eu

PKG_CONFIG_PATH=$2
export PKG_CONFIG_PATH
if ! command -v pkg-config >/dev/null; then
  echo "skipped: pkg-config is not installed"
  exit 77
elif ! pkg-config --exists eigen3; then
  echo "skipped: pkg-config finds no Eigen"
  exit 77
fi
mkdir -p "$(dirname "$3")"
# shellcheck disable=SC2046  # several flags
"$1" -std=c++20 $(pkg-config --cflags bijou) "$(dirname "$0")/main.cpp" -o "$3" $(pkg-config --libs bijou)
"$3"
