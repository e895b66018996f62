#!/bin/sh
# versus.sh OURS TABLE [GO-PROGRAM] [NAME]: the benchmarks of TABLE (versus.tsv), one or all, in
# turns with Go's, five times each (WEFT_BENCH_REPETITIONS), pinned to one core and then to two. On
# one core the clock "cpu" is the time that the process has used, otherwise it is real time.
#
# Prints the medians: for people on standard error, as soon as they are known; and for machines on
# standard output, fields separated by tabs:
#   bench  name  cores  ours  unit  peer  the peer's  ratio
set -eu
ours=$1 table=$2 go=${3:-} only=${4:-}
repetitions=${WEFT_BENCH_REPETITIONS:-5}
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# one SIDE PROGRAM NAME CORES CLOCK: one measurement
one() {
    [ -n "$2" ] || return 0
    cpus=0
    [ "$4" = 1 ] || cpus=0-$(($4 - 1))
    WEFT_WORKERS=$4 GOMAXPROCS=$4 VERSUS_CLOCK=$5 taskset -c "$cpus" "$2" "$3" >>"$results/$1" ||
        { echo "versus.sh: $1: $3 with $4 cores has failed" >&2; exit 1; }
}

median() {
    [ -s "$results/$1" ] || { echo -; return 0; }
    sort -g "$results/$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

# tell NAME CORES UNIT AIM OURS THEIRS
tell() {
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$@" | awk -F '\t' '{
        ratio = $6 + 0 > 0 ? sprintf("%.3f", $5 / $6) : "-"
        printf "bench\t%s\t%s\t%s\t%s\tgo\t%s\t%s\n", $1, $2, $5, $3, $6, ratio
        aim = $4 + 0 > 0 ? "aim " $4 (ratio == "-" ? "" : ratio <= $4 ? "  met" : "  MISSED") : ""
        printf "%-20s %s %10s %-2s  go %10s  ratio %7s  %s\n", $1, $2, $5, $3, $6, ratio, aim \
            > "/dev/stderr"
    }'
}

# compare NAME UNIT CLOCK CORES AIM
compare() {
    clock=$3
    [ "$4" = 1 ] || clock=real
    rm -f "$results/ours" "$results/go"
    for _ in $(seq "$repetitions"); do
        one ours "$ours" "$1" "$4" "$clock"
        one go "$go" "$1" "$4" "$clock"
    done
    tell "$1" "$4" "$2" "$5" "$(median ours)" "$(median go)"
    median ours >"$results/$1.ours.$4"
    median go >"$results/$1.go.$4"
}

# speed_up NAME SIDE: how many times faster with two cores
speed_up() {
    cat "$results/$1.$2.1" "$results/$1.$2.2" 2>/dev/null | awk '
        { ms[NR] = $1 }
        END { if (ms[2] > 0) { printf "%.2f", ms[1] / ms[2] } else { print "-" } }'
}

[ -n "$go" ] || echo "versus.sh: no Go: our figures only (.ci/install bench installs it)" >&2
while IFS="$(printf '\t')" read -r name unit clock aim1 aim2; do
    case $name in '#'* | '') continue ;; esac
    [ -z "$only" ] || [ "$only" = "$name" ] || continue
    [ "$aim1" = - ] || compare "$name" "$unit" "$clock" 1 "$aim1"
    [ "$aim2" = - ] || compare "$name" "$unit" "$clock" 2 "$aim2"
done <"$table"
[ "$(speed_up fib38_cut16 ours)" = - ] ||
    tell fib38_speedup 2 times 0 "$(speed_up fib38_cut16 ours)" "$(speed_up fib38_cut16 go)"
