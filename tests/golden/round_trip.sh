# round_trip.sh: run the failing program, take the line it prints, run that line: the same failure,
# the same hash. Edit an unrelated function: it still fails. Fix the bug: the replay says that the
# failure is gone and where the run left the recorded one.
. "$(dirname "$0")/support.bash"

cp "$WEFT_SOURCE/tests/golden/accounts.c" accounts.c
build accounts.c transfer

expect_status 1 ./transfer
expect_text "FOUND      deadlock"
line=$(printf '%s\n' "$output" | sed -n 's/^  replay     //p')
[ -n "$line" ] || fail "no replay line in: $output"
hash=$(printf '%s\n' "$line" | sed 's/^WEFT_REPLAY=\([0-9a-f]*\) .*/\1/')

expect_status 1 bash -c "$line"
expect_text "FOUND      deadlock, again"
[ "$(printf '%s\n' "$output" | sed -n 's/^  replay     //p')" = "$line" ] ||
    fail "the replay prints another line: $output"

token=$(sed -n 's/^  token      //p' <<<"$(rm -rf store; ./transfer 2>&1 || true)")
rm -rf store
expect_status 1 env WEFT_REPLAY="$token" ./transfer
expect_text "FOUND      deadlock, again"
./transfer >/dev/null 2>&1 || true

sed -i 's/return n + 1;/return 2 * n * 1;/; s|/\* unrelated|/* one line more\n * unrelated|' \
    accounts.c
build accounts.c transfer
expect_status 1 bash -c "$line"
expect_text "FOUND      deadlock, again"
expect_text "WEFT_REPLAY=$hash"

sed -i 's|account_b); /\* first|account_X); /* first|' accounts.c
sed -i 's|account_a); /\* second|account_b); /* second|' accounts.c
sed -i 's|account_X); /\* first|account_a); /* first|' accounts.c
build accounts.c transfer
expect_status 0 bash -c "$line"
expect_text "the deadlock is gone"
expect_text "diverged   at step"
expect_status 0 ./transfer
expect_text "passed"
echo "round trip of $hash"
