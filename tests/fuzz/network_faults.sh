# network_faults.sh: the simulated network in a fuzz target. Its faults are choices that the bytes
# make: without any nothing goes wrong; one of them makes a transfer short; each execution has a
# network of its own.
. "$(dirname "$0")/../golden/support.bash"

target=$WEFT_FUZZ_BIN/short_read

printf 'L' > none
mkdir others
for gap in $(seq 0 31); do
    # shellcheck disable=SC2059
    printf "N\\376\\$(printf %o "$gap")\\0" > "others/$gap"
done
expect_status 0 "$target" none others none
expect_text "34 files passed"

# Somewhere among the first decisions is the one that counts, and no other one fails.
found=
for gap in $(seq 0 31); do
    # shellcheck disable=SC2059
    printf "L\\376\\$(printf %o "$gap")\\0" > "L$gap"
    status=0
    "$target" none "L$gap" > said 2>&1 || status=$?
    if [ "$status" = 134 ]; then
        found="L$gap"
        break
    fi
    [ "$status" = 0 ] || fail "status $status: $(cat said)"
done
[ -n "$found" ] || fail "no decision makes a transfer short"
output=$(cat said)
expect_text "FOUND      assertion, execution 2"
expect_text "one byte only"
hash=$(sed -n 's/^  replay     WEFT_REPLAY=\([0-9a-f]*\) .*/\1/p' said)
entry=$(sed -n 's/^  entry      //p' said)
expect_status 1 env WEFT_REPLAY="$hash" "$target"
expect_status 134 "$target" others "$entry"
expect_text "WEFT_REPLAY=$hash"
echo "short transfer: $found"
