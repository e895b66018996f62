# minimal.sh: the schedules of the programs of tests/bugs, as they are stored, are 1-minimal: each
# replays to what was found, and without any one of its decisions to something else.
. "$(dirname "$0")/support.bash"
export WEFT_SCHEDULES=2000 WEFT_REPORT=json

# What counts as the same failure in a JSON report: the verdict, and where who waits for what.
failure() {
    printf '%s\n' "$output" | sed -n 's/.*"findings":\[{\("kind":"[a-z-]*"\).*/\1/p'
    printf '%s\n' "$output" | sed 's/{"name":/\n&/g' |
        sed -n 's/.*\("reason":"[^"]*"\),"object":"[^"]*",\("place":"[^"]*"\).*/\1 \2/p' | sort
}

# replay <program> <schedule>: what it comes to, in $output.
replay() {
    output=$(WEFT_REPLAY=$2 "$1" 2>/dev/null) || true
}

# check <program>: the schedule in the store.
check() {
    local schedule decisions wanted n
    schedule=$(echo store/*.weft)
    replay "$1" "$schedule"
    wanted=$(failure)
    [ "$wanted" = "$found" ] || fail "$1: found: $found; replayed: $wanted"
    decisions=$(sed -n 's/^decisions //p' "$schedule")
    for ((n = 1; n <= decisions; n++)); do
        "$WEFT_BUILD/sim/weft" without "$n" "$schedule" > fewer.weft
        replay "$1" "$PWD/fewer.weft"
        [ "$(failure)" != "$wanted" ] || fail "$1: decision $n of $decisions is not needed"
    done
    decisions_all=$((decisions_all + decisions))
}

schedules=0
decisions_all=0
for program in "$WEFT_BUILD"/tests/bugs.*.buggy; do
    rm -rf store
    output=$("$program" 2>/dev/null) || true
    found=$(failure)
    if [ -n "$found" ]; then
        case $output in
        *'"minimal":true'*) ;;
        *) fail "$program: shrinking did not come to its end" ;;
        esac
        check "$program"
        schedules=$((schedules + 1))
    fi
done
[ "$decisions_all" -ge "$schedules" ] || fail "$decisions_all decisions of $schedules schedules"
echo "$decisions_all decisions of $schedules schedules"
