#!/bin/sh
# kv_descriptors.sh KV FOLDER PEER: more connections than the server may have descriptors: those
# that it has go on, and the others are served when descriptors are free again.
set -eu
kv=$1 folder=$2 peer=$3
. "$(dirname "$0")/kv_support.sh"
need redis-cli
ulimit -n 40
start_kv
ulimit -n "$(ulimit -H -n)" 2>/dev/null || :
mkfifo "$folder/hold"
for _ in 1 2 3 4; do
    timeout 60 "$peer" connections "127.0.0.1:$port" 9 <"$folder/hold" >>"$folder/ready" &
done
exec 3>"$folder/hold"
sleep 1
before=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
sleep 1
after=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
[ $((after - before)) -lt 10 ] || fail "out of descriptors it spins: $((after - before)) ticks"
kill -0 "$pid" || fail "it does not survive"
exec 3>&-
wait_for=0
until [ "$(timeout 5 redis-cli -p "$port" PING 2>/dev/null)" = PONG ]; do
    wait_for=$((wait_for + 1))
    [ "$wait_for" -lt 20 ] || fail "it does not recover"
    sleep 0.2
done
