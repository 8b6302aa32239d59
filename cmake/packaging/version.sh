#!/bin/sh
# Prints the version of the sources, from include/bijou/version.hpp: version.sh
set -eu
header=$(dirname "$0")/../../include/bijou/version.hpp
number=$(sed -n 's/^#define BIJOU_VERSION \([0-9][0-9]*\)$/\1/p' "$header")
if [ -z "$number" ]; then
  echo "version.sh: expected a line '#define BIJOU_VERSION <number>' in $header" >&2
  exit 1
fi
echo "$((number / 10000)).$((number / 100 % 100)).$((number % 100))"
