#!/usr/bin/env bash
# PROGRAM FOLDER KILLS: training that is killed KILLS times at random moments ends with the bits of training that is not. A
# disk that is full gives an error and leaves the checkpoint as it was.
set -u
program=$1 folder=$2 kills=$3
rm -rf "$folder"
mkdir -p "$folder"
expected=$("$program") || exit 1
RANDOM=1
killed=0 runs=0
fail() { echo "$*" >&2; exit 1; }

while [ $killed -lt "$kills" ]; do
  rm -f "$folder"/run*
  runs=$((runs + 1))
  while :; do
    "$program" "$folder/run" >"$folder/result" 2>"$folder/errors" &
    pid=$!
    sleep "0.$(printf '%03d' $((RANDOM % 60 + 1)))"
    if [ $killed -lt "$kills" ] && kill -9 $pid 2>/dev/null; then
      wait $pid 2>/dev/null
      status=$?
      [ $status -eq 137 ] && { killed=$((killed + 1)); continue; }
    else
      wait $pid
      status=$?
    fi
    [ $status -eq 0 ] || fail "exit code $status: $(cat "$folder/errors")"
    break
  done
  result=$(cat "$folder/result")
  [ "$result" = "$expected" ] || fail "after $killed kills: expected $expected, got $result"
done
echo "killed $killed times in $runs runs"

# A disk that is full, as a limit on the size of files: an error, and the checkpoint as it was.
rm -f "$folder"/run*
"$program" "$folder/run" >/dev/null 2>&1 &
pid=$!
until [ -e "$folder/run" ]; do sleep 0.01; done
kill -9 $pid
wait $pid 2>/dev/null
rm -f "$folder/run.part"
before=$(cksum <"$folder/run")
# shellcheck disable=SC2016  # for the inner shell
bash -c 'trap "" XFSZ; ulimit -f 1; exec "$0" "$1"' "$program" "$folder/run" >/dev/null 2>"$folder/errors" &&
  fail "a full disk gave no error"
grep -q "run: cannot be written: " "$folder/errors" || fail "a full disk gave: $(cat "$folder/errors")"
[ "$before" = "$(cksum <"$folder/run")" ] || fail "a full disk changed the checkpoint"
[ "$("$program" "$folder/run")" = "$expected" ] || fail "the run does not go on after a full disk"
