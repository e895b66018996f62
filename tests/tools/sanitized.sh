# sanitized.sh: programs with AddressSanitizer on a Weft that is compiled without it: no false
# alarms, and faults and leaks with the stack of the goroutine. Arguments: programs of sanitized.c.
set -u
export WEFT_SCHEDULES=200
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export WEFT_STORE=$scratch/store ASAN_OPTIONS=detect_leaks=1

fail() {
    echo "$program: $*"
    cat "$scratch/said"
    exit 1
}

for program in "$@"; do
    "$program" sound > "$scratch/said" 2>&1 || fail "sound: status $?"
    ! grep -E 'WARNING|ERROR' "$scratch/said" || fail "sound: an alarm"
    "$program" overflow > "$scratch/said" 2>&1 && fail "overflow: status 0"
    grep -q 'stack-buffer-overflow' "$scratch/said" || fail "overflow: not found"
    grep -q '#0 .* in overflow' "$scratch/said" || fail "overflow: not where it is"
    "$program" leak > "$scratch/said" 2>&1 && fail "leak: status 0"
    grep -q 'detected memory leaks' "$scratch/said" || fail "leak: not found"
    grep -q '#1 .* in leak' "$scratch/said" || fail "leak: not where it is"
done
