# support.bash: what the golden scripts share. Sourced, with bash.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export WEFT_STORE=$work/store
unset WEFT_REPLAY WEFT_SEED WEFT_SCHEDULES WEFT_STRATEGY WEFT_TIME WEFT_REPORT WEFT_JOBS \
    WEFT_SHARD WEFT_PROGRESS WEFT_COVERAGE WEFT_STORE_FIRST || true

fail() {
    echo "golden: $*" >&2
    exit 1
}

# build <source> <program>: a simulator program in the current directory.
build() {
    # shellcheck disable=SC2086
    ${WEFT_CC:-cc} ${WEFT_CFLAGS:-} -std=gnu11 -g -O1 -I"$WEFT_SOURCE/runtime/include" \
        -I"$WEFT_SOURCE/sim/include" "$1" "$(find "$WEFT_BUILD" -name libweft_sim.a | head -n 1)" \
        $(pkg-config --libs libdw) -o "$2"
}

# expect_status <status> <command...>: its output in $output.
expect_status() {
    local wanted=$1 status=0
    shift
    output=$("$@" 2>&1) || status=$?
    [ "$status" = "$wanted" ] || fail "status $status, not $wanted, of: $*
$output"
}

expect_text() {
    case $output in
    *"$1"*) ;;
    *) fail "\"$1\" expected in:
$output" ;;
    esac
}
