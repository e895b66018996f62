#!/bin/sh
# kv_redis_benchmark.sh KV FOLDER: redis-benchmark runs through without an error. 77: it is missing.
set -eu
kv=$1 folder=$2
. "$(dirname "$0")/kv_support.sh"
need redis-cli
need redis-benchmark
start_kv
for pipeline in 1 16; do
    timeout 100 redis-benchmark -p "$port" -c 50 -P "$pipeline" -n 20000 -q \
        -t set,get,incr,lpush,lpop,mset,ping >"$folder/benchmark" 2>&1 ||
        fail "redis-benchmark's status: $(cat "$folder/benchmark")"
    ! grep -i error "$folder/benchmark" || fail "redis-benchmark tells of an error"
    [ "$(tr '\r' '\n' <"$folder/benchmark" | grep -c 'requests per second')" = 8 ] ||
        fail "not all tests ran: $(cat "$folder/benchmark")"
done
