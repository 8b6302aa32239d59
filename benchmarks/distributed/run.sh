#!/usr/bin/env bash
# MPIRUN PROGRAM [ROUNDS]: a step without a communicator, with Alone, on one rank, on one with two threads, and on two ranks, in turn; medians over rounds.
set -eu
mpirun=$1 program=$2 rounds=${3:-5}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
results=$(mktemp)
trap 'rm -f "$results"' EXIT
for ((round = 0; round < rounds; ++round)); do
  for how in "plain 1 1" "alone 1 1" "one 1 1" "threads 1 2" "ranks 2 1"; do
    read -r name ranks threads <<<"$how"
    bind=none
    [ "$ranks" = 1 ] || bind=core
    communicator=mpi
    case $name in plain | alone) communicator=$name ;; esac
    echo "$name $(OMP_NUM_THREADS=$threads "$mpirun" --bind-to $bind -np "$ranks" "$program" "$threads" 40 $communicator)" | tee -a "$results"
  done
done
for name in plain alone one threads ranks; do
  median=$(awk -v name=$name '$1 == name { print $4 }' "$results" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
  printf -v "$name" "%s" "$median"
done
# shellcheck disable=SC2154  # declared above
awk -v plain="$plain" -v alone="$alone" -v one="$one" -v threads="$threads" -v ranks="$ranks" 'BEGIN {
  printf "medians of a step in ms: without a communicator %.2f, with Alone %.2f, one rank %.1f, one of two threads %.1f, two ranks %.1f\n",
    plain, alone, one, threads, ranks
  printf "two ranks: %.2f times one of one thread, %.2f times one of two threads\n", one / ranks, threads / ranks }'
grep -m 1 "model name" /proc/cpuinfo
cat /proc/loadavg
