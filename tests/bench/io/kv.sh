#!/bin/sh
# kv.sh KV [ROUNDS]: examples/kv beside redis-server, in turns: the server alone on CPU 0 with one
# worker, redis-benchmark on CPU 1. For each of GET and SET, 50 and 1000 connections, one request at
# a time and 16: requests a second, the 99th percentile, and the server's time for each request.
#
# Prints medians, fields separated by tabs: ours, redis-server's, and the ratio of the two:
#   bench  kv.get.c50.p1.rate  1  ours  1/s  redis  the peer's  ratio
# Needs redis-server and redis-tools: .ci/install bench.
set -eu
kv=$1 rounds=${2:-3}
command -v redis-server >/dev/null || { echo "kv.sh: there is no redis-server" >&2; exit 1; }
folder=$(mktemp -d)
ours=
peer=
trap 'kill $ours $peer 2>/dev/null || :; rm -rf "$folder"' EXIT
ours_port=$((20000 + $$ % 10000))
peer_port=$((ours_port + 10000))

WEFT_WORKERS=1 taskset -c 0 "$kv" --port "$ours_port" --dir "$folder" &
ours=$!
taskset -c 0 redis-server --port "$peer_port" --save '' --appendonly no --dir "$folder" >/dev/null &
peer=$!
for port in "$ours_port" "$peer_port"; do
    until redis-cli -p "$port" PING 2>/dev/null | grep -q PONG; do sleep 0.1; done
done

ticks()
{
    awk '{ print $14 + $15 }' "/proc/$1/stat"
}

# one SIDE PID PORT TEST CONNECTIONS PIPELINE REQUESTS: one measurement, a line of three numbers
one()
{
    before=$(ticks "$2")
    line=$(timeout 100 taskset -c 1 redis-benchmark -p "$3" -t "$4" -c "$5" -P "$6" -n "$7" --csv |
        tail -n 1 | tr -d '"')
    after=$(ticks "$2")
    hz=$(getconf CLK_TCK)
    echo "$line" | awk -F , -v ticks=$((after - before)) -v requests="$7" -v hz="$hz" \
        '{ printf "%s %s %.3f\n", $2, $7, ticks * 1e6 / hz / requests }' >>"$folder/$1"
}

# tell NAME FIELD UNIT
tell()
{
    for side in ours redis; do
        awk -v field="$2" '{ print $field }' "$folder/$side" | sort -g |
            awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
    done | awk -v name="$1" -v unit="$3" 'BEGIN { OFS = "\t" } { value[NR] = $1 } END {
        ratio = value[2] > 0 ? sprintf("%.3f", value[1] / value[2]) : "-"
        print "bench", name, 1, value[1], unit, "redis", value[2], ratio }'
}

for test in get set; do
    for connections in 50 1000; do
        for pipeline in 1 16; do
            requests=$((pipeline == 1 ? 100000 : 500000))
            rm -f "$folder/ours" "$folder/redis"
            for _ in $(seq "$rounds"); do
                one ours "$ours" "$ours_port" "$test" "$connections" "$pipeline" "$requests"
                one redis "$peer" "$peer_port" "$test" "$connections" "$pipeline" "$requests"
            done
            name=kv.$test.c$connections.p$pipeline
            tell "$name.rate" 1 1/s
            tell "$name.p99" 2 ms
            tell "$name.cpu" 3 us
        done
    done
done
