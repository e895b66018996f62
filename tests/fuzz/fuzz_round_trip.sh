# fuzz_round_trip.sh: the bytes of a failure, its hash, its token and its shrunk entry all give the
# same failure; without an engine, built by any compiler.
. "$(dirname "$0")/../golden/support.bash"

target=$WEFT_FUZZ_BIN/three_steps

# What a fuzzing engine would leave behind: more than is needed, and cut in the middle of a pair.
printf 'GO?\376\4\1\0\2\0\2\0\1\0\1\375\1\375' > crash
printf 'GO?\376\4\1\0\2\0\2\0\1' > passes # without the last switch
printf 'GO' > input_only

expect_status 0 "$target" passes input_only
expect_text "2 files passed"

same() { # <command...>: the failure, its hash and its token for deduplication
    status=134
    [ "$1" = env ] && status=1
    expect_status $status "$@"
    expect_text "FOUND      assertion"
    expect_text "three_steps.c:28: target: stage != 4"
    expect_text "WEFT_REPLAY=$hash"
}

expect_status 134 "$target" passes crash
expect_text "fuzzing    target: 2 executions"
expect_text "FOUND      assertion, execution 2, shrunk from 5 to 5"
hash=$(sed -n 's/^  replay     WEFT_REPLAY=\([0-9a-f]*\) .*/\1/p' <<< "$output")
token=$(sed -n 's/^  token      //p' <<< "$output")
entry=$(sed -n 's/^  entry      //p' <<< "$output")
dedup=$(grep '^DEDUP_TOKEN: assertion-' <<< "$output")
[ -n "$hash" ] && [ -n "$token" ] || fail "no hash or token in: $output"

same env WEFT_REPLAY="$hash" "$target"
expect_text "replaying  target: $hash"
cp "$entry" entry
rm -rf store
same env WEFT_REPLAY="$token" "$target"
same "$target" entry
expect_text "$dedup"
cmp entry "store/$hash.entry" || fail "the entry of the entry is another one"
[ "$(wc -c < entry)" -le "$(wc -c < crash)" ] || fail "the entry is longer than what it is made of"

# A stored schedule, or a token, becomes an entry of a corpus; so does one that no longer fails.
mkdir seeds
expect_status 1 env WEFT_REPLAY="$hash" WEFT_ENTRY=seeds "$target"
cmp entry "seeds/$hash.entry" || fail "the entry of the schedule is another one"
rm seeds/*
expect_status 1 env WEFT_REPLAY="$token" WEFT_ENTRY=seeds "$target"
cmp entry "seeds/$hash.entry" || fail "the entry of the token is another one"
"$WEFT_BUILD/sim/weft" without 1 "store/$hash.weft" > gone.weft
expect_status 0 env WEFT_REPLAY=gone.weft WEFT_ENTRY=seeds "$target"
expect_text "  entry      seeds/"
expect_status 134 "$target" seeds
expect_status 2 env WEFT_REPLAY="$hash" WEFT_ENTRY=/proc/nothing "$target"

# A failure that the target's globals have to do with.
expect_status 134 "$WEFT_FUZZ_BIN/keeps_count" passes input_only
expect_text "FOUND      nondeterminism"
expect_text "keeps_count.c:11: target: ++executions != 2) and not again"

# Folders, and what cannot be read.
mkdir corpus && cp passes input_only corpus
expect_status 0 "$target" corpus
expect_text "2 files passed"
expect_status 2 "$target" absent
expect_text "cannot read absent"
expect_status 2 "$target"
expect_status 2 env WEFT_STEPS=many "$target" passes
expect_text "WEFT_STEPS"
echo "round trip of $hash"
