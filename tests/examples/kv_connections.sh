#!/bin/sh
# kv_connections.sh KV FOLDER PEER: ten thousand connections without requests cost no time.
set -eu
kv=$1 folder=$2 peer=$3
. "$(dirname "$0")/kv_support.sh"
need redis-cli
count=10000
ulimit -n $((count + 100)) 2>/dev/null ||
    { echo "skipped: $((count + 100)) descriptors are not allowed here"; exit 77; }
start_kv --maxclients $((count + 50))
mkfifo "$folder/hold"
timeout 100 "$peer" connections "127.0.0.1:$port" "$count" <"$folder/hold" >"$folder/ready" &
exec 3>"$folder/hold"
tries=0
until grep -q ready "$folder/ready"; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || fail "the connections are not made"
    sleep 0.1
done
cli INFO clients | grep -q "^connected_clients:100" || fail "INFO does not count them"
sleep 1
before=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
sleep 2
after=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
memory=$(awk '/VmRSS/ { print $2 }' "/proc/$pid/status")
echo "$count idle connections: $((after - before)) ticks in 2 s, $memory KiB"
[ $((after - before)) -le 2 ] || fail "idle connections cost $((after - before)) ticks in 2 s"
exec 3>&-
