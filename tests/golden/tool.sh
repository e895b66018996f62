# tool.sh: the command `weft`: what shards found and saw adds up to what one exploration finds and
# sees, nothing is counted twice, and a damaged file is an error that loses nothing.
. "$(dirname "$0")/support.bash"

weft=$WEFT_BUILD/sim/weft
explore() { # <store> [<shard>]
    WEFT_COVERAGE=1 WEFT_STORE=$1 WEFT_SHARD=${2:-} "$WEFT_GOLDEN_BIN/trace_hash" 4000 >/dev/null
}

explore whole
explore left 0/2
explore right 1/2
expect_status 0 "$weft" merge all left right
expect_text "0 schedules added, 0 in all; coverage of 1 tests"
expect_status 0 "$weft" list whole
whole=$output
expect_text "coverage          trace_hash: 4 000 schedules, "
expect_status 0 "$weft" list all
[ "$output" = "$whole" ] || fail "shards add up to: $output
instead of: $whole"
expect_status 0 "$weft" list left
[ "$output" != "$whole" ] || fail "one shard saw all"

# Again: all of it is in there.
cp -r all before
expect_status 0 "$weft" merge all right left
diff -r all before || fail "merging twice counts twice"

# Schedules.
WEFT_STORE=right expect_status 1 "$WEFT_GOLDEN_BIN/accounts"
hash=$(basename right/*.weft .weft)
expect_status 0 "$weft" merge all left right
expect_text "1 schedules added, 1 in all"
cmp "right/$hash.weft" "all/$hash.weft" || fail "a merged schedule has changed"
expect_status 0 "$weft" list all
expect_text "$hash  deadlock        transfer: 1 forced: 3 goroutines waiting for ever"
expect_status 0 env WEFT_STORE=all "$weft" show "$hash"
expect_text "deadlock: 3 goroutines waiting for ever, main among them"
expect_text "   7  main/2           lock main/1#1  accounts.c:29"
expect_status 0 "$weft" show "all/$hash.weft"
WEFT_STORE=all expect_status 1 env WEFT_REPLAY="$hash" "$WEFT_GOLDEN_BIN/accounts"
expect_text "FOUND      deadlock, again"

# Damage: named, status 1, and nothing is written.
rm -r before
cp -r all before
refused() { # <text>
    expect_status 1 "$weft" merge all bad
    expect_text "$1"
    expect_text "nothing was merged"
    diff -r all before || fail "a refused merge has changed the store"
    rm -r bad
}
damaged() { # <sed script> <file of right> <text>
    mkdir bad
    cp right/* bad
    sed -i "$1" bad/"$2"
    refused "bad/$2: $3"
}
coverage=trace_hash.trace_hash.1of2.coverage
damaged '10s/./x/' $coverage "its end does not match its contents"
damaged '1s/1/2/' $coverage "line 1: format 2 is not known"
damaged '1s/.*/something/' $coverage "line 1: this is not a weft coverage"
damaged '$d' $coverage "its end does not match"
damaged '3s/./x/' "$hash.weft" "its end does not match"
damaged 's/^once /onse /' $coverage "its end does not match"
mkdir bad
cp "right/$hash.weft" bad/0000000000000001.weft
refused "bad/0000000000000001.weft: it holds another schedule"
expect_status 1 "$weft" merge all nowhere
expect_text "cannot read nowhere: No such file"
expect_status 1 "$weft" merge /proc/nowhere right
expect_text "cannot write /proc/nowhere/$hash.weft"

# A damaged file does not hide the others.
cp -r all bad
printf 'weft schedule 1\ntest x\n' >bad/0000000000000001.weft
expect_status 1 "$weft" list bad
expect_text "bad/0000000000000001.weft: its end does not match"
expect_text "$hash  deadlock"
expect_text "coverage          trace_hash"

# Another build of the program has other behaviours.
cp "$WEFT_SOURCE/tests/golden/trace_hash.c" trace_hash.c
echo 'int another_build(void); int another_build(void) { return 1; }' >>trace_hash.c
build trace_hash.c trace_hash
WEFT_COVERAGE=1 WEFT_STORE=other WEFT_SEED=2 ./trace_hash 100 >/dev/null
expect_status 1 "$weft" merge all other
expect_text "are of different builds of trace_hash"

# Another seed adds to it.
WEFT_COVERAGE=1 WEFT_STORE=more WEFT_SEED=2 "$WEFT_GOLDEN_BIN/trace_hash" 1000 >/dev/null
expect_status 0 "$weft" merge all more
expect_status 0 "$weft" list all
expect_text "trace_hash: 5 000 schedules, "

# Usage.
expect_status 2 "$weft"
expect_text "usage: weft list"
expect_status 2 "$weft" merge all
expect_status 2 "$weft" frobnicate
expect_status 0 "$weft" --help
expect_status 1 "$weft" show 0123
expect_text "neither a hash"
expect_status 1 "$weft" list nowhere
echo "merged $hash"
