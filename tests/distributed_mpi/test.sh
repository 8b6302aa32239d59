#!/usr/bin/env bash
# MPIRUN PROGRAM FOLDER KILLS: training on 1 to 4 ranks; what ends one rank ends all, in time and with a sentence; ranks
# killed KILLS times at random moments end with the bits of those that are not.
set -u
mpirun=$1 program=$2 folder=$3 kills=$4
rm -rf "$folder"
mkdir -p "$folder"
# A test may run as root, and on fewer cores than ranks (Open MPI's names; others ignore them).
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMP_NUM_THREADS=1
RANDOM=${SEED:-1}
fail() { echo "$*" >&2; cat "$folder"/output "$folder"/errors >&2; exit 1; }
seconds() { date +%s.%N; }
over() { awk -v a="$1" -v b="$(seconds)" 'BEGIN { printf "%.1f", b - a }'; }
launch() { "$mpirun" -np "$@" >"$folder/output" 2>"$folder/errors"; }

for ranks in 1 2 3 4; do
  launch $ranks "$program" sums || fail "sums of $ranks ranks: exit code $?"
done
echo "sums of 1 to 4 ranks are right and have the same bits on each"
echo "parameters after 200 steps beside one process:"
for ranks in 1 2 3 4; do
  launch $ranks "$program" compare || fail "$ranks ranks: exit code $?"
  first=$(cat "$folder/output")
  launch $ranks "$program" compare || fail "$ranks ranks again: exit code $?"
  [ "$first" = "$(cat "$folder/output")" ] || fail "$ranks ranks: other bits the second time than $first"
  echo "  $ranks ranks: $(head -n 1 "$folder/output"), the same bits twice"
done

echo "what ends one of 3 ranks:"
start=$(seconds)
launch 3 "$program" compare || fail "3 ranks: exit code $?"
startup=$(over "$start") # of a job that goes well, on a machine that may be busy
export BIJOU_TEST_DEADLINE=3
check_end() { # MODE SENTENCE
  local start status taken
  start=$(seconds)
  timeout 30 "$mpirun" -np 3 "$program" "$1" >"$folder/output" 2>"$folder/errors"
  status=$?
  taken=$(over "$start")
  [ $status -ne 0 ] && [ $status -ne 124 ] || fail "$1: exit code $status"
  awk -v t="$taken" -v s="$startup" -v d=$BIJOU_TEST_DEADLINE 'BEGIN { exit !(t - s <= d + 5) }' || fail "$1: over after $taken s"
  cat "$folder/output" "$folder/errors" | grep -q "$2" || fail "$1: no sentence \"$2\""
  echo "  $1: over after $taken s: $(cat "$folder/output" "$folder/errors" | grep -m 1 -o "$2.*")"
}
check_end bad_event "bijou: rank [0-2] of 3: fit: expected finite data, got inf in column 5, row 0 (counting from 0) (rank 1 of 3)"
check_end bad_file "bijou: rank 1 of 3: events.csv, line 7: no number"
check_end unwind "bijou: rank 1 of 3: left by an exception before its end"
check_end callback "bijou: rank 1 of 3: fit has ended here alone: no more paper"
check_end exit "bijou: rank 1 of 3: left by std::exit before its end"
check_end _exit "exited"
check_end kill "signal 9"
check_end return "bijou: rank [0-2] of 3: has waited 3 s in vain"
check_end no_share "bijou: rank [0-2] of 3: has waited 3 s in vain"
check_end stop "bijou: rank [0-2] of 3: has waited 3 s in vain"

echo "one of 4 ranks killed at a random moment:"
export BIJOU_TEST_DEADLINE=60
# Starts a job, and waits until all ranks are there: mpirun of Open MPI 4.1 may itself hang if one dies within MPI_Init.
start_job() { # RANKS HOW
  rm -f "$folder/run.started"
  "$mpirun" -np "$1" "$program" "$2" "$folder/run" >"$folder/output" 2>"$folder/errors" &
  job=$!
  until [ -e "$folder/run.started" ] || ! kill -0 $job 2>/dev/null; do sleep 0.005; done
}
kill_one() { # of the ranks, if there are any left
  local pids
  mapfile -t pids < <(pgrep -P $job -f "$program")
  [ ${#pids[@]} -gt 0 ] && kill -9 "${pids[RANDOM % ${#pids[@]}]}" 2>/dev/null
}
for how in replicated sharded; do
  rm -f "$folder"/run*
  start_job 4 $how
  start=$(seconds)
  wait $job || fail "$how: exit code $?"
  expected=$(cat "$folder/output")
  milliseconds=$(awk -v t="$(over "$start")" 'BEGIN { printf "%d", 1000 * t }')
  killed=0 longest=0
  while [ $killed -lt $(((kills + 1) / 2)) ]; do
    rm -f "$folder"/run*
    while :; do
      start_job 4 $how
      if [ $killed -lt $(((kills + 1) / 2)) ]; then
        sleep "$(awk -v t=$((RANDOM % milliseconds)) 'BEGIN { printf "%.3f", t / 1000 }')"
        kill_one
      fi
      start=$(seconds)
      wait $job
      status=$?
      taken=$(over "$start")
      [ $status -eq 0 ] && break
      [ $killed -lt $(((kills + 1) / 2)) ] || fail "$how: exit code $status"
      killed=$((killed + 1))
      awk -v t="$taken" 'BEGIN { exit !(t <= 5) }' || fail "$how: over $taken s after the kill"
      longest=$(awk -v a="$longest" -v b="$taken" 'BEGIN { print (b > a ? b : a) }')
    done
    [ "$(cat "$folder/output")" = "$expected" ] || fail "$how: expected $expected after $killed kills"
  done
  echo "  $how: killed $killed times in $milliseconds ms, over within $longest s, then the same bits"
done

# A replicated run goes on with any number of ranks; a sharded one does not.
rm -f "$folder"/run*
start_job 4 replicated
sleep 0.1
kill_one
wait $job
[ -e "$folder/run" ] || fail "no checkpoint"
launch 2 "$program" replicated "$folder/run" || fail "2 ranks after 4: exit code $?"
launch 4 "$program" sharded "$folder/sharded" || fail "sharded: exit code $?"
launch 3 "$program" sharded "$folder/sharded" && fail "a sharded run went on with another number of ranks"
grep -q "is the checkpoint of another run: expected events 1000 + 1000 + 0, found 666 + 667 + 667 + 0" "$folder/errors" ||
  fail "no sentence for another number of ranks"
echo "a replicated run went on with 2 ranks, a sharded one was refused with 3"
