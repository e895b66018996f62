#!/bin/bash
# http.sh LOAD OURS RAW [GO-PROGRAM]: the servers of this folder, in turns, WEFT_BENCH_ROUNDS (5)
# rounds of WEFT_BENCH_SECONDS (2): the server on the last core and the clients on the first, and
# then, "2", the server on both. What a request costs is the processor time of the server's process,
# user and kernel, over the requests that were answered: the clients are the slower side, so that
# requests per second tell less.
#
#   http       100 connections of wrk -t1
#   echo       100 connections of LOAD (echo_load.c), messages of 64 bytes
#   echo_idle  the same, and 10 000 more connections that say nothing
#
# Prints medians: for people on standard error; and for machines on standard output, fields
# separated by tabs:
#   bench  KIND  cores  SERVER  us/request  requests/s  p50 us  p99 us
#   bench  KIND  cores  ours/SERVER  ratio
set -euo pipefail
load=$1 ours=$2 raw=$3 go=${4:-}
rounds=${WEFT_BENCH_ROUNDS:-5} seconds=${WEFT_BENCH_SECONDS:-2} port=${WEFT_BENCH_PORT:-18080}
kinds=${WEFT_BENCH_KINDS:-http echo echo_idle}
results=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$results"' EXIT
command -v wrk >/dev/null || { echo "http.sh: no wrk: .ci/install installs it" >&2; exit 1; }
tick_us=$((1000000 / $(getconf CLK_TCK)))
last=$(($(nproc) - 1))
ulimit -n "$(ulimit -H -n)"

# used PID: processor time so far, microseconds
used() {
    sed 's/.*) //' "/proc/$1/stat" | awk -v tick_us="$tick_us" '{ print ($12 + $13) * tick_us }'
}

until_listening() {
    for _ in $(seq 100); do
        if (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return 0; fi
        sleep 0.05
    done
    echo "http.sh: nobody listens on port $port" >&2
    exit 1
}

# drive_KIND: use the server; prints what it had used before, then requests, requests/s, p50, p99
drive_http() {
    wrk -t1 -c100 -d1s "http://127.0.0.1:$port/" >/dev/null
    used "$server"
    wrk -t1 -c100 "-d${seconds}s" --latency "http://127.0.0.1:$port/" >"$results/wrk"
    awk 'function us(text) { return text * (text ~ /us$/ ? 1 : text ~ /ms$/ ? 1000 : 1000000) }
        $1 == "50%" { p50 = us($2) }
        $1 == "99%" { p99 = us($2) }
        /requests in/ { requests = $1 }
        /^Requests\/sec/ { rate = $2 }
        /Socket errors|Non-2xx/ { print "http.sh: " $0 > "/dev/stderr"; bad = 1 }
        END { print requests, rate, p50, p99; exit bad }' "$results/wrk"
}

drive_echo() {
    "$load" "$port" 100 "${1:-0}" "$seconds" 64 | while read -r line; do
        if [ "$line" = ready ]; then used "$server"; else echo "$line"; fi
    done
}

drive_echo_idle() {
    drive_echo 10000
}

# one KIND NAME CORES COMMAND...: one measurement, to $results/KIND.NAME.CORES
one() {
    local kind=$1 name=$2 cores=$3 cpus=$last
    shift 3
    [ "$cores" = 1 ] || cpus=0-$last
    WEFT_WORKERS=$cores GOMAXPROCS=$cores taskset -c "$cpus" "$@" "$port" &
    server=$!
    until_listening
    taskset -p -c 0 "$BASHPID" >/dev/null
    "drive_$kind" >"$results/driven"
    { cat "$results/driven"; used "$server"; } | tr '\n' ' ' |
        awk '{ print ($6 - $1) / $2, $3, $4, $5 }' >>"$results/$kind.$name.$cores"
    taskset -p -c "0-$last" "$BASHPID" >/dev/null
    kill "$server"
    wait "$server" 2>/dev/null || true
    server=
}

# median FILE FIELD
median() {
    awk -v field="$2" '{ print $field }' "$results/$1" | sort -g |
        awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

# tell KIND NAME CORES
tell() {
    local file=$1.$2.$3
    [ -s "$results/$file" ] || return 0
    printf 'bench\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$3" "$2" "$(median "$file" 1)" \
        "$(median "$file" 2)" "$(median "$file" 3)" "$(median "$file" 4)"
    printf '%-10s %-8s %s  %8s us/request %10s/s  p50 %6s us  p99 %6s us\n' "$1" "$2" "$3" \
        "$(median "$file" 1)" "$(median "$file" 2)" "$(median "$file" 3)" \
        "$(median "$file" 4)" >&2
}

# compare KIND PEER CORES AIM
compare() {
    [ -s "$results/$1.$2.$3" ] || return 0
    awk -v kind="$1" -v peer="$2" -v cores="$3" -v aim="$4" \
        -v a="$(median "$1.ours.$3" 1)" -v b="$(median "$1.$2.$3" 1)" 'BEGIN {
        ratio = sprintf("%.3f", a / b)
        printf "bench\t%s\t%s\tours/%s\t%s\n", kind, cores, peer, ratio
        printf "%-10s ours/%-8s %s  %s  %s\n", kind, peer, cores, ratio,
            aim == "-" ? "" : "aim " aim (ratio <= aim ? "  met" : "  MISSED") > "/dev/stderr" }'
}

# measure KIND CORES: the loop has one thread, and net/http no echo
measure() {
    local mode=${1%_idle}
    for _ in $(seq "$rounds"); do
        one "$1" ours "$2" "$ours" "$mode"
        [ "$2" = 2 ] || one "$1" raw "$2" "$raw" "$mode"
        [ -z "$go" ] || [ "$mode" = echo ] || one "$1" net_http "$2" "$go" nethttp
        [ -z "$go" ] || one "$1" go "$2" "$go" "$mode"
    done
    for name in ours raw net_http go; do
        tell "$1" "$name" "$2"
    done
    compare "$1" raw "$2" 1.15
    compare "$1" net_http "$2" 0.93
    compare "$1" go "$2" -
}

for kind in $kinds; do
    measure "$kind" 1
    measure "$kind" 2
done
