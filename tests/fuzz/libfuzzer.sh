# libfuzzer.sh: a fuzz target with clang's libFuzzer, built as OSS-Fuzz builds, with $CC, $CFLAGS,
# $LIB_FUZZING_ENGINE and $OUT: it finds a bug that needs both input and schedule; -runs,
# -dict, -merge, -minimize_crash and -fork do what their users expect. Skipped without libFuzzer.
. "$(dirname "$0")/../golden/support.bash"

export CC=${CC:-clang} CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' OUT=$work
export LIB_FUZZING_ENGINE=-fsanitize=fuzzer
"$CC" -fsanitize=fuzzer -x c -o /dev/null - 2> /dev/null <<< 'int LLVMFuzzerTestOneInput(
    const unsigned char *d, unsigned long n); int LLVMFuzzerTestOneInput(const unsigned char *d,
    unsigned long n) { return d == 0 && n != 0; }' || { echo "no libFuzzer"; exit 77; }

# shellcheck disable=SC2086
build_target() { # <source>: $OUT/<name>
    "$CC" $CFLAGS -I"$WEFT_SOURCE/runtime/include" -I"$WEFT_SOURCE/fuzz/include" "$1" \
        $LIB_FUZZING_ENGINE "$WEFT_BUILD/fuzz/libweft_fuzz_target.a" \
        "$WEFT_BUILD/sim/libweft_sim.a" $(pkg-config --libs libdw) -o "$OUT/$(basename "$1" .c)"
}

build_target "$WEFT_SOURCE/tests/fuzz/three_steps.c"
target=$OUT/three_steps

# The bug, by its seed; the artifact alone fails in the same way, and so does the hash.
expect_status 77 "$target" -seed=1 -runs=10000000 -artifact_prefix=found-
expect_text "FOUND      assertion"
expect_text "4096 Extra Counters"
expect_text "in found_assertion"
expect_text "in target" # the stack of the goroutine that failed
artifact=$(echo found-crash-*)
dedup=$(grep '^DEDUP_TOKEN: ' <<< "$output")
hash=$(sed -n 's/^  replay     WEFT_REPLAY=\([0-9a-f]*\) .*/\1/p' <<< "$output")
expect_status 77 "$target" "$artifact"
expect_text "$dedup"
expect_text "FOUND      assertion, execution"
expect_status 1 env WEFT_REPLAY="$hash" "$target"
expect_text "FOUND      assertion, again"

# -minimize_crash: the same failure, and not more than twice as long as the shrunk entry.
cp "store/$hash.entry" entry
expect_status 0 "$target" -minimize_crash=1 -runs=20000 -exact_artifact_path=smaller "$artifact"
if [ ! -s smaller ]; then cp "$artifact" smaller; fi
[ "$(wc -c < smaller)" -le $((2 * $(wc -c < entry))) ] ||
    fail "minimised to $(wc -c < smaller) bytes, shrunk to $(wc -c < entry)"
expect_status 77 "$target" smaller
expect_text "$dedup"

# -runs with a corpus and a dictionary; -merge of two corpora keeps what they cover.
mkdir one two both
printf 'GO' > one/input
printf 'GO\376\4\1\0\2' > two/schedule
printf '"GO"\n' > words.dict
expect_status 0 "$target" -runs=200 -seed=1 -dict=words.dict one
expect_text "Dictionary: 1 entries"
expect_text "Done 200 runs"
expect_status 0 "$target" -merge=1 both one two
[ "$(find both -type f | wc -l)" -ge 2 ] || fail "merged to less than there was: $output"
expect_status 0 "$target" -runs=0 both

# -fork: the crash of a child is the parent's.
mkdir forked
expect_status 77 "$target" -fork=1 -runs=20000000 -max_total_time=120 -artifact_prefix=forked/ both
[ -n "$(find forked -name 'crash-*')" ] || fail "no artifact of -fork: $output"
expect_status 77 "$target" "$(find forked -name 'crash-*' | head -n 1)"
echo "found $hash"
