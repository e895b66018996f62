#!/bin/bash
# http.sh OURS RAW [GO-PROGRAM]: the servers of this folder under wrk, in turns, WEFT_BENCH_ROUNDS
# (5) rounds of WEFT_BENCH_SECONDS (2): the server on the last core and wrk (-t1 -c100) on the
# first, and then, "2", the server on both. What a request costs the server is the processor time of
# its process, user and kernel, over the requests that were answered: wrk is the slower side, so
# that requests per second tell less.
#
# Prints medians: for people on standard error; and for machines on standard output, fields
# separated by tabs:
#   bench  http_SERVER  cores  microseconds  us/request  requests/s  p50 us  p99 us
#   bench  http_ours/SERVER  cores  ratio  ratio
set -euo pipefail
ours=$1 raw=$2 go=${3:-}
rounds=${WEFT_BENCH_ROUNDS:-5} seconds=${WEFT_BENCH_SECONDS:-2} port=${WEFT_BENCH_PORT:-18080}
results=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$results"' EXIT
command -v wrk >/dev/null || { echo "http.sh: no wrk: .ci/install installs it" >&2; exit 1; }
tick_us=$((1000000 / $(getconf CLK_TCK)))
last=$(($(nproc) - 1))

# used PID: processor time so far, clock ticks
used() {
    sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'
}

# until_listening PID
until_listening() {
    for _ in $(seq 100); do
        if (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return 0; fi
        sleep 0.05
    done
    echo "http.sh: nobody listens on port $port" >&2
    exit 1
}

# one NAME CORES COMMAND...: one measurement, to $results/NAME.CORES
one() {
    local name=$1 cores=$2 cpus=$last before after
    shift 2
    [ "$cores" = 1 ] || cpus=0-$last
    WEFT_WORKERS=$cores GOMAXPROCS=$cores taskset -c "$cpus" "$@" "$port" &
    server=$!
    until_listening
    taskset -c 0 wrk -t1 -c100 -d1s "http://127.0.0.1:$port/" >/dev/null
    before=$(used "$server")
    taskset -c 0 wrk -t1 -c100 "-d${seconds}s" --latency "http://127.0.0.1:$port/" >"$results/wrk"
    after=$(used "$server")
    kill "$server"
    wait "$server" 2>/dev/null || true
    server=
    awk -v used_us=$(((after - before) * tick_us)) '
        function us(text) { return text * (text ~ /us$/ ? 1 : text ~ /ms$/ ? 1000 : 1000000) }
        $1 == "50%" { p50 = us($2) }
        $1 == "99%" { p99 = us($2) }
        /requests in/ { requests = $1 }
        /^Requests\/sec/ { rate = $2 }
        /Socket errors|Non-2xx/ { print "http.sh: " $0 > "/dev/stderr"; bad = 1 }
        END { print used_us / requests, rate, p50, p99; exit bad }' "$results/wrk" \
        >>"$results/$name.$cores"
}

# median NAME CORES FIELD
median() {
    awk -v field="$3" '{ print $field }' "$results/$1.$2" | sort -g |
        awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

tell() {
    local name=$1 cores=$2
    printf 'bench\thttp_%s\t%s\t%s\tus/request\t%s\t%s\t%s\n' "$name" "$cores" \
        "$(median "$name" "$cores" 1)" "$(median "$name" "$cores" 2)" \
        "$(median "$name" "$cores" 3)" "$(median "$name" "$cores" 4)" | tee /dev/stderr
}

# compare PEER CORES AIM
compare() {
    [ -s "$results/$1.$2" ] || return 0
    awk -v peer="$1" -v cores="$2" -v aim="$3" -v a="$(median ours "$2" 1)" \
        -v b="$(median "$1" "$2" 1)" 'BEGIN {
        printf "bench\thttp_ours/%s\t%s\t%.3f\tratio\n", peer, cores, a / b
        printf "ours/%-10s %s  %.3f  %s\n", peer, cores, a / b,
            aim == "-" ? "" : "aim " aim (a / b <= aim ? "  met" : "  MISSED") > "/dev/stderr" }'
}

for cores in 1 2; do
    for _ in $(seq "$rounds"); do
        one ours "$cores" "$ours" http
        [ "$cores" = 2 ] || one raw 1 "$raw" http
        [ -z "$go" ] || one net_http "$cores" "$go" nethttp
        [ -z "$go" ] || one go "$cores" "$go" http
    done
    for name in ours raw net_http go; do
        [ ! -s "$results/$name.$cores" ] || tell "$name" "$cores"
    done
done
compare raw 1 1.15
compare net_http 1 0.93
compare go 1 -
compare net_http 2 -
compare go 2 -
