#!/usr/bin/env bash
# stage.sh NAME COMMAND…: runs a stage of a build. It prints one line with the time that it took; what the command prints
# goes to target/demo/build-NAME.log, and its end is shown when the command fails.
set -u
name=$1
shift
log=target/demo/build-$name.log
mkdir -p target/demo
[ -t 1 ] && printf 'building %-14s …' "$name"
start=$SECONDS
"$@" >"$log" 2>&1 </dev/null
status=$?
took=$((SECONDS - start))
[ -t 1 ] && printf '\r'
if [ "$status" = 0 ]; then
  printf 'built    %-14s %4d s\n' "$name" "$took"
else
  printf 'failed   %-14s %4d s, the whole log: %s\n' "$name" "$took" "$log"
  tail -n 30 "$log" >&2
fi
exit "$status"
